// Network namespaces of a thread: setns(2).

#include <fcntl.h>
#include <sched.h>

#include <cerrno>
#include <climits>
#include <string>

#include "arguments.h"
#include "descriptor.h"
#include "modules.h"
#include "system-error.h"

namespace {

// Brings the thread home when it goes out of scope. A thread lost in another namespace would apply privileged work to
// the wrong network, so that a failure ends the process.
class Excursion {
 public:
  explicit Excursion(const Descriptor& home) : home_(home) {}
  Excursion(const Excursion&) = delete;
  Excursion& operator=(const Excursion&) = delete;
  ~Excursion() {
    if (setns(home_.get(), CLONE_NEWNET) < 0) {
      Napi::Error::Fatal("inNamespace", "cannot return to the own network namespace");
    }
  }

 private:
  const Descriptor& home_;
};

Napi::Value InNamespace(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string path = TextArgument(info[0], "path", PATH_MAX);
  if (env.IsExceptionPending()) return {};
  if (!info[1].IsFunction()) {
    Napi::TypeError::New(env, "action: expected a function").ThrowAsJavaScriptException();
    return {};
  }
  const Descriptor target(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!target.valid()) return ThrowSystemError(env, errno, "open", path);
  const Descriptor home(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!home.valid()) return ThrowSystemError(env, errno, "open", "/proc/thread-self/ns/net");
  if (setns(target.get(), CLONE_NEWNET) < 0) return ThrowSystemError(env, errno, "setns", path);
  const Excursion excursion(home);
  return info[1].As<Napi::Function>().Call({});
}

}  // namespace

void ExportNamespace(Napi::Env env, Napi::Object exports) { Export<InNamespace>(env, exports, "inNamespace"); }

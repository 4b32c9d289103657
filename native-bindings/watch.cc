// Readiness of a descriptor on the event loop of the calling thread: uv_poll_t.

#include <uv.h>

#include <cerrno>
#include <memory>

#include "arguments.h"
#include "modules.h"
#include "system-error.h"

namespace {

// Lives until libuv has closed the handle, which may be after the JavaScript object is gone. The cleanup hook closes it
// when its environment (the process or a worker) ends, and holds the environment until then.
struct Watch {
  uv_poll_t poll{};
  napi_env env = nullptr;
  Napi::FunctionReference callback;
  napi_async_cleanup_hook_handle hook = nullptr;

  void Close() {
    auto* handle = reinterpret_cast<uv_handle_t*>(&poll);
    if (uv_is_closing(handle) == 0) uv_close(handle, OnClosed);
  }

  static void OnClosed(uv_handle_t* handle) {
    const std::unique_ptr<Watch> watch(static_cast<Watch*>(handle->data));
    const Napi::HandleScope scope(watch->env);
    watch->callback.Reset();
    if (watch->hook != nullptr) napi_remove_async_cleanup_hook(watch->hook);
  }

  static void OnEnvironmentEnd(napi_async_cleanup_hook_handle, void* watch) { static_cast<Watch*>(watch)->Close(); }

  static void OnReadable(uv_poll_t* poll, int status, int) {
    auto* watch = static_cast<Watch*>(poll->data);
    // libuv stops a handle whose descriptor has an error, such as a netlink socket that has lost messages. The callback's
    // own read finds and clears it.
    if (status < 0) uv_poll_start(poll, UV_READABLE, OnReadable);
    const Napi::Env env(watch->env);
    const Napi::HandleScope scope(env);
    watch->callback.MakeCallback(env.Global(), std::initializer_list<napi_value>{});
    if (!env.IsExceptionPending()) return;
    napi_value exception = nullptr;
    napi_get_and_clear_last_exception(env, &exception);
    napi_fatal_exception(env, exception);
  }
};

// The handle of one Watch on the JavaScript side.
class Watcher : public Napi::ObjectWrap<Watcher> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "Watcher", {InstanceMethod<&Watcher::Close>("close")});
  }

  explicit Watcher(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Watcher>(info) {
    if (info[0].IsExternal()) watch_ = info[0].As<Napi::External<Watch>>().Data();
  }

 private:
  Napi::Value Close(const Napi::CallbackInfo& info) {
    if (watch_ != nullptr) watch_->Close();
    watch_ = nullptr;
    return info.Env().Undefined();
  }

  Watch* watch_ = nullptr;
};

Napi::Value StartWatch(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = DescriptorArgument(info[0], "fd");
  if (env.IsExceptionPending()) return {};
  if (!info[1].IsFunction()) {
    Napi::TypeError::New(env, "callback: expected a function").ThrowAsJavaScriptException();
    return {};
  }
  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  auto watch = std::make_unique<Watch>();
  watch->env = env;
  if (const int error = uv_poll_init(loop, &watch->poll, fd)) return ThrowSystemError(env, -error, "uv_poll_init");
  watch->poll.data = watch.get();
  watch->callback = Napi::Persistent(info[1].As<Napi::Function>());
  Watch* owned = watch.release();
  napi_add_async_cleanup_hook(env, Watch::OnEnvironmentEnd, owned, &owned->hook);
  if (const int error = uv_poll_start(&owned->poll, UV_READABLE, Watch::OnReadable)) {
    owned->Close();
    return ThrowSystemError(env, -error, "uv_poll_start");
  }
  const auto* watcher = static_cast<Napi::FunctionReference*>(info.Data());
  return watcher->New({Napi::External<Watch>::New(env, owned)});
}

}  // namespace

void ExportWatch(Napi::Env env, Napi::Object exports) {
  auto* watcher = new Napi::FunctionReference(Napi::Persistent(Watcher::Define(env)));
  env.AddCleanupHook([watcher] { delete watcher; });
  exports.Set("watch", Napi::Function::New<StartWatch>(env, "watch", watcher));
}

// Giving up privileges for good: credentials(7), capabilities(7).

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "arguments.h"
#include "modules.h"
#include "system-error.h"
#include "thread-broadcast.h"

namespace {

// Both halves of the 64-bit capability sets.
struct Capabilities {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
};

bool MayChangeBoundingSet() {
  Capabilities own;
  if (syscall(SYS_capget, &own.header, own.sets) < 0) return false;
  return (own.sets[CAP_TO_INDEX(CAP_SETPCAP)].effective & CAP_TO_MASK(CAP_SETPCAP)) != 0;
}

// Runs on every thread while it still has capabilities: no later exec can bring one back. Without CAP_SETPCAP the
// bounding set stays, and no_new_privs alone has to do.
int LimitThread() {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (MayChangeBoundingSet()) {
    for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++) {
      if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0) return errno;
    }
  }
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? errno : 0;
}

// Runs on every thread: empties its sets and reads them back.
int EmptyThread() {
  Capabilities none;
  if (syscall(SYS_capset, &none.header, none.sets) < 0) return errno;
  Capabilities own;
  if (syscall(SYS_capget, &own.header, own.sets) < 0) return errno;
  for (const __user_cap_data_struct& set : own.sets) {
    if ((set.effective | set.permitted | set.inheritable) != 0) return EPERM;
  }
  return 0;
}

bool HasIds(uid_t uid, gid_t gid) {
  uid_t uids[3] = {};
  gid_t gids[3] = {};
  getresuid(&uids[0], &uids[1], &uids[2]);
  getresgid(&gids[0], &gids[1], &gids[2]);
  for (int which = 0; which < 3; which++) {
    if (uids[which] != uid || gids[which] != gid) return false;
  }
  return true;
}

enum class IdChange { kDone, kUnmapped, kFailed };

// The C library applies these calls to all threads. EINVAL: the user namespace does not map the id. A namespace with one
// mapped group refuses setgroups; that is told only if the ids could be changed without it.
IdChange ChangeIds(uid_t uid, gid_t gid, const char** syscall_name, int* error) {
  const auto fail = [&](const char* name) {
    *syscall_name = name;
    *error = errno;
    return *error == EINVAL ? IdChange::kUnmapped : IdChange::kFailed;
  };
  if (HasIds(uid, gid)) return IdChange::kDone;
  const int groups_error = setgroups(0, nullptr) < 0 ? errno : 0;
  const gid_t old_gid = getgid();
  if (setresgid(gid, gid, gid) < 0) return fail("setresgid");
  if (setresuid(uid, uid, uid) < 0) {
    const IdChange change = fail("setresuid");
    return setresgid(old_gid, old_gid, old_gid) < 0 ? fail("setresgid") : change;
  }
  errno = groups_error;
  if (groups_error != 0) return fail("setgroups");
  errno = EPERM;
  return HasIds(uid, gid) ? IdChange::kDone : fail("setresuid");
}

Napi::Value DropPrivileges(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const uint32_t uid = UnsignedArgument(info[0], "uid");
  const uint32_t gid = UnsignedArgument(info[1], "gid");
  if (env.IsExceptionPending()) return {};
  if (const int error = RunOnEveryThread(LimitThread)) return ThrowSystemError(env, error, "prctl");
  const char* failed = "";
  int error = 0;
  const IdChange change = ChangeIds(uid, gid, &failed, &error);
  if (change == IdChange::kFailed) {
    return ThrowSystemError(env, error, failed, std::to_string(uid) + ":" + std::to_string(gid));
  }
  if (const int left = RunOnEveryThread(EmptyThread)) return ThrowSystemError(env, left, "capset");
  return Napi::Boolean::New(env, change == IdChange::kDone);
}

}  // namespace

void ExportPrivileges(Napi::Env env, Napi::Object exports) { Export<DropPrivileges>(env, exports, "dropPrivileges"); }

#include "thread-broadcast.h"

#include <dirent.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <set>

namespace {

// The C library keeps this signal to itself (glibc for its own setuid broadcast) and its sigmask functions never block
// it, so it reaches also the threads that have blocked all signals; Node has one such thread. It is borrowed for the
// duration of a broadcast and then given back.
constexpr int kUnblockableSignal = 33;

// The kernel's sigset_t; and room for its struct sigaction, which is only copied here, never looked into.
constexpr size_t kKernelSetBytes = 8;
struct KernelAction {
  alignas(8) unsigned char bytes[64];
};

constexpr int kSliceMs = 10;
constexpr int kPatienceSlices = 500;

// What the handler needs; a handler has no other way to be told. Guarded by `one_at_a_time`.
std::mutex one_at_a_time;
std::atomic<int (*)()> current_action{nullptr};
std::atomic<pid_t> current_thread{0};
std::atomic<int> current_result{0};
sem_t answered;

pid_t ThisThread() { return static_cast<pid_t>(syscall(SYS_gettid)); }

void OnSignal(int) {
  const int saved_errno = errno;
  // A signal of somebody else's, or one that comes after the wait for it was given up.
  if (current_thread.load() == ThisThread()) {
    current_thread.store(0);
    current_result.store(current_action.load()());
    sem_post(&answered);
  }
  errno = saved_errno;
}

bool Exchange(int signal, const KernelAction* next, KernelAction* previous) {
  return syscall(SYS_rt_sigaction, signal, next, previous, kKernelSetBytes) == 0;
}

// The C library refuses to set a handler for its own signal, and the kernel's form of one needs a return trampoline.
// Hence the library makes the form for another signal, from where it is copied.
bool MakeAction(KernelAction* made) {
  const int donor = SIGRTMAX;
  struct sigaction wanted = {};
  struct sigaction previous = {};
  wanted.sa_handler = OnSignal;
  wanted.sa_flags = SA_RESTART;
  sigfillset(&wanted.sa_mask);
  if (sigaction(donor, &wanted, &previous) < 0) return false;
  const bool copied = Exchange(donor, nullptr, made);
  return sigaction(donor, &previous, nullptr) == 0 && copied;
}

timespec SliceFromNow() {
  timespec at{};
  clock_gettime(CLOCK_REALTIME, &at);
  at.tv_nsec += kSliceMs * 1000000L;
  if (at.tv_nsec >= 1000000000L) {
    at.tv_sec += 1;
    at.tv_nsec -= 1000000000L;
  }
  return at;
}

// 0 when `thread` has run the action or is gone.
int RunOn(pid_t thread) {
  current_result.store(0);
  current_thread.store(thread);
  if (syscall(SYS_tgkill, getpid(), thread, kUnblockableSignal) < 0) return errno == ESRCH ? 0 : errno;
  for (int slice = 0; slice < kPatienceSlices; slice++) {
    const timespec until = SliceFromNow();
    if (sem_timedwait(&answered, &until) == 0) return current_result.load();
    const bool gone = syscall(SYS_tgkill, getpid(), thread, 0) < 0 && errno == ESRCH;
    // It may have answered in between; an answer left behind would be taken for that of the next thread.
    if (gone) return sem_trywait(&answered) == 0 ? current_result.load() : 0;
  }
  current_thread.store(0);
  return ETIMEDOUT;
}

// Adds the threads of this process that `known` lacks to `found`. Returns 0 or an errno.
int FindThreads(const std::set<pid_t>& known, std::set<pid_t>* found) {
  DIR* tasks = opendir("/proc/self/task");
  if (tasks == nullptr) return errno;
  while (const dirent* entry = readdir(tasks)) {
    const pid_t thread = static_cast<pid_t>(std::atoi(entry->d_name));
    if (thread > 0 && known.count(thread) == 0) found->insert(thread);
  }
  closedir(tasks);
  return 0;
}

// A new thread has the credentials of the one that made it: once a pass finds no thread that was not asked, none that
// could make an unchanged one is left.
int RunOnThreads(int (*action)()) {
  std::set<pid_t> done;
  for (;;) {
    std::set<pid_t> found;
    if (const int error = FindThreads(done, &found)) return error;
    if (found.empty()) return 0;
    for (const pid_t thread : found) {
      if (const int error = thread == ThisThread() ? action() : RunOn(thread)) return error;
      done.insert(thread);
    }
  }
}

}  // namespace

int RunOnEveryThread(int (*action)()) {
  const std::lock_guard<std::mutex> guard(one_at_a_time);
  KernelAction ours{};
  KernelAction theirs{};
  if (!MakeAction(&ours) || sem_init(&answered, 0, 0) < 0) return errno;
  current_action.store(action);
  if (!Exchange(kUnblockableSignal, &ours, &theirs)) return errno;
  const int result = RunOnThreads(action);
  Exchange(kUnblockableSignal, &theirs, nullptr);
  return result;
}

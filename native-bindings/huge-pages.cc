// Advice about the pages behind a buffer: madvise(2).

#include <sys/mman.h>
#include <unistd.h>

#include "arguments.h"
#include "modules.h"

namespace {

// Pages are whole, buffers are not: an allocator puts its own words in front of a buffer, so that to leave out the page
// of these would leave out the first huge page. Advice changes no content, whoever else has a part of the page.
Napi::Value AdviseHugePages(const Napi::CallbackInfo& info) {
  const Span<uint8_t> bytes = BytesArgument(info[0], "bytes");
  if (info.Env().IsExceptionPending()) return {};
  const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t begin = reinterpret_cast<uintptr_t>(bytes.data) & ~(page - 1);
  const size_t length = reinterpret_cast<uintptr_t>(bytes.data) + bytes.length - begin;
  const bool taken = bytes.length > 0 && madvise(reinterpret_cast<void*>(begin), length, MADV_HUGEPAGE) == 0;
  return Napi::Boolean::New(info.Env(), taken);
}

}  // namespace

void ExportHugePages(Napi::Env env, Napi::Object exports) { Export<AdviseHugePages>(env, exports, "adviseHugePages"); }

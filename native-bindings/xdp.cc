// AF_XDP sockets: Documentation/networking/af_xdp.rst of Linux. Their rings are read and written by TypeScript, in memory
// that the caller gives for them; here are only the system calls.

#include <linux/if_xdp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "arguments.h"
#include "descriptor.h"
#include "modules.h"
#include "system-error.h"

namespace {

constexpr off_t kRingOffsets[] = {
    XDP_PGOFF_RX_RING,
    XDP_PGOFF_TX_RING,
    static_cast<off_t>(XDP_UMEM_PGOFF_FILL_RING),
    static_cast<off_t>(XDP_UMEM_PGOFF_COMPLETION_RING),
};
constexpr int kRingOptions[] = {XDP_RX_RING, XDP_TX_RING, XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING};
constexpr size_t kRings = 4;

// What the caller must know of each ring, in this order.
constexpr size_t kFieldsOfRing = 4;

bool IsWholePages(const Span<uint8_t>& bytes) {
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return bytes.length != 0 && reinterpret_cast<uintptr_t>(bytes.data) % page == 0 && bytes.length % page == 0;
}

// A child of this process must not share the pages: for the first write to a shared page the process may be given a copy,
// while the kernel goes on with the original.
bool RegisterMemory(const Descriptor& xdp, const Span<uint8_t>& memory, uint32_t chunk_bytes, uint32_t headroom) {
  xdp_umem_reg area{};
  area.addr = reinterpret_cast<uintptr_t>(memory.data);
  area.len = memory.length;
  area.chunk_size = chunk_bytes;
  area.headroom = headroom;
  return madvise(memory.data, memory.length, MADV_DONTFORK) == 0 &&
         setsockopt(xdp.get(), SOL_XDP, XDP_UMEM_REG, &area, sizeof area) == 0;
}

// The forced variant is not bound by net.core.wmem_max but needs CAP_NET_ADMIN in the first user namespace.
bool SetSendBuffer(const Descriptor& xdp, int bytes) {
  return setsockopt(xdp.get(), SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) == 0 ||
         setsockopt(xdp.get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) == 0;
}

Napi::Value OpenXdp(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Object options = ObjectArgument(info[0], "options");
  const uint32_t slots = UnsignedArgument(Property(options, "ringSlots"), "ringSlots");
  const int send_buffer = DescriptorArgument(Property(options, "sendBufferBytes"), "sendBufferBytes");
  const uint32_t chunk_bytes = UnsignedArgument(Property(options, "chunkBytes"), "chunkBytes");
  const uint32_t headroom = UnsignedArgument(Property(options, "headroomBytes"), "headroomBytes");
  const Napi::Value given = Property(options, "memory");
  const bool own_memory = !given.IsEmpty() && !given.IsUndefined();
  const Span<uint8_t> memory = own_memory ? BytesArgument(given, "memory") : Span<uint8_t>{};
  if (env.IsExceptionPending()) return {};

  Descriptor xdp(socket(AF_XDP, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!xdp.valid()) return ThrowSystemError(env, errno, "socket", "AF_XDP");
  if (own_memory && !RegisterMemory(xdp, memory, chunk_bytes, headroom)) {
    return ThrowSystemError(env, errno, "setsockopt", "XDP_UMEM_REG");
  }
  if (!SetSendBuffer(xdp, send_buffer)) return ThrowSystemError(env, errno, "setsockopt", "SO_SNDBUF");
  for (const int option : kRingOptions) {
    if (setsockopt(xdp.get(), SOL_XDP, option, &slots, sizeof slots) < 0) {
      return ThrowSystemError(env, errno, "setsockopt", "XDP ring " + std::to_string(option));
    }
  }
  return Napi::Number::New(env, xdp.release());
}

Napi::Value MapXdpRing(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = DescriptorArgument(info[0], "fd");
  const uint32_t ring = UnsignedArgument(info[1], "ring");
  const Span<uint8_t> into = BytesArgument(info[2], "into");
  if (env.IsExceptionPending()) return {};
  if (ring >= kRings || !IsWholePages(into)) {
    Napi::RangeError::New(env, "ring, into: expected a ring from 0 to 3 and whole pages").ThrowAsJavaScriptException();
    return {};
  }
  constexpr int kFlags = MAP_SHARED | MAP_FIXED | MAP_POPULATE;
  if (mmap(into.data, into.length, PROT_READ | PROT_WRITE, kFlags, fd, kRingOffsets[ring]) == MAP_FAILED) {
    return ThrowSystemError(env, errno, "mmap", "AF_XDP ring " + std::to_string(ring));
  }
  return env.Undefined();
}

Napi::Value UnmapPages(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Span<uint8_t> bytes = BytesArgument(info[0], "bytes");
  if (env.IsExceptionPending()) return {};
  if (!IsWholePages(bytes)) {
    Napi::RangeError::New(env, "bytes: expected whole pages").ThrowAsJavaScriptException();
    return {};
  }
  // Plain memory in its place, not a hole: the address belongs to the ArrayBuffer as long as that lives.
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  if (mmap(bytes.data, bytes.length, PROT_READ | PROT_WRITE, kFlags, -1, 0) == MAP_FAILED) {
    return ThrowSystemError(env, errno, "mmap");
  }
  return env.Undefined();
}

Napi::Value ReadXdpOffsets(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = DescriptorArgument(info[0], "fd");
  const Span<int32_t> into = Int32Argument(info[1], "into");
  if (env.IsExceptionPending()) return {};
  if (into.length < kRings * kFieldsOfRing) {
    Napi::RangeError::New(env, "into: expected room for 16 numbers").ThrowAsJavaScriptException();
    return {};
  }
  xdp_mmap_offsets offsets{};
  socklen_t length = sizeof offsets;
  if (getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &length) < 0) {
    return ThrowSystemError(env, errno, "getsockopt", "XDP_MMAP_OFFSETS");
  }
  int32_t* next = into.data;
  for (const xdp_ring_offset& ring : {offsets.rx, offsets.tx, offsets.fr, offsets.cr}) {
    for (const uint64_t field : {ring.producer, ring.consumer, ring.flags, ring.desc}) {
      *next++ = static_cast<int32_t>(field);
    }
  }
  return env.Undefined();
}

Napi::Value BindXdp(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = DescriptorArgument(info[0], "fd");
  const uint32_t ifindex = UnsignedArgument(info[1], "ifindex");
  const uint32_t queue = UnsignedArgument(info[2], "queue");
  const bool shared = !info[3].IsUndefined();
  const int shared_fd = shared ? DescriptorArgument(info[3], "sharedFd") : 0;
  if (env.IsExceptionPending()) return {};
  sockaddr_xdp address{};
  address.sxdp_family = AF_XDP;
  address.sxdp_ifindex = ifindex;
  address.sxdp_queue_id = queue;
  // A socket that shares memory takes over the other flags too.
  address.sxdp_flags = shared ? XDP_SHARED_UMEM : XDP_USE_NEED_WAKEUP;
  address.sxdp_shared_umem_fd = static_cast<uint32_t>(shared_fd);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) {
    return ThrowSystemError(env, errno, "bind", "AF_XDP ifindex " + std::to_string(ifindex));
  }
  xdp_options chosen{};
  socklen_t length = sizeof chosen;
  if (getsockopt(fd, SOL_XDP, XDP_OPTIONS, &chosen, &length) < 0) {
    return ThrowSystemError(env, errno, "getsockopt", "XDP_OPTIONS");
  }
  return Napi::Boolean::New(env, (chosen.flags & XDP_OPTIONS_ZEROCOPY) != 0);
}

Napi::Value KickXdp(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = DescriptorArgument(info[0], "fd");
  if (env.IsExceptionPending()) return {};
  const bool sent = sendto(fd, nullptr, 0, MSG_DONTWAIT, nullptr, 0) >= 0;
  return Napi::Number::New(env, sent ? 0 : -errno);
}

Napi::Value XdpMissed(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = DescriptorArgument(info[0], "fd");
  if (env.IsExceptionPending()) return {};
  xdp_statistics statistics{};
  socklen_t length = sizeof statistics;
  if (getsockopt(fd, SOL_XDP, XDP_STATISTICS, &statistics, &length) < 0) {
    return ThrowSystemError(env, errno, "getsockopt", "XDP_STATISTICS");
  }
  return Napi::Number::New(env, static_cast<double>(statistics.rx_dropped + statistics.rx_ring_full));
}

Napi::Value PageStart(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Span<uint8_t> bytes = BytesArgument(info[0], "bytes");
  if (env.IsExceptionPending()) return {};
  const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t address = reinterpret_cast<uintptr_t>(bytes.data);
  return Napi::Number::New(env, static_cast<double>((page - address % page) % page));
}

}  // namespace

void ExportXdp(Napi::Env env, Napi::Object exports) {
  Export<OpenXdp>(env, exports, "openXdp");
  Export<MapXdpRing>(env, exports, "mapXdpRing");
  Export<UnmapPages>(env, exports, "unmapPages");
  Export<ReadXdpOffsets>(env, exports, "readXdpOffsets");
  Export<BindXdp>(env, exports, "bindXdp");
  Export<KickXdp>(env, exports, "kickXdp");
  Export<XdpMissed>(env, exports, "xdpMissed");
  Export<PageStart>(env, exports, "pageStart");
}

// Batched packet input and output for one arena (src/link/frame.ts describes its layout).

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "arguments.h"
#include "modules.h"
#include "virtio-net.h"

namespace {

constexpr int32_t kPacketStart = 64;
constexpr int32_t kVnetBeforePacket = 64;
constexpr int32_t kEthernetHeaderBytes = 14;
constexpr int32_t kVnetHeaderBytes = sizeof(virtio_net_hdr);
constexpr int32_t kMaximumCapacity = 1024;  // UIO_MAXIOV, which also bounds one recvmmsg
constexpr size_t kMaximumArenaBytes = 0x7fffffff;  // offsets are int32

static_assert(kVnetHeaderBytes == 10, "the arena layout has room for the short virtio-net header");

// What precedes the IPv4 packet in a frame: an Ethernet header on a packet socket, nothing on a TUN device.
enum class Framing : int32_t { kEthernet = kEthernetHeaderBytes, kBare = 0 };

// One packet is two iovecs, the virtio-net header and the frame; a descriptor without the header uses the second only.
class Vectors {
 public:
  explicit Vectors(int32_t capacity)
      : parts_(2 * static_cast<size_t>(capacity)), messages_(capacity), gathered_(capacity) {
    Point(true);
  }

  // A piece that continues the packet of the index before: without a header of its own.
  void SetPiece(int32_t index, uint8_t* bytes, int32_t length) {
    iovec* parts = &parts_[2 * static_cast<size_t>(index)];
    parts[0] = {bytes, 0};
    parts[1] = {bytes, static_cast<size_t>(length)};
  }

  // Writes the packet that is the `count` indices from `first` on, gathered.
  ssize_t Write(int fd, bool vnet_header, int32_t first, int32_t count) const {
    const int skipped = vnet_header ? 0 : 1;
    return writev(fd, &parts_[2 * static_cast<size_t>(first) + skipped], 2 * count - skipped);
  }

  // Points at the packets in the first `count` indices, each with its pieces; returns how many packets there are.
  int32_t Gather(bool vnet_header, const uint8_t* joined, int32_t count) {
    const int skipped = vnet_header ? 0 : 1;
    int32_t packets = 0;
    for (int32_t index = 0; index < count; index++) {
      if (IsPiece(joined, index)) {
        gathered_[packets - 1].msg_hdr.msg_iovlen += 2;
        continue;
      }
      msghdr& message = gathered_[packets++].msg_hdr;
      message.msg_iov = &parts_[2 * static_cast<size_t>(index) + skipped];
      message.msg_iovlen = 2 - skipped;
    }
    return packets;
  }

  mmsghdr* Gathered() { return gathered_.data(); }

  // The first index is never one: there is nothing that it could continue.
  static bool IsPiece(const uint8_t* joined, int32_t index) { return index > 0 && joined[index] != 0; }

  mmsghdr* Messages(bool vnet_header) {
    if (vnet_header != vnet_header_) Point(vnet_header);
    return messages_.data();
  }

  void Set(int32_t index, uint8_t* packet, Framing framing, int32_t length) {
    const int32_t header = static_cast<int32_t>(framing);
    iovec* parts = &parts_[2 * static_cast<size_t>(index)];
    parts[0] = {packet - kVnetBeforePacket, kVnetHeaderBytes};
    parts[1] = {packet - header, static_cast<size_t>(length + header)};
  }

 private:
  void Point(bool vnet_header) {
    vnet_header_ = vnet_header;
    for (size_t index = 0; index < messages_.size(); index++) {
      messages_[index].msg_hdr.msg_iov = &parts_[2 * index + (vnet_header ? 0 : 1)];
      messages_[index].msg_hdr.msg_iovlen = vnet_header ? 2 : 1;
    }
  }

  std::vector<iovec> parts_;
  std::vector<mmsghdr> messages_;
  std::vector<mmsghdr> gathered_;
  bool vnet_header_ = true;
};

// The arena and what points into it. Where packets are received never changes; where they are sent from does.
struct Memory {
  Memory(Span<uint8_t> arena, int32_t slot_bytes, int32_t capacity)
      : arena(arena),
        slot_bytes(slot_bytes),
        capacity(capacity),
        incoming_frames(capacity),
        incoming_packets(capacity),
        outgoing(capacity) {
    for (int32_t slot = 0; slot < capacity; slot++) {
      uint8_t* packet = arena.data + PacketOffset(slot);
      incoming_frames.Set(slot, packet, Framing::kEthernet, slot_bytes - kPacketStart);
      incoming_packets.Set(slot, packet, Framing::kBare, slot_bytes - kPacketStart);
    }
  }

  int32_t PacketOffset(int32_t slot) const { return slot * slot_bytes + kPacketStart; }

  Span<uint8_t> arena;
  int32_t slot_bytes;
  int32_t capacity;
  Vectors incoming_frames;
  Vectors incoming_packets;
  Vectors outgoing;
};

// The arguments of one call, checked.
struct Batch {
  int fd;
  bool vnet_header;
  Span<int32_t> offsets;
  Span<int32_t> lengths;
  int32_t count;
};

class PacketIo : public Napi::ObjectWrap<PacketIo> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "PacketIo",
                       {
                           InstanceMethod<&PacketIo::ReceivePacket>("receivePacket"),
                           InstanceMethod<&PacketIo::TransmitPacket>("transmitPacket"),
                           InstanceMethod<&PacketIo::ReceiveTun>("receiveTun"),
                           InstanceMethod<&PacketIo::TransmitTun>("transmitTun"),
                           InstanceMethod<&PacketIo::Release>("release"),
                       });
  }

  explicit PacketIo(const Napi::CallbackInfo& info) : Napi::ObjectWrap<PacketIo>(info) {
    const Napi::Env env = info.Env();
    const Span<uint8_t> arena = BytesArgument(info[0], "arena");
    const int32_t slot_bytes = IntArgument(info[1], "slotBytes");
    const int32_t capacity = IntArgument(info[2], "capacity");
    if (env.IsExceptionPending()) return;
    const bool slots_fit =
        slot_bytes > kPacketStart && arena.length <= kMaximumArenaBytes &&
        capacity >= 1 && capacity <= kMaximumCapacity && arena.length / slot_bytes >= static_cast<size_t>(capacity);
    if (!slots_fit) {
      ThrowRange(env, "PacketIo: expected a capacity of 1 to 1024 and an arena with as many slots, below 2 GiB");
      return;
    }
    arena_ = Napi::Persistent(info[0].As<Napi::Object>());
    memory_ = std::make_unique<Memory>(arena, slot_bytes, capacity);
  }

 private:
  static void ThrowRange(Napi::Env env, const char* message) {
    Napi::RangeError::New(env, message).ThrowAsJavaScriptException();
  }

  // Reads and checks the arguments; false with an exception pending if they are not good for a call.
  bool Read(const Napi::CallbackInfo& info, Batch* batch) {
    const Napi::Env env = info.Env();
    if (memory_ == nullptr) {
      Napi::Error::New(env, "PacketIo: used after release").ThrowAsJavaScriptException();
      return false;
    }
    // A transferred (detached) buffer has given its memory away.
    const Span<uint8_t> arena = BytesArgument(arena_.Value(), "arena");
    *batch = {DescriptorArgument(info[0], "fd"), BooleanArgument(info[1], "vnetHeader"),
              Int32Argument(info[2], "offsets"), Int32Argument(info[3], "lengths"), IntArgument(info[4], "count")};
    if (env.IsExceptionPending()) return false;
    const bool same_memory = arena.data == memory_->arena.data && arena.length == memory_->arena.length;
    const int32_t count = batch->count;
    const bool countable = count >= 0 && count <= memory_->capacity &&
                           static_cast<size_t>(count) <= std::min(batch->offsets.length, batch->lengths.length);
    if (!same_memory) ThrowRange(env, "arena: its memory is gone");
    if (same_memory && !countable) ThrowRange(env, "count: expected at most the capacity and the arrays' length");
    return same_memory && countable;
  }

  // `received` counts every byte that the kernel wrote, headers included.
  void Describe(const Batch& batch, int32_t slot, Framing framing, ssize_t received, bool truncated) {
    const int32_t offset = memory_->PacketOffset(slot);
    const ssize_t headers = static_cast<int32_t>(framing) + (batch.vnet_header ? kVnetHeaderBytes : 0);
    batch.offsets.data[slot] = offset;
    batch.lengths.data[slot] = truncated || received < headers ? -1 : static_cast<int32_t>(received - headers);
    if (!batch.vnet_header) std::memset(memory_->arena.data + offset - kVnetBeforePacket, 0, kVnetHeaderBytes);
  }

  // Points the kernel at the packets of `batch`; false with a RangeError pending if one does not lie in the arena.
  bool PrepareOutgoing(Napi::Env env, const Batch& batch, Framing framing) {
    const int64_t end = static_cast<int64_t>(memory_->arena.length);
    for (int32_t index = 0; index < batch.count; index++) {
      const int32_t offset = batch.offsets.data[index];
      const int32_t length = batch.lengths.data[index];
      if (offset < kVnetBeforePacket || length < 0 || static_cast<int64_t>(offset) + length > end) {
        ThrowRange(env, "offsets, lengths: expected packets that lie within the arena");
        return false;
      }
      memory_->outgoing.Set(index, memory_->arena.data + offset, framing, length);
    }
    return true;
  }

  // The optional last argument; false with an exception pending if it is not good for the call.
  bool ReadJoined(const Napi::CallbackInfo& info, const Batch& batch, Span<uint8_t>* joined) {
    if (info.Length() <= 5) return true;
    *joined = BytesArgument(info[5], "joined");
    if (info.Env().IsExceptionPending()) return false;
    if (joined->length >= static_cast<size_t>(batch.count)) return true;
    ThrowRange(info.Env(), "joined: expected as many as packets");
    return false;
  }

  Napi::Value ReceivePacket(const Napi::CallbackInfo& info) {
    Batch batch;
    if (!Read(info, &batch)) return {};
    mmsghdr* messages = memory_->incoming_frames.Messages(batch.vnet_header);
    const int received = recvmmsg(batch.fd, messages, batch.count, MSG_DONTWAIT, nullptr);
    if (received < 0) return Result(info.Env(), 0, errno);
    for (int32_t slot = 0; slot < received; slot++) {
      const bool truncated = (messages[slot].msg_hdr.msg_flags & MSG_TRUNC) != 0;
      Describe(batch, slot, Framing::kEthernet, messages[slot].msg_len, truncated);
    }
    return Result(info.Env(), received, 0);
  }

  Napi::Value TransmitPacket(const Napi::CallbackInfo& info) {
    Batch batch;
    if (!Read(info, &batch) || !PrepareOutgoing(info.Env(), batch, Framing::kEthernet)) return {};
    Span<uint8_t> joined;
    if (!ReadJoined(info, batch, &joined)) return {};
    if (joined.data != nullptr) return TransmitGathered(info.Env(), batch, joined.data);
    const int sent = sendmmsg(batch.fd, memory_->outgoing.Messages(batch.vnet_header), batch.count, MSG_DONTWAIT);
    return sent < 0 ? Result(info.Env(), 0, errno) : Result(info.Env(), sent, 0);
  }

  Napi::Value TransmitGathered(Napi::Env env, const Batch& batch, const uint8_t* joined) {
    Vectors& outgoing = memory_->outgoing;
    for (int32_t index = 0; index < batch.count; index++) {
      if (!Vectors::IsPiece(joined, index)) continue;
      outgoing.SetPiece(index, memory_->arena.data + batch.offsets.data[index], batch.lengths.data[index]);
    }
    const int32_t packets = outgoing.Gather(batch.vnet_header, joined, batch.count);
    int sent = sendmmsg(batch.fd, outgoing.Gathered(), packets, MSG_DONTWAIT);
    if (sent < 0) return Result(env, 0, errno);
    // The pieces of what was sent count too.
    int32_t taken = 0;
    while (taken < batch.count && (Vectors::IsPiece(joined, taken) || sent-- > 0)) taken++;
    return Result(env, taken, 0);
  }

  Napi::Value ReceiveTun(const Napi::CallbackInfo& info) {
    Batch batch;
    if (!Read(info, &batch)) return {};
    const mmsghdr* messages = memory_->incoming_packets.Messages(batch.vnet_header);
    int32_t slot = 0;
    int error = 0;
    for (; slot < batch.count; slot++) {
      const msghdr& message = messages[slot].msg_hdr;
      const ssize_t received = readv(batch.fd, message.msg_iov, static_cast<int>(message.msg_iovlen));
      if (received < 0) {
        error = errno;
        break;
      }
      Describe(batch, slot, Framing::kBare, received, false);
    }
    return Result(info.Env(), slot, error);
  }

  Napi::Value TransmitTun(const Napi::CallbackInfo& info) {
    Batch batch;
    if (!Read(info, &batch) || !PrepareOutgoing(info.Env(), batch, Framing::kBare)) return {};
    Span<uint8_t> joined;
    if (!ReadJoined(info, batch, &joined)) return {};
    int32_t index = 0;
    int error = 0;
    while (index < batch.count && error == 0) {
      int32_t pieces = 1;
      for (int32_t next = index + 1; next < batch.count && joined.data != nullptr && joined.data[next] != 0; next++) {
        memory_->outgoing.SetPiece(next, memory_->arena.data + batch.offsets.data[next], batch.lengths.data[next]);
        pieces++;
      }
      if (memory_->outgoing.Write(batch.fd, batch.vnet_header, index, pieces) < 0) error = errno;
      else index += pieces;
    }
    return Result(info.Env(), index, error);
  }

  Napi::Value Release(const Napi::CallbackInfo& info) {
    memory_.reset();
    arena_.Reset();
    return info.Env().Undefined();
  }

  // A count, or the negative errno if nothing was moved. That nothing waits or fits now is no error.
  static Napi::Value Result(Napi::Env env, int32_t count, int error) {
    const bool later = error == EAGAIN || error == EINTR;
    return Napi::Number::New(env, count > 0 || error == 0 || later ? count : -error);
  }

  Napi::ObjectReference arena_;
  std::unique_ptr<Memory> memory_;
};

}  // namespace

void ExportPacketIo(Napi::Env env, Napi::Object exports) { exports.Set("PacketIo", PacketIo::Define(env)); }

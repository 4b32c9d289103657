// Programs on the way in of a link: bpf(2). Two drop every frame; others are assembled by the caller. A program stays
// attached until its link's descriptor is closed, hence it goes with the process whatever its end.

#include <linux/bpf.h>
#include <linux/if_link.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "arguments.h"
#include "descriptor.h"
#include "modules.h"
#include "system-error.h"

namespace {

// From linux/bpf.h of Linux 6.6; the headers of Debian 12 are those of 6.1. Attaching by TCX uses the fields of
// `union bpf_attr.link_create` that older headers have.
constexpr uint32_t kBpfTcxIngress = 46;
constexpr uint32_t kBeforeAllOthers = 1 << 3;  // BPF_F_BEFORE without a relative
constexpr int32_t kTcxDrop = 2;

struct Attachment {
  uint32_t program_type;
  uint32_t attach_type;
  uint32_t flags;
  int32_t verdict;
  const char* name;
};

// First of the link's programs: one that lets frames pass would end the run before ours.
constexpr Attachment kIngressDrop = {BPF_PROG_TYPE_SCHED_CLS, kBpfTcxIngress, kBeforeAllOthers, kTcxDrop,
                                    "BPF_TCX_INGRESS"};
// The generic mode runs before the packet taps and leaves the driver's offloads as they are; a native program on a veth
// pair would switch off segmentation offload at the other end.
constexpr Attachment kXdpDrop = {BPF_PROG_TYPE_XDP, BPF_XDP, XDP_FLAGS_SKB_MODE, XDP_DROP, "BPF_XDP"};
// In the driver or not at all: the generic mode gains nothing over a packet socket.
constexpr Attachment kXdpNative = {BPF_PROG_TYPE_XDP, BPF_XDP, XDP_FLAGS_DRV_MODE, 0, "BPF_XDP native mode"};

int Bpf(bpf_cmd command, bpf_attr* attributes) {
  return static_cast<int>(syscall(SYS_bpf, command, attributes, sizeof *attributes));
}

Descriptor LoadProgram(uint32_t type, const void* instructions, size_t count, const char* name) {
  bpf_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);
  attributes.prog_type = type;
  attributes.insns = reinterpret_cast<uintptr_t>(instructions);
  attributes.insn_cnt = static_cast<uint32_t>(count);
  attributes.license = reinterpret_cast<uintptr_t>("Apache-2.0");
  std::strncpy(attributes.prog_name, name, sizeof attributes.prog_name - 1);
  return Descriptor(Bpf(BPF_PROG_LOAD, &attributes));
}

Descriptor LoadVerdict(const Attachment& attachment) {
  bpf_insn program[2] = {};
  program[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
  program[0].dst_reg = BPF_REG_0;
  program[0].imm = attachment.verdict;
  program[1].code = BPF_JMP | BPF_EXIT;
  return LoadProgram(attachment.program_type, program, 2, "lasthop_drop");
}

// A link of the kernel (bpf_link) between the program and the link `ifindex`, or an exception.
Napi::Value CreateLink(Napi::Env env, int program, int ifindex, const Attachment& attachment) {
  bpf_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);
  attributes.link_create.prog_fd = static_cast<uint32_t>(program);
  attributes.link_create.target_ifindex = static_cast<uint32_t>(ifindex);
  attributes.link_create.attach_type = attachment.attach_type;
  attributes.link_create.flags = attachment.flags;
  Descriptor link(Bpf(BPF_LINK_CREATE, &attributes));
  if (!link.valid()) {
    const std::string detail = std::string(attachment.name) + " ifindex " + std::to_string(ifindex);
    return ThrowSystemError(env, errno, "bpf", detail);
  }
  return Napi::Number::New(env, link.release());
}

Napi::Value Attach(const Napi::CallbackInfo& info, const Attachment& attachment) {
  const Napi::Env env = info.Env();
  const int ifindex = DescriptorArgument(info[0], "ifindex");
  if (env.IsExceptionPending()) return {};
  const Descriptor program = LoadVerdict(attachment);
  if (!program.valid()) return ThrowSystemError(env, errno, "bpf", "BPF_PROG_LOAD");
  return CreateLink(env, program.get(), ifindex, attachment);
}

Napi::Value AttachIngressDrop(const Napi::CallbackInfo& info) { return Attach(info, kIngressDrop); }

Napi::Value AttachXdpDrop(const Napi::CallbackInfo& info) { return Attach(info, kXdpDrop); }

Napi::Value LoadXdp(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Span<uint8_t> instructions = BytesArgument(info[0], "instructions");
  if (env.IsExceptionPending()) return {};
  if (instructions.length % sizeof(bpf_insn) != 0) {
    Napi::RangeError::New(env, "instructions: expected whole instructions of 8 bytes").ThrowAsJavaScriptException();
    return {};
  }
  const size_t count = instructions.length / sizeof(bpf_insn);
  Descriptor program = LoadProgram(BPF_PROG_TYPE_XDP, instructions.data, count, "lasthop_xdp");
  if (!program.valid()) return ThrowSystemError(env, errno, "bpf", "BPF_PROG_LOAD");
  return Napi::Number::New(env, program.release());
}

Napi::Value AttachXdp(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int program = DescriptorArgument(info[0], "program");
  const int ifindex = DescriptorArgument(info[1], "ifindex");
  if (env.IsExceptionPending()) return {};
  return CreateLink(env, program, ifindex, kXdpNative);
}

Napi::Value RunXdp(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int program = DescriptorArgument(info[0], "program");
  const Span<uint8_t> frame = BytesArgument(info[1], "frame");
  if (env.IsExceptionPending()) return {};
  bpf_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);
  attributes.test.prog_fd = static_cast<uint32_t>(program);
  attributes.test.data_in = reinterpret_cast<uintptr_t>(frame.data);
  attributes.test.data_size_in = static_cast<uint32_t>(frame.length);
  attributes.test.repeat = 1;
  if (Bpf(BPF_PROG_TEST_RUN, &attributes) < 0) return ThrowSystemError(env, errno, "bpf", "BPF_PROG_TEST_RUN");
  return Napi::Number::New(env, attributes.test.retval);
}

Napi::Value CreateXskMap(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const uint32_t queues = UnsignedArgument(info[0], "queues");
  if (env.IsExceptionPending()) return {};
  bpf_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);
  attributes.map_type = BPF_MAP_TYPE_XSKMAP;
  attributes.key_size = sizeof(uint32_t);
  attributes.value_size = sizeof(uint32_t);
  attributes.max_entries = queues;
  Descriptor map(Bpf(BPF_MAP_CREATE, &attributes));
  if (!map.valid()) return ThrowSystemError(env, errno, "bpf", "BPF_MAP_CREATE");
  return Napi::Number::New(env, map.release());
}

Napi::Value SetXskMap(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int map = DescriptorArgument(info[0], "map");
  const uint32_t queue = UnsignedArgument(info[1], "queue");
  const uint32_t xdp = static_cast<uint32_t>(DescriptorArgument(info[2], "xdp"));
  if (env.IsExceptionPending()) return {};
  bpf_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);
  attributes.map_fd = static_cast<uint32_t>(map);
  attributes.key = reinterpret_cast<uintptr_t>(&queue);
  attributes.value = reinterpret_cast<uintptr_t>(&xdp);
  if (Bpf(BPF_MAP_UPDATE_ELEM, &attributes) < 0) return ThrowSystemError(env, errno, "bpf", "BPF_MAP_UPDATE_ELEM");
  return env.Undefined();
}

}  // namespace

void ExportBpf(Napi::Env env, Napi::Object exports) {
  Export<AttachIngressDrop>(env, exports, "attachIngressDrop");
  Export<AttachXdpDrop>(env, exports, "attachXdpDrop");
  Export<LoadXdp>(env, exports, "loadXdp");
  Export<AttachXdp>(env, exports, "attachXdp");
  Export<RunXdp>(env, exports, "runXdp");
  Export<CreateXskMap>(env, exports, "createXskMap");
  Export<SetXskMap>(env, exports, "setXskMap");
}

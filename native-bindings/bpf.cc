// Programs of two instructions that drop every frame of a link: bpf(2). A program stays attached until its link's
// descriptor is closed, hence it goes with the process whatever its end.

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

int Bpf(bpf_cmd command, bpf_attr* attributes) {
  return static_cast<int>(syscall(SYS_bpf, command, attributes, sizeof *attributes));
}

Descriptor LoadVerdict(const Attachment& attachment) {
  bpf_insn program[2] = {};
  program[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
  program[0].dst_reg = BPF_REG_0;
  program[0].imm = attachment.verdict;
  program[1].code = BPF_JMP | BPF_EXIT;
  bpf_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);
  attributes.prog_type = attachment.program_type;
  attributes.insns = reinterpret_cast<uintptr_t>(program);
  attributes.insn_cnt = 2;
  attributes.license = reinterpret_cast<uintptr_t>("Apache-2.0");
  std::memcpy(attributes.prog_name, "lasthop_drop", sizeof "lasthop_drop");
  return Descriptor(Bpf(BPF_PROG_LOAD, &attributes));
}

Napi::Value Attach(const Napi::CallbackInfo& info, const Attachment& attachment) {
  const Napi::Env env = info.Env();
  const int ifindex = DescriptorArgument(info[0], "ifindex");
  if (env.IsExceptionPending()) return {};
  const Descriptor program = LoadVerdict(attachment);
  if (!program.valid()) return ThrowSystemError(env, errno, "bpf", "BPF_PROG_LOAD");
  bpf_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);
  attributes.link_create.prog_fd = static_cast<uint32_t>(program.get());
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

Napi::Value AttachIngressDrop(const Napi::CallbackInfo& info) { return Attach(info, kIngressDrop); }

Napi::Value AttachXdpDrop(const Napi::CallbackInfo& info) { return Attach(info, kXdpDrop); }

}  // namespace

void ExportBpf(Napi::Env env, Napi::Object exports) {
  Export<AttachIngressDrop>(env, exports, "attachIngressDrop");
  Export<AttachXdpDrop>(env, exports, "attachXdpDrop");
}

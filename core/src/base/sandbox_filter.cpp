#include "base/sandbox_filter.hpp"

#include <btx/error.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace btx {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "sandbox_filter.cpp needs this processor's AUDIT_ARCH_*"
#endif

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

constexpr std::uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;
constexpr std::uint32_t kFirstX32Call = 0x40000000;  ///< another numbering of the same calls

constexpr std::array kRefused = {SYS_memfd_create, SYS_memfd_secret,    SYS_shmget,
                                 SYS_msgget,       SYS_mq_open,         SYS_io_uring_setup,
                                 SYS_bpf,          SYS_perf_event_open, SYS_keyctl,
                                 SYS_add_key,      SYS_request_key};

using Filter = std::vector<sock_filter>;

void load(Filter& filter, std::size_t offset) {
  filter.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
}

void end(Filter& filter, std::uint32_t verdict) {
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, verdict));
}

/// Goes on behind the next `skipped` instructions unless the loaded number fulfils the condition.
void skip_unless(Filter& filter, std::uint16_t condition, std::uint32_t number,
                 std::uint8_t skipped) {
  filter.push_back(
      BPF_JUMP(static_cast<std::uint16_t>(BPF_JMP | BPF_K | condition), number, 0, skipped));
}

/// Low half of a call's argument; all that are looked at are ints.
constexpr std::size_t argument(std::size_t i) {
  return offsetof(seccomp_data, args) + i * sizeof(std::uint64_t);
}

Filter make_filter() {
  Filter filter;
  load(filter, offsetof(seccomp_data, arch));
  filter.push_back(BPF_JUMP(BPF_JMP | BPF_K | BPF_JEQ, kArchitecture, 1, 0));
  end(filter, SECCOMP_RET_KILL_PROCESS);
  load(filter, offsetof(seccomp_data, nr));
  skip_unless(filter, BPF_JGE, kFirstX32Call, 1);
  end(filter, kRefuse);
  for (const long call : kRefused) {
    skip_unless(filter, BPF_JEQ, static_cast<std::uint32_t>(call), 1);
    end(filter, kRefuse);
  }
  for (const long call : {SYS_socket, SYS_socketpair}) {
    skip_unless(filter, BPF_JEQ, static_cast<std::uint32_t>(call), 4);
    load(filter, argument(0));
    skip_unless(filter, BPF_JEQ, AF_UNIX, 1);
    end(filter, SECCOMP_RET_ALLOW);
    end(filter, kRefuse);
  }
  // Pages of a shared mapping stay when its process has let go of them. The bit is that of
  // MAP_SHARED_VALIDATE, too, and not of MAP_PRIVATE.
  skip_unless(filter, BPF_JEQ, SYS_mmap, 3);
  load(filter, argument(3));
  skip_unless(filter, BPF_JSET, MAP_SHARED, 1);
  end(filter, kRefuse);
  end(filter, SECCOMP_RET_ALLOW);
  return filter;
}

int filter_in_memory() {
  const Filter filter = make_filter();
  const int file = ::memfd_create("filter", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  const std::size_t bytes = filter.size() * sizeof(sock_filter);
  if (file < 0 || ::write(file, filter.data(), bytes) != static_cast<ssize_t>(bytes) ||
      ::fcntl(file, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) {
    throw Error(fmt::format("cannot keep the sandbox's filter: {}", std::strerror(errno)));
  }
  return file;
}

}  // namespace

std::string sandbox_filter_file() {
  static const int file = filter_in_memory();  // open until this process ends
  return fmt::format("/proc/{}/fd/{}", ::getpid(), file);
}

}  // namespace btx

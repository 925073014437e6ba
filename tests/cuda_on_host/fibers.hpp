#pragma once
// The threads of a block on one thread of the CPU. Each is a fiber that runs until it ends or waits
// for others; the order in which they run is turned round at every barrier, so that a result that
// depends on a barrier that is not there differs from one round to the next. A thread that never
// waits costs no switch: the fiber that ran it goes on with the next one.
#include <boost/context/detail/fcontext.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <vector>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

namespace cuda_on_host {

constexpr unsigned kWarp = 32;

[[noreturn]] inline void fail(const char* what) {
  std::fprintf(stderr, "cuda on host: %s\n", what);
  std::abort();
}

/// The memory that a fiber or the scheduler runs on; AddressSanitizer must hear of every change.
struct Stack {
  const void* bottom = nullptr;
  std::size_t size = 0;
};

struct Fiber {
#ifdef __SANITIZE_ADDRESS__
  static constexpr std::size_t kBytes = std::size_t{256} << 10;
#else
  static constexpr std::size_t kBytes = std::size_t{64} << 10;
#endif
  std::unique_ptr<char[]> memory{new char[kBytes]};
  boost::context::detail::fcontext_t context = nullptr;
};

/// What a thread of the block waits for.
enum class At { start, warp, block, end };

struct Thread {
  unsigned x = 0, y = 0, z = 0;
  At at = At::start;
  Fiber* fiber = nullptr;
  std::uint64_t sent[2] = {};  ///< to other lanes; two by turns, so that one wait an exchange does
  unsigned exchanges = 0;
};

class Block {
 public:
  /// body(context) once for each of the threads.
  void run(std::vector<Thread>& threads, void (*body)(void*), void* context,
           void (*resumed)(const Thread&)) {
    threads_ = &threads, body_ = body, context_ = context, resumed_ = resumed;
    while (!round()) {
    }
  }
  void wait(At at) {
    now_->at = at;
    switch_to(home_context_, home_, &home_context_);
  }
  Thread& now() { return *now_; }
  Thread& lane(unsigned index) {
    const auto self = static_cast<std::size_t>(now_ - threads_->data());
    return (*threads_)[self / kWarp * kWarp + index];
  }
  unsigned lane() const { return static_cast<unsigned>(now_ - threads_->data()) % kWarp; }

  bool backwards = false;  ///< the order of the next round

 private:
  // All threads up to the next barrier of the block; true where all have ended.
  bool round() {
    backwards = !backwards;
    const std::size_t warps = (threads_->size() + kWarp - 1) / kWarp;
    const bool last_first = backwards;
    for (std::size_t i = 0; i < warps; ++i) run_warp(last_first ? warps - 1 - i : i);
    const At at = threads_->front().at;
    for (const Thread& one : *threads_) {
      if (one.at != at) fail("some threads have ended, others wait in __syncthreads");
    }
    return at == At::end;
  }
  void run_warp(std::size_t warp) {
    Thread* first = threads_->data() + warp * kWarp;
    const auto count = std::min<std::size_t>(kWarp, threads_->size() - warp * kWarp);
    do {
      run_lanes(first, count);
      for (std::size_t i = 1; i < count; ++i) {
        if (first[i].at != first->at) fail("the lanes of a warp wait for different things");
      }
      if (first->at == At::warp) backwards = !backwards;
    } while (first->at == At::warp);
  }
  void run_lanes(Thread* first, std::size_t count) {
    if (first->at == At::start) {
      first_ = first, count_ = count, taken_ = 0;
      while (taken_ < count_) resume(idle());
      return;
    }
    for (std::size_t i = 0; i < count; ++i) {
      now_ = first + (backwards ? count - 1 - i : i);
      resumed_(*now_);
      resume(now_->fiber);
    }
  }
  // A thread that has not started yet, or null.
  Thread* take() {
    if (taken_ >= count_) return nullptr;
    const std::size_t i = taken_++;
    return first_ + (backwards ? count_ - 1 - i : i);
  }
  Fiber* idle() {
    if (!idle_.empty()) {
      Fiber* one = idle_.back();
      idle_.pop_back();
      return one;
    }
    Fiber& made = fibers_.emplace_back();
    made.context = boost::context::detail::make_fcontext(made.memory.get() + Fiber::kBytes,
                                                         Fiber::kBytes, &Block::work);
    return &made;
  }
  void resume(Fiber* fiber) {
    running_ = fiber;
    switch_to(fiber->context, {fiber->memory.get(), Fiber::kBytes}, &fiber->context);
    if (now_->at == At::end) idle_.push_back(fiber);
  }

  // Goes on at `to` until something comes back here, and notes in *left where that was left.
  void switch_to(boost::context::detail::fcontext_t to, Stack stack,
                 boost::context::detail::fcontext_t* left) {
#ifdef __SANITIZE_ADDRESS__
    void* fake = nullptr;
    __sanitizer_start_switch_fiber(&fake, stack.bottom, stack.size);
    *left = boost::context::detail::jump_fcontext(to, this).fctx;
    Stack from;
    __sanitizer_finish_switch_fiber(fake, &from.bottom, &from.size);
    if (left == &home_context_) home_ = from;
#else
    (void)stack;
    *left = boost::context::detail::jump_fcontext(to, this).fctx;
#endif
  }
  static void work(boost::context::detail::transfer_t from) {
    static_cast<Block*>(from.data)->work_on(from.fctx);
  }
  [[noreturn]] void work_on(boost::context::detail::fcontext_t from) {
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_finish_switch_fiber(nullptr, &home_.bottom, &home_.size);
#endif
    home_context_ = from;
    for (;;) {
      Fiber* const mine = running_;
      while (Thread* one = take()) {
        now_ = one;
        one->fiber = mine;
        resumed_(*one);
        body_(context_);
        now_->at = At::end;
      }
      switch_to(home_context_, home_, &home_context_);
    }
  }

  std::vector<Thread>* threads_ = nullptr;
  void (*body_)(void*) = nullptr;
  void* context_ = nullptr;
  void (*resumed_)(const Thread&) = nullptr;
  Thread *now_ = nullptr, *first_ = nullptr;
  std::size_t count_ = 0, taken_ = 0;
  Fiber* running_ = nullptr;
  boost::context::detail::fcontext_t home_context_ = nullptr;
  Stack home_;
  std::deque<Fiber> fibers_;  ///< kept for the next block
  std::vector<Fiber*> idle_;
};

}  // namespace cuda_on_host

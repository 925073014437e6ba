#include "tokenizer/parallel.hpp"

#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace btx {

void run_on_threads(int threads, const std::function<void()>& work) {
  std::mutex mutex;
  std::exception_ptr first_error;
  const auto guarded = [&] {
    try {
      work();
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!first_error) first_error = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    for (int i = 1; i < threads; ++i) others.emplace_back(guarded);
    guarded();
  }
  if (first_error) std::rethrow_exception(first_error);
}

}  // namespace btx

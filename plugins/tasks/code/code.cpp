// Generated Python functions: do they pass their tests?
#include "code/program.hpp"
#include "common/generated.hpp"

#include <btx/plugin.hpp>
#include <btx/sandbox.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

namespace {

struct CodeConfig : tasks::GenerationConfig {
  double seconds = 10;
  std::int64_t memory_bytes = 1LL << 30U;
  void fields(btx::Fields& f) {
    GenerationConfig::fields(f);
    f("seconds", seconds, "a program that runs longer has failed", {.min = 0.1, .max = 3600});
    f("memory_bytes", memory_bytes, "memory of a program",
      {.min = 1 << 26, .unit = btx::Unit::bytes});
  }
};

/// Calls f(i) for i < count on every hardware thread; throws the first of what the calls threw.
template <class F>
void on_all_threads(std::size_t count, F f) {
  std::atomic<std::size_t> next{0};
  std::exception_ptr first;
  std::mutex guard;
  const auto work = [&] {
    try {
      for (std::size_t i = next++; i < count; i = next++) f(i);
    } catch (...) {
      const std::lock_guard lock(guard);
      if (!first) first = std::current_exception();
      next = count;
    }
  };
  {
    std::vector<std::jthread> threads;
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    for (std::size_t i = 0; i < std::min(cores, count); ++i) threads.emplace_back(work);
  }
  if (first) std::rethrow_exception(first);
}

class Code final : public btx::Task {
 public:
  using Config = CodeConfig;
  explicit Code(const Config& config) : config_(config) {}

  std::vector<btx::Request> requests(const btx::TaskInput& input) const override {
    auto requests = tasks::generation_requests(input, config_);
    for (const auto& row : input.rows) tasks::program_of(row, "", "");
    // Where no program can run, that is said before the model is.
    btx::run_python_sandboxed("pass", {.seconds = 60});
    return requests;
  }

  std::vector<btx::Score> score(const btx::TaskInput& input, std::span<const btx::Request> requests,
                                std::span<const btx::Answer> answers) const override {
    std::vector<char> passed(answers.size());
    on_all_threads(answers.size(), [&](std::size_t i) {
      passed[i] = passes(input.rows[i], answers[i].text) ? 1 : 0;
    });
    return tasks::generation_scores("pass@1", {passed.begin(), passed.end()}, requests, answers);
  }

 private:
  bool passes(const btx::EvalRow& row, const std::string& completion) const {
    const std::string mark = tasks::new_mark();
    const auto result = btx::run_python_sandboxed(
        tasks::program_of(row, completion, mark),
        {.seconds = config_.seconds, .memory_bytes = config_.memory_bytes});
    return result.status == 0 && tasks::reached_end(result.output, mark);
  }

  Config config_;
};

}  // namespace

BTX_PLUGIN("task_code", "0.2.0", registrar) {
  registrar.add<btx::Task, Code>("code", "pass@1: the generated program passes its tests");
}

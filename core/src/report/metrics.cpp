#include "report/metrics.hpp"

#include "recipe/value.hpp"

#include <btx/error.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

namespace btx {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

MetricsLog::MetricsLog(const fs::path& run_folder, std::string run, std::string stage)
    : run_(std::move(run)), stage_(std::move(stage)) {
  if (run_folder.empty()) return;
  path_ = run_folder / "metrics.jsonl";
  fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd_ < 0) {
    throw Error(fmt::format("cannot write {}: {}", path_.string(), std::strerror(errno)));
  }
  board_ = std::make_unique<TensorBoardWriter>(run_folder / "tb" / stage_);
}

MetricsLog::~MetricsLog() {
  if (fd_ >= 0) ::close(fd_);
}

void MetricsLog::append(const std::string& line) {
  // One write a line: O_APPEND keeps lines of several processes whole.
  ssize_t wrote = -1;
  do {
    wrote = ::write(fd_, line.data(), line.size());
  } while (wrote < 0 && errno == EINTR);
  if (wrote == static_cast<ssize_t>(line.size())) return;
  const bool full = wrote >= 0 || errno == ENOSPC || errno == EDQUOT;
  throw Error(
      fmt::format("cannot write {}: {}", path_.string(),
                  full ? "disk full; free some space and run again" : std::strerror(errno)));
}

void MetricsLog::write(std::int64_t step, std::int64_t tokens, const std::string& split,
                       const MetricList& metrics) {
  if (fd_ < 0) return;
  Value values;
  for (const auto& [name, number] : metrics) values.set(name, Value(number));
  Value line;
  line.set("v", Value(std::int64_t{1}));
  line.set("t", Value(now()));
  line.set("run", Value(run_));
  line.set("stage", Value(stage_));
  line.set("step", Value(step));
  line.set("tokens", Value(tokens));
  line.set("split", Value(split));
  line.set("m", std::move(values));
  append(to_json(line) + "\n");
  board_->write(step, now(), metrics);
}

void MetricsLog::begin(std::int64_t step) {
  if (fd_ < 0) return;
  Value line;
  line.set("v", Value(std::int64_t{1}));
  line.set("t", Value(now()));
  line.set("run", Value(run_));
  line.set("stage", Value(stage_));
  line.set("event", Value(step == 0 ? "start" : "resume"));
  line.set("step", Value(step));
  append(to_json(line) + "\n");
}

}  // namespace btx

#include "train/metrics.hpp"

#include "config/value.hpp"

#include <chrono>

namespace btx {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

MetricsLog::MetricsLog(const fs::path& run_folder, std::string run, std::string stage)
    : run_(std::move(run)), stage_(std::move(stage)) {
  if (run_folder.empty()) return;
  file_.emplace(run_folder / "metrics.jsonl");
  file_->drop_cut_line();
  board_ = std::make_unique<TensorBoardWriter>(run_folder / "tb" / stage_);
}

void MetricsLog::write(std::int64_t step, std::int64_t tokens, const std::string& split,
                       const MetricList& metrics) {
  if (!file_) return;
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
  file_->append(to_json(line) + "\n");
  board_->write(step, now(), metrics);
}

void MetricsLog::begin(std::int64_t step) {
  if (!file_) return;
  Value line;
  line.set("v", Value(std::int64_t{1}));
  line.set("t", Value(now()));
  line.set("run", Value(run_));
  line.set("stage", Value(stage_));
  line.set("event", Value(step == 0 ? "start" : "resume"));
  line.set("step", Value(step));
  file_->append(to_json(line) + "\n");
}

}  // namespace btx

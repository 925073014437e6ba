#pragma once
// Run folders with what `btx compare` reads of them, and nothing else.

#include "report/run_comparison.hpp"
#include "support.hpp"

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

namespace report_test {

/// Bits of each document; every document has 100 bytes.
using Domains = std::map<std::string, std::vector<double>>;

struct FakeRun {
  std::string name;
  std::string settings = "run.seed = 1";  ///< TOML with dotted keys, beside what every run has
  std::map<std::string, Domains> models;  ///< the first by name is the default baseline
};

inline void write_scores(const btx::fs::path& folder, const Domains& domains, double bytes) {
  std::string scores;
  for (const auto& [domain, bits] : domains) {
    double sum = 0;
    std::string numerators, denominators;
    for (const double one : bits) {
      sum += one;
      numerators += fmt::format("{}{}", numerators.empty() ? "" : ",", one);
      denominators += fmt::format("{}{}", denominators.empty() ? "" : ",", bytes);
    }
    scores += fmt::format(
        R"({}{{"task":"bits_per_byte","metric":"bits_per_byte","domain":"{}","value":{},)"
        R"("lower_is_better":true,"numerator":[{}],"denominator":[{}]}})",
        scores.empty() ? "" : ",", domain, sum / (bytes * static_cast<double>(bits.size())),
        numerators, denominators);
  }
  btx::make_folder(folder);
  btx::write_file(folder / "scores.json", "{\"scores\":[" + scores + "]}");
}

/// Writes the folder and returns it.
inline btx::fs::path write_run(const btx::fs::path& parent, const FakeRun& run,
                               double bytes = 100) {
  auto folder = parent / run.name;
  btx::make_folder(folder / "stages/report");
  std::string toml = run.settings + "\n";
  for (const auto& [key, value] :
       std::map<std::string, std::string>{{"run.name", '"' + run.name + '"'},
                                          {"run.seed", "1"},
                                          {"run.seeds.seed_model", "-1"},
                                          {"run.seeds.expert", "-1"},
                                          {"run.seeds.finetune", "-1"}}) {
    if (run.settings.find(key + " ") == std::string::npos) toml += key + " = " + value + "\n";
  }
  std::string models;
  for (const auto& [name, domains] : run.models) {
    models += fmt::format(R"({}{{"name":"{}","parameters":100,"active_parameters":50.0,)"
                          R"("train_tokens":10.0,"train_flops":2e6,"train_seconds":3.0}})",
                          models.empty() ? "" : ",", name);
    write_scores(folder / "stages" / ("evaluate+" + name), domains, bytes);
  }
  for (const auto& [domain, bits] : run.models.begin()->second) {
    toml += "data." + domain + ".source = \"text\"\n";
  }
  btx::write_file(folder / "resolved.toml", toml);
  btx::write_file(folder / "stages/report/report.json", "{\"models\":[" + models + "]}");
  return folder;
}

inline std::vector<btx::ScoredRun> scored(const std::string& test,
                                          const std::vector<FakeRun>& runs) {
  const auto parent = btx_test::scratch("report-" + test);
  std::vector<btx::ScoredRun> all;
  for (const auto& run : runs) all.push_back(btx::read_scored_run(write_run(parent, run)));
  return all;
}

/// As many documents as given numbers in two domains, `more` bits on each.
inline Domains domains(std::vector<double> bits, double more = 0) {
  for (auto& one : bits) one += more;
  return {{"code", bits}, {"maths", bits}};
}

}  // namespace report_test

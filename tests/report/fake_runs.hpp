#pragma once
// Run folders with what `btx compare` reads of them, and nothing else.

#include "base/hash.hpp"
#include "report/run_comparison.hpp"
#include "support.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <string>
#include <vector>

namespace btx_test {

/// Bits of each document; every document has 100 bytes.
using Domains = std::map<std::string, std::vector<double>>;

/// An evaluation set as one model answered it.
struct FakeSet {
  std::string name, task, metric;
  std::vector<std::string> groups;
  std::vector<double> right;  ///< of each item
  std::string digest = {};    ///< of its file
};

/// What a run folder is to say.
struct FakeRun {
  std::string name;
  std::string settings = "run.seed = 1";  ///< TOML with dotted keys, beside what every run has
  std::map<std::string, Domains> models;  ///< the first by name is the default baseline
  bool own_stages = false;  ///< every model is of a stage of its own; else equal scores are of one
  std::string texts = {};   ///< digest of what was scored of each domain
  std::map<std::string, std::vector<FakeSet>> sets = {};  ///< by model
};

inline std::string list_of(const std::vector<double>& values) {
  return fmt::format("[{}]", fmt::join(values, ","));
}

/// "scores" and "sets" of scores.json.
inline std::pair<std::string, std::string> rows_of(const std::vector<FakeSet>& sets) {
  std::string scores, facts;
  for (const auto& set : sets) {
    const std::vector<double> ones(set.right.size(), 1.0);
    scores += fmt::format(R"(,{{"task":"{}","metric":"{}","set":"{}","primary":true,"value":{},)"
                          R"("lower_is_better":false,"numerator":{},"denominator":{}}})",
                          set.task, set.metric, set.name, btx::mean_of(set.right),
                          list_of(set.right), list_of(ones));
    std::string groups;
    for (const auto& group : set.groups) groups += (groups.empty() ? "\"" : ",\"") + group + '"';
    facts += fmt::format(R"({}{{"name":"{}","task":"{}","digest":"{}","groups":[{}]}})",
                         facts.empty() ? "" : ",", set.name, set.task, set.digest, groups);
  }
  return {scores, facts};
}

/// The artifact of one evaluate stage: scores.json, and a manifest that says whose scores they are.
inline void write_scores(const btx::fs::path& folder, const Domains& domains, double bytes,
                         const FakeRun& run) {
  std::string scores;
  for (const auto& [domain, bits] : domains) {
    const std::vector<double> all_bytes(bits.size(), bytes);
    scores += fmt::format(
        R"({}{{"task":"bits_per_byte","metric":"bits_per_byte","domain":"{}","value":{},)"
        R"("lower_is_better":true,"numerator":{},"denominator":{}}})",
        scores.empty() ? "" : ",", domain, btx::mean_of(bits) / bytes, list_of(bits),
        list_of(all_bytes));
  }
  btx::make_folder(folder);
  std::string samples;
  for (const auto& [domain, bits] : domains) {
    samples += fmt::format(R"({}"{}":{{"text_digest":"{}"}})", samples.empty() ? "" : ",", domain,
                           run.texts);
  }
  const auto sets = run.sets.find(folder.filename().string().substr(std::size("evaluate")));
  const auto [rows, facts] =
      rows_of(sets == run.sets.end() ? std::vector<FakeSet>{} : sets->second);
  scores = "\"scores\":[" + scores + rows + "]";
  btx::write_file(folder / "scores.json",
                  "{" + scores + ",\"samples\":{" + samples + "},\"sets\":[" + facts + "]}");
  const std::string key = run.own_stages ? run.name + folder.filename().string() : scores;
  btx::write_file(folder / "manifest.json",
                  fmt::format(R"({{"inputs":{{"model":"{}"}}}})", btx::digest(key)));
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
    models += fmt::format(
        R"({}{{"name":"{}","parameters":100,"active_parameters":50.0,)"
        R"("train_tokens":10.0,"train_flops":2e6,"train_seconds":3.0,"wall_seconds":2.0}})",
        models.empty() ? "" : ",", name);
    write_scores(folder / "stages" / ("evaluate+" + name), domains, bytes, run);
  }
  for (const auto& [domain, bits] : run.models.begin()->second) {
    toml += "data." + domain + ".source = \"text\"\n";
  }
  btx::write_file(folder / "resolved.toml", toml);
  btx::write_file(folder / "stages/report/report.json", "{\"models\":[" + models + "]}");
  return folder;
}

/// The runs as `btx compare` reads them.
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

}  // namespace btx_test

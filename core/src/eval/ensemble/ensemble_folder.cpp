#include "eval/ensemble/ensemble_folder.hpp"

#include "config/value_access.hpp"

#include <btx/error.hpp>

namespace btx {
namespace {

constexpr const char* kEnsembleFile = "ensemble.json";
constexpr const char* kState = "state.txt";

}  // namespace

bool is_ensemble(const fs::path& folder) {
  return fs::exists(folder / kEnsembleFile);
}

EnsembleFolder read_ensemble(const fs::path& folder) {
  const fs::path file = folder / kEnsembleFile;
  const Value json = from_json(read_file(file), file.string());
  EnsembleFolder ensemble;
  ensemble.component =
      make_restored<Ensemble>(json.at("type").as<std::string>(), json.at("params"),
                              [&](Ensemble& e) { e.restore(read_file(folder / kState)); });
  for (const auto& member : json.at("members").as<Array>()) {
    ensemble.members.push_back(
        {member.at("name").as<std::string>(), member.at("domain").as<std::string>()});
  }
  return ensemble;
}

void write_ensemble(const std::string& type, const Value& params,
                    const std::vector<EnsembleMember>& members, const std::string& state,
                    const fs::path& folder) {
  Array list;
  for (const auto& member : members) {
    Value value;
    value.set("name", Value(member.name));
    value.set("domain", Value(member.domain));
    list.push_back(std::move(value));
  }
  Value json;
  json.set("type", Value(type));
  json.set("params", params);
  json.set("members", Value(std::move(list)));
  write_file(folder / kState, state);
  write_file(folder / kEnsembleFile, to_json(json) + "\n");
}

}  // namespace btx

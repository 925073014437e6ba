#include "pipeline/ensemble_folder.hpp"

#include "recipe/value_access.hpp"

#include <btx/error.hpp>

namespace btx {
namespace {

constexpr const char* kFile = "ensemble.json";
constexpr const char* kState = "state.txt";

}  // namespace

bool is_ensemble(const fs::path& folder) {
  return fs::exists(folder / kFile);
}

EnsembleFolder read_ensemble(const fs::path& folder) {
  const fs::path file = folder / kFile;
  const Value json = from_json(read_file(file), file.string());
  const auto text = [](const Value& table, const char* key) {
    const Value* value = table.find(key);
    if (value == nullptr || !value->is<std::string>()) {
      fail_at(table.source, std::string("not an ensemble: '") + key + "' is missing");
    }
    return value->as<std::string>();
  };
  EnsembleFolder ensemble;
  const Value* params = json.find("params");
  const std::string type = text(json, "type");
  const auto restored =
      make_restored<Ensemble>(type, params == nullptr ? Value{} : *params,
                              [&](Ensemble& e) { e.restore(read_file(folder / kState)); });
  ensemble.component = restored;
  const Value* members = json.find("members");
  if (members == nullptr || !members->is<Array>())
    fail_at(json.source, "not an ensemble: no members");
  for (const auto& member : members->as<Array>()) {
    ensemble.members.push_back({text(member, "name"), text(member, "domain")});
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
  write_file(folder / kFile, to_json(json) + "\n");
}

}  // namespace btx

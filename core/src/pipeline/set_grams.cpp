#include "pipeline/set_grams.hpp"

#include "base/file.hpp"
#include "eval/request_file.hpp"

#include <string>
#include <vector>

namespace btx {

Decontamination decontamination_of(const Value& config) {
  const auto words = config.at("split").at("decontaminate").as<std::int64_t>();
  const Array& sets = config.at("sets").as<Array>();
  std::vector<std::string> names;
  for (const auto& set : sets) names.push_back(set.at("name").as<std::string>());
  Decontamination all(static_cast<std::size_t>(words), names);
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const fs::path path = config.at("set_files").at(names[i]).as<std::string>();
    if (sets[i].at("requests").as<bool>()) {
      read_rows(path,
                [&](const EvalRow& row) { all.grams().add(row.context, row.continuation, i); });
    } else {
      all.grams().add(read_file(path), i);
    }
  }
  return all;
}

}  // namespace btx

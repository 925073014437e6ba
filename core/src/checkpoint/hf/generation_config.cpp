#include "checkpoint/hf/generation_config.hpp"

#include "base/json_depth.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace btx {

std::vector<std::int64_t> generation_ends(const fs::path& folder) {
  using Json = nlohmann::json;
  const fs::path file = folder / "generation_config.json";
  if (!fs::is_regular_file(file)) return {};
  const auto refuse = [&](const char* what) {
    throw Error(ExitCode::usage, fmt::format("{}: {}", file.string(), what));
  };
  const std::string text = read_file(file);
  const Json json = nested_too_deep(text) ? Json() : Json::parse(text, nullptr, false);
  if (!json.is_object()) refuse("need a JSON object; repair it, or take it away");
  const auto found = json.find("eos_token_id");
  if (found == json.end() || found->is_null()) return {};
  std::vector<std::int64_t> ends;
  for (const auto& id : found->is_array() ? *found : Json::array({*found})) {
    if (!id.is_number_integer()) refuse("'eos_token_id' needs a token id, or a list of them");
    ends.push_back(id.get<std::int64_t>());
  }
  return ends;
}

}  // namespace btx

#include "common/state.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace ensembles {

nlohmann::json new_state(const std::string& type, const std::vector<btx::EnsembleMember>& members) {
  nlohmann::json state;
  state["ensemble"] = type;
  for (const auto& member : members) state["members"].push_back(member.name);
  return state;
}

void read_state(const std::string& text, const std::string& type,
                const std::function<void(const nlohmann::json&, std::size_t members)>& read) {
  try {
    const auto state = nlohmann::json::parse(text);
    if (state.at("ensemble") != type || state.at("members").empty()) {
      throw btx::Error(fmt::format("the stored state is not one of {} members' {}; fit it again",
                                   state.at("members").size(), type));
    }
    read(state, state["members"].size());
  } catch (const nlohmann::json::parse_error& error) {  // whose words have in them what was read
    throw btx::Error(fmt::format(
        "the stored state of {} is not JSON from its byte {} on; fit it again", type, error.byte));
  } catch (const nlohmann::json::exception& error) {
    throw btx::Error(fmt::format("the stored state of {} cannot be read ({}); fit it again", type,
                                 error.what()));
  }
}

void require_members(std::int64_t top_k, std::size_t members) {
  if (top_k <= static_cast<std::int64_t>(members)) return;
  throw btx::Error(btx::ExitCode::usage,
                   fmt::format("top_k is {}, but there are {} members", top_k, members));
}

std::vector<std::size_t> largest(const std::vector<double>& values, std::size_t count) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] > values[b]; });
  order.resize(std::min(count, order.size()));
  return order;
}

}  // namespace ensembles

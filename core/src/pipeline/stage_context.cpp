#include "pipeline/stage_context.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

namespace btx {

const fs::path& StageContext::input(const std::string& role) const {
  for (const auto& [mine, path] : inputs) {
    if (mine == role) return path;
  }
  throw Error(fmt::format("stage {} has no input '{}'; this is a bug", name, role));
}

fs::path StageContext::place(const std::string& role) const {
  const auto found = places.find(role);
  if (found != places.end()) return found->second;
  throw Error(fmt::format("stage {} is not told where '{}' is; this is a bug", name, role));
}

}  // namespace btx

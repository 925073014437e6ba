#include "config/leaves.hpp"

#include "config/named_items.hpp"

namespace btx {
namespace {

using Leaves = std::vector<std::pair<std::string, const Value*>>;

void add_leaves(const Value& value, const std::string& path, Leaves& leaves) {
  const std::string before = path.empty() ? "" : path + ".";
  if (value.is<Table>()) {
    for (const auto& member : value.as<Table>())
      add_leaves(member.value, before + member.key, leaves);
  } else if (value.is<Array>() && !value.as<Array>().empty() && value.as<Array>()[0].is<Table>()) {
    std::size_t index = 0;
    for (const auto& item : value.as<Array>()) {
      const std::string* name = item_name(item);
      add_leaves(item, before + (name != nullptr ? *name : std::to_string(index)), leaves);
      ++index;
    }
  } else {
    leaves.emplace_back(path, &value);
  }
}

}  // namespace

Leaves leaves_of(const Value& root) {
  Leaves leaves;
  add_leaves(root, "", leaves);
  return leaves;
}

}  // namespace btx

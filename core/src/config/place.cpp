#include "config/place.hpp"

#include "config/named_items.hpp"

namespace btx {

const Value* child_of(const Value& parent, const std::string& key) {
  if (!parent.is<Array>()) return parent.find(key);
  for (const auto& item : parent.as<Array>()) {
    const std::string* name = item_name(item);
    if (name != nullptr && *name == key) return &item;
  }
  return nullptr;
}

const Value& nearest(const Value& root, const ValuePath& path) {
  const Value* at = &root;
  const Value* written = &root;
  for (const auto& key : path) {
    at = child_of(*at, key);
    if (at == nullptr) break;
    if (!at->place.file.empty() && at->place.file != kDefaultPlace) written = at;
  }
  return *written;
}

}  // namespace btx

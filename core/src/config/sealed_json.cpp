#include "config/sealed_json.hpp"

#include "base/hash.hpp"

#include <btx/error.hpp>

namespace btx {
namespace {

constexpr const char* kDigest = "digest";

}  // namespace

void write_sealed_json(const fs::path& path, Value table, bool durable) {
  table.set(kDigest, Value(digest(to_json(table))));
  write_file(path, to_json(table) + "\n", durable);
}

Value read_sealed_json(const fs::path& path) {
  Value table = from_json(read_file(path), path.string());
  const Value* seal = table.find(kDigest);
  if (seal == nullptr) return table;
  const auto wanted = seal->as<std::string>();
  table.erase(kDigest);
  if (digest(to_json(table)) != wanted) throw Error(path.string() + " has changed");
  return table;
}

}  // namespace btx

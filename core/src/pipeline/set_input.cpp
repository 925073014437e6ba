#include "pipeline/set_input.hpp"

#include "base/hash.hpp"
#include "base/text.hpp"
#include "eval/request_file.hpp"
#include "pipeline/evaluation_sets.hpp"
#include "recipe/package_path.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

namespace btx {
namespace {

/// The text of a set that is one document.
Document document_of(const fs::path& path) {
  Document document{path.filename().string(), read_file(path)};
  const std::size_t bad = find_invalid_utf8(document.text);
  if (bad != std::string_view::npos) {
    throw Error(ExitCode::usage, fmt::format("{}: byte {} is no UTF-8 text", path.string(), bad));
  }
  if (document.text.empty()) throw Error(ExitCode::usage, path.string() + ": is empty");
  return document;
}

}  // namespace

SetInput read_set(const Value& set, const fs::path& path) {
  SetInput read;
  read.input.name = set.at("name").as<std::string>();
  read.facts = set;
  read.facts.erase("params");
  if (!set.at("requests").as<bool>()) {
    read.input.documents = {document_of(path)};
    const std::int64_t one = 1;
    read.facts.set("items", Value(one));
  } else {
    RequestFile file = read_requests(path, set.at("items").as<std::int64_t>());
    read.input.rows = std::move(file.rows);
    read.facts.set("items", Value(static_cast<std::int64_t>(file.items)));
    read.facts.set("unconditional", Value(static_cast<std::int64_t>(file.unconditional)));
  }
  read.facts.set("digest", Value(digest_file(path)));
  return read;
}

std::vector<Request> requests_of(const Component<Task>& task, const TaskInput& input) {
  auto requests = task.call([&](const Task& t) { return t.requests(input); });
  if (requests.empty()) {
    throw Error(fmt::format("'{}': {} finds nothing to ask", input.name, task.who()));
  }
  return requests;
}

void check_sets(const EvalConfig& eval) {
  const Array sets = sets_config(eval);
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const EvalSetConfig& set = eval.set[i];
    if (!is_fetched(set.requests.empty() ? set.text : set.requests)) continue;
    const auto task = make_component<Task>(set.task, set.params);
    requests_of(task, read_set(sets[i], file_of(set)).input);
  }
}

}  // namespace btx

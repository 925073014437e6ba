#include "eval/evaluation_set.hpp"

#include "base/files/watched_file.hpp"
#include "base/text.hpp"
#include "data/request_file.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

namespace btx {
namespace {

/// The text of a set that is one document.
Document document_of(const fs::path& path) {
  Document document{path.filename().string(), read_file(path)};
  const std::size_t bad = find_invalid_utf8(document.text);
  if (bad != std::string_view::npos) {
    throw Error(ExitCode::usage, fmt::format("{}: byte {} is not UTF-8 text", path.string(), bad));
  }
  if (document.text.empty()) throw Error(ExitCode::usage, path.string() + ": is empty");
  return document;
}

}  // namespace

SetInput read_set(const EvaluationSet& set, const fs::path& file) {
  if (!fs::exists(file)) throw Error(ExitCode::usage, file.string() + ": there is no such file");
  const WatchedFile watched(file);
  SetInput read;
  read.input.name = set.name;
  static_cast<SetDescription&>(read.facts) = static_cast<const SetDescription&>(set);
  if (set.requests) {
    RequestFile requests = read_requests(file, set.items);
    read.input.rows = std::move(requests.rows);
    read.facts.items = static_cast<std::int64_t>(requests.items);
    read.facts.unconditional = static_cast<std::int64_t>(requests.unconditional);
  } else {
    read.input.documents = {document_of(file)};
    read.facts.items = 1;
  }
  watched.check_unchanged();
  read.facts.digest = watched.digest();
  return read;
}

std::vector<Request> requests_of(const Component<Task>& task, const TaskInput& input) {
  auto requests = task.call([&](const Task& t) { return t.requests(input); });
  if (requests.empty()) {
    throw Error(fmt::format("'{}': {} finds nothing to ask", input.name, task.who()));
  }
  return requests;
}

Decontamination make_decontamination(std::size_t words, const std::vector<SetText>& sets,
                                     const std::vector<fs::path>& files) {
  std::vector<std::string> names;
  for (const auto& set : sets) names.push_back(set.name);
  Decontamination all(words, names);
  for (std::size_t i = 0; i < sets.size(); ++i) {
    if (sets[i].requests) {
      read_rows(files[i],
                [&](const EvalRow& row) { all.grams().add(row.context, row.continuation, i); });
    } else {
      all.grams().add(read_file(files[i]), i);
    }
  }
  return all;
}

}  // namespace btx

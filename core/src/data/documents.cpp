#include "data/documents.hpp"

#include "base/hash.hpp"
#include "base/text.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <unordered_map>

namespace btx {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kHashes = "train.hashes";

std::string_view without_trailing_space(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t\r\n\f\v");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

void check_utf8(const Document& document, const std::string& domain) {
  if (document.id.empty() || find_invalid_utf8(document.id) != std::string_view::npos) {
    throw Error(
        fmt::format("domain '{}': a document has an id that is empty or not UTF-8", domain));
  }
  const std::size_t bad = find_invalid_utf8(document.text);
  if (bad == std::string_view::npos) return;
  const auto end = document.text.begin() + static_cast<std::ptrdiff_t>(bad);
  throw Error(fmt::format(
      "domain '{}': document '{}', line {}: byte {:#04x} at offset {} is not UTF-8 text; leave out "
      "binary files and convert others to UTF-8",
      domain, document.id, std::count(document.text.begin(), end, '\n') + 1,
      static_cast<unsigned char>(document.text[bad]), bad));
}

/// Which texts and ids came before.
class Seen {
 public:
  explicit Seen(std::string domain) : domain_(std::move(domain)) {}

  /// Whether this text is new. Throws btx::Error for an id that another text has.
  bool add(const Document& document, std::string_view trimmed) {
    const std::uint64_t id = hash64(document.id);
    const auto [first, is_new] = id_of_text_.try_emplace(hash64(trimmed), id);
    const auto [text, id_is_new] = text_of_id_.try_emplace(id, first->first);
    if (!id_is_new && text->second != first->first) {
      throw Error(fmt::format(
          "domain '{}': two documents with different texts have the id '{}'; ids must differ, as "
          "they decide which documents are held out",
          domain_, document.id));
    }
    return is_new;
  }

 private:
  std::string domain_;
  std::unordered_map<std::uint64_t, std::uint64_t> id_of_text_, text_of_id_;
};

Json summary_of(const Decontamination& decontamination) {
  Json sets = Json::object();
  std::int64_t documents = 0, bytes = 0;
  for (const auto& dropped : decontamination.dropped()) {
    documents += dropped.documents;
    bytes += dropped.bytes;
    if (dropped.documents == 0) continue;
    sets[dropped.set] = {{"documents", dropped.documents}, {"bytes", dropped.bytes}};
  }
  return {{"words", decontamination.words()},
          {"documents", documents},
          {"bytes", bytes},
          {"sets", sets}};
}

/// The files of a documents folder being written.
class DocumentWriter {
 public:
  explicit DocumentWriter(const fs::path& folder)
      : folder_(folder), files_{open(Split::train), open(Split::dev), open(Split::test)} {}

  void write(Split split, const Document& document) {
    const auto i = static_cast<std::size_t>(split);
    files_[i].write(Json{{"id", document.id}, {"text", document.text}}.dump() + "\n");
    if (split == Split::train) train_hashes_.push_back(text_hash(document.text));
    ++documents_[i];
    bytes_[i] += document.text.size();
  }
  std::uint64_t documents(Split split) const { return documents_[static_cast<std::size_t>(split)]; }

  void close(std::uint64_t duplicates, std::uint64_t empty, const Decontamination* dropped) {
    Json summary{{"version", 1}};
    for (const Split split : kSplits) {
      const auto i = static_cast<std::size_t>(split);
      files_[i].close();
      summary["documents"][split_name(split)] = documents_[i];
      summary["bytes"][split_name(split)] = bytes_[i];
    }
    summary["duplicates"] = duplicates;
    summary["empty"] = empty;
    if (dropped != nullptr) summary["decontaminated"] = summary_of(*dropped);
    write_file(folder_ / kHashes, {reinterpret_cast<const char*>(train_hashes_.data()),
                                   train_hashes_.size() * sizeof(std::uint64_t)});
    write_file(folder_ / "documents.json", summary.dump(2) + "\n");
  }

 private:
  OutputFile open(Split split) const {
    return OutputFile(folder_ / fmt::format("{}.jsonl", split_name(split)));
  }

  fs::path folder_;
  std::array<OutputFile, 3> files_;
  std::array<std::uint64_t, 3> documents_{}, bytes_{};
  std::vector<std::uint64_t> train_hashes_;
};

/// What a domain lacks because of its evaluation sets, for a message; "" if nothing.
std::string without(const Decontamination* decontamination) {
  std::int64_t documents = 0;
  if (decontamination != nullptr) {
    for (const auto& dropped : decontamination->dropped()) documents += dropped.documents;
  }
  return documents == 0 ? ""
                        : fmt::format(
                              " ({} more share text with evaluation sets and were dropped, "
                              "see split.decontaminate)",
                              documents);
}

void check_not_empty(const DocumentWriter& writer, const std::string& domain, std::uint64_t empty,
                     const std::string& dropped) {
  std::uint64_t total = 0;
  for (const Split split : kSplits) total += writer.documents(split);
  if (total == 0) {
    throw Error(fmt::format("domain '{}': its source gives no text{}{}", domain,
                            empty > 0 ? fmt::format(", only {} empty documents", empty) : "",
                            dropped));
  }
  for (const Split split : kSplits) {
    if (writer.documents(split) > 0) continue;
    throw Error(fmt::format(
        "domain '{}': no document is left for {}, as there are only {} different ones{}; "
        "give it more, cut into smaller ones, or change split.dev_every, split.test_every or "
        "split.seed",
        domain, split_name(split), total, dropped));
  }
}

Document parse_line(const std::string& line, const std::string& place) {
  const Json json = Json::parse(line, nullptr, false);
  const bool sound = json.is_object() && json.contains("id") && json["id"].is_string() &&
                     json.contains("text") && json["text"].is_string();
  if (!sound)
    throw Error(fmt::format("{}: not a document ({{\"id\": ..., \"text\": ...}})", place));
  return {json["id"].get<std::string>(), json["text"].get<std::string>()};
}

}  // namespace

const char* split_name(Split split) {
  constexpr std::array kNames = {"train", "dev", "test"};
  return kNames[static_cast<std::size_t>(split)];
}

Split split_of(const SplitConfig& config, std::string_view id) {
  const std::uint64_t hash = hash64(id, static_cast<std::uint64_t>(config.seed));
  const double place = static_cast<double>(hash >> 11) * 0x1p-53;
  const double test = 1.0 / static_cast<double>(config.test_every);
  const double dev = 1.0 / static_cast<double>(config.dev_every);
  return place < test ? Split::test : place < test + dev ? Split::dev : Split::train;
}

void write_documents(const Component<DataSource>& source, const std::vector<Shard>& shards,
                     const SourceContext& context, const SplitConfig& split, const fs::path& folder,
                     Decontamination* decontamination) {
  DocumentWriter writer(folder);
  Seen seen(context.domain);
  std::uint64_t duplicates = 0, empty = 0;
  Document document;
  for (const Shard& shard : shards) {
    const auto reader = source.call([&](const DataSource& s) { return s.open(shard, context); });
    while (source.call([&](const DataSource&) { return reader->next(document); })) {
      check_utf8(document, context.domain);
      const std::string_view trimmed = without_trailing_space(document.text);
      if (trimmed.empty()) {
        ++empty;
      } else if (!seen.add(document, trimmed)) {
        ++duplicates;
      } else if (decontamination == nullptr || !decontamination->drops(document)) {
        writer.write(split_of(split, document.id), document);
      }
    }
  }
  check_not_empty(writer, context.domain, empty, without(decontamination));
  writer.close(duplicates, empty, decontamination);
}

std::int64_t documents_bytes(const fs::path& folder, Split split) {
  const fs::path file = folder / "documents.json";
  const Value summary = from_json(read_file(file), file.string());
  return summary.at("bytes").at(split_name(split)).as<std::int64_t>();
}

void read_documents(const fs::path& folder, Split split,
                    const std::function<void(const Document&)>& f) {
  const fs::path path = folder / fmt::format("{}.jsonl", split_name(split));
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(fmt::format("cannot read {}", path.string()));
  std::string line;
  for (std::int64_t number = 1; std::getline(file, line); ++number) {
    f(parse_line(line, fmt::format("{}:{}", path.string(), number)));
  }
  if (file.bad()) throw Error(fmt::format("cannot read {}", path.string()));
}

std::uint64_t text_hash(std::string_view text) {
  return hash64(without_trailing_space(text));
}

void add_train_hashes(const fs::path& folder, TextHashes& hashes) {
  const MappedFile file(folder / kHashes);
  if (file.size() % sizeof(std::uint64_t) != 0) {
    throw Error(fmt::format("{} is cut; remove {} and run again", (folder / kHashes).string(),
                            folder.string()));
  }
  for (std::size_t at = 0; at < file.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t hash = 0;
    std::memcpy(&hash, file.data() + at, sizeof hash);
    hashes.insert(hash);
  }
}

}  // namespace btx

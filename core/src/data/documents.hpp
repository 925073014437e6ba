#pragma once
// One domain's documents: read from its source, duplicates removed, split into train, dev and test.

#include "base/file.hpp"
#include "data/decontamination.hpp"
#include "data/split.hpp"
#include "plugin/component.hpp"

#include <btx/data_source.hpp>

#include <array>
#include <functional>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace btx {

inline constexpr std::array kSplits = {Split::train, Split::dev, Split::test};

/// "train", "dev", "test".
BTX_EXPORT const char* split_name(Split split);
/// Where a document goes; a function of its id alone.
BTX_EXPORT Split split_of(const SplitConfig& config, std::string_view id);

/// Reads every shard of `source` in order, drops documents whose text came before (trailing white
/// space aside) and empty ones, and writes train.jsonl, dev.jsonl, test.jsonl ({"id", "text"} a
/// line), documents.json (documents and bytes of text a split, duplicates and empty documents) and
/// train.hashes (text_hash() of each train document) into `folder`. Keeps one document and 24 bytes
/// for each that came before. What `decontamination` drops is in no split; documents.json says how
/// much that is, by set.
/// Throws btx::Error: a document that is no UTF-8 or holds NUL bytes (naming it and the place), an
/// id given to two different texts, no documents at all, a split that stays empty (saying how many
/// documents there were).
BTX_EXPORT void write_documents(const Component<DataSource>& source, const SourceContext& context,
                                const SplitConfig& split, const fs::path& folder,
                                Decontamination* decontamination = nullptr);

/// Calls f for each document of one split of a folder that write_documents() made, in order.
/// Throws btx::Error naming file and line for a line that is no such document.
BTX_EXPORT void read_documents(const fs::path& folder, Split split,
                               const std::function<void(const Document&)>& f);

/// Hashes of texts, trailing white space aside.
using TextHashes = std::unordered_set<std::uint64_t>;
BTX_EXPORT std::uint64_t text_hash(std::string_view text);
/// Adds those of a folder's train documents. Throws btx::Error for a file that is cut.
BTX_EXPORT void add_train_hashes(const fs::path& folder, TextHashes& hashes);

/// Documents of one split in order, those that still fit into `max_bytes` of text; the first one
/// always. 0: all. Texts of `without` are left out and counted in `left_out`, if that is given.
/// Throws as read_documents().
BTX_EXPORT std::vector<Document> documents_within(const fs::path& folder, Split split,
                                                  std::size_t max_bytes,
                                                  const TextHashes& without = {},
                                                  std::int64_t* left_out = nullptr);

}  // namespace btx

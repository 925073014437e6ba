#pragma once
// One domain's documents: read from its source, duplicates removed, split into train, dev and test.

#include "base/file.hpp"
#include "data/decontamination.hpp"
#include "data/split.hpp"
#include "plugin/component.hpp"
#include "recipe/schema/split.hpp"

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

/// Reads these shards of `source` in order, drops documents whose text came before (trailing white
/// space aside) and empty ones, and writes train.jsonl, dev.jsonl, test.jsonl ({"id", "text"} a
/// line), documents.json (documents and bytes of text a split, duplicates and empty documents) and
/// train.hashes (text_hash() of each train document) into `folder`. Keeps one document and 24 bytes
/// for each that came before. What `decontamination` drops is in no split; documents.json says how
/// much that is, by set.
/// Throws btx::Error: a document that is not UTF-8 (naming it and the place), an
/// id given to two different texts, no documents at all, a split that stays empty (saying how many
/// documents there were).
BTX_EXPORT void write_documents(const Component<DataSource>& source,
                                const std::vector<Shard>& shards, const SourceContext& context,
                                const SplitConfig& split, const fs::path& folder,
                                Decontamination* decontamination = nullptr);

/// Bytes of text in one split, as documents.json says. Throws btx::Error for a damaged file.
BTX_EXPORT std::int64_t documents_bytes(const fs::path& folder, Split split);

/// Calls f for each document of one split of a folder that write_documents() made, in order.
/// Throws btx::Error naming file and line for a line that is no such document.
BTX_EXPORT void read_documents(const fs::path& folder, Split split,
                               const std::function<void(const Document&)>& f);

/// Hashes of texts, trailing white space aside.
using TextHashes = std::unordered_set<std::uint64_t>;
/// The hash of one text, as TextHashes and train.hashes have it.
BTX_EXPORT std::uint64_t text_hash(std::string_view text);
/// Adds those of a folder's train documents. Throws btx::Error for a file that is cut.
BTX_EXPORT void add_train_hashes(const fs::path& folder, TextHashes& hashes);

}  // namespace btx

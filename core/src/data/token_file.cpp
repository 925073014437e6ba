#include "data/token_file.hpp"

#include "data/documents.hpp"
#include "tokenizer/encode_batch.hpp"

#include <btx/error.hpp>
#include <btx/random.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <vector>

namespace btx {
namespace {

static_assert(std::endian::native == std::endian::little, "token files are little-endian");

using Json = nlohmann::ordered_json;

constexpr int kTokenFileVersion = 1;
constexpr std::size_t kTrailerBytes = 256;
constexpr std::size_t kBatchBytes = std::size_t{8} << 20;
constexpr std::int64_t kRandomTokens = 1 << 16;  // written at a time

std::size_t width_for(std::int64_t vocab_size) {
  return vocab_size <= 65536 ? 2 : 4;
}
const char* dtype_name(std::size_t width) {
  return width == 2 ? "u16" : "u32";
}

/// A token file as it is written.
class TokenOutput {
 public:
  TokenOutput(const fs::path& path, std::int64_t vocab_size)
      : file_(path), vocab_size_(vocab_size) {}

  void write(const std::vector<std::int32_t>& ids) {
    tokens_ += ids.size();
    if (width_ == 4) return file_.write(ids.data(), ids.size() * width_);
    const std::vector<std::uint16_t> narrow(ids.begin(), ids.end());
    file_.write(narrow.data(), narrow.size() * width_);
  }

  void close(std::uint64_t documents, std::uint64_t text_bytes) {
    Json trailer{
        {"version", kTokenFileVersion}, {"dtype", dtype_name(width_)}, {"tokens", tokens_},
        {"documents", documents},       {"text_bytes", text_bytes},    {"vocab_size", vocab_size_}};
    std::string line = trailer.dump();
    line.resize(kTrailerBytes - 1, ' ');
    file_.write(line + "\n");
    file_.close();
  }

 private:
  OutputFile file_;
  std::int64_t vocab_size_;
  std::size_t width_ = width_for(vocab_size_);
  std::uint64_t tokens_ = 0;
};

/// Collects documents, and tokenizes and writes them when there are enough for all threads.
class TokenWriter {
 public:
  TokenWriter(const fs::path& path, const Tokenizer& tokenizer, int threads)
      : output_(path, static_cast<std::int64_t>(tokenizer.vocab_size())),
        tokenizer_(tokenizer),
        threads_(threads) {}

  void add(const std::string& text) {
    texts_.push_back(text);
    waiting_ += text.size();
    text_bytes_ += text.size();
    ++documents_;
    if (waiting_ >= kBatchBytes) flush();
  }

  void close() {
    flush();
    output_.close(documents_, text_bytes_);
  }

 private:
  void flush() {
    const std::int32_t eos = tokenizer_.eos_id();
    for (auto& ids : encode_batch(tokenizer_, texts_, threads_, {.add_special = true})) {
      if (ids.empty() || ids.back() != eos) ids.push_back(eos);
      output_.write(ids);
    }
    texts_.clear();
    waiting_ = 0;
  }

  TokenOutput output_;
  const Tokenizer& tokenizer_;
  int threads_;
  std::vector<std::string> texts_;
  std::size_t waiting_ = 0;
  std::uint64_t documents_ = 0, text_bytes_ = 0;
};

/// A count of the trailer; negative if it is not there or not sensible.
std::int64_t count_in(const Json& trailer, const char* key) {
  const auto found = trailer.find(key);
  if (found == trailer.end() || !found->is_number_unsigned()) return -1;
  const auto count = found->get<std::uint64_t>();
  return count > std::uint64_t{1} << 48 ? -1 : static_cast<std::int64_t>(count);
}

Json read_trailer(const MappedFile& file) {
  if (file.size() < kTrailerBytes) return {};
  const auto* end = reinterpret_cast<const char*>(file.data()) + file.size();
  Json trailer = Json::parse(end - kTrailerBytes, end, nullptr, false);
  return trailer.is_object() ? trailer : Json{};
}

}  // namespace

void write_token_file(const fs::path& documents_folder, Split split, const Tokenizer& tokenizer,
                      int threads, const fs::path& file) {
  TokenWriter writer(file, tokenizer, threads);
  read_documents(documents_folder, split,
                 [&](const Document& document) { writer.add(document.text); });
  writer.close();
}

void write_random_tokens(std::int64_t vocab_size, std::int64_t count, std::uint64_t seed,
                         const fs::path& file) {
  TokenOutput output(file, vocab_size);
  const std::uint64_t key = random_key(seed, "tokens");
  std::vector<std::int32_t> ids;
  for (std::int64_t begin = 0; begin < count; begin += std::ssize(ids)) {
    ids.resize(static_cast<std::size_t>(std::min<std::int64_t>(kRandomTokens, count - begin)));
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const double place = random_uniform(key, static_cast<std::uint64_t>(begin) + i);
      ids[i] = static_cast<std::int32_t>(place * static_cast<double>(vocab_size));
    }
    output.write(ids);
  }
  output.close(1, 0);
}

TokenFile::TokenFile(const fs::path& path, std::int64_t embedding)
    : path_(path), file_(path), embedding_(embedding) {
  const Json trailer = read_trailer(file_);
  if (trailer.is_null()) {
    throw Error(fmt::format("{}: not a token file, or cut short", path.string()));
  }
  if (const auto version = count_in(trailer, "version"); version != kTokenFileVersion) {
    throw Error(fmt::format("{}: token file of version {}, this program reads version {}",
                            path.string(), version, kTokenFileVersion));
  }
  tokens_ = count_in(trailer, "tokens");
  documents_ = count_in(trailer, "documents");
  text_bytes_ = count_in(trailer, "text_bytes");
  vocab_size_ = count_in(trailer, "vocab_size");
  width_ = width_for(vocab_size_);
  const bool sound = tokens_ >= 0 && documents_ >= 0 && text_bytes_ >= 0 && vocab_size_ > 0 &&
                     trailer.value("dtype", Json{}) == dtype_name(width_) &&
                     file_.size() - kTrailerBytes == static_cast<std::size_t>(tokens_) * width_;
  if (!sound)
    throw Error(fmt::format("{}: the file is not what its last line says", path.string()));
}

void TokenFile::copy(std::int64_t begin, std::span<std::int64_t> out) const {
  const std::byte* from = file_.data() + static_cast<std::size_t>(begin) * width_;
  for (std::int64_t& token : out) {
    std::uint32_t value = 0;
    std::memcpy(&value, from, width_);
    from += width_;
    token = value;
    if (token < std::min(vocab_size_, embedding_)) continue;
    if (token < vocab_size_) {
      throw Error(
          ExitCode::usage,
          fmt::format("{}: the text has the token {}, and the model's embedding has {} rows; "
                      "take the token out of the text or of the tokenizer",
                      path_.string(), token, embedding_));
    }
    throw Error(fmt::format("{}: token {} is outside the vocabulary of {}; the file is damaged",
                            path_.string(), token, vocab_size_));
  }
}

}  // namespace btx

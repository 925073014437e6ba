#include "tokenizer/tokenizer.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "tokenizer/pipeline_tokenizer.hpp"
#include "tokenizer/sentencepiece_tokenizer.hpp"
#include "tokenizer/tokenizer_json.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <array>
#include <unordered_map>

namespace btx {
namespace {

namespace fs = std::filesystem;

constexpr std::array kEosNames = {"<|endoftext|>", "</s>",       "<|end_of_text|>",
                                  "<eos>",         "<|im_end|>", "<|eot_id|>"};

[[noreturn]] void fail_missing(const fs::path& folder) {
  throw Error(ExitCode::usage,
              fmt::format("{}: need a tokenizer.json or a tokenizer.model; neither is there",
                          folder.string()));
}

}  // namespace

struct Tokenizer::Parts {
  explicit Parts(std::unique_ptr<const TokenizerBackend> given) : backend(std::move(given)) {
    for (const auto& token : backend->tokens()) {
      ids.emplace(token, static_cast<std::int32_t>(ids.size()));
    }
  }

  std::unique_ptr<const TokenizerBackend> backend;
  std::unordered_map<std::string_view, std::int32_t> ids;  // of backend->tokens()
};

Tokenizer::Tokenizer(std::unique_ptr<const TokenizerBackend> backend)
    : parts_(std::make_shared<Parts>(std::move(backend))) {}

Tokenizer::Tokenizer(TokenizerSpec spec)
    : Tokenizer(std::make_unique<PipelineTokenizer>(std::move(spec))) {}

Tokenizer Tokenizer::load(const fs::path& path) {
  if (fs::is_directory(path)) {
    const auto file = find_tokenizer(path);
    if (!file) fail_missing(path);
    return load(*file);
  }
  if (path.extension() != ".model") return parse(read_file(path), path.string());
  return Tokenizer(std::make_unique<SentencePieceTokenizer>(read_file(path), path.string()));
}

Tokenizer Tokenizer::parse(std::string_view json, const std::string& name) {
  auto pipeline = std::make_unique<PipelineTokenizer>(read_tokenizer_json(json, name));
  pipeline->warn_missing_bytes(name);
  return Tokenizer(std::move(pipeline));
}

std::vector<std::int32_t> Tokenizer::encode(std::string_view text, EncodeOptions options) const {
  const TemplateSpec& around = parts_->backend->around();
  std::vector<std::int32_t> ids;
  if (options.add_special) ids = around.before;
  parts_->backend->encode(text, options.split_special, ids);
  if (options.add_special) ids.insert(ids.end(), around.after.begin(), around.after.end());
  return ids;
}

std::string Tokenizer::decode(std::span<const std::int32_t> ids, bool keep_special) const {
  for (const std::int32_t id : ids) token(id);
  return parts_->backend->decode(ids, keep_special);
}

std::size_t Tokenizer::vocab_size() const {
  return parts_->backend->tokens().size();
}

std::optional<std::int32_t> Tokenizer::token_id(std::string_view token) const {
  const auto found = parts_->ids.find(token);
  return found == parts_->ids.end() ? std::nullopt : std::optional(found->second);
}

const std::string& Tokenizer::token(std::int32_t id) const {
  if (id < 0 || static_cast<std::size_t>(id) >= vocab_size()) {
    throw Error(fmt::format("tokenizer: need a token id in 0..{}, got {}", vocab_size() - 1, id));
  }
  return parts_->backend->tokens()[static_cast<std::size_t>(id)];
}

std::int32_t Tokenizer::eos_id() const {
  for (const char* name : kEosNames) {
    const auto id = token_id(name);
    if (id && parts_->backend->special(*id)) return *id;
  }
  throw Error(
      ExitCode::usage,
      fmt::format("tokenizer: need a special token that ends a document, one of {}; got none",
                  join({kEosNames.begin(), kEosNames.end()})));
}

std::vector<std::int32_t> Tokenizer::start_ids() const {
  const auto& before = parts_->backend->around().before;
  return before.empty() ? std::vector{eos_id()} : before;
}

std::string Tokenizer::file_text() const {
  return parts_->backend->file_text();
}

std::string Tokenizer::file_name() const {
  return parts_->backend->file_name();
}

bool Tokenizer::operator==(const Tokenizer& other) const {
  return file_name() == other.file_name() && file_text() == other.file_text();
}

std::optional<fs::path> find_tokenizer(const fs::path& folder) {
  for (const char* name : {"tokenizer.json", "tokenizer.model"}) {
    if (fs::exists(folder / name)) return folder / name;
  }
  return std::nullopt;
}

bool same_tokenizer(const fs::path& a, const fs::path& b) {
  const auto first = find_tokenizer(a);
  const auto second = find_tokenizer(b);
  return first && second && first->filename() == second->filename() &&
         read_file(*first) == read_file(*second);
}

void copy_tokenizer(const fs::path& from, const fs::path& to) {
  const auto file = find_tokenizer(from);
  if (!file) fail_missing(from);
  write_file(to / file->filename(), read_file(*file));
}

}  // namespace btx

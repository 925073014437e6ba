#include "tokenizer/tokenizer.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "tokenizer/json/tokenizer_json.hpp"
#include "tokenizer/pipeline_tokenizer.hpp"
#include "tokenizer/sentencepiece/sentencepiece_tokenizer.hpp"
#include "tokenizer/side_tokens.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <array>
#include <unordered_map>

namespace btx {
namespace {

namespace fs = std::filesystem;

constexpr std::array kEosNames = {"<|endoftext|>", "</s>",       "<|end_of_text|>",
                                  "<eos>",         "<|im_end|>", "<|eot_id|>"};

/// JSON begins with a brace, a SentencePiece model with the mark of its first piece, which is an
/// end of line; what begins with neither is for its name to say.
bool is_json(std::string_view bytes, const fs::path& file) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (bytes.starts_with(kMark)) bytes.remove_prefix(kMark.size());
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && bytes[first] == '{') return true;
  return !bytes.starts_with('\n') && file.extension() != ".model";
}

}  // namespace

struct Tokenizer::Parts {
  explicit Parts(std::unique_ptr<const TokenizerBackend> given) : backend(std::move(given)) {
    const auto& tokens = backend->tokens();
    for (std::size_t id = 0; id < tokens.size(); ++id) {
      if (!tokens[id].empty()) ids.emplace(tokens[id], static_cast<std::int32_t>(id));
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
  if (fs::is_directory(path)) return load(tokenizer_in(path));
  const fs::path folder = path.parent_path();
  return read(path, read_side_tokens(folder).added).with_end_of(folder);
}

Tokenizer Tokenizer::read(const fs::path& file, std::vector<AddedTokenSpec> added) {
  std::string bytes = read_file(file);
  const std::string name = file.string();
  if (!is_json(bytes, file)) {
    auto pieces =
        std::make_unique<SentencePieceTokenizer>(std::move(bytes), name, std::move(added));
    added = pieces->added_beside();
    return with_added(Tokenizer(std::move(pieces)), added);
  }
  auto spec = read_tokenizer_json(bytes, name);
  added = add_beside(spec, std::move(added));
  auto pipeline = std::make_unique<PipelineTokenizer>(std::move(spec));
  pipeline->warn_missing_bytes(name);
  return with_added(Tokenizer(std::move(pipeline)), added);
}

Tokenizer Tokenizer::with_added(Tokenizer tokenizer, const std::vector<AddedTokenSpec>& added) {
  if (!added.empty()) tokenizer.added_text_ = write_added_tokens(added);
  return tokenizer;
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
  std::vector<std::int32_t> known;
  for (const std::int32_t id : ids) {
    if (!token(id).empty()) known.push_back(id);
  }
  return parts_->backend->decode(known, keep_special);
}

std::size_t Tokenizer::vocab_size() const {
  return parts_->backend->tokens().size();
}

std::size_t Tokenizer::word_ids() const {
  return static_cast<std::size_t>(parts_->backend->word_ids());
}

std::optional<std::int32_t> Tokenizer::token_id(std::string_view token) const {
  const auto found = parts_->ids.find(token);
  return found == parts_->ids.end() ? std::nullopt : std::optional(found->second);
}

const std::string& Tokenizer::token(std::int32_t id) const {
  static const std::string none;
  const bool known = id >= 0 && static_cast<std::size_t>(id) < vocab_size();
  return known ? parts_->backend->tokens()[static_cast<std::size_t>(id)] : none;
}

Tokenizer Tokenizer::with_end(std::int32_t id) const {
  Tokenizer told = *this;
  told.told_end_ = id;
  return told;
}

Tokenizer Tokenizer::with_end_of(const fs::path& model) const {
  for (const TokenName& end : read_side_tokens(model).ends) {
    const auto* text = std::get_if<std::string>(&end);
    const auto id = text != nullptr ? token_id(*text) : std::get<std::int64_t>(end);
    if (!id || *id < 0 || *id >= static_cast<std::int64_t>(vocab_size())) continue;
    if (!token(static_cast<std::int32_t>(*id)).empty()) {
      return with_end(static_cast<std::int32_t>(*id));
    }
  }
  return *this;
}

std::optional<std::int32_t> Tokenizer::own_end() const {
  if (const auto own = parts_->backend->end()) return own;
  for (const char* name : kEosNames) {
    const auto id = token_id(name);
    if (id && parts_->backend->special(*id)) return id;
  }
  return std::nullopt;
}

std::optional<std::int32_t> Tokenizer::find_eos() const {
  return told_end_ ? told_end_ : own_end();
}

std::int32_t Tokenizer::eos_id() const {
  if (const auto id = find_eos()) return *id;
  throw Error(
      ExitCode::usage,
      fmt::format("tokenizer: need a token that ends a document: an eos_token_id in the model's "
                  "config.json, an eos_token in tokenizer_config.json beside the tokenizer, or a "
                  "special token of the name {}; got none",
                  join({kEosNames.begin(), kEosNames.end()})));
}

std::string Tokenizer::told_end() const {
  return told_end_ && told_end_ != own_end() ? token(*told_end_) : "";
}

const std::vector<std::int32_t>& Tokenizer::template_start() const {
  return parts_->backend->around().before;
}

std::vector<std::int32_t> Tokenizer::start_ids() const {
  return template_start().empty() ? std::vector{eos_id()} : template_start();
}

std::string Tokenizer::file_text() const {
  return parts_->backend->file_text();
}

std::string Tokenizer::file_name() const {
  return parts_->backend->file_name();
}

void Tokenizer::save(const fs::path& folder) const {
  const auto added = parts_->backend->added_beside();
  write_file(folder / file_name(), file_text());
  if (!added.empty()) write_file(folder / "added_tokens.json", write_added_tokens(added));
  if (added.empty() && told_end().empty()) return;
  write_file(folder / "special_tokens_map.json", write_special_tokens(added, told_end()));
}

bool Tokenizer::operator==(const Tokenizer& other) const {
  return file_name() == other.file_name() && file_text() == other.file_text() &&
         parts_->backend->added_beside() == other.parts_->backend->added_beside();
}

std::optional<fs::path> find_tokenizer(const fs::path& folder) {
  for (const char* name : {"tokenizer.json", "tokenizer.model"}) {
    if (fs::exists(folder / name)) return folder / name;
  }
  return std::nullopt;
}

fs::path tokenizer_in(const fs::path& folder) {
  if (auto file = find_tokenizer(folder)) return *file;
  throw Error(ExitCode::usage,
              fmt::format("{}: need a tokenizer.json or a tokenizer.model; neither is there",
                          folder.string()));
}

}  // namespace btx

#include "tokenizer/sentencepiece/sentencepiece_tokenizer.hpp"

#include "tokenizer/sentencepiece/check_sentencepiece.hpp"
#include "tokenizer/side_tokens.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <sentencepiece_processor.h>

#include <unordered_set>

namespace btx {
namespace {

void check(const sentencepiece::util::Status& status, const std::string& name) {
  if (status.ok()) return;
  throw Error(ExitCode::usage,
              fmt::format("{}: not a SentencePiece model: {}", name, status.ToString()));
}

}  // namespace

SentencePieceTokenizer::SentencePieceTokenizer(std::string model, const std::string& name,
                                               std::vector<AddedTokenSpec> added)
    : model_(std::move(model)),
      processor_(std::make_unique<sentencepiece::SentencePieceProcessor>()) {
  check_sentencepiece(model_, name);
  check(processor_->LoadFromSerializedProto(model_), name);
  read_pieces(name);
  add_tokens(std::move(added));
  if (const int eos = processor_->eos_id(); eos >= 0) end_ = eos;
  if (const int bos = processor_->bos_id(); bos >= 0) around_.before = {bos};
}

SentencePieceTokenizer::~SentencePieceTokenizer() = default;

void SentencePieceTokenizer::read_pieces(const std::string& name) {
  const int size = processor_->GetPieceSize();
  for (int id = 0; id < size; ++id) {
    tokens_.push_back(processor_->IdToPiece(id));
    special_.push_back(processor_->IsControl(id) || processor_->IsUnknown(id));
    if (tokens_.back().empty()) {
      throw Error(ExitCode::usage, fmt::format("{}: piece {} must not be empty", name, id));
    }
    AddedTokenSpec token{.id = id, .content = tokens_.back()};
    if (processor_->IsControl(id)) matcher_.add(token);
  }
  pieces_ = size;
}

void SentencePieceTokenizer::add_tokens(std::vector<AddedTokenSpec> added) {
  const std::unordered_set<std::string_view> pieces(tokens_.begin(), tokens_.end());
  std::erase_if(added, [&](const auto& token) { return pieces.contains(token.content); });
  place_beside(tokens_, added);
  special_.resize(tokens_.size());
  for (auto& token : added) {
    // added_tokens.json has no more of a token that is text.
    if (!token.special) token.lstrip = token.rstrip = false;
    token.normalized = token.in_vocab = false;
    special_[static_cast<std::size_t>(token.id)] = token.special;
    matcher_.add(token);
  }
  added_ = std::move(added);
}

void SentencePieceTokenizer::encode(std::string_view text, bool split_special,
                                    std::vector<std::int32_t>& ids) const {
  matcher_.split(
      text, split_special, [&](std::string_view part) { append(part, ids); },
      [&](std::int32_t id) { ids.push_back(id); });
}

void SentencePieceTokenizer::append(std::string_view text, std::vector<std::int32_t>& ids) const {
  std::vector<int> part;
  const auto status = processor_->Encode(text, &part);
  if (!status.ok()) throw Error("tokenizer: libsentencepiece: " + status.ToString());
  ids.insert(ids.end(), part.begin(), part.end());
}

std::string SentencePieceTokenizer::decode(std::span<const std::int32_t> ids,
                                           bool keep_special) const {
  std::vector<std::string> pieces;
  std::string text;
  const auto flush = [&] {
    std::string part;
    const auto status = processor_->Decode(pieces, &part);
    if (!status.ok()) throw Error("tokenizer: libsentencepiece: " + status.ToString());
    text += part;
    pieces.clear();
  };
  for (const std::int32_t id : ids) {
    const std::string& token = tokens_[static_cast<std::size_t>(id)];
    if (is_piece(id) && !processor_->IsControl(id)) {
      pieces.push_back(token);
      continue;
    }
    flush();
    if (keep_special || !special(id)) text += token;
  }
  flush();
  return text;
}

}  // namespace btx

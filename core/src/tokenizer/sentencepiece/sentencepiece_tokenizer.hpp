#pragma once
// A SentencePiece model, run by libsentencepiece.
// Source: Kudo and Richardson 2018, "SentencePiece".

#include "tokenizer/added_tokens.hpp"
#include "tokenizer/tokenizer_backend.hpp"

#include <btx/export.hpp>

#include <memory>

namespace sentencepiece {
class SentencePieceProcessor;
}

namespace btx {

/// Control pieces are special tokens, and others may be added beside the model. The template puts
/// the piece that begins a sentence, if the model has one, before a text, as Llama's tokenizer
/// does.
class BTX_EXPORT SentencePieceTokenizer : public TokenizerBackend {
 public:
  /// `model` holds the file's bytes, `name` stands for it in messages, `added` are the tokens of
  /// added_tokens.json, of which those count that are no pieces. Throws btx::Error (usage) with
  /// libsentencepiece's own words if it refuses the model.
  SentencePieceTokenizer(std::string model, const std::string& name,
                         std::vector<AddedTokenSpec> added = {});
  ~SentencePieceTokenizer() override;

  /// Special and added tokens cut the text into parts that are encoded each for itself.
  void encode(std::string_view text, bool split_special,
              std::vector<std::int32_t>& ids) const override;
  std::string decode(std::span<const std::int32_t> ids, bool keep_special) const override;
  const std::vector<std::string>& tokens() const override { return tokens_; }
  std::int32_t word_ids() const override { return pieces_; }
  bool special(std::int32_t id) const override { return special_[static_cast<std::size_t>(id)]; }
  const TemplateSpec& around() const override { return around_; }
  std::optional<std::int32_t> end() const override { return end_; }
  std::vector<AddedTokenSpec> added_beside() const override { return added_; }
  std::string file_text() const override { return model_; }
  const char* file_name() const override { return "tokenizer.model"; }

 private:
  void read_pieces(const std::string& name);
  void add_tokens(std::vector<AddedTokenSpec> added);
  bool is_piece(std::int32_t id) const { return id < pieces_; }
  void append(std::string_view text, std::vector<std::int32_t>& ids) const;

  std::string model_;
  std::unique_ptr<sentencepiece::SentencePieceProcessor> processor_;
  std::vector<std::string> tokens_;
  std::vector<bool> special_;
  std::int32_t pieces_ = 0;  ///< ids below it are the model's, others added tokens'
  std::vector<AddedTokenSpec> added_;
  std::optional<std::int32_t> end_;
  TokenMatcher matcher_;  ///< control pieces and added tokens
  TemplateSpec around_;
};

}  // namespace btx

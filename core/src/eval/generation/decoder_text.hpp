#pragma once
// Texts that one model continues, with a key-value cache.

#include "eval/generation/next_token.hpp"
#include "model/decoder.hpp"

#include <functional>
#include <vector>

namespace btx {

/// One model as a NextToken. A long beginning that all prompts share is read once for all of them.
class BTX_EXPORT DecoderText final : public NextToken {
 public:
  /// Sees every pass: its routing sites, and of how many texts each of its tokens is, [N] int64: 0
  /// for padding and behind the end of a text, more than 1 for what all prompts begin with.
  using Observer = std::function<void(const ForwardPass& pass, const at::Tensor& texts)>;

  /// `decoder` must outlive this. `random_seed`: of a router that draws.
  explicit DecoderText(const Decoder& decoder, Observer observer = {},
                       std::uint64_t random_seed = 0);

  at::Tensor start(const std::vector<Ids>& prompts) override;
  at::Tensor next(const Ids& tokens) override;
  void keep(const Ids& rows) override;
  std::vector<std::vector<double>> log_probabilities(const std::vector<Ids>& texts) const override;
  std::int64_t context() const override { return decoder_.config().context; }
  std::int64_t vocabulary() const override { return decoder_.config().vocab_size; }

 private:
  void read_root(const std::vector<Ids>& prompts);
  at::Tensor read(const std::vector<Ids>& prompts, std::int64_t begin, std::int64_t end);
  at::Tensor extend(const Batch& batch, const at::Tensor& visible);

  const Decoder& decoder_;
  Observer observer_;
  std::uint64_t random_seed_;
  std::int64_t texts_ = 1;  ///< that a row stands for
  KeyValueCache cache_;
  at::Tensor seen_;       ///< [B, S] bool: which slots of the cache hold a token of the row
  at::Tensor positions_;  ///< [B] int64, of the next token
  Ids hashes_;            ///< [B], text_hashes() of what has been read
};

}  // namespace btx

#pragma once
// Texts that one model continues, with a key-value cache.

#include "eval/next_token.hpp"
#include "model/decoder.hpp"

#include <functional>
#include <vector>

namespace btx {

class BTX_EXPORT DecoderText final : public NextToken {
 public:
  /// Sees every pass: its routing sites, and which of its tokens [N] are real. For pictures.
  using Observer = std::function<void(const ForwardPass& pass, const at::Tensor& real)>;

  /// `decoder` must outlive this.
  explicit DecoderText(const Decoder& decoder, Observer observer = {});

  at::Tensor start(const std::vector<Ids>& prompts) override;
  at::Tensor next(const Ids& tokens) override;
  void keep(const Ids& rows) override;
  std::int64_t context() const override { return decoder_.config().context; }

 private:
  void read_root(const std::vector<Ids>& prompts);
  at::Tensor read(const std::vector<Ids>& prompts, std::int64_t begin, std::int64_t end);
  at::Tensor extend(const Batch& batch, const at::Tensor& visible);

  const Decoder& decoder_;
  Observer observer_;
  KeyValueCache cache_;
  at::Tensor seen_;       ///< [B, S] bool: which slots of the cache hold a token of the row
  at::Tensor positions_;  ///< [B] int64, of the next token
};

}  // namespace btx

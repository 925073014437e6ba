#pragma once
// How the mixture layers share the tokens of a text out among the experts.

#include "eval/generation/routed_token.hpp"
#include "model/batch.hpp"
#include "tokenizer/tokenizer.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace btx {

/// Collects the experts' shares of each token that goes through a mixture.
class ExpertShares {
 public:
  /// `site`: of this routing site alone; -1: of all together.
  ExpertShares(std::int64_t experts, std::int64_t site) : experts_(experts), site_(site) {}

  /// Adds the tokens of a pass that are `real` [B, T] bool.
  void add(const ForwardPass& pass, const at::Tensor& real);

  /// Of each token so far [E], of sum 1; empty for one that every expert dropped.
  const std::vector<std::vector<double>>& all() const { return all_; }

 private:
  std::int64_t experts_, site_;
  std::vector<std::vector<double>> all_;
};

/// Pieces of text that are whole characters, each with the shares of the token that ends it. The
/// first `prompt` of the ids are the prompt's.
std::vector<RoutedToken> routed_tokens(const Tokenizer& tokenizer,
                                       const std::vector<std::int32_t>& ids, std::size_t prompt,
                                       const std::vector<std::vector<double>>& shares);

/// Takes away the first stop string in what was generated, and what comes after it.
void end_at_stop(std::vector<RoutedToken>& tokens, const std::vector<std::string>& stops);

}  // namespace btx

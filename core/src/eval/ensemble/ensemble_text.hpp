#pragma once
// Texts that an ensemble continues: its members' next-token probabilities, mixed with the weights
// that it gives for the text so far.

#include "eval/generation/next_token.hpp"
#include "plugin/component.hpp"
#include "tokenizer/tokenizer.hpp"

#include <btx/ensemble.hpp>

#include <memory>
#include <string>
#include <vector>

namespace btx {

/// An ensemble as one NextToken. Owns its members, which are given the same ids.
class BTX_EXPORT EnsembleText final : public NextToken {
 public:
  /// Every member runs for every text; one that weighs by log-probabilities reads the prompts
  /// twice.
  EnsembleText(Component<Ensemble> ensemble, Tokenizer tokenizer,
               std::vector<std::unique_ptr<NextToken>> members);

  /// TextBefore::domain of the texts that are begun from now on.
  void set_domain(std::string domain) { domain_ = std::move(domain); }

  /// Throws btx::Error (plugin) for weights that are negative or do not sum to 1.
  at::Tensor start(const std::vector<Ids>& prompts) override;
  at::Tensor next(const Ids& tokens) override;
  void keep(const Ids& rows) override;
  std::vector<std::vector<double>> log_probabilities(const std::vector<Ids>& texts) const override;
  std::int64_t context() const override;
  std::int64_t vocabulary() const override;

 private:
  /// A text as the ensemble sees it.
  struct Row {
    Ids ids;                                ///< prompt and all that follows
    std::size_t prompt = 0;                 ///< tokens of the prompt
    std::vector<std::vector<double>> seen;  ///< [members] log-probabilities of what has been read
    std::vector<double> weights;            ///< that hold now
  };
  void ask(Row& row) const;
  at::Tensor mix();

  Component<Ensemble> ensemble_;
  Tokenizer tokenizer_;
  std::string domain_;
  std::vector<std::unique_ptr<NextToken>> members_;
  std::vector<at::Tensor> said_;  ///< [members], [B, V] float32 on the CPU
  std::vector<Row> rows_;
};

}  // namespace btx

#pragma once
// What comes next, for several texts at a time: the one interface through which models and
// ensembles generate.

#include <btx/export.hpp>

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace btx {

/// B texts that grow together. Used by one thread at a time.
class BTX_EXPORT NextToken {
 public:
  using Ids = std::vector<std::int64_t>;
  /// In the place of a token: the text has ended, and its row is left in the batch for now.
  static constexpr std::int64_t kEnded = -1;
  virtual ~NextToken();

  /// Begins B texts, none of them empty or longer than context(). Log-probabilities [B, V] float32
  /// of the token after each.
  virtual at::Tensor start(const std::vector<Ids>& prompts) = 0;

  /// Puts one token behind each text; as start(). A row that is kEnded has any values.
  virtual at::Tensor next(const Ids& tokens) = 0;

  /// Goes on with these rows alone, in this order.
  virtual void keep(const Ids& rows) = 0;

  /// The log-probability of each token but the first of each text, none of them longer than
  /// context(); apart from the texts that grow.
  virtual std::vector<std::vector<double>> log_probabilities(
      const std::vector<Ids>& texts) const = 0;

  /// The most tokens that a text may have.
  virtual std::int64_t context() const = 0;
  /// Ids that may be given are below it: rows of the embedding.
  virtual std::int64_t vocabulary() const = 0;
};

}  // namespace btx

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
  virtual ~NextToken();

  /// Begins B texts, none of them empty or longer than context(). Log-probabilities [B, V] float32
  /// of the token after each.
  virtual at::Tensor start(const std::vector<Ids>& prompts) = 0;

  /// Puts one token behind each text; as start().
  virtual at::Tensor next(const Ids& tokens) = 0;

  /// Goes on with these rows alone, in this order.
  virtual void keep(const Ids& rows) = 0;

  /// The most tokens that a text may have.
  virtual std::int64_t context() const = 0;
};

}  // namespace btx

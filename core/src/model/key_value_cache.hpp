#pragma once
// What attention keeps of tokens that went through the model, so that those after them need not
// compute it again.

#include <btx/export.hpp>

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace btx {

/// Keys (rotated) and values of B rows of S tokens, by layer. Shapes: G key-value heads, d head
/// size. Buffers have room to spare, so that appending a token copies that token alone.
/// Used by one thread at a time.
class BTX_EXPORT KeyValueCache {
 public:
  explicit KeyValueCache(std::int64_t layers) : layers_(static_cast<std::size_t>(layers)) {}

  /// S, the tokens that every layer has.
  std::int64_t size() const { return size_; }

  /// Puts keys and values [B, G, T, d] behind those of `layer`; all of them, [B, G, S + T, d].
  /// The layers take turns: after the last of them S has grown by T.
  std::pair<at::Tensor, at::Tensor> append(std::int64_t layer, const at::Tensor& keys,
                                           const at::Tensor& values);

  /// The rows at `index` [R] int64, in that order; a row may be taken several times.
  KeyValueCache rows(const at::Tensor& index) const;

 private:
  struct Buffer {
    at::Tensor keys, values;  ///< [B, G, room, d]
  };
  std::vector<Buffer> layers_;
  std::int64_t size_ = 0;
};

}  // namespace btx

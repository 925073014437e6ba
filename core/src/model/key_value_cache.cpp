#include "model/key_value_cache.hpp"

#include <ATen/ops/empty.h>

namespace btx {
namespace {

/// `buffer` with room for `needed` tokens, of which the first `used` are kept.
void reserve(at::Tensor& buffer, const at::Tensor& like, std::int64_t used, std::int64_t needed) {
  if (buffer.defined() && buffer.size(2) >= needed) return;
  const std::int64_t room = buffer.defined() ? needed + needed / 2 : needed;
  at::Tensor grown = at::empty({like.size(0), like.size(1), room, like.size(3)}, like.options());
  if (used > 0) grown.narrow(2, 0, used).copy_(buffer.narrow(2, 0, used));
  buffer = grown;
}

}  // namespace

std::pair<at::Tensor, at::Tensor> KeyValueCache::append(std::int64_t layer, const at::Tensor& keys,
                                                        const at::Tensor& values) {
  Buffer& buffer = layers_[static_cast<std::size_t>(layer)];
  const std::int64_t added = keys.size(2);
  const std::int64_t total = size_ + added;
  reserve(buffer.keys, keys, size_, total);
  reserve(buffer.values, values, size_, total);
  buffer.keys.narrow(2, size_, added).copy_(keys);
  buffer.values.narrow(2, size_, added).copy_(values);
  if (layer + 1 == static_cast<std::int64_t>(layers_.size())) size_ = total;
  return {buffer.keys.narrow(2, 0, total), buffer.values.narrow(2, 0, total)};
}

KeyValueCache KeyValueCache::rows(const at::Tensor& index) const {
  KeyValueCache some(static_cast<std::int64_t>(layers_.size()));
  some.size_ = size_;
  if (size_ == 0) return some;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    some.layers_[i].keys = layers_[i].keys.narrow(2, 0, size_).index_select(0, index);
    some.layers_[i].values = layers_[i].values.narrow(2, 0, size_).index_select(0, index);
  }
  return some;
}

}  // namespace btx

#include "model/batch.hpp"

#include <ATen/ops/ones_like.h>

namespace btx {

std::int64_t text_hash_after(std::int64_t before, std::int64_t token) {
  // The finaliser of splitmix64, over a sum that no two short texts share.
  auto x = static_cast<std::uint64_t>(before) * 0x9e3779b97f4a7c15U +
           static_cast<std::uint64_t>(token) + 1;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return static_cast<std::int64_t>(x ^ (x >> 31U));
}

std::vector<std::int64_t> text_hashes(std::span<const std::int64_t> text) {
  std::vector<std::int64_t> hashes;
  std::int64_t hash = 0;
  for (const std::int64_t token : text) hashes.push_back(hash = text_hash_after(hash, token));
  return hashes;
}

at::Tensor real_tokens(const Batch& batch) {
  return batch.padding.defined() ? batch.padding.logical_not()
                                 : at::ones_like(batch.tokens, at::kBool);
}

}  // namespace btx

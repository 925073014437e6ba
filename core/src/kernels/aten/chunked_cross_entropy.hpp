#pragma once
// Cross entropy of a linear head without the whole matrix of logits: rows in chunks, the gradients
// computed in the forward pass, while a chunk's logits exist. The backward pass only scales them,
// so that the incoming gradient must be the same for every row with a target; it is, for a mean or
// a sum (checked, without a wait).

#include "kernels/ops.hpp"

namespace btx::aten {

/// Writes the losses of some rows of logits [n, V] into `loss` [n]; with `gradient` it returns the
/// gradient of the logits by each row's own loss, which may be the logits themselves, overwritten.
using ChunkLoss = at::Tensor (*)(const at::Tensor& logits, const at::Tensor& targets,
                                 const at::Tensor& loss, bool gradient);

/// As Ops::cross_entropy, with this loss of a chunk.
at::Tensor chunked_cross_entropy(const at::Tensor& h, const Weight& head, const at::Tensor& targets,
                                 ChunkLoss chunk);

}  // namespace btx::aten

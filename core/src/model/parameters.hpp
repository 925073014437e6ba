#pragma once
// A model's parameters: one flat float32 master buffer, one flat gradient buffer, one flat copy in
// the compute type. Every tensor is a named view of them, so that the optimizer, clipping and
// checkpoints work on flat memory in one pass. Frozen tensors have no gradient, unless one that is
// trained is used as one matrix with them (fused_with()). A model that is not trained has masters
// only of the tensors that are read in float32 (exact_tensors()).

#include "kernels/ops.hpp"

#include <btx/mix_plan.hpp>

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace btx {

/// Owns the buffers. Used by one thread at a time.
class BTX_EXPORT Parameters {
 public:
  /// One tensor's place in the flat buffers, in elements.
  struct Entry {
    TensorInfo info;
    std::int64_t offset = 0;            ///< in the compute copy
    std::int64_t master_offset = 0;     ///< in master(), or -1: it has no master
    bool trained = false;               ///< the optimizer changes it
    std::int64_t gradient_offset = -1;  ///< in gradient(), or -1: it has none
  };
  /// Which tensors are trained, or have a master.
  using Chosen = std::function<bool(const std::string& name)>;

  /// Zeros for these tensors, in this order. `compute` is at::kFloat or at::kBFloat16; a `compute`
  /// of at::kDouble makes the masters float64 too (tests). Without `trained` there is no gradient
  /// buffer, nothing requires a gradient, and tensors that are not `exact` have no master, if it is
  /// given: their one copy is in the compute type.
  Parameters(const std::vector<TensorInfo>& tensors, at::ScalarType compute, at::Device device,
             const Chosen& trained = {}, const Chosen& exact = {});

  const std::vector<Entry>& entries() const { return entries_; }
  const at::Tensor& master() const { return master_; }      ///< [n], those that have one
  const at::Tensor& gradient() const { return gradient_; }  ///< [at most n], float32

  /// The master of one tensor, or its one copy, as a view that does not require a gradient.
  /// Throws btx::Error for a name that is not there.
  at::Tensor view(const std::string& name) const;

  /// `count` neighbours from `first` on as one parameter of the given shape; all have masters or
  /// none has, in which case Weight::master is the copy too.
  Weight weight(const std::string& first, std::size_t count, at::IntArrayRef shape) const;
  Weight weight(const std::string& name) const;

  /// A part of the compute copy by its place in it; undefined where that is master() itself.
  at::Tensor copy_of(std::int64_t offset, std::int64_t elements) const;

  /// Brings the compute copy up to date; to be called after the masters changed.
  void refresh();
  /// Sets the gradient buffer to zero.
  void zero_gradient();
  /// Sets to zero what frozen tensors have in it.
  void drop_frozen_gradients();

 private:
  void place_gradients();
  /// Elements of the entry's tensor and its `count - 1` followers, in their master or their one
  /// copy.
  at::Tensor stored(const Entry& first, std::int64_t elements) const;
  const Entry& entry(const std::string& name) const;

  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t> index_;
  at::Tensor master_;
  at::Tensor gradient_;
  at::Tensor compute_;
};

}  // namespace btx

#pragma once
// A MixPlan says where every tensor of a merged model comes from. A merge strategy only plans; the
// core checks the plan and carries it out in a stream, with memory that does not grow with the
// model for elementwise origins.

#include <btx/export.hpp>
#include <btx/model_config.hpp>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace btx {

/// Element types of tensors in files.
enum class DType { float32, float16, bfloat16 };

/// A tensor as a file's header describes it.
struct TensorInfo {
  std::string name;
  DType dtype = DType::float32;
  std::vector<std::int64_t> shape;

  std::int64_t elements() const {
    std::int64_t count = 1;
    for (const auto size : shape) count *= size;
    return count;
  }
};

/// A tensor of one of the inputs.
struct TensorRef {
  std::size_t model = 0;  ///< index into MergeInputs::models
  std::string tensor;
};

/// The tensor as it is.
struct CopyOrigin {
  TensorRef from;
};
/// Indices [begin, end) of dimension `dim`.
struct SliceOrigin {
  TensorRef from;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t dim = 0;  ///< 0, or 1 for matrices
};
/// The tensors one below another, along the first dimension.
struct ConcatOrigin {
  std::vector<TensorRef> from;
};
/// Sum of weight x tensor, accumulated in float64 in the given order and cast once, so that the
/// mean of equal tensors is that tensor. The weights need not sum to 1.
struct WeightedSumOrigin {
  std::vector<TensorRef> from;
  std::vector<double> weights;  ///< same length
};
/// Independent normal numbers; each is a function of (seed, output tensor's name, index) alone.
struct InitOrigin {
  double std = 0;
  double mean = 0;
};
/// Any function of named inputs, in float32. Elementwise: called on slices of equal length, in any
/// cut; otherwise once on whole tensors. `index` is that of the slice's first element. Random
/// numbers come from btx/random.hpp with a key of MergeInputs::seed, so that a cut changes nothing.
/// apply() is called by one thread at a time; what it throws is the plugin's error.
struct FunctionOrigin {
  std::vector<TensorRef> from;
  bool elementwise = true;
  std::function<void(std::span<const std::span<const float>> inputs, std::uint64_t index,
                     std::span<float> output)>
      apply;
};

/// Where one tensor of the result comes from.
using Origin = std::variant<CopyOrigin, SliceOrigin, ConcatOrigin, WeightedSumOrigin, InitOrigin,
                            FunctionOrigin>;

/// One tensor of the result.
struct PlannedTensor {
  TensorInfo info;
  Origin origin;
};

/// What a merge strategy makes: the result's configuration, and an origin for each of its tensors.
struct MixPlan {
  ModelConfig config;                  ///< of the result
  std::vector<PlannedTensor> tensors;  ///< of the result; gates and router's own may be missing
  bool gate_rows_by_group = false;     ///< experts of one group start with the same gate row
  std::vector<TensorRef> unused;       ///< inputs that are left out on purpose
};

}  // namespace btx

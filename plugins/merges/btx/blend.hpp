#pragma once
// Experts that have equal parts of every model's FFN.

#include <btx/mix_plan.hpp>

#include <cstdint>
#include <string>

namespace merges {

/// A matrix of expert n of `models`: the n-th of as many equal shards of every model's matrix, one
/// beside another, at full width. `tensor` is that of each model.
/// Source: arXiv:2403.07816, section 3.3.
btx::FunctionOrigin blended(const btx::TensorInfo& tensor, const std::string& part,
                            std::int64_t expert, std::int64_t models);

}  // namespace merges

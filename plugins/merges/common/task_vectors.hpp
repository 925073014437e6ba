#pragma once
// Averages by task vectors: what each model has learnt since the base, combined and added to it.

#include <btx/merge_strategy.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace merges {

/// The models and their weights, of sum 1; the base's own task vector is zero.
struct TaskVectors {
  std::size_t base = 0;         ///< index of the base among the models
  std::vector<double> weights;  ///< of all models
  double lambda = 1;            ///< the combined task vector is multiplied by it
};

/// The index of the input without a domain, the seed. Throws btx::Error (usage) unless there is
/// one.
std::size_t find_base(const btx::MergeInputs& inputs);

/// TIES: each task vector keeps its `density` largest elements (at least one, and all that are as
/// large as the smallest kept one); an element's sign is that of the weighted sum; the weighted
/// mean runs over the models that agree with it.   Source: Yadav et al. 2023, arXiv:2306.01708.
btx::FunctionOrigin ties(const std::string& tensor, const TaskVectors& vectors, double density);

/// DARE: each element of a task vector is dropped with probability `drop`, the rest divided by
/// 1 - drop; then the weighted sum.   Source: Yu et al. 2023, arXiv:2311.03099.
btx::FunctionOrigin dare(const std::string& tensor, const TaskVectors& vectors, double drop,
                         const btx::MergeInputs& inputs);

}  // namespace merges

#pragma once
// The columns of a table that say what a model costs.

#include "config/value.hpp"
#include "report/comparison.hpp"

#include <array>
#include <string>
#include <vector>

namespace btx {

/// Headings, in the order of cost_cells().
inline constexpr std::array kCostColumns = {"params",      "active",      "train tokens",
                                            "train FLOPs", "device time", "wall clock"};

/// Sets a row's members train_tokens, train_flops, train_seconds and wall_seconds.
void set_cost(Value& row, const Cost& cost);

/// A row's cells for these columns.
std::vector<std::string> cost_cells(double parameters, double active_parameters, const Cost& cost);

}  // namespace btx

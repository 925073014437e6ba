#include "report/cost_columns.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

namespace btx {

std::vector<std::string> cost_cells(double parameters, double active_parameters, const Cost& cost) {
  return {format_count(parameters),     format_count(active_parameters),
          format_count(cost.tokens),    fmt::format("{:.3g}", cost.flops),
          format_seconds(cost.seconds), format_seconds(cost.wall)};
}

void set_cost(Value& row, const Cost& cost) {
  row.set("train_tokens", Value(cost.tokens));
  row.set("train_flops", Value(cost.flops));
  row.set("train_seconds", Value(cost.seconds));
  row.set("wall_seconds", Value(cost.wall));
}

}  // namespace btx

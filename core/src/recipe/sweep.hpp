#pragma once
// The points of a sweep: every combination of the values of its axes.

#include "config/value.hpp"

#include <string>
#include <vector>

namespace btx {

/// A change of the recipe (see apply_override()) that holds for every point; or an axis, a key and
/// the values it takes.
struct SweepStep {
  std::string change;  ///< "" for an axis
  std::string key;
  std::vector<std::string> values;

  bool is_axis() const { return !values.empty(); }
};

/// One run of a sweep: the recipe with `changes`.
struct SweepPoint {
  std::string label;                 ///< "run.seed=2, router.type=switch"
  std::string name;                  ///< the same as the name of a run
  std::vector<std::string> changes;  ///< in the order in which they are made
};

inline constexpr std::size_t kMaxSweepPoints = 10'000;

/// What stands behind the recipe on the command line of `btx sweep`, in its order. An axis is a
/// list, key=a,b,c (commas inside of quotes, brackets and braces do not count), or has a range of
/// integers, key=1..5; anything else is a change. Throws btx::Error (usage): an empty value, a
/// value or an axis given twice, a range that runs backwards.
BTX_EXPORT std::vector<SweepStep> read_sweep_arguments(const std::vector<std::string>& arguments);

/// The axes of a [sweep] table: "run.seed" = [1, 2, 3]. Throws btx::Error (usage) with the place:
/// what is not a list, an empty list, a value twice.
BTX_EXPORT std::vector<SweepStep> read_sweep_table(const Value& sweep);

/// The points, the last axis varying fastest: the table's axes but those whose key stands on the
/// command line, then the command line. Throws btx::Error (usage): no axis, more than
/// kMaxSweepPoints, an axis of what the sweep sets itself (run.name, run.dir, run.store, sweep).
BTX_EXPORT std::vector<SweepPoint> sweep_points(const std::vector<SweepStep>& table,
                                                const std::vector<SweepStep>& arguments);

}  // namespace btx

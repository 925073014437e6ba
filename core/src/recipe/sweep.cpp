#include "recipe/sweep.hpp"

#include "base/hash.hpp"
#include "recipe/override.hpp"
#include "recipe/sweep_values.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>

namespace btx {
namespace {

using Path = std::vector<std::string>;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ExitCode::usage, what);
}

Path path_of(const SweepStep& step) {
  return split_override(step.is_axis() ? step.key + "=0" : step.change).path;
}

void check_distinct(const SweepStep& axis, const Place& place) {
  std::set<std::string> seen;
  for (const auto& value : axis.values) {
    if (seen.insert(value).second) continue;
    fail_at(place, fmt::format("{} has the value {} twice", axis.key, value));
  }
}

void add_table(const Value& table, const std::string& before, std::vector<SweepStep>& axes) {
  for (const auto& [key, values, place] : table.as<Table>()) {
    SweepStep axis{"", before + key, {}};
    if (values.is<Table>()) {
      add_table(values, axis.key + ".", axes);
      continue;
    }
    if (!values.is<Array>() || values.as<Array>().empty()) {
      fail_at(values.place, fmt::format("[sweep] {} needs a list of values, got {}", axis.key,
                                        to_toml_inline(values)));
    }
    for (const auto& value : values.as<Array>()) axis.values.push_back(to_toml_inline(value));
    check_distinct(axis, values.place);
    axes.push_back(std::move(axis));
  }
}

/// A string without the quotes that TOML needs.
std::string bare(const std::string& value) {
  const bool quoted = value.size() > 1 && value.front() == '"' && value.back() == '"';
  return quoted ? value.substr(1, value.size() - 2) : value;
}

/// What a name of a run may not have becomes '_'; a name that changes by that, or is too long, ends
/// with a digest, so that no two become the same.
std::string run_name(const std::string& text) {
  constexpr std::size_t kLongest = 64, kDigits = 8;
  std::string name = text;
  for (char& c : name) {
    const bool good = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.';
    if (!good) c = '_';
  }
  if (name == text && name.size() <= kLongest) return name;
  return name.substr(0, kLongest - kDigits - 1) + "-" + digest(text).substr(0, kDigits);
}

void check_axis(const SweepStep& axis) {
  const Path path = path_of(axis);
  const std::set<std::string> own = {"name", "dir", "store"};
  const bool ours = path[0] == "run" && (path.size() == 1 || own.count(path[1]) > 0);
  if (path[0] == "sweep" || ours) {
    refuse(fmt::format("{} cannot be varied; a sweep sets it for its points", axis.key));
  }
}

std::vector<SweepStep> joined(const std::vector<SweepStep>& table,
                              const std::vector<SweepStep>& arguments) {
  std::set<Path> given;
  for (const auto& step : arguments) given.insert(path_of(step));
  std::vector<SweepStep> steps;
  for (const auto& axis : table) {
    if (given.count(path_of(axis)) == 0) steps.push_back(axis);
  }
  steps.insert(steps.end(), arguments.begin(), arguments.end());
  return steps;
}

std::size_t count_points(const std::vector<SweepStep>& steps) {
  std::size_t count = 1;
  bool axes = false;
  for (const auto& step : steps) {
    if (!step.is_axis()) continue;
    check_axis(step);
    axes = true;
    count *= step.values.size();
    if (count > kMaxSweepPoints) {
      refuse(fmt::format("a sweep of more than {} points; give fewer values", kMaxSweepPoints));
    }
  }
  if (axes) return count;
  refuse("nothing to sweep; give a list, key=a,b, a range, run.seed=1..5, or a [sweep] table");
}

/// The point `index` of `count`.
SweepPoint point_at(const std::vector<SweepStep>& steps, std::size_t index, std::size_t count) {
  SweepPoint point;
  std::string name;
  for (const auto& step : steps) {
    if (!step.is_axis()) {
      point.changes.push_back(step.change);
      continue;
    }
    count /= step.values.size();
    const std::string& value = step.values[index / count % step.values.size()];
    point.changes.push_back(step.key + "=" + value);
    point.label += (point.label.empty() ? "" : ", ") + step.key + "=" + bare(value);
    name += (name.empty() ? "" : "--") + step.key + "-" + bare(value);
  }
  point.name = run_name(name);
  return point;
}

}  // namespace

std::vector<SweepStep> read_sweep_arguments(const std::vector<std::string>& arguments) {
  std::vector<SweepStep> steps;
  std::set<Path> seen;
  for (const auto& text : arguments) {
    const OverrideParts parts = split_override(text);
    const Place place{"command line: " + text};
    const auto values = parts.value ? sweep_values(*parts.value, place) : std::nullopt;
    if (!values) {
      steps.push_back({text, parts.key, {}});
      continue;
    }
    steps.push_back({"", parts.key, *values});
    check_distinct(steps.back(), place);
    if (!seen.insert(parts.path).second) fail_at(place, parts.key + " is given twice");
  }
  return steps;
}

std::vector<SweepStep> read_sweep_table(const Value& sweep) {
  std::vector<SweepStep> axes;
  add_table(sweep, "", axes);
  return axes;
}

std::vector<SweepPoint> sweep_points(const std::vector<SweepStep>& table,
                                     const std::vector<SweepStep>& arguments) {
  const std::vector<SweepStep> steps = joined(table, arguments);
  const std::size_t count = count_points(steps);
  std::vector<SweepPoint> points;
  for (std::size_t i = 0; i < count; ++i) points.push_back(point_at(steps, i, count));
  return points;
}

}  // namespace btx

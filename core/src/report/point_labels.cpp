#include "report/point_labels.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace btx {
namespace {

std::string value_at(const Settings& point, const std::string& key) {
  const auto at = point.find(key);
  return at == point.end() ? "none" : at->second;
}

}  // namespace

PointLabels::PointLabels(const std::vector<Settings>& points, const std::vector<std::string>& order)
    : points_(points), labels_(points.size()) {
  for (const auto& key : order) {
    if (everywhere(key)) use(key, true);
  }
  for (const auto& key : order) {
    if (!everywhere(key)) use(key, !distinct());
  }
}

bool PointLabels::everywhere(const std::string& key) const {
  return std::all_of(points_.begin(), points_.end(),
                     [&](const Settings& point) { return point.count(key) > 0; });
}

bool PointLabels::distinct() const {
  return std::set<std::string>(labels_.begin(), labels_.end()).size() == labels_.size();
}

void PointLabels::use(const std::string& key, bool may_name) {
  std::map<std::string, std::size_t> numbers;
  Partition partition;
  for (const auto& point : points_) {
    partition.push_back(numbers.emplace(value_at(point, key), numbers.size()).first->second);
  }
  if (numbers.size() < 2) return;
  const auto same = std::find_if(named_.begin(), named_.end(),
                                 [&](const auto& entry) { return entry.first == partition; });
  if (same != named_.end()) {
    same->second.push_back(key);
  } else if (!may_name) {
    others_.push_back(key);
  } else {
    named_.push_back({partition, {key}});
    for (std::size_t i = 0; i < labels_.size(); ++i) {
      labels_[i] += (labels_[i].empty() ? "" : ", ") + key + " = " + value_at(points_[i], key);
    }
  }
}

std::vector<std::string> PointLabels::notes() const {
  std::vector<std::string> lines;
  for (const auto& [partition, keys] : named_) {
    if (keys.size() < 2) continue;
    lines.push_back(
        fmt::format("Changed with {}: {}.", keys.front(), join({keys.begin() + 1, keys.end()})));
  }
  if (!others_.empty()) lines.push_back(fmt::format("Also different: {}.", join(others_)));
  return lines;
}

}  // namespace btx

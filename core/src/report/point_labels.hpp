#pragma once
// Names of points of a sweep, from the settings in which they differ.

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace btx {

/// A point's settings: key and value, as text.
using Settings = std::map<std::string, std::string>;

/// Names all points of a sweep. Refers to `points`, which must outlive it.
class PointLabels {
 public:
  /// points[i]: what point i is set to; `order`: every key, in the order in which labels name them.
  PointLabels(const std::vector<Settings>& points, const std::vector<std::string>& order);

  /// "key = value, ..." a point: of keys that tell the same points apart the first one; keys that
  /// some points lack only where the others do not tell all points apart. "" for a single point.
  const std::vector<std::string>& labels() const { return labels_; }
  /// The other keys that differ, in sentences.
  std::vector<std::string> notes() const;

 private:
  /// Number of a key's value at each point: points with the same number have the same value.
  using Partition = std::vector<std::size_t>;

  bool everywhere(const std::string& key) const;
  bool distinct() const;
  void use(const std::string& key, bool may_name);

  const std::vector<Settings>& points_;
  std::vector<std::string> labels_;
  std::vector<std::pair<Partition, std::vector<std::string>>> named_;  ///< first key: in the labels
  std::vector<std::string> others_;
};

}  // namespace btx

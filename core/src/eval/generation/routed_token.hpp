#pragma once
// A token of a text and the experts it went through.

#include <string>
#include <vector>

namespace btx {

/// A piece of text and how the mixture layers shared it out among the experts.
struct RoutedToken {
  std::string text;            ///< whole characters of UTF-8
  std::vector<double> shares;  ///< [E], of sum 1; empty: it went through no expert
  bool generated = false;      ///< else of the prompt
};

}  // namespace btx

#pragma once
// A text with the expert of each token: for a terminal and as HTML (BTX, arXiv:2403.07816, Table
// 6).

#include "eval/generation/routed_token.hpp"

#include <btx/export.hpp>

#include <string>
#include <vector>

namespace btx {

/// Coloured by the expert with the largest share, what was generated underlined; a legend first.
BTX_EXPORT std::string to_ansi(const std::vector<RoutedToken>& tokens,
                               const std::vector<std::string>& experts);

/// One file, nothing fetched; every token's shares in its tooltip.
BTX_EXPORT std::string to_html(const std::vector<RoutedToken>& tokens,
                               const std::vector<std::string>& experts);

}  // namespace btx

#pragma once
// How well a model does on dev text: what a "dev_loss" stage leaves behind.

#include "base/file.hpp"

#include <map>
#include <string>
#include <vector>

namespace btx {

/// One model's losses by domain.
struct DevLoss {
  /// Sums over the tokens of each document.
  struct Domain {
    std::vector<double> nats;    ///< of each dev document, in order
    std::vector<double> tokens;  ///< of each, scored
  };
  std::map<std::string, Domain> domains;

  /// Nats a token. Throws btx::Error for a domain that is not there.
  double mean(const std::string& domain) const;
};

/// Reads and writes dev_loss.json of an artifact.
DevLoss read_dev_loss(const fs::path& folder);
BTX_EXPORT void write_dev_loss(const DevLoss& loss, const fs::path& folder);

}  // namespace btx

#include "eval/dev_loss.hpp"

#include "config/value_access.hpp"

#include <btx/error.hpp>

#include <numeric>

namespace btx {
namespace {

constexpr const char* kDevLossFile = "dev_loss.json";

}  // namespace

double DevLoss::mean(const std::string& domain) const {
  const auto found = domains.find(domain);
  if (found == domains.end()) throw Error("no dev loss of domain '" + domain + "'");
  const auto sum = [](const std::vector<double>& x) {
    return std::accumulate(x.begin(), x.end(), 0.0);
  };
  return sum(found->second.nats) / sum(found->second.tokens);
}

DevLoss read_dev_loss(const fs::path& folder) {
  const fs::path file = folder / kDevLossFile;
  const Value json = from_json(read_file(file), file.string());
  DevLoss loss;
  for (const auto& [domain, value, place] : json.as<Table>()) {
    loss.domains[domain] = {numbers_of(value.at("nats")), numbers_of(value.at("tokens"))};
  }
  return loss;
}

void write_dev_loss(const DevLoss& loss, const fs::path& folder) {
  Value json;
  for (const auto& [domain, losses] : loss.domains) {
    Value value;
    value.set("nats", to_value(losses.nats));
    value.set("tokens", to_value(losses.tokens));
    json.set(domain, std::move(value));
  }
  write_file(folder / kDevLossFile, to_json(json) + "\n");
}

}  // namespace btx

// Key functions and defaults of the SDK's interfaces, so that each has one home for its type
// information.
#include <btx/balance.hpp>
#include <btx/data_source.hpp>
#include <btx/ensemble.hpp>
#include <btx/gate_init.hpp>
#include <btx/merge_strategy.hpp>
#include <btx/plugin.hpp>
#include <btx/router_description.hpp>
#include <btx/task.hpp>

namespace btx {

Registrar::~Registrar() = default;
DocumentReader::~DocumentReader() = default;
DataSource::~DataSource() = default;
Task::~Task() = default;

Ensemble::~Ensemble() = default;
bool Ensemble::needs_documents() const {
  return false;
}
bool Ensemble::needs_dev_loss() const {
  return false;
}
bool Ensemble::needs_log_probabilities() const {
  return false;
}
std::int64_t Ensemble::interval() const {
  return 1;
}

MergeStrategy::~MergeStrategy() = default;
bool MergeStrategy::needs_dev_loss() const {
  return false;
}

GateInit::~GateInit() = default;
bool GateInit::needs_probe() const {
  return false;
}

RouterDescription::~RouterDescription() = default;
double RouterDescription::experts_per_token(std::int64_t num_experts,
                                            std::int64_t /*index*/) const {
  return traits(num_experts).experts_per_token;
}
std::string RouterDescription::mixtral_params(std::int64_t /*experts_per_token*/) const {
  return "";
}
std::vector<RouterTensor> RouterDescription::tensors(const ModelConfig& /*config*/,
                                                     std::int64_t /*layer*/) const {
  return {};
}

Balance::~Balance() = default;
bool Balance::needs_step_means() const {
  return true;
}
bool Balance::moves_selection_bias() const {
  return false;
}
void Balance::after_step(const BalanceStatistics& /*statistics*/,
                         std::vector<double>& /*selection_bias*/) const {}

}  // namespace btx

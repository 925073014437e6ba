#pragma once
// An expert as a stage's settings state it.

#include <btx/model_config.hpp>
#include <btx/params.hpp>

#include <map>
#include <string>

namespace btx {

/// ExpertInfo as a field of settings.
struct ExpertField : ExpertInfo {
  void fields(Fields& f) {
    f("name", name, "name of the model it is a copy of");
    f("domain", domain, "domain that model was trained on; empty for the seed");
    f("group", group, "experts cut from one model share it");
  }
};

/// What a model, or an expert of one, was trained on.
struct TrainedOn {
  std::string model;
  std::map<std::string, double> domains;  ///< by weight

  /// The weights divided by their sum.
  std::map<std::string, double> shares() const {
    std::map<std::string, double> all = domains;
    double sum = 0;
    for (const auto& [domain, weight] : all) sum += weight;
    for (auto& [domain, weight] : all) weight /= sum;
    return all;
  }

  void fields(Fields& f) {
    f("model", model, "name of the model");
    f("domains", domains, "weight of each domain in what it was trained on");
  }
};

}  // namespace btx

// What an ensemble is fitted on: train text by what members were trained on, dev text by domain.
#include "stages/models/ensemble.hpp"
#include "eval/dev_loss.hpp"
#include "plugins/load.hpp"
#include "recipe/stage_names.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>

using namespace btx;
using namespace btx_test;
using Json = nlohmann::json;

namespace {

struct Fit {
  EnsembleWork work;
  StageContext context;

  Fit(const std::string& type, const std::string& params, const std::vector<TrainedOn>& members) {
    load_plugins_under_test();
    work.type = type;
    work.params = resolve_params("ensemble", type, from_json(params, "the test"));
    work.data = members;
    for (const auto& member : members) {
      const fs::path folder = scratch("ensemble-model-" + member.model);
      write_file(folder / "tokenizer.json", "{}");
      work.models.push_back({ExpertInfo{member.model, member.model, member.model}});
      context.inputs.emplace_back("model/" + member.model, folder);
    }
    context.name = "baseline/btm";
    context.output = scratch("ensemble-fitted");
  }

  Json state() const {
    run(work, context);
    return Json::parse(read_file(context.output / "state.txt"));
  }
};

/// A hundred train documents that say one word.
void add_documents(Fit& fit, const std::string& domain, const std::string& word) {
  const fs::path folder = scratch("ensemble-documents-" + domain);
  std::string lines;
  for (int i = 0; i < 100; ++i) {
    lines += fmt::format("{{\"id\":\"{}/{}\",\"text\":\"{}\"}}\n", domain, i, word);
  }
  write_file(folder / "train.jsonl", lines);
  fit.work.domains.push_back(domain);
  fit.context.inputs.emplace_back(documents_stage(domain), folder);
}

/// Losses of a model on dev documents, two of code and one of maths.
void add_dev_loss(Fit& fit, const std::string& model, const std::vector<double>& code,
                  double maths) {
  const fs::path folder = scratch("ensemble-dev-" + model);
  write_dev_loss({{{"code", {code, {1, 1}}}, {"maths", {{maths}, {1}}}}}, folder);
  fit.context.inputs.emplace_back(dev_loss_stage(model), folder);
}

}  // namespace

// Documents of five bytes: of 200 bytes are 40 documents.
TEST_CASE("a member's text is of the domains that it was trained on, by their weights") {
  Fit fit("tfidf", "{}",
          {{"both", {{"code", 3}, {"maths", 1}}}, {"maths", {{"code", 0}, {"maths", 2}}}});
  fit.work.fit_bytes = 200;
  add_documents(fit, "code", "alpha");
  add_documents(fit, "maths", "bravo");
  const Json means = fit.state()["means"];
  CHECK(means[0]["alpha"].get<double>() / means[0]["bravo"].get<double>() ==
        doctest::Approx(30.0 / 10));
  CHECK(means[1].count("alpha") == 0);
  CHECK(means[1]["bravo"].get<double>() == doctest::Approx(1));
}

// Of documents that one member finds three times as likely the posterior is 3/4 and 1/4.
TEST_CASE("dev documents are told with their domains, in the order of the recipe's domains") {
  Fit fit("posterior", R"({"prior":"cached"})", {{"a", {{"code", 1}}}, {"b", {{"maths", 1}}}});
  fit.work.domains = {"maths", "code"};
  add_dev_loss(fit, "a", {0, 0}, std::log(4.0));
  add_dev_loss(fit, "b", {std::log(3.0), std::log(3.0)}, 0);
  const Json priors = fit.state()["priors"];
  CHECK(priors["code"][0].get<double>() == doctest::Approx(3 / 4.0));
  CHECK(priors["code"][1].get<double>() == doctest::Approx(1 / 4.0));
  CHECK(priors["maths"][0].get<double>() == doctest::Approx(1 / 5.0));
  CHECK(priors["maths"][1].get<double>() == doctest::Approx(4 / 5.0));
}

// The stage that fits an ensemble.
#include "data/documents.hpp"
#include "pipeline/base_stages.hpp"
#include "pipeline/dev_loss.hpp"
#include "pipeline/ensemble_folder.hpp"
#include "pipeline/merge_inputs.hpp"
#include "recipe/value_access.hpp"
#include "tokenizer/tokenizer.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {
namespace {

/// Train text of one domain, or of all if `domain` is empty, `limit` bytes in all, as
/// documents_within() counts them in each domain.
std::vector<std::string> train_text(const StageContext& context, const std::string& domain,
                                    std::size_t limit) {
  const auto all = strings_of(context.config.at("domains"));
  const std::vector<std::string> domains = domain.empty() ? all : std::vector{domain};
  std::vector<std::string> texts;
  for (const auto& name : domains) {
    const std::size_t share = std::max<std::size_t>(1, limit / domains.size());
    for (auto& document :
         documents_within(context.input("documents/" + name), Split::train, share)) {
      texts.push_back(std::move(document.text));
    }
  }
  return texts;
}

/// [dev documents][members], over all domains.
std::vector<std::vector<double>> dev_losses(const StageContext& context,
                                            const std::vector<EnsembleMember>& members) {
  std::vector<std::vector<double>> losses;
  for (std::size_t m = 0; m < members.size(); ++m) {
    const DevLoss mine = read_dev_loss(context.input("dev_loss/" + members[m].name));
    std::size_t document = 0;
    for (const auto& domain : strings_of(context.config.at("domains"))) {
      for (const double nats : mine.domains.at(domain).nats) {
        if (m == 0) losses.emplace_back();
        losses.at(document++).push_back(nats);
      }
    }
  }
  return losses;
}

void copy_common_tokenizer(const StageContext& context,
                           const std::vector<EnsembleMember>& members) {
  const auto folder = [&](const EnsembleMember& member) {
    return context.input("model/" + member.name);
  };
  for (const auto& member : members) {
    if (same_tokenizer(folder(member), folder(members.front()))) continue;
    throw Error(ExitCode::usage,
                fmt::format("{} and {} have different tokenizers; an ensemble needs one tokenizer",
                            members.front().name, member.name));
  }
  copy_tokenizer(folder(members.front()), context.output);
}

}  // namespace

void run_ensemble(const StageContext& context) {
  const auto& type = context.config.at("type").as<std::string>();
  const Value& params = context.config.at("params");
  const auto limit = static_cast<std::size_t>(context.config.at("fit_bytes").as<std::int64_t>());
  const auto ensemble = make_component<Ensemble>(type, params);
  EnsembleFit fit;
  for (const auto& info : context.config.at("models").as<Array>()) {
    const ExpertInfo expert = expert_from(info);
    fit.members.push_back({expert.name, expert.domain});
  }
  if (ensemble.call([](const Ensemble& e) { return e.needs_documents(); })) {
    for (const auto& member : fit.members) {
      fit.documents.push_back(train_text(context, member.domain, limit));
    }
  }
  if (ensemble.call([](const Ensemble& e) { return e.needs_dev_loss(); })) {
    fit.dev_loss = dev_losses(context, fit.members);
  }
  const std::string state = ensemble.call([&](const Ensemble& e) { return e.fit(fit); });
  write_ensemble(type, params, fit.members, state, context.output);
  copy_common_tokenizer(context, fit.members);
}

}  // namespace btx

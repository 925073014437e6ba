#include "stages/models/ensemble.hpp"

#include "checkpoint/tokenizer_files.hpp"
#include "data/sample_documents.hpp"
#include "eval/dev_loss.hpp"
#include "eval/ensemble/ensemble_folder.hpp"
#include "recipe/stage_names.hpp"

#include <algorithm>

namespace btx {
namespace {

/// About work.fit_bytes of what a member was trained on: of each domain's train documents a fair
/// sample, as large as the domain's share of the training.
std::vector<std::string> train_text(const EnsembleWork& work, const StageContext& context,
                                    const TrainedOn& member) {
  double sum = 0;
  for (const auto& [domain, weight] : member.domains) sum += weight;
  std::vector<std::string> texts;
  for (const auto& [domain, weight] : member.domains) {
    if (weight == 0) continue;
    const double bytes = static_cast<double>(work.fit_bytes) * weight / sum;
    auto sample = sample_documents(context.input(documents_stage(domain)), Split::train,
                                   std::max<std::size_t>(1, static_cast<std::size_t>(bytes)));
    for (auto& document : sample.documents) texts.push_back(std::move(document.text));
  }
  return texts;
}

/// Every domain's dev documents.
void add_dev_losses(const EnsembleWork& work, const StageContext& context, EnsembleFit& fit) {
  auto& losses = fit.dev_loss;
  for (std::size_t m = 0; m < work.models.size(); ++m) {
    const DevLoss mine = read_dev_loss(context.input(dev_loss_stage(work.models[m].name)));
    std::size_t document = 0;
    for (const auto& domain : work.domains) {
      for (const double nats : mine.domains.at(domain).nats) {
        if (m == 0) {
          losses.emplace_back();
          fit.dev_domains.push_back(domain);
        }
        losses.at(document++).push_back(nats);
      }
    }
  }
}

}  // namespace

void run(const EnsembleWork& work, const StageContext& context) {
  const auto ensemble = make_component<Ensemble>(work.type, work.params);
  EnsembleFit fit;
  for (const auto& model : work.models) fit.members.push_back({model.name, model.domain});
  if (ensemble.call([](const Ensemble& e) { return e.needs_documents(); })) {
    for (const auto& member : work.data) fit.documents.push_back(train_text(work, context, member));
  }
  if (ensemble.call([](const Ensemble& e) { return e.needs_dev_loss(); })) {
    add_dev_losses(work, context, fit);
  }
  const std::string state = ensemble.call([&](const Ensemble& e) { return e.fit(fit); });
  write_ensemble(work.type, work.params, fit.members, state, context.output);
  copy_common_tokenizer(context.inputs, context.output);
}

}  // namespace btx

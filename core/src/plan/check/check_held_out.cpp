#include "plan/check/check_held_out.hpp"

#include "config/place.hpp"
#include "data/documents.hpp"
#include "recipe/stage_names.hpp"
#include "stages/scoring/scoring.hpp"

namespace btx {

void check_held_out(const ResolvedRecipe& resolved, const StageGraph& graph, const Store& store) {
  TextHashes trained;
  for (const auto& domain : resolved.domains()) {
    const Stage& documents = graph.find(documents_stage(domain));
    if (!store.has(documents)) return;
    add_train_hashes(store.artifact(documents), trained);
  }
  for (const auto& domain : resolved.domains()) {
    const fs::path folder = store.artifact(graph.find(documents_stage(domain)));
    const SampleSize size = sample_documents(folder, Split::test, 1, trained).size;
    if (size.documents > 0) continue;
    with_place(resolved.tree, {"data", domain},
               [&] { fail_nothing_held_out(domain, size.left_out); });
  }
}

}  // namespace btx

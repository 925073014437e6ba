#pragma once
// Small mixtures with any router.

#include <ATen/ops/empty.h>  // before doctest's header: LibTorch has a CHECK of its own

#include "contract/components.hpp"
#include "mix/models.hpp"
#include "model/load.hpp"
#include "model/plain_engine.hpp"

#include <string>

namespace btx_test {

/// The models merged by "btx" with this router, and a selection bias of zeros.
inline btx::LoadedModel mixture(const Models& models, const std::string& router,
                                btx::Granularity granularity, const btx::Value& params = {}) {
  btx::RouterConfig config = top_k_router();
  config.type = router;
  config.params = btx::resolve_params("router", router, params);
  config.granularity = granularity;
  const btx::MixPlan plan = btx_test::plan("btx", models, "{}", config);
  const btx::fs::path folder = execute(plan, models, "contract-mixture").path().parent_path();
  btx::write_file(folder / "config.json", btx::config_to_json(plan.config, {false, 1}));
  return btx::load_model(btx::ModelFolder(folder), plain_engine(), {true, {}, true});
}

}  // namespace btx_test

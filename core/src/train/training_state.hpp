#pragma once
// Training checkpoints: everything a stage needs to go on to the same bits.

#include "model/parameters.hpp"
#include "train/adamw.hpp"

#include "base/file.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace btx {

/// What goes on beside the tensors.
struct TrainingState {
  std::int64_t step = 0;      ///< optimizer steps done
  double seconds = 0;         ///< of the steps so far, over all attempts
  double last_loss = 0;       ///< lm_loss of the last step
  std::vector<double> slots;  ///< so far: slots that experts filled, a routing site each
  std::string computed;       ///< TrainingRun::computed of the run that saved it
};

/// Writes folder/step-00000120 (parameters, moments, state), complete or absent, then removes all
/// but the newest `keep`. Throws btx::Error (a full disk is named).
BTX_EXPORT void save_checkpoint(const fs::path& folder, const TrainingState& state,
                                const Parameters& parameters, AdamW& optimizer, std::int64_t keep);

/// The folder of the newest checkpoint of fewer than `step` steps.
BTX_EXPORT std::optional<fs::path> newest_checkpoint_before(const fs::path& folder,
                                                            std::int64_t step);

/// Loads the newest checkpoint of the folder that can be read and removes damaged ones after it,
/// with a warning: the bits are the same from any of them. Nothing if there is no checkpoint.
/// Throws btx::Error if there are some and none can be read; the tensors are then undefined.
BTX_EXPORT std::optional<TrainingState> load_checkpoint(const fs::path& folder,
                                                        Parameters& parameters, AdamW& optimizer);

}  // namespace btx

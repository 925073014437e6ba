// The entry of the library with LibTorch in it.
#include "stages/core_api.hpp"
#include "stages/kinds.hpp"
#include "stages/models/gates.hpp"
#include "stages/models/train.hpp"
#include "stages/scoring/dev_loss.hpp"
#include "stages/scoring/evaluate.hpp"

extern "C" BTX_EXPORT const btx::CoreApi* btx_core_v1() {
  static const btx::CoreApi api{
      {btx::stage_kind<btx::TrainWork>(), btx::stage_kind<btx::GatesWork>(),
       btx::stage_kind<btx::DevLossWork>(), btx::stage_kind<btx::EvaluateWork>()},
      &btx::continue_prompt,
      &btx::bench_step};
  return &api;
}

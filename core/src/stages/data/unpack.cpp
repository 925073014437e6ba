#include "stages/data/unpack.hpp"

#include "data/pack.hpp"

namespace btx {

void run(const UnpackWork& work, const StageContext& context) {
  unpack_stage(context.place("pack"), work.stage, context.output);
}

}  // namespace btx

#!/usr/bin/env bash
# The walks of core/docs/architecture.md are as short as it says: a new stage kind touches at most five
# files, a new verb three, the CUDA version of an operation three. Each is made in a copy of the tree,
# counted, and compiled as far as its syntax. Usage: walks.sh SOURCE BUILD
set -euo pipefail
root=$(realpath "$1") build=$(realpath "$2")
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r "$root/core" "$root/tests" "$copy"
cd "$copy"
export GIT_AUTHOR_NAME=walks GIT_AUTHOR_EMAIL=walks GIT_COMMITTER_NAME=walks GIT_COMMITTER_EMAIL=walks
git init -q . && git add -A && git commit -qm before

fail() { echo "FAILED: $*" >&2; exit 1; }

commands=$(bash "$root/tests/commands.sh" "$build")
# command_of FILE: how the build compiles a file of the tree, without output.
command_of() {
  grep -F " -c $root/$1\"" "$commands" | head -1 | sed -E 's/.*"command": "//; s/",?$//; s/ -o .*//; s/\\"/"/g'
}

# compiles FILE LIKE: the copy's FILE is sound, with the flags that the build has for LIKE. LibTorch and the
# build may lie in the tree, too; they stay where they are.
compiles() {
  local command
  command=$(command_of "$2")
  [ -n "$command" ] || fail "the build does not know $2"
  command=${command//"$root/core/"/"$copy/core/"}
  eval "${command//"$root/tests"/"$copy/tests"} -fsyntax-only $copy/$1" || fail "$1 does not compile"
}

# touched MOST WHAT: no more files than that; then the copy is as it was.
touched() {
  local files
  files=$(git status --porcelain -uall | awk '{ print $2 }')
  echo "$2:" $files
  [ "$(wc -l <<< "$files")" -le "$1" ] || fail "$2 touches more than $1 files"
  git add -A && git stash -q
}

# put TEXT BEFORE FILE: adds lines before the first line that has BEFORE.
put() {
  grep -qF -- "$2" "$3" || fail "$3 has no line with $2"
  awk -v text="$1" -v mark="$2" '!done && index($0, mark) { print text; done = 1 } { print }' "$3" > put.tmp
  mv put.tmp "$3"
}

stage_kind() {
  cat > core/src/stages/scoring/tensor_count.hpp <<'CPP'
#pragma once
// Counts a model's tensors.

#include "pipeline/stage_context.hpp"

#include <btx/params.hpp>

namespace btx {

/// Inputs: "model".
struct TensorCountWork {
  static constexpr const char* kKind = "tensor_count";
  static constexpr std::int64_t kNumerics = 1;
  bool matrices_only = false;
  void fields(Fields& f) { f("matrices_only", matrices_only, "vectors are left out"); }
};

/// Writes count.txt.
BTX_EXPORT void run(const TensorCountWork& work, const StageContext& context);

}  // namespace btx
CPP
  cat > core/src/stages/scoring/tensor_count.cpp <<'CPP'
#include "stages/scoring/tensor_count.hpp"

#include "checkpoint/model_folder.hpp"

#include <algorithm>

namespace btx {

void run(const TensorCountWork& work, const StageContext& context) {
  const ModelFolder model(context.input("model"));
  const auto counted = [&](const TensorInfo& t) { return !work.matrices_only || t.shape.size() > 1; };
  const auto count = std::ranges::count_if(model.tensors(), counted);
  write_file(context.output / "count.txt", std::to_string(count) + "\n");
}

}  // namespace btx
CPP
  put '#include "stages/scoring/tensor_count.hpp"' '#include <btx/error.hpp>' core/src/stages/kinds.cpp
  sed -i 's/stage_kind<ReportWork>()/stage_kind<ReportWork>(), stage_kind<TensorCountWork>()/' core/src/stages/kinds.cpp
  sed -i 's#scoring/report.cpp#scoring/report.cpp scoring/tensor_count.cpp#' core/src/stages/CMakeLists.txt
  put '#include "stages/scoring/tensor_count.hpp"' '#include <btx/error.hpp>' core/src/plan/plan_report.cpp
  put '  Stage count = make_stage("tensor_count/" + compared.name, TensorCountWork{});
  count.inputs = {{"model", model.stage}};
  add(std::move(count));' '  EvaluationSize size;' core/src/plan/plan_report.cpp
  compiles core/src/stages/scoring/tensor_count.cpp core/src/stages/kinds.cpp
  compiles core/src/stages/kinds.cpp core/src/stages/kinds.cpp
  compiles core/src/plan/plan_report.cpp core/src/plan/plan_report.cpp
  touched 5 "a stage kind"
}

verb() {
  cat > core/src/cli/hello.cpp <<'CPP'
#include "cli/cli.hpp"

#include <fmt/format.h>

namespace btx {

void add_hello(Verb app, CommandLine& /*line*/) {
  app.add_verb("hello", "Say hello").runs([] { fmt::print("hello\n"); return 0; });
}

}  // namespace btx
CPP
  put 'void add_hello(Verb app, CommandLine& line);' 'void add_version(' core/src/cli/verbs.cpp
  put '  add_hello(app, line);' '  add_version(app, line);' core/src/cli/verbs.cpp
  printf '\n===== btx hello\n' >> tests/cli/help.golden
  compiles core/src/cli/hello.cpp core/src/cli/verbs.cpp
  compiles core/src/cli/verbs.cpp core/src/cli/verbs.cpp
  touched 3 "a verb"
}

cuda_operation() {
  cat > core/src/cuda/linear.cu <<'CPP'
#include "cuda/kernels.hpp"
#include "cuda/launch.hpp"

namespace btx::cuda {
namespace {

__global__ void products(const float* x, const float* w, float* y, int inputs) {
  float sum = 0;
  for (int i = 0; i < inputs; ++i) sum += x[blockIdx.x * inputs + i] * w[threadIdx.x * inputs + i];
  y[blockIdx.x * blockDim.x + threadIdx.x] = sum;
}

}  // namespace
}  // namespace btx::cuda

BTX_CUDA_FUNCTION int btx_cuda_linear(void* stream, const float* x, const float* w, int rows, int inputs,
                                      int outputs, float* y) {
  return btx::cuda::launch(btx::cuda::products, static_cast<unsigned>(rows), static_cast<unsigned>(outputs), stream, x, w, y,
                           inputs);
}
CPP
  put '/// y = x w^T: x [rows, inputs], w [outputs, inputs], up to 1024 outputs.
int btx_cuda_linear(void* stream, const float* x, const float* w, int rows, int inputs, int outputs, float* y);
' '}  // extern "C"' core/src/cuda/kernels.hpp
  put 'namespace cuda {
namespace {

at::Tensor linear(const at::Tensor& x, const Weight& w) {
  at::Tensor y = at::empty({x.size(0), w.compute.size(0)}, x.options());
  BTX_CUDA(linear)(x.const_data_ptr<float>(), w.compute.const_data_ptr<float>(),
                   static_cast<int>(x.size(0)), static_cast<int>(x.size(1)), static_cast<int>(y.size(1)),
                   y.mutable_data_ptr<float>());
  return y;
}

}  // namespace
}  // namespace cuda
' 'const Ops& cuda_ops()' core/src/kernels/cuda/table.cpp
  put '    made.linear = cuda::linear;' '    return made;' core/src/kernels/cuda/table.cpp
  put '#include "kernels/cuda/module.hpp"' '#include "kernels/cuda/ops.hpp"' core/src/kernels/cuda/table.cpp
  put '#include <ATen/ops/empty.h>
' 'namespace btx {' core/src/kernels/cuda/table.cpp
  compiles core/src/kernels/cuda/table.cpp core/src/kernels/choose.cpp
  local nvcc
  nvcc=$(sed -n 's/^BTX_NVCC:FILEPATH=//p' "$build/CMakeCache.txt")
  if [ -x "$nvcc" ]; then
    "$nvcc" -std=c++17 -arch=sm_90 --ptx -o linear.ptx -I core/src core/src/cuda/linear.cu > nvcc.log 2>&1 ||
      { tail -5 nvcc.log; fail "nvcc"; }
    grep -q products linear.ptx || fail "there is no kernel in what nvcc wrote"
    rm linear.ptx nvcc.log
  else
    echo "no nvcc here: the .cu file is not compiled"
  fi
  touched 3 "the CUDA version of an operation"
}

stage_kind
verb
cuda_operation

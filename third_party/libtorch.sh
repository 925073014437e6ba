# LibTorch and the CUDA libraries it names: found, or downloaded and unpacked. Sourced, never run.
#
#   .downloads/                 wheels as they came
#   .libtorch/torch/            include/ and lib/ of the wheel
#   .libtorch/nvidia/*/lib/     CUDA libraries: links into the toolkit, or unpacked wheels
#   .libtorch/linked/           links to a LibTorch of the user's that lacks CUDA libraries of its own
#
# libtorch_cpu.so looks for its CUDA libraries in ../../nvidia/*/lib, so no path has to be set.

TOOLKIT="${CUDA_HOME:-/usr/local/cuda}"

# fetch_wheel SHA256 FILE: prints where the wheel lies, after checking it.
fetch_wheel() {
  local sum="$1" file="$2" name version folder
  for folder in "$DOWNLOADS" "${BTX_OFFLINE_DIR:-$DOWNLOADS}/wheels"; do
    if [ -f "$folder/$file" ]; then
      check_sum "$sum" "$folder/$file"
      echo "$folder/$file"
      return
    fi
  done
  [ -z "${BTX_OFFLINE_DIR:-}" ] || die "$BTX_OFFLINE_DIR/wheels has no $file, and BTX_OFFLINE_DIR forbids to download it"
  IFS=- read -r name version _ <<< "$file"
  say "downloading $name $version"
  python3 -m pip --version >/dev/null 2>&1 || need_packages "${DOWNLOAD_PACKAGES[@]}"
  mkdir -p "$DOWNLOADS/partial"
  local platforms=() p
  for p in manylinux_2_28 manylinux_2_27 manylinux_2_25 manylinux_2_18 manylinux_2_17 manylinux2014 \
           manylinux_2_12 manylinux2010 manylinux_2_5 manylinux1; do
    platforms+=(--platform "${p}_x86_64")
  done
  TMPDIR="$DOWNLOADS/partial" python3 -m pip download --quiet --no-deps --no-cache-dir \
    --only-binary=:all: --python-version 3.11 --implementation cp --abi cp311 "${platforms[@]}" \
    --dest "$DOWNLOADS/partial" "$name==$version" >&2 ||
    die "could not download $name $version; without a network set BTX_OFFLINE_DIR, or BTX_TORCH_DIR to a LibTorch $TORCH_VERSION"
  check_sum "$sum" "$DOWNLOADS/partial/$file"
  mv "$DOWNLOADS/partial/$file" "$DOWNLOADS/$file"
  rm -rf "$DOWNLOADS/partial"
  echo "$DOWNLOADS/$file"
}

check_sum() {
  echo "$1  $2" | sha256sum --check --status 2>/dev/null || die "$2 is not the file that was pinned (sha256 differs); delete it and try again"
}

# unpack WHEEL PATTERN...: into a folder beside, from which finished parts are moved; prints it.
unpack() {
  local wheel="$1"
  shift
  local folder="$LIBTORCH/unpacking"
  rm -rf "$folder"
  mkdir -p "$folder"
  unzip -q "$wheel" "$@" -d "$folder"
  echo "$folder"
}

torch_version() {
  local header="$1/include/torch/headeronly/version.h"
  [ ! -f "$header" ] || sed -nE 's/^#define TORCH_VERSION_(MAJOR|MINOR|PATCH) ([0-9]+)$/\2/p' "$header" | paste -sd.
}

# The CUDA libraries that LibTorch in $1 needs and the loader does not find.
unresolved() {
  local library="$1/lib/libtorch_cpu.so"
  [ "$WITH_CUDA" = no ] || library="$1/lib/libtorch_cuda.so"
  ldd "$library" 2>/dev/null | sed -nE 's/^\s*(\S+) => not found$/\1/p'
}

wheel_torch() {
  local wheel folder
  if [ "$(torch_version "$LIBTORCH/torch")" != "$TORCH_VERSION" ] || [ ! -e "$LIBTORCH/torch/lib/libtorch_cpu.so" ]; then
    wheel=$(fetch_wheel $TORCH_WHEEL) || exit
    say "unpacking LibTorch $TORCH_VERSION"
    folder=$(unpack "$wheel" 'torch/include/*' 'torch/lib/*.so*' \
      -x 'torch/lib/libtorch_python.so' 'torch/lib/*cuda*' 'torch/lib/*nv*')
    rm -rf "$LIBTORCH/torch"
    mv "$folder/torch" "$LIBTORCH/torch"
  fi
  if [ "$WITH_CUDA" = yes ] && [ ! -e "$LIBTORCH/torch/lib/libtorch_cuda.so" ]; then
    wheel=$(fetch_wheel $TORCH_WHEEL) || exit
    say "unpacking LibTorch's CUDA part"
    folder=$(unpack "$wheel" 'torch/lib/*cuda*' 'torch/lib/*nv*')
    mv "$folder"/torch/lib/* "$LIBTORCH/torch/lib/"
  fi
  rm -rf "$LIBTORCH/unpacking"
}

# One CUDA library: there already, linked from the toolkit, or from its wheel.
need_library() {
  local library="$1" sum="$2" wheel_name="$3" folder wheel
  compgen -G "$LIBTORCH/nvidia/*/lib/$library" >/dev/null && return
  mkdir -p "$LIBTORCH/nvidia/cu13/lib"
  for folder in "$TOOLKIT/lib64" "$TOOLKIT/lib" "$TOOLKIT/extras/CUPTI/lib64"; do
    if [ -e "$folder/$library" ]; then
      ln -sf "$folder/${library%%.so*}"*.so.* "$LIBTORCH/nvidia/cu13/lib/"
      return
    fi
  done
  wheel=$(fetch_wheel "$sum" "$wheel_name") || exit
  folder=$(unpack "$wheel" 'nvidia/*/lib/*.so*')
  cp -r "$folder/nvidia" "$LIBTORCH/"
  rm -rf "$folder"
}

need_cuda_libraries() {
  local wheel wheels=("${CPU_WHEELS[@]}")
  [ "$WITH_CUDA" = no ] || wheels+=("${GPU_WHEELS[@]}")
  for wheel in "${wheels[@]}"; do
    need_library $wheel
  done
}

# A LibTorch of the user's: as it is when the loader finds all it needs, else linked beside ours.
# Sets TORCH_DIR; fails when it needs libraries that are not CUDA 13's.
adopt_torch() {
  local torch="$1" linked="$LIBTORCH/linked"
  TORCH_DIR="$torch"
  [ -n "$(unresolved "$torch")" ] || return 0
  need_cuda_libraries
  mkdir -p "$linked/torch/lib"
  ln -sfn ../nvidia "$linked/nvidia"
  ln -sfn "$torch/include" "$linked/torch/include"
  ln -sf "$torch"/lib/*.so* "$linked/torch/lib/"
  TORCH_DIR="$linked/torch"
  [ -z "$(unresolved "$TORCH_DIR")" ]
}

adopt_named_torch() {
  local found
  found=$(torch_version "$BTX_TORCH_DIR")
  [ "$found" = "$TORCH_VERSION" ] || die "BTX_TORCH_DIR=$BTX_TORCH_DIR: needed LibTorch $TORCH_VERSION, \
a folder with include/ and lib/; found ${found:-none}" 2
  adopt_torch "$(realpath "$BTX_TORCH_DIR")" || die "BTX_TORCH_DIR=$BTX_TORCH_DIR: it needs libraries that \
are not here: $(unresolved "$TORCH_DIR" | paste -sd' '); name one for CUDA 13 or for CPUs, or unset BTX_TORCH_DIR" 2
}

adopt_python_torch() {
  local torch
  torch=$(python3 -c 'import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])' 2>/dev/null) &&
    [ "$(torch_version "$torch")" = "$TORCH_VERSION" ] && adopt_torch "$torch" && say "taking LibTorch from $torch"
}

# Sets TORCH_DIR: BTX_TORCH_DIR, else what was unpacked before, else the installed python3's, else
# the wheel.
need_torch() {
  mkdir -p "$LIBTORCH"
  if [ -n "${BTX_TORCH_DIR:-}" ]; then
    adopt_named_torch
  elif [ -d "$LIBTORCH/torch" ] || ! adopt_python_torch; then
    wheel_torch
    need_cuda_libraries
    TORCH_DIR="$LIBTORCH/torch"
  fi
}

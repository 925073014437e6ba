# The CUDA compiler: found, or downloaded and unpacked. Sourced, never run.
#
#   .libtorch/nvcc/nvidia/cu13/   bin/nvcc and what it needs, of unpacked wheels

is_cuda_13() { [ -x "$1" ] && "$1" --version 2>/dev/null | grep -q 'release 1[3-9]'; }

# Sets NVCC: of CUDACXX, of the path, of the toolkit, where it is of CUDA 13 or later; else of the wheels.
need_nvcc() {
  local found wheel folder
  for found in "${CUDACXX:-}" "$(command -v nvcc || true)" "$TOOLKIT/bin/nvcc"; do
    ! is_cuda_13 "$found" || { NVCC="$found"; return; }
  done
  NVCC="$LIBTORCH/nvcc/nvidia/cu13/bin/nvcc"
  [ ! -x "$NVCC" ] || return 0
  rm -rf "$LIBTORCH/nvcc.part"
  mkdir -p "$LIBTORCH/nvcc.part"
  for wheel in "${NVCC_WHEELS[@]}"; do
    wheel=$(fetch_wheel $wheel) || exit
    folder=$(unpack "$wheel" 'nvidia/cu13/*')
    cp -r "$folder/nvidia" "$LIBTORCH/nvcc.part/"
    rm -rf "$folder"
  done
  chmod -R u+x "$LIBTORCH/nvcc.part/nvidia/cu13/"{bin,nvvm/bin}
  # The linker looks for the library by its plain name.
  ln -sf libcudart.so.13 "$LIBTORCH/nvcc.part/nvidia/cu13/lib/libcudart.so"
  mv "$LIBTORCH/nvcc.part" "$LIBTORCH/nvcc"
}

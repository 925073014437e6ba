#!/usr/bin/env bash
# Which device `auto` takes, and what is said of a GPU that cannot be used: with a driver that says
# there is one, and with LibTorch's CUDA part missing, damaged or useless.
. "$(dirname "$0")/common.sh" "$1"
command -v cc > /dev/null || { echo "skipped: no C compiler"; exit 77; }
cat > driver.c << 'C'
#include <stddef.h>
#include <string.h>
int cuInit(unsigned flags) { return 0; }
int cuDeviceGetCount(int* count) { return *count = 1, 0; }
int cuDeviceGetName(char* name, int size, int device) { return strncpy(name, "Test Card", size), 0; }
int cuDeviceTotalMem_v2(size_t* bytes, int device) { return *bytes = 8000000000, 0; }
int cuDriverGetVersion(int* version) { return *version = 12040, 0; }
C
mkdir driver torch torch/lib
cc -shared -fPIC -o driver/libcuda.so.1 driver.c
export LD_LIBRARY_PATH="$work/driver"
torch=$(sed -n 's/^BTX_TORCH_DIR:PATH=//p' "$(dirname "$btx")/CMakeCache.txt")
[ -n "$torch" ] || { echo "skipped: the build's LibTorch is not known"; exit 77; }
[ ! -e "$torch/lib/libtorch_cuda.so" ] || { echo "skipped: this LibTorch has its CUDA part"; exit 77; }
sed -i 's/device = "cpu"/device = "auto"/' tiny.toml

# A LibTorch for CPUs alone beside a GPU: the CPU, and a word on it.
expect 0 "$btx" run tiny.toml
said "this machine has a GPU (Test Card), but the LibTorch in $torch has no CUDA part: the CPU is used"
grep -q '"gpus": *\[{"name": *"Test Card", *"memory_bytes": *8000000000}\], *"driver_cuda": *"12.4"' runs/tiny/env.json ||
  { cp runs/tiny/env.json out.txt; fail "env.json does not name the card"; }
expect 0 "$btx" plan tiny.toml
said "Models are computed on the CPU in float32."
grep -q '"computed":{"device":"cpu","dtype":"float32","kernels":"fast","threads":1}' runs/store/train-*/manifest.json ||
  { cat runs/store/train-*/manifest.json > out.txt; fail "the manifest does not say on what it was computed"; }
grep -q "Computed on cpu in float32." runs/tiny/report/report.txt || fail "the report does not say where it was computed"
expect 1 "$btx" run tiny.toml engine.device=cuda run.name=asked
said "engine.device = \"cuda\": LibTorch's CUDA part cannot be opened: $torch/lib/libtorch_cuda.so: "
said "or engine.device=cpu"

# A LibTorch with a CUDA part that is no library: named by its path, and by why.
for file in "$torch"/lib/*; do ln -s "$file" torch/lib/; done
echo "no library" > torch/lib/libtorch_cuda.so
export BTX_TORCH_DIR="$work/torch"
expect 0 "$btx" plan tiny.toml
said "Models are computed on a GPU (Test Card, 7.5 GiB of memory) in float32."
expect 1 "$btx" run tiny.toml run.name=damaged run.store=damaged
said "LibTorch's CUDA part cannot be opened: $work/torch/lib/libtorch_cuda.so: "
said "not started: "

# One that opens and cannot compute: what LibTorch says, and what the driver can do.
echo "int nothing;" | cc -shared -fPIC -x c -o torch/lib/libtorch_cuda.so -
expect 1 "$btx" run tiny.toml run.name=useless run.store=useless
said "CUDA cannot be used here: "
said "(the driver runs CUDA up to 12.4)"

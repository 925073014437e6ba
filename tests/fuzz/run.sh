#!/usr/bin/env bash
# run.sh WORK_DIR [SECONDS] [TARGET...]: libFuzzer with AddressSanitizer and UBSan on the readers of foreign
# files, SECONDS each (600). Needs clang. Starts from corpus/; with KEEP=1 adds to it the smallest inputs that
# cover what was found. Exit code 1 if a target crashed; the input lies in WORK_DIR.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
work="${1:?usage: run.sh WORK_DIR [SECONDS] [TARGET...]}"
seconds="${2:-600}"
targets=("${@:3}")
[ "${#targets[@]}" -gt 0 ] || targets=(tokenizer_json sentencepiece safetensors gguf)
command -v clang++ >/dev/null || { echo "fuzz: needs clang++ (Debian: apt-get install clang)" >&2; exit 2; }
mkdir -p "$work/objects"

# The instrumented code: the readers and what they stand on.
sources=("$root"/core/src/base/{error,file,hash,log,random,text}.cpp
  "$root"/core/src/pretokenizer/*.cpp "$root"/core/src/tokenizer/{,*/}*.cpp
  "$root"/core/src/checkpoint/{convert,safetensors}.cpp "$root"/core/src/checkpoint/gguf/*.cpp
  "$root"/core/src/model_spec/{layout,rope,routing_sites,tensor_names}.cpp "$root/tests/fuzz/targets.cpp")
flags=(-std=c++20 -g -O1 -fno-omit-frame-pointer "-I$root/core/include" "-I$root/core/src" "-I$root/tests"
  -DSPDLOG_COMPILED_LIB -DSPDLOG_SHARED_LIB -DSPDLOG_FMT_EXTERNAL -DFMT_SHARED)

object_of() { echo "$work/objects/$(echo "${1#"$root"/}" | tr / _).o"; }
for source in "${sources[@]}"; do
  [ "$(object_of "$source")" -nt "$source" ] || printf '%s\0%s\0' "$source" "$(object_of "$source")"
done | FLAGS="${flags[*]} -fsanitize=fuzzer-no-link,address,undefined" xargs -0 --no-run-if-empty -P "$(nproc)" -n 2 \
  bash -c 'clang++ $FLAGS -c "$0" -o "$1"'

failed=0
for target in "${targets[@]}"; do
  clang++ "${flags[@]}" "-DBTX_FUZZ_TARGET=fuzz_$target" -fsanitize=fuzzer,address,undefined \
    "$root/tests/fuzz/libfuzzer_entry.cpp" "$work"/objects/*.o -o "$work/$target" \
    -lspdlog -lfmt -lpcre2-8 -lzstd -lz -lxxhash -lutf8proc -lsentencepiece -ldl -lpthread
  mkdir -p "$work/corpus/$target"
  UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 "$work/$target" "$work/corpus/$target" "$root/tests/fuzz/corpus/$target" \
    -max_total_time="$seconds" -artifact_prefix="$work/$target-" -rss_limit_mb=2048 -malloc_limit_mb=512 \
    -timeout=20 -max_len=20000 -print_final_stats=1 > "$work/$target.log" 2>&1 || failed=1
  echo "$target: $(grep -aE 'stat::number_of_executed_units|SUMMARY' "$work/$target.log" | tr -s ' \n' ' ')"
  if [ "${KEEP:-0}" = 1 ]; then
    "$work/$target" -merge=1 "$root/tests/fuzz/corpus/$target" "$work/corpus/$target" 2>> "$work/$target.log"
  fi
done
exit "$failed"

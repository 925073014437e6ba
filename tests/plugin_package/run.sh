#!/usr/bin/env bash
# Installs the build, builds plugins/template outside the tree against it, and lets the installed
# program describe it. Arguments: source folder, build folder.
set -euo pipefail
source_folder="$1" build_folder="$2"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build_folder" --prefix "$work/first" > "$work/install.log" || { cat "$work/install.log"; exit 1; }
# Moved, to show that nothing in it remembers where it was installed.
mv "$work/first" "$work/btx"

cp -r "$source_folder/plugins/template" "$work/template"
cmake -S "$work/template" -B "$work/template/build" "-DCMAKE_PREFIX_PATH=$work/btx" \
  -DCMAKE_CXX_FLAGS="-Wall -Wextra -Wpedantic -Werror"
cmake --build "$work/template/build"

cd "$work"
env -u LD_LIBRARY_PATH BTX_PLUGIN_PATH="$work/template/build" btx/bin/btx plugin info router:template | tee info.txt
grep -q "plugin template_router 0.1.0, $work/template/build/template_router.so" info.txt
btx/bin/btx plugin ls | tee ls.txt
for component in router:top_k balance:btx merge:btx merge:btm_average task:bits_per_byte; do
  grep -q "^$component .*$work/btx/lib/btx/plugins/" ls.txt || { echo "$component was not installed"; exit 1; }
done
! grep 'not loaded' ls.txt

# Of shared libraries it takes from elsewhere only LibTorch, CUDA's and the C++ runtime.
find btx/bin/btx btx/lib -type f '(' -name btx -o -name '*.so*' ')' | while read -r file; do
  LD_LIBRARY_PATH="$work/btx/lib" ldd "$file" | sed -nE 's/^\s*(\S+) => (\S+).*/\1 \2/p' |
    while read -r library path; do
      case "$library $(realpath -m "$path")" in
        libc.so* | libm.so* | libdl.so* | librt.so* | libpthread.so* | libgcc_s.so* | libstdc++.so*) ;;
        libtorch* | libc10* | libgomp.so* | libcu*) ;;
        *" $work/btx/lib/"*) ;;
        *) echo "$file needs $library ($path), which was not installed" ;;
      esac
    done
done | tee foreign.txt
[ ! -s foreign.txt ]

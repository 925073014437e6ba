# A folder with everything that setup.sh would download. Sourced, never run.
#
#   DIR/wheels/           LibTorch and the CUDA libraries it always needs (with --cuda: all of them, and nvcc)
#   DIR/debs/             build packages with all they depend on, and an index, so that apt reads it
#   DIR/debs-quickstart/  the packages whose text the quickstart reads

bundle() {
  mkdir -p "$1"
  local folder
  folder="$(realpath "$1")"
  need_packages python3 ca-certificates
  bundle_wheels "$folder/wheels"
  bundle_debs "$folder/debs"
  bundle_quickstart "$folder/debs-quickstart"
  say "done: $(du -sh "$folder" | cut -f1) in $folder; on the other machine run
BTX_OFFLINE_DIR=$folder bash third_party/setup.sh build"
}

bundle_wheels() {
  mkdir -p "$1"
  local wheels=("x $TORCH_WHEEL" "${CPU_WHEELS[@]}") line sum file wheel
  [ "$WITH_CUDA" = no ] || wheels+=("${GPU_WHEELS[@]}" "${NVCC_WHEELS[@]/#/x }")
  for line in "${wheels[@]}"; do
    read -r _ sum file <<< "$line"
    wheel=$(fetch_wheel "$sum" "$file") || exit
    ln -f "$wheel" "$1/$file" 2>/dev/null || cp "$wheel" "$1/$file"
  done
}

# Against an empty status file apt believes that nothing is installed, so that every dependency
# comes along, whatever the other machine has.
bundle_debs() {
  say "downloading Debian packages"
  mkdir -p "$1/partial"
  : > "$DOWNLOADS/empty.status"
  refresh_package_lists
  apt-get -q -y --no-install-recommends --download-only -o "Dir::State::status=$DOWNLOADS/empty.status" \
    -o "Dir::Cache::archives=$1" -o Debug::NoLocking=1 -o APT::Sandbox::User=root \
    install "${BUILD_PACKAGES[@]}" "${DOWNLOAD_PACKAGES[@]}" > "$DOWNLOADS/bundle.log" 2>&1 ||
    die "apt could not download the packages; see $DOWNLOADS/bundle.log"
  rm -rf "$1/partial" "$1/lock"
  write_package_index "$1"
}

write_package_index() {
  local deb
  for deb in "$1"/*.deb; do
    dpkg-deb --field "$deb"
    printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$(basename "$deb")" \
      "$(stat -c %s "$deb")" "$(sha256sum "$deb" | cut -d' ' -f1)"
  done > "$1/Packages"
}

# The packages whose text the quickstart's recipe names.
quickstart_packages() {
  grep -hoE '^\s*package\s*=\s*"[^"]+"' "$ROOT"/recipes/quickstart.toml "$ROOT"/recipes/base/quickstart*.toml 2>/dev/null |
    sed -E 's/.*"(.*)"/\1/' | sort -u
}

bundle_quickstart() {
  local packages
  mapfile -t packages < <(quickstart_packages)
  mkdir -p "$1"
  say "downloading the quickstart's text: ${packages[*]}"
  (cd "$1" && apt-get -q -o APT::Sandbox::User=root download "${packages[@]}" >/dev/null) ||
    die "apt could not download ${packages[*]}"
}

# Puts them where the recipe's source keeps what it downloaded.
offline_quickstart_data() {
  local downloads="$ROOT/runs/store/downloads"
  mkdir -p "$downloads"
  cp -n "$BTX_OFFLINE_DIR"/debs-quickstart/*.deb "$downloads/"
}

# apt knows no package before its lists were fetched once.
refresh_package_lists() {
  apt-cache policy g++ 2>/dev/null | grep -q 'Candidate: [0-9]' || as_root "apt-get -q update" >&2
}

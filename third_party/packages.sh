# Debian packages: which are missing, and how to get them. Sourced, never run.

say() { echo "setup: $*" >&2; }
die() { say "$1"; exit "${2:-1}"; }

# Runs one shell line as root, or prints it for a person and ends with exit code 2.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    sh -c "$1"
  elif sudo -n true 2>/dev/null; then
    sudo -n sh -c "$1"
  else
    die "this needs root, and sudo would ask for a password. Run this line, then the same command again:
sudo sh -c '$1'" 2
  fi
}

missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
  done
}

# With BTX_OFFLINE_DIR the packages in its debs/ are an archive of their own, and apt looks at no
# other: it takes from there what is missing and leaves the rest.
apt_options() {
  [ -n "${BTX_OFFLINE_DIR:-}" ] || return 0
  local debs="$BTX_OFFLINE_DIR/debs" list="$DOWNLOADS/offline.list"
  [ -f "$debs/Packages" ] || die "BTX_OFFLINE_DIR: $debs/Packages is not there; fill the folder with \
'bash third_party/setup.sh bundle DIR' on a machine with a network"
  mkdir -p "$DOWNLOADS/offline.lists/partial"
  echo "deb [trusted=yes] file:$debs ./" > "$list"
  echo "-o Dir::Etc::sourcelist=$list -o Dir::Etc::sourceparts=/dev/null" \
    "-o Dir::State::lists=$DOWNLOADS/offline.lists -o APT::Sandbox::User=root"
}

# need_packages PACKAGE...: installs those that are not there.
need_packages() {
  command -v dpkg-query >/dev/null || die "dpkg is not here: btx is set up on Debian 12. It needs: $*" 2
  local missing options
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  say "missing packages: $missing"
  options=$(apt_options)
  as_root "export DEBIAN_FRONTEND=noninteractive; apt-get -q $options update && \
apt-get -q $options install -y --no-install-recommends $missing" >&2 ||
    die "apt could not install $missing; its own message is above"
}

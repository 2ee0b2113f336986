# shellcheck shell=bash
# Installs Debian and Ubuntu packages, or says which. Sourced, never run.

# Fills `as_root` with what makes a command run as root; fails where nothing does.
find_root() {
  as_root=()
  if [ "$(id -u)" -eq 0 ]; then return 0; fi
  if have sudo && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
    return 0
  fi
  return 1
}

# The version that would be installed; nothing where the package is not known.
candidate() { apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: \([^(].*\)/\1/p'; }

known_package() { [ -n "$(candidate "$1")" ]; }

# offers package 1.95: whether what would be installed is no older than that.
offers() {
  local version
  version="$(candidate "$1" | sed 's/^[0-9]*://; s/[^0-9.].*//')"
  [ -n "$version" ] && at_least "$2" "$version"
}

# Brings the package lists up to date, once, and only when a package is not known.
refresh_packages() {
  [ -z "${packages_refreshed:-}" ] || return 0
  packages_refreshed=yes
  have apt-get && find_root || return 0
  say "Updating the package lists"
  timeout --kill-after=10 180 "${as_root[@]}" apt-get -qq update >&2 ||
    note "apt-get update did not finish within 180 seconds; going on with the lists that are there"
}

# first_known a b c: the first of these packages that can be installed.
first_known() {
  local package
  for package in "$@"; do
    if known_package "$package"; then
      echo "$package"
      return 0
    fi
  done
  return 1
}

install_packages() {
  [ "$#" -gt 0 ] || return 0
  local command="apt-get install --yes --no-install-recommends $*"
  have apt-get || die "please install these with your package manager (Debian's names): $*"
  find_root || die "these packages are missing and installing them needs root. Please run:
    sudo $command"
  say "Installing $*"
  network 1500 "Installing packages" "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -o Acquire::http::Timeout=30 -o Acquire::Retries=2 -o DPkg::Lock::Timeout=120 \
    install --yes --no-install-recommends "$@" >&2
}

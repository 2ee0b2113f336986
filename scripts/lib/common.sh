# shellcheck shell=bash
# What every script starts with: strict mode, the folders, and how to speak. Sourced, never run.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/planish"

# Clean clones on one machine share what cargo builds when CI is set.
if [ -n "${CARGO_TARGET_DIR:-}" ]; then
  target="$CARGO_TARGET_DIR"
elif [ -n "${CI:-}" ]; then
  target="$cache/target"
else
  target="$root/target"
fi
# shellcheck disable=SC2034 # for the scripts that source this
{
  wasm_target="$target/wasm"
  wasm_packages="$root/web/src/engine/wasm"
  native_command="$target/release/planish"
}

# All but results goes to stderr: `start` hands stdout to the command it runs.
say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
note() { printf '    %s\n' "$*" >&2; }
die() {
  printf '\033[1;31merror:\033[0m %s\n' "$*" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# at_least 1.95 1.96.0: whether the second version is no older than the first.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

# network 300 "what it is for" command…: runs a step that needs the network, with a time limit in seconds.
network() {
  local limit="$1" purpose="$2" status=0
  shift 2
  timeout --kill-after=10 "$limit" "$@" || status=$?
  case "$status" in
    0) ;;
    124 | 137) die "$purpose: gave up after $limit seconds. Is the network there? The command was: $*" ;;
    *) die "$purpose failed (exit code $status). The command was: $*" ;;
  esac
}

# renew_figures folder: the figures in README.md, where a benchmark wrote into this repository's own docs/benchmarks.
renew_figures() {
  if [ "$(realpath -m "$1")" = "$root/docs/benchmarks" ]; then node "$root/scripts/lib/figures.mjs"; fi
}

# hash_of paths…: one hash of the names and contents of all files in them, relative to the root.
hash_of() {
  (cd "$root" && find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-32)
}

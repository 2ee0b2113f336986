#!/usr/bin/env bash
# What a first and a second run over a tree of 10,000 generated images cost: writes docs/benchmarks/tree.json.
#
#   scripts/bench tree [--files N] [--out FILE]
#
# PLANISH may name a planish command to measure; default: this repository's, built first. Linux only: it looks into /proc.
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=tools.sh
. "$root/scripts/lib/tools.sh"

usage="usage: scripts/bench tree [--files N] [--out FILE]"
files=10000
out="$root/docs/benchmarks/tree.json"
while [ "$#" -gt 0 ]; do
  [ "$#" -gt 1 ] || die "expected a value after $1; $usage"
  case "$1" in
    --files) files="$2" ;;
    --out) out="$2" ;;
    *) die "expected --files N or --out FILE, got $1; $usage" ;;
  esac
  shift 2
done
if [ -z "${PLANISH:-}" ]; then
  find_native_rust || die "no Rust $needed_rust or newer; run scripts/setup native"
  say "Building the command"
  "$root/scripts/build-native"
  PLANISH="$native_command"
fi
[ -x "$PLANISH" ] || die "expected a command in PLANISH, got $PLANISH"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
say "Measuring"
node "$root/scripts/lib/bench-tree.mjs" --planish "$PLANISH" --work "$work" --out "$out" --files "$files"
renew_figures "$(dirname "$out")"
say "The figures are in $out"

#!/usr/bin/env bash
# What it costs to have Sharp in a process of its own, and what an image of 400 megapixels takes: writes
# docs/benchmarks/sidecar.json and sidecar.svg.
#
#   scripts/bench sidecar [--corpus DIR] [--out DIR] [--images N] [--edge N] [--part requests|formats|throughput|large]
#
#   --edge N       pixels of each side of the large image; default: 20000, which takes 1.2 GB in the temporary folder
#   --part P       measures one part; the others stay as they are in the report
#
# PLANISH may name a planish command to measure; default: this repository's, built first. Linux only: it looks into /proc.
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=tools.sh
. "$root/scripts/lib/tools.sh"

usage="usage: scripts/bench sidecar [--corpus DIR] [--out DIR] [--images N] [--edge N] [--part P]"
corpus="$root/../shared/corpus"
out="$root/docs/benchmarks"
arguments=()
while [ "$#" -gt 0 ]; do
  [ "$#" -gt 1 ] || die "expected a value after $1; $usage"
  case "$1" in
    --corpus)
      [ -d "$2" ] || die "expected a folder for --corpus, got $2"
      corpus="$2"
      ;;
    --out) out="$2" ;;
    --images | --edge)
      [[ "$2" =~ ^[0-9]+$ ]] || die "expected a number after $1, got $2; $usage"
      arguments+=("$1" "$2")
      ;;
    --part)
      [[ "$2" =~ ^(requests|formats|throughput|large)$ ]] || die "expected requests, formats, throughput or large, got $2; $usage"
      arguments+=("$1" "$2")
      ;;
    *) die "expected --corpus, --out, --images, --edge or --part, got $1; $usage" ;;
  esac
  shift 2
done
if [ -d "$corpus" ]; then arguments+=(--corpus "$corpus"); fi
find_node || die "no Node $needed_node or newer; run scripts/setup native"
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
node "$root/scripts/lib/bench-sidecar.mjs" --planish "$PLANISH" --work "$work" --out "$out" "${arguments[@]}"
renew_figures "$out"
say "The figures are in $out/sidecar.json"

#!/usr/bin/env bash
# Measures the page in one headless Chromium: its encoders against jSquash's on the same pixels, its start, its
# size, its threads and its memory. What the figures mean: docs/benchmarks/README.md
#
#   scripts/bench web [--corpus DIR] [--out DIR] [--images N] [--batch N] [--part P]
#
#   --corpus DIR   a folder with photos/ and graphics/; default: ../shared/corpus beside the repository if it is there,
#                  else pictures made up here
#   --out DIR      where web.json goes; default: docs/benchmarks
#   --images N     how many photos and how many graphics the encoders get; default: 6
#   --batch N      how many generated images the page gets at once for its memory; default: 500
#   --part P       encoders, page, threads or all; the others keep what web.json has; default: all
#
# CHROMIUM_PATH may name a browser; default: the one that is installed.
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=tools.sh
. "$root/scripts/lib/tools.sh"

usage="usage: scripts/bench web [--corpus DIR] [--out DIR] [--images N] [--batch N] [--part encoders|page|threads|all]"
corpus=
out="$root/docs/benchmarks"
arguments=()
while [ "$#" -gt 0 ]; do
  case "$1" in
    --corpus | --out)
      [ "$#" -gt 1 ] || die "expected a folder after $1, got nothing; $usage"
      if [ "$1" = --corpus ]; then corpus="$2"; else out="$2"; fi
      ;;
    --images | --batch)
      [[ "${2:-}" =~ ^[1-9][0-9]*$ ]] || die "expected a number from 1 after $1, got ${2:-nothing}; $usage"
      arguments+=("$1" "$2")
      ;;
    --part)
      [[ "${2:-}" =~ ^(encoders|page|threads|all)$ ]] ||
        die "expected encoders, page, threads or all after --part, got ${2:-nothing}; $usage"
      arguments+=("$1" "$2")
      ;;
    *) die "expected --corpus, --out, --images, --batch or --part, got $1; $usage" ;;
  esac
  shift 2
done
if [ -z "$corpus" ]; then
  corpus="$root/../shared/corpus"
  [ -d "$corpus" ] || corpus=
elif [ ! -d "$corpus" ]; then
  die "expected a folder for --corpus, got $corpus"
fi
[ -z "$corpus" ] || arguments+=(--corpus "$corpus")

find_node || die "no Node $needed_node or newer; run scripts/setup"
find_chromium || die "no Chromium; run scripts/setup, or name one in CHROMIUM_PATH"
"$root/scripts/build-wasm"
"$root/scripts/build-page"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
say "Measuring"
node "$root/scripts/lib/bench-web/main.mjs" --work "$work" --out "$out" --chromium "$CHROMIUM_PATH" "${arguments[@]}"
renew_figures "$out"
say "The figures are in $out/web.json"

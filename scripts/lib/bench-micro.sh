#!/usr/bin/env bash
# The stages one by one, on pictures that are made up: times by criterion, and instructions, which do not depend on how
# busy the machine is, by gungraun under valgrind. Writes docs/benchmarks/micro.json.
#
#   scripts/bench micro [--out FILE]            times and instructions
#   scripts/bench micro --check [--out FILE]    instructions, held against the file. Exit codes: 0 no stage takes over 5 %
#                                               more, 1 one does, 3 the file is of other compilers or another kind of
#                                               processor
#
# Needs valgrind; installs gungraun's runner. Linux only: it looks into /proc.
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=tools.sh
. "$root/scripts/lib/tools.sh"

usage="usage: scripts/bench micro [--check] [--out FILE]"
check=()
out="$root/docs/benchmarks/micro.json"
while [ "$#" -gt 0 ]; do
  case "$1" in
    --check) check=(--check) ;;
    --out)
      [ "$#" -gt 1 ] || die "expected a file after --out, got nothing; $usage"
      out="$2"
      shift
      ;;
    *) die "expected --check or --out FILE, got $1; $usage" ;;
  esac
  shift
done
if [ "${#check[@]}" -gt 0 ] && [ ! -f "$out" ]; then die "expected a report in $out to compare with; $usage"; fi

find_native_rust || die "no Rust $needed_rust or newer; run scripts/setup native"
find_node || die "no Node $needed_node or newer; run scripts/setup page"
have valgrind || die "counting instructions needs valgrind; please install the package valgrind"
# The runner and the crate must be of one version.
version="$(sed -n 's/^gungraun = "=\(.*\)"/\1/p' "$root/Cargo.toml")"
if ! find_tool gungraun-runner || [ "$("$tool" --version | sed 's/.* //')" != "$version" ]; then
  say "Installing gungraun-runner $version"
  install_tool gungraun-runner "$version"
fi
GUNGRAUN_RUNNER="$(command -v "$tool")"
export GUNGRAUN_RUNNER CARGO_TARGET_DIR="$target"

cd "$root"
# With the crates of every other build: alone, the benchmarks would get codecs with other features, compiled once more.
bench() {
  "${native_cargo[@]}" bench --locked --package planish --package planish-batch --package planish-cli \
    --package planish-ffi --package planish-bench --bench "$@"
}
times=()
if [ "${#check[@]}" -eq 0 ]; then
  say "Times"
  rm -rf "$target/criterion/stages"
  bench stages
  times=(--times "$target/criterion/stages")
fi
say "Instructions"
rm -rf "$target/gungraun/planish-bench"
bench instructions -- --save-summary=json
compilers="$(rustc --version); $(cc --version | head -n 1)"
node "$root/scripts/lib/bench-micro.mjs" --counts "$target/gungraun/planish-bench" --out "$out" \
  --compilers "$compilers" "${times[@]}" "${check[@]}"
if [ "${#check[@]}" -eq 0 ]; then say "The figures are in $out"; fi

#!/usr/bin/env bash
# The stages one by one, on made-up images: times by criterion, and instructions, which do not depend on how busy the
# machine is, by gungraun under valgrind.
#
#   scripts/bench micro            both; the counts become docs/benchmarks/instructions.json
#   scripts/bench micro --check    counts only: fails where a stage takes over 5 % more than that file says
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=tools.sh
. "$root/scripts/lib/tools.sh"

check=
case "${1:-}" in
  "") ;;
  --check) check=--check ;;
  *) die "expected --check or nothing, got $1; usage: scripts/bench micro [--check]" ;;
esac

find_native_rust || die "no Rust $needed_rust or newer; run scripts/setup native"
find_node || die "no Node $needed_node or newer; run scripts/setup page"
have valgrind || die "counting instructions needs valgrind; please install the package valgrind"
version="$(sed -n 's/^gungraun = "=\(.*\)"/\1/p' "$root/Cargo.toml")"
runner="$cache/tools/bin/gungraun-runner"
if [ "$("$runner" --version 2>/dev/null | sed 's/.* //')" != "$version" ]; then
  say "Installing gungraun-runner $version"
  network 1200 "Installing gungraun-runner" \
    "${native_cargo[@]}" install gungraun-runner --version "=$version" --locked --root "$cache/tools" >&2
fi

cd "$root"
export CARGO_TARGET_DIR="$target"
if [ -z "$check" ]; then
  say "Times of the stages"
  "${native_cargo[@]}" bench --locked --package planish-bench --bench stages
fi
say "Instructions of the stages"
rm -rf "$target/gungraun"
GUNGRAUN_RUNNER="$runner" "${native_cargo[@]}" bench --locked --package planish-bench --bench instructions -- \
  --save-summary=json >&2
compilers="$(rustc --version); $(cc --version | head -n 1)"
node scripts/lib/bench-micro.mjs "$target/gungraun" docs/benchmarks/instructions.json "$compilers" $check

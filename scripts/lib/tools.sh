# shellcheck shell=bash
# Finds compilers and other tools. A `find_…` sets variables and returns 1 where nothing suits. Sourced, never run.

# The oldest Rust that compiles the workspace: one place says so.
needed_rust="$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$root/Cargo.toml")"
needed_node=20

rust_version() { "$1" --version 2>/dev/null | sed -n 's/^[a-z]* \([0-9.]*\).*/\1/p'; }

# Sets native_cargo (a command with its arguments) and exports RUSTC where cargo's own choice would be wrong.
find_native_rust() {
  local version
  native_cargo=()
  for candidate in cargo /usr/bin/cargo; do
    version="$(rust_version "$candidate" || true)"
    if [ -n "$version" ] && at_least "$needed_rust" "$version"; then
      native_cargo=("$candidate")
      # Debian's cargo would otherwise take whichever rustc comes first in PATH.
      if [ "$candidate" = /usr/bin/cargo ]; then native_cargo=(env RUSTC=/usr/bin/rustc /usr/bin/cargo); fi
      return 0
    fi
  done
  return 1
}

# Sets wasm_cargo and wasm_rustc_version: a compiler that has its standard library's sources at hand.
# First choice: rustup's nightly with rust-src; second: Debian's rustc-web, cargo-web and rust-web-src.
find_wasm_rust() {
  local sysroot
  wasm_cargo=()
  if have rustup; then
    sysroot="$(RUSTUP_AUTO_INSTALL=0 rustup run nightly rustc --print sysroot 2>/dev/null || true)"
    if [ -n "$sysroot" ] && [ -f "$sysroot/lib/rustlib/src/rust/library/std/Cargo.toml" ] &&
      at_least "$needed_rust" "$(rust_version "$sysroot/bin/rustc")"; then
      wasm_cargo=(env "RUSTC=$sysroot/bin/rustc" "$sysroot/bin/cargo")
      wasm_rustc_version="$("$sysroot/bin/rustc" --version)"
      return 0
    fi
  fi
  if [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] &&
    [ -f "$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust/library/std/Cargo.toml" ] &&
    at_least "$needed_rust" "$(rust_version /usr/bin/rustc)"; then
    # A stable compiler has to be told that build-std is meant.
    wasm_cargo=(env RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 /usr/bin/cargo)
    wasm_rustc_version="$(/usr/bin/rustc --version)"
    return 0
  fi
  return 1
}

# The newest LLVM of which clang, the WebAssembly linker and the archiver are all there.
llvm_versions=(25 24 23 22 21 20 19 18 17)

# Sets wasm_clang, wasm_ld, wasm_ar, wasm_ranlib and llvm_version.
find_llvm() {
  local version suffix
  for version in "${llvm_versions[@]}" ""; do
    suffix="${version:+-$version}"
    if have "clang$suffix" && have "wasm-ld$suffix" && have "llvm-ar$suffix" && have "llvm-ranlib$suffix"; then
      llvm_version="${version:-$("clang$suffix" -dumpversion | cut -d . -f 1)}"
      [ "$llvm_version" -ge 17 ] || continue
      wasm_clang="$(command -v "clang$suffix")"
      wasm_ld="$(command -v "wasm-ld$suffix")"
      wasm_ar="$(command -v "llvm-ar$suffix")"
      wasm_ranlib="$(command -v "llvm-ranlib$suffix")"
      return 0
    fi
  done
  return 1
}

find_node() {
  have node && have npm && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge "$needed_node" ]
}

# Sets and exports CHROMIUM_PATH.
find_chromium() {
  local name
  if [ -n "${CHROMIUM_PATH:-}" ] && [ -x "$CHROMIUM_PATH" ]; then return 0; fi
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if have "$name"; then
      CHROMIUM_PATH="$(command -v "$name")"
      export CHROMIUM_PATH
      return 0
    fi
  done
  return 1
}

# Sets nextest (a command).
find_nextest() {
  local folder
  for folder in "" "$cache/bin/"; do
    if have "${folder}cargo-nextest"; then
      nextest="${folder}cargo-nextest"
      return 0
    fi
  done
  return 1
}

# Tools that are installed when they are asked for, of these versions.
# shellcheck disable=SC2034 # for the scripts that source this
{
  mdbook_version=0.5.4
  cargo_deny_version=0.20.2
  cargo_fuzz_version=0.13.2
  inferno_version=0.12.8
}

# find_tool name: sets tool (a command).
find_tool() {
  local folder
  for folder in "" "$cache/tools/bin/"; do
    if have "$folder$1"; then
      tool="$folder$1"
      return 0
    fi
  done
  return 1
}

# install_tool name version cargo's arguments…: compiles it and sets tool.
install_tool() {
  local name="$1" version="$2"
  shift 2
  timeout --kill-after=10 1800 "${native_cargo[@]}" install "$name" --version "$version" --locked "$@" \
    --root "$cache/tools" >&2 || die "$name could not be installed. Is the network there?"
  find_tool "$name" || die "$name was installed and is not in $cache/tools/bin"
}

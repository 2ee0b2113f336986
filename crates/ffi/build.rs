//! Compiles the parts of the C runtime that cannot be written in Rust: `longjmp`'s exception tag and functions with a
//! variable number of arguments. Native builds have a C library and need nothing.

fn main() {
    println!("cargo::rerun-if-changed=wasm");
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() != Ok("wasm32") {
        return;
    }
    cc::Build::new().files(["wasm/setjmp.c", "wasm/printf.c"]).compile("planish_c_runtime");
}

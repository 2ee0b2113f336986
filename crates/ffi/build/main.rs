//! Compiles what cannot be written in Rust: the call of mozjpeg, whose errors take `setjmp`; the files of libaom and
//! libwebp that planish changes; and, for WebAssembly, the parts of the C runtime with `longjmp`'s exception tag or a variable number
//! of arguments. Native builds have a C library.

mod libaom;
mod libwebp;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=jpeg");
    println!("cargo::rerun-if-changed=wasm");
    let mut jpeg = cc::Build::new();
    // Where mozjpeg-sys has its headers.
    for folder in std::env::var_os("DEP_JPEG_INCLUDE").iter().flat_map(std::env::split_paths) {
        jpeg.include(folder);
    }
    jpeg.file("jpeg/encode.c").compile("planish_jpeg");
    libaom::compile()?;
    libwebp::compile()?;
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") {
        cc::Build::new()
            .files(["wasm/setjmp.c", "wasm/longjmp_tag.S", "wasm/printf.c"])
            .compile("planish_c_runtime");
    }
    Ok(())
}

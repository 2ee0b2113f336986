//! How many instructions each stage takes, which does not depend on how busy the machine is:
//! `scripts/bench micro` runs this under valgrind.
#![allow(missing_docs, unreachable_pub, clippy::pedantic, clippy::unwrap_used, clippy::expect_used)]

use gungraun::{library_benchmark, library_benchmark_group, main};
use planish::Format;
use planish::stages::{PreparedReference, Stages};
use planish_bench::{file, picture, stages};
use std::hint::black_box;

const WIDTH: u32 = 192;
const HEIGHT: u32 = 144;

/// All work on this thread: valgrind runs threads in turns, whose order is not the same every time.
fn alone() {
    let _ = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global();
}

fn decoded() -> Stages {
    alone();
    stages(WIDTH, HEIGHT)
}

fn coded(format: Format, quality: Option<u8>) -> Vec<u8> {
    file(&decoded(), format, quality)
}

fn source() -> Vec<u8> {
    alone();
    picture(WIDTH, HEIGHT)
}

fn with_file(format: Format, quality: Option<u8>) -> (Stages, Vec<u8>) {
    let image = decoded();
    let file = file(&image, format, quality);
    (image, file)
}

fn with_reference() -> (Stages, PreparedReference) {
    let image = decoded();
    let reference = image.reference().unwrap();
    (Stages::new(&file(&image, Format::Jpeg, Some(80))).unwrap(), reference)
}

#[library_benchmark]
#[bench::source(args = (), setup = source)]
#[bench::jpeg(args = (Format::Jpeg, Some(80)), setup = coded)]
#[bench::png(args = (Format::Png, None), setup = coded)]
#[bench::webp(args = (Format::Webp, Some(80)), setup = coded)]
#[bench::avif(args = (Format::Avif, Some(65)), setup = coded)]
#[bench::jxl(args = (Format::Jxl, Some(80)), setup = coded)]
#[bench::gif(args = (Format::Gif, Some(80)), setup = coded)]
#[bench::tiff(args = (Format::Tiff, None), setup = coded)]
fn decode(file: Vec<u8>) -> u32 {
    Stages::decode(black_box(&file)).unwrap()
}

#[library_benchmark]
#[bench::picture(setup = decoded)]
fn analyse(image: Stages) -> bool {
    black_box(&image).analyse()
}

/// The first resize of a process makes tables.
fn resized_before() -> Stages {
    let image = decoded();
    image.halve().unwrap();
    image
}

#[library_benchmark]
#[bench::halve(setup = resized_before)]
fn transform(image: Stages) -> u32 {
    black_box(&image).halve().unwrap()
}

fn to(format: Format, quality: Option<u8>) -> (Stages, Format, Option<u8>) {
    (decoded(), format, quality)
}

#[library_benchmark]
#[bench::jpeg(args = (Format::Jpeg, Some(80)), setup = to)]
#[bench::png_palette(args = (Format::Png, Some(80)), setup = to)]
#[bench::png(args = (Format::Png, None), setup = to)]
#[bench::webp(args = (Format::Webp, Some(80)), setup = to)]
#[bench::webp_lossless(args = (Format::Webp, None), setup = to)]
#[bench::avif(args = (Format::Avif, Some(65)), setup = to)]
#[bench::jxl(args = (Format::Jxl, Some(80)), setup = to)]
#[bench::gif(args = (Format::Gif, Some(80)), setup = to)]
#[bench::tiff(args = (Format::Tiff, None), setup = to)]
fn encode((image, format, quality): (Stages, Format, Option<u8>)) -> Vec<u8> {
    file(black_box(&image), format, quality)
}

#[library_benchmark]
#[bench::picture(setup = decoded)]
fn reference(image: Stages) -> PreparedReference {
    black_box(&image).reference().unwrap()
}

#[library_benchmark]
#[bench::jpeg(setup = with_reference)]
fn score((candidate, reference): (Stages, PreparedReference)) -> planish::Score {
    black_box(&candidate).score(&reference).unwrap()
}

#[library_benchmark]
#[bench::jpeg(args = (Format::Jpeg, Some(80)), setup = with_file)]
#[bench::webp(args = (Format::Webp, Some(80)), setup = with_file)]
fn verify((image, file): (Stages, Vec<u8>)) {
    image.verify(black_box(&file)).unwrap();
}

library_benchmark_group!(
    name = stages,
    benchmarks = [decode, analyse, transform, encode, reference, score, verify]
);

main!(library_benchmark_groups = stages);

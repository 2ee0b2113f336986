//! How long each stage takes: `cargo bench -p planish-bench --bench stages`.
#![allow(missing_docs, unreachable_pub, clippy::pedantic, clippy::unwrap_used, clippy::expect_used)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use planish::stages::Stages;
use planish_bench::{ENCODERS, FILES, file, picture, stages};
use std::hint::black_box;

const WIDTH: u32 = 512;
const HEIGHT: u32 = 384;

fn each_stage(criterion: &mut Criterion) {
    let image = stages(WIDTH, HEIGHT);
    let mut group = criterion.benchmark_group("stages");
    group.sample_size(10).throughput(Throughput::Elements(image.pixels() as u64));
    for (name, format, quality) in FILES {
        let bytes = file(&image, format, quality);
        group.bench_function(format!("decode/{name}"), |bencher| {
            bencher.iter(|| Stages::decode(black_box(&bytes)).unwrap());
        });
        group.bench_function(format!("verify/{name}"), |bencher| {
            bencher.iter(|| image.verify(black_box(&bytes)).unwrap());
        });
    }
    group.bench_function("analyse", |bencher| bencher.iter(|| black_box(&image).analyse()));
    group.bench_function("transform/halve", |bencher| bencher.iter(|| black_box(&image).halve().unwrap()));
    for (name, format, quality) in ENCODERS {
        group.bench_function(format!("encode/{name}"), |bencher| {
            bencher.iter(|| file(black_box(&image), format, quality));
        });
    }
    let candidate = Stages::new(&file(&image, planish::Format::Jpeg, Some(80))).unwrap();
    let reference = image.reference().unwrap();
    group.bench_function("measure/reference", |bencher| {
        bencher.iter(|| black_box(&image).reference().unwrap())
    });
    group.bench_function("measure/score", |bencher| {
        bencher.iter(|| black_box(&candidate).score(&reference).unwrap())
    });
    group.bench_function("decode/source", |bencher| {
        let bytes = picture(WIDTH, HEIGHT);
        bencher.iter(|| Stages::decode(black_box(&bytes)).unwrap());
    });
    group.finish();
}

criterion_group!(benches, each_stage);
criterion_main!(benches);

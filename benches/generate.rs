//! Criterion benchmarks of generation: each step on the real ABI, then how time grows with the calls.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use libsys_benches::sizes::{Texts, multiplied};
use libsys_benches::steps::{EMITTERS, UNBOUNDED, everything, lower, parse};

fn steps(criterion: &mut Criterion) {
    let texts = Texts::real();
    let parsed = parse(&texts);
    let abi = lower(&parsed);
    let mut group = criterion.benchmark_group("step");
    group.sample_size(20);
    group.bench_function("parse", |b| b.iter(|| parse(&texts)));
    group.bench_function("lower", |b| b.iter(|| lower(&parsed)));
    for (name, emit) in EMITTERS {
        group.bench_function(name, |b| b.iter(|| emit(&abi)));
    }
    group.bench_function("everything", |b| b.iter(|| everything(&texts)));
    group.finish();
}

/// A tenth of the calls, all, and as many as a table holds.
fn tables(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("table");
    group.sample_size(10);
    let all = lower(&parse(&Texts::real())).calls.len();
    for count in [all / 10, all, 1008] {
        let texts = Texts::with_calls(count);
        let parsed = parse(&texts);
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("lower", count), |b| b.iter(|| lower(&parsed)));
        group.bench_function(BenchmarkId::new("everything", count), |b| b.iter(|| everything(&texts)));
    }
    group.finish();
}

/// Ten times the calls, for what a table does not bound.
fn tenfold(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tenfold");
    group.sample_size(10);
    let real = lower(&parse(&Texts::real()));
    for times in [1, 10] {
        let count = real.calls.len() * times;
        let (texts, abi) = (Texts::with_calls(count), multiplied(&real, times));
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("parse", count), |b| b.iter(|| parse(&texts)));
        for (name, emit) in EMITTERS.iter().filter(|(name, _)| UNBOUNDED.contains(name)) {
            group.bench_function(BenchmarkId::new(*name, count), |b| b.iter(|| emit(&abi)));
        }
    }
    group.finish();
}

criterion_group!(benches, steps, tables, tenfold);
criterion_main!(benches);

//! What conversions of structs cost, without any call: `cargo bench -p libsys-structural-tests`.

use criterion::{Criterion, criterion_group, criterion_main};
use libsys_structural::{Arguments, Caller, Sound};
use libsys_structural_tests::{compiled, toy};
use std::hint::black_box;

/// A caller that may reach everything, and whose kernel does nothing.
struct Nothing;

impl Caller for Nothing {
    fn can_read(&self, _: usize, _: usize) -> bool {
        true
    }

    fn can_write(&self, _: usize, _: usize) -> bool {
        true
    }

    fn call(&self, _: Sound<'_>, arguments: &Arguments) -> isize {
        black_box(arguments);
        0
    }

    fn close(&self, _: usize) {}
}

fn conversions(criterion: &mut Criterion) {
    let toy = toy();
    let mut memory = [0u64; 512];
    let at = memory.as_mut_ptr() as usize;
    // Arguments of each call that lead to zeros.
    for (name, arguments) in [
        ("nanosleep", [at, 0, 0, 0, 0, 0]),
        ("clock_gettime", [0, at, 0, 0, 0, 0]),
        ("fstat", [0, at, 0, 0, 0, 0]),
        ("getrusage", [0, at, 0, 0, 0, 0]),
        ("rt_sigaction", [1, at, at + 64, 8, 0, 0]),
        ("writev", [0, at, 4, 0, 0, 0]),
        ("openat2", [0, at + 1024, at, 40, 0, 0]),
    ] {
        let bytes = compiled(&toy, name).expect("it fits");
        let program = Sound::of(&bytes).expect("a sound program");
        // SAFETY: the arguments lead to memory that is large enough.
        let call = || unsafe { libsys_structural::run(program, &Nothing, &mut black_box(arguments)) };
        criterion.bench_function(name, |bencher| bencher.iter(call));
    }
    black_box(&mut memory);
}

criterion_group!(benches, conversions);
criterion_main!(benches);

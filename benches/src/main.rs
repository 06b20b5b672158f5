//! What `cargo xtask bench` needs beside the SDK: times of generation, and map images with each return sequence.
//!
//! `libsys-benches generation` prints `NAME CALLS MICROSECONDS BYTES` for each step, separated by tabs;
//! `libsys-benches maps LAYER` prints the same of the map to the oldest kernel; `libsys-benches images FOLDER` writes
//! `ret.map` and `jump.map`.
#![forbid(unsafe_code)]

use libsys_benches::sizes::{Texts, multiplied};
use libsys_benches::steps::{EMITTERS, UNBOUNDED, everything, lower, parse};
use libsys_emit::arch::{Options, ReturnSequence};
use libsys_emit::layer::Layer;
use libsys_emit::map_image;
use libsys_model::{Abi, Release};
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

const ROUNDS: usize = 15;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["generation"] => generation(),
        ["maps", layer] => {
            if let Err(why) = maps(Path::new(layer)) {
                eprintln!("{layer}: {why}");
                return ExitCode::FAILURE;
            }
        }
        ["images", folder] => {
            if let Err(error) = images(Path::new(folder)) {
                eprintln!("{folder}: {error}");
                return ExitCode::FAILURE;
            }
        }
        _ => {
            eprintln!("usage: libsys-benches generation | maps LAYER | images FOLDER");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn images(folder: &Path) -> std::io::Result<()> {
    let abi = libsys_abi::linux_x86_64();
    for (name, return_sequence) in [("ret.map", ReturnSequence::Ret), ("jump.map", ReturnSequence::PopJump)] {
        let image = map_image::emit(&abi, Options { return_sequence, ..Options::IMAGE });
        std::fs::write(folder.join(name), image)?;
    }
    Ok(())
}

/// The kernel whose map converts most.
const OLDEST: Release = Release::new(3, 10, 0);

fn maps(layer: &Path) -> Result<(), String> {
    let bytes = std::fs::read(layer).map_err(|error| error.to_string())?;
    let layer = Layer::read(&bytes).map_err(|why| why.to_string())?;
    let texts = Texts::real();
    let abi = lower(&parse(&texts));
    let emit = |abi: &Abi| map_image::emit_between(abi, abi.release, OLDEST, &layer, Options::IMAGE);
    if let Err(faults) = emit(&abi) {
        return Err(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "));
    }
    let size = |abi: &Abi| emit(abi).map_or(0, |image| image.len());
    line("map", abi.calls.len(), || size(&abi));
    line("text to map", abi.calls.len(), || size(&lower(&parse(&texts))));
    Ok(())
}

fn generation() {
    let texts = Texts::real();
    let parsed = parse(&texts);
    let abi = lower(&parsed);
    let all = abi.calls.len();
    line("parse", all, || black_box(parse(&texts)).sources.iter().map(|(_, s)| s.text.len()).sum());
    line("lower", all, || black_box(lower(&parsed)).calls.len());
    for (name, emit) in EMITTERS {
        line(name, all, || emit(&abi));
    }
    for count in [all / 10, all, 1008] {
        let texts = Texts::with_calls(count);
        let parsed = parse(&texts);
        if count != all {
            line("lower", count, || black_box(lower(&parsed)).calls.len());
        }
        line("everything", count, || everything(&texts));
    }
    let (texts, large) = (Texts::with_calls(all * 10), multiplied(&abi, 10));
    line("parse", all * 10, || black_box(parse(&texts)).sources.iter().map(|(_, s)| s.text.len()).sum());
    for (name, emit) in EMITTERS.iter().filter(|(name, _)| UNBOUNDED.contains(name)) {
        line(name, all * 10, || emit(&large));
    }
}

/// Times a step: the median of some rounds.
fn line(name: &str, calls: usize, step: impl Fn() -> usize) {
    let bytes = step();
    let mut times: Vec<u128> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            black_box(step());
            start.elapsed().as_micros()
        })
        .collect();
    times.sort_unstable();
    println!("{name}\t{calls}\t{}\t{bytes}", times[ROUNDS / 2]);
}

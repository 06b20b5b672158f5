//! musl on libsys beside musl as it is, and beside glibc: single functions, starting programs, sizes, private memory.

use super::median;
use super::programs::{Programs, Spawned, renew, renew_library};
use super::start::private_pages;
use super::table::{Table, verdict};
use crate::run;
use crate::sysroot::{self, Flavour, Sysroot};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

const ROUNDS: usize = 15;
const STARTS: u32 = 301;
/// What a function may take more than musl's own, by ratio.
const RATIO: f64 = 1.01;
/// What a start may take more.
const START: f64 = 1.20;
/// Bytes that libc.so may grow by beside its compact table.
const GROWTH: i64 = 4096;
/// Private pages that a program may have more.
const PAGES: i64 = 2;

/// How programs are linked: the title, and what the compilers are told.
const SHAPES: [(&str, &[&str]); 2] = [("static", &["-static", "-no-pie"]), ("dynamic", &["-pie", "-fPIE"])];

/// A C library: its word, its compiler, and its sysroot unless it is the machine's own.
struct Library<'a> {
    word: &'static str,
    cc: String,
    sysroot: Option<&'a Sysroot>,
}

impl Library<'_> {
    /// Makes new files of the library's, and of a program on it.
    fn renew(&self, programs: &Programs, program: &str) -> Result<(), String> {
        self.sysroot.map_or(Ok(()), renew_library)?;
        renew(&programs.out.join(program))
    }
}

pub fn measure(programs: &Programs) -> Result<String, String> {
    let mut sysroots = Vec::new();
    for flavour in Flavour::ALL {
        sysroots.push(sysroot::make(flavour, sysroot::SUITE)?);
    }
    let mut libraries: Vec<Library> = sysroots
        .iter()
        .map(|sysroot| Library {
            word: sysroot.flavour.word(),
            cc: sysroot.cc().display().to_string(),
            sysroot: Some(sysroot),
        })
        .collect();
    libraries.push(Library { word: "glibc", cc: "cc".into(), sysroot: None });
    let mut text = String::new();
    for (shape, options) in SHAPES {
        text.push_str(&functions(programs, &libraries, shape, options)?);
        text.push('\n');
    }
    text.push_str(&places(programs, &libraries)?);
    text.push('\n');
    text.push_str(&starts(programs, &libraries)?);
    text.push('\n');
    text.push_str(&size(&sysroots)?);
    Ok(text)
}

fn compile(
    programs: &Programs,
    library: &Library,
    source: &str,
    name: &str,
    options: &[&str],
) -> Result<(), String> {
    let mut cc = Command::new(&library.cc);
    cc.args(["-O2", "-o"]).arg(programs.out.join(name)).args(options);
    cc.arg(run::root().join("benches/programs").join(source));
    run::quiet(cc).map(drop)
}

/// A table of functions: musl's own time, and that of the others by it.
fn functions(
    programs: &Programs,
    libraries: &[Library],
    shape: &str,
    options: &[&str],
) -> Result<String, String> {
    let name = |library: &Library| format!("libc-{shape}-{}", library.word);
    for library in libraries {
        compile(programs, library, "libc.c", &name(library), options)?;
    }
    let mut order = Vec::new();
    let mut times: BTreeMap<String, Vec<Vec<f64>>> = BTreeMap::new();
    for _ in 0..ROUNDS {
        for (at, library) in libraries.iter().enumerate() {
            library.renew(programs, &name(library))?;
            let output = run::quiet(programs.command(&name(library)))?;
            for line in String::from_utf8_lossy(&output.stdout).lines() {
                let Some((call, Ok(ns))) = line.split_once(' ').map(|(call, ns)| (call, ns.parse::<f64>()))
                else {
                    return Err(format!("{} printed `{line}`", name(library)));
                };
                if !order.contains(&call.to_owned()) {
                    order.push(call.to_owned());
                }
                times.entry(call.into()).or_insert_with(|| vec![Vec::new(); libraries.len()])[at]
                    .push(ns / 1000.0);
            }
        }
    }
    let mut table = Table::new(&[shape, "stock", "glibc", "`text`", "`reserved`", "target", "`reserved`"]);
    for call in &order {
        let times = &times[call];
        let ratio =
            |at: usize| median(times[at].iter().zip(&times[0]).map(|(time, stock)| time / stock).collect());
        let (reserved, text, glibc) = (ratio(1), ratio(2), ratio(3));
        table.row([
            format!("`{}`", call.replace('_', " ")),
            format!("{:.1} ns", median(times[0].clone())),
            format!("{glibc:.3}"),
            format!("{text:.3}"),
            format!("{reserved:.3}"),
            format!("≤ {RATIO}"),
            verdict(reserved, RATIO),
        ]);
    }
    Ok(table.render())
}

/// A table of what the place of a function in its cache line does to it, by the median of all places.
fn places(programs: &Programs, libraries: &[Library]) -> Result<String, String> {
    let name = |library: &Library| format!("places-{}", library.word);
    let options = SHAPES[1].1;
    for library in libraries {
        compile(programs, library, "places.c", &name(library), options)?;
    }
    // For each library its own function, and the fastest and the slowest place.
    let mut ratios = vec![[const { Vec::new() }; 3]; libraries.len()];
    for _ in 0..ROUNDS {
        for (library, ratios) in libraries.iter().zip(&mut ratios) {
            library.renew(programs, &name(library))?;
            let output = run::quiet(programs.command(&name(library)))?;
            let text = String::from_utf8_lossy(&output.stdout);
            let times: Vec<f64> = text.split_whitespace().filter_map(|time| time.parse().ok()).collect();
            let [own, fastest, middle, slowest] = times[..] else {
                return Err(format!("{} printed `{text}`", name(library)));
            };
            for (ratios, time) in ratios.iter_mut().zip([own, fastest, slowest]) {
                ratios.push(time / middle);
            }
        }
    }
    let mut table = Table::new(&["`lseek`, dynamic", "the library's", "fastest place", "slowest place"]);
    for (library, ratios) in libraries.iter().zip(ratios) {
        let [own, fastest, slowest] = ratios.map(|ratios| format!("{:.3}", median(ratios)));
        table.row([format!("`{}`", library.word), own, fastest, slowest]);
    }
    Ok(table.render())
}

fn starts(programs: &Programs, libraries: &[Library]) -> Result<String, String> {
    let mut table = Table::new(&[
        "fork, exec, exit",
        "stock",
        "`text`",
        "`reserved`",
        "target",
        "",
        "private pages more",
    ]);
    for (shape, options) in SHAPES {
        let mut commands = Vec::new();
        let mut pages = Vec::new();
        let program = |library: &Library| format!("start-{shape}-{}", library.word);
        let started: Vec<&Library> = libraries.iter().filter(|library| library.word != "glibc").collect();
        for library in &started {
            let name = program(library);
            compile(programs, library, "empty.c", &name, options)?;
            commands.push(vec![format!("./{name}")]);
            let name = format!("wait-{shape}-{}", library.word);
            compile(programs, library, "wait.c", &name, options)?;
            pages.push(private_pages(programs, &name)? as i64);
        }
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            for library in &started {
                library.renew(programs, &program(library))?;
            }
            rounds.push(programs.spawn("fork", STARTS, &commands)?);
        }
        let of =
            |figure: &dyn Fn(&[Spawned]) -> f64| median(rounds.iter().map(|round| figure(round)).collect());
        let more = pages[1] - pages[0];
        table.row([
            shape.into(),
            format!("{:.1} µs", of(&|round| round[0].ns / 1000.0)),
            format!("{:.2}", of(&|round| round[2].ratio)),
            format!("{:.2}", of(&|round| round[1].ratio)),
            format!("≤ {START:.2}"),
            verdict(of(&|round| round[1].ratio), START),
            format!("{more} (≤ {PAGES}: {})", if more <= PAGES { "met" } else { "missed" }),
        ]);
    }
    Ok(table.render())
}

/// Bytes in a library without its symbols.
fn stripped(sysroot: &Sysroot, scratch: &Path) -> Result<i64, String> {
    let mut strip = Command::new("strip");
    strip.arg("-o").arg(scratch).arg(sysroot.root.join("lib/libc.so"));
    run::quiet(strip)?;
    run::at(scratch, |path| std::fs::metadata(path)).map(|data| data.len() as i64)
}

fn size(sysroots: &[Sysroot]) -> Result<String, String> {
    let scratch = run::target().join("bench/libc.so");
    let mut table = Table::new(&["libc.so, stripped", "bytes", "more than stock", "target", ""]);
    let stock = stripped(&sysroots[0], &scratch)?;
    for sysroot in sysroots {
        let bytes = stripped(sysroot, &scratch)?;
        let (target, verdict) = if sysroot.flavour == Flavour::Reserved {
            let table = compact_table(&sysroot.root.join("lib/libc.so"))?;
            let most = GROWTH + table;
            (format!("≤ {most}"), if bytes - stock <= most { "met" } else { "missed" })
        } else {
            (String::new(), "")
        };
        table.row([
            sysroot.flavour.word().into(),
            bytes.to_string(),
            (bytes - stock).to_string(),
            target,
            verdict.into(),
        ]);
    }
    Ok(table.render())
}

/// Bytes in the compact table of a library.
fn compact_table(library: &Path) -> Result<i64, String> {
    let mut readelf = Command::new("readelf");
    readelf.arg("-SW").arg(library);
    let output = run::quiet(readelf)?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find(|line| line.contains(" .libsys.rtld "));
    let size = line.and_then(|line| line.split_whitespace().skip_while(|word| *word != "PROGBITS").nth(3));
    let size = size.and_then(|size| i64::from_str_radix(size, 16).ok());
    size.ok_or_else(|| format!("{}: no compact table in it", library.display()))
}

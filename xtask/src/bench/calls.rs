//! Single calls: through slots, through glibc, and with the instruction in line.

use super::median;
use super::programs::{Programs, renew};
use super::table::{Table, verdict};
use crate::run;
use std::collections::HashMap;
use std::path::PathBuf;

/// Each is one process; the medians of its rounds are paired before the medians of all processes are taken.
const PROCESSES: usize = 15;

/// Which build a row is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Errno {
    /// With `libsys_errno.o`: errno at an offset, kind 1.
    Offset,
    /// As the archive has it: errno by a function, kind 0.
    Function,
}

/// What is compared: title, contenders of `calls.c`, target, build.
const ROWS: [(&str, &str, &str, f64, Errno); 9] = [
    ("raw entry / `syscall` in line", "raw_getppid", "inline_getppid", 1.05, Errno::Offset),
    ("the same, failing", "raw_close_error", "inline_close_error", 1.05, Errno::Offset),
    ("C entry / glibc, `getppid`", "c_getppid", "glibc_getppid", 1.00, Errno::Offset),
    ("C entry / glibc, `lseek`", "c_lseek", "glibc_lseek", 1.00, Errno::Offset),
    ("C entry / glibc, failing, errno by offset", "c_close_error", "glibc_close_error", 1.00, Errno::Offset),
    (
        "C entry / glibc, failing, errno by function",
        "c_close_error",
        "glibc_close_error",
        1.00,
        Errno::Function,
    ),
    ("C entry / glibc, `clock_gettime`", "c_clock_gettime", "glibc_clock_gettime", 1.05, Errno::Offset),
    ("raw entry / glibc, `clock_gettime`", "raw_clock_gettime", "glibc_clock_gettime", 1.05, Errno::Offset),
    ("`getppid` by number / by name", "by_number_getppid", "c_getppid", f64::INFINITY, Errno::Offset),
];

/// Times of all contenders in one process, in nanoseconds.
type Times = HashMap<String, f64>;

pub fn measure(programs: &Programs) -> Result<String, String> {
    programs.images()?;
    let text = programs.lib("libsys_text.a");
    let options = ["-O2", "-static"];
    programs.compile("calls", "calls-function", &options, std::slice::from_ref(&text))?;
    programs.compile("calls", "calls-offset", &options, &[programs.lib("libsys_errno.o"), text])?;
    let maps: [Option<PathBuf>; 3] =
        [None, Some(programs.out.join("ret.map")), Some(programs.out.join("jump.map"))];
    // [errno][way][process]
    let mut results: [[Vec<Times>; 3]; 2] = Default::default();
    for _ in 0..PROCESSES {
        for (results, program) in results.iter_mut().zip(["calls-offset", "calls-function"]) {
            for (results, map) in results.iter_mut().zip(&maps) {
                results.push(process(programs, program, map.as_ref())?);
            }
        }
    }
    let headings =
        ["", "compared with", "target", "`text` alone", "supplied, `ret`", "supplied, `jmp`", "with `ret`"];
    let mut table = Table::new(&headings);
    for (title, slot, other, target, errno) in ROWS {
        let ways = &results[usize::from(errno == Errno::Function)];
        let ns = median(ways[1].iter().filter_map(|times| times.get(other).copied()).collect());
        let ratio = |way: usize| {
            let pairs = ways[way].iter().filter_map(|times| Some(times.get(slot)? / times.get(other)?));
            median(pairs.collect())
        };
        let (wanted, reached) = if target.is_finite() {
            (format!("≤ {target:.2}"), verdict(ratio(1), target))
        } else {
            (String::new(), String::new())
        };
        let cell = |way| format!("{:.3}", ratio(way));
        table.row([title.to_owned(), format!("{ns:.1} ns"), wanted, cell(0), cell(1), cell(2), reached]);
    }
    Ok(table.render())
}

/// Runs a program once, from new files: plainly, or supplied from a map.
fn process(programs: &Programs, program: &str, map: Option<&PathBuf>) -> Result<Times, String> {
    renew(&programs.out.join(program))?;
    map.map_or(Ok(()), |map| renew(map))?;
    let mut command = match map {
        None => programs.command(program),
        Some(map) => {
            let mut command = std::process::Command::new(programs.sdk.loader());
            command.arg(programs.out.join(program)).env("LIBSYS_MAP", map);
            command
        }
    };
    command.env_remove("LD_PRELOAD");
    let output = run::quiet(command)?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let pairs = text.lines().filter_map(|line| line.split_once(' '));
    Ok(pairs.filter_map(|(name, ps)| Some((name.to_owned(), ps.parse::<f64>().ok()? / 1000.0))).collect())
}

//! What maps cost: at exec, in converted calls, in files, and when they are generated.

use super::programs::{Link, Programs, size};
use super::table::Table;
use super::{median, programs::Spawned};
use crate::run;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROUNDS: u32 = 2001;
/// Each is one process, whose medians are medians of rounds; of all processes the median is taken.
const PROCESSES: usize = 9;
/// Microseconds more at exec: for another map than the native one, and for probing.
const MAP_US: f64 = 50.0;
const PROBE_US: f64 = 100.0;
/// Nanoseconds that a converted call takes more than the calls it makes.
const CONVERTED_NS: f64 = 50.0;
const SIZE: u64 = 128 << 10;
const GENERATION_MS: f64 = 50.0;
/// `faccessat2`, which filters of containers refuse that are older than it.
const DENIED: &str = "439";
/// The map that converts most.
const OLDEST: &str = "3.10";

/// What is started: title, environment, program, what may be added to the time of the first of its group.
type Start = (&'static str, &'static [&'static str], &'static str, Option<f64>);

/// Programs that link some newer calls, and any. A kernel is named that has all calls, so that those which can reach
/// any are native too.
const STARTS: [Start; 7] = [
    ("links 8 newer calls: native", &["LIBSYS_KERNEL=7.2"], "newer-linked", None),
    ("… the map to 4.4", &["LIBSYS_KERNEL=4.4"], "newer-linked", Some(MAP_US)),
    ("… `uname` by the map to this kernel", &["LIBSYS_UNAME=1"], "newer-linked", Some(MAP_US)),
    ("… probed, all there", &["LIBSYS_PROBE=1"], "newer-linked", Some(PROBE_US)),
    ("can reach any call: native", &["LIBSYS_KERNEL=7.2"], "newer-any", None),
    ("… the map to 4.4", &["LIBSYS_KERNEL=4.4"], "newer-any", Some(MAP_US)),
    ("… probed, all there", &["LIBSYS_PROBE=1"], "newer-any", Some(PROBE_US)),
];

/// The same where a filter refuses one call.
const DENIED_STARTS: [Start; 4] = [
    ("links 8 newer calls, one refused: native", &["LIBSYS_KERNEL=7.2"], "newer-linked", None),
    ("… probed: all asked for, and a map", &["LIBSYS_PROBE=1"], "newer-linked", Some(MAP_US + PROBE_US)),
    ("can reach any call, one refused: native", &["LIBSYS_KERNEL=7.2"], "newer-any", None),
    ("… probed, and a map", &["LIBSYS_PROBE=1"], "newer-any", Some(MAP_US + PROBE_US)),
];

pub fn measure(programs: &Programs) -> Result<String, String> {
    programs.compile_bare("newer", "newer-linked", &[], true, Link::Reserved)?;
    programs.compile_bare("newer", "newer-any", &["-DANY"], true, Link::Reserved)?;
    programs.compile("deny", "deny", &["-O2"], &[])?;
    programs.compile("spawn", "spawn", &["-O2"], &[])?;
    let mut starts = Table::new(&["at exec", "fork, exec, exit", "vfork, exec, exit", "more", "target", ""]);
    for (group, is_denied) in [(&STARTS[..], false), (&DENIED_STARTS[..], true)] {
        start_rows(programs, group, is_denied, &mut starts)?;
    }
    let tables = [starts, converted(programs)?, structs(programs)?, files(programs)?];
    Ok(tables.map(|table| table.render()).join("\n"))
}

fn start_rows(
    programs: &Programs,
    group: &[Start],
    is_denied: bool,
    table: &mut Table,
) -> Result<(), String> {
    let commands: Vec<Vec<String>> = group
        .iter()
        .map(|(_, variables, program, _)| {
            let variables = variables.iter().map(|&variable| variable.to_owned());
            variables.chain([format!("./{program}")]).collect()
        })
        .collect();
    let spawn = |how: &str| {
        let mut command = programs.command(if is_denied { "deny" } else { "spawn" });
        if is_denied {
            command.args([DENIED, "./spawn"]);
        }
        programs.spawned(command, how, ROUNDS, &commands)
    };
    let (fork, vfork) = (spawn("fork")?, spawn("vfork")?);
    // The last one without a target is what the others are compared with.
    let mut first = 0;
    for (i, (title, _, _, target)) in group.iter().enumerate() {
        let us = |spawned: &[Spawned]| format!("{:.1} µs", spawned[i].ns / 1000.0);
        let mut cells =
            [(*title).to_owned(), us(&fork), us(&vfork), String::new(), String::new(), String::new()];
        match target {
            None => first = i,
            Some(target) => {
                let more = |spawned: &[Spawned]| (spawned[i].ns - spawned[first].ns) / 1000.0;
                let more = more(&fork).max(more(&vfork));
                cells[3] = format!("{more:.1} µs");
                cells[4] = format!("≤ {target:.0} µs");
                cells[5] = word(more <= *target);
            }
        }
        table.row(cells);
    }
    Ok(())
}

fn word(is_met: bool) -> String {
    if is_met { "met" } else { "missed" }.to_owned()
}

/// Converted calls beside what their conversions do, by hand.
fn converted(programs: &Programs) -> Result<Table, String> {
    let objects = [programs.lib("libsys_errno.o"), programs.lib("libsys_text.a")];
    programs.compile("converted", "converted", &["-O2", "-static"], &objects)?;
    let mut table =
        Table::new(&["a converted call", "calls it makes", "by hand", "converted", "more", "target", ""]);
    for call in pairs(programs, "converted", &map_to_oldest(programs)?)? {
        let [by_hand, converted, more, target, word] = call.cells();
        table.row([
            format!("`{}`", call.name),
            call.calls.to_string(),
            by_hand,
            converted,
            more,
            target,
            word,
        ]);
    }
    Ok(table)
}

/// What is converted in the calls of `structs.c`.
const STRUCTS: [(&str, &str, &str); 9] = [
    ("clock_settime", "`clock_settime`", "a `timespec` of 32 bits in"),
    ("clock_gettime", "`clock_gettime`", "one out"),
    ("fstat", "`fstat`", "a `stat` of other order, sizes and fields out"),
    ("fstat_elsewhere", "… not on the stack", "the same; the layer asks"),
    ("getrusage", "`getrusage`", "a `rusage` of other order and sizes out"),
    ("rt_sigaction", "`rt_sigaction`", "a `sigaction` of other flags in, and one out"),
    ("writev", "`writev`", "two `iovec`s of 32 bits in"),
    ("sendmsg", "`sendmsg`", "a `msghdr` in, which leads to them"),
    ("epoll_wait", "`epoll_wait`", "room for four events out, one of them used"),
];

/// Calls of `tests/structural/toy.sys`, whose structs are not the kernel's, by the native map of that ABI.
fn structs(programs: &Programs) -> Result<Table, String> {
    let folder = programs.out.join("toy");
    let mut generate = Command::new(programs.sdk.command());
    generate.args(["gen", "text", "errno", "map", "--abi"]).arg(run::root().join("tests/structural/toy.sys"));
    generate.arg("-o").arg(&folder);
    run::quiet(generate)?;
    let objects = [folder.join("libsys_errno.o"), folder.join("libsys_text.a")];
    programs.compile("structs", "structs", &["-O2", "-static"], &objects)?;
    let is_map = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "map");
    let map = run::files(&folder)?.into_iter().find(is_map).ok_or("toy.sys has no map")?;
    let mut table = Table::new(&[
        "a call with other structs",
        "what is converted",
        "calls it makes",
        "by hand",
        "converted",
        "more",
        "target",
        "",
    ]);
    for call in pairs(programs, "structs", &map)? {
        let row = STRUCTS.iter().find(|(name, _, _)| *name == call.name);
        let (_, title, what) = row.ok_or_else(|| format!("nobody says what `{}` converts", call.name))?;
        let [by_hand, converted, more, target, word] = call.cells();
        let [title, what] = [title, what].map(|&text| text.to_owned());
        table.row([title, what, call.calls.to_string(), by_hand, converted, more, target, word]);
    }
    Ok(table)
}

/// Runs a program that prints what `pairs.h` says, supplied by a map: medians of all processes.
fn pairs(programs: &Programs, program: &str, map: &Path) -> Result<Vec<Converted>, String> {
    let mut runs: Vec<Vec<Converted>> = Vec::new();
    for _ in 0..PROCESSES {
        let mut command = Command::new(programs.sdk.loader());
        command.arg(programs.out.join(program)).env("LIBSYS_MAP", map);
        let output = run::quiet(command)?;
        let text = String::from_utf8_lossy(&output.stdout);
        runs.push(text.lines().filter_map(Converted::parse).collect());
    }
    let first = runs.first().into_iter().flatten().enumerate();
    Ok(first
        .map(|(i, call)| {
            let middle = |value: fn(&Converted) -> f64| {
                median(runs.iter().filter_map(|run| run.get(i)).map(value).collect())
            };
            Converted {
                name: call.name.clone(),
                calls: call.calls,
                by_hand: middle(|c| c.by_hand),
                converted: middle(|c| c.converted),
                more: middle(|c| c.more),
            }
        })
        .collect())
}

/// A line of what `pairs.h` prints, times in nanoseconds.
struct Converted {
    name: String,
    calls: u32,
    by_hand: f64,
    converted: f64,
    more: f64,
}

impl Converted {
    fn parse(line: &str) -> Option<Converted> {
        let mut words = line.split(' ');
        let (name, calls) = (words.next()?.to_owned(), words.next()?.parse().ok()?);
        let mut ns = || words.next()?.parse::<f64>().ok().map(|ps| ps / 1000.0);
        Some(Converted { name, calls, by_hand: ns()?, converted: ns()?, more: ns()? })
    }

    /// Its times, the target, and whether it is met.
    fn cells(&self) -> [String; 5] {
        let [by_hand, converted, more] =
            [self.by_hand, self.converted, self.more].map(|ns| format!("{ns:.1} ns"));
        [by_hand, converted, more, format!("≤ {CONVERTED_NS:.0} ns"), word(self.more <= CONVERTED_NS)]
    }
}

/// The maps of the SDK.
fn maps(programs: &Programs) -> Result<Vec<PathBuf>, String> {
    let folder = programs.lib("libsys");
    let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
    let mut maps = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "map") {
            maps.push(path);
        }
    }
    Ok(maps)
}

/// The map to kernels of [`OLDEST`]: that of the newest release which is not newer.
fn map_to_oldest(programs: &Programs) -> Result<PathBuf, String> {
    let release = |text: &str| {
        let (major, minor) = text.split_once('.')?;
        Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?))
    };
    let to = |path: &PathBuf| {
        let name = path.file_name()?.to_str()?.strip_suffix(".map")?;
        release(name.split_once("--")?.1)
    };
    let found =
        maps(programs)?.into_iter().filter(|path| to(path).is_some_and(|to| Some(to) <= release(OLDEST)));
    found.max_by_key(|path| to(path)).ok_or_else(|| format!("there is no map to {OLDEST}"))
}

/// Sizes of all maps, and how long the map takes that converts most.
fn files(programs: &Programs) -> Result<Table, String> {
    let mut largest = 0;
    let maps = maps(programs)?;
    for map in &maps {
        largest = largest.max(size(map)?);
    }
    let layer = programs.lib("libsys/layer-x86_64");
    let mut cargo = run::cargo(&["run", "--release", "--quiet", "-p", "libsys-benches", "--", "maps"]);
    cargo.arg(&layer);
    let output = run::quiet(cargo)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let ms = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('\t'));
        let us = line.and_then(|line| line.split('\t').nth(1)?.parse::<f64>().ok());
        us.map(|us| us / 1000.0).ok_or_else(|| format!("`{name}` was not measured"))
    };
    let mut table = Table::new(&["images", "measured", "target", ""]);
    table.row([
        format!("the largest of {} maps", maps.len()),
        format!("{} KiB", largest / 1024),
        format!("≤ {} KiB", SIZE / 1024),
        word(largest <= SIZE),
    ]);
    for (title, name) in
        [("the map to 3.10 from the model", "map"), ("the same from the texts", "text to map")]
    {
        let ms = ms(name)?;
        let (target, reached) = (format!("≤ {GENERATION_MS:.0} ms"), word(ms <= GENERATION_MS));
        table.row([title.to_owned(), format!("{ms:.1} ms"), target, reached]);
    }
    Ok(table)
}

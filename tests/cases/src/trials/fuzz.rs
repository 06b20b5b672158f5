//! Flipped bits: whatever the note and the headers of a program say, the loader does not crash. It refuses in
//! one line, or starts the program, which then does what it does when the kernel starts it.

use super::{Tools, certain};
use crate::directive::Directives;
use crate::variant::{Flavour, Link, Linker, Shape};
use libsys_image::note;
use libsys_trials::elf::Elf;
use libsys_trials::machine;
use libsys_trials::machine::Need;
use libsys_trials::run::End;
use libsys_trials::run::write_program;
use libsys_trials::run::{self, Outcome};
use libtest_mimic::Trial;
use object::{Object, ObjectSection, ObjectSegment};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

/// Runs of each trial.
const ROUNDS: u64 = 400;
/// A program that was altered may wait for ever; the unaltered one takes a few milliseconds.
const LIMIT: Duration = Duration::from_secs(2);
const PHDR_SIZE: usize = 56;
const EHDR_SIZE: usize = 64;

/// A small generator: same seed, same programs (xorshift64*, Vigna 2016).
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % below
    }
}

/// Which bytes of a file are flipped.
type Part = fn(&Elf) -> Range<usize>;

fn note_of(elf: &Elf) -> Range<usize> {
    elf.described().map_or(0..0, |d| d.desc..d.desc + note::DESC_SIZE)
}

fn headers_of(elf: &Elf) -> Range<usize> {
    0..EHDR_SIZE + PHDR_SIZE * elf.segments.len()
}

/// The trials.
#[must_use]
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let campaigns: [(&str, Flavour, Part); 3] = [
        ("note", Flavour::Reserved, note_of),
        ("text-note", Flavour::Text, note_of),
        ("headers", Flavour::Text, headers_of),
    ];
    let mut trials = Vec::new();
    for (name, flavour, part) in campaigns {
        let tools = Arc::clone(tools);
        trials.push(certain(format!("fuzz::{name}"), move || {
            let source = tools.places.sources.join("support/fuzzed.c");
            let interpreter = flavour == Flavour::Reserved;
            let link = Link { flavour, shape: Shape::StaticPie, linker: Linker::Bfd, interpreter };
            let file = tools.program(&source, &Directives::default(), link)?;
            let good = Elf::read(&file)?;
            let part = part(&good);
            let (mut refused, mut started) = (0, 0);
            let mut random = Random(0x9e37_79b9_7f4a_7c15);
            for round in 0..ROUNDS {
                let mut bytes = good.bytes.clone();
                for _ in 0..=random.next(3) {
                    bytes[part.start + random.next(part.len())] ^= 1 << random.next(8);
                }
                let copy = tools.places.out.join(format!("fuzz-{name}"));
                write_program(&copy, &bytes)?;
                // Only the kernel can start a text program without us, to compare with.
                let natively = (flavour == Flavour::Text).then(|| start(&tools, &mut Command::new(&copy)));
                let verdict = judge(&tools, &copy, natively).map_err(|why| {
                    let kept = copy.with_extension(round.to_string());
                    let _ = std::fs::copy(&copy, &kept);
                    format!("round {round}, kept as {}: {why}", kept.display())
                })?;
                refused += u64::from(verdict == Verdict::Refused);
                started += u64::from(verdict == Verdict::Started);
            }
            // Flips that never mattered, or always, would prove nothing.
            if refused < ROUNDS / 20 || started == 0 {
                return Err(format!("of {ROUNDS} programs {refused} were refused and {started} started"));
            }
            Ok(())
        }));
    }
    trials
}

/// What a program did; none: it could not be started, or was stopped.
fn start(tools: &Tools, command: &mut Command) -> Option<Outcome> {
    let outcome = run::run_within(command.env_clear(), &tools.places.out, LIMIT).ok()?;
    outcome.end.is_some().then_some(outcome)
}

/// What the loader made of an altered program.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It was refused in one line.
    Refused,
    /// It did what it should.
    Started,
    /// It was started, and is broken.
    Broken,
}

/// `natively` is what the kernel made of it, where it can start such a program at all.
fn judge(tools: &Tools, file: &Path, natively: Option<Option<Outcome>>) -> Result<Verdict, String> {
    let mut command = Command::new(tools.places.loader());
    let by_hand = start(tools, command.arg(file));
    let Some(outcome) = by_hand else {
        // A program may loop; the loader does not: it has changed the process's name by then.
        return match natively {
            Some(None) => Ok(Verdict::Broken),
            _ => Err("does not end when run by hand".into()),
        };
    };
    let says_one_line = outcome.stderr.starts_with("ld-libsys: ")
        && outcome.stderr.ends_with('\n')
        && outcome.stderr.lines().count() == 1;
    let is_refusal = outcome.end == Some(End::Status(127)) && outcome.stdout.is_empty() && says_one_line;
    if is_refusal || is_hello(&outcome) {
        return Ok(if is_refusal { Verdict::Refused } else { Verdict::Started });
    }
    if let Some(ip) = crash_in_loader(tools, file)? {
        return Err(format!("the loader crashes at {ip:#x}"));
    }
    match natively {
        // The kernel starts it, and it works.
        Some(Some(natively)) if is_hello(&natively) => {
            Err(format!("works natively, but by hand: {outcome:?}"))
        }
        // It is broken, or the kernel refuses it: the program may crash.
        Some(_) => Ok(Verdict::Broken),
        None => Err(format!("neither refused nor started: {outcome:?}")),
    }
}

/// Whether the program did all that it does.
fn is_hello(outcome: &Outcome) -> bool {
    outcome.end == Some(End::Status(42)) && outcome.stdout == "hello\n"
}

/// Where a run by hand dies, if that is in the loader's own code.
fn crash_in_loader(tools: &Tools, file: &Path) -> Result<Option<u64>, String> {
    if machine::lacks(&Need::Program("strace".into())).is_some() {
        return Ok(None);
    }
    let trace: PathBuf = tools.places.out.join("fuzz.trace");
    let mut command = Command::new("strace");
    command.args(["-i", "-qq", "-e", "trace=open", "-o"]).arg(&trace).arg(tools.places.loader()).arg(file);
    if start(tools, &mut command).is_none() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&trace).map_err(|e| format!("{}: {e}", trace.display()))?;
    // [00007f1200001234] --- SIGSEGV {…} ---
    let place = |line: &str| u64::from_str_radix(line.strip_prefix('[')?.split(']').next()?.trim(), 16).ok();
    // It opens the program first, from its table.
    let open = text.lines().find(|line| line.contains(" open(")).and_then(place);
    let loader = open.and_then(|ip| range(&tools.places.loader(), ip));
    let loader = loader.ok_or_else(|| format!("{}: the loader opens nothing", trace.display()))?;
    Ok(text.lines().filter(|line| line.contains("--- SIG")).filter_map(place).find(|ip| loader.contains(ip)))
}

/// Where the loader lies that makes a call at `ip`.
fn range(loader: &Path, ip: u64) -> Option<Range<u64>> {
    let bytes = std::fs::read(loader).ok()?;
    let file = object::File::parse(bytes.as_slice()).ok()?;
    let table = file.section_by_name(".libsys")?;
    // All is moved by whole pages, and the table has less than one.
    let linked =
        (table.address()..table.address() + table.size()).find(|at| (ip - at).is_multiple_of(4096))?;
    let segments = || file.segments().map(|segment| segment.address()..segment.address() + segment.size());
    let (start, end) = (segments().map(|s| s.start).min()?, segments().map(|s| s.end).max()?);
    Some(ip - linked + start..ip - linked + end)
}

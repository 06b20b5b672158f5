//! What is run on each target.
//!
//! A kernel that is booted runs the programs of `tests/cases`, and those of this folder, in each flavour, shape and way. On a
//! simulated one it is some of them.

use crate::expectation;
use crate::real::Real;
use crate::run::{BARE_LOADER, Expected, Run};
use crate::target::{Known, Simulated, Target};
use libsys_cases::container::PRIVILEGED;
use libsys_cases::directive::Program;
use libsys_cases::filter::Answer;
use libsys_cases::sdk::Places;
use libsys_cases::variant::{Flavour, Link, Linker, Shape, Way};
use libsys_image::PackedRelease;
use libsys_model::{Abi, SyscallNr};
use libsys_trials::machine::Need;
use libsys_trials::run::Outcome;
use libsys_trials::word::Word;
use std::path::{Path, PathBuf};

/// The programs of this folder that are run; the others are what runs them.
const OWN: [&str; 9] = [
    "converted",
    "listed",
    "native",
    "newer_attributes",
    "newer_descriptors",
    "newer_files",
    "newer_memory",
    "newer_processes",
    "seen",
];
/// Links a newer call, to be run with maps and without them.
const REFUSED: &str = "refused";
/// That call.
const NEWER: &str = "listns";
/// The numbers that `programs/answers.c` asks for, and the calls among them that it leaves out.
const ANSWERS: std::ops::Range<u32> = 310..1000;
const NOT_ASKED: [&str; 4] = ["memfd_secret", "rseq_slice_yield", "uprobe", "uretprobe"];
/// Cases that do not hold on a simulated kernel: one compares the data page with the release that the kernel itself
/// tells, two have no stack for conversions.
const NOT_SIMULATED: [&str; 3] = ["information", "registers", "small_stack"];

/// All programs.
#[derive(Debug)]
pub struct Plan<'a> {
    abi: &'a Abi,
    cases: Vec<Program>,
    answers: Program,
    own: Vec<(Program, Option<String>)>,
    refused: (Program, Option<String>),
    real: &'a Real,
    loader: String,
    /// The call that [`REFUSED`] links: its number, and since when it is there.
    newer: (u32, PackedRelease),
}

impl Plan<'_> {
    /// Reads what programs say of themselves.
    ///
    /// # Errors
    ///
    /// What is wrong with one.
    pub fn new<'a>(places: &Places, abi: &'a Abi, real: &'a Real) -> Result<Plan<'a>, String> {
        let call = abi.call_named(NEWER).ok_or(format!("no call {NEWER}"))?;
        let since = call.since.ok_or(format!("{NEWER} has always been there"))?;
        Ok(Plan {
            abi,
            real,
            answers: own("answers")?,
            cases: cases(places)?,
            own: OWN.iter().map(|name| with_output(name)).collect::<Result<_, _>>()?,
            refused: with_output(REFUSED)?,
            loader: places.loader().display().to_string(),
            newer: (call.nr.0, PackedRelease(since.packed())),
        })
    }

    /// All runs on a target.
    ///
    /// # Errors
    ///
    /// What is wrong with an expectation.
    pub fn runs(&self, target: &Target) -> Result<Vec<Run>, String> {
        let mut runs = Vec::new();
        let answers = target.answers(self.abi)?;
        for program in &self.cases {
            let mut ways = self.ways(target, program);
            ways.truncate(match (target.known, target.simulated) {
                (Known::Said, None) => usize::MAX,
                (Known::Said, Some(Simulated::Older { answer: Answer::Enosys, .. })) => {
                    if NOT_SIMULATED.contains(&program.name().as_str()) { 0 } else { 1 }
                }
                _ => 0,
            });
            runs.extend(ways);
        }
        for (program, output) in self.own.iter().chain([&self.refused]) {
            let expected = match output {
                Some(text) => {
                    let output = expectation::output(text, |name| {
                        Some(target.lacks(self.abi.call_named(name)?, &answers))
                    });
                    Outcome::says(&output.map_err(|why| format!("{}: {why}", program.name()))?)
                }
                None => program.expected(),
            };
            for mut run in self.ways(target, program) {
                // Its code makes the kernel's calls, whichever the kernel has.
                if run
                    .program
                    .as_ref()
                    .is_some_and(|(_, link)| link.flavour == Flavour::Text && !link.interpreter)
                {
                    continue;
                }
                run.expected = Expected::Outcome(expected.clone());
                runs.push(run);
            }
        }
        runs.extend(self.real.runs(target, &self.loader)?);
        if target.known == Known::Said && target.simulated.is_none() {
            runs.push(self.without_maps(target));
        }
        // Its code makes the calls itself, whatever the supplier found out.
        let is_asked = match target.simulated {
            None => target.known == Known::Said,
            Some(Simulated::Older { .. }) => false,
            Some(Simulated::Container(_)) => true,
        };
        if is_asked {
            for mut run in self.ways(target, &self.answers) {
                run.expected = Expected::Outcome(Outcome::says(&self.unknown(target, &answers)));
                runs.push(run);
            }
        }
        Ok(runs)
    }

    /// What `programs/answers.c` prints: the numbers of calls that came later, or never, and of those that a filter refuses.
    fn unknown(&self, target: &Target, answers: &impl Fn(u32) -> Option<Answer>) -> String {
        let mut output = String::new();
        for nr in ANSWERS {
            let call = self.abi.call(SyscallNr(nr));
            let is_named = |names: &[&str]| call.is_some_and(|call| names.contains(&call.name.as_str()));
            if is_named(&NOT_ASKED) {
                continue;
            }
            let answer = match call {
                // The slot of a number that no call has does not enter the kernel.
                None => Some(Answer::Enosys),
                Some(call) => answers(nr).or_else(|| target.lacks(call, answers).then_some(Answer::Enosys)),
            };
            match answer {
                Some(Answer::Eperm) if is_named(&PRIVILEGED) => {}
                Some(Answer::Eperm) => output += &format!("{nr} EPERM\n"),
                Some(Answer::Enosys) => output += &format!("{nr}\n"),
                None => {}
            }
        }
        // Once as root, once as nobody.
        output.repeat(2)
    }

    /// A program, run in all ways that it can be.
    fn ways(&self, target: &Target, program: &Program) -> Vec<Run> {
        let directives = &program.directives;
        let Some(linker) = Linker::ALL.iter().copied().find(|linker| directives.linkers.contains(linker))
        else {
            return Vec::new();
        };
        let mut runs = Vec::new();
        for &flavour in &directives.flavours {
            for &shape in directives.shapes.iter().filter(|shape| is_static(**shape)) {
                for &way in directives.runs.iter().filter(|way| **way != Way::Cli) {
                    let Some(link) = Link::new(flavour, shape, linker, way) else { continue };
                    let mut run = Run::new(target, program, link, way, &self.loader);
                    run.skip = directives.needs.iter().find_map(|need| lacks(need, target.kernel));
                    runs.push(run);
                }
            }
        }
        runs
    }

    /// A newer call, without maps: older kernels refuse.
    fn without_maps(&self, target: &Target) -> Run {
        let (program, _) = &self.refused;
        let link =
            Link { flavour: Flavour::Reserved, shape: Shape::Static, linker: Linker::Bfd, interpreter: true };
        let mut run = Run::new(target, program, link, Way::Hand, BARE_LOADER);
        run.name = format!("{}::without_maps::{}::{}", target.name(), link.flavour.word(), link.shape.word());
        let (nr, since) = self.newer;
        run.expected = if target.kernel < since {
            let parts = [
                format!("(linux/x86_64 {}, kernel {}", self.abi.release, target.kernel),
                format!("links call {nr}, which kernels have since {since}"),
            ];
            Expected::Refusal(parts.into())
        } else {
            Expected::Outcome(Outcome::says(&format!("{NEWER}: EFAULT\n")))
        };
        run
    }
}

/// Whether a machine without a libc can run it.
fn is_static(shape: Shape) -> bool {
    matches!(shape, Shape::Static | Shape::StaticPie)
}

/// Why a machine does not have what a program needs.
fn lacks(need: &Need, kernel: PackedRelease) -> Option<String> {
    match need {
        Need::Root | Need::Cpu(_) => None,
        Need::Kernel(major, minor) => {
            let wanted = PackedRelease::new(*major, *minor, 0);
            (kernel < wanted).then(|| format!("needs Linux {wanted}"))
        }
        Need::PerfEvents | Need::Program(_) => Some("needs what the machine does not have".into()),
    }
}

/// The programs of `tests/cases`.
fn cases(places: &Places) -> Result<Vec<Program>, String> {
    let folder = places.sources.join("programs");
    let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
    let mut sources = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        sources.push(entry.map_err(failed)?.path());
    }
    sources.retain(|source| source.extension().is_some_and(|extension| extension == "c"));
    sources.sort();
    let programs = sources.into_iter().map(Program::read).collect::<Result<Vec<_>, _>>()?;
    Ok(programs)
}

/// The folder of the programs.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("programs")
}

/// A program of this folder.
///
/// # Errors
///
/// What is wrong with it.
pub fn own(name: &str) -> Result<Program, String> {
    Program::read(folder().join(format!("{name}.c")))
}

/// A program of this folder, and the file that says what it prints, if it has one.
fn with_output(name: &str) -> Result<(Program, Option<String>), String> {
    let path = folder().join(format!("{name}.txt"));
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => None,
        Err(why) => return Err(format!("{}: {why}", path.display())),
    };
    Ok((own(name)?, text))
}

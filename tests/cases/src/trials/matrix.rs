//! Every pairing of {no section, reserved, text} × {supplier installed, absent} × {executed, `libsys run`} works
//! or fails with a clear sentence.

use super::{Tools, trial};
use crate::variant::{Flavour, Link, Linker, Shape, Way};
use libsys_trials::elf::Elf;
use libsys_trials::run::End;
use libsys_trials::run::write_program;
use libsys_trials::run::{self, Outcome};
use libsys_trials::word::Word;
use libtest_mimic::{Completion, Trial};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// Where `libsys run` also looks for the supplier.
const PLACES: [&str; 3] = ["/lib/ld-libsys", "/usr/lib/ld-libsys", "/usr/local/lib/ld-libsys"];
const PT_INTERP: u32 = 3;

/// The twelve trials.
#[must_use]
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let mut trials = Vec::new();
    for &flavour in Flavour::ALL {
        for installed in [true, false] {
            for way in [Way::Plain, Way::Cli] {
                let tools = Arc::clone(tools);
                let supplier = if installed { "installed" } else { "absent" };
                let name = format!("matrix::{}::{supplier}::{}", flavour.word(), way.word());
                trials.push(trial(name, move || cell(&tools, flavour, installed, way)));
            }
        }
    }
    trials
}

fn cell(tools: &Tools, flavour: Flavour, installed: bool, way: Way) -> Result<Completion, String> {
    if !installed && PLACES.iter().any(|place| Path::new(place).exists()) {
        return Ok(Completion::ignored_with("a supplier is installed on this system"));
    }
    let program = tools.named(if flavour == Flavour::None { "ordinary" } else { "hello" })?;
    let shape = if flavour == Flavour::None { Shape::Pie } else { Shape::Static };
    let link = Link { flavour, shape, linker: Linker::Bfd, interpreter: flavour == Flavour::Reserved };
    let mut file = tools.program(&program.source, &program.directives, link)?;
    if !installed && link.interpreter {
        file = orphan(tools, &file)?;
    }
    let mut command = tools.command(&program, &file, link, way)?;
    if !installed && way == Way::Cli {
        let lonely = lonely_command(tools)?;
        let mut words = Command::new(&lonely);
        words.args(command.get_args()).env_clear();
        words.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command = words;
    }
    let works = Outcome { end: Some(program.directives.end), ..Outcome::says(&program.directives.stdout) };
    match (flavour, installed, way) {
        // The kernel finds no interpreter, and whoever executes says what it always says then.
        (Flavour::Reserved, false, Way::Plain) => match command.spawn() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            other => return Err(format!("{}: expected `not found`, got {other:?}", run::shown(&command))),
        },
        (Flavour::Reserved | Flavour::Text, false, Way::Cli) => {
            let outcome = run::run(&mut command, &tools.places.out)?;
            let is_clear = outcome.stderr.lines().count() == 1
                && ["ld-libsys", "LIBSYS_LD"].iter().all(|word| outcome.stderr.contains(word));
            if outcome.end != Some(End::Status(127)) || !outcome.stdout.is_empty() || !is_clear {
                return Err(format!(
                    "{}: expected one line of what to do, got {outcome:?}",
                    run::shown(&command)
                ));
            }
        }
        _ => {
            run::does(&mut command, &works, &tools.places.out)?;
        }
    }
    Ok(Completion::Completed)
}

/// A copy of a program whose interpreter does not exist.
fn orphan(tools: &Tools, file: &Path) -> Result<PathBuf, String> {
    let mut elf = Elf::read(file)?;
    let interpreter = elf.segments.iter().find(|s| s.kind == PT_INTERP).ok_or("no PT_INTERP")?;
    let last = usize::try_from(interpreter.offset + interpreter.filesz - 2).unwrap_or_default();
    elf.bytes[last] = b'X';
    let copy = tools.places.out.join("matrix-orphan");
    write_program(&copy, &elf.bytes)?;
    Ok(copy)
}

/// A copy of the command with no supplier beside it.
fn lonely_command(tools: &Tools) -> Result<PathBuf, String> {
    let folder = tools.places.out.join("lonely/bin");
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let copy = folder.join("libsys");
    static ONCE: std::sync::OnceLock<Result<(), String>> = std::sync::OnceLock::new();
    ONCE.get_or_init(|| {
        let bytes = std::fs::read(tools.places.command()).map_err(|e| e.to_string())?;
        write_program(&copy, &bytes)
    })
    .clone()?;
    Ok(copy)
}

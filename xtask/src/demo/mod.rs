//! The main job, with something to look at: generates the ABI, builds the examples on it, runs them, and
//! shows what each file holds, what was supplied, and a call going through.

mod real;
mod trace;

use self::trace::TABLE;
use crate::sdk::Sdk;
use crate::{run, sdk};
use std::path::{Path, PathBuf};
use std::process::Command;

/// One program of the demo.
struct Program {
    title: &'static str,
    path: PathBuf,
    /// The name of a call that it makes through a slot.
    call: &'static str,
    /// Started through `libsys run`, because nothing in the file asks for the supplier.
    by_hand: bool,
}

/// Builds, runs and shows everything.
///
/// # Errors
///
/// What failed.
pub fn run() -> Result<(), String> {
    let sdk = sdk::run()?;
    let programs = run::step("build the examples", || build(&sdk))?;
    for program in &programs {
        show(&sdk, program)?;
    }
    real::show(&sdk)?;
    println!("\n━━ to look at");
    println!("   {}", sdk.root.join("share/doc/libsys/linux-x86_64.html").display());
    println!("   {} doc openat2", sdk.command().display());
    println!("   {} diff linux/x86_64@5.10 linux/x86_64@6.18", sdk.command().display());
    Ok(())
}

fn build(sdk: &Sdk) -> Result<Vec<Program>, String> {
    let out = run::target().join("demo");
    std::fs::create_dir_all(&out).map_err(|e| format!("{}: {e}", out.display()))?;
    let lib = |name: &str| sdk.root.join("lib").join(name);
    let compile = |source: &str, name: &str, options: &[&str], objects: &[PathBuf]| {
        let path = out.join(name);
        let mut cc = Command::new("cc");
        cc.args(["-O2", "-s"]).args(options).arg("-I").arg(sdk.root.join("include"));
        cc.arg(run::root().join("examples").join(source)).args(objects).arg("-o").arg(&path);
        run::quiet(cc).map(|_| path)
    };
    let bare = ["-ffreestanding", "-nostdlib", "-static"];
    let start = lib("libsys_start.o");
    let reserved = [start.clone(), lib("libsys_interp.o"), lib("libsys.a")];
    let hello = compile("hello.c", "hello", &bare, &reserved)?;
    let text = compile("hello.c", "hello-text", &bare, &[start, lib("libsys_text.a")])?;
    let beside = compile("beside.c", "beside", &[], &[lib("libsys_text.a")])?;
    let mut cargo = run::cargo(&["build", "--release", "-p", "hello-rs"]);
    cargo.env("LIBSYS_INTERPRETER", sdk.loader());
    run::quiet(cargo)?;
    let rust = run::target().join("release/hello-rs");
    let program = |title, path, call, by_hand| Program { title, path, call, by_hand };
    Ok(vec![
        program("C without a libc, reserved: the file holds no table", hello, "write", false),
        program("the same with real code in the file: no supplier is needed", text, "write", false),
        program("Rust without std, reserved", rust, "write", false),
        program("C on its libc with slots beside it, supplied over by `libsys run`", beside, "open", true),
    ])
}

fn show(sdk: &Sdk, program: &Program) -> Result<(), String> {
    println!("\n━━ {}", program.title);
    let mut inspect = Command::new(sdk.command());
    inspect.arg("inspect").arg(&program.path);
    let said = run::quiet(inspect)?;
    for line in String::from_utf8_lossy(&said.stdout).lines() {
        println!("   {line}");
    }
    let size =
        std::fs::metadata(&program.path).map_err(|e| format!("{}: {e}", program.path.display()))?.len();
    println!("   the file has {size} bytes, stripped");
    let mut command = Command::new(if program.by_hand { sdk.command() } else { program.path.clone() });
    if program.by_hand {
        command.arg("run").arg(&program.path);
    }
    let (said, trace) = trace::run(&command, &program.path.with_extension("strace"))?;
    print!("   it says: {said}");
    // The table is where the supplier put it, or where the file has it.
    let maker = trace.iter().find_map(|call| Some((call, call.table()?)));
    let table = match maker {
        Some((maker, table)) => {
            println!("   supplied at {table:#x} by");
            for call in trace.iter().filter(|call| call.is_of(maker)) {
                println!("     {}", call.text);
            }
            table
        }
        None => {
            println!("   nothing was supplied: the code is the file's own");
            section(sdk, &program.path)?
        }
    };
    let through =
        trace.iter().find(|call| call.is(program.call) && (table..table + TABLE).contains(&call.ip));
    let Some(call) = through else {
        return Err(format!("{}: no {} through a slot", program.path.display(), program.call));
    };
    // The address is the one behind the two bytes of the instruction.
    let at = call.ip - 2 - table;
    println!("   a call going through");
    println!("     {}", call.text);
    println!("     entered the kernel at table + 64 * {} + {}", at / 64, at % 64);
    Ok(())
}

/// Where a program that is not moved has its section.
fn section(sdk: &Sdk, path: &Path) -> Result<u64, String> {
    let mut inspect = Command::new(sdk.command());
    inspect.args(["inspect", "--json"]).arg(path);
    let output = run::quiet(inspect)?;
    let value: serde_json::Value =
        serde_json::from_slice(&output.stdout).map_err(|e| format!("libsys inspect --json: {e}"))?;
    value["section"]["address"].as_u64().ok_or_else(|| format!("{}: no section", path.display()))
}

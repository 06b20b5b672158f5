//! A real program: Lua from Debian's source, unchanged, on musl. What its files hold, what the run-time linker maps, and the
//! same file with another map.

use super::trace::{self, Call, TABLE};
use crate::programs;
use crate::run;
use crate::sdk::Sdk;
use crate::sysroot::Flavour;
use std::path::Path;
use std::process::Command;

/// What Lua is told to run.
const SCRIPT: &str =
    "print(_VERSION .. \" through \" .. #io.open(\"/proc/self/maps\"):read(\"a\") .. \" bytes of maps\")";
/// The kernel that the second run is supplied as on.
const OLDER: &str = "4.4";

/// Builds it, if that has not been done, and shows it.
///
/// # Errors
///
/// What failed.
pub fn show(sdk: &Sdk) -> Result<(), String> {
    let lua = programs::build_one("lua", Flavour::Reserved)?;
    let program = lua.root.join("tree/src/lua5.4");
    // libtool's own start is a script.
    let program = if program.with_file_name(".libs").join("lua5.4").is_file() {
        program.with_file_name(".libs").join("lua5.4")
    } else {
        program
    };
    let library = lua.sysroot.root.join("lib/libc.so");
    println!("\n━━ Lua, from Debian's source, unchanged, on musl: no file holds a table");
    for file in [&program, &library] {
        inspect(sdk, file)?;
    }
    let plain = supplied(&program, None)?;
    let older = supplied(&program, Some(OLDER))?;
    if plain == older { Err("both runs were supplied from the same map".into()) } else { Ok(()) }
}

fn inspect(sdk: &Sdk, path: &Path) -> Result<(), String> {
    let mut inspect = Command::new(sdk.command());
    inspect.arg("inspect").arg(path);
    let said = run::quiet(inspect)?;
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    // Which calls those are takes too long here.
    let is_list = |line: &&str| line.starts_with("               ");
    text.lines().filter(|line| !is_list(line)).for_each(|line| println!("   {line}"));
    Ok(())
}

/// Runs the program as on some kernel, and shows what the run-time linker does; the map that it takes.
fn supplied(program: &Path, kernel: Option<&str>) -> Result<String, String> {
    let mut command = Command::new(program);
    command.args(["-e", SCRIPT]);
    if let Some(kernel) = kernel {
        command.env("LIBSYS_KERNEL", kernel);
        println!("   the same file, supplied as on a kernel of {kernel}");
    }
    let (said, calls) = trace::run(&command, &run::target().join("demo/real.strace"))?;
    print!("   it says: {said}");
    let table = calls.iter().find_map(Call::table);
    let table = table.ok_or_else(|| format!("{}: nothing was supplied", program.display()))?;
    println!("   the run-time linker supplies libc.so at {table:#x} by");
    let own = calls.iter().skip(1).take_while(|call| !(table..table + TABLE).contains(&call.ip));
    let own: Vec<&Call> = own.collect();
    own.iter().for_each(|call| println!("     {}", call.text));
    let writes =
        |call: &&Call| (call.is("write") || call.is("writev")) && (table..table + TABLE).contains(&call.ip);
    let through = calls.iter().find(writes).ok_or("no write through a slot")?;
    let at = through.ip - 2 - table;
    println!("   a call going through\n     {}", through.text);
    println!("     entered the kernel at table + 64 * {} + {}", at / 64, at % 64);
    let opened = own.iter().rev().find(|call| call.is("open")).map(|call| call.text.clone());
    opened.ok_or_else(|| "no map was opened".into())
}

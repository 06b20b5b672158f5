//! `cargo xtask`: builds, tests, measures and shows everything. One file for each command.
#![forbid(unsafe_code)]

mod apt;
mod bench;
mod demo;
mod fuzz;
mod kernels;
mod programs;
mod real;
mod run;
mod sdk;
mod setup;
mod sysroot;
mod test;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  demo            build everything, run the examples, and show their calls going through slots
  test [FILTER]   format, lints, documentation, all tests, the program cases; counts at the end
  test --kernels [FILTER]
                  programs built once, run on older and newer kernels, which are fetched and booted
  bench [NAME…]   measure calls, work, start, size, generation, or those named; writes BENCHMARKS.md
  fuzz [TARGET] [SECONDS]
                  invented inputs for one target, or for all of them, 60 seconds each
  sdk             build everything into target/sdk: command, loader, archives, headers, documentation
  sysroot [--flavour reserved|text|stock] [--suite SUITE]
                  a C library on libsys, musl from Debian's source, with libsys-cc, into target/sysroot
  programs [NAME…]
                  programs from Debian's sources, on that library in all flavours; their test suites side by side
  setup           install (as root on Debian), or name, what the other commands need
  help            this text
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", [].as_slice()),
    };
    let outcome = match command {
        "test" if rest.first().is_some_and(|word| word == "--kernels") => kernels::run(rest.get(1)),
        "test" => setup::run().and_then(|()| test::run(rest)),
        "demo" => setup::run().and_then(|()| demo::run()),
        "bench" => bench::run(rest),
        "fuzz" => fuzz::run(rest),
        "sdk" => sdk::run().map(|sdk| println!("{}", sdk.root.display())),
        "sysroot" => sysroot::run(rest),
        "programs" => programs::run(rest),
        "setup" => setup::run(),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(format!("no command `{other}`\n\n{HELP}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

//! Lists and runs the trials: `cargo xtask test --kernels`. Each kernel is booted once, when the first of its trials
//! wants to know what a program did on it.

use libsys_cases::build::Toolchain;
use libsys_cases::sdk::Places;
use libsys_cases::trials::Tools;
use libsys_kernels::files;
use libsys_kernels::kernel::{self, Kernel};
use libsys_kernels::machine::{self, Booted};
use libsys_kernels::plan::Plan;
use libsys_kernels::real::Real;
use libsys_kernels::run::Run;
use libsys_kernels::target::{self, Target};
use libsys_model::Abi;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

/// A kernel and what is run on it.
struct Bench {
    kernel: Kernel,
    targets: Vec<Target>,
    runs: Vec<Run>,
    booted: OnceLock<Result<Booted, String>>,
}

/// All kernels, and the files that their machines have in common.
struct Proof {
    abi: Abi,
    tools: Tools,
    real: Real,
    benches: Vec<Bench>,
    files: OnceLock<Result<Vec<u8>, String>>,
}

impl Proof {
    fn new(arguments: &Arguments, tools: Tools, kernels: Vec<Kernel>) -> Result<Proof, String> {
        let abi = libsys_abi::linux_x86_64();
        let real = Real::find()?;
        let plan = Plan::new(&tools.places, &abi, &real)?;
        let [oldest, newest] = [kernels.first(), kernels.last()].map(|k| k.map(|kernel| kernel.release));
        let mut benches = Vec::new();
        for kernel in kernels {
            let targets =
                target::all(kernel.release, oldest == Some(kernel.release), newest == Some(kernel.release));
            let mut runs = Vec::new();
            for target in &targets {
                runs.extend(plan.runs(target)?);
            }
            // What is not wanted is neither built nor run on a machine.
            runs.retain(|run| is_wanted(arguments, &run.name));
            benches.push(Bench { kernel, targets, runs, booted: OnceLock::new() });
        }
        Ok(Proof { abi, tools, real, benches, files: OnceLock::new() })
    }

    fn files(&self) -> Result<&[u8], String> {
        let made = self.files.get_or_init(|| {
            let runs = self.benches.iter().flat_map(|bench| &bench.runs);
            files::common(&self.tools, &self.real, runs)?.archive()
        });
        made.as_deref().map_err(Clone::clone)
    }

    fn booted<'a>(&self, bench: &'a Bench) -> Result<&'a Booted, String> {
        let booted = bench.booted.get_or_init(|| {
            eprintln!("booting {}: {} runs", bench.kernel.image.display(), bench.runs.len());
            let own = files::own(&self.abi, &bench.targets, bench.runs.iter())?.archive()?;
            machine::boot(&bench.kernel, &[self.files()?, &own].concat(), &self.tools.places.out)
        });
        booted.as_ref().map_err(Clone::clone)
    }

    fn judge(&self, bench: &Bench, run: &Run) -> Result<Completion, String> {
        if let Some(reason) = &run.skip {
            return Ok(Completion::ignored_with(reason));
        }
        let booted = self.booted(bench)?;
        let mut ran = bench.runs.iter().filter(|run| run.skip.is_none());
        let index = ran.position(|other| other.name == run.name).ok_or("the run is not in the list")?;
        if let Some(outcome) = booted.outcomes.get(index) {
            return run.judge(outcome).map(|()| Completion::Completed);
        }
        // Said once, of the run that the machine did not get through.
        let said = booted.failure.as_ref().filter(|_| index == booted.outcomes.len());
        Err(said.cloned().unwrap_or_else(|| "the machine did not come to it".into()))
    }
}

fn is_wanted(arguments: &Arguments, name: &str) -> bool {
    let matches = |pattern: &String| {
        if arguments.exact { name == pattern } else { name.contains(pattern.as_str()) }
    };
    arguments.filter.as_ref().is_none_or(matches) && !arguments.skip.iter().any(matches)
}

fn trials(proof: &Arc<Proof>) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (i, bench) in proof.benches.iter().enumerate() {
        for (j, run) in bench.runs.iter().enumerate() {
            let proof = Arc::clone(proof);
            trials.push(Trial::ignorable_test(run.name.clone(), move || {
                let bench = &proof.benches[i];
                proof.judge(bench, &bench.runs[j]).map_err(Failed::from)
            }));
        }
    }
    trials
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    // A plain `cargo test` boots nothing.
    let Some(folder) = std::env::var_os("LIBSYS_KERNELS").map(PathBuf::from) else {
        return libtest_mimic::run(&arguments, Vec::new()).exit_code();
    };
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kernels");
    let proof = Places::find(&out).and_then(|places| {
        let kernels = kernel::all(&folder)?;
        Proof::new(&arguments, Arc::new(Toolchain::new(places)), kernels)
    });
    match proof {
        Ok(proof) => libtest_mimic::run(&arguments, trials(&Arc::new(proof))).exit_code(),
        Err(why) => {
            eprintln!("libsys-kernels: {why}");
            ExitCode::FAILURE
        }
    }
}

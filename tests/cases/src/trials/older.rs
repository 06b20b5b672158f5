//! Programs that were linked with an older release of libsys, on this supplier: natively, and by the maps of the newest
//! release, which serve all older ones.

use super::{Tools, certain};
use crate::build::Toolchain;
use crate::directive::Directives;
use crate::sdk::Places;
use crate::variant::{Flavour, Link, Linker, Shape};
use libsys_image::PackedRelease;
use libsys_trials::run::End;
use libsys_trials::run::{self, Outcome};
use libtest_mimic::Trial;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// With calls that are gone by now; before they went, between, and behind.
const RELEASES: [PackedRelease; 3] =
    [PackedRelease::new(4, 18, 0), PackedRelease::new(5, 10, 0), PackedRelease::new(6, 1, 0)];
/// Kernels that they are run as on; none: this one.
const KERNELS: [Option<&str>; 4] = [None, Some("3.10"), Some("4.4"), Some("5.4")];

/// One trial for each release.
#[must_use]
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let trial = |release: PackedRelease| {
        let tools = Arc::clone(tools);
        certain(format!("older::{release}"), move || older(&tools, release))
    };
    RELEASES.into_iter().map(trial).collect()
}

fn older(tools: &Tools, release: PackedRelease) -> Result<(), String> {
    let file = build(tools, release)?;
    let expected = Outcome::says(&format!("{}\nstatx\na hole\n", release.0));
    for kernel in KERNELS {
        let mut command = Command::new(&file);
        command.env_clear();
        if let Some(kernel) = kernel {
            command.env("LIBSYS_KERNEL", kernel);
        }
        run::does(&mut command, &expected, &tools.places.out)?;
    }
    Ok(())
}

/// The program, built by an SDK of that release, and started by the newest loader.
fn build(tools: &Tools, release: PackedRelease) -> Result<PathBuf, String> {
    let newest = &tools.places;
    let out = newest.out.join(format!("older-{release}"));
    let sdk = out.join("sdk");
    for (folder, artefacts) in [("lib", ["reserved", "interp"].as_slice()), ("include", &["header"])] {
        let mut command = Command::new(newest.command());
        command.arg("gen").args(artefacts).args(["--abi", &format!("linux/x86_64@{release}")]);
        command.arg("--interpreter").arg(newest.loader()).arg("-o").arg(sdk.join(folder)).env_clear();
        let outcome = run::run(&mut command, &newest.out)?;
        if outcome.end != Some(End::Status(0)) {
            return Err(format!("{}\n{outcome:?}", run::shown(&command)));
        }
    }
    copy(&newest.sdk, &sdk, "lib/libsys_start.o")?;
    let places = Places { sdk, sources: newest.sources.clone(), out };
    let link =
        Link { flavour: Flavour::Reserved, shape: Shape::Static, linker: Linker::Bfd, interpreter: true };
    let source = places.sources.join("support/old.c");
    Toolchain::new(places).program(&source, &Directives::default(), link)
}

fn copy(from: &Path, to: &Path, name: &str) -> Result<(), String> {
    let copied = std::fs::copy(from.join(name), to.join(name));
    copied.map(drop).map_err(|e| format!("{}: {e}", from.join(name).display()))
}

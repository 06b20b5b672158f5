//! A program with more rights than its caller ignores the variables that tell a supplier what to do: static programs.

use super::choosing::{self, DROPPED, LINK};
use super::{Tools, trial};
use crate::build::Toolchain;
use crate::directive::Directives;
use libsys_trials::machine;
use libsys_trials::secure::{self, CASES, Case, Does};
use libtest_mimic::{Completion, Trial};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

/// An old program links calls that kernels have dropped. So it needs a map, and its supplier has none beside it.
const OLD: Case = Case {
    variable: "LIBSYS_MAP_PATH",
    value: "MAPS",
    without: Does::Refused("links call 156"),
    with: Does::Runs,
};

/// The trials.
#[must_use]
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let each = CASES.iter().map(|case| (case, false)).chain([(&OLD, true)]);
    let each = each.map(|(case, is_old)| {
        let tools = Arc::clone(tools);
        trial(format!("secure::{}", case.variable), move || {
            let folder = std::env::temp_dir().join(format!("{}-{}", case.variable, std::process::id()));
            let outcome = ignored(&tools, case, is_old, &folder);
            let _ = std::fs::remove_dir_all(&folder);
            outcome
        })
    });
    each.collect()
}

fn ignored(tools: &Tools, case: &Case, is_old: bool, folder: &Path) -> Result<Completion, String> {
    if is_old && machine::kernel().is_none_or(|kernel| kernel < DROPPED) {
        return Ok(Completion::ignored_with("this kernel has _sysctl"));
    }
    let named = |e: std::io::Error| format!("{}: {e}", folder.display());
    std::fs::create_dir_all(folder).map_err(named)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).map_err(named)?;
    let file = folder.join("program");
    std::fs::copy(choosing::support(tools, "secure.c")?, &file).map_err(named)?;
    if let Some(reason) = secure::lacks(&file, &tools.places.out) {
        return Ok(Completion::ignored_with(reason));
    }
    if is_old {
        let loader = folder.join("ld-libsys");
        std::fs::copy(tools.places.loader(), &loader).map_err(named)?;
        let old = Toolchain::new(choosing::old_sdk(tools, "old-secure", &loader)?);
        let directives = Directives { flags: vec!["-DOLD".into()], ..Directives::default() };
        let built = old.program(&old.places.sources.join("support/secure.c"), &directives, LINK)?;
        std::fs::copy(built, &file).map_err(named)?;
    }
    secure::ignores(&file, case, &tools.places.sdk.join("lib/libsys"), &tools.places.out)?;
    Ok(Completion::Completed)
}

//! The kernels: files called `vmlinuz-RELEASE` in the folders of a folder.

use libsys_image::PackedRelease;
use std::path::{Path, PathBuf};

/// A kernel that can be booted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// Major and minor number: the patch number is the distribution's.
    pub release: PackedRelease,
    /// Its file.
    pub image: PathBuf,
}

/// All kernels in the folders of a folder, by ascending release.
///
/// # Errors
///
/// What cannot be read, or has no release in its name; or that there are none.
pub fn all(folder: &Path) -> Result<Vec<Kernel>, String> {
    let mut kernels = Vec::new();
    for suite in list(folder)? {
        if !suite.is_dir() {
            continue;
        }
        for image in list(&suite)? {
            let name = image.file_name().and_then(|name| name.to_str());
            let Some(release) = name.and_then(|name| name.strip_prefix("vmlinuz-")) else { continue };
            let parsed = PackedRelease::from_uname(release.as_bytes());
            let parsed = parsed.ok_or(format!("{}: no release in its name", image.display()))?;
            let [major, minor, _] = parsed.parts();
            kernels.push(Kernel { release: PackedRelease::new(major, minor, 0), image });
        }
    }
    kernels.sort_by_key(|kernel| kernel.release);
    if kernels.is_empty() {
        return Err(format!("{}: no kernels", folder.display()));
    }
    Ok(kernels)
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    Ok(paths)
}

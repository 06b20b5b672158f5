//! Files that are written whole or not at all.

use crate::problem::Problem;
use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

/// What is created, less what the user's mask takes away.
const MODE: u32 = 0o666;

/// How many files of a set were written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Files with new content.
    pub changed: usize,
    /// Files that had that content already and were not touched.
    pub unchanged: usize,
}

/// Writes a set of files, creating the folders they need. All contents are on disk, beside their places,
/// before the first one takes its place.
///
/// # Errors
///
/// The first file or folder that cannot be written.
pub fn files(files: &[(PathBuf, Vec<u8>)]) -> Result<Written, Problem> {
    let mut ready: Vec<(NamedTempFile, &Path)> = Vec::new();
    for (path, bytes) in files.iter().filter(|(path, bytes)| !has(path, bytes)) {
        ready.push((beside(path, bytes, Permissions::from_mode(MODE))?, path));
    }
    let written = Written { changed: ready.len(), unchanged: files.len() - ready.len() };
    for (file, path) in ready {
        file.persist(path).map_err(|error| Problem::io(path, &error.error))?;
    }
    Ok(written)
}

/// Replaces the content of a file that is there; what links to it and its permissions stay.
///
/// # Errors
///
/// It cannot be read or written.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let real = fs::canonicalize(path).map_err(|error| Problem::io(path, &error))?;
    let permissions = fs::metadata(&real).map_err(|error| Problem::io(path, &error))?.permissions();
    let file = beside(&real, bytes, permissions.clone())?;
    // The mask took away what the old file had.
    file.as_file().set_permissions(permissions).map_err(|error| Problem::io(path, &error))?;
    file.persist(&real).map_err(|error| Problem::io(path, &error.error))?;
    Ok(())
}

/// Whether a file has that content already.
fn has(path: &Path, bytes: &[u8]) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.len() == bytes.len() as u64)
        && fs::read(path).is_ok_and(|found| found == bytes)
}

/// A temporary file in the folder of `path`, gone again unless it is put in its place.
fn beside(path: &Path, bytes: &[u8], permissions: Permissions) -> Result<NamedTempFile, Problem> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| Problem::io(folder, &error))?;
    if path.is_dir() {
        return Err(Problem::usage(format!("{}: it is a folder", path.display())));
    }
    let mut file = Builder::new()
        .prefix(".libsys-")
        .permissions(permissions)
        .tempfile_in(folder)
        .map_err(|error| Problem::io(folder, &error))?;
    file.write_all(bytes).map_err(|error| Problem::io(path, &error))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unchanged_files_are_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        let set = |bytes: &[u8]| files(&[(path.clone(), bytes.to_vec())]).unwrap();
        assert_eq!(set(b"x"), Written { changed: 1, unchanged: 0 });
        let time = fs::metadata(&path).unwrap().modified().unwrap();
        assert_eq!(set(b"x"), Written { changed: 0, unchanged: 1 });
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), time);
        assert_eq!(set(b"y"), Written { changed: 1, unchanged: 0 });
        assert_eq!(fs::read(&path).unwrap(), b"y");
        assert_eq!(fs::read_dir(folder.path().join("a")).unwrap().count(), 1);
    }

    #[test]
    fn one_file_that_cannot_be_written_leaves_all_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let (good, bad) = (folder.path().join("good"), folder.path().join("bad"));
        fs::create_dir(&bad).unwrap();
        let wrong = files(&[(good.clone(), b"x".to_vec()), (bad, b"x".to_vec())]);
        assert!(wrong.is_err());
        assert!(!good.exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_replaced_file_keeps_its_permissions_and_links() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "x").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        replace(&link, b"y").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"y");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    }
}

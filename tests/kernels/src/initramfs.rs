//! Archives that the kernel unpacks into its first file system. Several may follow each other.

use cpio::newc::{Builder, trailer};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

const FOLDER: u32 = 0o040_755;
const EXECUTABLE: u32 = 0o100_755;

/// Folders, and files that all can be executed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Initramfs {
    /// By absolute path; none for folders. A folder sorts before what is in it.
    entries: BTreeMap<String, Option<Vec<u8>>>,
}

impl Initramfs {
    /// Adds a folder, and those that it is in.
    pub fn folder(&mut self, path: &str) {
        for (at, _) in path.match_indices('/').skip(1).chain([(path.len(), "")]) {
            self.entries.entry(path[..at].to_owned()).or_default();
        }
    }

    /// Adds a file by its absolute path, and the folders that it is in.
    pub fn file(&mut self, path: &str, bytes: Vec<u8>) {
        if let Some((folder, _)) = path.rsplit_once('/').filter(|(folder, _)| !folder.is_empty()) {
            self.folder(folder);
        }
        self.entries.insert(path.to_owned(), Some(bytes));
    }

    /// Adds a file of this machine.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn copy(&mut self, path: &str, from: &Path) -> Result<(), String> {
        let bytes = std::fs::read(from).map_err(|e| format!("{}: {e}", from.display()))?;
        self.file(path, bytes);
        Ok(())
    }

    /// The archive.
    ///
    /// # Errors
    ///
    /// A file is too large for one.
    pub fn archive(&self) -> Result<Vec<u8>, String> {
        let mut archive = Vec::new();
        for (number, (path, bytes)) in self.entries.iter().enumerate() {
            let failed = |e: std::io::Error| format!("{path}: {e}");
            let content = bytes.as_deref().unwrap_or_default();
            let size = u32::try_from(content.len()).map_err(|_| format!("{path}: too large"))?;
            let mode = if bytes.is_some() { EXECUTABLE } else { FOLDER };
            let entry = Builder::new(path.trim_start_matches('/')).mode(mode).ino(number as u32 + 1);
            let mut writer = entry.write(&mut archive, size);
            writer.write_all(content).map_err(failed)?;
            writer.finish().map_err(failed)?;
        }
        trailer(archive).map_err(|e| e.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn folders_come_before_what_is_in_them() {
        let mut files = Initramfs::default();
        files.file("/a/b/c", b"text".to_vec());
        files.file("/init", vec![1, 2, 3, 4, 5]);
        files.folder("/a/d");
        let archive = files.archive().unwrap();
        let mut rest = archive.as_slice();
        let mut seen = Vec::new();
        loop {
            let mut reader = cpio::newc::Reader::new(rest).unwrap();
            if reader.entry().is_trailer() {
                break;
            }
            let (name, mode) = (reader.entry().name().to_owned(), reader.entry().mode());
            let mut content = Vec::new();
            reader.read_to_end(&mut content).unwrap();
            seen.push((name, mode, content));
            rest = reader.finish().unwrap();
        }
        let folder = |name: &str| (name.to_owned(), FOLDER, Vec::new());
        let file = |name: &str, content: &[u8]| (name.to_owned(), EXECUTABLE, content.to_vec());
        assert_eq!(
            seen,
            [
                folder("a"),
                folder("a/b"),
                file("a/b/c", b"text"),
                folder("a/d"),
                file("init", &[1, 2, 3, 4, 5])
            ]
        );
    }
}

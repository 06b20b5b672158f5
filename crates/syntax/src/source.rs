//! Source texts, positions in them, and where included files come from.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// Index of a file in a [`SourceMap`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A half-open range of bytes, `start..end`, of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file that the bytes are in.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset one past the last byte.
    pub end: u32,
}

impl Span {
    /// The span from the start of `self` to the end of `other`; both lie in one file.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { end: other.end.max(self.end), ..self }
    }
}

/// One source text.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path as the user would write it; shown in diagnostics.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// Every text read so far; spans point into it.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<Source>,
}

impl SourceMap {
    /// Adds a text and returns its index.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).expect("fewer than 2^32 files"));
        self.files.push(Source { path: path.into(), text: text.into() });
        id
    }

    /// The text behind an index that this map handed out.
    #[must_use]
    pub fn get(&self, id: FileId) -> &Source {
        &self.files[id.0 as usize]
    }

    /// All texts, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        self.files.iter().enumerate().map(|(i, s)| (FileId(i as u32), s))
    }

    /// The bytes a span covers.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        &self.get(span.file).text[span.start as usize..span.end as usize]
    }
}

/// Where the text of an `INCLUDE` comes from: a folder, a table built into the program, a test.
pub trait Loader {
    /// Returns the path (for messages, and for telling files apart) and the text of `include`
    /// as written in the file `from`.
    ///
    /// # Errors
    ///
    /// One sentence saying why there is no such text.
    fn load(&self, from: &str, include: &str) -> Result<Source, String>;
}

/// Includes from files on disk, each path relative to the file that names it.
#[derive(Clone, Copy, Debug, Default)]
pub struct FsLoader;

impl FsLoader {
    /// Reads the file `path`, usually the root that [`crate::parse`] begins with.
    ///
    /// # Errors
    ///
    /// One sentence: why it cannot be read, that it is longer than [`crate::MAX_FILE_LEN`], or that
    /// it is not UTF-8.
    pub fn read(&self, path: &str) -> Result<Source, String> {
        let path = normalize(Path::new(path));
        let file = File::open(&path).map_err(|error| describe(&error))?;
        let mut bytes = Vec::new();
        // Devices have no length that could be asked for before.
        let limit = crate::MAX_FILE_LEN as u64 + 1;
        file.take(limit).read_to_end(&mut bytes).map_err(|error| describe(&error))?;
        if bytes.len() > crate::MAX_FILE_LEN {
            return Err(format!("it is longer than {} MiB", crate::MAX_FILE_LEN >> 20));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Source { path: path.to_string_lossy().into_owned(), text }),
            Err(error) => Err(format!("byte {} is not UTF-8", error.utf8_error().valid_up_to())),
        }
    }
}

impl Loader for FsLoader {
    fn load(&self, from: &str, include: &str) -> Result<Source, String> {
        self.read(&join(from, include))
    }
}

/// Includes from a table in memory, by the path as written.
#[derive(Clone, Debug, Default)]
pub struct TableLoader {
    files: BTreeMap<String, String>,
}

impl TableLoader {
    /// A loader of these paths and texts.
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> TableLoader {
        let files = files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned()));
        TableLoader { files: files.collect() }
    }
}

impl Loader for TableLoader {
    fn load(&self, _from: &str, include: &str) -> Result<Source, String> {
        match self.files.get(include) {
            Some(text) => Ok(Source { path: include.to_owned(), text: text.clone() }),
            None => Err("no such file".to_owned()),
        }
    }
}

/// The path of `include` as written in the file `from`, in the one form that each file has.
#[must_use]
pub fn join(from: &str, include: &str) -> String {
    let folder = Path::new(from).parent().unwrap_or(Path::new(""));
    normalize(&folder.join(include)).to_string_lossy().into_owned()
}

/// Removes `.` and resolves `..` in the text of a path, so that one file has one path.
fn normalize(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(normal.components().next_back(), Some(Component::Normal(_))) => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

fn describe(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalized() {
        let normal = |path: &str| normalize(Path::new(path)).to_string_lossy().into_owned();
        assert_eq!(normal("./abi/x86/../types/./base.sys"), "abi/types/base.sys");
        assert_eq!(normal("../../a"), "../../a");
        assert_eq!(normal("/a/../b"), "/b");
    }

    #[test]
    fn files_that_cannot_be_read_say_why() {
        assert_eq!(FsLoader.load("src/a.sys", "gone.sys").unwrap_err(), "no such file");
        assert_eq!(FsLoader.read("src").unwrap_err(), "it is a folder");
        assert_eq!(FsLoader.load("src/lib.rs", "./source.rs").unwrap().path, "src/source.rs");
        if Path::new("/dev/zero").exists() {
            assert_eq!(FsLoader.read("/dev/zero").unwrap_err(), "it is longer than 16 MiB");
        }
    }
}

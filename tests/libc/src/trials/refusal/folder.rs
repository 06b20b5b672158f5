//! A folder with copies of what supplies, which may be spoiled.

use super::Tools;
use crate::program::Shape;
use crate::sysroot::{Flavour, Sysroot};
use libsys_image::map::CHECKSUM_FIELD;
use libsys_trials::elf::Elf;
use libsys_trials::run::write_program;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

const PT_INTERP: u32 = 3;
/// What libc.so looks for beside itself.
const SUPPLIER: &str = "ld-libsys";
/// Where in the note's descriptor the release and the flags are (ABI.md, "The note").
const RELEASE: usize = 12;
const FLAGS: usize = 3;
/// How the note of a build ID begins: bytes in its owner's name and in the ID, the kind, and the name.
const BUILD_ID: &[u8] = b"\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0";

/// The folder; it goes when this goes.
#[derive(Debug)]
pub struct Folder {
    /// Where it is. Short, since it takes the place of an interpreter's path in programs.
    pub path: PathBuf,
}

static NEXT: AtomicU32 = AtomicU32::new(0);

impl Folder {
    /// Copies libc.so, the loader, under the name that libc.so looks for too, and a map.
    ///
    /// # Errors
    ///
    /// A sentence with the path.
    pub fn new(tools: &Tools) -> Result<Folder, String> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("ls{}-{number}", std::process::id()));
        let folder = Folder { path };
        let reserved = Sysroot { flavour: Flavour::Reserved, suite: None };
        folder.make("libsys")?;
        folder.copy(&tools.places.lib(reserved, "libc.so"), "rtld")?;
        let loader = tools.places.lib(reserved, "ld-libsys");
        folder.copy(&loader, "ld")?;
        folder.copy(&loader, SUPPLIER)?;
        let name = map_name();
        folder.copy(&tools.places.lib(reserved, "libsys").join(&name), &format!("libsys/{name}"))?;
        Ok(folder)
    }

    fn make(&self, name: &str) -> Result<PathBuf, String> {
        let path = self.path.join(name);
        std::fs::create_dir_all(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(path)
    }

    fn copy(&self, from: &Path, name: &str) -> Result<PathBuf, String> {
        let to = self.path.join(name);
        let bytes = std::fs::read(from).map_err(|e| format!("{}: {e}", from.display()))?;
        write_program(&to, &bytes)?;
        Ok(to)
    }

    fn map(&self) -> PathBuf {
        self.path.join("libsys").join(map_name())
    }

    /// A program that says hello, started by one of the copies.
    ///
    /// # Errors
    ///
    /// It cannot be built, or its interpreter's path is too short to be replaced.
    pub fn program(&self, tools: &Tools, shape: Shape) -> Result<PathBuf, String> {
        self.program_of(&tools.support("hello", Flavour::Reserved, shape)?, shape)
    }

    /// A copy of a program that is started by one of the copies.
    ///
    /// # Errors
    ///
    /// As [`Folder::program`].
    pub fn program_of(&self, program: &Path, shape: Shape) -> Result<PathBuf, String> {
        let interpreter = self.path.join(if shape.is_static() { "ld" } else { "rtld" });
        let mut elf = Elf::read(program)?;
        let segment = elf.segments.iter().find(|s| s.kind == PT_INTERP).copied();
        let segment = segment.ok_or_else(|| format!("{}: no interpreter", program.display()))?;
        let place = segment.offset as usize..(segment.offset + segment.filesz) as usize;
        let path = interpreter.as_os_str().as_encoded_bytes();
        let old = &mut elf.bytes[place];
        if path.len() >= old.len() {
            return Err(format!("{}: longer than the interpreter's path", interpreter.display()));
        }
        old.fill(0);
        old[..path.len()].copy_from_slice(path);
        let copy = self.path.join("program");
        write_program(&copy, &elf.bytes)?;
        Ok(copy)
    }

    /// Takes the maps away.
    pub fn remove_maps(&self) -> Result<(), String> {
        std::fs::remove_dir_all(self.path.join("libsys")).map_err(|e| e.to_string())
    }

    /// Takes the maps elsewhere.
    pub fn move_maps(&self, name: &str) -> Result<(), String> {
        std::fs::rename(self.path.join("libsys"), self.path.join(name)).map_err(|e| e.to_string())
    }

    /// What libc.so is supplied by.
    pub fn supplier(&self) -> PathBuf {
        self.path.join(SUPPLIER)
    }

    /// A supplier of another build.
    pub fn other_build(&self) -> Result<PathBuf, String> {
        let path = self.copy(&self.supplier(), "other")?;
        alter(&path, |bytes| {
            let id = bytes.windows(BUILD_ID.len()).position(|window| window == BUILD_ID);
            bytes[id.expect("its linker gave it an ID") + BUILD_ID.len()] ^= 1;
        })?;
        Ok(path)
    }

    /// Takes away what libc.so is supplied by.
    pub fn remove_supplier(&self) -> Result<(), String> {
        std::fs::remove_file(self.supplier()).map_err(|e| e.to_string())
    }

    /// Changes what libc.so is supplied by.
    pub fn alter_supplier(&self, change: impl FnOnce(&mut Vec<u8>)) -> Result<(), String> {
        alter(&self.supplier(), change)
    }

    /// Puts another file in its place.
    pub fn other_supplier(&self, path: &Path) -> Result<(), String> {
        self.copy(path, SUPPLIER).map(drop)
    }

    /// Takes away what programs are started by.
    pub fn remove_interpreters(&self) -> Result<(), String> {
        ["ld", "rtld"]
            .iter()
            .try_for_each(|name| std::fs::remove_file(self.path.join(name)))
            .map_err(|e| e.to_string())
    }

    /// Writes over a part of the map, and, if that is wanted, sums it up anew, as if it had been made so.
    pub fn alter_map(&self, at: usize, bytes: &[u8], sum: bool) -> Result<(), String> {
        alter(&self.map(), |map| {
            map[at..at + bytes.len()].copy_from_slice(bytes);
            if sum {
                let sum = libsys_image::map::checksum(map);
                map[CHECKSUM_FIELD..CHECKSUM_FIELD + 8].copy_from_slice(&sum.to_le_bytes());
            }
        })
    }

    /// Keeps the first bytes of the map.
    pub fn cut_map(&self, size: usize) -> Result<(), String> {
        alter(&self.map(), |map| map.truncate(size))
    }

    /// A folder where the map should be.
    pub fn folder_for_map(&self) -> Result<(), String> {
        std::fs::remove_file(self.map())
            .and_then(|()| std::fs::create_dir(self.map()))
            .map_err(|e| e.to_string())
    }

    /// A file that is no map in its place.
    pub fn garbage(&self) -> Result<(), String> {
        std::fs::write(self.map(), [b'x'; 5000]).map_err(|e| e.to_string())
    }

    /// Nothing can be written there any more.
    pub fn read_only(&self) -> Result<(), String> {
        let set = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode));
        set(&self.map(), 0o444)
            .and_then(|()| set(&self.path.join("libsys"), 0o555))
            .map_err(|e| e.to_string())
    }

    /// Has libc.so say that it was made for a newer release.
    pub fn newer_libc(&self) -> Result<(), String> {
        newer(&self.path.join("rtld"))
    }

    /// Has libc.so's note say what nobody understands.
    pub fn damaged_libc(&self) -> Result<(), String> {
        damaged(&self.path.join("rtld"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::set_permissions(self.path.join("libsys"), std::fs::Permissions::from_mode(0o755));
        // What is left is in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// The release of the kernel that the map is to: older than all that programs are tried on.
pub const KERNEL: &str = "4.4";

/// The name of the map.
#[must_use]
pub fn map_name() -> String {
    let abi = libsys_abi::linux_x86_64();
    format!("{}-{}--{KERNEL}.map", abi.name.replace('/', "-"), abi.release)
}

fn alter(path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> Result<(), String> {
    let mut bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    change(&mut bytes);
    write_program(path, &bytes)
}

/// Has a file's note say that it was made for a newer release.
///
/// # Errors
///
/// A sentence with the path.
pub fn newer(path: &Path) -> Result<(), String> {
    let note = Elf::read(path)?.described().ok_or_else(|| format!("{}: no note", path.display()))?;
    alter(path, |bytes| bytes[note.desc + RELEASE + 2..][..2].copy_from_slice(&99u16.to_le_bytes()))
}

/// Sets a flag in a file's note that nobody knows.
///
/// # Errors
///
/// A sentence with the path.
pub fn damaged(path: &Path) -> Result<(), String> {
    let note = Elf::read(path)?.described().ok_or_else(|| format!("{}: no note", path.display()))?;
    alter(path, |bytes| bytes[note.desc + FLAGS] |= 0x80)
}

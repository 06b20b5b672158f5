//! Where maps come from: built in, named by `LIBSYS_MAP`, or a file of a folder that is searched.
//!
//! A map that leads from the newest release of the ABI to an older kernel is called
//! `linux-x86_64-7.2--5.10.map`. It is looked for in the folders of `LIBSYS_MAP_PATH`, in `libsys` beside this
//! loader, and in `/usr/lib/libsys`.
//!
//! Unsafe code is allowed here: files are mapped.

use crate::sys::{self, File};
use libsys_image::PackedRelease;
use libsys_image::map::{MapError, MapImage};
use libsys_supply::line::Line;
use libsys_supply::{Refusal, prot};

/// The folder of the system.
const SYSTEM: &[u8] = b"/usr/lib/libsys";
/// Nothing larger is a map.
const MAX_SIZE: usize = 1 << 20;

/// A map file, open and mapped.
#[derive(Debug)]
pub struct MapFile {
    file: File,
    address: usize,
    size: usize,
}

impl MapFile {
    /// Opens and maps a file whose path ends in NUL; none when there is no such file.
    ///
    /// # Errors
    ///
    /// It is there, but cannot be read, or is no map by its size.
    ///
    /// # Safety
    ///
    /// `path` points at bytes that end in NUL.
    pub unsafe fn open(path: *const u8) -> Result<Option<MapFile>, Refusal> {
        const ENOENT: u16 = 2;
        const ENOTDIR: u16 = 20;
        // SAFETY: the caller vouches for the path.
        let file = match unsafe { File::open(path) } {
            Ok(file) => file,
            Err(errno) if errno.0 == ENOENT || errno.0 == ENOTDIR => return Ok(None),
            Err(errno) => return Err(Refusal::Kernel("open", errno)),
        };
        let size = file.size().map_err(|errno| Refusal::Kernel("fstat", errno))? as usize;
        // An empty file cannot be mapped.
        if size == 0 || size > MAX_SIZE {
            return Err(Refusal::Map(MapError::Magic));
        }
        // SAFETY: nothing is replaced.
        let mapped = unsafe { sys::mmap(0, size, prot::READ, sys::map::PRIVATE, file.fd(), 0) };
        let address = mapped.map_err(|errno| Refusal::Kernel("mmap", errno))?;
        Ok(Some(MapFile { file, address, size }))
    }

    /// The open file.
    pub fn fd(&self) -> i32 {
        self.file.fd()
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: that many bytes of the file are mapped there until this is dropped.
        unsafe { core::slice::from_raw_parts(self.address as *const u8, self.size) }
    }
}

impl Drop for MapFile {
    fn drop(&mut self) {
        // SAFETY: the bytes were lent out for no longer. Nothing can be done about a failure.
        let _ = unsafe { sys::munmap(self.address, self.size.next_multiple_of(4096)) };
    }
}

/// The name of the map from the newest release of `native` to a kernel, without a folder; none when the kernel is
/// older than all that is known.
pub fn name(native: &MapImage<'_>, kernel: PackedRelease) -> Option<Line> {
    let to = native.release_of(kernel)?;
    let mut line = Line::new();
    for byte in native.name_bytes() {
        line.bytes(&[if *byte == b'/' { b'-' } else { *byte }]);
    }
    line.text("-").release(native.release).text("--").release(to).text(".map");
    Some(line)
}

/// Looks for a map in the folders of `path` (separated by colons), in `libsys` beside `loader`, and in the
/// system's; the first that is there.
///
/// # Errors
///
/// One is there, but cannot be read.
pub fn find(name: &Line, path: &[u8], loader: &[u8]) -> Result<Option<MapFile>, Refusal> {
    let folders = path.split(|byte| *byte == b':').filter(|folder| !folder.is_empty());
    let beside = loader.iter().rposition(|byte| *byte == b'/').and_then(|at| loader.get(..at));
    let beside = beside.map(|folder| (folder, b"/libsys/".as_slice()));
    let all =
        folders.map(|folder| (folder, b"/".as_slice())).chain(beside).chain([(SYSTEM, b"/".as_slice())]);
    for (folder, between) in all {
        let mut file = Line::new();
        file.bytes(folder).bytes(between).bytes(name.as_bytes());
        let Some(path) = file.terminated() else { continue };
        // SAFETY: the bytes end in NUL.
        if let Some(map) = unsafe { MapFile::open(path.as_ptr()) }? {
            return Ok(Some(map));
        }
    }
    Ok(None)
}

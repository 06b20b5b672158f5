//! Files of maps: opened, read into memory, and closed when they are no longer needed.
//!
//! Unsafe code is allowed here: files are mapped.

use crate::{Errno, Kernel, Refusal, prot};
use core::ffi::CStr;
use libsys_image::map::{MapError, MapImage};

/// Nothing larger is a map.
const MAX_SIZE: usize = 1 << 20;
const ENODEV: Errno = Errno(19);

/// A map file, open and mapped.
#[derive(Debug)]
pub struct MapFile<'k, K: Kernel> {
    kernel: &'k K,
    fd: i32,
    address: usize,
    size: usize,
}

impl<'k, K: Kernel> MapFile<'k, K> {
    /// Opens and maps a file; none when there is no such file.
    ///
    /// # Errors
    ///
    /// It is there, but cannot be read, or is no map by its size.
    #[cold]
    pub fn open(kernel: &'k K, path: &CStr) -> Result<Option<MapFile<'k, K>>, Refusal> {
        const ENOENT: u16 = 2;
        const ENOTDIR: u16 = 20;
        let fd = match kernel.open(path) {
            Ok(fd) => fd,
            Err(errno) if errno.0 == ENOENT || errno.0 == ENOTDIR => return Ok(None),
            Err(errno) => return Err(Refusal::Kernel("open", errno)),
        };
        // From here on it is closed whatever happens.
        let mut file = MapFile { kernel, fd, address: 0, size: 0 };
        let size = kernel.file_size(fd).map_err(|errno| Refusal::Kernel("fstat", errno))?;
        // An empty file cannot be mapped.
        if size == 0 || size > MAX_SIZE as u64 {
            return Err(Refusal::Map(MapError::Magic));
        }
        // SAFETY: nothing is replaced.
        let mapped = unsafe { kernel.map_file(fd, 0, size as usize, prot::READ, None) };
        file.address = mapped.map_err(|errno| match errno {
            // Folders and other things without bytes.
            ENODEV => Refusal::Map(MapError::Magic),
            _ => Refusal::Kernel("mmap", errno),
        })?;
        file.size = size as usize;
        Ok(Some(file))
    }

    /// The descriptor.
    pub fn fd(&self) -> i32 {
        self.fd
    }

    /// The image, all of it checked.
    ///
    /// # Errors
    ///
    /// The first field that cannot be followed.
    pub fn image(&self) -> Result<MapImage<'_>, Refusal> {
        MapImage::parse(self.bytes(), true).map_err(Refusal::Map)
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: that many bytes of the file are mapped there until this is dropped.
        unsafe { core::slice::from_raw_parts(self.address as *const u8, self.size) }
    }
}

impl<K: Kernel> Drop for MapFile<'_, K> {
    fn drop(&mut self) {
        if self.size != 0 {
            // SAFETY: the bytes were lent out for no longer.
            unsafe { self.kernel.unmap(self.address, self.size.next_multiple_of(4096)) };
        }
        self.kernel.close(self.fd);
    }
}

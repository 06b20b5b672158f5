//! The data page behind the slots: what supplied code needs to know about its process.
//!
//! One page per process, private, filled by the supplier and read-only from then on. In a `text`
//! section that nobody supplied it holds what the linker put there. `libsys_info` returns its address.
//!
//! ```text
//!    0 [8] "libsys\0" and the format, 1
//!    8 u32 flags               1 supplied
//!   12 u32 the program's release
//!   16 u32 the release carried out on, 0 unless supplied
//!   20 u32 bytes in the layer, 0: none
//!   24 i64 errno descriptor, relative to the page; 0: none
//!   32 u64 address of the layer, 0: none
//!   40 u64 initial thread pointer, 0: not set up by the supplier
//!   48 u64 address of the initial TLS mapping
//!   56 u64 bytes in it
//!   64 [5] u64 code for the calls that the vDSO can answer, see `VdsoCall`
//!  104 i64 errno's offset from the thread pointer, for kind 1; 0: see the next
//!  112 u64 address of the function that returns errno's address, for kind 0; 0: see the descriptor
//!  120
//! ```
//!
//! The errno descriptor is the program's: `u64 kind, i64 offset, i64 function`. Kind 0: `function`,
//! relative to its own field, returns errno's address. Kind 1: errno is the `int` at thread pointer +
//! offset. Kind 2: a pointer to it is there. What a kind does not use is 0.

use crate::bytes::{put, u64_at};
use crate::geometry::{DATA_SIZE, VdsoCall};
use crate::release::PackedRelease;

/// The first eight bytes; the last one is the format.
pub const MAGIC: [u8; 8] = *b"libsys\0\x01";
/// Offset of the flags.
pub const FLAGS: u32 = 8;
/// Offset of the page-relative address of the errno descriptor.
pub const ERRNO: u32 = 24;
/// Offset of the address of the layer.
pub const LAYER: u32 = 32;
/// Offset of the initial thread pointer.
pub const THREAD_POINTER: u32 = 40;
/// Offset of the first word of code addresses for the vDSO's calls.
pub const VDSO: u32 = 64;
/// Offset of the word with errno's offset from the thread pointer.
pub const ERRNO_OFFSET: u32 = 104;
/// Offset of the word with the address of the function that returns errno's address.
pub const ERRNO_ADDRESS: u32 = 112;
/// Offset of the release that `uname` reports.
pub const UNAME: u32 = 120;
/// Flag: a supplier filled the page.
pub const FLAG_SUPPLIED: u32 = 1;

/// errno descriptor, kind 0: a function returns its address.
pub const ERRNO_FUNCTION: u64 = 0;
/// errno descriptor, kind 1: the `int` lies at thread pointer + offset.
pub const ERRNO_INT: u64 = 1;
/// errno descriptor, kind 2: a pointer to it lies there.
pub const ERRNO_POINTER: u64 = 2;
/// Offset, in the errno descriptor, of the offset.
pub const ERRNO_DESC_OFFSET: u32 = 8;
/// Offset, in the errno descriptor, of the self-relative address of the function.
pub const ERRNO_DESC_FUNCTION: u32 = 16;
/// Bytes in an errno descriptor.
pub const ERRNO_DESC_SIZE: u32 = 24;

/// What an errno descriptor says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrnoDescriptor {
    /// The function at this offset from its own field returns errno's address.
    Function(i64),
    /// errno is the `int` at this offset from the thread pointer.
    Int(i64),
    /// A pointer to errno lies at this offset from the thread pointer.
    Pointer(i64),
}

impl ErrnoDescriptor {
    /// Reads a descriptor from its bytes.
    ///
    /// # Errors
    ///
    /// What is wrong with it. What lies beside a descriptor is hardly ever one: words that mean nothing must be 0.
    pub fn parse(bytes: &[u8]) -> Result<ErrnoDescriptor, &'static str> {
        let word = |at: u32| u64_at(bytes, at as usize);
        let (Some(kind), Some(offset), Some(function)) =
            (word(0), word(ERRNO_DESC_OFFSET), word(ERRNO_DESC_FUNCTION))
        else {
            return Err("its descriptor is cut short");
        };
        let (offset, function) = (offset.cast_signed(), function.cast_signed());
        match kind {
            ERRNO_FUNCTION if offset != 0 || function == 0 => {
                Err("its kind is 0, but its descriptor names no function, or has an offset")
            }
            ERRNO_FUNCTION => Ok(ErrnoDescriptor::Function(function)),
            ERRNO_INT | ERRNO_POINTER if function != 0 => {
                Err("its kind is not 0, but its descriptor names a function")
            }
            ERRNO_INT => Ok(ErrnoDescriptor::Int(offset)),
            ERRNO_POINTER => Ok(ErrnoDescriptor::Pointer(offset)),
            _ => Err("its kind is none of 0, 1, 2"),
        }
    }
}

/// What a data page says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DataPage {
    /// [`FLAG_SUPPLIED`].
    pub flags: u32,
    /// The program's release.
    pub release: PackedRelease,
    /// The release that its calls are carried out on.
    pub target: PackedRelease,
    /// Address of the layer and bytes in it; 0: none.
    pub layer: (u64, u32),
    /// The errno descriptor relative to the page; 0: none.
    pub errno: i64,
    /// The initial thread pointer; 0: the supplier set none up.
    pub thread_pointer: u64,
    /// Start and length of the initial TLS mapping.
    pub tls: (u64, u64),
    /// Code for each [`VdsoCall`].
    pub vdso: [u64; VdsoCall::ALL.len()],
    /// errno's offset from the thread pointer, for descriptors of kind 1; else 0.
    pub errno_offset: i64,
    /// Address of the function that returns errno's address, for descriptors of kind 0; else 0.
    pub errno_address: u64,
    /// The release that `uname` reports; 0: the kernel's.
    pub uname: PackedRelease,
}

/// Bytes at the start of the page that mean something; the rest is 0.
pub const ENCODED_SIZE: usize = 124;

impl DataPage {
    /// The page's first bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; ENCODED_SIZE] {
        let mut out = [0u8; ENCODED_SIZE];
        let mut ok = put(&mut out, 0, &MAGIC)
            & put(&mut out, FLAGS as usize, &self.flags.to_le_bytes())
            & put(&mut out, 12, &self.release.0.to_le_bytes())
            & put(&mut out, 16, &self.target.0.to_le_bytes())
            & put(&mut out, 20, &self.layer.1.to_le_bytes())
            & put(&mut out, LAYER as usize, &self.layer.0.to_le_bytes())
            & put(&mut out, ERRNO as usize, &self.errno.to_le_bytes())
            & put(&mut out, THREAD_POINTER as usize, &self.thread_pointer.to_le_bytes())
            & put(&mut out, 48, &self.tls.0.to_le_bytes())
            & put(&mut out, 56, &self.tls.1.to_le_bytes())
            & put(&mut out, ERRNO_OFFSET as usize, &self.errno_offset.to_le_bytes())
            & put(&mut out, ERRNO_ADDRESS as usize, &self.errno_address.to_le_bytes())
            & put(&mut out, UNAME as usize, &self.uname.0.to_le_bytes());
        for (i, word) in self.vdso.iter().enumerate() {
            ok &= put(&mut out, VDSO as usize + 8 * i, &word.to_le_bytes());
        }
        debug_assert!(ok);
        out
    }
}

const _: () = assert!(ENCODED_SIZE <= DATA_SIZE as usize && ERRNO_OFFSET == VDSO + 5 * 8);

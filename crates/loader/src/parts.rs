//! This file in memory: where it lies, and its native image.
//!
//! Unsafe code is allowed here: the linker says where things are.

use core::arch::asm;
use libsys_image::map::MapImage;
use libsys_supply::Refusal;

unsafe extern "C" {
    #[link_name = "_start"]
    fn start();
    static __ehdr_start: u8;
    static __ld_end: u8;
    static __ld_build_id: u8;
    static __libsys_image: u8;
    static __libsys_image_end: u8;
}

/// The address of a symbol, computed without a table of addresses.
macro_rules! address_of {
    ($symbol:path) => {{
        let address: usize;
        // SAFETY: computes an address, and touches nothing.
        unsafe {
            asm!("lea {0}, [rip + {1}]", out(reg) address, sym $symbol, options(pure, nomem, nostack, preserves_flags));
        }
        address
    }};
}

/// Where the kernel begins, if it starts this file.
pub fn entry() -> usize {
    address_of!(start)
}

/// The address of the file's first byte.
pub fn base() -> usize {
    address_of!(__ehdr_start)
}

/// Bytes of the file that are mapped, in whole pages.
pub fn size() -> usize {
    address_of!(__ld_end).wrapping_sub(base())
}

/// The address of the native image.
pub fn image() -> usize {
    address_of!(__libsys_image)
}

/// What tells this file from every other one: the first bytes of the SHA-1 that the linker made of it.
pub fn build_id() -> [u8; 16] {
    // Behind the note's three words, and the four bytes of its owner's name.
    let place = address_of!(__ld_build_id).wrapping_add(16);
    // SAFETY: the linker put the note there, whose 20 bytes begin at that place, and nothing writes there.
    unsafe { (place as *const [u8; 16]).read() }
}

/// The native image.
///
/// # Errors
///
/// None, unless this file was damaged.
pub fn native() -> Result<MapImage<'static>, Refusal> {
    let size = address_of!(__libsys_image_end).wrapping_sub(image());
    // SAFETY: the linker put the image between these symbols, and nothing writes there.
    let bytes = unsafe { core::slice::from_raw_parts(image() as *const u8, size) };
    MapImage::parse(bytes, false).map_err(Refusal::Map)
}

//! Calls whose structs differ from the kernel's: carried out by conversion programs, behind this code.
//!
//! The slot of such a call jumps to [`__libsys_layer_structural`](self) with the offset of its program in the layer in
//! `%eax`; it lies at the very beginning of the layer. The program was checked by whoever mapped the layer.

use crate::Arguments;
use crate::memory::{self, PAGE};
use crate::nr::CLOSE;
use crate::table::Table;
use core::arch::global_asm;
use libsys_structural::{Caller, Sound};

/// The slot's caller.
struct Here {
    table: Table,
    /// A page of its stack: it can be read and written, since the return address was just pushed there.
    stack: usize,
}

impl Here {
    /// Whether memory lies on the page that is known.
    fn is_known(&self, address: usize, size: usize) -> bool {
        address & !(PAGE - 1) == self.stack && (address & (PAGE - 1)) + size <= PAGE
    }
}

impl Caller for Here {
    #[inline]
    fn can_read(&self, address: usize, size: usize) -> bool {
        self.is_known(address, size) || memory::readable(self.table, address, size).is_ok()
    }

    #[inline]
    fn can_write(&self, address: usize, size: usize) -> bool {
        self.is_known(address, size) || memory::writable(self.table, address, size).is_ok()
    }

    #[inline]
    fn call(&self, program: Sound<'_>, arguments: &Arguments) -> isize {
        // SAFETY: the caller's arguments, of which those that were structs lead to the kernel's.
        unsafe { self.table.native(program.nr(), program.vdso(), arguments) }
    }

    #[inline]
    fn close(&self, file: usize) {
        // SAFETY: the file was just opened, and nobody was told of it.
        let _ = unsafe { self.table.call(CLOSE, [file]) };
    }
}

/// Carries out the program at an offset of the layer. `arguments` lie right below the return address.
extern "C" fn converted(table: Table, arguments: &mut Arguments, offset: u32) -> isize {
    let start = table.layer() + offset as usize;
    // SAFETY: whoever mapped the layer has checked its programs, and the slot has brought the offset of one.
    let program = unsafe { Sound::at(start as *const u8) };
    let return_address = core::ptr::from_ref(arguments) as usize + size_of::<Arguments>();
    let here = Here { table, stack: return_address & !(PAGE - 1) };
    // SAFETY: `memory` finds out what can be reached.
    unsafe { libsys_structural::run(program, &here, arguments) }
}

crate::entry!(".text.first", structural, converted, "mov %eax, %edx");

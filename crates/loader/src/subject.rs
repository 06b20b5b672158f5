//! What a refusal is about, and its one line.

use libsys_image::PackedRelease;
use libsys_image::note::Note;
use libsys_platform::sys;
use libsys_supply::Refused;
use libsys_supply::line::Line;

/// The status that a refused program ends with, as shells have it for what cannot be run.
pub const REFUSED: i32 = 127;

/// Everything that a message names.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// Who refuses.
    pub supplier: &'a [u8],
    /// The program or object.
    pub path: &'a [u8],
    /// Its note.
    pub note: Option<&'a Note>,
    /// The kernel's release.
    pub kernel: Option<PackedRelease>,
}

impl<'a> Subject<'a> {
    /// A program or object of which nothing more is known yet.
    pub fn new(supplier: &'a [u8], path: &'a [u8]) -> Subject<'a> {
        Subject { supplier, path, note: None, kernel: None }
    }

    /// Begins a line: `ld-libsys: PROGRAM (linux/x86_64 7.2, kernel 6.18): `
    pub fn begin(&self, line: &mut Line) {
        line.bytes(self.supplier).text(": ").bytes(self.path);
        if let Some(note) = self.note {
            line.text(" (").bytes(note.name_bytes()).text(" ").release(note.release);
            if let Some(kernel) = self.kernel {
                line.text(", kernel ").release(kernel);
            }
            line.text(")");
        }
        line.text(": ");
    }

    /// Says why, and ends the process.
    #[cold]
    #[inline(never)]
    pub fn refuse(&self, refused: impl Into<Refused<'a>>) -> ! {
        let mut line = Line::new();
        self.begin(&mut line);
        refused.into().describe(&mut line);
        sys::complain(line.finish());
        sys::exit(REFUSED)
    }

    /// Says why, and ends the process.
    pub fn give_up(&self, why: &str) -> ! {
        let mut line = Line::new();
        self.begin(&mut line);
        line.text(why);
        sys::complain(line.finish());
        sys::exit(REFUSED)
    }
}

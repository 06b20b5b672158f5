//! Checking that a map fits a program, and mapping it.

use crate::program::Program;
use crate::section::{ErrnoPlace, Section};
use crate::tls::{Tls, TlsPlan};
use crate::vdso::Vdso;
use crate::{Errno, Kernel, Refusal, prot};
use libsys_image::data::{DataPage, ENCODED_SIZE, FLAG_SUPPLIED};
use libsys_image::map::MapImage;
use libsys_image::{
    DATA_OFFSET, DATA_SIZE, ENTER_OFFSET, PackedRelease, RAW_ENTRY, SECTION_SIZE, SLOT_SIZE, TABLE_SIZE,
    VdsoCall,
};

/// Where the pages of an image come from.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// They are mapped at this address, read-only, and may be moved away: the loader's own image.
    Mapped(usize),
    /// They are in an open file, at the start of it.
    File(i32),
}

/// What will be mapped: everything has been checked.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    section: Section<'a>,
    tls: Option<TlsPlan>,
    image: MapImage<'a>,
    source: Source,
    target: PackedRelease,
}

/// What was mapped.
#[derive(Clone, Copy, Debug)]
pub struct Supplied {
    /// Address of the table.
    pub table: usize,
    /// The initial TLS, if it was set up.
    pub tls: Option<Tls>,
}

/// Checks a section against an image and the running kernel, and plans the mapping.
///
/// `kernel_release` none means that the kernel did not say; its calls are then taken to exist.
///
/// # Errors
///
/// Why the image does not fit the program, or the program the kernel.
pub fn plan<'a>(
    program: &Program<'a>,
    section: Section<'a>,
    image: MapImage<'a>,
    source: Source,
    kernel_release: Option<PackedRelease>,
    is_static: bool,
) -> Result<Plan<'a>, Refusal> {
    let note = &section.note;
    if note.name_bytes() != image.name_bytes() || note.machine != image.machine {
        return Err(Refusal::Abi);
    }
    if note.release > image.release {
        return Err(Refusal::Newer);
    }
    if kernel_release.is_some_and(|kernel| kernel < image.kernel) {
        return Err(Refusal::OldKernel { since: image.kernel });
    }
    if image.fingerprint(note.release) != Some(note.fingerprint) {
        return Err(Refusal::Fingerprint);
    }
    // The patch number is the distribution's; calls arrive with releases.
    if let (Some(kernel), Some(numbers)) = (kernel_release, section.numbers()) {
        for nr in numbers {
            let since = PackedRelease(image.since(nr));
            if since.0 != libsys_image::map::HOLE && since > kernel {
                return Err(Refusal::Call { nr, since });
            }
        }
    }
    let wants_tls = is_static && note.flags & libsys_image::note::FLAG_INITIAL_TLS != 0;
    let tls = if wants_tls { Some(TlsPlan::new(program, note.tcb_size)?) } else { None };
    let target = kernel_release.unwrap_or(image.release);
    Ok(Plan { section, tls, image, source, target })
}

impl Plan<'_> {
    /// Maps the table and its data page, seals them, and sets up the initial TLS.
    ///
    /// # Errors
    ///
    /// The first call that the kernel refused. The program must then not be started: part of its
    /// section may have been replaced.
    ///
    /// # Safety
    ///
    /// The program has not started: nothing refers to its section's memory, or relies on its thread
    /// pointer. A [`Source::Mapped`] image is not used afterwards. A [`Source::File`] is the file that
    /// the plan's image was read from.
    pub unsafe fn carry_out<K: Kernel>(
        self,
        kernel: &K,
        program: &Program<'_>,
        vdso: Option<Vdso<'_>>,
        random: Option<[u8; 16]>,
    ) -> Result<Supplied, Refusal> {
        let table = self.section.range.start;
        // First, so that it does not land where the image moves away from.
        let tls = match &self.tls {
            Some(plan) => Some(plan.carry_out(kernel, program, random)?),
            None => None,
        };
        let layer = self.map_layer(kernel)?;
        // SAFETY: the caller's duties are those of `map_code`.
        unsafe { self.map_code(kernel, table) }?;
        let page = self.data_page(table, layer, vdso, tls);
        let data = table + DATA_OFFSET as usize;
        // SAFETY: the page is part of the section, which nothing refers to yet.
        let at = unsafe { kernel.map_zeroed(Some(data), DATA_SIZE as usize) };
        at.map_err(|e| Refusal::Kernel("mmap of the data page", e))?;
        // SAFETY: the page was just mapped readable and writable, and is larger than what is written.
        unsafe { (data as *mut [u8; ENCODED_SIZE]).write(page.encode()) };
        // SAFETY: no reference to the page is alive.
        let protected = unsafe { kernel.mprotect(data, DATA_SIZE as usize, prot::READ) };
        protected.map_err(|e| Refusal::Kernel("mprotect of the data page", e))?;
        kernel.seal(table, SECTION_SIZE as usize);
        if layer != 0 {
            kernel.seal(layer, self.image.layer_size as usize);
        }
        if let Some(tls) = tls {
            // SAFETY: the control block was laid out there, and the caller has no thread pointer.
            let set = unsafe { kernel.set_thread_pointer(tls.thread_pointer) };
            set.map_err(|e| Refusal::Kernel("arch_prctl(ARCH_SET_FS)", e))?;
        }
        Ok(Supplied { table, tls })
    }

    /// Maps the layer behind the image's code wherever there is room; its address, 0 for none.
    fn map_layer<K: Kernel>(&self, kernel: &K) -> Result<usize, Refusal> {
        let size = self.image.layer_size as usize;
        let Source::File(fd) = self.source else { return Ok(0) };
        if size == 0 {
            return Ok(0);
        }
        let offset = u64::from(self.image.code.0) + u64::from(self.image.code.1);
        // SAFETY: no address is asked for, so nothing is replaced.
        let mapped = unsafe { kernel.map_file(fd, offset, size, prot::READ | prot::EXEC, None) };
        mapped.map_err(|errno| Refusal::Kernel("mmap of the layer", errno))
    }

    /// # Safety
    ///
    /// As [`Plan::carry_out`].
    unsafe fn map_code<K: Kernel>(&self, kernel: &K, table: usize) -> Result<(), Refusal> {
        let size = TABLE_SIZE as usize;
        let executable = prot::READ | prot::EXEC;
        let result: Result<(), (&'static str, Errno)> = match self.source {
            Source::Mapped(address) => {
                // SAFETY: the section is not in use, nor, any more, is the image.
                let moved = unsafe { kernel.move_mapping(address + self.image.code.0 as usize, size, table) };
                // Executable only now. This is also what makes the kernel tell profilers of the mapping.
                moved.map_err(|e| ("mremap of the table", e)).and_then(|()| {
                    // SAFETY: adding execution takes no access away.
                    unsafe { kernel.mprotect(table, size, executable) }
                        .map_err(|e| ("mprotect of the table", e))
                })
            }
            Source::File(fd) => {
                // SAFETY: the section is not in use.
                let mapped = unsafe {
                    kernel.map_file(fd, u64::from(self.image.code.0), size, executable, Some(table))
                };
                mapped.map(drop).map_err(|e| ("mmap of the map", e))
            }
        };
        result.map_err(|(call, errno)| Refusal::Kernel(call, errno))
    }

    fn data_page(&self, table: usize, layer: usize, vdso: Option<Vdso<'_>>, tls: Option<Tls>) -> DataPage {
        let data = table + DATA_OFFSET as usize;
        let mut words = vdso.map(|v| v.functions()).unwrap_or_default();
        for (word, call) in words.iter_mut().zip(VdsoCall::ALL) {
            if *word == 0 {
                *word = (table + fallback(call)) as u64;
            }
        }
        let tls = tls.unwrap_or_default();
        DataPage {
            flags: FLAG_SUPPLIED,
            release: self.section.note.release,
            target: self.target,
            layer: (layer as u64, if layer == 0 { 0 } else { self.image.layer_size }),
            errno: self.section.errno.map_or(0, |e| e.descriptor().wrapping_sub(data) as i64),
            errno_offset: match self.section.errno {
                Some(ErrnoPlace::Offset(_, offset)) => offset,
                _ => 0,
            },
            errno_address: match self.section.errno {
                Some(ErrnoPlace::Function(_, address)) => address as u64,
                _ => 0,
            },
            thread_pointer: tls.thread_pointer as u64,
            tls: (tls.mapping as u64, tls.size as u64),
            vdso: words,
        }
    }
}

/// Offset in the table of the code that enters the kernel for a call which the vDSO lacks: seven bytes
/// before the entering instruction of its raw entry (ABI.md, "Calls of the vDSO").
fn fallback(call: VdsoCall) -> usize {
    let nr = match call {
        VdsoCall::ClockGettime => 228,
        VdsoCall::ClockGetres => 229,
        VdsoCall::Gettimeofday => 96,
        VdsoCall::Time => 201,
        VdsoCall::Getcpu => 309,
    };
    (nr * SLOT_SIZE + RAW_ENTRY + ENTER_OFFSET - 7) as usize
}

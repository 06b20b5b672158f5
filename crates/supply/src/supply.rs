//! Checking that a map fits a program, and mapping it.

use crate::calls::Calls;
use crate::section::{ErrnoPlace, Section};
use crate::tls::{Tls, TlsPlan};
use crate::vdso::Vdso;
use crate::{Kernel, Refusal, prot};
use libsys_image::data::{DataPage, ENCODED_SIZE, FLAG_SUPPLIED};
use libsys_image::map::{HOLE, MapImage, SlotCode};
use libsys_image::{
    DATA_OFFSET, DATA_SIZE, ENTER_OFFSET, PackedRelease, RAW_ENTRY, SECTION_SIZE, SLOT_SIZE, SLOTS,
    TABLE_SIZE, VdsoCall,
};

const PAGE: usize = 4096;
/// The number of `uname` on x86_64.
pub(crate) const NR_UNAME: u32 = 63;

/// Where the pages of an image come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// They are mapped, readable and executable, and may be moved away: the loader's own image.
    Mapped {
        /// Where.
        address: usize,
        /// Whether the kernel is to tell profilers of the table, as it does of what is mapped from a file.
        profile: bool,
    },
    /// They are in a file.
    File {
        /// Its descriptor.
        fd: i32,
        /// Where in it the image begins, in whole pages.
        offset: u64,
    },
}

/// What is known of the calls of a kernel.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// The release that it is as good as; none: it did not say, and its calls are taken to exist.
    pub release: Option<PackedRelease>,
    /// The calls that it lacks, when it was asked for them.
    pub missing: Option<&'a Calls>,
}

impl Known<'_> {
    /// Whether the slot of a call can be carried out that can be since a release.
    fn carries_out(&self, nr: u32, since: u32) -> bool {
        match self.missing {
            Some(missing) => since == 0 || !missing.contains(nr),
            // The patch number is the distribution's; calls arrive with releases.
            None => since == HOLE || self.release.is_none_or(|kernel| PackedRelease(since) <= kernel),
        }
    }
}

/// What will be mapped: everything has been checked.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    section: &'a Section<'a>,
    tls: Option<TlsPlan>,
    /// Where most slots come from.
    image: MapImage<'a>,
    source: Source,
    /// The layer: its offset in a file, and bytes in it.
    layer: Option<(i32, u64, u32)>,
    /// Where `replaced` slots come from.
    other: MapImage<'a>,
    replaced: Calls,
    /// What the slot of `uname` becomes, and the release that it reports.
    uname: Option<(&'a SlotCode, PackedRelease)>,
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

/// Checks a section against an image and the running kernel.
///
/// # Errors
///
/// Why the image does not fit the program, or the program the kernel.
pub fn check(section: &Section<'_>, image: &MapImage<'_>, known: &Known<'_>) -> Result<(), Refusal> {
    let note = &section.note;
    if note.name_bytes() != image.name_bytes() || note.machine != image.machine {
        return Err(Refusal::Abi);
    }
    if note.release > image.release {
        return Err(Refusal::Newer);
    }
    if known.release.is_some_and(|kernel| kernel < image.kernel) {
        return Err(Refusal::OldKernel { since: image.kernel });
    }
    if image.fingerprint(note.release) != Some(note.fingerprint) {
        return Err(Refusal::Fingerprint);
    }
    for nr in section.numbers().into_iter().flatten() {
        let since = image.since(nr);
        if !known.carries_out(nr, since) {
            return Err(Refusal::Call { nr, since: PackedRelease(since) });
        }
    }
    Ok(())
}

/// Checks a section as [`check`] does, and plans the mapping. `is_static` is true for static programs, whose initial TLS
/// is set up where they ask for that.
///
/// # Errors
///
/// As [`check`], or that the TLS cannot be laid out.
pub fn plan<'a>(
    section: &'a Section<'a>,
    image: MapImage<'a>,
    source: Source,
    known: &Known<'_>,
    is_static: bool,
) -> Result<Plan<'a>, Refusal> {
    check(section, &image, known)?;
    Plan::checked(section, image, source, known, is_static)
}

impl<'a> Plan<'a> {
    /// Plans the mapping of an image that was [checked](check) against the section.
    // The error is the caller's, so that a plan is made where it is wanted, and not copied there.
    pub(crate) fn checked<E: From<Refusal>>(
        section: &'a Section<'a>,
        image: MapImage<'a>,
        source: Source,
        known: &Known<'_>,
        is_static: bool,
    ) -> Result<Plan<'a>, E> {
        let note = &section.note;
        let wants_tls = is_static && note.flags & libsys_image::note::FLAG_INITIAL_TLS != 0;
        let tls = if wants_tls { Some(TlsPlan::new(&section.program, note.tcb_size)?) } else { None };
        let layer = match source {
            Source::File { fd, offset } if image.layer_size != 0 => {
                Some((fd, offset + u64::from(image.code.0) + u64::from(image.code.1), image.layer_size))
            }
            _ => None,
        };
        let target = known.release.unwrap_or(image.release);
        let replaced = Calls::default();
        Ok(Plan { section, tls, image, source, layer, other: image, replaced, uname: None, target })
    }

    /// Takes only the slots of `calls` from the plan's image, and all others from the native one. Pages that have slots
    /// of both become private to the process, so the image that leaves fewer of those is mapped, and the slots of the
    /// other written into it.
    #[cold]
    pub fn take_only(&mut self, calls: &Calls, native: MapImage<'a>, source: Source) {
        let mut converted = Calls::default();
        // Both carry out a call since the same release only if they do so in the same way.
        for nr in (0..SLOTS).filter(|nr| !calls.contains(*nr) && native.since(*nr) != self.image.since(*nr)) {
            converted.insert(nr);
        }
        if converted.page_count() < calls.page_count() {
            self.other = native;
            self.replaced = converted;
        } else {
            self.other = core::mem::replace(&mut self.image, native);
            self.source = source;
            self.replaced = *calls;
        }
    }

    /// Has `uname` report a release, by the slot for that of a map.
    pub fn report(&mut self, slot: &'a SlotCode, release: PackedRelease) {
        self.uname = Some((slot, release));
    }

    /// How many pages of code will be private to the process, for want of an image that has all their slots.
    #[must_use]
    pub fn private_pages(&self) -> u32 {
        self.all_replaced().page_count()
    }

    /// The slots that are not as in the image.
    fn all_replaced(&self) -> Calls {
        let mut replaced = self.replaced;
        if self.uname.is_some() {
            replaced.insert(NR_UNAME);
        }
        replaced
    }

    /// The code of a slot that is not as in the image.
    fn replacement(&self, nr: u32) -> Option<&'a SlotCode> {
        match self.uname {
            Some((slot, _)) if nr == NR_UNAME => Some(slot),
            _ => self.other.slot(nr),
        }
    }
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
    /// the plan's image was read from. `vdso` is AT_SYSINFO_EHDR, or 0.
    pub unsafe fn carry_out<K: Kernel>(
        &self,
        kernel: &K,
        vdso: usize,
        random: Option<[u8; 16]>,
    ) -> Result<Supplied, Refusal> {
        let table = self.section.range.start;
        // First, so that it does not land where the image moves away from.
        let tls = match &self.tls {
            Some(plan) => Some(plan.carry_out(kernel, &self.section.program, random)?),
            None => None,
        };
        let layer = self.map_layer(kernel)?;
        // SAFETY: the caller's duties are those of `map_code`.
        unsafe { self.map_code(kernel, table) }?;
        // To look into the vDSO takes longer than any call here, so it is done for programs that read clocks alone.
        // SAFETY: the caller vouches for the address.
        let vdso = if self.reads_clocks() { unsafe { Vdso::at(vdso) } } else { None };
        let page = self.data_page(table, layer, vdso, tls);
        let data = table + DATA_OFFSET as usize;
        // SAFETY: the page is part of the section, which nothing refers to yet.
        unsafe { self.make_writable(kernel, data) }?;
        // SAFETY: the page was just made writable, and is larger than what is written.
        unsafe { (data as *mut [u8; ENCODED_SIZE]).write(page.encode()) };
        // SAFETY: no reference to the page is alive.
        let protected = unsafe { kernel.mprotect(data, DATA_SIZE as usize, prot::READ) };
        protected.map_err(|e| Refusal::Kernel("mprotect of the data page", e))?;
        kernel.seal(table, SECTION_SIZE as usize);
        if layer != 0 {
            kernel.seal(layer, self.layer_size() as usize);
        }
        if let Some(tls) = tls {
            // SAFETY: the control block was laid out there, and the caller has no thread pointer.
            let set = unsafe { kernel.set_thread_pointer(tls.thread_pointer) };
            set.map_err(|e| Refusal::Kernel("arch_prctl(ARCH_SET_FS)", e))?;
        }
        Ok(Supplied { table, tls })
    }

    /// Makes the data page memory that can be written.
    ///
    /// # Safety
    ///
    /// It is the section's, which nothing refers to.
    unsafe fn make_writable<K: Kernel>(&self, kernel: &K, data: usize) -> Result<(), Refusal> {
        let size = DATA_SIZE as usize;
        // The section's own memory will do, and takes less than a mapping of its own; older kernels may have mapped none, where
        // segments are not in order.
        // SAFETY: nothing refers to it, nor runs there.
        let own = || unsafe { kernel.mprotect(data, size, prot::READ | prot::WRITE) };
        if self.section.program.is_exact() && own().is_ok() {
            return Ok(());
        }
        // SAFETY: the caller's duty is the same.
        let mapped = unsafe { kernel.map_zeroed_at(data, size) };
        mapped.map_err(|errno| Refusal::Kernel("mmap of the data page", errno))
    }

    /// Maps the layer wherever there is room; its address, 0 for none.
    fn map_layer<K: Kernel>(&self, kernel: &K) -> Result<usize, Refusal> {
        let Some((fd, offset, size)) = self.layer else { return Ok(0) };
        // SAFETY: no address is asked for, so nothing is replaced.
        let mapped = unsafe { kernel.map_file(fd, offset, size as usize, prot::READ | prot::EXEC, None) };
        mapped.map_err(|errno| Refusal::Kernel("mmap of the layer", errno))
    }

    /// # Safety
    ///
    /// As [`Plan::carry_out`].
    unsafe fn map_code<K: Kernel>(&self, kernel: &K, table: usize) -> Result<(), Refusal> {
        let size = TABLE_SIZE as usize;
        let executable = prot::READ | prot::EXEC;
        let replaced = self.all_replaced();
        let is_whole = replaced.is_empty();
        match self.source {
            Source::Mapped { address, profile } => {
                // SAFETY: the section is not in use, nor, any more, is the image.
                let moved = unsafe { kernel.move_mapping(address + self.image.code.0 as usize, size, table) };
                moved.map_err(|errno| Refusal::Kernel("mremap of the table", errno))?;
                // It is code already, and need not be made so: processes to which that is forbidden can be supplied.
                if is_whole && !profile {
                    return Ok(());
                }
                // The kernel tells them of what becomes executable, not of what is moved.
                // SAFETY: nothing runs there yet, and reading it stays allowed.
                let protected = unsafe { kernel.mprotect(table, size, prot::READ) };
                protected.map_err(|errno| Refusal::Kernel("mprotect of the table", errno))?;
            }
            Source::File { fd, offset } => {
                let prot = if is_whole { executable } else { prot::READ };
                let offset = offset + u64::from(self.image.code.0);
                // SAFETY: the section is not in use.
                let mapped = unsafe { kernel.map_file(fd, offset, size, prot, Some(table)) };
                mapped.map_err(|errno| Refusal::Kernel("mmap of the map", errno))?;
                if is_whole {
                    return Ok(());
                }
            }
        }
        let failed = |errno| Refusal::Kernel("mprotect of the table", errno);
        for (page, slots) in replaced.pages().enumerate().filter(|(_, slots)| *slots != 0) {
            let page = table + page * PAGE;
            // SAFETY: adding access takes none away.
            unsafe { kernel.mprotect(page, PAGE, prot::READ | prot::WRITE) }.map_err(failed)?;
            for slot in (0..u64::BITS as usize).filter(|slot| slots & 1 << slot != 0) {
                let place = page + slot * SLOT_SIZE as usize;
                if let Some(code) = self.replacement((place - table) as u32 / SLOT_SIZE) {
                    // SAFETY: the slot lies in the page, which was just made writable and nothing refers to.
                    unsafe { (place as *mut SlotCode).write(*code) };
                }
            }
        }
        // Executable only now.
        // SAFETY: no reference to the table is alive.
        unsafe { kernel.mprotect(table, size, executable) }.map_err(failed)
    }

    fn layer_size(&self) -> u32 {
        self.layer.map_or(0, |(_, _, size)| size)
    }

    fn reads_clocks(&self) -> bool {
        let is_clock = |nr| VdsoCall::ALL.iter().any(|call| number(*call) == nr);
        self.section.numbers().is_none_or(|mut numbers| numbers.any(is_clock))
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
            layer: (layer as u64, self.layer_size()),
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
            uname: self.uname.map(|(_, release)| release).unwrap_or_default(),
        }
    }
}

/// Offset in the table of the code that enters the kernel for a call which the vDSO lacks: seven bytes
/// before the entering instruction of its raw entry (ABI.md, "Calls of the vDSO").
fn fallback(call: VdsoCall) -> usize {
    (number(call) * SLOT_SIZE + RAW_ENTRY + ENTER_OFFSET - 7) as usize
}

/// The call's number in `linux/x86_64`.
fn number(call: VdsoCall) -> u32 {
    match call {
        VdsoCall::ClockGettime => 228,
        VdsoCall::ClockGetres => 229,
        VdsoCall::Gettimeofday => 96,
        VdsoCall::Time => 201,
        VdsoCall::Getcpu => 309,
    }
}

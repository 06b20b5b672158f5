//! Any bytes as a program that is to be supplied: in memory that a kernel of our own keeps.
//!
//! The program is laid out as Linux lays it out; then what `ld-libsys` does is done to it. The kernel checks
//! that nothing is mapped, protected or written but the program's section and memory that it gave out.
//!
//! Unsafe code is allowed here: the supplier reads and writes the memory of programs.
#![allow(unsafe_code)]

use libsys_image::map::{self, HOLE, MapImage, Parts};
use libsys_image::{DATA_SIZE, PackedRelease, SECTION_SIZE, SLOT_SIZE, SLOTS, TABLE_SIZE, data};
use libsys_supply::calls::Calls;
use libsys_supply::line::Line;
use libsys_supply::program::{MAX_PHDRS, PF_R, PHDR_SIZE, Phdr, segment};
use libsys_supply::{Errno, Kernel, Known, Program, Refusal, Section, Source, plan};
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::cell::RefCell;
use std::ffi::CStr;

const PAGE: usize = 4096;
/// Bytes of memory that a program may span; real ones may span more.
const MOST: usize = 1 << 20;
/// `EM_X86_64`
const MACHINE: u16 = 62;
/// The release of the kernel that programs are supplied on.
const KERNEL: PackedRelease = PackedRelease::new(6, 18, 0);
const ENOMEM: Errno = Errno(12);

/// A program is refused in a sentence, or its section is replaced and nothing else; what is set up for it lies
/// in memory of its own.
pub fn supply(data: &[u8]) {
    let Some(file) = File::parse(data) else { return };
    let Some(memory) = Memory::load(&file) else { return };
    // SAFETY: the headers lie in `memory`, which has zeros behind them for as many as are read.
    let program = match unsafe { Program::from_auxv(memory.headers, PHDR_SIZE, file.headers.len()) } {
        Ok(program) => program,
        Err(why) => return refused(why),
    };
    // Elsewhere the headers would not be those of a program that Linux has started.
    if program.bias() != memory.bias {
        return;
    }
    let section = match Section::find(&program, MACHINE) {
        Ok(Some(section)) => section,
        Ok(None) => return,
        Err(why) => return refused(why),
    };
    // A run-time linker has found its bias itself, and may have mapped less.
    // SAFETY: as above; every segment lies `bias` bytes above its address.
    let linked = unsafe { Program::loaded(memory.headers, file.headers.len(), memory.bias) };
    let linked = linked.and_then(|program| Section::find(&program, MACHINE));
    let Ok(Some(linked)) = linked else { panic!("it is found as it was") };
    assert_eq!((linked.note, linked.range), (section.note, section.range));
    let place = section.range.start..section.range.start + SECTION_SIZE as usize;
    assert!(memory.block.holds(place.start, SECTION_SIZE as usize) && place.start.is_multiple_of(PAGE));
    let (native, other) = (image(&section, false), image(&section, true));
    let native = MapImage::parse(&native, true).expect("what we write can be read");
    let other = MapImage::parse(&other, true).expect("what we write can be read");
    let known = Known { release: Some(KERNEL), missing: None };
    let before = memory.block.bytes().to_vec();
    let moved = Source::Mapped { address: image_address(&native), profile: false };
    let told = Source::Mapped { address: image_address(&native), profile: true };
    let tries = [
        (&section, native, moved, true, None),
        (&section, native, told, true, None),
        (&linked, other, OTHER, false, None),
        (&section, other, OTHER, true, Some(FEW)),
        (&linked, other, OTHER, false, Some(MANY)),
    ];
    for (section, image, source, is_static, only) in tries {
        let mut planned = match plan(section, image, source, &known, is_static) {
            Ok(plan) => plan,
            Err(why) => {
                refused(why);
                continue;
            }
        };
        let mut wanted = Calls::default();
        only.into_iter().flatten().for_each(|nr| wanted.insert(*nr));
        if only.is_some() {
            planned.take_only(&wanted, native, moved);
        }
        let kernel = Fake {
            memory: &memory,
            place: place.clone(),
            native: &native,
            other: &other,
            is_exact: section.program.is_exact(),
            given: RefCell::default(),
        };
        // SAFETY: nothing but this function knows of the memory, and the program never starts.
        match unsafe { planned.carry_out(&kernel, 0, Some([0xaa; 16])) } {
            Ok(supplied) => {
                assert_eq!(supplied.table, place.start);
                assert_eq!(supplied.tls.is_some(), kernel.given.borrow().pointer.is_some());
                let code = (0..SLOTS).flat_map(|nr| {
                    let is_wanted = only.map_or(source == OTHER, |some| some.contains(&nr));
                    [if is_wanted { fill(nr, true) } else { fill(nr, false) }; SLOT_SIZE as usize]
                });
                kernel.check(section, &code.collect::<Vec<u8>>());
            }
            Err(why) => refused(why),
        }
        let after = memory.block.bytes();
        let (start, end) = (place.start - memory.block.start, place.end - memory.block.start);
        assert!(
            before[..start] == after[..start] && before[end..] == after[end..],
            "only the section changes"
        );
    }
}

/// The calls that the map which is not native converts; some of them, from which fewer private pages come when they
/// are put into the native one; and some of which the rest lies in fewer pages.
const CONVERTED: &[u32] = &[1, 64, 65, 70, 200, 1000];
const FEW: &[u32] = &[1, 64, 65];
const MANY: &[u32] = &[1, 200, 1000];

/// What the code of a slot consists of.
fn fill(nr: u32, is_other: bool) -> u8 {
    if is_other && CONVERTED.contains(&nr) { 0xce } else { 0xcc }
}

/// The file of the map that is not native.
const OTHER: Source = Source::File { fd: 3, offset: 0 };

fn refused(why: Refusal) {
    let mut line = Line::new();
    why.describe(&mut line);
    assert!(line.finish().len() > 1);
}

/// An image that fits what a program's note says.
fn image(section: &Section<'_>, is_other: bool) -> Vec<u8> {
    let mut since = vec![HOLE; SLOTS as usize];
    since[0] = 0;
    since[2] = PackedRelease::new(7, 0, 0).0;
    for nr in CONVERTED {
        since[*nr as usize] = if is_other { 0 } else { PackedRelease::new(5, 0, 0).0 };
    }
    let code: Vec<u8> = (0..SLOTS).flat_map(|nr| [fill(nr, is_other); SLOT_SIZE as usize]).collect();
    let parts = Parts {
        machine: MACHINE,
        name: section.note.name(),
        release: section.note.release,
        kernel: PackedRelease(0),
        fingerprints: &[(section.note.release, section.note.fingerprint)],
        since: &since,
        code: &code,
        layer: &[0xcd; PAGE],
        spare: &[],
        gone: &[],
        names: &[],
        programs: 0,
    };
    let mut bytes = vec![0; map::size(&parts).expect("the note's name fits")];
    assert!(map::write(&parts, &mut bytes));
    bytes
}

fn image_address(image: &MapImage<'_>) -> usize {
    image.code_bytes().as_ptr() as usize - image.code.0 as usize
}

/// The headers of a file that Linux would start.
struct File<'a> {
    bytes: &'a [u8],
    headers: Vec<Phdr>,
    headers_at: usize,
}

impl<'a> File<'a> {
    fn parse(bytes: &'a [u8]) -> Option<File<'a>> {
        let word = |at| libsys_image::bytes::u16_at(bytes, at);
        if bytes.get(..6)? != b"\x7fELF\x02\x01" || word(54)? as usize != PHDR_SIZE {
            return None;
        }
        let headers_at = usize::try_from(libsys_image::bytes::u64_at(bytes, 32)?).ok()?;
        let count = word(56)? as usize;
        let table = bytes.get(headers_at..headers_at.checked_add(count * PHDR_SIZE)?)?;
        let headers = table.chunks_exact(PHDR_SIZE).filter_map(Phdr::parse).collect();
        Some(File { bytes, headers, headers_at })
    }
}

/// A piece of zeroed memory, whole pages.
struct Block {
    start: usize,
    layout: Layout,
}

impl Block {
    fn new(size: usize) -> Option<Block> {
        let layout = Layout::from_size_align(size.max(PAGE).next_multiple_of(PAGE), PAGE).ok()?;
        // SAFETY: the layout has a size.
        let start = unsafe { alloc_zeroed(layout) };
        (!start.is_null()).then_some(Block { start: start as usize, layout })
    }

    fn holds(&self, address: usize, size: usize) -> bool {
        let end = self.start + self.layout.size();
        self.start <= address && address.checked_add(size).is_some_and(|last| last <= end)
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: the block lives as long as `self`; the supplier writes to it through addresses, never while
        // this slice is alive.
        unsafe { std::slice::from_raw_parts(self.start as *const u8, self.layout.size()) }
    }

    /// Writes what lies in the block.
    fn write(&self, address: usize, bytes: &[u8]) {
        assert!(self.holds(address, bytes.len()));
        // SAFETY: the bytes lie in the block, to which nothing else refers now.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), address as *mut u8, bytes.len()) };
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: it was allocated with this layout, and is not used any more.
        unsafe { dealloc(self.start as *mut u8, self.layout) };
    }
}

/// A program in memory.
struct Memory {
    block: Block,
    /// What is added to the addresses in its headers.
    bias: usize,
    /// AT_PHDR
    headers: usize,
}

impl Memory {
    /// Lays a program out; none when Linux would not, or it is too large for us.
    fn load(file: &File<'_>) -> Option<Memory> {
        let loads = || file.headers.iter().filter(|p| p.kind == segment::LOAD);
        let first = loads().map(|p| p.vaddr).min()? as usize & !(PAGE - 1);
        let last = loads().try_fold(0, |last, p| Some(p.vaddr.checked_add(p.memsz)?.max(last)))?;
        let span = usize::try_from(last).ok()?.checked_sub(first).filter(|span| *span <= MOST)?;
        if loads().any(|p| p.filesz > p.memsz) {
            return None;
        }
        // Linux computes AT_PHDR from the segment that has their offset; behind it may lie anything.
        let holder = loads().find(|p| {
            let at = file.headers_at as u64;
            p.offset <= at && at - p.offset < p.filesz
        })?;
        let at = (holder.vaddr as usize).checked_add(file.headers_at - holder.offset as usize)?;
        let block = Block::new(span.next_multiple_of(PAGE) + PAGE + MAX_PHDRS * PHDR_SIZE)?;
        let bias = block.start.wrapping_sub(first);
        for p in loads() {
            let start = (p.offset as usize).min(file.bytes.len());
            let bytes = &file.bytes[start..];
            let bytes = &bytes[..bytes.len().min(p.filesz as usize)];
            block.write((p.vaddr as usize).wrapping_add(bias), bytes);
        }
        let headers = at.wrapping_add(bias);
        let is_held = block.holds(headers, file.headers.len() * PHDR_SIZE);
        let seen = block.bytes().get(headers.wrapping_sub(block.start)..)?;
        // Segments that overlap may have changed what the kernel read.
        let same = seen.starts_with(&file.bytes[file.headers_at..][..file.headers.len() * PHDR_SIZE]);
        let readable = loads().all(|p| p.flags & PF_R == 0 || p.memsz as usize <= MOST);
        (is_held && same && readable).then_some(Memory { block, bias, headers })
    }
}

/// What the kernel gave out.
#[derive(Default)]
struct Given {
    blocks: Vec<Block>,
    pointer: Option<usize>,
    sealed: Vec<(usize, usize)>,
    mapped_table: bool,
    /// Whether the data page is memory that could be written.
    prepared_data: bool,
    executable: bool,
    /// Pages of the section that are writable.
    writable: Vec<usize>,
}

struct Fake<'a> {
    memory: &'a Memory,
    place: std::ops::Range<usize>,
    native: &'a MapImage<'a>,
    other: &'a MapImage<'a>,
    is_exact: bool,
    given: RefCell<Given>,
}

impl Fake<'_> {
    fn data(&self) -> usize {
        self.place.start + TABLE_SIZE as usize
    }

    /// What must hold after a program was supplied.
    fn check(&self, section: &Section<'_>, code: &[u8]) {
        let given = self.given.borrow();
        assert!(given.mapped_table && given.prepared_data);
        assert!(given.sealed.contains(&(self.place.start, SECTION_SIZE as usize)));
        let block = &self.memory.block;
        let at = |address: usize, size: usize| &block.bytes()[address - block.start..][..size];
        assert!(at(self.place.start, TABLE_SIZE as usize) == code, "each slot is that of its map");
        assert!(given.executable && given.writable.is_empty(), "code is executable, and not writable");
        assert!(at(self.data(), DATA_SIZE as usize).starts_with(&data::MAGIC));
        if let Some(pointer) = given.pointer {
            let size = (section.note.tcb_size as usize).max(64);
            let tls = given.blocks.iter().find(|block| block.holds(pointer, size)).expect("it was given out");
            let offset = pointer - tls.start;
            assert_eq!(tls.bytes()[offset..][..8], pointer.to_le_bytes());
        }
    }
}

impl libsys_supply::Memory for Fake<'_> {
    fn map_zeroed(&self, size: usize) -> Result<usize, Errno> {
        let mut given = self.given.borrow_mut();
        assert!(size.is_multiple_of(PAGE) && size > 0);
        let block = Some(size).filter(|size| *size <= 4 * MOST).and_then(Block::new).ok_or(ENOMEM)?;
        let start = block.start;
        given.blocks.push(block);
        Ok(start)
    }
}

impl Kernel for Fake<'_> {
    unsafe fn move_mapping(&self, from: usize, size: usize, to: usize) -> Result<(), Errno> {
        assert_eq!((from, size), (self.native.code_bytes().as_ptr() as usize, TABLE_SIZE as usize));
        assert_eq!(to, self.place.start);
        let mut given = self.given.borrow_mut();
        (given.mapped_table, given.executable) = (true, true);
        self.memory.block.write(to, self.native.code_bytes());
        Ok(())
    }

    unsafe fn map_file(
        &self,
        fd: i32,
        offset: u64,
        size: usize,
        prot: u32,
        to: Option<usize>,
    ) -> Result<usize, Errno> {
        let code = self.other.code;
        assert!(fd == 3 && (prot == 5 || prot == 1 && to.is_some()));
        match to {
            Some(to) => {
                assert_eq!((to, offset, size), (self.place.start, u64::from(code.0), TABLE_SIZE as usize));
                let mut given = self.given.borrow_mut();
                (given.mapped_table, given.executable) = (true, prot == 5);
                self.memory.block.write(to, self.other.code_bytes());
                Ok(to)
            }
            None => {
                assert_eq!((offset, size), (u64::from(code.0 + code.1), PAGE));
                let block = Block::new(size).ok_or(ENOMEM)?;
                let start = block.start;
                block.write(start, &[0xcd; PAGE]);
                self.given.borrow_mut().blocks.push(block);
                Ok(start)
            }
        }
    }

    unsafe fn map_zeroed_at(&self, address: usize, size: usize) -> Result<(), Errno> {
        assert_eq!((address, size), (self.data(), DATA_SIZE as usize), "the data page alone is replaced");
        let mut given = self.given.borrow_mut();
        given.prepared_data = true;
        given.writable.push(address);
        self.memory.block.write(address, &[0; DATA_SIZE as usize]);
        Ok(())
    }

    unsafe fn unmap(&self, _: usize, _: usize) {
        unreachable!("nothing that was mapped is given back");
    }

    unsafe fn mprotect(&self, address: usize, size: usize, prot: u32) -> Result<(), Errno> {
        let table = (self.place.start, TABLE_SIZE as usize);
        let data = (self.data(), DATA_SIZE as usize);
        let mut given = self.given.borrow_mut();
        match (address, size, prot) {
            (at, size, 3) if (at, size) == data => {
                assert!(self.is_exact, "a run-time linker may have mapped no memory there");
                given.prepared_data = true;
                given.writable.push(at);
            }
            (at, size, 1) if (at, size) == data => given.writable.retain(|page| *page != at),
            (at, size, 1) if (at, size) == table => given.executable = false,
            (at, size, 5) if (at, size) == table => {
                given.writable.clear();
                given.executable = true;
            }
            (at, PAGE, 3)
                if !given.executable && at.is_multiple_of(PAGE) && (table.0..self.data()).contains(&at) =>
            {
                given.writable.push(at);
            }
            other => panic!("{other:x?} is protected"),
        }
        Ok(())
    }

    fn seal(&self, address: usize, size: usize) {
        self.given.borrow_mut().sealed.push((address, size));
    }

    unsafe fn set_thread_pointer(&self, address: usize) -> Result<(), Errno> {
        let old = self.given.borrow_mut().pointer.replace(address);
        assert_eq!(old, None);
        Ok(())
    }

    fn release(&self) -> Option<PackedRelease> {
        Some(KERNEL)
    }

    fn open(&self, _: &CStr) -> Result<i32, Errno> {
        unreachable!("the map is chosen");
    }

    fn file_size(&self, _: i32) -> Result<u64, Errno> {
        unreachable!("the map is chosen");
    }

    fn close(&self, _: i32) {
        unreachable!("the map is chosen");
    }

    fn probe(&self, _: u32) -> Result<usize, Errno> {
        unreachable!("the map is chosen");
    }

    fn report(&self, _: &[u8]) {
        unreachable!("the map is chosen");
    }
}

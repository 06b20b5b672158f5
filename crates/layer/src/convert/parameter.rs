//! The parameters that `_sysctl` names by numbers, and the files that have them: what `_sysctl` itself had become
//! before kernels dropped it.

use crate::errno::{EIO, ENOENT, ENOSYS, ENOTDIR};
use crate::nr::{FSTATFS, READ, STATFS, WRITE};
use crate::place::{AT_FDCWD, O_RDONLY, Opened, is_proc};
use crate::table::Table;
use crate::{Errno, Result, memory};
use core::mem::MaybeUninit;

/// A line for each: its numbers (`linux/sysctl.h`), what it holds, and its file below /proc/sys. It holds a text (`s`),
/// numbers of 32 bits (`i`) or 64 (`l`), a UUID (`b`), a new UUID each time (`r`), or the text that `uname` has in that
/// place (`0` to `5`).
const TABLE: &[u8] = b"\
1.1 0 kernel/ostype
1.2 2 kernel/osrelease
1.4 3 kernel/version
1.7 1 kernel/hostname
1.8 5 kernel/domainname
1.15 i kernel/panic
1.16 i kernel/real-root-dev
1.22 i kernel/ctrl-alt-del
1.23 i kernel/printk
1.28 s kernel/modprobe
1.30 i kernel/acct
1.34 l kernel/shmmax
1.35 i kernel/msgmax
1.36 i kernel/msgmnb
1.38 i kernel/sysrq
1.39 i kernel/threads-max
1.40.1 i kernel/random/poolsize
1.40.2 i kernel/random/entropy_avail
1.40.4 i kernel/random/write_wakeup_threshold
1.40.5 b kernel/random/boot_id
1.40.6 r kernel/random/uuid
1.41 l kernel/shmall
1.42 i kernel/msgmni
1.43 i kernel/sem
1.45 i kernel/shmmni
1.46 i kernel/overflowuid
1.47 i kernel/overflowgid
1.49 s kernel/hotplug
1.52 i kernel/core_uses_pid
1.54 i kernel/cad_pid
1.55 i kernel/pid_max
1.56 s kernel/core_pattern
1.57 i kernel/panic_on_oops
1.60 i kernel/printk_ratelimit
1.61 i kernel/printk_ratelimit_burst
1.62.1 i kernel/pty/max
1.62.2 i kernel/pty/nr
1.63 i kernel/ngroups_max
1.68 i kernel/randomize_va_space
2.5 i vm/overcommit_memory
2.10 i vm/page-cluster
2.11 i vm/dirty_background_ratio
2.12 i vm/dirty_ratio
2.16 i vm/overcommit_ratio
2.19 i vm/swappiness
2.20 i vm/lowmem_reserve_ratio
2.21 i vm/min_free_kbytes
2.22 i vm/max_map_count
2.23 i vm/laptop_mode
2.26 i vm/vfs_cache_pressure
2.27 i vm/legacy_va_layout
2.29 i vm/drop_caches
2.31 i vm/zone_reclaim_mode
2.33 i vm/panic_on_oom
3.1.1 i net/core/wmem_max
3.1.2 i net/core/rmem_max
3.1.3 i net/core/wmem_default
3.1.4 i net/core/rmem_default
3.1.6 i net/core/netdev_max_backlog
3.1.8 i net/core/message_cost
3.1.9 i net/core/message_burst
3.1.10 i net/core/optmem_max
3.1.17 i net/core/dev_weight
3.1.18 i net/core/somaxconn
3.5.8 i net/ipv4/ip_forward
3.5.37 i net/ipv4/ip_default_ttl
3.5.40 i net/ipv4/tcp_syn_retries
3.5.45 i net/ipv4/tcp_keepalive_time
3.5.49 i net/ipv4/tcp_fin_timeout
3.5.56 i net/ipv4/ip_local_port_range
5.1 i fs/inode-nr
5.2 i fs/inode-state
5.7 i fs/file-max
5.8 i fs/dentry-state
5.11 i fs/overflowuid
5.12 i fs/overflowgid
5.13 i fs/leases-enable
5.14 i fs/dir-notify-enable
5.15 i fs/lease-break-time
5.18 l fs/aio-nr
5.19 l fs/aio-max-nr
";
const FOLDER: &[u8] = b"/proc/sys/";
/// Room for the longest path and its NUL.
const PATH_SIZE: usize = 64;
/// Bytes of a file that are read and written: the kernel took as many.
const TEXT_SIZE: usize = 256;
const UUID_SIZE: usize = 16;
const O_WRONLY: usize = 1;
const O_RDWR: usize = 2;

/// A parameter: a line of the table behind its numbers.
#[derive(Clone, Copy)]
pub struct Parameter {
    /// The letter for what it holds.
    pub kind: u8,
    file: &'static [u8],
}

/// Finds what numbers stand for.
///
/// # Errors
///
/// ENOTDIR when more numbers would follow, ENOSYS when nothing is known of them.
pub fn find(name: &[u32]) -> core::result::Result<Parameter, Errno> {
    let mut errno = ENOSYS;
    for line in TABLE.split(|byte| *byte == b'\n') {
        match compare(line, name) {
            Ok(Some([kind, b' ', file @ ..])) => return Ok(Parameter { kind: *kind, file }),
            Ok(_) => {}
            Err(longer) => errno = longer,
        }
    }
    Err(errno)
}

/// The rest of a line whose numbers a name begins with; ENOTDIR when the name ends before them.
fn compare<'a>(line: &'a [u8], name: &[u32]) -> core::result::Result<Option<&'a [u8]>, Errno> {
    let mut rest = line;
    let mut wanted = name.iter();
    loop {
        let Some(wanted) = wanted.next() else { return Err(ENOTDIR) };
        let number = take_number(&mut rest);
        let Some((between, tail)) = rest.split_first() else { return Ok(None) };
        if number != u64::from(*wanted) {
            return Ok(None);
        }
        rest = tail;
        if *between == b' ' {
            return Ok(Some(rest));
        }
    }
}

/// Reads decimal digits, none of which are 0.
fn take_number(text: &mut &[u8]) -> u64 {
    let mut number = 0u64;
    while let Some((digit @ b'0'..=b'9', rest)) = text.split_first() {
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        *text = rest;
    }
    number
}

/// Reads a parameter's file to memory, and writes it from there, if there are sizes; how many bytes were read.
///
/// # Errors
///
/// Those of the file: ENOENT where the kernel has none of that name, ENOSYS without /proc, EFAULT for the memory.
pub fn access(table: Table, parameter: Parameter, old: (usize, usize), new: (usize, usize)) -> Result {
    let file = open(table, parameter.file, old.1 != 0, new.1 != 0)?;
    let file = (table, file.fd());
    let size = match parameter.kind {
        b'i' => 4,
        b'l' => 8,
        b'b' | b'r' => return read_uuid(file, old),
        _ => {
            let read = if old.1 != 0 { read_text(file, old)? } else { 0 };
            if new.1 != 0 {
                // SAFETY: the kernel checks the address.
                unsafe { table.call(WRITE, [file.1, new.0, new.1]) }?;
            }
            return Ok(read);
        }
    };
    let read = if old.1 != 0 { read_numbers(file, old, size)? } else { 0 };
    if new.1 != 0 {
        write_numbers(file, new, size)?;
    }
    Ok(read)
}

fn open(table: Table, file: &[u8], reads: bool, writes: bool) -> core::result::Result<Opened, Errno> {
    let mut path = [0u8; PATH_SIZE];
    let text = FOLDER.iter().chain(file);
    path.iter_mut().take(PATH_SIZE - 1).zip(text).for_each(|(to, from)| *to = *from);
    let how = match (reads, writes) {
        (true, true) => O_RDWR,
        (false, true) => O_WRONLY,
        _ => O_RDONLY,
    };
    let opened = Opened::new(table, AT_FDCWD as usize, path.as_ptr() as usize, how);
    let opened = match opened {
        // The kernel's own way there did not need /proc in its place.
        Err(ENOENT) => {
            let is_proc = is_proc(table, STATFS, c"/proc/sys".as_ptr() as usize);
            return Err(if is_proc { ENOENT } else { ENOSYS });
        }
        opened => opened?,
    };
    if is_proc(table, FSTATFS, opened.fd()) { Ok(opened) } else { Err(ENOSYS) }
}

/// Reads the beginning of a file.
fn read_file((table, fd): (Table, usize), to: &mut [MaybeUninit<u8>]) -> core::result::Result<&[u8], Errno> {
    // SAFETY: the kernel writes at most as many bytes.
    let read = unsafe { table.call(READ, [fd, to.as_mut_ptr() as usize, to.len()]) }?;
    let start = to.as_ptr().cast::<u8>();
    // SAFETY: it has written as many as it says, which is no more than were asked for.
    Ok(unsafe { core::slice::from_raw_parts(start, read.min(to.len())) })
}

/// Reads a line; a NUL takes the place of its end, and does not count.
fn read_text((table, fd): (Table, usize), (address, size): (usize, usize)) -> Result {
    // SAFETY: the kernel checks the address.
    let read = unsafe { table.call(READ, [fd, address, size]) }?;
    let Some(last) = read.checked_sub(1) else { return Ok(0) };
    let place = address.wrapping_add(last);
    if memory::read::<u8>(table, place)? != b'\n' {
        return Ok(read);
    }
    memory::write(table, place, 0u8).map(|()| last)
}

/// Reads numbers in decimal, to as many whole ones as there is room for; a sign ends them.
fn read_numbers(file: (Table, usize), (address, room): (usize, usize), size: usize) -> Result {
    let mut buffer = [const { MaybeUninit::uninit() }; TEXT_SIZE - 1];
    let mut text = read_file(file, &mut buffer)?;
    let mut read = 0;
    while room - read >= size {
        let number = take_number(&mut text);
        while let Some((b' ' | b'\t' | b'\n', rest)) = text.split_first() {
            text = rest;
        }
        let place = address.wrapping_add(read);
        if size == 8 {
            memory::write(file.0, place, number)?;
        } else {
            memory::write(file.0, place, number as u32)?;
        }
        read += size;
        if !text.first().is_some_and(u8::is_ascii_digit) {
            break;
        }
    }
    Ok(read)
}

/// Writes numbers in decimal, each followed by a tab, as far as they fit.
fn write_numbers((table, fd): (Table, usize), (address, given): (usize, usize), size: usize) -> Result {
    let mut text = [const { MaybeUninit::<u8>::uninit() }; TEXT_SIZE - 1];
    let mut length = 0;
    for i in 0..if size == 8 { given / 8 } else { given / 4 } {
        let place = address.wrapping_add(i * size);
        let number = match size {
            8 => memory::read::<u64>(table, place)?,
            _ => u64::from(memory::read::<u32>(table, place)?),
        };
        // At most 20 digits, the last ones first.
        let mut digits = [0u8; 20];
        let (mut rest, mut count) = (number, 0);
        for digit in &mut digits {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
            count += 1;
            if rest == 0 {
                break;
            }
        }
        digits.iter().take(count).rev().for_each(|digit| put(&mut text, &mut length, *digit));
        put(&mut text, &mut length, b'\t');
    }
    // SAFETY: that many bytes were put there.
    unsafe { table.call(WRITE, [fd, text.as_ptr() as usize, length]) }
}

fn put(text: &mut [MaybeUninit<u8>], length: &mut usize, byte: u8) {
    if let Some(place) = text.get_mut(*length) {
        place.write(byte);
        *length += 1;
    }
}

/// Reads a UUID: 32 hexadecimal digits, with dashes between them.
fn read_uuid(file: (Table, usize), (address, room): (usize, usize)) -> Result {
    let mut buffer = [const { MaybeUninit::uninit() }; 40 - 1];
    let text = read_file(file, &mut buffer)?;
    let mut digits = text.iter().filter(|byte| **byte != b'-').map_while(|byte| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    });
    let mut uuid = [0u8; UUID_SIZE];
    for byte in &mut uuid {
        let (Some(high), Some(low)) = (digits.next(), digits.next()) else { return Err(EIO) };
        *byte = high << 4 | low;
    }
    let copied = uuid.get(..room).unwrap_or(&uuid);
    memory::copy_out(file.0, address, copied).map(|()| copied.len())
}

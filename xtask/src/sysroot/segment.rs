//! Where the segment of libc.so's section seems to lie in the file.
//!
//! A reserved section has no bytes, and GNU ld says of a segment without any that it lies at the file's start. Loaders do
//! not look at that. valgrind does: it reads a file's symbols only if the offset of each segment lies in a mapping that has
//! the segment's rights, and the file's start is mapped without the right to execute. So the segment is made to lie where
//! that of the text does.

/// Bytes in a page, and what a segment's place in the file and in memory agree in.
const PAGE: u64 = 4096;
/// `PT_LOAD`
const LOAD: u32 = 1;
/// `PF_R | PF_X`
const EXECUTABLE: u32 = 5;

/// A program header, as far as it is looked at.
struct Segment {
    /// Where its field `p_offset` lies in the file.
    field: usize,
    flags: u32,
    offset: u64,
    address: u64,
    file_size: u64,
}

/// Gives executable segments without bytes the offset of the one with bytes.
///
/// # Errors
///
/// The file has no such segments.
pub fn place_in_text(file: &mut [u8]) -> Result<(), String> {
    let segments = segments(file).ok_or("its program headers cannot be read")?;
    let executable = || segments.iter().filter(|segment| segment.flags == EXECUTABLE);
    let text = executable().find(|segment| segment.file_size > 0).ok_or("it has no text")?;
    let reserved: Vec<&Segment> = executable().filter(|segment| segment.file_size == 0).collect();
    if reserved.is_empty() {
        return Err("it has no reserved segment".into());
    }
    for segment in reserved {
        if segment.address % PAGE != text.offset % PAGE {
            return Err("its text and its reserved segment begin at different places of a page".into());
        }
        file[segment.field..][..8].copy_from_slice(&text.offset.to_le_bytes());
    }
    Ok(())
}

/// The segments of an ELF file of 64 bits that are loaded.
fn segments(file: &[u8]) -> Option<Vec<Segment>> {
    let half = |at: usize| Some(u16::from_le_bytes(file.get(at..at.checked_add(2)?)?.try_into().ok()?));
    let word = |at: usize| Some(u32::from_le_bytes(file.get(at..at.checked_add(4)?)?.try_into().ok()?));
    let long = |at: usize| Some(u64::from_le_bytes(file.get(at..at.checked_add(8)?)?.try_into().ok()?));
    let start = usize::try_from(long(0x20)?).ok()?;
    let (size, count) = (usize::from(half(0x36)?), usize::from(half(0x38)?));
    let mut segments = Vec::new();
    for index in 0..count {
        let at = start.checked_add(index * size)?;
        // The last field that is looked at; those before it end before it.
        let file_size = long(at.checked_add(0x20)?)?;
        if word(at)? == LOAD {
            segments.push(Segment {
                field: at + 8,
                flags: word(at + 4)?,
                offset: long(at + 8)?,
                address: long(at + 0x10)?,
                file_size,
            });
        }
    }
    Some(segments)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rights, offset, address, size in the file.
    fn elf(segments: &[(u32, u64, u64, u64)]) -> Vec<u8> {
        let mut file = vec![0; 0x40];
        file[0x20] = 0x40;
        file[0x36] = 0x38;
        file[0x38] = u8::try_from(segments.len()).expect("few");
        for (flags, offset, address, size) in segments {
            file.extend([LOAD, *flags].iter().flat_map(|word| word.to_le_bytes()));
            file.extend(
                [*offset, *address, *address, *size, 0x5000, PAGE].iter().flat_map(|long| long.to_le_bytes()),
            );
        }
        file
    }

    #[test]
    fn a_segment_without_bytes_lies_where_the_text_does() {
        let others = [(4, 0, 0, 0x3000), (5, 0x3000, 0x3000, 0x7000), (6, 0xab60, 0xbb60, 0x100)];
        let mut file = elf(&[&others[..], &[(5, 0, 0xd000, 0)]].concat());
        place_in_text(&mut file).expect("it has both");
        assert_eq!(file, elf(&[&others[..], &[(5, 0x3000, 0xd000, 0)]].concat()));
    }

    #[test]
    fn what_has_no_such_segments_is_left() {
        for segments in [&[(5, 0x3000, 0x3000, 0x7000)][..], &[(5, 0, 0xd000, 0)], &[]] {
            let mut file = elf(segments);
            assert!(place_in_text(&mut file).is_err());
            assert_eq!(file, elf(segments));
        }
        assert!(place_in_text(&mut []).is_err());
        let whole = elf(&[(5, 0x3000, 0x3000, 0x7000), (5, 0, 0xd000, 0)]);
        for length in 0..whole.len() - 24 {
            assert!(place_in_text(&mut whole[..length].to_vec()).is_err(), "{length}");
        }
    }
}

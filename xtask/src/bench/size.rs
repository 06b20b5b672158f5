//! What libsys adds to a file.

use super::programs::{Link, Programs, size};
use super::table::Table;

/// Bytes that a stripped `reserved` file may be larger than the same program without libsys.
const GROWTH: i64 = 1024;

/// Linkers by the word after `-fuse-ld=`, and what else each needs to know.
const LINKERS: [(&str, &str, &[&str]); 3] =
    [("GNU ld", "bfd", &[]), ("lld", "lld", &[]), ("mold", "mold", &["-Wl,--dynamic-linker=ld-libsys"])];

pub fn measure(programs: &Programs) -> Result<String, String> {
    let headings =
        ["", "without libsys", "`reserved`", "more", "target", "", "of it gaps", "unstripped", "`text`"];
    let mut table = Table::new(&headings);
    for (title, linker, options) in LINKERS {
        let linker = format!("-fuse-ld={linker}");
        let build = |name: &str, kind: &str, link: Link, strip: bool| {
            let mut all = vec![linker.as_str(), kind, "-Wl,--build-id=none"];
            all.extend(options);
            if strip {
                all.push("-s");
            }
            programs.compile_bare("minimal", name, &all, false, link)?;
            let path = programs.out.join(name);
            let gaps = gaps(&std::fs::read(&path).map_err(|e| format!("{name}: {e}"))?).unwrap_or(0);
            Ok::<_, String>((size(&path)?.cast_signed(), gaps))
        };
        let (plain, plain_gaps) = build("size-inline", "-DINLINE", Link::Nothing, true)?;
        let (reserved, reserved_gaps) = build("size-reserved", "-DBARE", Link::Reserved, true)?;
        let (text, _) = build("size-text", "-DBARE", Link::Text, true)?;
        let (plain_symbols, _) = build("size-inline-symbols", "-DINLINE", Link::Nothing, false)?;
        let (reserved_symbols, _) = build("size-reserved-symbols", "-DBARE", Link::Reserved, false)?;
        let more = reserved - plain;
        table.row([
            title.to_owned(),
            plain.to_string(),
            reserved.to_string(),
            more.to_string(),
            format!("< {GROWTH}"),
            if more < GROWTH { "met" } else { "missed" }.to_owned(),
            (reserved_gaps - plain_gaps).to_string(),
            format!("+{}", reserved_symbols - plain_symbols),
            format!("+{}", text - plain),
        ]);
    }
    Ok(table.render())
}

/// Bytes between the segments of a 64-bit ELF file: a segment's place in the file is that in its page.
fn gaps(file: &[u8]) -> Option<i64> {
    let word = |at: usize| Some(u64::from_le_bytes(file.get(at..)?.first_chunk().copied()?));
    let half = |at: usize| Some(u16::from_le_bytes(file.get(at..)?.first_chunk().copied()?));
    let (table, count) = (word(32)? as usize, usize::from(half(56)?));
    let mut segments = Vec::new();
    for header in (table..).step_by(56).take(count) {
        const PT_LOAD: u16 = 1;
        let (offset, in_file) = (word(header + 8)?.cast_signed(), word(header + 32)?.cast_signed());
        if half(header)? == PT_LOAD && in_file > 0 {
            segments.push((offset, offset + in_file));
        }
    }
    segments.sort_unstable();
    Some(segments.windows(2).map(|pair| (pair[1].0 - pair[0].1).max(0)).sum())
}

//! Any bytes as a note, as the notes of a segment, and as a map image; and what we write of them.

use libsys_image::bytes::{put, u32_at};
use libsys_image::map::{self, CHECKSUM_FIELD, HEADER_SIZE, HOLE, MapImage, Parts};
use libsys_image::note::{self, DESC_SIZE, Flavour, Note};
use libsys_image::program::{self, Program};
use libsys_image::{PackedRelease, SLOTS, TABLE_SIZE};

/// Zeros that an input may claim behind its bytes, so that small inputs can be whole images.
const MOST: usize = 1 << 20;

/// Reading never panics; what it returns lies in the bytes; what is written reads back the same.
pub fn image(data: &[u8]) {
    notes(data);
    read_image(data);
    write_image(data);
    programs(data);
    if let Some(release) = PackedRelease::from_uname(data) {
        assert!(release.0 < 1 << 24);
    }
}

fn notes(data: &[u8]) {
    for align in [0, 4, 8, usize::MAX] {
        let Some((desc, at)) = note::find(data, align) else { continue };
        assert_eq!(data.get(at..at + desc.len()), Some(desc));
        read_note(desc);
    }
    read_note(data);
    // The first byte as a length, so that names of all lengths are tried.
    let Some((len, rest)) = data.split_first() else { return };
    let Ok(name) = std::str::from_utf8(rest.get(..usize::from(*len)).unwrap_or(rest)) else { return };
    if let Some(note) = Note::new(name, Flavour::Text) {
        assert_eq!(note.name(), name);
        assert_eq!(Note::parse(&note.encode()), Ok(note));
    }
}

fn read_note(desc: &[u8]) {
    match Note::parse(desc) {
        Ok(note) => {
            assert_eq!(Some(note.encode().as_slice()), desc.get(..DESC_SIZE));
            assert!(!note.name().is_empty() && note.name().bytes().eq(note.name_bytes().iter().copied()));
            let whole = note::encode_with_header(&note);
            let (found, at) = note::find(&whole, 4).expect("what we write can be found");
            assert_eq!((Note::parse(found), at), (Ok(note), note::HEADER_SIZE));
        }
        Err(why) => assert!(!why.to_string().is_empty() && !why.parts().0.is_empty()),
    }
}

fn read_image(data: &[u8]) {
    let mut bytes = data.to_vec();
    let claimed = u32_at(data, 12).map_or(0, |size| size as usize);
    bytes.resize(claimed.clamp(data.len(), MOST.max(data.len())), 0);
    look(&bytes, MapImage::parse(&bytes, true));
    look(&bytes, MapImage::parse(&bytes, false));
    // With its checksum right, it is judged by everything else.
    let size = u32_at(&bytes, 12).map_or(0, |size| size as usize);
    if let Some(sum) = bytes.get(..size).filter(|b| b.len() >= HEADER_SIZE).map(map::checksum) {
        assert!(put(&mut bytes, CHECKSUM_FIELD, &sum.to_le_bytes()));
        let unverified = MapImage::parse(&bytes, false).map(|_| ());
        assert_eq!(MapImage::parse(&bytes, true).map(|_| ()), unverified);
    }
}

/// Conversion programs, as they lie behind a layer: an image is refused unless each of them is sound.
fn programs(data: &[u8]) {
    const START: usize = 16;
    if let Some(read) = Program::read(data) {
        let is_sound = read.is_sound();
        for pair in (0..read.pairs).filter_map(|i| read.pair(i)) {
            let mut steps = [pair.inwards, pair.outwards]
                .into_iter()
                .flat_map(|list| (0..list.count).map(move |i| read.step(list.first.checked_add(i)?)));
            assert!(!is_sound || steps.all(|step| step.is_some()), "steps of sound programs are there");
        }
        assert_eq!(read.argument(read.arguments), None);
        assert_eq!(
            (read.pair(read.pairs), read.step(read.steps), read.entry(read.entries)),
            (None, None, None)
        );
        _ = (0..u16::MAX).step_by(97).map(|errno| read.error(errno)).max();
    }
    let is_good = program::check(data);
    let count = u32_at(data, 4).map_or(0, |count| count as usize);
    assert!(!is_good || program::programs(data).filter(|(_, one)| one.is_sound()).count() == count);
    // Whole images are large: only what could be good is put into one.
    if u32_at(data, 0).is_none_or(|size| size as usize > data.len()) {
        return;
    }
    let mut layer = vec![0; START];
    layer.extend(data);
    layer.resize(layer.len().next_multiple_of(4096), 0);
    let (code, since) = (vec![0xcc; TABLE_SIZE as usize], vec![HOLE; SLOTS as usize]);
    let parts = Parts {
        machine: 62,
        name: "linux/x86_64",
        release: PackedRelease(0),
        kernel: PackedRelease(0),
        fingerprints: &[],
        since: &since,
        code: &code,
        layer: &layer,
        spare: &[],
        gone: &[],
        names: &[],
        programs: START as u32,
    };
    let mut out = vec![0; map::size(&parts).expect("whole pages")];
    assert!(map::write(&parts, &mut out));
    match MapImage::parse(&out, true) {
        Ok(image) => assert_eq!(image.program_bytes(), layer.get(START..)),
        Err(why) => assert_eq!((why, is_good), (map::MapError::Program, false)),
    }
}

fn look(bytes: &[u8], parsed: Result<MapImage<'_>, map::MapError>) {
    let image = match parsed {
        Ok(image) => image,
        Err(why) => return assert!(!why.to_string().is_empty() && !why.parts().0.is_empty()),
    };
    let (offset, size) = (image.code.0 as usize, image.code.1 as usize);
    assert_eq!(Some(image.code_bytes()), bytes.get(offset..offset + size));
    assert_eq!(size, TABLE_SIZE as usize);
    assert!(offset + size + image.layer_size as usize <= bytes.len());
    assert!(!image.name().is_empty() && image.name().bytes().all(|b| b.is_ascii_graphic()));
    for release in [0, 1, 0xffff, image.release.0, image.release.0.wrapping_sub(1), u32::MAX] {
        let fingerprint = image.fingerprint(PackedRelease(release));
        assert!(fingerprint.is_none() || release <= image.release.0);
    }
    for kernel in [0, 0x1ff, image.release.0, u32::MAX] {
        assert!(image.release_of(PackedRelease(kernel)).is_none_or(|release| release.0 <= kernel));
    }
    (0..SLOTS).for_each(|nr| _ = image.since(nr));
    assert_eq!((image.since(SLOTS), image.since(u32::MAX)), (HOLE, HOLE));
    for nr in [0, 63, 435, SLOTS - 1, SLOTS, u32::MAX] {
        assert_eq!(image.slot(nr).is_some(), nr < SLOTS);
        assert!(image.spare(nr).is_none_or(|code| code.len() == 64));
        assert!(image.call_name(nr).is_none_or(|name| name.iter().all(u8::is_ascii_graphic)));
    }
    assert!(image.gone().count() <= bytes.len());
}

/// An image of parts that the input chooses: name, numbers, the bytes that fill code and layer.
fn write_image(data: &[u8]) {
    let Some((&[name_len, fill, pages, machine], rest)) = data.split_first_chunk() else { return };
    let Some((name, rest)) = rest.split_at_checked(usize::from(name_len)) else { return };
    let Ok(name) = std::str::from_utf8(name) else { return };
    let mut words =
        rest.chunks_exact(4).filter_map(|word| word.first_chunk().copied().map(u32::from_le_bytes));
    let (release, kernel) = (words.next().unwrap_or(0), words.next().unwrap_or(0));
    let words: Vec<u32> = words.collect();
    let since: Vec<u32> = (0..SLOTS as usize).map(|i| words.get(i).copied().unwrap_or(HOLE)).collect();
    let mut fingerprints: Vec<(PackedRelease, u64)> =
        words.iter().map(|word| (PackedRelease(*word), u64::from(*word).wrapping_mul(0x9e37_79b9))).collect();
    fingerprints.sort_unstable();
    fingerprints.dedup_by_key(|(release, _)| *release);
    let code = vec![fill; TABLE_SIZE as usize];
    let layer = vec![!fill; usize::from(pages % 4) * 2048];
    let spare: Vec<_> = words.iter().take(3).map(|word| (*word, [fill; 64])).collect();
    let gone: Vec<_> = words.iter().skip(1).take(3).map(|word| (*word, PackedRelease(!*word))).collect();
    let names: Vec<_> = words.iter().take(2).map(|word| (*word as u16, name)).collect();
    let parts = Parts {
        machine: u16::from(machine) << 4,
        name,
        release: PackedRelease(release),
        kernel: PackedRelease(kernel),
        fingerprints: &fingerprints,
        since: &since,
        code: &code,
        layer: &layer,
        spare: &spare,
        gone: &gone,
        names: &names,
        programs: 0,
    };
    let size = map::size(&parts);
    let mut out = vec![0; size.unwrap_or(MOST)];
    assert_eq!(map::write(&parts, &mut out), size.is_some());
    if size.is_none() {
        return assert!(out.iter().all(|byte| *byte == 0), "what cannot be written is not begun");
    }
    let image = MapImage::parse(&out, true).expect("what we write can be read");
    assert_eq!((image.name(), image.machine), (name, parts.machine));
    assert_eq!((image.release, image.kernel), (parts.release, parts.kernel));
    assert_eq!((image.code_bytes(), image.layer_size as usize), (code.as_slice(), layer.len()));
    assert!(since.iter().zip(0..).all(|(since, nr)| image.since(nr) == *since));
    assert!(spare.iter().all(|(nr, code)| image.spare(*nr) == Some(code)));
    assert!(image.gone().eq(gone));
    assert!(names.iter().all(|(nr, name)| image.call_name(u32::from(*nr)) == Some(name.as_bytes())));
    for (release, fingerprint) in &fingerprints {
        let wanted = (*release <= image.release).then_some(*fingerprint);
        assert_eq!(image.fingerprint(*release), wanted);
    }
    look(&out, Ok(image));
}

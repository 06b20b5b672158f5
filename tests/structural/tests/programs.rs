//! Programs that are linked against the archive of `toy.sys` run on this kernel, through its map.
//!
//! Needs what `cargo xtask sdk` builds, found through `LIBSYS_SDK`.
#![forbid(unsafe_code)]

use libsys_emit::arch::Options;
use libsys_emit::layer::Layer;
use libsys_emit::{archive, elf, header, map_image};
use libsys_image::map::{self, CHECKSUM_FIELD, MapImage};
use libsys_image::program;
use libsys_model::{Abi, Implementation};
use std::path::{Path, PathBuf};

mod building;
use building::{is_ok, is_refused, run, sdk};

/// What programs are built with.
struct Toy {
    folder: tempfile::TempDir,
    image: Vec<u8>,
}

impl Toy {
    fn new() -> Toy {
        let abi = libsys_structural_tests::toy();
        let image = image(&abi, &sdk());
        let folder = tempfile::tempdir().expect("a folder");
        let write =
            |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("a file");
        write("libsys.a", &archive::emit(&elf::reserved(&abi)));
        write("libsys.h", header::emit(&abi).as_bytes());
        write("toy.map", &image);
        Toy { folder, image }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn build(&self, name: &str) -> PathBuf {
        building::build(self.folder.path(), name)
    }
}

/// The native map of an ABI, with this layer.
fn image(abi: &Abi, sdk: &Path) -> Vec<u8> {
    let path = sdk.join("lib/libsys/layer-x86_64");
    let layer = Layer::read(&std::fs::read(&path).expect("the layer is there")).expect("it is a layer");
    map_image::emit_native(abi, &layer, Options::IMAGE).expect("toy.sys can be carried out")
}

fn is_fine(name: &str) {
    let toy = Toy::new();
    is_ok(&run(&[&toy.build(name)], Some(&toy.path("toy.map"))));
}

#[test]
fn values() {
    is_fine("values");
}

#[test]
fn arrays() {
    is_fine("arrays");
}

#[test]
fn addresses() {
    is_fine("addresses");
}

#[test]
fn contexts() {
    is_fine("contexts");
}

#[test]
fn programs_are_refused_without_their_map_and_with_a_damaged_one() {
    let toy = Toy::new();
    let built = toy.build("values");
    let refused = |map: Option<&Path>, why: &str| is_refused(&run(&[&built], map), why);
    // The map that is built in is that of other structs.
    refused(None, "fingerprint");
    let parsed = MapImage::parse(&toy.image, true).expect("it was just made");
    let start = (parsed.code.0 + parsed.code.1 + parsed.programs) as usize;
    let mut damaged = toy.image.clone();
    // The first argument of the first program leads to steps that are none; the checksum is right.
    let pair = start + program::HEAD + program::RECORD + 6;
    damaged[pair..pair + 2].fill(0xff);
    let sum = map::checksum(&damaged);
    damaged[CHECKSUM_FIELD..CHECKSUM_FIELD + 8].copy_from_slice(&sum.to_le_bytes());
    let path = toy.path("damaged.map");
    std::fs::write(&path, damaged).expect("a file");
    refused(Some(&path), "conversion programs");
}

#[test]
fn images_stay_small_and_what_is_not_converted_is_native() {
    let toy = Toy::new();
    assert!(toy.image.len() <= 128 << 10, "{} bytes", toy.image.len());
    let native = map_image::emit(&libsys_structural_tests::toy(), Options::IMAGE);
    let parsed = MapImage::parse(&toy.image, true).expect("it was just made");
    let native = MapImage::parse(&native, true).expect("it was just made");
    let slot = |image: &MapImage<'_>, nr: usize| image.code_bytes()[64 * nr..64 * nr + 64].to_vec();
    for call in &libsys_structural_tests::toy().calls {
        let nr = call.nr.0 as usize;
        let same = slot(&parsed, nr) == slot(&native, nr);
        let is_converted = matches!(call.implementation, Implementation::Structural(_));
        assert_eq!(same, !is_converted, "{}", call.name);
    }
    // Same input, same bytes.
    assert_eq!(toy.image, Toy::new().image);
}

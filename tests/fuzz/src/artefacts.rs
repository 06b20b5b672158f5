//! Everything that is made of a model, with what must hold of it besides that making it ends.

use libsys_emit::arch::Options;
use libsys_emit::layer::Layer;
use libsys_emit::map_image::MapFault;
use libsys_emit::{archive, asm, elf, header, html, json, man, map_image, rust};
use libsys_image::PackedRelease;
use libsys_image::map::{HOLE, MapImage};
use libsys_model::carry::{Carried, carry_up_to};
use libsys_model::{Abi, Implementation, Machine, Release};
use std::collections::{BTreeMap, HashSet};

/// Makes all artefacts that can be made of an ABI.
pub(crate) fn check(abi: &Abi) {
    for text in [header::emit(abi), rust::emit(abi), asm::emit(abi)] {
        assert!(text.ends_with('\n'));
    }
    let document: serde_json::Value = serde_json::from_str(&json::emit(abi)).expect("it is JSON");
    assert_eq!(document["calls"].as_array().map(Vec::len), Some(abi.calls.len()));
    check_html(&html::emit(abi));
    man::emit(abi).iter().for_each(check_page);
    // Files with `BASE` give names and numbers only, and there is code for one machine only.
    if !abi.is_base && abi.machine == Machine::X86_64 {
        check_code(abi);
    }
}

/// Each link leads to a place, each place is one.
fn check_html(page: &str) {
    let values = |attribute: &'static str| {
        page.split(attribute).skip(1).map(|rest| rest.split_once('"').map_or(rest, |(value, _)| value))
    };
    let mut places = HashSet::new();
    for place in values(" id=\"") {
        assert!(places.insert(place), "two places are called {place}");
    }
    for link in values(" href=\"#") {
        assert!(places.contains(link), "nothing is at #{link}");
    }
    assert_eq!(page.matches("<script").count(), 2, "no script but ours");
}

/// No text of the model becomes a request of roff.
fn check_page(page: &man::Page) {
    const REQUESTS: [&str; 11] = ["EE", "EX", "PP", "RE", "RS", "SH", "SS", "TH", "TP", "fi", "nf"];
    assert!(page.text.is_ascii());
    for line in page.text.lines() {
        assert!(!line.starts_with('\''), "{}: {line}", page.name);
        let Some(request) = line.strip_prefix('.') else { continue };
        let word = request.split(' ').next().unwrap_or_default();
        assert!(REQUESTS.contains(&word), "{}: {line}", page.name);
    }
}

fn check_code(abi: &Abi) {
    for members in [elf::reserved(abi), elf::text(abi)] {
        assert!(archive::emit(&members).starts_with(b"!<arch>\n"));
    }
    let calls: Vec<_> = abi.calls.iter().take(64).collect();
    assert_eq!(elf::compact(abi, &calls).is_ok(), !calls.is_empty());
    let bytes = map_image::emit(abi, Options::IMAGE);
    let image = MapImage::parse(&bytes, true).expect("what we write can be read");
    assert_eq!((image.name(), image.release.0), (abi.name.as_str(), abi.release.packed()));
    for release in abi.releases() {
        // Structs of an older release are others: its programs are not served.
        let is_served = abi.same_structs_since().is_none_or(|oldest| oldest <= release);
        let fingerprint = if is_served { abi.fingerprint_at(release) } else { 0 };
        assert_eq!(image.fingerprint(PackedRelease(release.packed())), Some(fingerprint));
    }
    check_between(abi);
    for call in &abi.calls {
        // Nobody converts structs in an image without a layer.
        let is_converted = matches!(call.implementation, Implementation::Structural(_));
        let since = call.since.map_or(0, libsys_model::Release::packed);
        assert_eq!(image.since(call.nr.0), if is_converted { HOLE } else { since });
    }
}

/// Maps from the newest release to the oldest one and back, with a layer that has each function of a rule.
fn check_between(abi: &Abi) {
    let mut layer =
        Layer { code: vec![0xcc; 4096], functions: BTreeMap::from([(map_image::STRUCTURAL.to_owned(), 32)]) };
    for rule in &abi.rules {
        if let Implementation::Custom { name, .. } = &rule.implementation {
            // Calls that return twice have a second function.
            layer.functions.extend([(name.clone(), 0), (format!("{name}_c"), 64)]);
        }
    }
    let old =
        abi.releases().first().map_or(abi.release, |first| Release::new(first.major.saturating_sub(1), 0, 0));
    for (from, to) in [(abi.release, old), (old, abi.release), (old, old)] {
        match (carry_up_to(abi, from, to), map_image::emit_between(abi, from, to, &layer, Options::IMAGE)) {
            (Ok(carried), Ok(bytes)) => {
                let image = MapImage::parse(&bytes, true).expect("what we write can be read");
                assert_eq!((image.release.0, image.kernel.0), (from.packed(), to.packed()));
                for (call, how) in carried {
                    let is_converted =
                        matches!(how, Carried::Structural | Carried::Custom { .. } | Carried::Simulated(_));
                    assert!(!is_converted || image.since(call.nr.0) == 0, "{} is carried out", call.name);
                }
            }
            (Err(gaps), Err(faults)) => {
                assert_eq!(gaps.len(), faults.len());
                assert!(faults.iter().all(|fault| !fault.to_string().is_empty()));
            }
            // What is decided when programs are made: whether there is room for the structs.
            (Ok(_), Err(faults)) => {
                let is_room = |fault: &MapFault| matches!(fault, MapFault::Structs { .. });
                assert!(faults.iter().all(is_room), "{faults:?}");
            }
            (carried, image) => panic!("{carried:?} and {:?}", image.map(|bytes| bytes.len())),
        }
    }
}

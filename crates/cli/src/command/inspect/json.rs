//! A report as JSON.

use super::Subject;
use libsys_inspect::{Errno, ErrnoWay, Error, Known, Reach, Report, Section};
use serde_json::{Value, json};

/// One file.
pub fn report(report: &Report, subject: &Subject) -> Value {
    let (shared, private) = report.memory();
    let outside = report.outside.as_ref().map(|outside| {
        let enters: Vec<Value> = outside
            .enters
            .iter()
            .map(|e| json!({ "address": e.address, "instruction": e.instruction, "function": e.function }))
            .collect();
        json!({ "count": outside.enter_count, "own_table": outside.own_count, "instructions": enters })
    });
    json!({
        "kind": report.kind_name(),
        "machine": super::machine(report.machine),
        "interpreter": report.interpreter,
        "section": report.section.as_ref().map(|s| section(s, subject, shared, private)),
        "reach": report.reach.as_ref().map(|r| reach(r, subject)),
        "undefined": report.undefined,
        "outside": outside,
    })
}

/// The members of an archive.
pub fn members(members: &[(String, Result<Report, Error>)], subject: &Subject) -> Value {
    let member = |(name, result): &(String, Result<Report, Error>)| match result {
        Ok(found) => {
            let mut value = report(found, subject);
            value["member"] = json!(name);
            value
        }
        Err(error) => json!({ "member": name, "error": error.to_string() }),
    };
    json!({ "members": members.iter().map(member).collect::<Vec<_>>() })
}

fn section(section: &Section, subject: &Subject, shared: u64, private: u64) -> Value {
    let note = &section.note;
    json!({
        "flavour": note.flavour.name(),
        "abi": note.name(),
        "release": note.release.to_string(),
        "fingerprint": format!("{:016x}", note.fingerprint),
        "fingerprint_is": subject.fingerprint(note).sentence(),
        "address": section.address,
        "size": note.section_size,
        "slots": note.slots,
        "file_bytes": section.file_size,
        "note_bytes": section.note_size,
        "shared_memory": shared,
        "private_memory": private,
        "initial_tls": note.flags & libsys_image::note::FLAG_INITIAL_TLS != 0,
        "errno": section.errno.as_ref().map(errno),
        "faults": section.faults.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn errno(errno: &Errno) -> Value {
    match &errno.way {
        ErrnoWay::Function { address, name } => {
            json!({ "way": "function", "address": address, "function": name })
        }
        ErrnoWay::Int(offset) => json!({ "way": "int", "offset": offset }),
        ErrnoWay::Pointer(offset) => json!({ "way": "pointer", "offset": offset }),
        ErrnoWay::Unknown(kind) => json!({ "way": "unknown", "kind": kind }),
    }
}

fn reach(reach: &Reach, subject: &Subject) -> Value {
    let named = |numbers: &[u32]| -> Vec<Value> {
        numbers.iter().map(|nr| json!({ "nr": nr, "name": subject.name(*nr) })).collect()
    };
    json!({
        "known": match reach.known { Known::Listed => "listed", Known::Searched => "searched" },
        "any": reach.any,
        "calls": named(&reach.calls),
        "services": named(&reach.services),
    })
}

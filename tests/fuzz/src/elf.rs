//! Any bytes as an ELF file, and as an archive of them.

use libsys_emit::layer::Layer;
use libsys_image::{DATA_SIZE, SECTION_ALIGN, SERVICE_BASE, TABLE_SIZE, TAIL_BASE};
use libsys_inspect::{Error, Report, inspect, members, section};

/// A file is described or refused in a sentence; what is said of it lies within what a section can have.
pub fn elf(data: &[u8]) {
    let whole = inspect(data);
    check(&whole);
    let only = section(data);
    match &whole {
        Ok(report) => assert_eq!(only, Ok(report.section.clone())),
        Err(why) => assert_eq!(only.as_ref(), Err(why)),
    }
    match Layer::read(data) {
        Ok(layer) => {
            assert!(layer.code.len().is_multiple_of(SECTION_ALIGN as usize));
            assert!(layer.functions.values().all(|at| (*at as usize) < layer.code.len()));
        }
        Err(why) => assert!(!why.to_string().is_empty()),
    }
    match members(data) {
        Ok(members) => members.iter().for_each(|(_, member)| check(member)),
        Err(why) => assert!(!why.to_string().is_empty()),
    }
}

fn check(read: &Result<Report, Error>) {
    let report = match read {
        Ok(report) => report,
        Err(why) => return assert!(!why.to_string().is_empty()),
    };
    assert!(report.listed.is_sorted_by(|a, b| a < b) && report.undefined.is_sorted_by(|a, b| a < b));
    let (shared, own) = report.memory();
    let is_compact = own == 0;
    assert!(is_compact || (shared, own) == (TABLE_SIZE.into(), DATA_SIZE.into()));
    if let Some(section) = &report.section {
        assert!(section.faults.iter().all(|fault| !fault.to_string().is_empty()));
        assert!(section.listed.iter().all(|listed| listed.is_sorted_by(|a, b| a < b)));
    }
    if let Some(reach) = &report.reach {
        assert!(reach.calls.iter().all(|nr| *nr < SERVICE_BASE));
        assert!(reach.services.iter().all(|nr| (SERVICE_BASE..TAIL_BASE).contains(nr)));
    }
    if let Some(outside) = &report.outside {
        assert!(outside.enters.len() as u64 <= outside.enter_count);
    }
}

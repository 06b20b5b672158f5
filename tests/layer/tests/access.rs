//! `faccessat2` by `faccessat`.

use libsys_layer_tests::Harness;
use std::ffi::CString;

const AT_FDCWD: usize = -100isize as usize;

#[test]
fn faccessat2_agrees_where_it_is_exact() {
    let harness = Harness::new();
    let paths = ["/", "/etc/passwd", "/no/such", "/etc/passwd/x", ""];
    for path in paths.map(|p| CString::new(p).expect("no NUL")) {
        for mode in [0, 1, 2, 4, 7, 8, 0xffff_ffff] {
            for flags in [0, 0x200] {
                let arguments = [AT_FDCWD, path.as_ptr() as usize, mode, flags, 0, 0];
                // SAFETY: the path ends in NUL.
                let real = unsafe { harness.real("faccessat2", arguments) };
                // SAFETY: as above.
                let converted = unsafe { harness.converted("faccessat2", &[], arguments) };
                assert_eq!(converted, real, "{path:?} {mode:#x} {flags:#x}");
            }
        }
    }
}

#[test]
fn faccessat2_answers_as_the_kernel_to_what_leads_nowhere() {
    let harness = Harness::new();
    for (path, flags) in [(0, 0), (8, 0), (0, 0x4000)] {
        let arguments = [AT_FDCWD, path, 4, flags, 0, 0];
        // SAFETY: the kernel checks the address.
        let real = unsafe { harness.real("faccessat2", arguments) };
        // SAFETY: as above.
        assert_eq!(unsafe { harness.converted("faccessat2", &[], arguments) }, real);
    }
}

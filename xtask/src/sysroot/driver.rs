//! `libsys-cc`: gcc, with the sysroot's headers, crt files and libraries instead of the system's.
//!
//! gcc's own specs say which files it links and in which order; these are ours. A static program of the reserved flavour
//! gets its interpreter there, as it gets its crt files.

use super::build::RTLD;
use super::{Flavour, Sysroot};
use crate::run;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// Writes the driver and its specs.
///
/// # Errors
///
/// The file system's.
pub fn write(sysroot: &Sysroot) -> Result<(), String> {
    let root = sysroot.root.display().to_string();
    let specs = sysroot.root.join("lib/libsys.specs");
    run::at(&specs, |path| std::fs::write(path, text(&root, sysroot.flavour)))?;
    let script = format!(
        "#!/bin/sh\n# gcc on the C library of {root}.\nexec \"${{LIBSYS_GCC:-gcc}}\" -specs='{}' \"$@\"\n",
        specs.display()
    );
    let cc = sysroot.cc();
    if let Some(folder) = cc.parent() {
        run::at(folder, |path| std::fs::create_dir_all(path))?;
    }
    run::at(&cc, |path| std::fs::write(path, script))?;
    run::at(&cc, |path| std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)))
}

/// What gcc's unwinder asks of a libc, if it was built for glibc.
const UNWINDER: &str = "libgcc_musl.a";

/// Builds, with the driver, the library that gcc's unwinder needs.
///
/// # Errors
///
/// The compiler's.
pub fn unwinder(musl: &Path, sysroot: &Sysroot) -> Result<(), String> {
    let lib = sysroot.root.join("lib");
    let object = lib.join("dl_find_object.o");
    let mut compile = Command::new(sysroot.cc());
    compile.args(["-O2", "-fPIC", "-fvisibility=hidden", "-c"]).arg(musl.join("gcc/dl_find_object.c"));
    compile.arg("-o").arg(&object);
    run::quiet(compile)?;
    let mut archive = Command::new("ar");
    archive.arg("qcsD").arg(lib.join(UNWINDER)).arg(&object);
    run::quiet(archive)?;
    run::at(&object, |path| std::fs::remove_file(path))
}

fn text(root: &str, flavour: Flavour) -> String {
    let loader = format!("{root}/lib/ld-libsys");
    // mold makes no PT_INTERP of a section, but of an option, which the others ignore for static programs.
    let (interpreter, mold, libraries) = match flavour {
        Flavour::Reserved => (
            format!("%{{static|static-pie:{root}/lib/libsys_interp.o}} "),
            format!("%{{fuse-ld=mold:--dynamic-linker={loader}}}"),
            "%{static|static-pie:-lc -lsys;:-lc}",
        ),
        Flavour::Text => (String::new(), String::new(), "%{static|static-pie:-lc -lsys;:-lc}"),
        Flavour::Stock => (String::new(), String::new(), "-lc"),
    };
    let plain = if mold.is_empty() { "--no-dynamic-linker" } else { "%{!fuse-ld=mold:--no-dynamic-linker}" };
    format!(
        "%rename cpp_options libsys_cpp_options\n\n\
         *cpp_options:\n-nostdinc -isystem {root}/include -isystem include%s %(libsys_cpp_options)\n\n\
         *cc1:\n%(cc1_cpu) -nostdinc -isystem {root}/include -isystem include%s\n\n\
         *link_libgcc:\n-L{root}/lib -L .%s\n\n\
         *libgcc:\nlibgcc.a%s %:if-exists(libgcc_eh.a%s) {root}/lib/{UNWINDER}\n\n\
         *lib:\n{libraries}\n\n\
         *startfile:\n\
         %{{shared:;static-pie:{root}/lib/rcrt1.o;static|no-pie:{root}/lib/crt1.o;:{root}/lib/Scrt1.o}} \
         {interpreter}{root}/lib/crti.o \
         %{{static:crtbeginT.o%s;shared|static-pie|!no-pie:crtbeginS.o%s;:crtbegin.o%s}}\n\n\
         *endfile:\n\
         %{{static:crtend.o%s;shared|static-pie|!no-pie:crtendS.o%s;:crtend.o%s}} {root}/lib/crtn.o\n\n\
         *link:\n\
         %{{!r:--build-id --hash-style=gnu}} %{{!static|static-pie:--eh-frame-hdr}} -m elf_x86_64 -nostdlib \
         %{{shared:-shared}} %{{static:-static {mold}}} %{{static-pie:-static -pie -z text {plain} {mold}}} \
         %{{rdynamic:-export-dynamic}} \
         %{{!shared:%{{!static:%{{!static-pie:-dynamic-linker {root}/lib/{RTLD}}}}}}}\n\n\
         *esp_link:\n\n\n*esp_options:\n\n\n*esp_cpp_options:\n\n\n"
    )
}

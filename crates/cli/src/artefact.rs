//! The artefacts that can be generated: one line of [`ALL`] each.
//!
//! To add one: its emitter in `libsys-emit`, and a line here.

use crate::problem::Problem;
use libsys_emit::LOADER_CALLS;
use libsys_emit::arch::Options;
use libsys_emit::layer::Layer;
use libsys_emit::libc::Libc;
use libsys_emit::map_image::MapFault;
use libsys_emit::{archive, asm, elf, header, html, json, man, map_image, rust, sys};
use libsys_model::{Abi, Machine, Release};
use std::path::PathBuf;

/// What artefacts are made from.
pub struct Request<'a> {
    /// The ABI.
    pub abi: &'a Abi,
    /// Calls for `compact`, by name; empty: the loader's.
    pub calls: &'a [String],
    /// The path that `interp` gives programs as their interpreter.
    pub interpreter: &'a str,
    /// What maps lead from one release to another.
    pub maps: &'a Maps,
    /// The libc that archives are made for.
    pub libc: Option<&'a Libc>,
}

/// Maps between releases.
#[derive(Debug, Default)]
pub struct Maps {
    /// The release that programs are made for; none: the ABI's.
    pub from: Option<Release>,
    /// The releases of kernels, one for each map; none: only the native map.
    pub to: Vec<Release>,
    /// The layer's code, for maps that convert.
    pub layer: Layer,
}

/// What an ABI must have for an artefact to be made of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// Nothing but numbers and names.
    Numbers,
    /// Numbers and names, and code where there are types.
    Listing,
    /// Types that say how large everything is.
    Types,
    /// Types, and a machine that there is code for.
    Code,
}

/// An artefact.
pub struct Artefact {
    /// The word for it.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    needs: Needs,
    /// The name of its file; `{abi}` is the ABI's name without slashes, `{release}` its release.
    alone: &'static str,
    /// Where `all` puts it; empty: `all` leaves it out.
    installed: &'static str,
    make: Make,
}

/// How an artefact is made.
enum Make {
    /// One file.
    Bytes(fn(&Request<'_>) -> Result<Vec<u8>, Problem>),
    /// One text.
    Text(fn(&Abi) -> String),
    /// Many texts, whose names take the place of `{page}`.
    Pages(fn(&Abi) -> Vec<(String, String)>),
    /// Maps, whose releases take the place of `{page}`.
    Maps,
}

/// All artefacts, in the order of the help.
pub const ALL: &[Artefact] = &[
    Artefact {
        name: "reserved",
        about: "libsys.a, the section without code: supplied when the program starts",
        needs: Needs::Code,
        alone: "libsys.a",
        installed: "lib/libsys.a",
        make: Make::Bytes(|request| Ok(archive::emit(&elf::reserved_for(request.abi, request.libc)))),
    },
    Artefact {
        name: "text",
        about: "libsys_text.a, the section with code: works without a supplier",
        needs: Needs::Code,
        alone: "libsys_text.a",
        installed: "lib/libsys_text.a",
        make: Make::Bytes(|request| Ok(archive::emit(&elf::text_for(request.abi, request.libc)))),
    },
    Artefact {
        name: "compact",
        about: "libsys_rtld.a, code of a few calls: for loaders",
        needs: Needs::Code,
        alone: "libsys_rtld.a",
        installed: "lib/libsys_rtld.a",
        make: Make::Bytes(compact),
    },
    Artefact {
        name: "names",
        about: "libsys_names.a, with --libc its functions that are nothing but a call",
        needs: Needs::Code,
        alone: "libsys_names.a",
        installed: "",
        make: Make::Bytes(names),
    },
    Artefact {
        name: "interp",
        about: "libsys_interp.o, which gives a static program its interpreter",
        needs: Needs::Code,
        alone: "libsys_interp.o",
        installed: "lib/libsys_interp.o",
        make: Make::Bytes(|request| elf::interpreter(request.interpreter).map_err(Problem::usage)),
    },
    Artefact {
        name: "errno",
        about: "libsys_errno.o, the errno descriptor of static glibc programs",
        needs: Needs::Code,
        alone: "libsys_errno.o",
        installed: "lib/libsys_errno.o",
        make: Make::Bytes(|_| Ok(elf::errno_static())),
    },
    Artefact {
        name: "map",
        about: "the native map image, or with --to those to older or newer kernels",
        needs: Needs::Code,
        alone: "{abi}-{page}.map",
        installed: "lib/libsys/{abi}-{page}.map",
        make: Make::Maps,
    },
    Artefact {
        name: "header",
        about: "libsys.h, the C header",
        needs: Needs::Types,
        alone: "libsys.h",
        installed: "include/libsys.h",
        make: Make::Text(header::emit),
    },
    Artefact {
        name: "rust",
        about: "libsys.rs, the Rust bindings",
        needs: Needs::Types,
        alone: "libsys.rs",
        installed: "share/libsys/{abi}.rs",
        make: Make::Text(rust::emit),
    },
    Artefact {
        name: "json",
        about: "everything that is known, for programs",
        needs: Needs::Types,
        alone: "{abi}.json",
        installed: "share/libsys/{abi}.json",
        make: Make::Text(json::emit),
    },
    Artefact {
        name: "sys",
        about: "everything that is known, as one text of the language",
        needs: Needs::Numbers,
        alone: "{abi}.sys",
        installed: "share/libsys/{abi}.sys",
        make: Make::Text(sys::emit),
    },
    Artefact {
        name: "asm",
        about: "the entry table as assembly, for reading",
        needs: Needs::Listing,
        alone: "{abi}.s",
        installed: "share/libsys/{abi}.s",
        make: Make::Text(asm::emit),
    },
    Artefact {
        name: "html",
        about: "the reference, one page for browsers",
        needs: Needs::Types,
        alone: "{abi}.html",
        installed: "share/doc/libsys/{abi}.html",
        make: Make::Text(html::emit),
    },
    Artefact {
        name: "man",
        about: "the reference, as manual pages",
        needs: Needs::Types,
        alone: "{page}",
        installed: "share/man/{page}",
        make: Make::Pages(pages),
    },
];

impl Artefact {
    /// Its files, each with its place below the output folder: that of an installation, or none special.
    ///
    /// # Errors
    ///
    /// It cannot be made of this ABI, or a call is not known.
    pub fn files(&self, request: &Request<'_>, installed: bool) -> Result<Vec<(PathBuf, Vec<u8>)>, Problem> {
        if installed && self.installed.is_empty() {
            return Ok(Vec::new());
        }
        self.check(request.abi)?;
        let template = if installed { self.installed } else { self.alone };
        let stem = request.abi.name.replace('/', "-");
        let path = template.replace("{abi}", &stem);
        let page = |name: &str| PathBuf::from(path.replace("{page}", name));
        Ok(match self.make {
            Make::Bytes(make) => vec![(PathBuf::from(path), make(request)?)],
            Make::Text(make) => vec![(PathBuf::from(path), make(request.abi).into_bytes())],
            Make::Pages(make) => {
                let pages = make(request.abi).into_iter();
                pages.map(|(name, text)| (page(&name), text.into_bytes())).collect()
            }
            Make::Maps => {
                let made = maps(request, installed)?.into_iter();
                made.map(|(name, bytes)| (page(&name), bytes)).collect()
            }
        })
    }

    fn check(&self, abi: &Abi) -> Result<(), Problem> {
        let (name, whose) = (self.name, &abi.name);
        if abi.is_base && matches!(self.needs, Needs::Types | Needs::Code) {
            let others: Vec<String> = ALL
                .iter()
                .filter(|a| !matches!(a.needs, Needs::Types | Needs::Code))
                .map(Artefact::quoted)
                .collect();
            return Err(Problem::input(format!(
                "`{name}` cannot be made of {whose}: a file with `BASE` gives numbers and names, which is enough \
                 for {} alone",
                others.join(" and ")
            )));
        }
        let is_code = self.needs == Needs::Code || (self.needs == Needs::Listing && !abi.is_base);
        if is_code && abi.machine != Machine::X86_64 {
            return Err(Problem::input(format!(
                "`{name}` cannot be made of {whose}: there is code for x86_64 only, not for {}",
                abi.machine.name()
            )));
        }
        Ok(())
    }

    fn quoted(&self) -> String {
        format!("`{}`", self.name)
    }
}

/// Manual pages, each in the folder of its section.
fn pages(abi: &Abi) -> Vec<(String, String)> {
    let place = |name: String| {
        let section = name.rsplit_once('.').and_then(|(_, section)| section.chars().next()).unwrap_or('7');
        format!("man{section}/{name}")
    };
    man::emit(abi).into_iter().map(|page| (place(page.name), page.text)).collect()
}

/// Images by the releases in their names: `7.2` for the native one, `7.2--5.10`.
fn maps(request: &Request<'_>, with_native: bool) -> Result<Vec<(String, Vec<u8>)>, Problem> {
    let (abi, maps) = (request.abi, request.maps);
    let mut made = Vec::new();
    if with_native || maps.to.is_empty() {
        let image = map_image::emit_native(abi, &maps.layer, Options::IMAGE);
        made.push((
            abi.release.to_string(),
            image.map_err(|faults| refused(&abi.release.to_string(), &faults))?,
        ));
    }
    let from = maps.from.unwrap_or(abi.release);
    for to in &maps.to {
        let image = map_image::emit_between(abi, from, *to, &maps.layer, Options::IMAGE);
        let image = image.map_err(|faults| refused(&format!("{from} to {to}"), &faults))?;
        made.push((format!("{from}--{to}"), image));
    }
    Ok(made)
}

fn names(request: &Request<'_>) -> Result<Vec<u8>, Problem> {
    let Some(libc) = request.libc else {
        return Err(Problem::usage("`names` are those of a libc; say which with --libc FILE"));
    };
    Ok(archive::emit(&elf::names(request.abi, libc)))
}

/// Why there is no map. One reason is a part of the sentence; of several, each has a line.
fn refused(releases: &str, faults: &[MapFault]) -> Problem {
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let between = if faults.len() == 1 { " " } else { "\n    " };
    Problem::input(format!("no map from {releases}:{between}{}", faults.join(between)))
}

fn compact(request: &Request<'_>) -> Result<Vec<u8>, Problem> {
    let abi = request.abi;
    let names: Vec<&str> = match request.calls {
        // Of an older release, those that it has: the loader does without the others.
        [] => LOADER_CALLS.into_iter().filter(|name| elf::compact_calls(abi, &[*name]).is_ok()).collect(),
        names => names.iter().map(String::as_str).collect(),
    };
    let calls = elf::compact_calls(abi, &names).map_err(|name| {
        let known = abi.calls.iter().map(|call| call.name.as_str());
        Problem::usage(format!("{} {} has no call `{name}`", abi.name, abi.release)).suggest(name, known)
    })?;
    let members = elf::compact(abi, &calls).map_err(Problem::usage)?;
    Ok(archive::emit(&members))
}

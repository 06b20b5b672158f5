//! Choosing a map: the native one, the one that the environment names, or the one to this kernel.
//!
//! A [`Supplier`] supplies one program or object. What the kernel answered it can be handed on to the next.

use crate::calls::Calls;
use crate::line::Line;
use crate::map_file::MapFile;
use crate::probe::{Answers, is_simulated};
use crate::section::Section;
use crate::supply::{Known, NR_UNAME, Plan, Source, check, plan};
use crate::{Errno, Kernel, Refusal};
use core::ffi::CStr;
use libsys_image::map::MapImage;
use libsys_image::{PackedRelease, SERVICE_BASE};

/// The folder of the system.
const SYSTEM: &[u8] = b"/usr/lib/libsys";
const ENOENT: Errno = Errno(2);
/// The oldest release that `uname` may report.
const OLDEST_UNAME: PackedRelease = PackedRelease::new(2, 6, 32);

/// What the environment asks of a supplier.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wishes<'a> {
    /// `LIBSYS_MAP`: the file of the map to supply.
    map: Option<&'a CStr>,
    /// `LIBSYS_MAP_PATH`: folders to look for maps in, separated by colons.
    path: &'a [u8],
    /// `LIBSYS_KERNEL`: supply as on a kernel of this release.
    kernel: Option<PackedRelease>,
    /// `LIBSYS_PROBE`: ask the kernel what it has, and with `show` say what it answered.
    probe: Probe,
    /// `LIBSYS_UNAME`: the release that `uname` reports.
    uname: Uname,
    /// `LIBSYS_PROFILE`: have the kernel tell profilers of the table.
    profile: bool,
    /// Whether `LIBSYS_KERNEL` is set, and says no release.
    is_wrong: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Probe {
    #[default]
    No,
    Quiet,
    Show,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Uname {
    /// The kernel's.
    #[default]
    Kernel,
    /// The one that the program was made for.
    Program,
    /// A given one.
    Release(PackedRelease),
    /// What was asked for is none of these.
    Unknown,
}

impl<'a> Wishes<'a> {
    /// Reads them from the environment, in which `variable` finds the value of a name. A program with more rights
    /// than its caller (`AT_SECURE`), which `is_secure` says it is, has none.
    pub fn read(is_secure: bool, variable: impl Fn(&[u8]) -> Option<&'a CStr>) -> Wishes<'a> {
        if is_secure {
            return Wishes::default();
        }
        let bytes = |name: &[u8]| variable(name).map_or(&b""[..], CStr::to_bytes);
        let kernel = bytes(b"LIBSYS_KERNEL");
        let release = PackedRelease::from_uname(kernel);
        Wishes {
            map: variable(b"LIBSYS_MAP"),
            path: bytes(b"LIBSYS_MAP_PATH"),
            kernel: release,
            probe: match bytes(b"LIBSYS_PROBE") {
                b"" | b"0" => Probe::No,
                b"show" => Probe::Show,
                _ => Probe::Quiet,
            },
            uname: match bytes(b"LIBSYS_UNAME") {
                b"" | b"0" => Uname::Kernel,
                b"1" => Uname::Program,
                text => PackedRelease::from_uname(text).map_or(Uname::Unknown, Uname::Release),
            },
            profile: !matches!(bytes(b"LIBSYS_PROFILE"), b"" | b"0"),
            is_wrong: release.is_none() && !kernel.is_empty(),
        }
    }
}

impl Wishes<'_> {
    /// Whether the kernel is to be asked what it has.
    #[must_use]
    pub fn probes(&self) -> bool {
        self.probe != Probe::No
    }

    /// `LIBSYS_PROFILE`: have the kernel tell profilers of the table.
    #[must_use]
    pub fn profile(&self) -> bool {
        self.profile
    }

    /// `LIBSYS_KERNEL`: supply as on a kernel of this release.
    #[must_use]
    pub fn kernel(&self) -> Option<PackedRelease> {
        self.kernel
    }
}

/// The name of the map from one release of an ABI to another: `linux-x86_64-7.2--5.10.map`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapName<'a> {
    abi: &'a [u8],
    from: PackedRelease,
    to: PackedRelease,
}

impl<'a> MapName<'a> {
    /// That of the map from the newest release of `native` to a kernel; none when the kernel is older than all that
    /// is known.
    #[must_use]
    pub fn to_kernel(native: &MapImage<'a>, kernel: PackedRelease) -> Option<MapName<'a>> {
        let to = native.release_of(kernel)?;
        Some(MapName { abi: native.name_bytes(), from: native.release, to })
    }

    /// Appends it to a line.
    fn append(&self, line: &mut Line) {
        for byte in self.abi {
            line.bytes(&[if *byte == b'/' { b'-' } else { *byte }]);
        }
        line.text("-").release(self.from).text("--").release(self.to).text(".map");
    }
}

/// What a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About<'a> {
    /// The program.
    Program,
    /// The map of `LIBSYS_MAP`.
    Named(&'a CStr),
    /// A map that was found.
    Found(MapName<'a>),
    /// The program, since this map was not found.
    Without(MapName<'a>),
}

/// Why a program is refused, and which map has to do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused<'a> {
    refusal: Refusal,
    about: About<'a>,
}

impl From<Refusal> for Refused<'_> {
    fn from(refusal: Refusal) -> Self {
        Refused { refusal, about: About::Program }
    }
}

impl<'a> Refused<'a> {
    /// Appends the reason, in one sentence, to `line`.
    #[cold]
    pub fn describe(&self, line: &mut Line) {
        match &self.about {
            About::Program => self.refusal.describe(line),
            About::Named(path) => {
                line.text("map ").bytes(path.to_bytes()).text(": ");
                self.refusal.describe(line);
            }
            About::Found(name) => {
                line.text("map ");
                name.append(line);
                line.text(": ");
                self.refusal.describe(line);
            }
            About::Without(name) => {
                self.refusal.describe(line);
                line.text("; no ");
                name.append(line);
                line.text(" in LIBSYS_MAP_PATH, in libsys beside ld-libsys, or in /usr/lib/libsys");
            }
        }
    }
}

/// Why a map other than the native one may be wanted.
struct Want<'a> {
    /// What keeps the native one from supplying the section.
    native: Result<(), Refusal>,
    /// The calls that the program may make and that this kernel no longer has.
    gone: &'a Calls,
    /// Whether the program may want a call that the native one does not carry out.
    is_needed: bool,
    /// The release that `uname` is to report.
    uname: Option<PackedRelease>,
}

/// What supplies the programs and objects of a process.
#[derive(Debug)]
pub struct Supplier<'a, K: Kernel> {
    kernel: &'a K,
    native: MapImage<'a>,
    source: Source,
    wishes: Wishes<'a>,
    path: &'a [u8],
    release: Option<PackedRelease>,
    /// None: the kernel is not asked.
    answers: Option<&'a mut Answers>,
    map: Option<(MapFile<'a, K>, Option<MapName<'a>>)>,
}

impl<'a, K: Kernel> Supplier<'a, K> {
    /// A supplier with its native image, whose pages come from `source`, and its own path, beside which maps may lie.
    ///
    /// Where the environment wishes that the kernel be asked, what it answers is kept in `answers`, and what it answered
    /// before is not asked again; without a place for answers it is not asked.
    ///
    /// An image of [`Source::Mapped`] moves into the first object that it is supplied to, so it serves one only.
    pub fn new(
        kernel: &'a K,
        native: MapImage<'a>,
        source: Source,
        wishes: Wishes<'a>,
        path: &'a [u8],
        answers: Option<&'a mut Answers>,
    ) -> Supplier<'a, K> {
        let release = wishes.kernel.or_else(|| kernel.release());
        let answers = answers.filter(|_| wishes.probes());
        Supplier { kernel, native, source, wishes, path, release, answers, map: None }
    }

    /// The release of the kernel, or that which the environment gives instead; none when the kernel does not say.
    pub fn release(&self) -> Option<PackedRelease> {
        self.release
    }

    /// Chooses the map for a program or object and checks that it can be supplied by it. Nothing is mapped there yet:
    /// [`Plan::carry_out`] does that.
    ///
    /// `is_static` is true for a static program, whose initial TLS is set up where it asks for that.
    ///
    /// # Errors
    ///
    /// Why it cannot be supplied.
    // Its frame is gone when the map is carried out, so that a process touches one page less of its stack.
    #[inline(never)]
    pub fn plan<'s>(
        &'s mut self,
        section: &'s Section<'s>,
        is_static: bool,
    ) -> Result<Plan<'s>, Refused<'a>> {
        if self.wishes.is_wrong {
            return Err(Refusal::Wish("LIBSYS_KERNEL: not a release; write it like 5.10").into());
        }
        if let Some(answers) = &mut self.answers {
            answers.ask(&self.native, section.numbers(), |nr| self.kernel.probe(nr));
        }
        let gone = self.gone(section);
        let uname = self.uname(section)?;
        let native = check(section, &self.native, &self.known())
            .and_then(|()| linked_gone(section, &self.native, &gone).map_or(Ok(()), Err));
        let is_needed = match &native {
            Err(Refusal::Call { .. } | Refusal::Gone { .. }) => true,
            // A program that can reach any call may do without those that this kernel lacks.
            Ok(()) => section.numbers().is_none() && self.is_wanted(section, &gone),
            Err(_) => false,
        };
        if native.is_err() || is_needed || uname.is_some() || self.wishes.map.is_some() {
            let want = Want { native, gone: &gone, is_needed, uname };
            return self.plan_by_map(section, is_static, &want);
        }
        self.plan_natively(section, is_static)
    }

    /// Plans by the native map, against which the section was checked.
    fn plan_natively<'s>(
        &'s self,
        section: &'s Section<'s>,
        is_static: bool,
    ) -> Result<Plan<'s>, Refused<'a>> {
        let planned = Plan::checked(section, self.native, self.source, &self.known(), is_static);
        if let Ok(plan) = &planned
            && self.wishes.probe == Probe::Show
        {
            self.show(plan, None);
        }
        planned
    }

    /// Plans by the map that is wanted, or natively where there is none and it will do.
    #[cold]
    #[inline(never)]
    fn plan_by_map<'s>(
        &'s mut self,
        section: &'s Section<'s>,
        is_static: bool,
        want: &Want<'_>,
    ) -> Result<Plan<'s>, Refused<'a>> {
        let Want { native, gone, is_needed, uname } = *want;
        if !self.open_map(native, is_needed, uname.is_some())? {
            return self.plan_natively(section, is_static);
        }
        let Some((file, name)) = &self.map else { return Err(Refusal::Abi.into()) };
        let known = self.known();
        let about = match (name, self.wishes.map) {
            (Some(name), _) => About::Found(*name),
            (None, Some(path)) => About::Named(path),
            (None, None) => About::Program,
        };
        let image = file.image().map_err(|refusal| Refused { refusal, about })?;
        if let Err(refusal @ Refusal::Gone { until, .. }) = native
            && image.kernel < until
        {
            return Err(refusal.into());
        }
        let source = Source::File { fd: file.fd(), offset: 0 };
        let mut plan = plan(section, image, source, &known, is_static)?;
        if known.missing.is_some() || !(is_needed || self.wishes.map.is_some()) {
            let mut wanted = *gone;
            known.missing.into_iter().flat_map(Calls::iter).for_each(|nr| wanted.insert(nr));
            plan.take_only(&wanted, self.native, self.source);
        }
        if let Some(release) = uname {
            plan.report(image.spare(NR_UNAME).ok_or(Refusal::Uname)?, release);
        }
        self.show(&plan, *name);
        Ok(plan)
    }

    /// What is known of the calls of this kernel. What was answered counts, whatever the release says.
    fn known(&self) -> Known<'_> {
        let Some(answers) = &self.answers else { return Known { release: self.release, missing: None } };
        let release = answers.release.or(Some(self.native.release));
        Known { release, missing: Some(&answers.missing) }
    }

    /// Opens the map that the environment names, or the one that is wanted; false when the native map will do. `native` is
    /// what keeps the native one from it.
    fn open_map(
        &mut self,
        native: Result<(), Refusal>,
        is_needed: bool,
        wants_uname: bool,
    ) -> Result<bool, Refused<'a>> {
        if let Some(path) = self.wishes.map {
            return match self.open_named(path) {
                Ok(()) => Ok(true),
                Err(refusal) => Err(Refused { refusal, about: About::Named(path) }),
            };
        }
        // The conversions of a map make calls that are older than the oldest missing one.
        let asked = self.answers.as_ref().and_then(|answers| answers.release);
        let to = asked.filter(|_| is_needed).or(self.release);
        let name = to.filter(|_| is_needed || wants_uname);
        let name = name.and_then(|to| MapName::to_kernel(&self.native, to));
        if let Some(name) = name
            && self.find(name).map_err(|refusal| Refused { refusal, about: About::Found(name) })?
        {
            return Ok(true);
        }
        let refusal = match native {
            Ok(()) if wants_uname => Refusal::Uname,
            Ok(()) => return Ok(false),
            Err(refusal) => refusal,
        };
        self.show_answers();
        let is_for_want = matches!(refusal, Refusal::Call { .. } | Refusal::Gone { .. } | Refusal::Uname);
        Err(Refused { refusal, about: name.filter(|_| is_for_want).map_or(About::Program, About::Without) })
    }

    /// The calls that a program may make and that this kernel no longer has, but maps carry out.
    fn gone(&self, section: &Section<'_>) -> Calls {
        let mut gone = Calls::default();
        for (nr, until) in self.native.gone() {
            let may_call = match section.numbers() {
                Some(mut numbers) => numbers.any(|number| number == nr),
                None => section.note.release < until,
            };
            if may_call && self.release.is_some_and(|release| until <= release) {
                gone.insert(nr);
            }
        }
        gone
    }

    /// Whether a program that can reach any call may want one that this kernel lacks.
    fn is_wanted(&self, section: &Section<'_>, gone: &Calls) -> bool {
        let made_for = section.note.release;
        let Known { release, missing } = self.known();
        let lacks_newer = match missing {
            Some(missing) => missing.iter().any(|nr| self.native.since(nr) <= made_for.0),
            // What maps answer ENOSYS to, as the kernel does, is no reason to open one.
            None => release.is_some_and(|release| {
                let is_newer = |nr: &u32| (release.0 + 1..=made_for.0).contains(&self.native.since(*nr));
                (0..SERVICE_BASE).filter(is_newer).any(|nr| !is_simulated(nr))
            }),
        };
        lacks_newer || !gone.is_empty()
    }

    /// The release that `uname` is to report; none: the kernel's.
    fn uname(&self, section: &Section<'_>) -> Result<Option<PackedRelease>, Refusal> {
        match self.wishes.uname {
            Uname::Kernel => Ok(None),
            Uname::Program => Ok(Some(section.note.release)),
            Uname::Release(release) if (OLDEST_UNAME..=self.native.release).contains(&release) => {
                Ok(Some(release))
            }
            Uname::Release(_) | Uname::Unknown => Err(Refusal::Wish(
                "LIBSYS_UNAME: neither 1 nor a release since 2.6.32 that this supplier knows",
            )),
        }
    }

    /// Says which calls are not there, if that is asked for, a line for each.
    #[cold]
    #[inline(never)]
    fn show_answers(&self) {
        let Some(answers) = self.answers.as_ref().filter(|_| self.wishes.probe == Probe::Show) else {
            return;
        };
        let Answers { asked, missing, eperm, enosys, .. } = &**answers;
        for nr in asked.iter().filter(|nr| eperm.contains(*nr) || enosys.contains(*nr)) {
            let mut line = Line::new();
            line.text("libsys: ");
            match self.native.call_name(nr) {
                Some(name) => line.bytes(name),
                None => line.text("call ").number(u64::from(nr)),
            };
            line.text(if eperm.contains(nr) { " answers EPERM; " } else { " answers ENOSYS; " });
            line.text(match (missing.contains(nr), is_simulated(nr)) {
                (false, _) => "so it would by any map",
                (true, _) if self.map.is_none() => "nothing is done, without a map",
                (true, true) => "ENOSYS by the map",
                (true, false) => "carried out by older calls",
            });
            self.kernel.report(line.finish());
        }
    }

    /// As [`Supplier::show_answers`], and a line about what is supplied.
    #[cold]
    #[inline(never)]
    fn show(&self, plan: &Plan<'_>, map: Option<MapName<'_>>) {
        let Some(answers) = self.answers.as_ref().filter(|_| self.wishes.probe == Probe::Show) else {
            return;
        };
        self.show_answers();
        let Answers { asked, missing, .. } = &**answers;
        let mut line = Line::new();
        line.text("libsys: ").number(u64::from(asked.count())).text(" calls asked for, ");
        line.number(u64::from(missing.count())).text(" to be carried out; map: ");
        match (map, self.wishes.map) {
            (Some(name), _) => name.append(&mut line),
            (None, Some(path)) => _ = line.bytes(path.to_bytes()),
            (None, None) => _ = line.text("native"),
        }
        line.text("; pages of code private to the process: ").number(u64::from(plan.private_pages()));
        self.kernel.report(line.finish());
    }

    /// Opens the map that the environment names, unless it is open.
    fn open_named(&mut self, path: &CStr) -> Result<(), Refusal> {
        if self.map.is_none() {
            let file = MapFile::open(self.kernel, path)?.ok_or(Refusal::Kernel("open", ENOENT))?;
            self.map = Some((file, None));
        }
        Ok(())
    }

    /// Looks for a map, unless it is open; false when there is none.
    fn find(&mut self, name: MapName<'a>) -> Result<bool, Refusal> {
        if self.map.as_ref().is_some_and(|(_, open)| *open == Some(name)) {
            return Ok(true);
        }
        if let Some(file) = find(self.kernel, &self.wishes, self.path, &name)? {
            self.map = Some((file, Some(name)));
            return Ok(true);
        }
        Ok(false)
    }
}

/// Looks for a map in the folders of `LIBSYS_MAP_PATH`, in `libsys` beside the supplier, whose path is given, and in
/// the system's, and opens the first that is there.
#[cold]
#[inline(never)]
fn find<'k, K: Kernel>(
    kernel: &'k K,
    wishes: &Wishes<'_>,
    path: &[u8],
    name: &MapName<'_>,
) -> Result<Option<MapFile<'k, K>>, Refusal> {
    let folders = wishes.path.split(|byte| *byte == b':').filter(|folder| !folder.is_empty());
    let beside = path.iter().rposition(|byte| *byte == b'/').and_then(|at| path.get(..at));
    let beside = beside.map(|folder| (folder, b"/libsys/".as_slice()));
    let all =
        folders.map(|folder| (folder, b"/".as_slice())).chain(beside).chain([(SYSTEM, b"/".as_slice())]);
    for (folder, between) in all {
        let mut path = Line::new();
        path.bytes(folder).bytes(between);
        name.append(&mut path);
        let Some(Ok(path)) = path.terminated().map(CStr::from_bytes_with_nul) else { continue };
        if let Some(file) = MapFile::open(kernel, path)? {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

/// The refusal of a program that links a call which this kernel no longer has.
fn linked_gone(section: &Section<'_>, native: &MapImage<'_>, gone: &Calls) -> Option<Refusal> {
    let nr = section.numbers()?.find(|nr| gone.contains(*nr))?;
    let (nr, until) = native.gone().find(|(number, _)| *number == nr)?;
    Some(Refusal::Gone { nr, until })
}

#[cfg(test)]
mod tests {
    use super::Wishes;

    #[test]
    fn a_program_with_more_rights_has_no_wishes() {
        let wishes = |is_secure| Wishes::read(is_secure, |_| Some(c"5.10"));
        assert!(wishes(false).profile() && wishes(false).probes() && wishes(false).kernel().is_some());
        let none = wishes(true);
        assert!(!none.profile() && !none.probes() && none.kernel().is_none());
        assert!(none.map.is_none() && none.path.is_empty() && none.uname == super::Uname::Kernel);
    }
}

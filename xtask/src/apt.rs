//! apt with a state of its own: packages of any suite of Debian, for a checkout, without touching the system's.

use crate::run;
use std::path::{Path, PathBuf};
use std::process::Command;

const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Where this system has its packages from: the archive of releases, not that of their security updates.
fn mirror() -> Result<String, String> {
    let mut apt = Command::new("apt-get");
    apt.args(["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]);
    let output = run::quiet(apt)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let found = text.lines().find(|uri| !uri.trim_end_matches('/').ends_with("security"));
    found.map(str::to_owned).ok_or_else(|| "apt-get knows no archive to fetch kernels from".to_owned())
}

/// apt with a state of its own, that knows one suite.
pub struct Apt {
    folder: PathBuf,
}

impl Apt {
    /// Makes that state below a folder; packages come from where this system has its own from.
    ///
    /// # Errors
    ///
    /// The folder cannot be written, or the system has no archive.
    pub fn new(suite: &str, folder: &Path) -> Result<Apt, String> {
        let folder = std::path::absolute(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
        for name in ["state/lists/partial", "cache/archives/partial"] {
            std::fs::create_dir_all(folder.join(name)).map_err(failed)?;
        }
        let mirror = mirror()?;
        let source = format!(
            "deb [arch=amd64 signed-by={KEYRING}] {mirror} {suite} main\n\
             deb-src [signed-by={KEYRING}] {mirror} {suite} main\n"
        );
        std::fs::write(folder.join("sources.list"), source).map_err(failed)?;
        std::fs::write(folder.join("status"), "").map_err(failed)?;
        Ok(Apt { folder })
    }

    /// A command of apt's, run in the folder.
    pub fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        for (name, file) in [
            ("Dir::State", "state"),
            ("Dir::State::status", "status"),
            ("Dir::Cache", "cache"),
            ("Dir::Etc::sourcelist", "sources.list"),
        ] {
            command.arg("-o").arg(format!("{name}={}", self.folder.join(file).display()));
        }
        for option in [
            "Dir::Etc::sourceparts=-",
            "Acquire::Languages=none",
            // What an archive says of its own age does not matter here: signatures are checked all the same.
            "Acquire::Check-Valid-Until=false",
            "APT::Sandbox::User=",
        ] {
            command.args(["-o", option]);
        }
        command.args(arguments).current_dir(&self.folder);
        command
    }

    /// The first package whose name begins so among those that a package depends on.
    ///
    /// # Errors
    ///
    /// apt's.
    pub fn depends(&self, package: &str, prefix: &str) -> Result<Option<String>, String> {
        let output = run::quiet(self.command("apt-cache", &["depends", "--important", package]))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut names = text.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
        Ok(names.find(|name| name.starts_with(prefix)).map(str::to_owned))
    }

    /// What apt is asked for to get a package's source: what it would take, then each version by its number, the newest
    /// first. Lists may name a version that a mirror has not got yet.
    fn wanted(&self, package: &str) -> Result<Vec<String>, String> {
        let output = run::quiet(self.command("apt-cache", &["showsrc", "--only-source", package]))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let versions = text.lines().rev().filter_map(|line| line.strip_prefix("Version: "));
        let versions = versions.map(|version| format!("{package}={version}"));
        Ok(std::iter::once(package.to_owned()).chain(versions).collect())
    }

    /// Downloads the source of a package and unpacks it, with Debian's patches, as `tree` in the folder. apt has the
    /// checksums from the signed lists of the archive, and refuses what does not have them.
    ///
    /// # Errors
    ///
    /// apt's, or that the source cannot be unpacked.
    pub fn source(&self, package: &str) -> Result<PathBuf, String> {
        let mut first = None;
        for wanted in self.wanted(package)? {
            let arguments = ["source", "-q", "--only-source", "--download-only", &wanted];
            let outcome = run::quiet(self.command("apt-get", &arguments));
            let files = run::files(&self.folder)?;
            let described = files.into_iter().find(|path| path.extension().is_some_and(|e| e == "dsc"));
            match (&outcome, described) {
                (Ok(_), Some(described)) => return self.unpack(&described),
                // Of a version that did not come whole.
                (_, Some(described)) => run::at(&described, |path| std::fs::remove_file(path))?,
                (_, None) => {}
            }
            first = first.or(outcome.err());
        }
        Err(first.unwrap_or_else(|| format!("{package}: apt brought no description of its source")))
    }

    fn unpack(&self, described: &Path) -> Result<PathBuf, String> {
        let tree = self.folder.join("tree");
        let mut unpack = Command::new("dpkg-source");
        unpack.args(["--no-check", "-x"]).arg(described).arg(&tree);
        run::quiet(unpack)?;
        Ok(tree)
    }
}

//! The functions of an archive of objects, with what their code refers to.

use object::read::archive::ArchiveFile;
use object::read::{Object, ObjectSection, ObjectSymbol, RelocationTarget};
use object::{RelocationFlags, SymbolKind, elf};
use std::path::Path;

/// A function in a member.
#[derive(Clone, Debug)]
pub struct Function {
    /// `member.o: function`
    pub name: String,
    /// Whether other members can call it.
    pub is_global: bool,
    /// Its code.
    pub code: Vec<u8>,
    /// What it refers to.
    pub references: Vec<Reference>,
}

/// A reference to a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Where the field lies, in bytes from the start of the function.
    pub at: u64,
    /// The symbol.
    pub symbol: String,
    /// Bytes from the symbol to what is meant: a branch's four bytes are counted in.
    pub offset: i64,
}

/// Reads all functions of an archive.
///
/// # Errors
///
/// A sentence when it cannot be read.
pub fn functions(path: &Path) -> Result<Vec<Function>, String> {
    let wrong = |e: object::read::Error| format!("{}: {e}", path.display());
    let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let archive = ArchiveFile::parse(bytes.as_slice()).map_err(wrong)?;
    let mut functions = Vec::new();
    for member in archive.members() {
        let member = member.map_err(wrong)?;
        let name = String::from_utf8_lossy(member.name()).into_owned();
        let file = object::File::parse(member.data(bytes.as_slice()).map_err(wrong)?).map_err(wrong)?;
        collect(&file, &name, &mut functions).map_err(wrong)?;
    }
    Ok(functions)
}

fn collect(
    file: &object::File<'_>,
    member: &str,
    functions: &mut Vec<Function>,
) -> Result<(), object::read::Error> {
    for symbol in file.symbols().filter(|s| s.kind() == SymbolKind::Text && s.is_definition()) {
        let Some(section) = symbol.section_index() else { continue };
        let section = file.section_by_index(section)?;
        let (start, size) = (symbol.address(), symbol.size());
        let data = section.data()?;
        let Some(code) = data.get(start as usize..(start + size) as usize).filter(|code| !code.is_empty())
        else {
            continue;
        };
        let mut references = Vec::new();
        for (at, relocation) in section.relocations() {
            let RelocationTarget::Symbol(target) = relocation.target() else { continue };
            if !(start..start + size).contains(&at) {
                continue;
            }
            // From the field, which is where these count from, to the next instruction.
            let is_relative = matches!(
                relocation.flags(),
                RelocationFlags::Elf { r_type } if r_type == elf::R_X86_64_PLT32 || r_type == elf::R_X86_64_PC32
            );
            references.push(Reference {
                at: at - start,
                symbol: file.symbol_by_index(target)?.name()?.to_owned(),
                offset: relocation.addend() + if is_relative { 4 } else { 0 },
            });
        }
        let name = format!("{member}: {}", symbol.name()?);
        let is_global = symbol.is_global();
        functions.push(Function { name, is_global, code: code.to_vec(), references });
    }
    Ok(())
}

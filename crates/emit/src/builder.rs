//! A thin layer over `object`'s writer with just the sections and symbols that our objects need.

use object::elf;
use object::write::{Comdat, Object, Relocation, SectionId, Symbol, SymbolId, SymbolSection};
use object::{
    Architecture, BinaryFormat, ComdatKind, Endianness, FileFlags, RelocationFlags, SectionFlags,
    SectionKind, SymbolFlags, SymbolKind, SymbolScope,
};

/// Section flag: kept by `--gc-sections`. GNU extension, so such objects say `ELFOSABI_GNU`.
const SHF_GNU_RETAIN: elf::SectionFlags = elf::SectionFlags(0x20_0000);

/// One x86_64 object in the making. Symbols are hidden: each program or library has its own section.
pub(crate) struct Builder<'a> {
    object: Object<'a>,
}

impl Builder<'_> {
    pub(crate) fn new() -> Self {
        let mut object = Object::new(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little);
        // Entries begin with endbr64. Not marked for shadow stacks: calls that return twice jump back.
        object.add_elf_gnu_property_u32(
            elf::GNU_PROPERTY_X86_FEATURE_1_AND,
            elf::GNU_PROPERTY_X86_FEATURE_1_IBT,
        );
        Builder { object }
    }

    fn add(
        &mut self,
        name: &str,
        kind: SectionKind,
        sh_type: elf::SectionType,
        sh_flags: elf::SectionFlags,
    ) -> SectionId {
        let section = self.object.add_section(Vec::new(), name.into(), kind);
        self.object.section_mut(section).flags = SectionFlags::Elf { sh_type, sh_flags };
        section
    }

    /// Allocated, read-only.
    pub(crate) fn section(
        &mut self,
        name: &str,
        sh_type: elf::SectionType,
        bytes: Vec<u8>,
        align: u64,
    ) -> SectionId {
        let section = self.add(name, SectionKind::ReadOnlyData, sh_type, elf::SHF_ALLOC);
        self.object.section_mut(section).set_data(bytes, align);
        section
    }

    /// Allocated, read-only data.
    pub(crate) fn data(&mut self, name: &str, bytes: Vec<u8>, align: u64) -> SectionId {
        self.section(name, elf::SHT_PROGBITS, bytes, align)
    }

    /// Allocated, read-only, never collected.
    pub(crate) fn retained(&mut self, name: &str, bytes: Vec<u8>, align: u64) -> SectionId {
        self.kept(name, elf::SHF_ALLOC, bytes, align)
    }

    /// As [`Builder::retained`], among the code: a program that reads nothing there but this has
    /// no page mapped for it alone.
    pub(crate) fn retained_beside_code(&mut self, name: &str, bytes: Vec<u8>, align: u64) -> SectionId {
        self.kept(name, elf::SHF_ALLOC | elf::SHF_EXECINSTR, bytes, align)
    }

    fn kept(&mut self, name: &str, flags: elf::SectionFlags, bytes: Vec<u8>, align: u64) -> SectionId {
        self.object.flags =
            FileFlags::Elf { os_abi: elf::ELFOSABI_GNU, abi_version: 0, e_flags: elf::FileFlags(0) };
        let flags = flags | SHF_GNU_RETAIN;
        let section = self.add(name, SectionKind::ReadOnlyData, elf::SHT_PROGBITS, flags);
        self.object.section_mut(section).set_data(bytes, align);
        section
    }

    /// Code; with `SHT_NOBITS`, an empty section that takes none.
    pub(crate) fn code(
        &mut self,
        name: &str,
        sh_type: elf::SectionType,
        bytes: Vec<u8>,
        align: u64,
    ) -> SectionId {
        let nobits = sh_type == elf::SHT_NOBITS;
        let kind = if nobits { SectionKind::UninitializedData } else { SectionKind::Text };
        let section = self.add(name, kind, sh_type, elf::SHF_ALLOC | elf::SHF_EXECINSTR);
        if nobits {
            debug_assert!(bytes.is_empty());
            self.object.section_mut(section).append_bss(0, align);
        } else {
            self.object.section_mut(section).set_data(bytes, align);
        }
        section
    }

    /// Code without bytes in a COMDAT group, whose signature is a symbol at its first byte.
    pub(crate) fn comdat(&mut self, name: &str, signature: &str, size: u64, align: u64) -> SectionId {
        let flags = elf::SHF_ALLOC | elf::SHF_EXECINSTR | elf::SHF_GROUP;
        let section = self.add(name, SectionKind::UninitializedData, elf::SHT_NOBITS, flags);
        self.object.section_mut(section).append_bss(size, align);
        let symbol = self.define(signature, section, 0, size);
        self.object.add_comdat(Comdat { kind: ComdatKind::Any, symbol, sections: vec![section] });
        section
    }

    /// The section's own symbol.
    pub(crate) fn section_start(&mut self, section: SectionId) -> SymbolId {
        self.object.section_symbol(section)
    }

    /// A hidden symbol of no special type.
    pub(crate) fn define(&mut self, name: &str, section: SectionId, value: u64, size: u64) -> SymbolId {
        self.symbol(
            name,
            SymbolSection::Section(section),
            value,
            size,
            SymbolKind::Data,
            SymbolScope::Linkage,
            false,
        )
    }

    /// A hidden function.
    pub(crate) fn function(&mut self, name: &str, section: SectionId, value: u64, size: u64) -> SymbolId {
        let section = SymbolSection::Section(section);
        self.symbol(name, section, value, size, SymbolKind::Text, SymbolScope::Linkage, false)
    }

    /// A function under a libc's own name.
    pub(crate) fn named_function(
        &mut self,
        name: &str,
        section: SectionId,
        value: u64,
        size: u64,
        hidden: bool,
        weak: bool,
    ) {
        let scope = if hidden { SymbolScope::Linkage } else { SymbolScope::Dynamic };
        self.symbol(name, SymbolSection::Section(section), value, size, SymbolKind::Text, scope, weak);
    }

    /// A hidden second name of code, without type and size: debuggers and profilers prefer the function.
    pub(crate) fn alias(&mut self, name: &str, section: SectionId, value: u64) {
        let section = SymbolSection::Section(section);
        self.symbol(name, section, value, 0, SymbolKind::Label, SymbolScope::Linkage, false);
    }

    /// A function that no other object sees.
    pub(crate) fn local_function(&mut self, name: &str, section: SectionId, value: u64, size: u64) {
        let section = SymbolSection::Section(section);
        self.symbol(name, section, value, size, SymbolKind::Text, SymbolScope::Compilation, false);
    }

    /// A hidden symbol that another member defines.
    pub(crate) fn undefined(&mut self, name: &str) -> SymbolId {
        let id = self.symbol(
            name,
            SymbolSection::Undefined,
            0,
            0,
            SymbolKind::Unknown,
            SymbolScope::Unknown,
            false,
        );
        self.object.symbol_mut(id).flags =
            SymbolFlags::Elf { st_info: elf::STB_GLOBAL | elf::STT_NOTYPE, st_other: elf::STV_HIDDEN.into() };
        id
    }

    /// A symbol that may be defined elsewhere, and is null when it is not.
    pub(crate) fn weak_undefined(&mut self, name: &str) -> SymbolId {
        self.symbol(name, SymbolSection::Undefined, 0, 0, SymbolKind::Text, SymbolScope::Dynamic, true)
    }

    /// A thread-local variable that another object defines.
    pub(crate) fn undefined_thread_local(&mut self, name: &str) -> SymbolId {
        self.symbol(name, SymbolSection::Undefined, 0, 0, SymbolKind::Tls, SymbolScope::Dynamic, false)
    }

    /// A zeroed thread-local variable.
    pub(crate) fn thread_local(&mut self, name: &str, size: u64) -> SymbolId {
        let flags = elf::SHF_ALLOC | elf::SHF_WRITE | elf::SHF_TLS;
        let section = self.add(".tbss", SectionKind::UninitializedTls, elf::SHT_NOBITS, flags);
        self.object.section_mut(section).append_bss(size, size);
        let section = SymbolSection::Section(section);
        self.symbol(name, section, 0, size, SymbolKind::Tls, SymbolScope::Linkage, false)
    }

    #[allow(clippy::too_many_arguments)]
    fn symbol(
        &mut self,
        name: &str,
        section: SymbolSection,
        value: u64,
        size: u64,
        kind: SymbolKind,
        scope: SymbolScope,
        weak: bool,
    ) -> SymbolId {
        self.object.add_symbol(Symbol {
            name: name.into(),
            value,
            size,
            kind,
            scope,
            weak,
            section,
            flags: SymbolFlags::None,
        })
    }

    pub(crate) fn relocate(
        &mut self,
        section: SectionId,
        offset: u64,
        r_type: elf::RelocationType,
        symbol: SymbolId,
        addend: i64,
    ) {
        let flags = RelocationFlags::Elf { r_type };
        self.object
            .add_relocation(section, Relocation { offset, symbol, addend, flags })
            .expect("x86_64 ELF takes every relocation by number");
    }

    /// The object's bytes. Stacks need not be executable, and the object says so.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        let flags = elf::SectionFlags(0);
        self.add(".note.GNU-stack", SectionKind::Other, elf::SHT_PROGBITS, flags);
        self.object.write().expect("objects of a few sections can be laid out")
    }
}

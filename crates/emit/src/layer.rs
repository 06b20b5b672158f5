//! The layer as it was linked: one segment of code, and where each of its functions begins.
//!
//! `crates/layer` is a program for its linker only. Its segment goes into map images as it is, so it must need no
//! relocation and have nothing that is written; what it is made of is checked here once more.

use std::collections::BTreeMap;
use std::fmt;

use libsys_image::SECTION_ALIGN;
use object::elf::{PF_W, PF_X, PT_LOAD};
use object::read::elf::{ElfFile64, ProgramHeader};
use object::{Endianness, Object, ObjectSymbol};

/// What the names of the layer's functions begin with.
const PREFIX: &str = "__libsys_layer_";
/// Bytes of code; an image with its table stays below 128 KiB.
const MAX_SIZE: usize = 48 << 10;

/// The layer's code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layer {
    /// Its bytes, whole pages.
    pub code: Vec<u8>,
    /// The offset of each function, by the name that implementations give it.
    pub functions: BTreeMap<String, u32>,
}

/// Why a file is not a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayerError {
    /// Not an ELF file for x86_64 that can be read.
    Elf(String),
    /// A part of it that cannot be mapped as it is.
    Part(&'static str),
}

impl fmt::Display for LayerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LayerError::Elf(why) => write!(f, "not an ELF file of a layer: {why}"),
            LayerError::Part(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for LayerError {}

impl Layer {
    /// Reads the layer from the file that was linked.
    ///
    /// # Errors
    ///
    /// What keeps it from being mapped as it is.
    pub fn read(bytes: &[u8]) -> Result<Layer, LayerError> {
        let elf = |error: object::Error| LayerError::Elf(error.to_string());
        let file = ElfFile64::<Endianness>::parse(bytes).map_err(elf)?;
        let endian = file.endian();
        let headers = file.elf_program_headers().iter();
        let mut loads = headers.filter(|p| p.p_type(endian) == PT_LOAD && p.p_memsz(endian) != 0);
        let Some(load) = loads.next() else { return Err(LayerError::Part("the layer has no segment")) };
        if loads.next().is_some() {
            return Err(LayerError::Part("the layer has more than one segment"));
        }
        let flags = load.p_flags(endian);
        if !flags.contains(PF_X) || flags.contains(PF_W) {
            return Err(LayerError::Part("the segment of the layer is not read-only code"));
        }
        if load.p_vaddr(endian) != 0 || load.p_filesz(endian) != load.p_memsz(endian) {
            return Err(LayerError::Part(
                "the segment of the layer does not begin at 0, or is not all in the file",
            ));
        }
        let code =
            load.data(endian, bytes).map_err(|()| LayerError::Part("the segment is not in the file"))?;
        if code.len() > MAX_SIZE {
            return Err(LayerError::Part("the layer has more than 48 KiB"));
        }
        if file.dynamic_relocations().is_some_and(|mut relocations| relocations.next().is_some()) {
            return Err(LayerError::Part("the layer needs relocations"));
        }
        let mut functions = BTreeMap::new();
        for symbol in file.symbols() {
            let Some(name) = symbol.name().ok().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
            match u32::try_from(symbol.address()) {
                Ok(at) if (at as usize) < code.len() => functions.insert(name.to_owned(), at),
                _ => return Err(LayerError::Part("a function of the layer lies outside its segment")),
            };
        }
        let mut code = code.to_vec();
        code.resize(code.len().next_multiple_of(SECTION_ALIGN as usize), 0xcc);
        Ok(Layer { code, functions })
    }
}

//! Everything that the model knows, as JSON for other tools; `JSON.md` documents the keys.
//!
//! The schema only grows: keys keep their meaning as long as `schema` keeps its number. Lists, texts and
//! truth values are always there; what is not known is left out. Each call, type and other element of the
//! top level's lists is one line, so that two releases can be compared line by line. What is written is
//! in `schema`, how, here.

mod schema;

use libsys_model::Abi;
use serde::Serialize;
use serde_json::ser::Formatter;
use std::io::{self, Write};

/// The number of the schema; a document with a greater one means something else by some key.
pub const SCHEMA: u32 = 1;

/// The document, with a newline at its end.
#[must_use]
pub fn emit(abi: &Abi) -> String {
    let mut bytes = Vec::with_capacity(1 << 20);
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Lines { depth: 0 });
    let written = schema::Document::new(abi).serialize(&mut serializer);
    // Writing to memory does not fail, and all keys are strings.
    debug_assert!(written.is_ok());
    bytes.push(b'\n');
    String::from_utf8(bytes).unwrap_or_default()
}

/// A line for each key of the document and for each element of the lists there.
struct Lines {
    depth: u32,
}

impl Lines {
    fn begin<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        out.write_all(bracket)
    }

    fn end<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if self.depth < 2 {
            out.write_all(b"\n")?;
        }
        out.write_all(bracket)
    }

    fn separate<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if !first {
            out.write_all(b",")?;
        }
        if self.depth <= 2 { out.write_all(b"\n") } else { Ok(()) }
    }
}

impl Formatter for Lines {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.separate(out, first)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.separate(out, first)
    }
}

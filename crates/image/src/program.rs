//! Conversion programs: how the structs of one call are turned into those that the kernel takes, and back.
//!
//! They are data behind the layer's code in a map image, made by `libsys-emit`, carried out by
//! `libsys-structural`, and checked here when an image is read. A program says, with little-endian fields:
//!
//! ```text
//! all:       0 u32 bytes                      program:   0 u32 bytes
//!            4 u32 how many programs                     4 u16 number of the call
//!            8 the programs                              6 u8  word of the vDSO + 1; 0: none
//!                                                        7 u8  1: the result is a C int; 2: a new file
//!                                                        8 u8  arguments    9 u8  errors
//!                                                       10 u16 pairs       12 u16 steps   14 u16 entries
//!                                                       16 arguments, pairs, steps, entries, each of 16 bytes
//!
//! argument:  0 u8  kind                                  pair:  0 u16 bytes of the program's struct
//!            1 u8  its index                                    2 u16 bytes of the kernel's struct
//!            2 u8  flags                                        4 u16 first step inwards   6 u16 how many
//!            3 u8  index of its count or size; 255: none        8 u16 first step outwards 10 u16 how many
//!            4 u8  shape of the count                          12 u32 1 measured in bytes
//!            6 u16 pair; of a value: first step
//!            8 u16 errno for too many; telling: bytes    entry: 0 u64 value of the source
//!                  that the kernel knows                       8 u64 value of the target
//!           10 u16 elements at most; of a value: steps;
//!                  sized, telling: offset of the size
//!           12 u32 count from which on the kernel refuses; sized, telling: least bytes
//!
//! step:      0 u8  code     1 u8 shape of the source     2 u8 shape of the target    3 u8 flags
//!            4 u16 offset in the source                  6 u16 offset in the target
//!            8 u32 a       12 u16 b                     14 u16 c          or at 8 one u64 value
//!
//! moves:     0 u8  code     2 u16 errno                   4, 8, 12 offsets in the source
//!                                                         6, 10, 14 offsets in the target
//! ```
//!
//! Inwards the source is the program's struct and the target the kernel's; outwards the reverse. A shape is the
//! logarithm of an integer's size, and 4 if it is signed. Steps only go forward: a list ends after as many steps as
//! it has. The first entries translate errors, of the kernel's into the program's.

use crate::bytes::{array, u16_at, u32_at};

/// Bytes of the kernel's structs that one call may have in the layer.
pub const ARENA: usize = 2048;
/// Structs and arrays of structs that one call may have in the layer, those behind pointers among them.
pub const BLOCKS: usize = 24;
/// Bytes in the greatest struct.
pub const STRUCT_MAX: u16 = ARENA as u16;
/// Bytes in a program's head, in an argument, a pair and a step.
pub const RECORD: usize = 16;
/// Bytes in the head of all programs.
pub const HEAD: usize = 8;
/// No argument has this index.
pub const NONE: u8 = 0xff;

/// Flag of an argument or a pointer: the kernel reads it.
pub const IN: u8 = 1;
/// Flag of an argument or a pointer: the kernel writes it.
pub const OUT: u8 = 2;
/// Flag of an argument or a pointer: any number of elements, not exactly one.
pub const ARRAY: u8 = 4;
/// Flag of an argument or a pointer: as many elements as fit may be done, or bytes.
pub const SHORT: u8 = 8;
/// Flag of an argument: its count lies behind a pointer, and the kernel writes it.
pub const BEHIND: u8 = 16;
/// Flag of an argument: null says that it is not wanted, whatever its count.
pub const OPTIONAL: u8 = 32;
/// Flag of an argument or a pointer: one struct, of which as many bytes are there as the count says.
pub const BYTES: u8 = 64;
/// No offset in a struct is this.
pub const NOWHERE: u16 = 0xffff;

/// What an argument is.
pub mod kind {
    /// Structs, behind a pointer.
    pub const STRUCTS: u8 = 1;
    /// A struct whose size is another argument, behind a pointer.
    pub const SIZED: u8 = 2;
    /// An integer.
    pub const VALUE: u8 = 3;
    /// A struct that says its size itself, behind a pointer.
    pub const TELLING: u8 = 4;
}

/// What a step does.
pub mod code {
    /// Copies `a` bytes.
    pub const COPY: u8 = 1;
    /// Converts `c` integers; with `b`, that errno for one that does not come back the same.
    pub const INTEGERS: u8 = 2;
    /// Stores `value`.
    pub const STORE: u8 = 3;
    /// Clears `a` bytes of the target.
    pub const CLEAR: u8 = 4;
    /// Fails with the errno in the target's offset if the source is not `value`.
    pub const EXPECT: u8 = 5;
    /// Fails with `b` if one of `a` bytes of the source is not 0.
    pub const EMPTY: u8 = 6;
    /// Translates an integer by `c` entries from `a` on; with `b`, that errno for what has none, which else goes
    /// nowhere. The flag [`BITS`]: bit by bit.
    pub const TRANSLATE: u8 = 7;
    /// Passes over `c` steps if the source is not `a`, a signed number.
    pub const CASE: u8 = 8;
    /// Passes over `c` steps.
    pub const PASS: u8 = 9;
    /// Fails with `b`.
    pub const FAIL: u8 = 10;
    /// Inwards: the target holds a pointer of the program's to structs of pair `a`; at the offset in the source the
    /// *target* holds how many, of the source's shape, or there are `c` if that is [`super::Shape::NONE`]. More than `c`
    /// fail with `b`. With [`super::BYTES`] these are bytes of one struct.
    pub const FOLLOW: u8 = 11;
    /// Moves three integers of 8 bytes each, as do the codes that follow with others: most of what structs consist of.
    /// Where there are fewer, the last one is moved again.
    pub const MOVE_8: u8 = 12;
    /// Of 4 bytes.
    pub const MOVE_4: u8 = 13;
    /// Of 2 bytes.
    pub const MOVE_2: u8 = 14;
    /// Unsigned ones of 4 bytes into 8.
    pub const WIDEN_U4: u8 = 15;
    /// Signed ones of 4 bytes into 8.
    pub const WIDEN_I4: u8 = 16;
    /// Of 8 bytes into unsigned ones of 4, or fails with the errno and moves none.
    pub const NARROW_U4: u8 = 17;
    /// Of 8 bytes into signed ones of 4, likewise.
    pub const NARROW_I4: u8 = 18;

    /// Bytes that the integers of a move have in the source and in the target; none: it is no move.
    #[must_use]
    pub const fn moved(code: u8) -> Option<(u8, u8)> {
        Some(match code {
            MOVE_8 => (8, 8),
            MOVE_4 => (4, 4),
            MOVE_2 => (2, 2),
            WIDEN_U4 | WIDEN_I4 => (4, 8),
            NARROW_U4 | NARROW_I4 => (8, 4),
            _ => return None,
        })
    }

    /// Does nothing. What a struct measured in bytes holds ends at these offsets, unless more of it ends further.
    pub const ENDS: u8 = 19;
    /// Of [`TRANSLATE`]: bit by bit.
    pub const BITS: u8 = 1;
}

/// An integer's size and signedness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape(pub u8);

impl Shape {
    /// No integer.
    pub const NONE: Shape = Shape(0xff);

    /// Of a size in bytes: 1, 2, 4 or 8.
    #[must_use]
    pub const fn new(size: u32, signed: bool) -> Shape {
        Shape((size.trailing_zeros() & 3) as u8 | if signed { 4 } else { 0 })
    }

    /// Its size in bytes.
    #[must_use]
    #[inline]
    pub const fn size(self) -> usize {
        1 << (self.0 & 3)
    }

    /// Whether it is signed.
    #[must_use]
    #[inline]
    pub const fn is_signed(self) -> bool {
        self.0 & 4 != 0
    }

    /// All its bits.
    #[must_use]
    #[inline]
    pub const fn mask(self) -> u64 {
        u64::MAX >> (64 - 8 * self.size() as u32)
    }

    /// A register of which the lower bytes are such an integer, as 64 bits.
    #[must_use]
    #[inline]
    pub const fn extend(self, value: u64) -> u64 {
        let above = u64::BITS - 8 * self.size() as u32;
        let upper = value << above;
        if self.is_signed() { (upper as i64 >> above) as u64 } else { upper >> above }
    }

    const fn is_one(self) -> bool {
        self.0 < 8
    }
}

/// An argument that is converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    /// [`kind`].
    pub kind: u8,
    /// Its index.
    pub index: u8,
    /// [`IN`], [`OUT`], [`ARRAY`], [`SHORT`], [`BEHIND`], [`OPTIONAL`], [`BYTES`].
    pub flags: u8,
    /// The argument with its count or size, or [`NONE`].
    pub count: u8,
    /// The shape of that.
    pub shape: Shape,
    /// Its pair; of a value, its first step.
    pub pair: u16,
    /// For more elements than the layer has room for; telling: the bytes that the kernel knows.
    pub errno: u16,
    /// Elements at most; of a value, its steps; sized and telling: where the program's struct says its size, or
    /// [`NOWHERE`].
    pub most: u16,
    /// The greatest count that is converted; sized and telling: the least bytes.
    pub limit: u32,
}

impl Argument {
    /// As bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; RECORD] {
        let mut out =
            [self.kind, self.index, self.flags, self.count, self.shape.0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        out[6..8].copy_from_slice(&self.pair.to_le_bytes());
        out[8..10].copy_from_slice(&self.errno.to_le_bytes());
        out[10..12].copy_from_slice(&self.most.to_le_bytes());
        out[12..].copy_from_slice(&self.limit.to_le_bytes());
        out
    }

    /// From bytes.
    #[must_use]
    #[inline]
    pub fn from_bytes(bytes: [u8; RECORD]) -> Argument {
        let [kind, index, flags, count, shape, _, p0, p1, e0, e1, m0, m1, l0, l1, l2, l3] = bytes;
        Argument {
            kind,
            index,
            flags,
            count,
            shape: Shape(shape),
            pair: u16::from_le_bytes([p0, p1]),
            errno: u16::from_le_bytes([e0, e1]),
            most: u16::from_le_bytes([m0, m1]),
            limit: u32::from_le_bytes([l0, l1, l2, l3]),
        }
    }
}

/// Some steps of a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// The first one.
    pub first: u16,
    /// How many.
    pub count: u16,
}

/// Two structs, and how they become each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// Bytes of the program's.
    pub ours: u16,
    /// Bytes of the kernel's.
    pub theirs: u16,
    /// From the program's to the kernel's.
    pub inwards: List,
    /// From the kernel's to the program's.
    pub outwards: List,
    /// Whether they may be measured in bytes: they lead nowhere.
    pub is_measured: bool,
}

impl Pair {
    /// As bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; RECORD] {
        let words = [
            self.ours,
            self.theirs,
            self.inwards.first,
            self.inwards.count,
            self.outwards.first,
            self.outwards.count,
            self.is_measured.into(),
        ];
        let mut out = [0; RECORD];
        for (place, word) in out.chunks_exact_mut(2).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        out
    }

    /// From bytes.
    #[must_use]
    #[inline]
    pub fn from_bytes(bytes: [u8; RECORD]) -> Pair {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, ..] = bytes;
        let word = u16::from_le_bytes;
        Pair {
            ours: word([a, b]),
            theirs: word([c, d]),
            inwards: List { first: word([e, f]), count: word([g, h]) },
            outwards: List { first: word([i, j]), count: word([k, l]) },
            is_measured: m & 1 != 0,
        }
    }
}

/// One step; its fields mean what [`code`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// [`code`].
    pub code: u8,
    /// Shape of the source.
    pub source: Shape,
    /// Shape of the target.
    pub target: Shape,
    /// Flags.
    pub flags: u8,
    /// Offset in the source.
    pub from: u16,
    /// Offset in the target.
    pub to: u16,
    /// 64 bits: a value, or `a`, `b` and `c`.
    pub value: u64,
}

impl Step {
    /// The lower half of the value.
    #[must_use]
    #[inline]
    pub const fn a(self) -> u32 {
        self.value as u32
    }

    /// The third quarter.
    #[must_use]
    #[inline]
    pub const fn b(self) -> u16 {
        (self.value >> 32) as u16
    }

    /// The last quarter.
    #[must_use]
    #[inline]
    pub const fn c(self) -> u16 {
        (self.value >> 48) as u16
    }

    /// The value of three parts.
    #[must_use]
    pub const fn parts(a: u32, b: u16, c: u16) -> u64 {
        a as u64 | (b as u64) << 32 | (c as u64) << 48
    }

    /// As bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; RECORD] {
        let mut out =
            [self.code, self.source.0, self.target.0, self.flags, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        out[4..6].copy_from_slice(&self.from.to_le_bytes());
        out[6..8].copy_from_slice(&self.to.to_le_bytes());
        out[8..].copy_from_slice(&self.value.to_le_bytes());
        out
    }

    /// From bytes.
    #[must_use]
    #[inline]
    pub fn from_bytes(bytes: [u8; RECORD]) -> Step {
        let words = u128::from_le_bytes(bytes);
        Step {
            code: words as u8,
            source: Shape((words >> 8) as u8),
            target: Shape((words >> 16) as u8),
            flags: (words >> 24) as u8,
            from: (words >> 32) as u16,
            to: (words >> 48) as u16,
            value: (words >> 64) as u64,
        }
    }
}

/// Integers that one step moves.
pub const MOVES: usize = 3;

impl Step {
    /// Moves integers from the first to the second offset of each, as the code says.
    #[must_use]
    pub const fn moves(code: u8, errno: u16, moves: [(u16, u16); MOVES]) -> Step {
        let [(from, to), (b, c), (d, e)] = moves;
        let [low, high] = errno.to_le_bytes();
        let value = Step::parts(b as u32 | (c as u32) << 16, d, e);
        Step { code, source: Shape(0), target: Shape(low), flags: high, from, to, value }
    }
}

/// A step as it lies in memory, of which only what is asked for is read.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a>(pub &'a [u8; RECORD]);

impl Record<'_> {
    #[inline(always)]
    const fn u16<const AT: usize>(self) -> u16 {
        u16::from_le_bytes([self.0[AT], self.0[AT + 1]])
    }

    /// [`Step::code`].
    #[must_use]
    #[inline(always)]
    pub const fn code(self) -> u8 {
        self.0[0]
    }

    /// [`Step::source`].
    #[must_use]
    #[inline(always)]
    pub const fn source(self) -> Shape {
        Shape(self.0[1])
    }

    /// [`Step::target`].
    #[must_use]
    #[inline(always)]
    pub const fn target(self) -> Shape {
        Shape(self.0[2])
    }

    /// [`Step::flags`].
    #[must_use]
    #[inline(always)]
    pub const fn flags(self) -> u8 {
        self.0[3]
    }

    /// [`Step::from`].
    #[must_use]
    #[inline(always)]
    pub const fn from(self) -> usize {
        self.u16::<4>() as usize
    }

    /// [`Step::to`].
    #[must_use]
    #[inline(always)]
    pub const fn to(self) -> usize {
        self.u16::<6>() as usize
    }

    /// [`Step::value`].
    #[must_use]
    #[inline(always)]
    pub const fn value(self) -> u64 {
        (self.a() as u64) | (self.b() as u64) << 32 | (self.c() as u64) << 48
    }

    /// [`Step::a`].
    #[must_use]
    #[inline(always)]
    pub const fn a(self) -> u32 {
        self.u16::<8>() as u32 | (self.u16::<10>() as u32) << 16
    }

    /// [`Step::b`].
    #[must_use]
    #[inline(always)]
    pub const fn b(self) -> u16 {
        self.u16::<12>()
    }

    /// [`Step::c`].
    #[must_use]
    #[inline(always)]
    pub const fn c(self) -> u16 {
        self.u16::<14>()
    }

    /// The errno of moves.
    #[must_use]
    #[inline(always)]
    pub const fn errno(self) -> u16 {
        self.u16::<2>()
    }

    /// Where moves go from and to.
    #[must_use]
    #[inline(always)]
    pub const fn moves(self) -> [(usize, usize); MOVES] {
        [
            (self.from(), self.to()),
            (self.u16::<8>() as usize, self.u16::<10>() as usize),
            (self.u16::<12>() as usize, self.u16::<14>() as usize),
        ]
    }
}

/// The program of one call.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    bytes: &'a [u8],
    /// The number of the call.
    pub nr: u16,
    /// The word of the vDSO in the data page, plus 1; 0: the call enters the kernel.
    pub vdso: u8,
    /// Whether its result is a C int.
    pub is_int: bool,
    /// Whether its result is a new file descriptor: closed when the program is told an error instead.
    pub opens: bool,
    /// How many arguments are converted.
    pub arguments: u8,
    /// How many errors are translated.
    pub errors: u8,
    /// How many pairs.
    pub pairs: u16,
    /// How many steps.
    pub steps: u16,
    /// How many entries of translations, those of errors among them.
    pub entries: u16,
}

impl<'a> Program<'a> {
    /// Reads a program that begins with these bytes; none when they are too few.
    #[must_use]
    #[inline]
    pub fn read(bytes: &'a [u8]) -> Option<Program<'a>> {
        let size = u32_at(bytes, 0)? as usize;
        let bytes = bytes.get(..size)?;
        let program = Program {
            bytes,
            nr: u16_at(bytes, 4)?,
            vdso: *bytes.get(6)?,
            is_int: *bytes.get(7)? & 1 != 0,
            opens: *bytes.get(7)? & 2 != 0,
            arguments: *bytes.get(8)?,
            errors: *bytes.get(9)?,
            pairs: u16_at(bytes, 10)?,
            steps: u16_at(bytes, 12)?,
            entries: u16_at(bytes, 14)?,
        };
        (program.entries_at() + RECORD * usize::from(program.entries) <= size).then_some(program)
    }

    #[inline]
    fn pairs_at(&self) -> usize {
        RECORD + RECORD * usize::from(self.arguments)
    }

    #[inline]
    fn steps_at(&self) -> usize {
        self.pairs_at() + RECORD * usize::from(self.pairs)
    }

    #[inline]
    fn entries_at(&self) -> usize {
        self.steps_at() + RECORD * usize::from(self.steps)
    }

    /// An argument.
    #[must_use]
    #[inline]
    pub fn argument(&self, index: u8) -> Option<Argument> {
        let at = RECORD + RECORD * usize::from(index);
        if index >= self.arguments { None } else { array(self.bytes, at).map(Argument::from_bytes) }
    }

    /// A pair.
    #[must_use]
    #[inline]
    pub fn pair(&self, index: u16) -> Option<Pair> {
        let at = self.pairs_at() + RECORD * usize::from(index);
        if index >= self.pairs { None } else { array(self.bytes, at).map(Pair::from_bytes) }
    }

    /// A step.
    #[must_use]
    pub fn step(&self, index: u16) -> Option<Step> {
        self.step_bytes(index).map(Step::from_bytes)
    }

    fn step_bytes(&self, index: u16) -> Option<[u8; RECORD]> {
        let at = self.steps_at() + RECORD * usize::from(index);
        if index >= self.steps { None } else { array(self.bytes, at) }
    }

    /// An entry: a value of the source, and what it is in the target.
    #[must_use]
    #[inline]
    pub fn entry(&self, index: u16) -> Option<(u64, u64)> {
        let at = self.entries_at() + RECORD * usize::from(index);
        let words = if index >= self.entries { None } else { array::<RECORD>(self.bytes, at) };
        words.map(u128::from_le_bytes).map(|words| (words as u64, (words >> 64) as u64))
    }

    /// What an error of the kernel's is for the program.
    #[must_use]
    #[inline]
    pub fn error(&self, errno: u16) -> u16 {
        let mut entries = (0..u16::from(self.errors)).filter_map(|i| self.entry(i));
        entries.find(|(theirs, _)| *theirs == u64::from(errno)).map_or(errno, |(_, ours)| ours as u16)
    }

    /// Whether nothing in it leads outside: every index is one of something, every step stays in its structs.
    #[cold]
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let pairs = (0..self.pairs).all(|i| self.pair(i).is_some_and(|pair| self.is_sound_pair(pair)));
        let arguments = (0..self.arguments)
            .all(|i| self.argument(i).is_some_and(|argument| self.is_sound_argument(argument)));
        let is_error = |errno| u16::try_from(errno).is_ok_and(is_errno);
        let errors =
            (0..u16::from(self.errors)).all(|i| self.entry(i).is_some_and(|(_, ours)| is_error(ours)));
        u32::from(self.nr) < crate::SERVICE_BASE
            && usize::from(self.vdso) <= crate::VdsoCall::ALL.len()
            && pairs
            && arguments
            && errors
    }

    fn is_sound_argument(&self, argument: Argument) -> bool {
        let Argument { kind, index, flags, count, shape, pair, errno, most, .. } = argument;
        let counted = count < 6 && shape.is_one() && count != index;
        // An offset of 32 bits in the program's struct.
        let is_size = |whole: u16| u32::from(most) + 4 <= u32::from(whole);
        index < 6
            && match kind {
                kind::STRUCTS => {
                    let has = |flag: u8| flags & flag != 0;
                    pair < self.pairs
                        && flags < 128
                        && has(IN | OUT)
                        && (counted || count == NONE)
                        && (!has(SHORT | BEHIND) || counted && has(ARRAY | BYTES) && most > 0)
                        && (has(ARRAY) || has(BYTES) || count == NONE && most == 1)
                        && (!has(BYTES) || counted && self.is_sound_measured(flags, pair))
                        && (!has(BYTES) || has(BEHIND) || !has(OUT))
                        && (!has(BEHIND) || self.is_counted_once(count))
                        && is_errno(errno)
                }
                kind::SIZED => {
                    let whole = self.pair(pair).map_or(0, |pair| pair.ours);
                    whole > 0
                        && flags < 4
                        && flags & (IN | OUT) != 0
                        && counted
                        && is_errno(errno)
                        && (most == NOWHERE || is_size(whole))
                }
                kind::TELLING => {
                    let whole = self.pair(pair).map_or(0, |pair| pair.ours);
                    flags & !OUT == IN && count == NONE && is_size(whole)
                }
                kind::VALUE => {
                    const WORD: u16 = 8;
                    let steps = List { first: pair, count: most };
                    self.is_sound_list(steps, WORD, WORD, false)
                }
                _ => false,
            }
    }

    /// Whether a struct measured in bytes goes one way, and is one that may be.
    fn is_sound_measured(&self, flags: u8, pair: u16) -> bool {
        let is_one = self.pair(pair).is_some_and(|pair| pair.is_measured);
        is_one && flags & ARRAY == 0 && flags & (IN | OUT) != IN | OUT
    }

    /// Whether only one argument has this count.
    fn is_counted_once(&self, count: u8) -> bool {
        let arguments = (0..self.arguments).filter_map(|i| self.argument(i));
        arguments.filter(|argument| argument.kind != kind::VALUE && argument.count == count).count() == 1
    }

    fn is_sound_pair(&self, pair: Pair) -> bool {
        let Pair { ours, theirs, inwards, outwards, is_measured } = pair;
        let size = |size| size > 0 && size <= STRUCT_MAX;
        size(ours)
            && size(theirs)
            && self.is_sound_list(inwards, ours, theirs, !is_measured)
            && self.is_sound_list(outwards, theirs, ours, false)
    }

    #[cold]
    fn is_sound_list(&self, list: List, source: u16, target: u16, follows: bool) -> bool {
        let Some(end) = list.first.checked_add(list.count).filter(|end| *end <= self.steps) else {
            return false;
        };
        let mut at = list.first;
        while at < end {
            let Some(bytes) = self.step_bytes(at) else { return false };
            let (step, record) = (Step::from_bytes(bytes), Record(&bytes));
            at += 1;
            let fits = |offset: u16, size: u64, whole: u16| u64::from(offset) + size <= u64::from(whole);
            let is_source =
                |n: u64| step.source.is_one() && fits(step.from, step.source.size() as u64 * n, source);
            let is_target =
                |n: u64| step.target.is_one() && fits(step.to, step.target.size() as u64 * n, target);
            let (a, b, c) = (u64::from(step.a()), step.b(), step.c());
            let may_pass = c <= end - at;
            let is_good = match step.code {
                code::COPY => fits(step.from, a, source) && fits(step.to, a, target),
                code::INTEGERS => {
                    is_source(u64::from(c)) && is_target(u64::from(c)) && (b == 0 || is_errno(b))
                }
                code::STORE => is_target(1),
                code::CLEAR => fits(step.to, a, target),
                code::EXPECT => is_source(1) && is_errno(step.to),
                code::EMPTY => fits(step.from, a, source) && is_errno(b),
                code::TRANSLATE => {
                    let entries = a + u64::from(c) <= u64::from(self.entries);
                    is_source(1) && is_target(1) && entries && (b == 0 || is_errno(b))
                }
                code::CASE => is_source(1) && may_pass,
                code::PASS => may_pass,
                code::FAIL => is_errno(b),
                code::ENDS => step.from <= source && step.to <= target,
                code::FOLLOW => {
                    let counted = step.source == Shape::NONE
                        || step.source.is_one() && fits(step.from, step.source.size() as u64, target);
                    let is_measured = step.flags & BYTES != 0;
                    let known = IN | OUT | if is_measured { BYTES | SHORT } else { ARRAY };
                    let flags = step.flags & (IN | OUT) != 0 && step.flags & !known == 0;
                    let measured = step.source != Shape::NONE && self.is_sound_measured(step.flags, a as u16);
                    follows
                        && counted
                        && flags
                        && (!is_measured || measured)
                        && fits(step.to, 8, target)
                        && a < u64::from(self.pairs)
                        && is_errno(b)
                }
                moves => code::moved(moves).is_some_and(|(from_size, to_size)| {
                    let inside =
                        |at: usize, size: u8, whole: u16| at + usize::from(size) <= usize::from(whole);
                    let all = record.moves();
                    all.iter()
                        .all(|(from, to)| inside(*from, from_size, source) && inside(*to, to_size, target))
                        && (from_size <= to_size || is_errno(record.errno()))
                }),
            };
            if !is_good {
                return false;
            }
        }
        true
    }
}

const fn is_errno(errno: u16) -> bool {
    errno > 0 && errno < 4096
}

/// Whether bytes are programs, one behind the other, each of them sound.
#[must_use]
pub fn check(bytes: &[u8]) -> bool {
    let (Some(size), Some(count)) = (u32_at(bytes, 0), u32_at(bytes, 4)) else { return false };
    let Some(mut rest) = bytes.get(..size as usize).and_then(|all| all.get(HEAD..)) else { return false };
    for _ in 0..count {
        match Program::read(rest) {
            Some(program) if program.is_sound() && program.bytes.len().is_multiple_of(8) => {
                rest = rest.get(program.bytes.len()..).unwrap_or(&[]);
            }
            _ => return false,
        }
    }
    rest.is_empty()
}

/// The programs, each with its offset; those up to the first that cannot be read.
pub fn programs(bytes: &[u8]) -> impl Iterator<Item = (u32, Program<'_>)> {
    let mut at = HEAD;
    let count = u32_at(bytes, 4).unwrap_or(0);
    (0..count).map_while(move |_| {
        let program = Program::read(bytes.get(at..)?)?;
        let offset = at as u32;
        at += program.bytes.len();
        Some((offset, program))
    })
}

//! Conversion programs: the plan of each structurally converted call as the bytes that the layer carries out.
//!
//! The model has said what becomes of each field ([`libsys_model::structural`]); what the bytes mean is said in
//! [`libsys_image::program`]. What is decided here is how the room in the layer is shared.

use std::collections::HashMap;

use libsys_image::VdsoCall;
use libsys_image::program::{
    self, ARENA, ARRAY, Argument, BEHIND, BYTES, HEAD, IN, List, NONE, NOWHERE, OPTIONAL, OUT, Pair, RECORD,
    SHORT, STRUCT_MAX, Shape, Step, code, kind,
};
use libsys_model::structural::{self as model, ArgumentKind, Count, Counter, Plan};
use libsys_model::{Abi, Call, Scalar, Shape as Spelling, TypeDefKind};

use crate::arch::errno_number;
use crate::moves::Moves;

/// Elements at most of an array whose elements lead to more.
const LEADING_ELEMENTS: usize = 4;
/// Structs inside structs behind pointers.
const DEPTH: usize = 4;
/// A count from which on the kernel refuses, where the text does not say: what is negative as an int.
const COUNT_MAX: u32 = i32::MAX as u32;
/// For a struct that the layer has no room for, where no errno is named.
const TOO_BIG: &str = "E2BIG";
/// For a size that a call which only writes refuses.
const INVALID: &str = "EINVAL";

/// The program of a call.
///
/// # Errors
///
/// Why there is none, in a sentence.
pub fn compile(abi: &Abi, call: &Call, plan: &Plan) -> Result<Vec<u8>, String> {
    let rooms = Rooms::share(plan)?;
    let mut writer =
        Writer { plan, rooms: &rooms, is_measured: false, steps: Vec::new(), entries: Vec::new() };
    for (theirs, ours) in &plan.errors {
        writer.entries.push((errno_number(theirs).into(), errno_number(ours).into()));
    }
    let errors = writer.entries.len();
    let mut pairs = Vec::new();
    for pair in &plan.pairs {
        let inwards = writer.list(pair.inwards.as_deref().unwrap_or(&[]))?;
        let outwards = writer.list(pair.outwards.as_deref().unwrap_or(&[]))?;
        pairs.push(Pair {
            ours: small(pair.ours)?,
            theirs: small(pair.theirs)?,
            inwards,
            outwards,
            is_measured: pair.is_measured,
        });
    }
    let mut arguments = Vec::new();
    for (i, argument) in plan.arguments.iter().enumerate() {
        arguments.push(writer.argument(argument, rooms.arguments.get(i).copied().unwrap_or(0))?);
    }
    let count = |n: usize| u16::try_from(n).map_err(|_| "its program is too long".to_owned());
    let is_int = abi.as_scalar(&call.ret).is_some_and(|scalar| scalar.size == 4);
    let vdso = call.vdso.as_deref().and_then(VdsoCall::from_symbol);
    let records = 1 + arguments.len() + pairs.len() + writer.steps.len() + writer.entries.len();
    let mut out = Vec::with_capacity(records * RECORD);
    out.extend(u32::try_from(records * RECORD).unwrap_or(0).to_le_bytes());
    out.extend(count(call.nr.0 as usize)?.to_le_bytes());
    out.push(vdso.map_or(0, |vdso| vdso as u8 + 1));
    out.push(u8::from(is_int) | (u8::from(opens(abi, call)) * 2));
    let byte = |n: usize| u8::try_from(n).map_err(|_| "it translates too many errors".to_owned());
    out.extend([byte(arguments.len())?, byte(errors)?]);
    for n in [pairs.len(), writer.steps.len(), writer.entries.len()] {
        out.extend(count(n)?.to_le_bytes());
    }
    out.extend(arguments.into_iter().flat_map(Argument::to_bytes));
    out.extend(pairs.into_iter().flat_map(Pair::to_bytes));
    out.extend(writer.steps.into_iter().flat_map(Step::to_bytes));
    for (source, target) in writer.entries {
        out.extend(source.to_le_bytes());
        out.extend(target.to_le_bytes());
    }
    Ok(out)
}

/// Whether a call's result is a new file descriptor.
fn opens(abi: &Abi, call: &Call) -> bool {
    let Spelling::Named(id) = abi.resolve(&call.ret).shape else { return false };
    let def = abi.ty(id);
    def.name == "fd" && matches!(def.kind, TypeDefKind::Resource(_)) && abi.call_named("close").is_some()
}

/// Programs one behind the other, with their head; returns the offset of each, too.
#[must_use]
pub fn gather(programs: &[Vec<u8>]) -> (Vec<u8>, Vec<u32>) {
    let size = HEAD + programs.iter().map(Vec::len).sum::<usize>();
    let mut out = Vec::with_capacity(size);
    for word in [size, programs.len()] {
        out.extend(u32::try_from(word).unwrap_or(0).to_le_bytes());
    }
    let mut offsets = Vec::with_capacity(programs.len());
    for program in programs {
        offsets.push(out.len() as u32);
        out.extend(program);
    }
    debug_assert!(program::check(&out));
    (out, offsets)
}

fn small(size: u32) -> Result<u16, String> {
    let small = u16::try_from(size).ok().filter(|size| (1..=STRUCT_MAX).contains(size));
    small.ok_or_else(|| format!("a struct of {size} bytes does not fit into the layer"))
}

fn shape(scalar: Scalar) -> Shape {
    Shape::new(scalar.size, scalar.signed)
}

fn directions(is_read: bool, is_written: bool) -> u8 {
    (u8::from(is_read) * IN) | (u8::from(is_written) * OUT)
}

/// How many elements there is room for in the layer: of each argument, and behind each pointer that leads to a pair.
struct Rooms {
    arguments: Vec<u16>,
    behind: HashMap<usize, u16>,
}

/// Bytes of an element in the layer.
fn element(pair: &model::Pair, is_inout: bool) -> usize {
    let size = pair.theirs as usize;
    if is_inout { 2 * size } else { size }
}

impl Rooms {
    fn share(plan: &Plan) -> Result<Rooms, String> {
        let none = || "it converts nothing".to_owned();
        let mut fixed = 0;
        // Where the elements are counted: how many bytes one takes, in how many places.
        let mut arrays: Vec<(usize, usize)> = Vec::new();
        let mut counted = Vec::new();
        let mut behind = Vec::new();
        for argument in &plan.arguments {
            let (pair, is_inout, count) = match &argument.kind {
                ArgumentKind::Value(_) => {
                    counted.push(None);
                    continue;
                }
                ArgumentKind::Sized { pair, is_read, is_written, .. } => {
                    fixed += plan.pairs.get(*pair).ok_or_else(none)?.ours as usize + 8;
                    (*pair, *is_read && *is_written, &Count::One)
                }
                ArgumentKind::Telling { pair, .. } => {
                    fixed += plan.pairs.get(*pair).ok_or_else(none)?.ours as usize + 8;
                    (*pair, true, &Count::One)
                }
                ArgumentKind::Structs { pair, is_read, is_written, count, .. } => {
                    (*pair, *is_read && *is_written, count)
                }
            };
            let size = element(plan.pairs.get(pair).ok_or_else(none)?, is_inout);
            let leads = leads(plan, pair);
            let times = match count {
                Count::One => 1,
                Count::Fixed(n) => *n as usize,
                Count::Bytes(_) => 1,
                Count::Counted(_) if leads => LEADING_ELEMENTS,
                Count::Counted(_) => 0,
            };
            fixed += beside(plan, pair, count);
            if times == 0 {
                counted.push(Some(arrays.len()));
                arrays.push((size, 1));
            } else {
                counted.push(None);
                fixed += size.saturating_mul(times) + 16;
                follow(plan, pair, times, DEPTH, &mut fixed, &mut arrays, &mut behind)?;
            }
        }
        let free = ARENA.checked_sub(fixed).ok_or("its structs do not fit into the layer")?;
        let most = |i: usize| {
            let (size, places) = arrays.get(i).copied().unwrap_or((1, 1));
            // Each begins at a multiple of eight.
            let bytes = (free / arrays.len().max(1) / places.max(1)).saturating_sub(16);
            u16::try_from(bytes / size.max(1)).ok().filter(|most| *most > 0)
        };
        let most = |i: usize| most(i).ok_or("its arrays do not fit into the layer");
        let mut arguments = Vec::new();
        for (argument, array) in plan.arguments.iter().zip(&counted) {
            arguments.push(match (array, &argument.kind) {
                (Some(i), _) => most(*i)?,
                (None, ArgumentKind::Structs { count: Count::Fixed(n), .. }) => {
                    u16::try_from(*n).map_err(|_| "its structs do not fit into the layer")?
                }
                (None, ArgumentKind::Structs { count: Count::Counted(_), .. }) => LEADING_ELEMENTS as u16,
                _ => 1,
            });
        }
        let mut rooms = Rooms { arguments, behind: HashMap::new() };
        for (pair, array) in behind {
            let most = most(array)?;
            let known = rooms.behind.entry(pair).or_insert(most);
            *known = most.min(*known);
        }
        Ok(rooms)
    }
}

/// Bytes that are needed beside the kernel's structs: a copy of a struct measured in bytes, a number behind a pointer.
fn beside(plan: &Plan, pair: usize, count: &Count) -> usize {
    match count {
        Count::Bytes(_) => plan.pairs.get(pair).map_or(0, |pair| pair.ours as usize) + 16,
        Count::Counted(_) => 8,
        Count::One | Count::Fixed(_) => 0,
    }
}

/// Every step, those of a union's members too.
fn each_step(steps: &[model::Step], visit: &mut dyn FnMut(&model::Step)) {
    for step in steps {
        visit(step);
        if let model::Step::Select { cases, otherwise, .. } = step {
            cases.iter().for_each(|(_, steps)| each_step(steps, visit));
            each_step(otherwise, visit);
        }
    }
}

/// Whether structs of a pair lead to others.
fn leads(plan: &Plan, pair: usize) -> bool {
    let mut leads = false;
    let steps = plan.pairs.get(pair).and_then(|pair| pair.inwards.as_deref()).unwrap_or(&[]);
    each_step(steps, &mut |step| leads |= matches!(step, model::Step::Follow { .. }));
    leads
}

/// Adds what structs of a pair lead to, each of them `times`.
fn follow(
    plan: &Plan,
    pair: usize,
    times: usize,
    depth: usize,
    fixed: &mut usize,
    arrays: &mut Vec<(usize, usize)>,
    behind: &mut Vec<(usize, usize)>,
) -> Result<(), String> {
    let mut found = Vec::new();
    let steps = plan.pairs.get(pair).and_then(|pair| pair.inwards.as_deref()).unwrap_or(&[]);
    each_step(steps, &mut |step| {
        if let model::Step::Follow { pair, is_read, is_written, count, .. } = step {
            found.push((*pair, *is_read && *is_written, count.clone()));
        }
    });
    for (inner, is_inout, count) in found {
        let deeper = depth.checked_sub(1).ok_or("its structs lead to each other too deeply")?;
        let size = plan.pairs.get(inner).map_or(0, |pair| element(pair, is_inout));
        let more = match count {
            Count::One | Count::Bytes(_) => 1,
            Count::Fixed(n) => n as usize,
            Count::Counted(_) => {
                behind.push((inner, arrays.len()));
                arrays.push((size, times));
                LEADING_ELEMENTS
            }
        };
        if !matches!(count, Count::Counted(_)) {
            let size = size.saturating_add(beside(plan, inner, &count)).saturating_add(16);
            *fixed += size.saturating_mul(times).saturating_mul(more);
        }
        follow(plan, inner, times.saturating_mul(more), deeper, fixed, arrays, behind)?;
    }
    Ok(())
}

/// An argument of which a number says how much there is.
fn counted(argument: Argument, counter: &Counter, unit: u8) -> Argument {
    let short = if counter.overflow.is_none() { SHORT } else { 0 };
    let behind = if counter.is_behind { BEHIND } else { 0 };
    Argument {
        flags: argument.flags | unit | short | behind,
        count: u8::try_from(counter.at).unwrap_or(NONE),
        shape: shape(counter.scalar),
        errno: errno_number(counter.overflow.as_deref().unwrap_or(TOO_BIG)),
        limit: counter.most.and_then(|n| u32::try_from(n).ok()).unwrap_or(COUNT_MAX),
        ..argument
    }
}

struct Writer<'a> {
    plan: &'a Plan,
    rooms: &'a Rooms,
    /// Whether the list that is written is of a struct measured in bytes: its steps say which bytes go where.
    is_measured: bool,
    steps: Vec<Step>,
    entries: Vec<(u64, u64)>,
}

impl Writer<'_> {
    fn argument(&mut self, argument: &model::Argument, most: u16) -> Result<Argument, String> {
        let index = u8::try_from(argument.param).unwrap_or(NONE);
        let blank = Argument {
            kind: kind::STRUCTS,
            index,
            flags: 0,
            count: NONE,
            shape: Shape(0),
            pair: 0,
            errno: errno_number(TOO_BIG),
            most,
            limit: COUNT_MAX,
        };
        let pair_of = |pair: usize| u16::try_from(pair).map_err(|_| "it has too many structs".to_owned());
        Ok(match &argument.kind {
            ArgumentKind::Value(steps) => {
                let list = self.list(steps)?;
                Argument { kind: kind::VALUE, pair: list.first, most: list.count, ..blank }
            }
            ArgumentKind::Sized { pair, is_read, is_written, size: (at, scalar), least, field } => Argument {
                kind: kind::SIZED,
                flags: directions(*is_read, *is_written),
                count: u8::try_from(*at).unwrap_or(NONE),
                shape: shape(*scalar),
                pair: pair_of(*pair)?,
                errno: errno_number(if *is_read { TOO_BIG } else { INVALID }),
                most: field.and_then(|field| u16::try_from(field).ok()).unwrap_or(NOWHERE),
                limit: *least,
                ..blank
            },
            ArgumentKind::Telling { pair, is_written, field, least, known } => Argument {
                kind: kind::TELLING,
                flags: directions(true, *is_written),
                pair: pair_of(*pair)?,
                errno: small(*known)?,
                most: small(*field + 1)? - 1,
                limit: *least,
                ..blank
            },
            ArgumentKind::Structs { pair, is_read, is_written, is_optional, count } => {
                let flags = directions(*is_read, *is_written) | if *is_optional { OPTIONAL } else { 0 };
                let one = Argument { flags, pair: pair_of(*pair)?, ..blank };
                match count {
                    Count::One => one,
                    Count::Fixed(_) => Argument { flags: flags | ARRAY, ..one },
                    Count::Counted(counter) => counted(one, counter, ARRAY),
                    Count::Bytes(counter) => {
                        let whole = self.plan.pairs.get(*pair).map_or(0, |pair| pair.ours);
                        Argument { most: small(whole)?, ..counted(one, counter, BYTES) }
                    }
                }
            }
        })
    }

    fn list(&mut self, steps: &[model::Step]) -> Result<List, String> {
        let too_long = |_| "its program is too long".to_owned();
        let first = self.steps.len();
        self.is_measured = false;
        each_step(steps, &mut |step| self.is_measured |= matches!(step, model::Step::Ends { .. }));
        self.sequence(steps)?;
        let count = u16::try_from(self.steps.len() - first).map_err(too_long)?;
        Ok(List { first: u16::try_from(first).map_err(too_long)?, count })
    }

    fn sequence(&mut self, steps: &[model::Step]) -> Result<(), String> {
        let mut moves = Moves::default();
        for step in steps {
            if self.is_measured || !moves.take(step, &mut self.steps) {
                self.step(step)?;
            }
        }
        moves.write(&mut self.steps);
        Ok(())
    }

    fn step(&mut self, step: &model::Step) -> Result<(), String> {
        use model::Step as Planned;
        let offset =
            |at: u32| u16::try_from(at).map_err(|_| format!("offset {at} is beyond what the layer reads"));
        let passed = |n: usize| u16::try_from(n).map_err(|_| "its program is too long".to_owned());
        let blank =
            Step { code: code::FAIL, source: Shape(0), target: Shape(0), flags: 0, from: 0, to: 0, value: 0 };
        let written = match step {
            Planned::Copy { from, to, size } => {
                let value = Step::parts(*size, 0, 0);
                Step { code: code::COPY, from: offset(*from)?, to: offset(*to)?, value, ..blank }
            }
            Planned::Integers { from, to, scalars: (a, b), count, overflow } => Step {
                code: code::INTEGERS,
                source: shape(*a),
                target: shape(*b),
                from: offset(*from)?,
                to: offset(*to)?,
                value: Step::parts(0, overflow.as_deref().map_or(0, errno_number), offset(*count)?),
                ..blank
            },
            Planned::Store { to, scalar, value } => {
                let value = *value as u64;
                Step { code: code::STORE, target: shape(*scalar), to: offset(*to)?, value, ..blank }
            }
            Planned::Clear { to, size } => {
                Step { code: code::CLEAR, to: offset(*to)?, value: Step::parts(*size, 0, 0), ..blank }
            }
            Planned::Expect { from, scalar, value, overflow } => Step {
                code: code::EXPECT,
                source: shape(*scalar),
                from: offset(*from)?,
                to: errno_number(overflow),
                value: shape(*scalar).extend(*value as u64),
                ..blank
            },
            Planned::Empty { from, size, overflow } => {
                let value = Step::parts(*size, errno_number(overflow), 0);
                Step { code: code::EMPTY, from: offset(*from)?, value, ..blank }
            }
            Planned::Translate { from, to, scalars: (a, b), is_bits, values, overflow } => {
                let first = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
                let extend = |scalar: &Scalar, value: i128| shape(*scalar).extend(value as u64);
                self.entries.extend(values.iter().map(|(x, y)| (extend(a, *x), extend(b, *y))));
                Step {
                    code: code::TRANSLATE,
                    source: shape(*a),
                    target: shape(*b),
                    flags: if *is_bits { code::BITS } else { 0 },
                    from: offset(*from)?,
                    to: offset(*to)?,
                    value: Step::parts(first, errno_number(overflow), passed(values.len())?),
                }
            }
            Planned::Select { tag, scalar, cases, otherwise } => {
                return self.select(offset(*tag)?, shape(*scalar), cases, otherwise);
            }
            Planned::Fail { overflow } => Step { value: Step::parts(0, errno_number(overflow), 0), ..blank },
            Planned::Ends { from, to } => {
                Step { code: code::ENDS, from: offset(*from)?, to: offset(*to)?, ..blank }
            }
            Planned::Follow { to, pair, is_read, is_written, count } => {
                let room = self.rooms.behind.get(pair).copied().unwrap_or(1);
                let index = u32::try_from(*pair).unwrap_or(u32::MAX);
                let flags = directions(*is_read, *is_written);
                let follow = Step { code: code::FOLLOW, source: Shape::NONE, to: offset(*to)?, ..blank };
                let most = |most, errno: &str| Step::parts(index, errno_number(errno), most);
                match count {
                    Count::One => Step { flags, value: most(1, TOO_BIG), ..follow },
                    Count::Fixed(n) => {
                        Step { flags: flags | ARRAY, value: most(offset(*n)?, TOO_BIG), ..follow }
                    }
                    Count::Counted(Counter { at, scalar, overflow, .. }) => Step {
                        flags: flags | ARRAY,
                        source: shape(*scalar),
                        from: offset(*at)?,
                        value: most(room, overflow.as_deref().unwrap_or(TOO_BIG)),
                        ..follow
                    },
                    Count::Bytes(Counter { at, scalar, overflow, .. }) => Step {
                        flags: flags | BYTES | if overflow.is_none() { SHORT } else { 0 },
                        source: shape(*scalar),
                        from: offset(*at)?,
                        value: most(
                            small(self.plan.pairs.get(*pair).map_or(0, |pair| pair.ours))?,
                            overflow.as_deref().unwrap_or(TOO_BIG),
                        ),
                        ..follow
                    },
                }
            }
        };
        self.steps.push(written);
        Ok(())
    }

    /// Each case passes over its steps if the tag is another, and else over all that follow it.
    fn select(
        &mut self,
        tag: u16,
        scalar: Shape,
        cases: &[(i128, Vec<model::Step>)],
        otherwise: &[model::Step],
    ) -> Result<(), String> {
        let too_long = |_| "its program is too long".to_owned();
        let blank =
            Step { code: code::FAIL, source: scalar, target: Shape(0), flags: 0, from: tag, to: 0, value: 0 };
        let mut ends = Vec::new();
        for (value, steps) in cases {
            let value =
                i32::try_from(*value).map_err(|_| format!("the tag {value} has more than 32 bits"))?;
            let case = self.steps.len();
            self.steps.push(Step { code: code::CASE, ..blank });
            self.sequence(steps)?;
            ends.push(self.steps.len());
            self.steps.push(Step { code: code::PASS, ..blank });
            let passed = u16::try_from(self.steps.len() - case - 1).map_err(too_long)?;
            if let Some(step) = self.steps.get_mut(case) {
                step.value = Step::parts(value as u32, 0, passed);
            }
        }
        self.sequence(otherwise)?;
        let end = self.steps.len();
        for at in ends {
            let passed = u16::try_from(end - at - 1).map_err(too_long)?;
            if let Some(step) = self.steps.get_mut(at) {
                step.value = Step::parts(0, 0, passed);
            }
        }
        Ok(())
    }
}

//! Structs of which a number says how many bytes are there, and arrays whose number lies behind a pointer.
//!
//! What a part of a struct becomes is compared, byte by byte, with what each byte of the target is made from.

use libsys_structural_tests::{Memory, bytes_at, compiled, model, put_at, range, run};
use proptest::prelude::*;
use std::fmt::Write as _;

const EINVAL: isize = -22;
const EFAULT: isize = -14;
const EOVERFLOW: isize = -75;
const E2BIG: isize = -7;

/// A field of a member: bytes in the program's and in the kernel's, and how many elements.
#[derive(Clone, Copy, Debug)]
struct Field {
    old: usize,
    new: usize,
    count: usize,
    /// Whether only the kernel has it.
    is_theirs: bool,
}

/// What the union holds for one value of the tag, and where its fields lie on each side.
#[derive(Clone, Debug)]
struct Member {
    fields: Vec<Field>,
    old: Vec<usize>,
    new: Vec<usize>,
    sizes: (usize, usize),
}

fn place(fields: &[Field], order: &[usize], old: bool) -> (Vec<usize>, usize) {
    let mut places = vec![0; fields.len()];
    let mut at = 0usize;
    for i in order {
        let field = fields[*i];
        if old && field.is_theirs {
            continue;
        }
        let size = if old { field.old } else { field.new };
        at = at.next_multiple_of(size);
        places[*i] = at;
        at += size * field.count;
    }
    (places, at.next_multiple_of(4).max(4))
}

fn member() -> impl Strategy<Value = Member> {
    let field = (0..3u32, 0..3u32, 1..4usize, 0..8u8).prop_map(|(old, new, count, rare)| Field {
        old: 1 << old,
        new: 1 << new,
        count,
        is_theirs: rare == 0,
    });
    // The last one is often a text, of which any part may be there.
    let text = (1..20usize).prop_map(|count| Field { old: 1, new: 1, count, is_theirs: false });
    (proptest::collection::vec(field, 1..5), proptest::option::of(text)).prop_flat_map(
        |(mut fields, text)| {
            let ordered = fields.len();
            fields.extend(text);
            let order = || Just((0..ordered).collect::<Vec<_>>()).prop_shuffle();
            (order(), order()).prop_map(move |(mut a, mut b)| {
                a.extend(ordered..fields.len());
                b.extend(ordered..fields.len());
                let ((old, s), (new, t)) = (place(&fields, &a, true), place(&fields, &b, false));
                Member { fields: fields.clone(), old, new, sizes: (s, t) }
            })
        },
    )
}

/// The struct: a tag of 32 bits, of 16 for the kernel, then the union. A third value of the tag is not described.
fn text(members: &[Member]) -> String {
    let (mut structs, mut old, mut new, mut lines) =
        (String::new(), String::new(), String::new(), String::new());
    for (i, member) in members.iter().enumerate() {
        let mut sides = [String::new(), String::new()];
        for (j, field) in member.fields.iter().enumerate() {
            let array = format!("[{}]", field.count);
            let name = format!("f{i}_{j}");
            if !field.is_theirs {
                let _ = writeln!(sides[0], "@{} u{} {name} {array};", member.old[j], field.old * 8);
                let _ = writeln!(lines, "narrow {name} overflow EOVERFLOW;");
            } else {
                let _ = writeln!(lines, "default {name} = 0;");
            }
            let _ = writeln!(sides[1], "@{} u{} {name} {array};", member.new[j], field.new * 8);
        }
        let [a, b] = sides;
        let (s, t) = member.sizes;
        let _ = writeln!(
            structs,
            "struct old{i} size {s} align 4 {{ {a} }} struct new{i} size {t} align 4 {{ {b} }}"
        );
        let _ = writeln!(old, "old{i} m{i};");
        let _ = writeln!(new, "new{i} m{i};");
        let _ = writeln!(lines, "member m{i} when tag = {};", i + 1);
    }
    let sizes = sizes(members);
    let lines = format!("{lines} narrow tag overflow EINVAL; member raw otherwise;");
    format!(
        "resource fd: int; type n = u32; {structs}
        union old size {0} align 4 {{ {old} u8 raw[{0}]; }} union new size {1} align 4 {{ {new} u8 raw[{1}]; }}
        struct a size {2} align 4 {{ @0 u32 tag; @4 old of; }} struct b size {3} align 4 {{ @0 u16 tag; @4 new of; }}
        ADD 0 {{ function int put(in a *p [bytes n], u32 n); implementation structural {{ convert p: a -> b; limit p 1000 short; {lines} }} }}
        ADD 1 {{ function fd get(out a *p [bytes *n], inout u32 *n); implementation structural {{ convert p: a -> b; narrow raw overflow E2BIG; {lines} }} }}
        ADD 2 {{ function int strict(in a *p [bytes n], u32 n); implementation structural {{ convert p: a -> b; limit p overflow EINVAL; {lines} }} }}
        ADD 3 {{ function int close(fd fd); }}",
        sizes.0,
        sizes.1,
        sizes.0 + 4,
        sizes.1 + 4,
    )
    .replace("limit p 1000 short;", "limit p 1000 short; narrow raw overflow E2BIG;")
    .replace("limit p overflow EINVAL;", "limit p overflow EINVAL; narrow raw overflow E2BIG;")
}

fn sizes(members: &[Member]) -> (usize, usize) {
    let most = |size: fn(&Member) -> usize| members.iter().map(size).max().unwrap_or(4).max(28);
    (most(|member| member.sizes.0), most(|member| member.sizes.1))
}

/// From which bytes of the program's each byte of the kernel's is made: the end of what must be there; none: of nothing.
/// And where both end.
fn origins(members: &[Member], tag: u32) -> (Vec<Option<usize>>, usize, usize) {
    let (old, new) = sizes(members);
    let mut origins = vec![Some(4), Some(4), None, None];
    let Some(member) = members.get((tag as usize).wrapping_sub(1)) else {
        origins.extend((0..new).map(|i| (i < old).then_some(4 + i + 1)));
        return (origins, 4 + old, 4 + new);
    };
    origins.resize(4 + member.sizes.1, None);
    for (j, field) in member.fields.iter().enumerate().filter(|(_, field)| !field.is_theirs) {
        for k in 0..field.count {
            let end = 4 + member.old[j] + (k + 1) * field.old;
            let at = 4 + member.new[j] + k * field.new;
            for (byte, origin) in origins[at..at + field.new].iter_mut().enumerate() {
                // Bytes of the same size go one by one.
                *origin = Some(if field.old == field.new { end - field.old + byte + 1 } else { end });
            }
        }
    }
    (origins, 4 + member.sizes.0, 4 + member.sizes.1)
}

/// How much the kernel is told of when of the program's struct `size` bytes are there.
fn told(members: &[Member], tag: u32, size: usize) -> usize {
    let (origins, source_end, target_end) = origins(members, tag);
    let whole = sizes(members).1 + 4;
    let all = if size < 4 {
        0
    } else if size >= source_end {
        target_end + size - source_end
    } else {
        let missing = |origin: &Option<usize>| origin.is_some_and(|end| end > size);
        origins.iter().position(missing).unwrap_or(usize::MAX).min(target_end - 1)
    };
    all.min(whole).max(1)
}

fn members() -> impl Strategy<Value = Vec<Member>> {
    proptest::collection::vec(member(), 1..3)
}

/// Bytes of which many are small.
fn bytes(count: usize) -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(prop_oneof![6 => Just(0u8), 2 => any::<u8>()], count)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_part_comes_back_as_it_was_or_yields_the_declared_error(
        members in members(),
        tag in 0..4u32,
        seed in bytes(256),
        part in any::<proptest::sample::Index>(),
        room in 0..200usize,
    ) {
        let abi = model(&text(&members));
        let whole = sizes(&members).0 + 4;
        let mut ours = seed[..whole].to_vec();
        ours[..4].copy_from_slice(&tag.to_le_bytes());
        let size = 1 + part.index(whole + 4);
        ours.resize(whole + 8, 0);
        let before = ours.clone();
        let ranges = [range(&mut ours)];
        let at = ranges[0].start;
        let mut theirs = Vec::new();
        // SAFETY: the kernel is told how much is there.
        let kernel = |a: &[usize; 6]| { theirs = unsafe { bytes_at(a[0], a[1]) }; 5 };
        let result = run(&compiled(&abi, "put").expect("it fits"), &Memory::new(&ranges, kernel), [at, size, 0, 0, 0, 0]);
        let strict = run(&compiled(&abi, "strict").expect("it fits"), &Memory::new(&ranges, |_| 5), [at, size, 0, 0, 0, 0]);
        prop_assert_eq!(strict, if size > whole { EINVAL } else { result });
        prop_assert_eq!(&ours, &before);
        if result != 5 {
            prop_assert!(result == EOVERFLOW || result == E2BIG, "{}", result);
            prop_assert!(theirs.is_empty(), "the call was not made");
            return Ok(());
        }
        prop_assert_eq!(theirs.len(), told(&members, tag, size));
        // The kernel gives it back, as much of it as there was.
        let (mut back, mut number) = (vec![0x77u8; room], (room as u32).to_le_bytes().to_vec());
        let ranges = [range(&mut back), range(&mut number)];
        let (at, number_at) = (ranges[0].start, ranges[1].start);
        let kernel = |a: &[usize; 6]| {
            // SAFETY: the number is there.
            let told = unsafe { bytes_at(a[1], 4) };
            assert!(told[0] as usize >= theirs.len(), "room for all of it");
            // SAFETY: there is room for the whole struct.
            unsafe { put_at(a[0], &theirs) };
            // SAFETY: the number is there.
            unsafe { put_at(a[1], &(theirs.len() as u32).to_le_bytes()) };
            5
        };
        let caller = Memory::new(&ranges, kernel);
        let result = run(&compiled(&abi, "get").expect("it fits"), &caller, [at, number_at, 0, 0, 0, 0]);
        prop_assert_eq!(result, 5);
        prop_assert!(caller.closed().is_empty());
        let there = u32::from_le_bytes([number[0], number[1], number[2], number[3]]) as usize;
        // Where only whole elements have gone over, less comes back; never more, but for what fills it up.
        let (origins, source_end, _) = origins(&members, tag);
        if size >= source_end && theirs.len() < sizes(&members).1 + 4 {
            prop_assert_eq!(there, size);
        }
        prop_assert!(there <= size.max(source_end));
        let written = there.min(room);
        prop_assert!(back[written..].iter().all(|byte| *byte == 0x77), "what was not written");
        let is_of_a_field = |i: usize| (i < 4) || origins.iter().any(|end| *end == Some(i + 1));
        for i in 0..written.min(whole).min(size) {
            if is_of_a_field(i) {
                prop_assert_eq!(back[i], before[i], "byte {}", i);
            }
        }
    }

    #[test]
    fn parts_of_nothing_are_faults(members in members(), size in 1..60u32, missing in 1..60usize) {
        let abi = model(&text(&members));
        let whole = sizes(&members).0 as u32 + 4;
        let mut ours = vec![0u8; size as usize];
        let mut number = size.to_le_bytes().to_vec();
        let (all, number_at) = (range(&mut ours), range(&mut number));
        let part = all.start..all.end - missing.min(size as usize);
        let made = std::cell::Cell::new(0);
        let theirs = vec![0u8; sizes(&members).1 + 4];
        let kernel = |a: &[usize; 6]| {
            made.set(made.get() + 1);
            if a[1] > 4096 {
                // SAFETY: there is room for the whole struct.
                unsafe { put_at(a[0], &theirs) };
            }
            9
        };
        let caller = Memory::new(&[part.clone(), number_at.clone()], kernel);
        let put = run(&compiled(&abi, "put").expect("it fits"), &caller, [all.start, size as usize, 0, 0, 0, 0]);
        let is_there = size.min(whole) as usize <= part.len();
        prop_assert_eq!(put, if is_there { 9 } else { EFAULT });
        prop_assert_eq!(made.get(), usize::from(is_there));
        let get = run(&compiled(&abi, "get").expect("it fits"), &caller, [all.start, number_at.start, 0, 0, 0, 0]);
        prop_assert_eq!(get, if is_there { 9 } else { EFAULT });
        // The file that was opened is not left open.
        prop_assert_eq!(caller.closed(), if is_there { vec![] } else { vec![9] });
    }

    #[test]
    fn numbers_behind_pointers_say_how_many(
        values in proptest::collection::vec(any::<i16>(), 0..40),
        room in 0..300u32,
        more in 0..3u32,
        fails in any::<bool>(),
    ) {
        let abi = model(
            "struct a size 8 align 4 { @0 i32 x; @4 i32 y; } struct b size 16 align 8 { @0 i64 y; @8 i64 x; }
            ADD 0 { function int list(out a *p [*n], inout u32 *n); implementation structural { convert p: a -> b;
                limit p short; narrow x overflow EOVERFLOW; narrow y overflow EOVERFLOW; } }
            ADD 1 { function int strict(out a *p [*n], inout u32 *n); implementation structural { convert p: a -> b;
                limit p 200 overflow E2BIG; narrow x overflow EOVERFLOW; narrow y overflow EOVERFLOW; } }
            ADD 2 { function int give(in a *p [*n], inout u32 *n); implementation structural { convert p: a -> b;
                limit p overflow E2BIG; } }
            ADD 3 { function int both(inout opt a *p [*n], inout u32 *n); implementation structural { convert p: a -> b;
                limit p overflow E2BIG; narrow x overflow EOVERFLOW; narrow y overflow EOVERFLOW; } }",
        );
        const MOST: u32 = 100;
        let number_at = |at: usize| {
            // SAFETY: the number is there.
            u32::from_le_bytes(unsafe { bytes_at(at, 4) }.try_into().expect("four bytes"))
        };
        let element = |value: i16| [i64::from(value).to_le_bytes(), i64::from(!value).to_le_bytes()].concat();
        let mut ours = vec![0x77u8; 8 * room as usize];
        let mut number = room.to_le_bytes().to_vec();
        let ranges = [range(&mut ours), range(&mut number)];
        let arguments = [ranges[0].start, ranges[1].start, 0, 0, 0, 0];
        let total = values.len() as u32 + more;
        let mut given = None;
        let kernel = |a: &[usize; 6]| {
            let told = number_at(a[1]);
            given = Some(told);
            let all: Vec<u8> = values.iter().take(told as usize).flat_map(|value| element(*value)).collect();
            // SAFETY: as many fit as were told of.
            unsafe { put_at(a[0], &all) };
            // SAFETY: the number is there.
            unsafe { put_at(a[1], &total.to_le_bytes()) };
            if fails { EINVAL } else { 3 }
        };
        let result = run(&compiled(&abi, "list").expect("it fits"), &Memory::new(&ranges, kernel), arguments);
        prop_assert_eq!(result, if fails { EINVAL } else { 3 });
        let told = given.expect("the call was made");
        prop_assert!(told == room || told >= MOST && told < room, "{} of {}", told, room);
        prop_assert_eq!(number_at(ranges[1].start), total);
        // What the kernel has not written is left alone, whatever it says.
        let there = (values.len() as u32).min(told);
        for (i, pair) in ours.chunks(8).enumerate() {
            let Some(value) = values.get(i).filter(|_| i < there as usize) else {
                prop_assert!(pair.iter().all(|byte| *byte == 0x77));
                continue;
            };
            let expected = [i32::from(!*value).to_le_bytes(), i32::from(*value).to_le_bytes()].concat();
            prop_assert_eq!(pair, &expected[..], "element {}", i);
        }

        // What cannot be done in part, and what the kernel is to refuse.
        number.copy_from_slice(&room.to_le_bytes());
        let seen = std::cell::Cell::new(None);
        let kernel = |a: &[usize; 6]| { seen.set(Some((a[0], number_at(a[1])))); 0 };
        let strict = run(&compiled(&abi, "strict").expect("it fits"), &Memory::new(&ranges, kernel), arguments);
        match seen.get() {
            None => prop_assert!(strict == E2BIG && room > MOST && room <= 200),
            Some((address, told)) => {
                prop_assert_eq!(told, room);
                prop_assert_eq!(address == 1 << 63, room > 200);
            }
        }
        // The number that is read is read once, and is there for the kernel.
        let few = room.min(40);
        number.copy_from_slice(&few.to_le_bytes());
        for name in ["give", "both"] {
            seen.set(None);
            run(&compiled(&abi, name).expect("it fits"), &Memory::new(&ranges, kernel), arguments);
            prop_assert_eq!(seen.get().map(|(_, told)| told), Some(few));
            prop_assert_eq!(number_at(ranges[1].start), few);
            let elsewhere = [8, ranges[1].start, 0, 0, 0, 0];
            let result = run(&compiled(&abi, name).expect("it fits"), &Memory::new(&ranges, kernel), elsewhere);
            prop_assert_eq!(result, if few == 0 { 0 } else { EFAULT });
        }
        // Where null says that nothing is wanted, the number is nobody's.
        seen.set(None);
        run(&compiled(&abi, "both").expect("it fits"), &Memory::new(&ranges, |a| { seen.set(Some((a[0], a[1] as u32))); 0 }), [0, 8, 0, 0, 0, 0]);
        prop_assert_eq!(seen.get(), Some((0, 8)));
        // A number that cannot be read is for the kernel to refuse.
        seen.set(None);
        run(&compiled(&abi, "list").expect("it fits"), &Memory::new(&ranges, |a| { seen.set(Some((a[0], a[1] as u32))); 0 }), [arguments[0], 8, 0, 0, 0, 0]);
        prop_assert_eq!(seen.get(), Some((1 << 63, 8)));
    }
}

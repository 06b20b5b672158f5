//! For any two versions of a struct and any bytes: old → new → old is the identity, or yields the declared error.
//!
//! What the kernel is given is compared, value by value, with what arithmetic on wide integers says.

use libsys_image::program::Program;
use libsys_model::Release;
use libsys_model::structural::Between;
use libsys_structural_tests::{Memory, between, bytes_at, compiled, model, put_at, range, run};
use proptest::prelude::*;
use std::fmt::Write as _;

const EOVERFLOW: isize = -75;
const EINVAL: isize = -22;

/// An integer type.
#[derive(Clone, Copy, Debug)]
struct Int {
    size: usize,
    signed: bool,
}

impl Int {
    fn word(self) -> String {
        format!("{}{}", if self.signed { 'i' } else { 'u' }, self.size * 8)
    }

    fn read(self, bytes: &[u8]) -> i128 {
        let mut wide = [0u8; 16];
        wide[..self.size].copy_from_slice(&bytes[..self.size]);
        let value = u128::from_le_bytes(wide);
        let top = 1u128 << (8 * self.size - 1);
        if self.signed && value & top != 0 { value as i128 - (top as i128) * 2 } else { value as i128 }
    }

    /// What a value becomes: of its bits as many as there is room for, by the sign of the source.
    fn keep(self, value: i128) -> i128 {
        self.read(&value.to_le_bytes())
    }
}

/// A field: on the program's side, on the kernel's, or on both.
#[derive(Clone, Debug)]
struct Field {
    old: Option<Int>,
    new: Option<Int>,
    /// Elements on each side; none: not an array.
    count: Option<(usize, usize)>,
    default: i8,
    /// In a struct of its own, which both sides have.
    nested: bool,
    renamed: bool,
}

fn int() -> impl Strategy<Value = Int> {
    (0..4u32, any::<bool>()).prop_map(|(log, signed)| Int { size: 1 << log, signed })
}

fn field() -> impl Strategy<Value = Field> {
    let sides = prop_oneof![
        6 => (int(), int()).prop_map(|(a, b)| (Some(a), Some(b))),
        1 => int().prop_map(|a| (Some(a), None)),
        1 => int().prop_map(|b| (None, Some(b))),
    ];
    let count = prop_oneof![3 => Just(None), 1 => (1..5usize, 1..5usize).prop_map(Some)];
    (sides, count, 0..100i8, any::<bool>(), any::<bool>()).prop_map(
        |((old, new), count, default, nested, renamed)| Field { old, new, count, default, nested, renamed },
    )
}

/// Where fields lie on one side: each offset, and the struct's size.
fn place(fields: &[Field], old: bool, order: &[usize]) -> (Vec<Option<(usize, usize)>>, usize) {
    let mut places = vec![None; fields.len()];
    let mut at = 0usize;
    for i in order {
        let field = &fields[*i];
        let Some(int) = (if old { field.old } else { field.new }) else { continue };
        let count = field.count.map_or(1, |(a, b)| if old { a } else { b });
        at = at.next_multiple_of(int.size);
        places[*i] = Some((at, count));
        at += int.size * count;
    }
    (places, at.next_multiple_of(8).max(8))
}

/// Two versions of a struct as a text, with all that must be said of them.
#[derive(Clone, Debug)]
struct Pair {
    fields: Vec<Field>,
    old: (Vec<Option<(usize, usize)>>, usize),
    new: (Vec<Option<(usize, usize)>>, usize),
}

impl Pair {
    fn text(&self) -> String {
        let mut structs = String::new();
        let mut lines = String::new();
        let mut sides = [String::new(), String::new()];
        for (i, field) in self.fields.iter().enumerate() {
            let name = |old: bool| if old && field.renamed { format!("o{i}") } else { format!("f{i}") };
            for (side, (int, place)) in
                [(field.old, self.old.0[i]), (field.new, self.new.0[i])].into_iter().enumerate()
            {
                let (Some(int), Some((at, count))) = (int, place) else { continue };
                let old = side == 0;
                let array = if field.count.is_some() { format!("[{count}]") } else { String::new() };
                let is_both = field.old.is_some() && field.new.is_some();
                if field.nested && is_both {
                    let size = int.size * count;
                    let _ = writeln!(
                        structs,
                        "struct n{side}_{i} size {size} align {} {{ @0 {} {}{array}; }}",
                        int.size,
                        int.word(),
                        name(old)
                    );
                    let _ = writeln!(sides[side], "@{at} n{side}_{i} m{i};");
                } else {
                    let _ = writeln!(sides[side], "@{at} {} {}{array};", int.word(), name(old));
                }
            }
            match (field.old, field.new) {
                (Some(_), Some(_)) => {
                    let _ = writeln!(lines, "narrow {} overflow EOVERFLOW;", name(true));
                    if field.renamed {
                        let _ = writeln!(lines, "rename {} = {};", name(true), name(false));
                    }
                }
                (old, _) => {
                    let name = name(old.is_some());
                    // Of an array that is left out, nothing but zeros can be.
                    let default = if old.is_some() && field.count.is_some() { 0 } else { field.default };
                    let _ = writeln!(lines, "default {name} = {default};");
                    if old.is_some() {
                        let _ = writeln!(lines, "narrow {name} overflow EINVAL;");
                    }
                }
            }
        }
        let [old, new] = sides;
        let (a, b) = (self.old.1, self.new.1);
        format!(
            "{structs} struct a size {a} align 8 {{ {old} }} struct b size {b} align 8 {{ {new} }}
            ADD 0 {{ function int both(inout a *p); implementation structural {{ convert p: a -> b; {lines} }} }}
            ADD 1 {{ function int there(in a *p [n], u32 n); implementation structural {{ convert p: a -> b; limit p short; {lines} }} }}
            ADD 2 {{ function int back(out a *p [n], u32 n); implementation structural {{ convert p: a -> b; limit p short; {lines} }} }}"
        )
    }

    /// What the kernel's fields must be, or the errno.
    fn expected(&self, old: &[u8]) -> Result<Vec<(usize, Int, i128)>, isize> {
        let mut values = Vec::new();
        let mut errnos = Vec::new();
        for (i, field) in self.fields.iter().enumerate() {
            let values_of = |int: Int, (at, count): (usize, usize)| {
                (0..count).map(move |k| int.read(&old[at + k * int.size..])).collect::<Vec<_>>()
            };
            match (field.old.zip(self.old.0[i]), field.new.zip(self.new.0[i])) {
                (Some((a, from)), Some((b, (at, count)))) => {
                    let have = values_of(a, from);
                    for k in 0..count {
                        let value = have.get(k).copied().unwrap_or(0);
                        // It fits if it comes back the same bits.
                        let back = a.keep(b.keep(value));
                        if a.size > b.size && back != value {
                            errnos.push((self.new.0[i], EOVERFLOW));
                        }
                        values.push((at + k * b.size, b, b.keep(value)));
                    }
                    if have.iter().skip(count).any(|value| *value != 0) {
                        errnos.push((self.new.0[i], EOVERFLOW));
                    }
                }
                (Some((a, from)), None) => {
                    let wanted = if field.count.is_some() { 0 } else { i128::from(field.default) };
                    if values_of(a, from).iter().any(|value| *value != wanted) {
                        errnos.push((None, EINVAL));
                    }
                }
                (None, Some((b, (at, count)))) => {
                    values.extend((0..count).map(|k| (at + k * b.size, b, i128::from(field.default))));
                }
                (None, None) => {}
            }
        }
        // Fields are converted as they lie in the kernel's struct, and what is left out comes last.
        errnos.sort_by_key(|(place, _)| place.map_or(usize::MAX, |(at, _)| at));
        errnos.first().map_or(Ok(values), |(_, errno)| Err(*errno))
    }
}

fn pair() -> impl Strategy<Value = Pair> {
    proptest::collection::vec(field(), 1..10).prop_flat_map(|fields| {
        let order = || Just((0..fields.len()).collect::<Vec<_>>()).prop_shuffle();
        (order(), order()).prop_map(move |(a, b)| {
            let (old, new) = (place(&fields, true, &a), place(&fields, false, &b));
            Pair { fields: fields.clone(), old, new }
        })
    })
}

/// Bytes of which many are small, so that much of it fits.
fn bytes(count: usize) -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(prop_oneof![4 => Just(0u8), 2 => any::<u8>(), 1 => Just(0xff)], count)
}

/// What the program would have written itself, in the fields that are left out.
fn with_defaults(pair: &Pair, old: &mut [u8]) {
    for (i, field) in pair.fields.iter().enumerate() {
        if let (Some(int), None, Some((at, count))) = (field.old, field.new, pair.old.0[i]) {
            let value = if field.count.is_some() { 0 } else { i128::from(field.default) };
            for k in 0..count {
                let at = at + k * int.size;
                old[at..at + int.size].copy_from_slice(&value.to_le_bytes()[..int.size]);
            }
        }
    }
}

/// A rule converts between two versions of a struct in both directions, and only where they differ.
#[test]
fn rules_convert_either_way() {
    let abi = model(
        "struct s@1 size 8 align 4 { @0 i32 a; @4 u32 old; }
        struct s@2 since 5.0 size 16 align 8 { @0 i64 a; @8 u32 new; }
        struct s@3 since 6.0 size 8 align 8 { @0 i64 a; }
        ADD 0 { function int f(inout s *s); }
        RULE f { implementation structural {
            convert s: s@1 -> s@2; convert s: s@3 -> s@2; convert s: s@1 -> s@3;
            rename old = new; narrow a overflow EOVERFLOW; narrow old overflow EINVAL; narrow new overflow EINVAL;
            default old = 0; default new = 0;
        } }",
    );
    let release = |minor| Release::new(minor, 0, 0);
    let run = |from, to, given: &[u8], wanted: &[u8]| -> isize {
        let program = between(&abi, "f", release(from), release(to)).expect("it fits");
        let mut memory = given.to_vec();
        let ranges = [range(&mut memory)];
        let address = ranges[0].start;
        // SAFETY: the kernel's struct has that size.
        let kernel = |a: &[usize; 6]| isize::from(unsafe { bytes_at(a[0], wanted.len()) } == wanted);
        let result =
            libsys_structural_tests::run(&program, &Memory::new(&ranges, kernel), [address, 0, 0, 0, 0, 0]);
        assert_eq!(memory, given);
        result
    };
    let first = [0xfe, 0xff, 0xff, 0xff, 7, 0, 0, 0];
    let second = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 7, 0, 0, 0, 0, 0, 0, 0];
    let large = [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(run(4, 5, &first, &second), 1);
    assert_eq!(run(5, 4, &second, &first), 1);
    assert_eq!(run(5, 4, &large, &[]), EOVERFLOW);
    assert_eq!(run(6, 5, &large[..8], &large), 1);
    assert_eq!(run(5, 6, &large, &large[..8]), 1);
    assert_eq!(run(5, 6, &second, &[]), EINVAL);
    assert_eq!(run(4, 6, &first, &[]), EINVAL);
    let call = abi.call_named("f").expect("it is there");
    assert_eq!(abi.between(call, release(5), Release::new(5, 9, 0)), Between::Same);
    assert_eq!(abi.same_structs_since(), Some(release(6)));
    // Programs of releases with other structs are told apart, from the text of an older release too.
    let fingerprints = [4, 5, 6].map(|minor| abi.fingerprint_at(release(minor)));
    assert!(fingerprints[0] != fingerprints[1] && fingerprints[1] != fingerprints[2]);
    assert_eq!(abi.fingerprint_at(Release::new(5, 9, 0)), fingerprints[1]);
    assert_eq!([4, 5, 6].map(|minor| abi.at(release(minor)).fingerprint()), fingerprints);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn there_and_back_is_the_identity_or_the_declared_error(
        (pair, mut old, keeps) in pair().prop_flat_map(|pair| {
            let size = pair.old.1;
            (Just(pair), bytes(size), prop_oneof![3 => Just(true), 1 => Just(false)])
        })
    ) {
        if keeps {
            with_defaults(&pair, &mut old);
        }
        let program = compiled(&model(&pair.text()), "both").expect("it fits");
        let before = old.clone();
        let expected = pair.expected(&before);
        let mut given = None;
        let size = pair.new.1;
        let ranges = [range(&mut old)];
        let address = ranges[0].start;
        // SAFETY: the kernel's struct has that size.
        let kernel = |a: &[usize; 6]| { given = Some(unsafe { bytes_at(a[0], size) }); 7 };
        let result = run(&program, &Memory::new(&ranges, kernel), [address, 1, 2, 3, 4, 5]);
        match expected {
            Err(errno) => {
                prop_assert_eq!(result, errno);
                prop_assert_eq!(given, None, "the call was not made");
                prop_assert_eq!(&old, &before);
            }
            Ok(values) => {
                let given = given.expect("the call was made");
                for (at, int, value) in values {
                    prop_assert_eq!(int.read(&given[at..]), value, "at {}", at);
                }
                prop_assert_eq!(result, 7);
                prop_assert_eq!(&old, &before);
            }
        }
    }

    #[test]
    fn arrays_are_what_their_elements_are(
        (pair, elements) in pair().prop_flat_map(|pair| {
            let size = pair.old.1;
            (Just(pair), proptest::collection::vec(bytes(size), 1..6))
        })
    ) {
        let abi = model(&pair.text());
        let (there, back) = (compiled(&abi, "there").expect("it fits"), compiled(&abi, "back").expect("it fits"));
        let (size, theirs) = (pair.old.1, pair.new.1);
        let mut all = elements.concat();
        for element in all.chunks_mut(size) {
            with_defaults(&pair, element);
        }
        let before = all.clone();
        let expected: Result<Vec<_>, _> = before.chunks(size).map(|element| pair.expected(element)).collect();
        let ranges = [range(&mut all)];
        let address = ranges[0].start;
        let mut given = Vec::new();
        // SAFETY: the kernel's structs have that size.
        let kernel = |a: &[usize; 6]| { given = unsafe { bytes_at(a[0], theirs * a[1]) }; a[1] as isize };
        let result = run(&there, &Memory::new(&ranges, kernel), [address, elements.len(), 0, 0, 0, 0]);
        let Ok(values) = expected else {
            prop_assert!(result < 0);
            return Ok(());
        };
        prop_assert!(result >= 1, "{}", result);
        let done = result as usize;
        prop_assert!(done == elements.len() || done * theirs > 700, "as many as fit");
        for (element, values) in given.chunks(theirs).zip(values) {
            for (at, int, value) in values {
                prop_assert_eq!(int.read(&element[at..]), value);
            }
        }
        // The kernel writes them back, all but the last one.
        let wrote = done - 1;
        all.fill(0x33);
        // SAFETY: as above.
        let kernel = |a: &[usize; 6]| { unsafe { put_at(a[0], &given[..wrote * theirs]) }; wrote as isize };
        let result = run(&back, &Memory::new(&ranges, kernel), [address, done, 0, 0, 0, 0]);
        prop_assert_eq!(result, wrote as isize);
        for (i, field) in pair.fields.iter().enumerate() {
            let (Some(int), Some((at, count))) = (field.old, pair.old.0[i]) else { continue };
            for element in 0..wrote {
                let at = element * size + at;
                prop_assert_eq!(&all[at..at + int.size * count], &before[at..at + int.size * count]);
            }
        }
        let untouched = all.get(wrote * size..done * size).unwrap_or(&[]);
        prop_assert!(untouched.iter().all(|byte| *byte == 0x33), "what the kernel did not write");
    }

    #[test]
    fn altered_programs_are_refused_or_stay_inside(
        call in prop_oneof![
            Just("recvmsg"), Just("sendmmsg"), Just("fstat"), Just("rt_sigtimedwait"), Just("openat2"),
            Just("rt_sigaction"), Just("epoll_wait"), Just("waitid"), Just("open"), Just("bind"), Just("sendmsg"),
            Just("recvfrom"), Just("getsockname"), Just("sendto"),
        ],
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
        seed in bytes(512),
        count in 0usize..40,
        result in prop_oneof![Just(0isize), Just(-4), Just(3)],
    ) {
        thread_local! {
            static TOY: libsys_model::Abi = libsys_structural_tests::toy();
        }
        let mut program = TOY.with(|toy| compiled(toy, call)).expect("it fits");
        for (index, byte) in &changes {
            let at = index.index(program.len());
            program[at] = *byte;
        }
        let Some(read) = Program::read(&program).filter(Program::is_sound) else { return Ok(()) };
        let _ = read;
        // What lies around the memory that the program may reach stays as it is.
        let mut memory = vec![0xeeu8; 3 * 512];
        memory[512..1024].copy_from_slice(&seed);
        let inside = range(&mut memory[512..1024]);
        let at = inside.start;
        // Pointers inside lead inside, too.
        for word in [0, 16, 72] {
            memory[512 + word..][..8].copy_from_slice(&(at + 128).to_le_bytes());
        }
        let caller = Memory::new(&[inside], |_| result);
        run(&program, &caller, [at, at, at + 64, count, at, count]);
        run(&program, &caller, [count, at, count, count, count, 8]);
        run(&program, &caller, [3, at, at + 64, 0, at, at + 32]);
        prop_assert!(memory[..512].iter().chain(&memory[1024..]).all(|byte| *byte == 0xee));
    }
}

//! Numbers, releases and prototypes of linux/x86_64 against the recorded history of system calls.
//!
//! The history lies beside the repository; without it the test says so and passes.

use libsys_abi_tests::history::{self, Row, Shape};
use libsys_abi_tests::load;
use libsys_model::{self as model, Abi, Call, Implementation, TypeDefKind, TypeRef};

#[test]
fn the_abi_agrees_with_history() {
    let path = history::path();
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("nothing was compared: there is no {}", path.display());
        return;
    };
    let rows = history::parse(&text).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let abi = load("linux/x86_64.sys");
    let mut wrong = Vec::new();
    for row in &rows {
        match abi.call_named(&row.name) {
            Some(call) => compare(&abi, row, call, &mut wrong),
            None => wrong.push(format!("{}: no call {}", row.name, row.nr)),
        }
    }
    for call in &abi.calls {
        if !rows.iter().any(|row| row.name == call.name) {
            wrong.push(format!("{}: not in the history", call.name));
        }
    }
    println!("{} calls compared, {} differences", rows.len(), wrong.len());
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

fn compare(abi: &Abi, row: &Row, call: &Call, wrong: &mut Vec<String>) {
    let name = &call.name;
    if call.nr.0 != row.nr {
        wrong.push(format!("{name}: number {} but {} in history", call.nr.0, row.nr));
    }
    // A number that this machine never carried out has no dates, whatever other machines had.
    if !matches!(call.implementation, Implementation::Simulated(_)) {
        if !row.since.agrees(call.since) {
            wrong.push(format!("{name}: since {:?} but {:?} in history", call.since, row.since));
        }
        if !row.until.agrees(call.until) {
            wrong.push(format!("{name}: until {:?} but {:?} in history", call.until, row.until));
        }
    }
    if row.nargs.is_some_and(|nargs| nargs != call.params.len()) {
        wrong.push(format!("{name}: {} arguments but {:?} in history", call.params.len(), row.nargs));
        return;
    }
    for (param, theirs) in call.params.iter().zip(row.params.iter().flatten()) {
        let ours = shape(abi, &param.ty);
        // A word of the kernel may be an address or a number.
        let agrees = *theirs == Shape::Word || (ours == Shape::Pointer) == (*theirs == Shape::Pointer);
        if !agrees {
            wrong.push(format!("{name}: `{}` is {ours:?} but {theirs:?} in history", param.name));
        }
    }
}

fn shape(abi: &Abi, ty: &TypeRef) -> Shape {
    let of_size = |size: u32| if size == 8 { Shape::Word } else { Shape::Int };
    match &ty.shape {
        model::Shape::Pointer(_) | model::Shape::CString { .. } => Shape::Pointer,
        model::Shape::Address | model::Shape::Function => Shape::Pointer,
        model::Shape::Void => Shape::Int,
        model::Shape::Scalar(scalar) => of_size(scalar.size),
        model::Shape::Named(id) => match &abi.ty(*id).kind {
            TypeDefKind::Alias(ty) => shape(abi, ty),
            TypeDefKind::Resource(scalar) | TypeDefKind::Flags(scalar, _) | TypeDefKind::Enum(scalar, _) => {
                of_size(scalar.size)
            }
            TypeDefKind::Struct(_) => Shape::Word,
        },
    }
}

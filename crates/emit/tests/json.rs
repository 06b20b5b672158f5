//! The JSON description, read back by another parser and compared with the model.

mod common;

use common::{real, small, structs};
use libsys_emit::json;
use libsys_model::{Abi, Cancel, Returns, TypeDefKind};
use serde_json::Value;
use std::collections::BTreeSet;

fn parse(abi: &Abi) -> Value {
    serde_json::from_str(&json::emit(abi)).expect("it is JSON")
}

/// The element of a list that has this name.
fn named<'v>(list: &'v Value, name: &str) -> &'v Value {
    let found = list.as_array().and_then(|list| list.iter().find(|entry| entry["name"] == name));
    found.unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn small_description() {
    insta::assert_snapshot!(json::emit(&small()));
}

#[test]
fn all_of_the_model_is_there() {
    for abi in [small(), real()] {
        let document = parse(&abi);
        let length = |key: &str| document[key].as_array().map_or(0, Vec::len);
        assert_eq!(document["schema"], json::SCHEMA);
        assert_eq!(document["abi"], abi.name);
        assert_eq!(document["release"], abi.release.to_string());
        assert_eq!(document["fingerprint"], format!("{:016x}", abi.fingerprint()));
        assert_eq!(length("releases"), abi.releases().len());
        assert_eq!(length("groups"), abi.groups.len());
        assert_eq!(length("types"), abi.types.len());
        assert_eq!(length("calls"), abi.calls.len());
        assert_eq!(length("services"), abi.services.len());
        for (entry, call) in document["calls"].as_array().into_iter().flatten().zip(&abi.calls) {
            assert_eq!(entry["nr"], call.nr.0);
            assert_eq!(entry["name"], call.name);
            assert_eq!(entry["signature"], call.signature_text());
            assert_eq!(entry["since"].as_str(), call.since.map(|since| since.to_string()).as_deref());
            assert_eq!(entry["errors"].as_array().map(Vec::len), Some(call.errors.len()));
            assert_eq!(entry["params"].as_array().map(Vec::len), Some(call.params.len()));
            assert_eq!(entry["cancel"] == "no", call.cancel == Cancel::No);
            assert_eq!(entry["returns"] == "once", call.returns == Returns::Once);
            for (written, param) in entry["params"].as_array().into_iter().flatten().zip(&call.params) {
                assert_eq!(written["name"], param.name);
                assert_eq!(written["type"]["c"], param.ty.c);
                let direction = param.pointee.as_ref().map(|pointee| pointee.dir.word());
                assert_eq!(written["pointee"]["direction"].as_str(), direction);
            }
        }
        for (entry, def) in document["types"].as_array().into_iter().flatten().zip(&abi.types) {
            assert_eq!(entry["name"], def.name);
            if let TypeDefKind::Flags(_, constants) | TypeDefKind::Enum(_, constants) = &def.kind {
                let values: Vec<i128> = entry["constants"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|constant| {
                        let value = &constant["value"];
                        value.as_i64().map(i128::from).or(value.as_u64().map(i128::from))
                    })
                    .collect();
                assert_eq!(values, constants.iter().map(|constant| constant.value).collect::<Vec<_>>());
            }
        }
        let entries = document["types"].as_array().into_iter().flatten();
        let layouts = entries.filter(|entry| entry["kind"] == "struct" || entry["kind"] == "union");
        for (entry, (def, layout)) in layouts.zip(structs(&abi)) {
            assert_eq!((&entry["name"], &entry["size"]), (&def.name.clone().into(), &layout.size.into()));
            for (written, field) in entry["fields"].as_array().into_iter().flatten().zip(&layout.fields) {
                assert_eq!(written["offset"], field.offset);
                assert_eq!(written["size"], field.size);
                assert_eq!(written["count"].as_u64(), field.array.map(u64::from));
            }
        }
    }
}

#[test]
fn indices_lead_to_their_types() {
    let document = parse(&real());
    let mut checked = 0;
    visit(&document, &mut |object| {
        if object.get("shape").is_some_and(|shape| shape == "named") {
            let index = object["type"].as_u64().unwrap_or(u64::MAX) as usize;
            let name = document["types"][index]["name"].as_str().unwrap_or_default();
            let text = object["text"].as_str().unwrap_or_default();
            assert_eq!(text.split('@').next(), Some(name), "{object:?}");
            checked += 1;
        }
    });
    assert!(checked > 1000, "{checked}");
    let read = named(&document["calls"], "read");
    assert_eq!(read["params"][1]["pointee"]["length"]["of"], "count");
    assert_eq!(read["params"][0]["type"]["text"], "fd");
}

/// Shows all objects to a function.
fn visit(value: &Value, see: &mut dyn FnMut(&serde_json::Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            see(object);
            object.values().for_each(|inner| visit(inner, see));
        }
        Value::Array(list) => list.iter().for_each(|inner| visit(inner, see)),
        _ => {}
    }
}

/// The words of `JSON.md` that are set as code, one key or value each.
fn documented() -> BTreeSet<&'static str> {
    include_str!("../../../JSON.md").split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_key_is_documented() {
    let documented = documented();
    let mut undocumented = BTreeSet::new();
    for abi in [small(), real()] {
        visit(&parse(&abi), &mut |object| {
            undocumented.extend(object.keys().filter(|key| !documented.contains(key.as_str())).cloned());
            for key in ["kind", "shape", "unit", "amount", "cancel", "returns", "direction"] {
                let value = object.get(key).and_then(Value::as_str);
                undocumented.extend(value.filter(|value| !documented.contains(value)).map(str::to_owned));
            }
        });
    }
    assert_eq!(undocumented, BTreeSet::new());
}

#[test]
fn every_element_has_a_line_and_the_bytes_are_the_same_again() {
    let abi = real();
    let text = json::emit(&abi);
    assert_eq!(text, json::emit(&real()));
    let elements = abi.calls.len() + abi.services.len() + abi.types.len();
    assert_eq!(text.lines().filter(|line| line.starts_with("{\"n")).count() - count_named(&text), elements);
    assert!(text.ends_with("]\n}\n"));
    assert!(text.lines().any(|line| line.starts_with("{\"nr\":257,\"name\":\"openat\",")));
}

/// Elements of the other lists, which also begin with a name.
fn count_named(text: &str) -> usize {
    let document: Value = serde_json::from_str(text).expect("it is JSON");
    let length = |key: &str| document[key].as_array().map_or(0, Vec::len);
    length("errors") + length("groups")
}

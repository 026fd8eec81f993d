//! `spec/results.schema.json` is what the suite writes, no more and no less.

use std::path::Path;

use assert_cmd::Command;
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::common::Served;
use crate::peers::Peer;
use crate::records::{all_verdicts, recorded, text};

fn schema() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/results.schema.json");
    let text = std::fs::read_to_string(path).expect("the schema");
    serde_json::from_str(&text).expect("JSON")
}

fn validator() -> Validator {
    jsonschema::validator_for(&schema()).expect("a schema")
}

fn assert_valid(stream: &str) {
    let validator = validator();
    assert!(stream.lines().count() > 2, "{stream}");
    for line in stream.lines() {
        let value: Value = serde_json::from_str(line).expect("JSON");
        if let Err(error) = validator.validate(&value) {
            panic!("{error} at {}: in {line:.500}", error.instance_path());
        }
    }
}

#[test]
fn it_is_a_schema_of_draft_2020_12_that_describes_every_field() {
    let schema = schema();
    jsonschema::meta::validate(&schema).expect("a schema of its draft");
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let mut fields = 0;
    walk(&schema, &mut |value| {
        let Some(properties) = value.get("properties").and_then(Value::as_object) else { return };
        for (name, field) in properties {
            // A condition describes nothing.
            if field
                .as_object()
                .is_some_and(|field| field.len() == 1 && field.contains_key("const"))
            {
                continue;
            }
            fields += 1;
            let told = field["description"].as_str().is_some_and(|text| text.len() > 10);
            assert!(told, "`{name}` is not described");
        }
    });
    assert!(fields > 30, "{fields}");
}

fn walk(value: &Value, visit: &mut impl FnMut(&Value)) {
    visit(value);
    match value {
        Value::Object(members) => members.values().for_each(|member| walk(member, visit)),
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        _ => {}
    }
}

#[test]
fn streams_of_runs_are_valid() {
    let served = Served::new();
    let root = served.root().to_str().expect("UTF-8").to_owned();
    let right = vec![served.address.to_string(), "--root".to_owned(), root];
    let wrong = |peer: Peer| vec![peer.start().to_string(), "--timeout=2s".to_owned()];
    let nobody = vec!["127.0.0.1:1".to_owned()];
    for target in [right, wrong(Peer::AcceptsAll), wrong(Peer::RejectsAll), nobody] {
        let mut command = Command::cargo_bin("conexion").expect("the program is built");
        command.args(["conform", "--json", "--silence=50ms"]).args(&target);
        let output = command.output().expect("it runs");
        let stream = String::from_utf8(output.stdout).expect("UTF-8");
        let lines = stream.lines().count();
        assert!(lines > 100 || target[0] == "127.0.0.1:1" && lines == 2, "{target:?}: {lines}");
        let padded = if lines == 2 { format!("{stream}{stream}") } else { stream };
        assert_valid(&padded);
    }
}

#[test]
fn all_that_a_record_can_hold_is_valid() {
    let mut all = recorded("x", all_verdicts());
    if let Some(end) = &mut all.end {
        end.problems = vec!["a problem".to_owned()];
        end.cut_short = Some("the target is gone".to_owned());
    }
    assert_valid(&text(&all));
}

#[test]
fn a_line_that_was_mangled_anywhere_is_refused() {
    let validator = validator();
    let stream = text(&recorded("x", all_verdicts()[3..4].to_vec()));
    let mut mangled = 0;
    for line in stream.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let mut all = Vec::new();
        mangle(&line, "", &mut all);
        for (what, value) in all {
            assert!(!validator.is_valid(&value), "{what}: {value}");
            mangled += 1;
        }
    }
    assert!(mangled > 150, "{mangled}");
}

/// The value with each member removed, each of another type, and one member too many in
/// each object.
fn mangle(value: &Value, path: &str, all: &mut Vec<(String, Value)>) {
    let mut inner = |key: &str, member: &Value, put: &dyn Fn(Value) -> Value| {
        let path = format!("{path}/{key}");
        let others = [json!(null), json!(-1), json!(1.5), json!({"x": 1}), json!([1]), json!(true)];
        let other_kind = |other: &&Value| match (member, other) {
            (Value::Array(_), Value::Array(_)) => true,
            (one, other) => {
                std::mem::discriminant(one) != std::mem::discriminant(*other) || member.is_number()
            }
        };
        for other in others.iter().filter(other_kind) {
            all.push((format!("{path} is {other}"), put(other.clone())));
        }
        let mut within = Vec::new();
        mangle(member, &path, &mut within);
        all.extend(within.into_iter().map(|(what, member)| (what, put(member))));
    };
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                inner(key, member, &|member| {
                    let mut members = members.clone();
                    members.insert(key.clone(), member);
                    Value::Object(members)
                });
            }
            for key in members.keys().filter(|key| !path.ends_with("counts") && *key != "stored") {
                let mut members = members.clone();
                members.remove(key);
                all.push((format!("{path}/{key} is gone"), Value::Object(members)));
            }
            let mut members = members.clone();
            members.insert("more".to_owned(), json!("text"));
            all.push((format!("{path}/more"), Value::Object(members)));
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                inner(&place.to_string(), item, &|item| {
                    let mut items = items.clone();
                    items[place] = item;
                    Value::Array(items)
                });
            }
        }
        _ => {}
    }
}

//! No secret reaches the record or an export, by whatever way it comes.

use std::{fs, path::Path};

use serde_json::json;
use todo_agent::{
    domain::{
        event::Event,
        execution::Done,
        failure::{Failure, FailureKind},
        field::{FieldChange, FieldPath},
        intent::{EnvChange, SlotValue},
        kind::Kind,
        object::ObjectRef,
        ports::record::Record,
        undo::{Reversal, ReversedField},
    },
    redact::Redactor,
    transcripts::{
        Store, UndoStore,
        export::{Which, json as export_json, markdown},
    },
};

use super::story::{Story, clock};

const PASSWORD: &str = "correct-horse-9";

/// Every file below a directory, as one text, with the names of files and directories.
fn everything(dir: &Path) -> String {
    let mut all = String::new();
    for item in fs::read_dir(dir).unwrap() {
        let path = item.unwrap().path();
        all.push_str(&path.to_string_lossy());
        all.push_str(&if path.is_dir() {
            everything(&path)
        } else {
            String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()
        });
    }
    all
}

fn env(name: &str) -> FieldPath {
    FieldPath::keys(&["spec", "template", "spec", "containers"])
        .item("name", "backend")
        .key("env")
        .item("name", name)
        .key("value")
}

/// Events that carry the value in each place where one can stand. No known values: structure and shape alone must do.
fn leaky() -> Vec<Event> {
    let secret = ObjectRef {
        kind: Kind::well_known().into_iter().find(|kind| kind.kind == "Secret").unwrap(),
        namespace: None,
        name: "s".to_owned(),
        uid: None,
    };
    let changes = [env("BETTER_AUTH_SECRET"), FieldPath::keys(&["spec", "password"])].map(|field| FieldChange {
        field,
        before: Some(json!(PASSWORD)),
        after: Some(json!(PASSWORD)),
    });
    let in_secret = FieldChange {
        field: FieldPath::keys(&["data", "plain-name"]),
        before: None,
        after: Some(json!(PASSWORD)),
    };
    let whole_list = FieldChange {
        field: FieldPath::keys(&["spec", "template", "spec", "containers"]),
        before: None,
        after: Some(json!([{"name": "c", "env": [{"name": "JWT_SECRET", "value": PASSWORD}]}])),
    };
    let mut plan = Story::plan(changes.iter().cloned().chain([whole_list]).collect());
    plan.equivalent = vec![format!("kubectl set env deployment/todo-backend BETTER_AUTH_SECRET={PASSWORD}")];
    plan.intent.clause = format!("set BETTER_AUTH_SECRET={PASSWORD} on backend");
    plan.intent.slots.insert(
        "env".to_owned(),
        SlotValue::Env(vec![EnvChange::set("BETTER_AUTH_SECRET", PASSWORD)]),
    );
    vec![
        Story::requested(&format!("set BETTER_AUTH_SECRET of the backend to {PASSWORD}")),
        Event::Understood {
            intents: vec![plan.intent.clone()],
        },
        Event::Planned { plan: Box::new(plan) },
        Event::Changing {
            title: "x".to_owned(),
            cluster: None,
            lasting: Vec::new(),
            announced: None,
            reversals: vec![Reversal {
                way: todo_agent::domain::undo::Way::Fields,
                object: Story::backend(),
                subresource: String::new(),
                fields: vec![ReversedField {
                    field: env("DATABASE_URL"),
                    before: Some(json!(PASSWORD)),
                    ours: Some(json!(PASSWORD)),
                }],
            }],
        },
        Event::Did {
            done: Done {
                object: secret,
                what: format!("password={PASSWORD}"),
                changed: vec![in_secret],
                millis: 1,
                after: json!({}),
            },
        },
        Event::Note {
            text: format!("postgres://me:{PASSWORD}@db/x"),
        },
        Event::Failed {
            failure: Failure::new(FailureKind::Failed, format!("Authorization: Bearer {PASSWORD}")).cause(format!("token={PASSWORD}")),
        },
        Story::ended(1, true, false),
    ]
}

#[test]
fn a_secret_that_nobody_knew_does_not_reach_the_record() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::at(dir.path().join("transcripts"));
    let request = format!("set BETTER_AUTH_SECRET={PASSWORD} on backend");
    let recorder = store
        .begin(&request, clock(), Redactor::new([]))
        .keeping_undo(UndoStore::at(dir.path().join("undo")));
    for event in leaky() {
        recorder.record(event.clone()).unwrap();
        let all = everything(&dir.path().join("transcripts"));
        assert!(!all.contains(PASSWORD) && !all.contains("correct"), "{event:?}\n{all}");
    }
    let transcripts = store.check_all().unwrap();
    let exports = markdown(&transcripts, Which::All) + &export_json(&transcripts, Which::All).to_string();
    assert!(exports.contains("‹redacted:BETTER_AUTH_SECRET›"));
    assert!(!exports.contains("correct"), "{exports}");
    // What takes it back needs the values, and is private.
    let undo = UndoStore::at(dir.path().join("undo")).by_id(recorder.id()).unwrap().unwrap();
    assert_eq!(undo.reversals[0].fields[0].before, Some(json!(PASSWORD)));
    assert!(!undo.request.contains(PASSWORD));
}

#[test]
fn a_value_that_is_known_is_hidden_wherever_it_stands() {
    let dir = tempfile::tempdir().unwrap();
    let redactor = Redactor::named([("TOKEN".to_owned(), PASSWORD.to_owned())]);
    let recorder = Store::at(dir.path()).begin(&format!("say {PASSWORD} loudly"), clock(), redactor);
    recorder.record(Story::requested(&format!("say {PASSWORD}loudly"))).unwrap();
    recorder
        .record(Event::Note {
            text: format!("x{PASSWORD}x \"{PASSWORD}\""),
        })
        .unwrap();
    recorder
        .artifact(&format!("{PASSWORD}.txt"), "text/plain", PASSWORD.as_bytes())
        .unwrap();
    let binary = [&[0xff, 0xfe][..], PASSWORD.as_bytes()].concat();
    assert!(recorder.artifact("b", "application/octet-stream", &binary).is_err());
    assert!(!everything(dir.path()).contains(PASSWORD));
}

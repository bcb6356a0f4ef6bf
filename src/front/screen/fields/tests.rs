use serde_json::json;

use super::*;
use crate::domain::{field::difference, kind::Kind, plan::Draft};

fn change(kind: Kind, before: Value, after: Value) -> Change {
    Change {
        draft: Draft {
            step: None,
            object: ObjectRef {
                kind,
                namespace: Some("default".to_owned()),
                name: "todo-backend".to_owned(),
                uid: None,
            },
            subresource: String::new(),
            how: crate::domain::plan::How::Patch,
            edits: Vec::new(),
            before: before.clone(),
        },
        diff: difference(&before, &after),
        after,
        reversal: None,
    }
}

fn told(change: &Change) -> Vec<String> {
    let rows = rows(change, &Veil::default());
    rows.iter()
        .map(|row| format!("{}: {} → {}", row.label, row.before, row.after))
        .collect()
}

fn with_containers(containers: Value) -> Value {
    json!({"kind": "Deployment", "spec": {"template": {"spec": {"containers": containers}}}})
}

#[test]
fn fields_have_the_names_that_users_use() {
    let before = with_containers(json!([{"name": "backend", "image": "todo-backend:v1"}]));
    let after = with_containers(
        json!([{"name": "backend", "image": "todo-backend:v2", "env": [{"name": "LOG_LEVEL", "value": "debug"}, {"name": "EMPTY"}]}]),
    );
    assert_eq!(
        told(&change(Kind::deployment(), before, after)),
        [
            "image: todo-backend:v1 → todo-backend:v2",
            "env LOG_LEVEL: (not set) → debug",
            "env EMPTY: (not set) → (empty)"
        ]
    );
}

#[test]
fn a_variable_that_came_from_a_secret_and_gets_a_value_is_one_row() {
    let env = |source: Value| with_containers(json!([{"name": "a", "env": [source]}]));
    let before = env(json!({"name": "MODE", "valueFrom": {"secretKeyRef": {"name": "todo-secrets", "key": "MODE"}}}));
    let after = env(json!({"name": "MODE", "value": "fast"}));
    assert_eq!(
        told(&change(Kind::deployment(), before, after)),
        ["env MODE: from secret todo-secrets → fast"]
    );
}

#[test]
fn the_first_annotation_is_a_row_of_its_own() {
    let template = |metadata: Value| json!({"spec": {"template": {"metadata": metadata}}});
    let after = template(json!({"annotations": {"kubectl.kubernetes.io/restartedAt": "2026-01-02T03:04:05Z"}}));
    assert_eq!(
        told(&change(Kind::deployment(), template(json!({})), after)),
        ["restarted at: (not set) → 2026-01-02T03:04:05Z"]
    );
    let own = json!({"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "now"}}});
    assert_eq!(
        told(&change(Kind::deployment(), json!({"metadata": {}}), own)),
        ["metadata.annotations.kubectl.kubernetes.io/restartedAt: (not set) → now"]
    );
}

#[test]
fn the_container_is_named_where_there_are_two() {
    let before = with_containers(json!([{"name": "a", "image": "x:1"}, {"name": "b", "image": "y:1"}]));
    let after = with_containers(json!([{"name": "a", "image": "x:1"}, {"name": "b", "image": "y:2"}]));
    assert_eq!(told(&change(Kind::deployment(), before, after)), ["image (b): y:1 → y:2"]);
}

#[test]
fn values_of_secret_variables_are_never_shown() {
    let env = |value: &str| with_containers(json!([{"name": "a", "env": [{"name": "DATABASE_URL", "value": value}]}]));
    assert_eq!(
        told(&change(Kind::deployment(), env("old-value-1"), env("new-value-2"))),
        ["env DATABASE_URL: ••• → ••• (changed)"]
    );
    let secret = |value: &str| json!({"kind": "Secret", "data": {"harmless": value}});
    let kind = Kind::well_known().into_iter().find(|kind| kind.kind == "Secret").unwrap();
    assert_eq!(
        told(&change(kind, secret("YQ=="), secret("Yg=="))),
        ["data.harmless: ••• → ••• (changed)"]
    );
}

#[test]
fn many_changes_are_a_diff_of_the_object() {
    let before = json!({"kind": "X", "spec": {"a": "1", "b": {"c": [{"d": 1, "e": "x y"}]}, "f": "yes"}, "status": {"g": 1}});
    let after = json!({"kind": "X", "spec": {"a": "1", "b": {"c": [{"d": 2, "e": "x y"}]}, "f": "yes"}, "status": {"g": 2}});
    let look = Look::plain();
    assert_eq!(
        as_diff(&change(Kind::deployment(), before, after), &Veil::default(), &look),
        [
            "      a: \"1\"",
            "      b:",
            "        c:",
            "  -     - d: 1",
            "  +     - d: 2",
            "          e: x y",
            "      f: \"yes\""
        ]
    );
}

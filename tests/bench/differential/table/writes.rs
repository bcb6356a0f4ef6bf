//! Replacing, patching and applying, the same for every kind.

use serde_json::{Value, json};

use super::super::step::Step;
use super::{Kind, Steps};

pub fn replaced(kind: &Kind, steps: &mut Steps<'_>) {
    let one = kind.address("one");
    steps.there();
    steps.get();
    let put = |query: &str, with: Value| {
        let mut step = Step::call(format!("PUT {one}{query}")).body("$${got:}".into());
        step.with = Some(with);
        step
    };
    steps.change(put("?fieldManager=nothing", json!({})));
    steps.get();
    steps.push(put("?dryRun=All", json!({ "metadata": { "labels": { "more": "x" } } })));
    steps.change(put("", json!({ "metadata": { "labels": { "more": "x" } } })));
    steps.push(put("", json!({ "metadata": { "labels": { "more": "y" } } })));
    steps.get();
    steps.change(put("", kind.change.clone()));
    steps.get();
    for metadata in [
        json!({ "name": "other" }),
        json!({ "namespace": "other" }),
        json!({ "uid": "00000000-0000-0000-0000-000000000000" }),
        json!({ "creationTimestamp": "2020-01-01T00:00:00Z" }),
        json!({ "deletionTimestamp": "2020-01-01T00:00:00Z" }),
        json!({ "generation": 99 }),
        json!({ "resourceVersion": null }),
        json!({ "resourceVersion": "0" }),
        json!({ "resourceVersion": "x" }),
        json!({ "name": null }),
        json!({ "managedFields": null }),
        json!({ "labels": { "a": "b c" } }),
    ] {
        steps.push(put("?dryRun=All", json!({ "metadata": metadata })));
    }
    steps.push(Step::call(format!("PUT {}", kind.address("none"))).body(kind.object("none")));
    for fixed in &kind.fixed {
        steps.push(put("?dryRun=All", fixed.clone()));
    }
}

pub fn patched(kind: &Kind, steps: &mut Steps<'_>) {
    let one = kind.address("one");
    steps.there();
    steps.get();
    let patch = |query: &str, content: &str, body: Value| Step::call(format!("PATCH {one}{query}")).content(content).body(body);
    let label = |value: &str| json!({ "metadata": { "labels": { "more": value } } });
    steps.change(patch("?fieldManager=patcher", "merge", label("a")));
    steps.change(patch("?fieldManager=patcher", "merge", label("a")));
    steps.change(patch("?fieldManager=patcher", "strategic", label("b")));
    steps.change(patch(
        "",
        "json-patch",
        json!([{ "op": "add", "path": "/metadata/annotations/extra", "value": "x" }]),
    ));
    steps.change(patch(
        "",
        "json-patch",
        json!([{ "op": "remove", "path": "/metadata/labels/more" }]),
    ));
    steps.push(patch("?dryRun=All", "merge", kind.change.clone()));
    steps.push(patch("?dryRun=All", "strategic", kind.change.clone()));
    steps.get();
    steps.change(patch("?fieldManager=changer", "merge", kind.change.clone()));
    steps.get();
    for (content, body) in [
        ("json-patch", json!([{ "op": "remove", "path": "/metadata/labels/nothing" }])),
        (
            "json-patch",
            json!([{ "op": "replace", "path": "/metadata/labels/nothing", "value": "x" }]),
        ),
        (
            "json-patch",
            json!([{ "op": "test", "path": "/metadata/labels/tier", "value": "x" }]),
        ),
        (
            "json-patch",
            json!([{ "op": "test", "path": "/metadata/labels/tier", "value": "one" }]),
        ),
        ("json-patch", json!([{ "op": "nonsense", "path": "/metadata/labels/tier" }])),
        ("json-patch", json!({ "metadata": {} })),
        (
            "json-patch",
            json!([{ "op": "copy", "from": "/metadata/labels/tier", "path": "/metadata/labels/copied" }]),
        ),
        (
            "json-patch",
            json!([{ "op": "move", "from": "/metadata/labels/tier", "path": "/metadata/labels/moved" }]),
        ),
        ("merge", json!([])),
        ("merge", "{".into()),
        ("merge", json!({ "metadata": { "labels": null } })),
        ("merge", json!({ "metadata": { "annotations": { "note": null } } })),
        ("merge", json!({ "metadata": { "name": "other" } })),
        ("merge", json!({ "metadata": { "uid": "00000000-0000-0000-0000-000000000000" } })),
        ("merge", json!({ "metadata": { "resourceVersion": "1" } })),
        ("merge", json!({ "kind": "Other" })),
        ("merge", json!({ "apiVersion": "other/v1" })),
        ("merge", json!({ "unknown": { "field": 1 } })),
        ("merge", json!({ "metadata": { "labels": 3 } })),
        ("merge", json!({ "metadata": { "labels": { "a": "b c" } } })),
        ("strategic", json!([])),
        (
            "strategic",
            json!({ "metadata": { "labels": { "$patch": "replace", "only": "this" } } }),
        ),
        ("strategic", json!({ "metadata": { "labels": { "$patch": "nonsense" } } })),
        ("strategic", json!({ "metadata": { "finalizers": ["example.com/a"] } })),
        ("strategic", json!({ "unknown": { "field": 1 } })),
        ("text/plain", json!({})),
        ("json", json!({})),
    ] {
        steps.push(patch("?dryRun=All", content, body));
    }
    steps.push(patch(
        "?dryRun=All&fieldValidation=Strict",
        "merge",
        json!({ "unknown": { "field": 1 } }),
    ));
    steps.push(patch(
        "?dryRun=All&fieldValidation=Strict",
        "strategic",
        json!({ "unknown": { "field": 1 } }),
    ));
    steps.push(patch("?dryRun=All&force=true", "merge", label("c")));
    steps.push(
        Step::call(format!("PATCH {}", kind.address("none")))
            .content("merge")
            .body(label("c")),
    );
    for fixed in &kind.fixed {
        steps.push(patch("?dryRun=All", "merge", fixed.clone()));
    }
}

pub fn applied(kind: &Kind, steps: &mut Steps<'_>) {
    let one = kind.address("one");
    let apply = |query: &str, body: Value| Step::call(format!("PATCH {one}?{query}")).content("apply").body(body);
    let minimal = |patch: &Value| {
        let mut object = kind.bare(json!({ "name": kind.name("one") }));
        json_patch::merge(&mut object, patch);
        object
    };
    let (first, second) = &kind.apply;
    steps.push(apply("", kind.object("one")));
    steps.push(apply("fieldManager=one&dryRun=All", kind.with("one", first.clone())));
    steps.change(apply("fieldManager=one", kind.with("one", first.clone())));
    steps.rewrite();
    steps.get();
    steps.change(apply("fieldManager=one", kind.with("one", first.clone())));
    steps.push(apply("fieldManager=two", minimal(second)));
    steps.push(apply("fieldManager=two&dryRun=All&force=true", minimal(second)));
    steps.change(apply("fieldManager=two&force=true", minimal(second)));
    steps.get();
    steps.push(apply("fieldManager=one", kind.with("one", first.clone())));
    steps.change(apply("fieldManager=three", minimal(second)));
    steps.get();
    let labelled = |value: &str| json!({ "metadata": { "labels": { "who": value } } });
    steps.change(
        Step::call(format!("PATCH {one}?fieldManager=hand"))
            .content("merge")
            .body(json!({ "metadata": { "labels": { "by": "hand", "tier": "hand" } } })),
    );
    steps.get();
    steps.push(apply(
        "fieldManager=four",
        minimal(&json!({ "metadata": { "labels": { "by": "four", "tier": "four" } } })),
    ));
    steps.push(apply(
        "fieldManager=four&force=true&dryRun=All",
        minimal(&json!({ "metadata": { "labels": { "by": "four" } } })),
    ));
    steps.change(apply("fieldManager=two&force=true", minimal(&labelled("two"))));
    steps.get();
    steps.change(apply("fieldManager=two&force=true", minimal(&json!({}))));
    steps.get();
    for body in [
        json!({ "metadata": { "managedFields": [{ "manager": "x" }] } }),
        json!({ "metadata": { "name": "other" } }),
        json!({ "unknown": 1 }),
        json!({ "kind": "Other" }),
        json!({ "apiVersion": "other/v1" }),
        json!({ "metadata": { "labels": { "a": "b c" } } }),
        json!({ "metadata": { "labels": { "a": 1 } } }),
        json!({ "metadata": { "resourceVersion": "1" } }),
        json!({ "metadata": { "uid": "00000000-0000-0000-0000-000000000000" } }),
    ] {
        steps.push(apply("fieldManager=five&dryRun=All", minimal(&body)));
    }
    steps.push(apply("fieldManager=five", "a: [".into()));
    steps.push(apply(
        "fieldManager=five&fieldValidation=Ignore&dryRun=All",
        minimal(&json!({ "unknown": 1 })),
    ));
}

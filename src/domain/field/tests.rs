use super::*;

fn lines(before: &Value, after: &Value) -> Vec<String> {
    let show = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_string);
    difference(before, after)
        .iter()
        .map(|c| format!("{}: {} -> {}", c.field, show(&c.before), show(&c.after)))
        .collect()
}

#[test]
fn the_order_of_named_elements_is_no_difference() {
    let list = |names: &[&str]| Value::from(names.iter().map(|name| json!({"name": name})).collect::<Vec<_>>());
    assert!(is_same(Some(&list(&["a", "b"])), Some(&list(&["b", "a"]))));
    // To be back as it was it must stand as it stood.
    assert!(!is_unchanged(Some(&list(&["a", "b"])), Some(&list(&["b", "a"]))) && is_unchanged(None, None));
    assert!(!is_same(Some(&list(&["a", "b"])), Some(&list(&["a"]))));
    assert!(!is_same(Some(&json!(["a", "b"])), Some(&json!(["b", "a"]))));
    assert!(!is_same(Some(&json!(1)), None) && is_same(None, None));
}

#[test]
fn list_elements_are_found_by_name_and_server_fields_are_left_out() {
    let before = json!({"metadata": {"resourceVersion": "1"}, "spec": {"containers": [{"name": "a", "image": "x:1"}, {"name": "b", "image": "y:1"}]}});
    let after = json!({"metadata": {"resourceVersion": "2"}, "spec": {"containers": [{"name": "a", "image": "x:1", "env": [{"name": "K", "value": "V"}]}, {"name": "new"}, {"name": "b", "image": "y:2"}]}});
    assert_eq!(
        lines(&before, &after),
        [
            "spec.containers[a].env: - -> [{\"name\":\"K\",\"value\":\"V\"}]",
            "spec.containers[new]: - -> {\"name\":\"new\"}",
            "spec.containers[b].image: \"y:1\" -> \"y:2\"",
        ]
    );
}

#[test]
fn another_order_is_a_change_of_the_whole_list() {
    let of = |env: Value| json!({"spec": {"env": env}});
    let (a, b) = (json!({"name": "A", "value": "1"}), json!({"name": "B", "value": "$(A)"}));
    assert_eq!(
        lines(&of(json!([a, b])), &of(json!([b, a]))),
        [
            "spec.env: [{\"name\":\"A\",\"value\":\"1\"},{\"name\":\"B\",\"value\":\"$(A)\"}] -> [{\"name\":\"B\",\"value\":\"$(A)\"},{\"name\":\"A\",\"value\":\"1\"}]"
        ]
    );
    assert_eq!(
        lines(&of(json!([a, b])), &of(json!([b]))),
        ["spec.env[A]: {\"name\":\"A\",\"value\":\"1\"} -> -"]
    );
}

#[test]
fn a_path_becomes_a_pointer_into_the_object_as_it_is_now() {
    let object = json!({"spec": {"containers": [{"name": "a"}, {"name": "b", "env": []}]}});
    let path = FieldPath::keys(&["spec", "containers"]).item("name", "b").key("a/b~c");
    assert_eq!(path.pointer(&object).as_deref(), Some("/spec/containers/1/a~1b~0c"));
    let gone = FieldPath::keys(&["spec", "containers"]).item("name", "zz").key("image");
    assert_eq!(gone.pointer(&object), None);
}

#[test]
fn edits_become_the_patch_that_makes_them_true() {
    let object = json!({"spec": {"replicas": 2, "containers": [{"name": "a", "image": "x:1"}, {"name": "b", "env": [{"name": "K", "value": "1"}]}]}});
    let container = |name: &str| FieldPath::keys(&["spec", "containers"]).item("name", name);
    let edit = |field: FieldPath, to: Option<Value>| FieldEdit { field, to };
    let edits = [
        edit(FieldPath::keys(&["spec", "replicas"]), Some(json!(2))),
        edit(
            container("a").key("env").item("name", "N"),
            Some(json!({"name": "N", "value": "2"})),
        ),
        edit(
            container("a").key("env").item("name", "M"),
            Some(json!({"name": "M", "value": "3"})),
        ),
        edit(container("b").key("env").item("name", "K").key("value"), Some(json!("9"))),
        edit(container("b").key("env").item("name", "K"), None),
        edit(FieldPath::keys(&["metadata", "annotations", "a/b"]), Some(json!("now"))),
    ];
    assert_eq!(
        json_patch(&edits, &object).unwrap(),
        [
            json!({"op": "add", "path": "/spec/containers/0/env", "value": [{"name": "N", "value": "2"}]}),
            json!({"op": "add", "path": "/spec/containers/0/env/-", "value": {"name": "M", "value": "3"}}),
            json!({"op": "replace", "path": "/spec/containers/1/env/0/value", "value": "9"}),
            json!({"op": "remove", "path": "/spec/containers/1/env/0"}),
            json!({"op": "add", "path": "/metadata", "value": {"annotations": {"a/b": "now"}}}),
        ]
    );
}

#[test]
fn what_went_out_of_the_middle_of_a_list_is_put_back_with_the_list() {
    let of = |names: &[&str]| json!({"env": names.iter().map(|name| json!({"name": name})).collect::<Vec<_>>()});
    let told = |before: &Value, after: &Value| -> Vec<String> {
        let changes = in_place(difference(before, after), before, after);
        changes.iter().map(|change| change.field.to_string()).collect()
    };
    let all = of(&["A", "B", "C"]);
    assert_eq!(told(&all, &of(&["A", "C"])), ["env"]);
    assert_eq!(told(&all, &of(&["A", "C", "D"])), ["env"]);
    assert_eq!(told(&all, &of(&["A", "B"])), ["env[C]"]);
    assert_eq!(told(&all, &of(&["A"])), ["env[B]", "env[C]"]);
    assert_eq!(told(&of(&["A"]), &all), ["env[B]", "env[C]"]);
}

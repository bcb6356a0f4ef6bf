use super::*;

fn entry(id: &str, second: i64, cluster: &str) -> UndoEntry {
    UndoEntry {
        id: id.to_owned(),
        request: format!("request {id}"),
        at: jiff::Timestamp::from_second(second).unwrap(),
        cluster: Some(cluster.to_owned()),
        context: "minikube".to_owned(),
        reversals: Vec::new(),
        lasting: Vec::new(),
        open: Vec::new(),
        undone: false,
    }
}

fn id_of(entry: Option<UndoEntry>) -> Option<String> {
    entry.map(|entry| entry.id)
}

#[test]
fn the_last_request_of_a_cluster_that_was_not_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = UndoStore::at(dir.path().join("undo"));
    let last = |cluster: &str| id_of(store.last(|entry| entry.cluster.as_deref() == Some(cluster)).unwrap());
    assert_eq!(last("a"), None);
    for (id, second, cluster) in [("one", 1, "a"), ("two", 2, "a"), ("other", 3, "b")] {
        store.push(entry(id, second, cluster)).unwrap();
    }
    assert_eq!(last("a").as_deref(), Some("two"));
    store.mark_undone("two").unwrap();
    assert_eq!(last("a").as_deref(), Some("one"));
    store.mark_undone("one").unwrap();
    assert_eq!(last("a"), None);
    assert_eq!(last("b").as_deref(), Some("other"));
    assert!(store.by_id("two").unwrap().is_some_and(|entry| entry.undone));
    assert!(store.mark_undone("two").is_err());
    assert!(store.mark_undone("nothing").is_err());
}

#[test]
fn what_was_made_anew_takes_the_place_of_what_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let store = UndoStore::at(dir.path());
    let object = |uid: &str| ObjectRef {
        kind: crate::domain::kind::Kind::deployment(),
        namespace: Some("default".to_owned()),
        name: "web".to_owned(),
        uid: Some(uid.to_owned()),
    };
    let reversal = |uid: &str, way: Way| Reversal {
        object: object(uid),
        subresource: String::new(),
        fields: Vec::new(),
        way,
    };
    for (id, cluster, uid, way) in [
        ("scaled", "a", "old", Way::Fields),
        ("of-another", "a", "other", Way::Fields),
        ("elsewhere", "b", "old", Way::Fields),
        ("deleted", "a", "old", Way::Create(serde_json::json!({}))),
    ] {
        store
            .push(UndoEntry {
                reversals: vec![reversal(uid, way)],
                ..entry(id, 1, cluster)
            })
            .unwrap();
    }
    store.replace(Some("a"), &object("old"), Some("new"));
    let uid = |id: &str| store.by_id(id).unwrap().unwrap().reversals[0].object.uid.clone().unwrap();
    assert_eq!(
        ["scaled", "of-another", "elsewhere", "deleted"].map(uid),
        ["new", "other", "old", "old"]
    );
}

#[test]
fn plans_of_one_request_are_one_entry_and_other_projects_are_not_mixed_in() {
    let dir = tempfile::tempdir().unwrap();
    let store = UndoStore::at(dir.path());
    let reversal = |name: &str| crate::domain::undo::Reversal {
        object: crate::domain::object::ObjectRef {
            kind: crate::domain::kind::Kind::deployment(),
            namespace: None,
            name: name.to_owned(),
            uid: None,
        },
        subresource: String::new(),
        fields: Vec::new(),
        way: Way::Fields,
    };
    let with = |request: &str, name: &str| UndoEntry {
        request: request.to_owned(),
        reversals: vec![reversal(name)],
        ..entry("same", 1, "a")
    };
    store.push(with("r", "x")).unwrap();
    store.push(with("r", "y")).unwrap();
    store
        .push(UndoEntry {
            at: jiff::Timestamp::from_second(2).unwrap(),
            ..with("another project", "x")
        })
        .unwrap();
    let lengths: Vec<usize> = store.list().unwrap().iter().map(|entry| entry.reversals.len()).collect();
    assert_eq!(lengths, [1, 2]);
}

#[test]
fn a_hundred_are_kept_and_a_damaged_one_is_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let store = UndoStore::at(dir.path());
    fs::write(dir.path().join("broken.json"), "{").unwrap();
    for n in 0..105 {
        store.push(entry(&format!("{n:03}"), n, "a")).unwrap();
    }
    let ids: Vec<String> = store.list().unwrap().into_iter().map(|entry| entry.id).collect();
    assert_eq!((ids.len(), ids[0].as_str(), ids[99].as_str()), (100, "104", "005"));
}

/// A name that is too long stands for a directory that may not be read: each next file fails alike. How a system says so differs.
#[cfg(unix)]
#[test]
fn where_it_cannot_be_read_the_change_is_refused_and_not_tried_forever() {
    let dir = tempfile::tempdir().unwrap();
    let store = UndoStore::at(dir.path());
    let failure = store.push(entry(&"x".repeat(300), 1, "a")).unwrap_err();
    assert!(
        failure.what.starts_with("cannot read what takes changes back ("),
        "{}",
        failure.what
    );
    assert_eq!(failure.hints.len(), 1);

    fs::write(dir.path().join("y.json"), "{").unwrap();
    store.push(entry("y", 1, "a")).unwrap();
    assert!(dir.path().join("y+2.json").exists(), "a damaged file is passed over");
}

#[test]
fn where_it_cannot_be_written_the_change_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    assert!(UndoStore::at(dir.path().join("file")).push(entry("x", 1, "a")).is_err());
}

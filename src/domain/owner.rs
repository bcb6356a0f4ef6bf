//! What the garbage collector takes away: objects none of whose owners are there, and those that wait for their finalizers.

use std::collections::BTreeSet;

use serde_json::Value;

use super::untried::may_set;

/// A change gives the object over to the garbage collector: it would be the child of others than before, whether or not they are there, or
/// what holds it back from its end is taken away.
#[must_use]
pub fn is_given_over(before: Option<&Value>, after: Option<&Value>) -> bool {
    let owners = |object: Option<&Value>| members(object, "/metadata/ownerReferences", identity);
    let finalizers = |object: Option<&Value>| members(object, "/metadata/finalizers", Value::to_string);
    let (then, now) = (owners(before), owners(after));
    let ends = before.is_some_and(|before| before.pointer("/metadata/deletionTimestamp").is_some());
    (!now.is_empty() && then != now) || (ends && !finalizers(before).is_subset(&finalizers(after)))
}

/// A change of which nothing is known but its words may do so.
#[must_use]
pub fn may_give_over(body: Option<&Value>) -> bool {
    may_set(body, &["ownerReferences", "finalizers"])
}

/// As the collector looks for it.
fn identity(owner: &Value) -> String {
    let of = |name: &str| owner.get(name).map(Value::to_string).unwrap_or_default();
    ["apiVersion", "kind", "name", "uid"].map(of).join(" ")
}

fn members(object: Option<&Value>, pointer: &str, of: impl Fn(&Value) -> String) -> BTreeSet<String> {
    let list = object.and_then(|object| object.pointer(pointer)).and_then(Value::as_array);
    list.into_iter().flatten().map(of).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn other_owners_and_finalizers_of_what_ends_are_its_end() {
        let owned = |uids: &[&str]| {
            let owner = |uid: &&str| json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": uid});
            json!({"metadata": {"ownerReferences": uids.iter().map(owner).collect::<Vec<_>>()}})
        };
        let held = |finalizers: &[&str]| json!({"metadata": {"finalizers": finalizers}});
        let ending = |finalizers: &[&str]| json!({"metadata": {"deletionTimestamp": "now", "finalizers": finalizers}});
        for (before, after, over) in [
            (json!({}), owned(&["a"]), true),
            (owned(&["a"]), owned(&["b"]), true),
            // The one that is left may be the one that is not there.
            (owned(&["a", "b"]), owned(&["b"]), true),
            (owned(&["a", "b"]), owned(&["b", "a"]), false),
            // Nobody's child lives on by itself.
            (owned(&["a"]), json!({}), false),
            (ending(&["x", "y"]), ending(&["y"]), true),
            (ending(&["x"]), json!({}), true),
            (ending(&["x"]), ending(&["x", "y"]), false),
            (held(&["x"]), held(&[]), false),
        ] {
            assert_eq!(is_given_over(Some(&before), Some(&after)), over, "{before} {after}");
        }
    }

    #[test]
    fn of_what_could_not_be_tried_the_words_count() {
        for (body, may) in [
            (json!({"metadata": {"ownerReferences": null}}), true),
            (json!([{"op": "remove", "path": "/metadata/finalizers/0"}]), true),
            (json!({"metadata": {"labels": {"a": "b"}}}), false),
        ] {
            assert_eq!(may_give_over(Some(&body)), may, "{body}");
        }
        assert!(may_give_over(None));
    }
}

//! What drives pods from their node: a taint that does not only keep others away.

use serde_json::Value;

use super::untried::may_set;

const DRIVES_OUT: &str = "NoExecute";

/// A change of a node gives it a taint by which the pods on it are evicted.
#[must_use]
pub fn drives_out(before: Option<&Value>, after: Option<&Value>) -> bool {
    let had: Vec<&Value> = taints(before).collect();
    taints(after).any(|taint| !had.contains(&taint))
}

/// A change of which nothing is known but its words may do so.
#[must_use]
pub fn may_drive_out(body: Option<&Value>) -> bool {
    may_set(body, &[DRIVES_OUT])
}

fn taints(node: Option<&Value>) -> impl Iterator<Item = &Value> {
    let list = node.and_then(|node| node.pointer("/spec/taints")).and_then(Value::as_array);
    let drives = |taint: &&Value| taint.get("effect").and_then(Value::as_str) == Some(DRIVES_OUT);
    list.into_iter().flatten().filter(drives)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_taint_that_is_new_and_does_not_only_keep_away_drives_out() {
        let node = |taints: &[(&str, &str)]| {
            let taint = |(key, effect): &(&str, &str)| json!({"key": key, "effect": effect});
            json!({"spec": {"taints": taints.iter().map(taint).collect::<Vec<_>>()}})
        };
        for (before, after, out) in [
            (json!({}), node(&[("a", "NoExecute")]), true),
            (node(&[("a", "NoSchedule")]), node(&[("a", "NoExecute")]), true),
            (node(&[("a", "NoExecute")]), node(&[("b", "NoExecute"), ("a", "NoExecute")]), true),
            (node(&[("a", "NoExecute")]), node(&[("b", "NoSchedule"), ("a", "NoExecute")]), false),
            (node(&[("a", "NoExecute")]), json!({}), false),
            (json!({}), node(&[("a", "PreferNoSchedule")]), false),
        ] {
            assert_eq!(drives_out(Some(&before), Some(&after)), out, "{before} {after}");
        }
    }

    #[test]
    fn of_what_could_not_be_tried_the_words_count() {
        for (body, may) in [
            (json!({"spec": {"taints": [{"key": "a", "effect": "NoExecute"}]}}), true),
            (json!({"spec": {"unschedulable": true}}), false),
        ] {
            assert_eq!(may_drive_out(Some(&body)), may, "{body}");
        }
        assert!(may_drive_out(None));
    }
}

//! Label selectors.

use serde_json::{Map, Value};

use super::values::{list, map, text};

/// Whether a `LabelSelector` (`matchLabels`, `matchExpressions`) matches an object's labels. An empty one matches all.
pub fn matches(selector: &Value, object: &Value) -> bool {
    let labels = map(object, "/metadata/labels");
    let label = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(Value::as_str);
    let equal = map(selector, "/matchLabels").is_none_or(|wanted| contains(wanted, labels));
    equal
        && list(selector, "/matchExpressions").iter().all(|expression| {
            let found = label(text(expression, "/key"));
            let listed = || found.is_some_and(|found| list(expression, "/values").iter().any(|value| value == found));
            match text(expression, "/operator") {
                "In" => listed(),
                "NotIn" => !listed(),
                "Exists" => found.is_some(),
                "DoesNotExist" => found.is_none(),
                _ => false,
            }
        })
}

/// Whether all wanted labels are there with the wanted values.
pub fn contains(wanted: &Map<String, Value>, labels: Option<&Map<String, Value>>) -> bool {
    wanted
        .iter()
        .all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn labels_and_expressions_must_all_hold() {
        let pod = json!({"metadata": {"labels": {"app": "todo", "tier": "api"}}});
        let cases = [
            (json!({}), true),
            (json!({"matchLabels": {"app": "todo"}}), true),
            (json!({"matchLabels": {"app": "other"}}), false),
            (
                json!({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["api", "web"]}]}),
                true,
            ),
            (
                json!({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["api"]}]}),
                false,
            ),
            (
                json!({"matchExpressions": [{"key": "gone", "operator": "NotIn", "values": ["api"]}]}),
                true,
            ),
            (json!({"matchExpressions": [{"key": "gone", "operator": "Exists"}]}), false),
            (
                json!({"matchLabels": {"app": "todo"}, "matchExpressions": [{"key": "gone", "operator": "DoesNotExist"}]}),
                true,
            ),
        ];
        for (selector, expected) in cases {
            assert_eq!(matches(&selector, &pod), expected, "{selector}");
        }
    }
}

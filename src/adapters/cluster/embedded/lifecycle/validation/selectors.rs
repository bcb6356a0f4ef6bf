//! Selectors of labels.

use serde_json::Value;

use super::{Found, names, values};

const OPERATORS: [&str; 4] = ["In", "NotIn", "Exists", "DoesNotExist"];

pub fn selector(selector: Option<&Value>, at: &str, found: &mut Found) {
    let Some(selector) = selector else { return };
    names::labels(values::map(selector, "/matchLabels"), &format!("{at}.matchLabels"), found);
    for (index, expression) in values::list(selector, "/matchExpressions").iter().enumerate() {
        let at = format!("{at}.matchExpressions[{index}]");
        let listed = values::list(expression, "/values");
        match values::text(expression, "/operator") {
            "In" | "NotIn" => {
                if listed.is_empty() {
                    found.required(format!("{at}.values"), "must be specified when `operator` is 'In' or 'NotIn'");
                }
            }
            "Exists" | "DoesNotExist" => {
                if !listed.is_empty() {
                    let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                    found.forbidden(format!("{at}.values"), why);
                }
            }
            other => found.invalid(format!("{at}.operator"), &other.into(), "not a valid selector operator"),
        }
        let key = values::text(expression, "/key");
        names::add(found, &format!("{at}.key"), key, names::qualified(key));
        for (index, value) in listed.iter().enumerate() {
            let value = value.as_str().unwrap_or_default();
            names::add(found, &format!("{at}.values[{index}]"), value, names::label_value(value));
        }
    }
}

/// A selector as refusals show it: without what is empty.
pub fn shown(selector: &Value) -> Value {
    let mut selector = selector.clone();
    for expression in selector
        .get_mut("matchExpressions")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if values::list(expression, "/values").is_empty() {
            values::unset(expression, "", "values");
        }
    }
    selector
}

/// Whether a selector can be matched against anything at all.
pub fn usable(selector: &Value) -> bool {
    values::list(selector, "/matchExpressions").iter().all(|expression| {
        let operator = values::text(expression, "/operator");
        let listed = !values::list(expression, "/values").is_empty();
        OPERATORS.contains(&operator) && listed == operator.ends_with("In")
    })
}

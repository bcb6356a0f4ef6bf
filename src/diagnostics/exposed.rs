//! Secrets where everybody reads them.

use serde_json::Value;

use crate::redact::{Redactor, has_mark};

/// Keys of a ConfigMap's `data` whose values look secret: Kubernetes keeps those in a Secret
/// (<https://kubernetes.io/docs/concepts/configuration/configmap/>: "ConfigMap does not provide secrecy").
#[must_use]
pub fn exposed(map: &Value) -> Vec<&str> {
    let redactor = Redactor::default();
    let looks_secret = |name: &str, value: &Value| redactor.under(name, value).as_str().is_some_and(has_mark);
    let data = map.get("data").and_then(Value::as_object).into_iter().flatten();
    data.filter(|(name, value)| looks_secret(name, value))
        .map(|(name, _)| name.as_str())
        .collect()
}

/// The object without what looks secret in it, wherever it stands: variables of all containers, data of a ConfigMap.
#[must_use]
pub fn veiled(mut object: Value) -> Value {
    Redactor::default().value(&mut object);
    object
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_or_an_address_with_a_password_is_secret_and_a_level_is_not() {
        let map = json!({"data": {
            "COHERE_API_KEY": "made-up-for-this-test",
            "LOG_LEVEL": "debug",
            "BACKEND": "postgres://app:made-up@db/app",
        }});
        assert_eq!(exposed(&map), ["COHERE_API_KEY", "BACKEND"]);
        assert!(exposed(&json!({})).is_empty());
    }
}

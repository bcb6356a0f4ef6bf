//! The objects around a workload: its pods, its replica sets, what selects it.

use serde_json::Value;

use super::{Execute, reads};
use crate::domain::{
    failure::{Failure, FailureKind, Result},
    kind::Kind,
    object::ObjectRef,
    ports::observe::Query,
};

impl Execute {
    /// The pods of a workload or service, by name; a pod is its own only pod.
    pub(super) async fn pods_of(&self, of: &ObjectRef) -> Result<Vec<Value>> {
        if of.kind.kind == "Pod" {
            let pod = self.observe.get(of).await?;
            return pod.map(|pod| vec![pod]).ok_or_else(|| gone(of));
        }
        let Some(labels) = self.selector_of(of).await? else {
            return Err(Failure::new(FailureKind::Failed, format!("{of} selects no pods")));
        };
        let query = Query {
            labels: Some(labels),
            ..Query::all(Kind::pod(), of.namespace.clone())
        };
        let mut pods = self.observe.list(&query).await?;
        pods.sort_by_key(|pod| reads::text(pod, "/metadata/name"));
        Ok(pods)
    }

    /// The label selector in the form of the API; `None` when the object has none.
    pub(super) async fn selector_of(&self, of: &ObjectRef) -> Result<Option<String>> {
        let object = self.observe.get(of).await?.ok_or_else(|| gone(of))?;
        Ok(selector(&object))
    }
}

/// An object that selects none of these by labels: the list would be that of everybody.
pub(super) fn not_kept_apart(kind: &Kind, of: &ObjectRef) -> Failure {
    Failure::new(
        FailureKind::Usage,
        format!("which {} belong to {of} cannot be told: it selects none", kind.plural),
    )
    .hint(format!("todo-agent \"list {}\"", kind.plural))
    .hint(format!("todo-agent \"describe {of}\""))
}

fn gone(of: &ObjectRef) -> Failure {
    Failure::new(FailureKind::NotFound, format!("{of} is not there any more"))
}

/// `matchLabels` and `matchExpressions`, or the plain map of a Service or ReplicationController.
fn selector(object: &Value) -> Option<String> {
    let selector = object.pointer("/spec/selector")?;
    let labels = selector
        .get("matchLabels")
        .or_else(|| Some(selector).filter(|s| s.get("matchExpressions").is_none()));
    let equal = labels
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)));
    let expressions = selector
        .get("matchExpressions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(expression);
    let terms: Vec<String> = equal.chain(expressions).collect();
    (!terms.is_empty()).then(|| terms.join(","))
}

fn expression(expression: &Value) -> Option<String> {
    let key = expression.get("key")?.as_str()?;
    let values = expression.get("values").and_then(Value::as_array);
    let values = values.into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join(",");
    match expression.get("operator")?.as_str()? {
        "In" => Some(format!("{key} in ({values})")),
        "NotIn" => Some(format!("{key} notin ({values})")),
        "Exists" => Some(key.to_owned()),
        "DoesNotExist" => Some(format!("!{key}")),
        _ => None,
    }
}

/// Whether a service's selector matches the labels of a workload's pods.
pub(super) fn selects(service: &Value, labels: Option<&Value>) -> bool {
    let wanted = service.pointer("/spec/selector").and_then(Value::as_object);
    wanted.is_some_and(|wanted| {
        !wanted.is_empty()
            && wanted
                .iter()
                .all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn selectors_of_all_forms_become_the_apis_text() {
        let forms = [
            (json!({"matchLabels": {"app": "a", "tier": "b"}}), Some("app=a,tier=b")),
            (json!({"app": "a"}), Some("app=a")),
            (
                json!({"matchExpressions": [{"key": "e", "operator": "In", "values": ["x", "y"]}, {"key": "f", "operator": "DoesNotExist"}]}),
                Some("e in (x,y),!f"),
            ),
            (json!({}), None),
        ];
        for (form, expected) in forms {
            assert_eq!(selector(&json!({"spec": {"selector": form}})).as_deref(), expected, "{form}");
        }
    }
}

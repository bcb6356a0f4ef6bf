//! Field selectors.

use serde_json::Value;

use super::refusal::Refusal;
use crate::adapters::cluster::embedded::facts::Kind;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String, bool)>);

/// The fields by which each kind can be selected, beside name and namespace.
const SELECTABLE: [(&str, &[&str]); 12] = [
    (
        "Pod",
        &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
    ),
    (
        "Event",
        &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
    ),
    ("Secret", &["type"]),
    ("Namespace", &["status.phase"]),
    ("Node", &["spec.unschedulable"]),
    ("Service", &["spec.clusterIP", "spec.type"]),
    ("Job", &["status.successful"]),
    ("ReplicaSet", &["status.replicas"]),
    ("ReplicationController", &["status.replicas"]),
    ("CertificateSigningRequest", &["spec.signerName"]),
    ("ResourceSlice", &["spec.nodeName", "spec.driver"]),
    ("PersistentVolume", &[]),
];

impl Fields {
    /// Reads `metadata.name=a,status.phase!=Running`.
    ///
    /// # Errors
    /// 400 for a field by which the kind cannot be selected.
    pub fn read(text: &str, kind: &Kind) -> Result<Self, Refusal> {
        let mut fields = Vec::new();
        for term in text.split(',').map(str::trim).filter(|term| !term.is_empty()) {
            let (field, value, equal) = if let Some((field, value)) = term.split_once("!=") {
                (field, value, false)
            } else if let Some((field, value)) = term.split_once("==").or_else(|| term.split_once('=')) {
                (field, value, true)
            } else {
                return Err(Refusal::bad_request(format!(
                    "invalid selector: '{term}'; can't understand '{term}'"
                )));
            };
            known(kind, field)?;
            fields.push((field.to_owned(), value.to_owned(), equal));
        }
        Ok(Self(fields))
    }

    #[must_use]
    pub fn matches(&self, object: &Value) -> bool {
        self.0
            .iter()
            .all(|(field, value, equal)| (value_of(object, field) == *value) == *equal)
    }
}

fn known(kind: &Kind, field: &str) -> Result<(), Refusal> {
    if matches!(field, "metadata.name" | "metadata.namespace") {
        return Ok(());
    }
    let listed = SELECTABLE.iter().find(|(name, _)| *name == kind.kind).map(|(_, fields)| *fields);
    if listed.is_some_and(|fields| fields.contains(&field)) {
        return Ok(());
    }
    if let Some(custom) = &kind.custom {
        let path = format!(".{field}");
        let mut fields = custom.get("selectableFields").and_then(Value::as_array).into_iter().flatten();
        if fields.any(|known| known.get("jsonPath").and_then(Value::as_str) == Some(&path)) {
            return Ok(());
        }
    }
    Err(Refusal::bad_request(match kind.kind.as_str() {
        "Job" => format!("field label \"{field}\" not supported for Job"),
        "Pod" | "Event" | "Secret" | "Namespace" | "Node" | "Service" | "ReplicationController" => {
            format!("field label not supported: {field}")
        }
        _ => format!("\"{field}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""),
    }))
}

fn value_of(object: &Value, field: &str) -> String {
    let pointer = match field {
        "reportingComponent" | "source" => "/source/component".to_owned(),
        "status.successful" => "/status/succeeded".to_owned(),
        "status.podIPs" => "/status/podIP".to_owned(),
        field => format!("/{}", field.replace('.', "/")),
    };
    match object.pointer(&pointer) {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => match field {
            "spec.unschedulable" | "spec.hostNetwork" => "false".to_owned(),
            "status.successful" | "status.replicas" => "0".to_owned(),
            _ => String::new(),
        },
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::cluster::embedded::facts::facts;
    use serde_json::json;

    #[test]
    fn fields_select_what_the_kind_allows() {
        let kind = facts().find("", "v1", "pods").unwrap();
        let pod = json!({ "metadata": { "name": "a" }, "status": { "phase": "Running" } });
        assert!(Fields::read("metadata.name=a,status.phase!=Failed", kind).unwrap().matches(&pod));
        assert_eq!(
            Fields::read("spec.foo=x", kind).unwrap_err().message,
            "field label not supported: spec.foo"
        );
    }
}

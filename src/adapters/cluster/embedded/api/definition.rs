//! Kinds made by CustomResourceDefinitions. Their schemas are not looked at: what is given is stored.

use serde_json::{Value, json};

use super::path::Address;
use super::refusal::Refusal;
use crate::adapters::cluster::embedded::Embedded;
use crate::adapters::cluster::embedded::facts::{Kind, Subresource};

const GROUP: &str = "apiextensions.k8s.io";
const KIND: &str = "CustomResourceDefinition";

/// The custom kind that an address names.
pub fn find(embedded: &Embedded, address: &Address) -> Result<Option<Kind>, Refusal> {
    let name = format!("{}.{}", address.plural, address.group);
    let definition = embedded
        .store()
        .read(|view| -> Result<_, Refusal> { Ok(view.get(GROUP, KIND, "", &name)?) })?;
    let kinds = definition.iter().flat_map(kinds);
    Ok(kinds.into_iter().find(|kind| kind.version == address.version))
}

/// All custom kinds.
pub fn all(embedded: &Embedded) -> Result<Vec<Kind>, Refusal> {
    let definitions = embedded
        .store()
        .read(|view| -> Result<_, Refusal> { Ok(view.list(GROUP, KIND, None, None)?) })?;
    Ok(definitions.iter().flat_map(kinds).collect())
}

/// The kinds of a definition: one per version that is served.
fn kinds(definition: &Value) -> Vec<Kind> {
    let text = |pointer: &str| definition.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let texts = |pointer: &str| -> Vec<String> {
        let list = definition.pointer(pointer).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect()
    };
    let kind = text("/spec/names/kind");
    let singular = Some(text("/spec/names/singular"))
        .filter(|text| !text.is_empty())
        .unwrap_or_else(|| kind.to_lowercase());
    let versions = definition.pointer("/spec/versions").and_then(Value::as_array);
    versions
        .into_iter()
        .flatten()
        .filter(|version| version["served"] == true)
        .map(|version| Kind {
            group: text("/spec/group"),
            version: version["name"].as_str().unwrap_or_default().to_owned(),
            kind: kind.clone(),
            plural: text("/spec/names/plural"),
            singular: singular.clone(),
            namespaced: text("/spec/scope") == "Namespaced",
            verbs: ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"]
                .map(str::to_owned)
                .to_vec(),
            short: texts("/spec/names/shortNames"),
            categories: texts("/spec/names/categories"),
            hash: None,
            response: None,
            subresources: subresources(version, &kind),
            custom: Some(version.clone()),
        })
        .collect()
}

fn subresources(version: &Value, kind: &str) -> Vec<Subresource> {
    let verbs = || ["get", "patch", "update"].map(str::to_owned).to_vec();
    let mut list = Vec::new();
    if version.pointer("/subresources/status").is_some() {
        list.push(Subresource {
            name: "status".to_owned(),
            kind: kind.to_owned(),
            group: String::new(),
            version: String::new(),
            verbs: verbs(),
        });
    }
    if version.pointer("/subresources/scale").is_some() {
        list.push(Subresource {
            name: "scale".to_owned(),
            kind: "Scale".to_owned(),
            group: "autoscaling".to_owned(),
            version: "v1".to_owned(),
            verbs: verbs(),
        });
    }
    list
}

/// Fills in what the real server finds out about a definition: its names are free, it is served.
pub fn establish(definition: &mut Value, now: &str) {
    let mut names = definition["spec"]["names"].clone();
    let kind = names["kind"].as_str().unwrap_or_default().to_owned();
    for (field, text) in [("singular", kind.to_lowercase()), ("listKind", format!("{kind}List"))] {
        if names.get(field).is_none() {
            names[field] = text.into();
        }
    }
    definition["spec"]["names"] = names.clone();
    if definition.pointer("/spec/conversion").is_none() {
        definition["spec"]["conversion"] = json!({ "strategy": "None" });
    }
    let stored: Vec<Value> = definition
        .pointer("/spec/versions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|version| version["storage"] == true)
        .map(|version| version["name"].clone())
        .collect();
    let condition = |kind: &str, reason: &str, message: &str| json!({ "type": kind, "status": "True", "lastTransitionTime": now, "reason": reason, "message": message });
    let conditions = [
        condition("NamesAccepted", "NoConflicts", "no conflicts found"),
        condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    ];
    definition["status"] = json!({ "conditions": conditions, "acceptedNames": names, "storedVersions": stored });
}

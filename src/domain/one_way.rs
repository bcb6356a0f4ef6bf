//! Fields that are set once and for all: whoever asks for it, a server of Kubernetes does not set them back.

use serde_json::Value;

use super::{
    field::{FieldPath, Segment},
    undo::{Lasting, Reversal, ReversedField, Way},
};

/// Fields that are named of what stays; the rest is counted.
const NAMED: usize = 3;

/// What of a change stays, and why.
#[must_use]
pub fn lasting(reversal: &Reversal) -> Option<Lasting> {
    let (stays, why) = rule(reversal)?;
    let mut names: Vec<String> = reversal
        .fields
        .iter()
        .filter(|field| stays(field))
        .map(|field| field.field.to_string())
        .collect();
    if names.is_empty() {
        return None;
    }
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(Lasting {
        what: format!("{}{more} of {}", names.join(", "), reversal.object),
        why: why.to_owned(),
        object: None,
    })
}

/// Nothing of a change goes back.
#[must_use]
pub fn stays_whole(reversal: &Reversal) -> bool {
    let fields = &reversal.fields;
    rule(reversal).is_some_and(|(stays, _)| !fields.is_empty() && fields.iter().all(stays))
}

/// Leaves of what takes changes back only what a server does, and says what stays.
pub fn settle(reversals: &mut Vec<Reversal>) -> Vec<Lasting> {
    let mut all = Vec::new();
    reversals.retain_mut(|reversal| {
        let (Some((stays, _)), Some(part)) = (rule(reversal), lasting(reversal)) else {
            return true;
        };
        all.push(part);
        reversal.fields.retain(|field| !stays(field));
        !reversal.fields.is_empty()
    });
    all
}

type Rule = (fn(&ReversedField) -> bool, &'static str);

/// As the validation of the API server has it (pkg/apis/core/validation, apiextensions/validation).
fn rule(reversal: &Reversal) -> Option<Rule> {
    if reversal.way != Way::Fields || !reversal.subresource.is_empty() {
        return None;
    }
    let any = |is: fn(&ReversedField) -> bool| reversal.fields.iter().any(is);
    let kind = &reversal.object.kind;
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "ConfigMap" | "Secret") if any(seals) => Some((is_content, "What was made immutable stays as it is until it is taken away.")),
        ("", "PersistentVolumeClaim") => Some((grows_or_binds, "A volume claim can only grow, and is bound once.")),
        ("", "PersistentVolume") => Some((places, "Where a volume can be reached is said once.")),
        ("", "Pod") => Some((is_no_image, "Of a pod that is there only the images can be changed back.")),
        ("", "Node") => Some((is_given, "What a node was given it keeps.")),
        ("apiextensions.k8s.io", "CustomResourceDefinition") if any(stores) => {
            Some((is_version, "A version in which objects were stored is kept."))
        }
        _ => None,
    }
}

fn seals(field: &ReversedField) -> bool {
    field.field == FieldPath::keys(&["immutable"]) && field.ours == Some(Value::Bool(true))
}

fn is_content(field: &ReversedField) -> bool {
    matches!(field.field.0.first(), Some(Segment::Key(key)) if matches!(key.as_str(), "data" | "binaryData" | "immutable"))
}

fn grows_or_binds(field: &ReversedField) -> bool {
    let spec = field.field.within(&FieldPath::keys(&["spec"]));
    spec && (field.before.is_none() || field.field.within(&FieldPath::keys(&["spec", "resources"])))
}

fn places(field: &ReversedField) -> bool {
    field.field.within(&FieldPath::keys(&["spec", "nodeAffinity"]))
}

fn is_no_image(field: &ReversedField) -> bool {
    let is_image = matches!(field.field.0.last(), Some(Segment::Key(key)) if key == "image");
    field.field.within(&FieldPath::keys(&["spec"])) && !is_image
}

fn is_given(field: &ReversedField) -> bool {
    let given = ["providerID", "podCIDR", "podCIDRs"];
    given.iter().any(|name| field.field.within(&FieldPath::keys(&["spec", name])))
}

fn stores(field: &ReversedField) -> bool {
    let stored = |version: &Value| version.get("storage") == Some(&Value::Bool(true));
    is_version(field) && field.before.is_none() && field.ours.as_ref().is_some_and(stored)
}

fn is_version(field: &ReversedField) -> bool {
    field.field.within(&FieldPath::keys(&["spec", "versions"]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{kind::Kind, object::ObjectRef};

    fn changed(kind: &str, group: &str, fields: &[(FieldPath, Value, Value)]) -> Reversal {
        let some = |value: &Value| Some(value.clone()).filter(|value| !value.is_null());
        Reversal {
            object: ObjectRef {
                kind: Kind {
                    group: group.to_owned(),
                    kind: kind.to_owned(),
                    ..Kind::deployment()
                },
                namespace: None,
                name: "x".to_owned(),
                uid: None,
            },
            subresource: String::new(),
            fields: fields
                .iter()
                .map(|(field, before, ours)| ReversedField {
                    field: field.clone(),
                    before: some(before),
                    ours: some(ours),
                })
                .collect(),
            way: Way::Fields,
        }
    }

    /// What stays of it, and the fields that are taken back.
    fn settled(reversal: Reversal) -> (Vec<String>, Vec<String>) {
        let mut all = vec![reversal];
        let stays = settle(&mut all).into_iter().map(|part| part.what).collect();
        let back = all.iter().flat_map(|reversal| &reversal.fields);
        (stays, back.map(|field| field.field.to_string()).collect())
    }

    #[test]
    fn what_can_be_changed_in_one_way_only_stays_and_the_rest_goes_back() {
        let path = FieldPath::keys;
        let label = || (path(&["metadata", "labels", "a"]), json!("1"), json!("2"));
        let cases = [
            (
                changed(
                    "ConfigMap",
                    "",
                    &[
                        label(),
                        (path(&["data", "a"]), json!("1"), json!("2")),
                        (path(&["immutable"]), Value::Null, json!(true)),
                    ],
                ),
                "data.a, immutable of configmap/x",
                "metadata.labels.a",
            ),
            // What is not immutable goes back.
            (
                changed("Secret", "", &[(path(&["data", "a"]), json!("1"), json!("2"))]),
                "",
                "data.a",
            ),
            (
                changed(
                    "PersistentVolumeClaim",
                    "",
                    &[
                        label(),
                        (path(&["spec", "resources", "requests", "storage"]), json!("1Gi"), json!("2Gi")),
                    ],
                ),
                "spec.resources.requests.storage of persistentvolumeclaim/x",
                "metadata.labels.a",
            ),
            (
                changed(
                    "Pod",
                    "",
                    &[
                        (
                            path(&["spec", "containers"]).item("name", "app").key("image"),
                            json!("a:1"),
                            json!("a:2"),
                        ),
                        (
                            path(&["spec", "tolerations"]).item("key", "k"),
                            Value::Null,
                            json!({"key": "k", "operator": "Exists"}),
                        ),
                    ],
                ),
                "spec.tolerations[k] of pod/x",
                "spec.containers[app].image",
            ),
            (
                changed(
                    "CustomResourceDefinition",
                    "apiextensions.k8s.io",
                    &[
                        (
                            path(&["spec", "versions"]).item("name", "v1").key("storage"),
                            json!(true),
                            json!(false),
                        ),
                        (
                            path(&["spec", "versions"]).item("name", "v2"),
                            Value::Null,
                            json!({"name": "v2", "storage": true}),
                        ),
                    ],
                ),
                "spec.versions[v1].storage, spec.versions[v2] of customresourcedefinition/x",
                "",
            ),
            (
                changed("Deployment", "apps", &[(path(&["spec", "replicas"]), json!(1), json!(2))]),
                "",
                "spec.replicas",
            ),
        ];
        for (reversal, stays, back) in cases {
            let words = |text: &str| -> Vec<String> { Some(text.to_owned()).filter(|text| !text.is_empty()).into_iter().collect() };
            assert_eq!(settled(reversal), (words(stays), words(back)));
        }
    }

    #[test]
    fn many_fields_are_counted() {
        let mut fields: Vec<_> = (0..5)
            .map(|n| (FieldPath::keys(&["data", &format!("k{n}")]), json!("1"), json!("2")))
            .collect();
        fields.push((FieldPath::keys(&["immutable"]), Value::Null, json!(true)));
        let (stays, back) = settled(changed("Secret", "", &fields));
        assert_eq!(stays, ["data.k0, data.k1, data.k2 and 3 more of secret/x"]);
        assert!(back.is_empty());
    }
}

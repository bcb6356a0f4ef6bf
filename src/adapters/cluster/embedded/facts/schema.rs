//! The types of all built-in objects: fields, lists and how they merge.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::Value;

use super::{Kind, wire};

/// What a value may be.
#[derive(Clone, Debug)]
pub enum Shape {
    /// The name of a type in the table.
    Type(String),
    List(Box<Field>, Merge),
    Map(Box<Field>),
    String,
    Time,
    Bytes,
    Int32,
    Int64,
    Number,
    Bool,
    /// A number or a string.
    Either,
    Any,
}

/// A field, a list's item or a map's value.
#[derive(Clone, Debug)]
pub struct Field {
    pub shape: Shape,
    pub default: Option<Value>,
    /// Replaced as a whole by an apply.
    pub atomic: bool,
    /// `x-kubernetes-patch-strategy` has `retainKeys`.
    pub retain_keys: bool,
    /// `x-kubernetes-patch-strategy` has `replace`.
    pub replace: bool,
}

/// How two lists become one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merge {
    /// Server-side apply: the keys of a map-like list, empty for others.
    pub keys: Vec<String>,
    /// Server-side apply: a set of scalars.
    pub set: bool,
    /// Strategic merge: the key, for lists of objects.
    pub merge_key: Option<String>,
    /// Strategic merge: items are merged; otherwise the list is replaced.
    pub merges: bool,
}

#[derive(Debug)]
pub struct Structure {
    pub fields: BTreeMap<String, Field>,
    pub required: Vec<String>,
    /// Replaced as a whole, wherever it stands.
    pub atomic: bool,
}

/// What Go writes in any case although the document of the API does not require it: the fields of its types without `omitempty`.
const WRITTEN: [(&str, &[&str]); 12] = [
    ("apps.v1.StatefulSetOrdinals", &["start"]),
    ("apps.v1.StatefulSetSpec", &["serviceName"]),
    ("apps.v1.StatefulSetStatus", &["availableReplicas"]),
    ("autoscaling.v2.HorizontalPodAutoscalerStatus", &["currentMetrics"]),
    ("core.v1.ContainerImage", &["names"]),
    ("core.v1.Event", &["reportingComponent", "reportingInstance"]),
    ("core.v1.NodeRuntimeHandler", &["name"]),
    ("core.v1.ProjectedVolumeSource", &["sources"]),
    ("discovery.v1.EndpointSlice", &["ports"]),
    ("flowcontrol.v1.FlowSchemaSpec", &["matchingPrecedence"]),
    ("rbac.v1.ClusterRole", &["rules"]),
    ("rbac.v1.Role", &["rules"]),
];

#[derive(Debug, Default)]
struct Table {
    roots: BTreeMap<String, String>,
    types: BTreeMap<String, Structure>,
    aliases: BTreeMap<String, Shape>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("data/schema.json")));

/// The type of a kind's objects, or of one named `group/version/Kind` (a subresource's).
#[must_use]
pub fn root(kind: &Kind) -> Option<Shape> {
    if kind.custom.is_some() {
        return None;
    }
    named(&kind.group, &kind.version, &kind.kind)
}

#[must_use]
pub fn named(group: &str, version: &str, kind: &str) -> Option<Shape> {
    TABLE
        .roots
        .get(&format!("{group}/{version}/{kind}"))
        .map(|name| Shape::Type(name.clone()))
}

/// The structure behind a shape; `None` for scalars, lists, maps and free-form values.
#[must_use]
pub fn structure(shape: &Shape) -> Option<&'static Structure> {
    match shape {
        Shape::Type(name) => TABLE.types.get(name),
        _ => None,
    }
}

/// The shape itself, with the name of a scalar type replaced by the scalar.
#[must_use]
pub fn resolved(shape: &Shape) -> &Shape {
    match shape {
        Shape::Type(name) => TABLE.aliases.get(name).unwrap_or(shape),
        other => other,
    }
}

/// The fields of a structure that are themselves structures and always there, if only empty: in Go they are no pointers.
#[must_use]
pub fn always(shape: &Shape) -> &'static BTreeSet<String> {
    static ALL: LazyLock<BTreeMap<String, BTreeSet<String>>> = LazyLock::new(wire::structures);
    match shape {
        Shape::Type(name) => ALL.get(name).unwrap_or(&NONE),
        _ => &NONE,
    }
}

/// What Go writes for a scalar, list or map that was never set and is not left out.
#[must_use]
pub fn zero(shape: &Shape) -> Option<Value> {
    match shape {
        Shape::String => Some("".into()),
        Shape::Int32 | Shape::Int64 | Shape::Number => Some(0.into()),
        Shape::Bool => Some(false.into()),
        Shape::List(..) | Shape::Map(_) => Some(Value::Null),
        _ => None,
    }
}

pub static NONE: BTreeSet<String> = BTreeSet::new();

/// The type's short Go-like name: `DeploymentSpec` of `apps.v1.DeploymentSpec`.
#[must_use]
pub fn type_name(shape: &Shape) -> Option<&str> {
    match shape {
        Shape::Type(name) => name.rsplit('.').next(),
        _ => None,
    }
}

impl Table {
    fn read(text: &str) -> Self {
        let mut table = Self::default();
        let Ok(Value::Object(document)) = serde_json::from_str(text) else {
            return table;
        };
        for (name, value) in document {
            if name == "roots" {
                table.roots = serde_json::from_value(value).unwrap_or_default();
            } else if let Some(fields) = value.get("fields").and_then(Value::as_object) {
                let fields = fields.iter().map(|(name, field)| (name.clone(), Field::read(field))).collect();
                let mut required = strings(value.get("required"));
                let written = WRITTEN.iter().filter(|(of, _)| *of == name);
                required.extend(written.flat_map(|(_, fields)| fields.iter().map(|field| (*field).to_owned())));
                let atomic = value.get("atomic").is_some();
                table.types.insert(name, Structure { fields, required, atomic });
            } else {
                table.aliases.insert(name, Field::read(&value).shape);
            }
        }
        table
    }
}

impl Field {
    fn read(value: &Value) -> Self {
        let strategy = value.get("strategy").and_then(Value::as_str).unwrap_or_default();
        let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
        let shape = if let Some(item) = value.get("list") {
            let merge = Merge {
                keys: if kind == "map" { strings(value.get("keys")) } else { Vec::new() },
                set: kind == "set",
                merge_key: value.get("merge").and_then(Value::as_str).map(str::to_owned),
                merges: strategy.contains("merge"),
            };
            Shape::List(Box::new(Self::read(item)), merge)
        } else if let Some(item) = value.get("map") {
            Shape::Map(Box::new(Self::read(item)))
        } else {
            Shape::read(value.as_str().or_else(|| value.get("of")?.as_str()).unwrap_or_default())
        };
        Self {
            shape,
            default: value.get("default").cloned(),
            atomic: value.get("atomic").is_some() || kind == "atomic",
            retain_keys: strategy.contains("retainKeys"),
            replace: strategy.contains("replace"),
        }
    }
}

impl Shape {
    fn read(name: &str) -> Self {
        match name {
            "string" => Self::String,
            "time" => Self::Time,
            "bytes" => Self::Bytes,
            "int32" => Self::Int32,
            "int64" => Self::Int64,
            "number" => Self::Number,
            "bool" => Self::Bool,
            "int-or-string" | "quantity" => Self::Either,
            _ => name.strip_prefix('@').map_or(Self::Any, |name| Self::Type(name.to_owned())),
        }
    }
}

fn strings(value: Option<&Value>) -> Vec<String> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|v| v.as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_merge_by_name_and_ports_by_number_and_protocol() {
        let pod = structure(&Shape::Type("core.v1.PodSpec".into())).unwrap();
        let Shape::List(item, merge) = &pod.fields["containers"].shape else {
            panic!("a list")
        };
        assert_eq!(
            (merge.keys.join(","), merge.merge_key.as_deref(), merge.merges),
            ("name".into(), Some("name"), true)
        );
        let container = structure(&item.shape).unwrap();
        let Shape::List(_, merge) = &container.fields["ports"].shape else {
            panic!("a list")
        };
        assert_eq!(
            (merge.keys.join(","), merge.merge_key.as_deref()),
            ("containerPort,protocol".into(), Some("containerPort"))
        );
    }
}

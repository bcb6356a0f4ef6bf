//! How objects look in protobuf: the numbers and types of the fields of each message.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// One field of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Empty for a message whose fields stand in the object itself.
    pub name: String,
    pub kind: Kind,
    pub many: Many,
    /// Zero and empty are values, not absences.
    pub pointer: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Bytes,
    Integer,
    Double,
    Bool,
    Message(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Many {
    One,
    List,
    Map,
}

type Table = BTreeMap<String, BTreeMap<u64, String>>;

static TABLE: LazyLock<Table> = LazyLock::new(|| serde_json::from_str(include_str!("data/wire.json")).unwrap_or_default());

/// Whether a message is known.
#[must_use]
pub fn knows(message: &str) -> bool {
    TABLE.contains_key(message)
}

/// A message's field by number.
#[must_use]
pub fn field(message: &str, number: u64) -> Option<Field> {
    let (name, kind) = TABLE.get(message)?.get(&number)?.split_once(' ')?;
    let pointer = kind.ends_with('*');
    let kind = kind.trim_end_matches('*');
    let (many, kind) = match (kind.strip_prefix("[]"), kind.strip_prefix("{}")) {
        (Some(kind), _) => (Many::List, kind),
        (_, Some(kind)) => (Many::Map, kind),
        _ => (Many::One, kind),
    };
    let kind = match kind {
        "s" => Kind::Text,
        "y" => Kind::Bytes,
        "i" => Kind::Integer,
        "d" => Kind::Double,
        "b" => Kind::Bool,
        message => Kind::Message(message.trim_start_matches('@').to_owned()),
    };
    Some(Field {
        name: name.to_owned(),
        kind,
        many,
        pointer,
    })
}

/// The fields of each message that are messages and no pointers.
#[must_use]
pub fn structures() -> BTreeMap<String, BTreeSet<String>> {
    let plain = |message: &str, number: u64| {
        let field = field(message, number)?;
        let whole = field.many == Many::One && !field.pointer && matches!(&field.kind, Kind::Message(_)) && !field.name.is_empty();
        whole.then_some(field.name)
    };
    let names = |(message, fields): (&String, &BTreeMap<u64, String>)| {
        (
            message.clone(),
            fields.keys().filter_map(|number| plain(message, *number)).collect(),
        )
    };
    TABLE.iter().map(names).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_read_with_all_that_is_known_of_it() {
        let replicas = Field {
            name: "replicas".into(),
            kind: Kind::Integer,
            many: Many::One,
            pointer: true,
        };
        assert_eq!(field("apps.v1.DeploymentSpec", 1), Some(replicas));
        let source = field("core.v1.Volume", 2).unwrap();
        assert_eq!(
            (source.name.as_str(), source.kind),
            ("", Kind::Message("core.v1.VolumeSource".into()))
        );
    }
}

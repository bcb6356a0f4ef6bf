//! Steps and conditions with slots in them, filled into the typed vocabularies of `domain`.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{
    mistake::{Origin, Part},
    slot::{Slot, SlotType},
    wording::Wording,
};
use crate::domain::{failure::Failure, kind::Kind, reading::SlotMention};

/// A compiled `- scale: { workload: "{workload}" }`.
#[derive(Clone, Debug)]
pub(super) struct Template {
    at: Part,
    /// `scale`.
    part: String,
    body: Node,
}

#[derive(Clone, Debug)]
enum Node {
    Slot(String),
    Text(Wording),
    Literal(Value),
    Map(Vec<(String, Node)>),
    List(Vec<Node>),
}

impl Template {
    /// Compiles `value`. Names that the template states itself (`workload: todo-backend`) become slots with a preset,
    /// which are added to `presets`.
    pub(super) fn compile(value: &Value, at: Part, origin: &Origin<'_>, presets: &mut Vec<Slot>) -> Result<Self, Failure> {
        let (part, body) = match value {
            Value::String(part) => (part.clone(), &Value::Null),
            Value::Object(map) if map.len() == 1 => match map.iter().next() {
                Some((part, body)) => (part.clone(), body),
                None => (String::new(), &Value::Null),
            },
            _ => return Err(origin.mistake_in(at, "one step has one name: `- scale: { … }`")),
        };
        let body = match body {
            Value::Null => Node::Map(Vec::new()),
            body => Compiler { part: &part, presets }
                .node("", body)
                .map_err(|what| origin.mistake_in(at, format!("{part}: {what}")))?,
        };
        Ok(Self { at, part, body })
    }

    /// The slots that are named.
    pub(super) fn slots(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.body.slots(&mut names);
        names
    }

    pub(super) const fn at(&self) -> Part {
        self.at
    }

    /// The typed value with `value` for each slot.
    pub(super) fn fill<T: DeserializeOwned>(&self, value: &dyn Fn(&str) -> Option<Value>) -> Result<T, serde_json::Error> {
        let body = self.body.fill(value).unwrap_or_else(|| json!({}));
        let mut whole = Map::new();
        whole.insert(self.part.clone(), body);
        serde_json::from_value(Value::Object(whole))
    }

    pub(super) fn part(&self) -> &str {
        &self.part
    }
}

impl Node {
    fn slots<'a>(&'a self, names: &mut Vec<&'a str>) {
        match self {
            Self::Slot(name) => names.push(name),
            Self::Text(wording) => names.extend(wording.slots()),
            Self::Literal(_) => {}
            Self::Map(members) => members.iter().for_each(|(_, node)| node.slots(names)),
            Self::List(items) => items.iter().for_each(|node| node.slots(names)),
        }
    }

    /// `None` when the slot has no value: the member is then left out.
    fn fill(&self, value: &dyn Fn(&str) -> Option<Value>) -> Option<Value> {
        match self {
            Self::Slot(name) => value(name),
            Self::Text(wording) => wording
                .render(&|name| {
                    value(name).map(|v| match v {
                        Value::String(text) => text,
                        other => other.to_string(),
                    })
                })
                .map(Value::String),
            Self::Literal(literal) => Some(literal.clone()),
            Self::Map(members) => Some(Value::Object(
                members
                    .iter()
                    .filter_map(|(key, node)| Some((key.clone(), node.fill(value)?)))
                    .collect(),
            )),
            Self::List(items) => Some(Value::Array(items.iter().filter_map(|node| node.fill(value)).collect())),
        }
    }
}

struct Compiler<'a> {
    part: &'a str,
    presets: &'a mut Vec<Slot>,
}

impl Compiler<'_> {
    fn node(&mut self, field: &str, value: &Value) -> Result<Node, String> {
        let of = SlotType::of_field(self.part, field);
        match (value, of) {
            (Value::String(text), _) if text.contains('{') => {
                let wording = Wording::parse(text)?;
                Ok(match wording.slots().as_slice() {
                    [only] if *text == format!("{{{only}}}") => Node::Slot((*only).to_owned()),
                    _ => Node::Text(wording),
                })
            }
            (Value::String(_) | Value::Number(_) | Value::Array(_) | Value::Object(_), Some(of)) => self.typed(of, field, value),
            (Value::Object(map), None) => map
                .iter()
                .map(|(key, inner)| Ok((key.clone(), self.node(key, inner)?)))
                .collect::<Result<_, String>>()
                .map(Node::Map),
            (Value::Array(items), None) => items
                .iter()
                .map(|item| self.node("", item))
                .collect::<Result<_, String>>()
                .map(Node::List),
            (literal, _) => Ok(Node::Literal(literal.clone())),
        }
    }

    /// A value that the playbook states itself, as its field's type wants it.
    fn typed(&mut self, of: SlotType, field: &str, value: &Value) -> Result<Node, String> {
        let literal = match (of, value) {
            (SlotType::Workload | SlotType::Object, Value::String(name)) => {
                let (kind, said) = name
                    .split_once('/')
                    .map_or((None, name.as_str()), |(kind, name)| (Some(kind), name));
                return Ok(self.preset(
                    of,
                    name,
                    SlotMention::Name {
                        said: said.to_owned(),
                        kind: kind.map(str::to_owned),
                    },
                ));
            }
            (SlotType::Kind, Value::String(word)) => match Kind::well_known().into_iter().find(|kind| answers_to(kind, word)) {
                Some(kind) => serde_json::to_value(kind).map_err(|error| error.to_string())?,
                None => return Ok(self.preset(of, word, SlotMention::Text(word.clone()))),
            },
            (SlotType::Count, value) => amount(value).ok_or_else(|| format!("{field}: {value} is no number of replicas"))?,
            (SlotType::Duration, Value::String(text)) => {
                json!(seconds(text).ok_or_else(|| format!("{field}: {text} is no span of time such as 10m"))?)
            }
            (SlotType::Env | SlotType::Data, value) => {
                environment(value).ok_or_else(|| format!("{field}: write variables as NAME: value, and null to remove"))?
            }
            (SlotType::Scope, Value::String(word)) if word == "all" => json!({"all_namespaces": true}),
            (SlotType::Scope, Value::String(namespace)) => json!({"namespace": namespace}),
            (SlotType::Scope, Value::Object(map)) => {
                return map
                    .iter()
                    .map(|(key, inner)| Ok((key.clone(), self.node(key, inner)?)))
                    .collect::<Result<_, String>>()
                    .map(Node::Map);
            }
            (_, value) => value.clone(),
        };
        Ok(Node::Literal(literal))
    }

    fn preset(&mut self, of: SlotType, said: &str, mention: SlotMention) -> Node {
        let name = format!("={said}");
        if !self.presets.iter().any(|slot| slot.name == name) {
            self.presets.push(Slot {
                name: name.clone(),
                of,
                required: true,
                flags: Vec::new(),
                beside: Vec::new(),
                ask: of.question().to_owned(),
                preset: Some(mention),
            });
        }
        Node::Slot(name)
    }
}

fn answers_to(kind: &Kind, word: &str) -> bool {
    kind.plural == word || kind.kind.eq_ignore_ascii_case(word) || kind.short_names.iter().any(|short| short == word)
}

/// `3`, `+2`, `-1`, `x2`, `1/2`, or the typed form itself.
pub(super) fn amount(value: &Value) -> Option<Value> {
    match value {
        Value::Number(number) => Some(json!({"exactly": number.as_u64()?})),
        Value::String(text) => {
            let times = |text: &str| text.parse::<u32>().ok();
            match text.as_str() {
                "double" => return Some(json!({"times": [2, 1]})),
                "half" => return Some(json!({"times": [1, 2]})),
                _ => {}
            }
            if let Some(factor) = text.strip_prefix('x') {
                return Some(json!({"times": [times(factor)?, 1]}));
            }
            if let Some((num, den)) = text.split_once('/') {
                return Some(json!({"times": [times(num)?, times(den)?]}));
            }
            if text.starts_with(['+', '-']) {
                return Some(json!({"by": text.parse::<i32>().ok()?}));
            }
            Some(json!({"exactly": times(text)?}))
        }
        Value::Object(_) => Some(value.clone()),
        _ => None,
    }
}

/// `90`, `90s`, `10m`, `1h30m`, `2d` in seconds.
pub(super) fn seconds(text: &str) -> Option<u64> {
    let mut total: u64 = 0;
    let mut number = String::new();
    for c in text.chars() {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        let unit = match c {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(unit)?)?;
        number.clear();
    }
    match (number.is_empty(), total) {
        (true, 0) => None,
        (true, total) => Some(total),
        (false, 0) => number.parse().ok(),
        (false, _) => None,
    }
}

fn environment(value: &Value) -> Option<Value> {
    let one = |text: &str| match (text.split_once('='), text.strip_suffix('-')) {
        (Some((name, value)), _) => Some(json!({"name": name, "value": value})),
        (None, Some(name)) => Some(json!({"name": name, "value": null})),
        _ => None,
    };
    match value {
        Value::String(text) => text.split_whitespace().map(one).collect::<Option<Vec<_>>>().map(Value::Array),
        Value::Array(items) => items
            .iter()
            .map(|item| match item {
                Value::String(text) => one(text),
                other => Some(other.clone()),
            })
            .collect::<Option<Vec<_>>>()
            .map(Value::Array),
        Value::Object(map) => Some(Value::Array(
            map.iter()
                .map(|(name, value)| {
                    let value = match value {
                        Value::String(text) => json!(text),
                        Value::Null => Value::Null,
                        other => json!(other.to_string()),
                    };
                    json!({"name": name, "value": value})
                })
                .collect(),
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time_are_seconds() {
        let cases = [
            ("90", Some(90)),
            ("10m", Some(600)),
            ("1h30m", Some(5400)),
            ("2d", Some(172_800)),
            ("m", None),
            ("1x", None),
            ("", None),
        ];
        assert_eq!(cases.map(|(text, _)| seconds(text)), cases.map(|(_, expected)| expected));
    }

    #[test]
    fn amounts_may_be_relative() {
        let cases = [
            json!(3),
            json!("+2"),
            json!("-1"),
            json!("x3"),
            json!("1/2"),
            json!("half"),
            json!("many"),
        ];
        assert_eq!(
            cases.map(|value| amount(&value)),
            [
                Some(json!({"exactly": 3})),
                Some(json!({"by": 2})),
                Some(json!({"by": -1})),
                Some(json!({"times": [3, 1]})),
                Some(json!({"times": [1, 2]})),
                Some(json!({"times": [1, 2]})),
                None
            ]
        );
    }
}

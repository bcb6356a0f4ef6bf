//! Objects as the server has them, written as kubectl's `-o` writes them.

use serde_json::{Value, json};

use super::Execute;
use crate::{
    diagnostics::veiled,
    domain::{
        answer::{Answer, TextAnswer},
        failure::{Failure, FailureKind, Result},
        field::FieldPath,
        kind::Kind,
        ports::observe::Query,
        step::{List, Manifest, plain_path},
    },
};

/// How objects are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Table,
    Wide,
    Yaml,
    Json,
    Name,
}

impl Form {
    /// # Errors
    /// `Usage`: it is not written so here.
    pub(super) fn of(output: Option<&str>) -> Result<Self> {
        Ok(match output {
            None | Some("") => Self::Table,
            Some("wide") => Self::Wide,
            Some("yaml") => Self::Yaml,
            Some("json") => Self::Json,
            Some("name") => Self::Name,
            Some(other) => {
                return Err(
                    Failure::new(FailureKind::Usage, format!("objects are not written as \"{other}\" here"))
                        .hint("-o takes yaml, json, name and wide; kubectl itself takes more"),
                );
            }
        })
    }
}

impl Execute {
    pub(super) async fn manifest(&self, step: &Manifest) -> Result<Answer> {
        let asked = if step.json { Some("json") } else { step.output.as_deref() };
        let form = Form::of(asked)?;
        let object = &step.object;
        if form == Form::Wide {
            let mut table = self.observe.table(&Query::one(object)).await?;
            if table.rows.is_empty() {
                return Err(Failure::new(FailureKind::NotFound, format!("{object} is not there any more")));
            }
            table.columns.iter_mut().for_each(|column| column.wide = false);
            return Ok(Answer::Table(table));
        }
        let found = self.observe.get(object).await?;
        let found = found.ok_or_else(|| Failure::new(FailureKind::NotFound, format!("{object} is not there any more")))?;
        let form = if form == Form::Table { Form::Yaml } else { form };
        Ok(written(&object.to_string(), &object.kind, form, vec![found], false))
    }

    /// A list of a kind with what the flags of `kubectl get` ask for.
    pub(super) async fn list_as(&self, list: &List, query: &Query) -> Result<Answer> {
        let form = Form::of(list.output.as_deref())?;
        let by = list.sort_by.as_deref().map(path).transpose()?;
        if matches!(form, Form::Yaml | Form::Json | Form::Name) {
            let mut objects = self.observe.list(query).await?;
            if let Some(by) = &by {
                objects.sort_by(|one, two| compare(by.find(one), by.find(two)));
            }
            if objects.is_empty() {
                self.confirm(query.namespace.as_deref()).await?;
            }
            return Ok(written(&list.kind.plural, &list.kind, form, objects, true));
        }
        let mut table = self.observe.table(query).await?;
        if table.rows.is_empty() {
            self.confirm(query.namespace.as_deref()).await?;
        }
        if form == Form::Wide {
            table.columns.iter_mut().for_each(|column| column.wide = false);
        }
        if by.is_none() && !list.show_labels {
            return Ok(Answer::Table(table));
        }
        let mut objects = self.observe.list(query).await?;
        let named = |object: &Value| {
            let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            (text("/metadata/namespace"), text("/metadata/name").unwrap_or_default())
        };
        if let Some(by) = &by {
            objects.sort_by(|one, two| compare(by.find(one), by.find(two)));
            let order: Vec<_> = objects.iter().map(named).collect();
            let place =
                |row: &crate::domain::answer::Row| order.iter().position(|(space, name)| *space == row.namespace && *name == row.name);
            table.rows.sort_by_key(|row| place(row).unwrap_or(usize::MAX));
            table.ordered = true;
        }
        if list.show_labels {
            table.columns.push(crate::domain::answer::Column {
                name: "Labels".to_owned(),
                wide: false,
            });
            let columns = table.columns.len();
            for row in &mut table.rows {
                let object = objects.iter().find(|object| {
                    let (space, name) = named(object);
                    space == row.namespace && name == row.name
                });
                row.cells.resize(columns.saturating_sub(1), String::new());
                row.cells.push(object.map(labels).unwrap_or_default());
            }
        }
        Ok(Answer::Table(table))
    }
}

/// `.metadata.name`, `{.metadata.name}`.
fn path(text: &str) -> Result<FieldPath> {
    let inner = text.trim_matches(['\'', '"']);
    let inner = inner.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')).unwrap_or(inner);
    plain_path(inner).ok_or_else(|| {
        Failure::new(FailureKind::Usage, format!("the path {text} is more than a plain one"))
            .hint("It looks like `--sort-by=.metadata.creationTimestamp`.")
    })
}

fn compare(one: Option<&Value>, two: Option<&Value>) -> std::cmp::Ordering {
    match (one, two) {
        (Some(Value::Number(one)), Some(Value::Number(two))) => {
            one.as_f64().partial_cmp(&two.as_f64()).unwrap_or(std::cmp::Ordering::Equal)
        }
        (Some(Value::String(one)), Some(Value::String(two))) => one.cmp(two),
        (one, two) => one.is_some().cmp(&two.is_some()),
    }
}

fn labels(object: &Value) -> String {
    let all = object.pointer("/metadata/labels").and_then(Value::as_object);
    let pairs: Vec<String> = all
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    if pairs.is_empty() { "<none>".to_owned() } else { pairs.join(",") }
}

fn written(of: &str, kind: &Kind, form: Form, objects: Vec<Value>, many: bool) -> Answer {
    let shown: Vec<Value> = objects.into_iter().map(|object| veiled(shown(kind, object))).collect();
    let (format, text) = match form {
        Form::Name => {
            let group = if kind.group.is_empty() {
                String::new()
            } else {
                format!(".{}", kind.group)
            };
            let name = |object: &Value| {
                object
                    .pointer("/metadata/name")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            };
            let lines: Vec<String> = shown
                .iter()
                .map(|object| format!("{}{group}/{}", kind.singular(), name(object)))
                .collect();
            ("name", lines.join("\n"))
        }
        form => {
            let whole = match shown.as_slice() {
                [one] if !many => one.clone(),
                all => json!({"apiVersion": "v1", "kind": "List", "items": all}),
            };
            match form {
                Form::Json => ("json", serde_json::to_string_pretty(&whole).unwrap_or_default()),
                _ => ("yaml", serde_saphyr::to_string(&whole).unwrap_or_default()),
            }
        }
    };
    Answer::Text(TextAnswer {
        of: of.to_owned(),
        format: format.to_owned(),
        text,
    })
}

/// Without what the server keeps for itself, as kubectl shows it; the values of a Secret are hidden.
fn shown(kind: &Kind, mut object: Value) -> Value {
    if let Some(map) = object.as_object_mut() {
        // Objects of a list do not say what they are.
        if !map.contains_key("kind") {
            let mut whole = serde_json::Map::new();
            whole.insert("apiVersion".to_owned(), json!(kind.api_version()));
            whole.insert("kind".to_owned(), json!(kind.kind));
            whole.extend(std::mem::take(map));
            *map = whole;
        }
        if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.shift_remove("managedFields");
        }
    }
    if kind.kind == "Secret" && kind.group.is_empty() {
        super::hide_secret(&mut object);
    }
    sorted(object)
}

/// Members by name, as kubectl writes them.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut members: Vec<(String, Value)> = map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            members.sort_by(|(one, _), (two, _)| one.cmp(two));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

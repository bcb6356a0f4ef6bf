//! What a kind or a field is for, in the words of the server's own OpenAPI document.

use std::collections::{BTreeMap, VecDeque, btree_map::Entry};

use serde_json::Value;

use super::{Execute, reads::text};
use crate::domain::{
    answer::{Answer, TextAnswer},
    failure::{Failure, FailureKind, Result},
    kind::Kind,
    step::Explain,
};

/// Where a field is looked for that was named without its kind: what most people write comes first.
const LIKELY: [&str; 12] = [
    "Pod",
    "Deployment",
    "Service",
    "Ingress",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "CronJob",
    "HorizontalPodAutoscaler",
    "PersistentVolumeClaim",
    "NetworkPolicy",
    "ConfigMap",
];
/// Deeper than any field that is written by hand.
const DEPTH: usize = 9;
const WIDTH: usize = 100;

impl Execute {
    pub(super) async fn explain(&self, step: &Explain) -> Result<Answer> {
        let mut path: Vec<String> = step
            .field
            .iter()
            .flat_map(|field| field.trim_matches('.').split('.'))
            .map(|name| name.trim_end_matches("[]").to_owned())
            .filter(|name| !name.is_empty())
            .collect();
        let kind = match &step.kind {
            Some(kind) => Some(kind.clone()),
            None => self.named_kind(&mut path).await?,
        };
        // "deployment.spec" of deployments: the kind stands there twice.
        if let (Some(kind), Some(first)) = (&kind, path.first())
            && step.kind.is_some()
            && kind.is_called(&first.to_lowercase())
        {
            path.remove(0);
        }
        if let Some(kind) = kind {
            let document = Document::read(self, &kind).await?;
            let root = document.root(&kind).ok_or_else(|| {
                Failure::new(
                    FailureKind::NotFound,
                    format!("the server serves {} and tells nothing of its fields", kind.plural),
                )
            })?;
            return match document.walk(root, &path) {
                Ok(place) => Ok(document.answer(&kind, &path, &place, step.recursive)),
                // "replicas of deployment": a part of the path is enough where it is one place.
                Err(_) if !path.is_empty() && document.below(root, &path).is_some() => {
                    let whole = document.below(root, &path).unwrap_or_default();
                    let place = document.walk(root, &whole).map_err(|missing| unknown(&kind, &missing))?;
                    Ok(document.answer(&kind, &whole, &place, step.recursive))
                }
                Err(missing) => Err(unknown(&kind, &missing)),
            };
        }
        self.anywhere(&path, step).await
    }

    /// The kind that the first part of a path names: `deploy.spec` is of deployments.
    async fn named_kind(&self, path: &mut Vec<String>) -> Result<Option<Kind>> {
        let Some(first) = path.first().map(|first| first.to_lowercase()) else {
            return Ok(None);
        };
        let known = Kind::well_known().into_iter().find(|kind| kind.is_called(&first));
        let found = match known {
            Some(kind) => Some(kind),
            // A field's name is written with capitals inside; kinds of extensions are asked for.
            None if ["spec", "status", "metadata"].contains(&first.as_str()) || path.first().is_some_and(|word| *word != first) => None,
            None => self.observe.kinds().await?.into_iter().find(|kind| kind.is_called(&first)),
        };
        if found.is_some() {
            path.remove(0);
            // "deployments.apps.spec": the group belongs to the name of the kind.
            let group = found.as_ref().and_then(|kind| kind.group.split('.').next().map(str::to_owned));
            if !path.is_empty() && path.first() == group.as_ref() {
                let parts = found.as_ref().map_or(1, |kind| kind.group.split('.').count());
                path.drain(..parts.min(path.len()));
            }
        }
        Ok(found)
    }

    async fn anywhere(&self, path: &[String], step: &Explain) -> Result<Answer> {
        // Several kinds stand in one document.
        let mut documents = BTreeMap::new();
        for name in LIKELY {
            let Some(kind) = Kind::well_known().into_iter().find(|kind| kind.kind == name) else {
                continue;
            };
            let document = match documents.entry(kind.api_version()) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unread) => unread.insert(Document::read(self, &kind).await?),
            };
            let Some(root) = document.root(&kind) else { continue };
            if let Some(whole) = document.below(root, path)
                && let Ok(place) = document.walk(root, &whole)
            {
                return Ok(document.answer(&kind, &whole, &place, step.recursive));
            }
        }
        Err(Failure::new(
            FailureKind::NotFound,
            format!("no kind that is often used has a field \"{}\"", path.join(".")),
        )
        .hint("Name the kind with it: `todo-agent kubectl explain certificate.spec`."))
    }
}

fn unknown(kind: &Kind, missing: &(String, Vec<String>)) -> Failure {
    let (name, there) = missing;
    let failure = Failure::new(FailureKind::NotFound, format!("{} have no field \"{name}\" there", kind.plural));
    let near = there
        .iter()
        .map(|known| (strsim::osa_distance(known, name), known))
        .min()
        .filter(|(distance, _)| *distance <= 2.max(name.len() / 3));
    match near {
        Some((_, near)) => failure.hint(format!("Did you mean \"{near}\"?")),
        None if there.is_empty() => failure,
        None => failure.hint(format!("There are: {}.", there.join(", "))),
    }
}

/// One group and version, as the server describes them.
struct Document(Value);

/// A field that was found.
struct Place<'a> {
    /// As the field was written where it stands: its own description.
    field: &'a Value,
    /// What it is made of.
    schema: &'a Value,
    required: bool,
}

impl Document {
    async fn read(execute: &Execute, kind: &Kind) -> Result<Self> {
        execute.observe.openapi(&kind.api_version()).await.map(Self)
    }

    fn root(&self, kind: &Kind) -> Option<&Value> {
        let schemas = self.0.pointer("/components/schemas")?.as_object()?;
        let is =
            |one: &Value| text(one, "/group") == kind.group && text(one, "/version") == kind.version && text(one, "/kind") == kind.kind;
        schemas.values().find(|schema| {
            let of = schema.get("x-kubernetes-group-version-kind").and_then(Value::as_array);
            of.is_some_and(|of| of.iter().any(is))
        })
    }

    /// What a schema refers to; items of lists and values of maps count as the list and the map.
    fn inside<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let mut here = schema;
        for _ in 0..DEPTH {
            let next = reference(here)
                .and_then(|name| self.0.pointer("/components/schemas")?.get(name))
                .or_else(|| here.get("items"))
                .or_else(|| here.get("additionalProperties").filter(|of| of.is_object()));
            match next {
                Some(next) => here = next,
                None => break,
            }
        }
        here
    }

    /// # Errors
    /// The part that is not there, and what is.
    fn walk<'a>(&'a self, root: &'a Value, path: &[String]) -> Result<Place<'a>, (String, Vec<String>)> {
        let mut place = Place {
            field: root,
            schema: root,
            required: false,
        };
        for name in path {
            let fields = fields(place.schema);
            let found = fields.iter().find(|(known, _)| *known == name);
            let found = found.or_else(|| fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)));
            let Some((known, field)) = found else {
                return Err((name.clone(), fields.iter().map(|(known, _)| (*known).to_owned()).collect()));
            };
            let required = place.schema.get("required").and_then(Value::as_array);
            place = Place {
                required: required.is_some_and(|all| all.iter().any(|one| one == *known)),
                field,
                schema: self.inside(field),
            };
        }
        Ok(place)
    }

    /// The shortest path that ends with `path`; what the server tells about a state comes after what people write.
    fn below(&self, root: &Value, path: &[String]) -> Option<Vec<String>> {
        let mut open: VecDeque<(Vec<String>, &Value)> = VecDeque::from([(Vec::new(), root)]);
        let mut late: Option<Vec<String>> = None;
        while let Some((at, schema)) = open.pop_front() {
            if self.walk(schema, path).is_ok() {
                let whole: Vec<String> = at.iter().chain(path).cloned().collect();
                let written = !matches!(whole.first().map(String::as_str), Some("status" | "metadata"));
                if written {
                    return Some(whole);
                }
                late.get_or_insert(whole);
            }
            if at.len() >= DEPTH {
                continue;
            }
            for (name, field) in fields(schema) {
                // Schemas that hold themselves have no end.
                if at.iter().any(|known| known == name) {
                    continue;
                }
                let mut next = at.clone();
                next.push(name.to_owned());
                open.push_back((next, self.inside(field)));
            }
        }
        late
    }

    fn answer(&self, kind: &Kind, path: &[String], place: &Place<'_>, recursive: bool) -> Answer {
        let mut lines = Vec::new();
        if !kind.group.is_empty() {
            lines.push(format!("GROUP:      {}", kind.group));
        }
        lines.push(format!("KIND:       {}", kind.kind));
        lines.push(format!("VERSION:    {}", kind.version));
        lines.push(String::new());
        if !path.is_empty() {
            let required = if place.required { " -required-" } else { "" };
            lines.push(format!("FIELD: {} {}{required}", path.join("."), type_of(place.field)));
            lines.push(String::new());
        }
        lines.push("DESCRIPTION:".to_owned());
        let own = text(place.field, "/description");
        let inner = text(place.schema, "/description");
        let mut told: Vec<String> = [own, inner].into_iter().filter(|told| !told.is_empty()).collect();
        told.dedup();
        if told.is_empty() {
            told.push("(the server tells none)".to_owned());
        }
        lines.extend(told.iter().flat_map(|told| wrapped(told, 4)));
        if let Some(default) = place.field.get("default").filter(|value| !value.is_object() && !value.is_array()) {
            lines.push(String::new());
            lines.push(format!("DEFAULT: {default}"));
        }
        if let Some(all) = place.schema.get("enum").and_then(Value::as_array) {
            lines.push(String::new());
            let all: Vec<String> = all.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            lines.push(format!("ONE OF: {}", all.join(", ")));
        }
        if !fields(place.schema).is_empty() {
            lines.push(String::new());
            lines.push("FIELDS:".to_owned());
            self.list(place.schema, recursive, 1, &mut Vec::new(), &mut lines);
        }
        Answer::Text(TextAnswer {
            of: std::iter::once(kind.singular())
                .chain(path.iter().cloned())
                .collect::<Vec<_>>()
                .join("."),
            format: "explanation".to_owned(),
            text: lines.join("\n") + "\n",
        })
    }

    fn list<'a>(&'a self, schema: &'a Value, recursive: bool, depth: usize, above: &mut Vec<&'a str>, lines: &mut Vec<String>) {
        let required = schema.get("required").and_then(Value::as_array);
        for (name, field) in fields(schema) {
            let must = if required.is_some_and(|all| all.iter().any(|one| one == name)) {
                " -required-"
            } else {
                ""
            };
            lines.push(format!("{}{name} {}{must}", "  ".repeat(depth), type_of(field)));
            if !recursive {
                lines.extend(wrapped(&first_sentence(&text(field, "/description")), depth * 2 + 2));
            } else if depth < DEPTH && !above.contains(&name) {
                above.push(name);
                self.list(self.inside(field), true, depth + 1, above, lines);
                above.pop();
            }
        }
    }
}

fn fields(schema: &Value) -> Vec<(&str, &Value)> {
    let all = schema.get("properties").and_then(Value::as_object);
    all.into_iter().flatten().map(|(name, field)| (name.as_str(), field)).collect()
}

/// `io.k8s.api.apps.v1.DeploymentSpec`, referred to directly or as the one of `allOf`.
fn reference(schema: &Value) -> Option<&str> {
    let direct = schema.get("$ref");
    let all = || schema.get("allOf")?.as_array()?.iter().find_map(|one| one.get("$ref"));
    direct.or_else(all)?.as_str()?.rsplit('/').next()
}

/// `<integer>`, `<[]Container>`, `<map[string]string>`, as `kubectl explain` writes them.
fn type_of(field: &Value) -> String {
    format!("<{}>", inner_type(field, 0))
}

fn inner_type(field: &Value, depth: usize) -> String {
    if let Some(name) = reference(field) {
        return name.rsplit('.').next().unwrap_or(name).to_owned();
    }
    let of = field.get("type").and_then(Value::as_str);
    match (of, field.get("items"), field.get("additionalProperties")) {
        _ if depth > 3 => "Object".to_owned(),
        (_, Some(items), _) => format!("[]{}", inner_type(items, depth + 1)),
        (_, _, Some(values)) if values.is_object() => format!("map[string]{}", inner_type(values, depth + 1)),
        (Some("object") | None, ..) => "Object".to_owned(),
        (Some(plain), ..) => plain.to_owned(),
    }
}

fn first_sentence(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let end = line.match_indices(". ").map(|(at, _)| at + 1).find(|at| *at > 20);
    line.get(..end.unwrap_or(line.len())).unwrap_or(line).to_owned()
}

fn wrapped(text: &str, indent: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = " ".repeat(indent);
        for word in paragraph.split_whitespace() {
            if line.len() > indent && line.len() + word.len() + 1 > WIDTH {
                lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
            }
            if line.len() > indent {
                line.push(' ');
            }
            line.push_str(word);
        }
        if line.trim().is_empty() {
            line.clear();
        }
        lines.push(line);
    }
    lines
}

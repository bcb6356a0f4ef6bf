//! Objects that were not there: namespaces, deployments, config maps, secrets.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::Planner;
use crate::{
    diagnostics::exposed,
    domain::{
        failure::{Failure, FailureKind, Result},
        field::FieldPath,
        kind::Kind,
        object::{ObjectRef, is_label, is_subdomain},
        plan::{Draft, How},
        step::{Contents, CreateSecret, Deploy, Step},
        undo::Reversal,
    },
};

/// Whether all of `wanted` is in an object that is there. Of its data there may be no more than is wanted: that would be another.
fn holds(wanted: &Value, there: &Value) -> bool {
    match (wanted, there) {
        (Value::Object(wanted), Value::Object(there)) => wanted.iter().all(|(key, value)| match (key.as_str(), there.get(key)) {
            ("data" | "binaryData" | "stringData" | "selector" | "matchLabels", Some(now)) => now == value,
            (_, Some(now)) => holds(value, now),
            // What is empty need not be written.
            (_, None) => value.is_null() || value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty),
        }),
        (Value::Array(wanted), Value::Array(there)) => {
            wanted.len() == there.len() && wanted.iter().zip(there).all(|(wanted, there)| holds(wanted, there))
        }
        (wanted, there) => wanted == there,
    }
}

/// The most that an object holds (`MaxSecretSize` of the API), in bytes.
const MOST: usize = 1024 * 1024;

impl Planner {
    pub(super) async fn made(&self, step: &Step, home: &str) -> Result<Draft> {
        let (kind, namespace, name, rest) = match step {
            Step::CreateNamespace(create) => ("Namespace", None, &create.name, json!({})),
            Step::CreateDeployment(deploy) => ("Deployment", Some(&deploy.namespace), &deploy.name, deployment(deploy)),
            Step::CreateConfigMap(map) => {
                let data = self.contents(&map.contents, &map.name, "config map").await?;
                ("ConfigMap", Some(&map.namespace), &map.name, text_or_bytes(data))
            }
            Step::CreateSecret(secret) => ("Secret", Some(&secret.namespace), &secret.name, self.secret(secret).await?),
            _ => {
                return Err(Failure::new(
                    FailureKind::Configuration,
                    format!("the step \"{}\" makes nothing", step.name()),
                ));
            }
        };
        check_name(name, kind)?;
        let namespace = namespace.map(|named| named.clone().unwrap_or_else(|| home.to_owned()));
        let object = ObjectRef {
            kind: well_known(kind)?,
            namespace,
            name: name.clone(),
            uid: None,
        };
        self.new_object(step, object, rest).await
    }

    /// `rest` is the object without what says which one it is.
    pub(super) async fn new_object(&self, step: &Step, object: ObjectRef, rest: Value) -> Result<Draft> {
        let there = match self.observe.get(&object).await {
            Ok(there) => there,
            // Who may not look may still make it; the server says whether it is there.
            Err(failure) if failure.kind == FailureKind::Forbidden => None,
            Err(failure) => return Err(failure),
        };
        let mut body = json!({
            "apiVersion": object.kind.api_version(),
            "kind": object.kind.kind,
            "metadata": {"name": object.name},
        });
        if let (Some(namespace), Some(metadata)) = (&object.namespace, body.get_mut("metadata")) {
            metadata["namespace"] = json!(namespace);
        }
        if let (Some(to), Value::Object(mut from)) = (body.as_object_mut(), rest) {
            if let (Some(Value::Object(more)), Some(Value::Object(metadata))) = (from.shift_remove("metadata"), to.get_mut("metadata")) {
                metadata.extend(more);
            }
            to.extend(from);
        }
        if let Some(there) = there {
            // A script that is run a second time finds what it made.
            if !holds(&body, &there) || there.pointer("/metadata/deletionTimestamp").is_some() {
                return Err(there_already(&object));
            }
            return Ok(Draft {
                step: Some(step.clone()),
                object: super::draft::identified(&object, &there)?,
                subresource: String::new(),
                how: How::Patch,
                edits: Vec::new(),
                before: there,
            });
        }
        Ok(Draft {
            step: Some(step.clone()),
            object,
            subresource: String::new(),
            how: How::Create(body),
            edits: Vec::new(),
            before: json!({}),
        })
    }

    async fn secret(&self, secret: &CreateSecret) -> Result<Value> {
        if let Some(literal) = secret.contents.literals.first() {
            let what = format!(
                "the value of {} would stand on the command line, where others can read it",
                literal.name
            );
            return Err(Failure::new(FailureKind::Refused, what)
                .hint("put it into a file of NAME=value lines: create secret … from .env")
                .hint("or into the environment: create secret … from environment NAME"));
        }
        let data = self.contents(&secret.contents, &secret.name, "secret").await?;
        let encoded: Map<String, Value> = data.into_iter().map(|(key, bytes)| (key, json!(STANDARD.encode(&bytes)))).collect();
        Ok(json!({"type": "Opaque", "data": encoded}))
    }

    /// Keys and what stands under them.
    async fn contents(&self, contents: &Contents, name: &str, what: &str) -> Result<Vec<(String, Vec<u8>)>> {
        let mut data: Vec<(String, Vec<u8>)> = Vec::new();
        for literal in &contents.literals {
            data.push((literal.name.clone(), literal.value.clone().unwrap_or_default().into_bytes()));
        }
        for file in contents.file.iter().flat_map(|list| list.split(',')) {
            let (key, path) = file.split_once('=').map_or((None, file), |(key, path)| (Some(key), path));
            let mut read = self.observe.files(path).await?;
            if let (Some(key), [(only, _)]) = (key, read.as_mut_slice()) {
                key.clone_into(only);
            }
            data.extend(read);
        }
        for path in contents.env_file.iter().flat_map(|list| list.split(',')) {
            for (_, bytes) in self.observe.files(path).await? {
                data.extend(variables(&bytes, path)?);
            }
        }
        for variable in contents
            .variables
            .iter()
            .flat_map(|list| list.split([',', ' ']))
            .filter(|name| !name.is_empty())
        {
            let value = self.observe.variable(variable).await?;
            data.push((variable.to_owned(), value.into_bytes()));
        }
        if data.is_empty() && what == "secret" {
            return Err(Failure::new(FailureKind::Unclear, format!("what shall be in the secret {name}?"))
                .hint(format!("from a file of NAME=value lines: create secret {name} from .env"))
                .hint(format!("from the environment: create secret {name} from environment DATABASE_URL")));
        }
        if let Some((wrong, _)) = data.iter().find(|(key, _)| !is_key(key)) {
            return Err(Failure::new(FailureKind::Usage, format!("\"{wrong}\" cannot be a key of a {what}"))
                .hint("letters, digits, - _ and . are allowed"));
        }
        // kubectl refuses it as well: one of both values would be lost without a word.
        let twice = data
            .iter()
            .enumerate()
            .find(|(n, (key, _))| data.iter().take(*n).any(|(known, _)| known == key));
        if let Some((_, (key, _))) = twice {
            return Err(Failure::new(
                FailureKind::Usage,
                format!("the key {key} is given twice for the {what} {name}"),
            ));
        }
        if data.iter().map(|(key, bytes)| key.len() + bytes.len()).sum::<usize>() > MOST {
            return Err(Failure::new(
                FailureKind::Usage,
                format!("a {what} holds at most 1 MiB, and this is more"),
            ));
        }
        Ok(data)
    }
}

/// Of a config map with what belongs into a Secret.
pub(super) fn in_the_open(draft: &Draft) -> Option<String> {
    let How::Create(body) = &draft.how else { return None };
    if draft.object.kind.kind != "ConfigMap" {
        return None;
    }
    let names = exposed(body);
    (!names.is_empty()).then(|| {
        format!(
            "{} may be secret: a ConfigMap is read by whoever may read the namespace, and `create secret {}` is for that",
            names.join(", "),
            draft.object.name
        )
    })
}

/// What takes it back: it is taken away again, if it is still as we made it.
pub(super) fn reversal(draft: &Draft, after: &Value) -> Reversal {
    let (How::Create(body) | How::Apply(body)) = &draft.how else {
        return super::reversal(draft, after);
    };
    Reversal::of_made(&draft.object, FieldPath::leaves(body), after)
}

pub(super) fn there_already(object: &ObjectRef) -> Failure {
    let place = object
        .namespace
        .as_ref()
        .map_or_else(String::new, |namespace| format!(" in namespace {namespace}"));
    Failure::new(
        FailureKind::Conflict,
        format!("{object} is there already{place}: nothing was changed"),
    )
    .hint(format!("Look at it: {}", object.request("describe", None)))
}

pub(super) fn well_known(kind: &str) -> Result<Kind> {
    let known = Kind::well_known().into_iter().find(|known| known.kind == kind);
    known.ok_or_else(|| Failure::new(FailureKind::Configuration, format!("the kind {kind} is not known")))
}

fn deployment(deploy: &Deploy) -> Value {
    let labels = json!({"app": deploy.name});
    let mut container = json!({"name": container_name(&deploy.image, &deploy.name), "image": deploy.image});
    if let Some(port) = deploy.port {
        container["ports"] = json!([{"containerPort": port}]);
    }
    json!({
        "metadata": {"labels": labels},
        "spec": {
            "replicas": deploy.replicas.unwrap_or(1),
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    })
}

/// As `kubectl create deployment` calls it: by the image.
fn container_name(image: &str, otherwise: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or_default();
    let name = last.split([':', '@']).next().unwrap_or_default();
    let name: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let name = name.trim_matches('-');
    if name.is_empty() { otherwise.to_owned() } else { name.to_owned() }
}

/// RFC 1123: what Kubernetes lets a name be.
fn check_name(name: &str, kind: &str) -> Result<()> {
    let good = match kind {
        "Namespace" | "Service" => is_label(name),
        _ => is_subdomain(name),
    };
    if good {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Usage,
        format!("\"{name}\" cannot be the name of a {}", kind.to_lowercase()),
    )
    .hint("small letters, digits and hyphens; it begins and ends with a letter or a digit"))
}

fn is_key(key: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=253).contains(&key.len()) && key.chars().all(allowed) && key != "." && key != ".."
}

/// `data` for what is text, `binaryData` for what is not.
fn text_or_bytes(contents: Vec<(String, Vec<u8>)>) -> Value {
    let (mut data, mut binary) = (Map::new(), Map::new());
    for (key, bytes) in contents {
        match String::from_utf8(bytes) {
            Ok(text) => drop(data.insert(key, json!(text))),
            Err(error) => drop(binary.insert(key, json!(STANDARD.encode(error.as_bytes())))),
        }
    }
    let mut rest = Map::new();
    for (part, map) in [("data", data), ("binaryData", binary)] {
        if !map.is_empty() {
            rest.insert(part.to_owned(), Value::Object(map));
        }
    }
    Value::Object(rest)
}

/// The lines of a `.env` file, as `kubectl create secret --from-env-file` reads them; quotes around a value are taken off,
/// as everything that reads such files does.
fn variables(bytes: &[u8], path: &str) -> Result<Vec<(String, Vec<u8>)>> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Failure::new(FailureKind::Usage, format!("{path} is no text: it has no lines of NAME=value")))?;
    let mut found: Vec<(String, Vec<u8>)> = Vec::new();
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = line
            .split_once('=')
            .ok_or_else(|| Failure::new(FailureKind::Usage, format!("{path}:{}: this line is no NAME=value", number + 1)))?;
        let (name, value) = (name.trim(), unquoted(value.trim()));
        found.retain(|(known, _)| known != name);
        found.push((name.to_owned(), value.as_bytes().to_vec()));
    }
    Ok(found)
}

fn unquoted(value: &str) -> &str {
    ['"', '\'']
        .into_iter()
        .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_as_it_was_to_be_made_is_made_already() {
        let wanted = json!({"metadata": {"name": "web"}, "spec": {"replicas": 1, "template": {"spec": {"containers": [{"name": "x", "image": "x:1", "resources": {}}]}}}});
        let mut there = json!({"metadata": {"name": "web", "uid": "1"}, "spec": {"replicas": 1, "paused": false, "template": {"spec": {"containers": [{"name": "x", "image": "x:1", "imagePullPolicy": "Always"}]}}}});
        assert!(holds(&wanted, &there));
        there["spec"]["template"]["spec"]["containers"][0]["image"] = json!("x:2");
        assert!(!holds(&wanted, &there));
        let map = |data: Value| json!({"metadata": {"name": "flags"}, "data": data});
        assert!(holds(&map(json!({"A": "1"})), &map(json!({"A": "1"}))));
        assert!(!holds(&map(json!({"A": "1"})), &map(json!({"A": "1", "B": "2"}))));
        assert!(!holds(&map(json!({"A": "1"})), &map(json!({"A": "2"}))));
    }
}

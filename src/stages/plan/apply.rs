//! Files of objects: read, matched with what is there, previewed by server-side apply.

use serde_json::{Value, json};

use super::{Planner, made};
use crate::domain::{
    failure::{Failure, FailureKind, Result},
    field::{FieldChange, difference, in_place},
    kind::Kind,
    object::ObjectRef,
    path::is_manifest,
    plan::{Change, Draft, How},
    step::{Apply, Step},
    undo::{Reversal, ReversedField, Way},
};

/// Objects of one request: more are too many to be read before a yes.
const MOST: usize = 200;

/// An object as a file has it.
struct Manifest {
    file: String,
    object: ObjectRef,
    body: Value,
}

impl Planner {
    pub(super) async fn applied(
        &self,
        step: &Step,
        apply: &Apply,
        home: &str,
        asked: Option<&str>,
        notes: &mut Vec<String>,
    ) -> Result<Vec<Change>> {
        let documents = self.documents(&apply.path).await?;
        let mut manifests = self.manifests(documents, home, apply.namespace.as_deref().or(asked)).await?;
        manifests.sort_by_key(|manifest| rank(&manifest.object.kind));
        let is_namespace = |manifest: &&Manifest| manifest.object.kind.kind == "Namespace";
        let namespaces: Vec<String> = manifests
            .iter()
            .filter(is_namespace)
            .map(|manifest| manifest.object.name.clone())
            .collect();
        let mut changes = Vec::new();
        for manifest in manifests {
            let draft = self.drafted(step, &manifest).await?;
            let is_new = draft.before.get("kind").is_none();
            match self.preview(draft.clone()).await {
                Ok(change) => changes.push(change),
                // Nothing can be tried in a namespace that is made by this very request.
                Err(failure) if failure.kind == FailureKind::NotFound && is_new && is_in(&namespaces, &manifest.object) => {
                    notes.push(format!(
                        "{} is shown as the file has it: its namespace is not there yet",
                        manifest.object
                    ));
                    changes.push(untried(draft));
                }
                Err(failure) => return Err(failure.hint(format!("{} stands in {}", manifest.object, manifest.file))),
            }
        }
        Ok(changes)
    }

    /// The objects that are written in the files.
    async fn documents(&self, path: &str) -> Result<Vec<(String, Value)>> {
        let mut documents = Vec::new();
        for one in path.split(',') {
            if one.contains("://") {
                let what = format!("{one} is an address: only files and folders of this machine are applied");
                return Err(Failure::new(FailureKind::Usage, what).hint("download it, look at it, and apply the file"));
            }
            let files = self.observe.files(one).await?;
            let folder = !matches!(files.as_slice(), [(name, _)] if one.ends_with(name.as_str()));
            if folder && files.iter().any(|(name, _)| name == "Chart.yaml") {
                return Err(
                    Failure::new(FailureKind::Usage, format!("{one} is a Helm chart, and no folder of objects"))
                        .hint(format!("helm fills its templates in: helm upgrade --install NAME {one}")),
                );
            }
            for (name, bytes) in files.into_iter().filter(|(name, _)| !folder || is_manifest(name)) {
                let shown = if folder {
                    let between = if one.contains('\\') { '\\' } else { '/' };
                    format!("{}{between}{name}", one.trim_end_matches(between))
                } else {
                    one.to_owned()
                };
                for document in parsed(&bytes, &shown)? {
                    documents.extend(items(document).into_iter().map(|item| (shown.clone(), item)));
                }
            }
        }
        if documents.is_empty() {
            return Err(Failure::new(FailureKind::Usage, format!("there is no object in {path}"))
                .hint("files of objects end in .yaml, .yml or .json; folders inside a folder are not looked into"));
        }
        if documents.len() > MOST {
            let what = format!("{path} holds {} objects: more than {MOST} are not applied at once", documents.len());
            return Err(Failure::new(FailureKind::Usage, what));
        }
        Ok(documents)
    }

    async fn manifests(&self, documents: Vec<(String, Value)>, home: &str, asked: Option<&str>) -> Result<Vec<Manifest>> {
        let mut manifests: Vec<Manifest> = Vec::new();
        for (file, mut body) in documents {
            let (kind, name) = self.identity(&body, &file).await?;
            let named = body.pointer("/metadata/namespace").and_then(Value::as_str).map(str::to_owned);
            if let (Some(named), Some(asked)) = (&named, asked)
                && kind.namespaced
                && named != asked
            {
                let what = format!(
                    "{file}: {}/{name} is for the namespace \"{named}\", and \"{asked}\" was asked for",
                    kind.singular()
                );
                return Err(Failure::new(FailureKind::Usage, what).hint(format!(
                    "leave `-n {asked}` away, or take `namespace: {named}` out of the file; nothing was changed"
                )));
            }
            let namespace = kind.namespaced.then(|| named.unwrap_or_else(|| asked.unwrap_or(home).to_owned()));
            if let (Some(namespace), Some(metadata)) = (&namespace, body.get_mut("metadata").and_then(Value::as_object_mut)) {
                metadata.insert("namespace".to_owned(), json!(namespace));
            }
            let object = ObjectRef {
                kind,
                namespace,
                name,
                uid: None,
            };
            if let Some(other) = manifests.iter().find(|other| other.object.same_name(&object)) {
                let what = format!("{object} stands twice: in {} and in {file}", other.file);
                return Err(Failure::new(FailureKind::Usage, what));
            }
            manifests.push(Manifest { file, object, body });
        }
        Ok(manifests)
    }

    /// Kind and name. Kinds that not every cluster has are looked up.
    pub(super) async fn identity(&self, body: &Value, file: &str) -> Result<(Kind, String)> {
        let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
        let lacks = |what: &str| Failure::new(FailureKind::Usage, format!("{file}: an object has no {what}"));
        let version = text("/apiVersion").ok_or_else(|| lacks("apiVersion"))?;
        let kind = text("/kind").ok_or_else(|| lacks("kind"))?;
        let name = text("/metadata/name").ok_or_else(|| lacks("metadata.name"))?;
        let is = |known: &Kind| known.api_version() == version && known.kind == kind;
        if let Some(found) = Kind::well_known().into_iter().find(is) {
            return Ok((found, name.to_owned()));
        }
        let served = self.observe.kinds().await?;
        let found = served.into_iter().find(is).ok_or_else(|| {
            Failure::new(FailureKind::NotFound, format!("{file}: the cluster serves no {kind} of {version}"))
                .hint("what defines the kind must be there first, or the version is another one")
        })?;
        Ok((found, name.to_owned()))
    }

    async fn drafted(&self, step: &Step, manifest: &Manifest) -> Result<Draft> {
        let before = self.observe.get(&manifest.object).await?;
        let uid = before
            .as_ref()
            .and_then(|before| before.pointer("/metadata/uid"))
            .and_then(Value::as_str);
        let object = ObjectRef {
            uid: uid.map(str::to_owned),
            ..manifest.object.clone()
        };
        Ok(Draft {
            step: Some(step.clone()),
            object,
            subresource: String::new(),
            how: How::Apply(manifest.body.clone()),
            edits: Vec::new(),
            before: before.unwrap_or_else(|| json!({})),
        })
    }
}

/// Fields that change get their old values again; an object that is new is taken away.
pub(super) fn reversal(draft: &Draft, after: &Value, diff: &[FieldChange]) -> Reversal {
    if draft.before.get("kind").is_none() {
        return made::reversal(draft, after);
    }
    let fields = in_place(diff.to_vec(), &draft.before, after);
    Reversal {
        object: draft.object.clone(),
        subresource: String::new(),
        fields: fields.into_iter().map(ReversedField::from).collect(),
        way: Way::Fields,
    }
}

fn untried(draft: Draft) -> Change {
    let after = match &draft.how {
        How::Apply(body) => body.clone(),
        _ => Value::Null,
    };
    Change {
        diff: difference(&draft.before, &after),
        reversal: Some(made::reversal(&draft, &after)),
        after,
        draft,
    }
}

fn is_in(namespaces: &[String], object: &ObjectRef) -> bool {
    object.namespace.as_ref().is_some_and(|namespace| namespaces.contains(namespace))
}

/// What others need comes first.
fn rank(kind: &Kind) -> u8 {
    match kind.kind.as_str() {
        "Namespace" => 0,
        "CustomResourceDefinition" => 1,
        "ServiceAccount" | "Role" | "RoleBinding" | "ClusterRole" | "ClusterRoleBinding" | "StorageClass" => 2,
        "ConfigMap" | "Secret" | "PersistentVolume" | "PersistentVolumeClaim" => 3,
        "Service" => 4,
        _ => 5,
    }
}

fn parsed(bytes: &[u8], file: &str) -> Result<Vec<Value>> {
    let unreadable = |why: &str| Failure::new(FailureKind::Usage, format!("{file} cannot be read as YAML or JSON")).hint(why);
    let text = std::str::from_utf8(bytes).map_err(|error| unreadable(&error.to_string()))?;
    // What a config map or a rule holds may look like a template and is none; a chart's template is seldom YAML.
    let template = || {
        let what = format!("{file} is a template, and no object yet");
        Failure::new(FailureKind::Usage, what).hint("charts are installed with helm, which fills templates in")
    };
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).map_err(|error| match text.contains("{{") && text.contains("}}") {
        true => template(),
        false => unreadable(error.to_string().lines().next().unwrap_or_default()),
    })?;
    if documents.iter().any(is_unfilled) {
        return Err(template());
    }
    Ok(documents.into_iter().filter(|document| !document.is_null()).collect())
}

/// Its kind or its name is still to be filled in.
fn is_unfilled(document: &Value) -> bool {
    ["/kind", "/metadata/name", "/metadata/namespace", "/metadata/labels", "/spec"]
        .iter()
        .any(|pointer| match document.pointer(pointer) {
            Some(Value::String(said)) => said.contains("{{"),
            // `name: {{ .Values.name }}` without quotes is a map of a map.
            Some(Value::Object(map)) if *pointer != "/metadata/labels" && *pointer != "/spec" => !map.is_empty(),
            _ => false,
        })
}

/// A list is what it holds.
fn items(document: Value) -> Vec<Value> {
    let is_list = document.get("kind").and_then(Value::as_str) == Some("List");
    match document.get("items").and_then(Value::as_array) {
        Some(items) if is_list => items.clone(),
        _ => vec![document],
    }
}

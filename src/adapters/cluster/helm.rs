//! What Helm keeps of its releases in the cluster: Secrets of type `helm.sh/release.v1`, base64 over gzip over JSON.

use std::io::Read;

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::read::GzDecoder;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Cluster;
use crate::{
    domain::{failure::Result, kind::Kind, ports::observe::Query, release::Release},
    redact::Redactor,
};

/// More than a Secret can hold, unpacked.
const MOST: u64 = 64 * 1024 * 1024;

impl Cluster {
    pub(super) async fn read_releases(&self, namespace: Option<&str>, name: Option<&str>) -> Result<Vec<Release>> {
        let Some(kind) = Kind::well_known().into_iter().find(|kind| kind.kind == "Secret") else {
            return Ok(Vec::new());
        };
        let labels = name.map_or_else(|| "owner=helm".to_owned(), |name| format!("owner=helm,name={name}"));
        let query = Query {
            labels: Some(labels),
            fields: Some("type=helm.sh/release.v1".to_owned()),
            ..Query::all(kind, namespace.map(str::to_owned))
        };
        let mut releases: Vec<Release> = self.read_list(&query).await?.iter().filter_map(release).collect();
        releases.sort_by(|a, b| (&a.namespace, &a.name, a.revision).cmp(&(&b.namespace, &b.name, b.revision)));
        Ok(releases)
    }
}

/// `None` for a record that is damaged or of another make.
fn release(secret: &Value) -> Option<Release> {
    let packed = STANDARD.decode(secret.pointer("/data/release")?.as_str()?).ok()?;
    let zipped = STANDARD.decode(&packed).ok()?;
    let mut json = String::new();
    GzDecoder::new(zipped.as_slice()).take(MOST).read_to_string(&mut json).ok()?;
    let record: Value = serde_json::from_str(&json).ok()?;
    let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut values = Vec::new();
    flatten("", record.get("config").unwrap_or(&Value::Null), &mut values);
    Some(Release {
        name: text("/name"),
        namespace: text("/namespace"),
        revision: record.get("version").and_then(Value::as_u64)?,
        status: text("/info/status"),
        updated: text("/info/last_deployed").parse().ok(),
        chart: format!("{}-{}", text("/chart/metadata/name"), text("/chart/metadata/version")),
        app_version: text("/chart/metadata/appVersion"),
        description: text("/info/description"),
        values,
        digest: Sha256::digest(text("/manifest")).iter().map(|byte| format!("{byte:02x}")).collect(),
        manifest: text("/manifest"),
        hooks: record
            .get("hooks")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(hook)
            .collect(),
    })
}

fn hook(hook: &Value) -> (String, Vec<String>) {
    let text = |key: &str| hook.get(key).and_then(Value::as_str).unwrap_or_default();
    let events = hook.get("events").and_then(Value::as_array).into_iter().flatten();
    (
        format!("{}/{}", text("kind").to_lowercase(), text("name")),
        events.filter_map(Value::as_str).map(str::to_owned).collect(),
    )
}

/// `backend.replicas` and `2`; what stands under a secret name, or below it, is hidden.
fn flatten(path: &str, value: &Value, values: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                flatten(&path, inner, values);
            }
        }
        Value::Null => {}
        other => {
            let redactor = Redactor::default();
            let is_hidden = path.split('.').any(crate::redact::is_secret_name);
            let shown = if is_hidden {
                "•••".to_owned()
            } else {
                match redactor.under(path.rsplit('.').next().unwrap_or(path), other) {
                    Value::String(text) => text,
                    plain => plain.to_string(),
                }
            };
            values.push((path.to_owned(), shown));
        }
    }
}

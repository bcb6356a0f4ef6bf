//! Containers and images as an engine lists them.

use serde_json::Value;

/// The first name of a container, without its slash; empty where it has none.
#[must_use]
pub fn container_name(container: &Value) -> &str {
    let name = container.pointer("/Names/0").and_then(Value::as_str).unwrap_or_default();
    name.trim_start_matches('/')
}

/// What an image is called; one without a name has none.
pub fn image_names(image: &Value) -> impl Iterator<Item = &str> {
    let names = image.get("RepoTags").and_then(Value::as_array).into_iter().flatten();
    names.filter_map(Value::as_str).filter(|name| *name != "<none>:<none>")
}

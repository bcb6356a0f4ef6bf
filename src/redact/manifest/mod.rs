//! Kubernetes Secrets inside a text: manifests in YAML or JSON, as `kubectl get -o yaml` prints them, whole or cut off.

mod json;
mod yaml;

use std::borrow::Cow;

pub fn hide(text: &str) -> Cow<'_, str> {
    if !text.contains("Secret") && !text.contains("stringData") {
        return Cow::Borrowed(text);
    }
    let out = yaml::hide(text).map_or(Cow::Borrowed(text), Cow::Owned);
    match json::hide(&out) {
        Some(changed) => Cow::Owned(changed),
        None => out,
    }
}

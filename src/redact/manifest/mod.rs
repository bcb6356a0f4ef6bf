//! Kubernetes Secrets inside a text: manifests in YAML or JSON, as `kubectl get -o yaml` prints them, whole or cut off.

mod flow;
mod json;
mod patch;
mod yaml;

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;

/// `kubectl patch secret s1 -p …`: what is patched is named outside of the JSON.
static PATCHED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\bpatch\b[^\n]*\bsecrets?\b").ok());

pub fn hide(text: &str) -> Cow<'_, str> {
    if let Some(changed) = patch::hide(text) {
        return Cow::Owned(hide(&changed).into_owned());
    }
    let patched = text.contains("patch") && PATCHED.as_ref().is_some_and(|regex| regex.is_match(text));
    if !patched && !text.contains("Secret") && !text.contains("stringData") {
        return Cow::Borrowed(text);
    }
    let out = yaml::hide(text).map_or(Cow::Borrowed(text), Cow::Owned);
    let out = flow::hide(&out).map_or(out, Cow::Owned);
    match json::hide(&out, patched) {
        Some(changed) => Cow::Owned(changed),
        None => out,
    }
}

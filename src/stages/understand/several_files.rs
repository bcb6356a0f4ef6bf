//! "Apply a.yaml and b.yaml": several files in one request, as `kubectl apply -f a.yaml -f b.yaml` takes them.

use super::{beside::looks_like_path, form::Form};
use crate::fallbacks::quoted;

const NOUNS: [&str; 11] = [
    "the",
    "my",
    "our",
    "file",
    "files",
    "manifest",
    "manifests",
    "both",
    "yaml",
    "and",
    "&",
];

/// The command; `None` for everything else.
pub(super) fn command(form: &Form) -> Option<String> {
    let verb = match form.verb.as_str() {
        "apply" | "deploy" => "apply",
        "diff" => "diff",
        _ => return None,
    };
    let parts = form.rest.iter().flat_map(|word| match word.quoted {
        true => vec![word.text.as_str()],
        false => word.text.split(',').collect(),
    });
    let paths: Vec<&str> = parts.filter(|word| !NOUNS.contains(&word.to_lowercase().as_str())).collect();
    if paths.len() < 2 || !paths.iter().all(|path| looks_like_path(path)) {
        return None;
    }
    let given: String = paths.iter().map(|path| format!(" -f {}", quoted(path))).collect();
    let place = form
        .namespace
        .as_ref()
        .map_or_else(String::new, |namespace| format!(" -n {namespace}"));
    Some(format!("kubectl {verb}{given}{place}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_and_nothing_else_are_taken_together() {
        for (text, expected) in [
            ("apply a.yaml and b.yaml", "kubectl apply -f a.yaml -f b.yaml"),
            (
                "please deploy the files a.yaml, k8s/b.yml and c/",
                "kubectl apply -f a.yaml -f k8s/b.yml -f c/",
            ),
            (
                "we need to apply backend.yaml and service.yaml",
                "kubectl apply -f backend.yaml -f service.yaml",
            ),
            (
                "could you apply a.yaml & b.yaml in namespace shop please?",
                "kubectl apply -f a.yaml -f b.yaml -n shop",
            ),
            ("diff a.yaml b.yaml", "kubectl diff -f a.yaml -f b.yaml"),
            ("apply a.yaml", ""),
            ("don't apply a.yaml and b.yaml", ""),
            ("apply a.yaml and restart the backend", ""),
            ("apply a.yaml and not b.yaml", ""),
            ("can I apply a.yaml and b.yaml?", ""),
            ("apply a.yaml and b.yaml?", ""),
            ("apply .. a.yaml b.yaml", "kubectl apply -f .. -f a.yaml -f b.yaml"),
            ("apply a.yaml and b.yaml in the same namespace", ""),
            ("apply a.yaml or b.yaml", ""),
            ("apply a.yaml and b.yaml if the tests pass", ""),
            ("delete a.yaml and b.yaml", ""),
        ] {
            let told = Form::of(text).as_ref().and_then(command);
            assert_eq!(told.unwrap_or_default(), expected, "{text}");
        }
    }
}

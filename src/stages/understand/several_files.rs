//! "Apply a.yaml and b.yaml": several files in one request, as `kubectl apply -f a.yaml -f b.yaml` takes them.

use super::{beside::looks_like_path, token::looks_like_name};
use crate::{domain::said, fallbacks::quoted};

/// What may be said before the verb and asks for it all the same.
const LEADS: [&str; 10] = ["please", "kindly", "can", "could", "would", "you", "we", "i", "need", "to"];
const NOUNS: [&str; 9] = ["the", "my", "our", "file", "files", "manifest", "manifests", "both", "yaml"];
const TAILS: [&str; 4] = ["please", "pls", "thanks", "thx"];

/// The command; `None` for everything else.
pub(super) fn command(text: &str) -> Option<String> {
    let words: Vec<&str> = text
        .split([' ', '\t', ','])
        .map(|word| word.trim_end_matches(['.', '?', '!']))
        .filter(|word| !word.is_empty())
        .collect();
    let begin = words.iter().position(|word| !LEADS.contains(&said::bare(word).as_str()))?;
    let end = words.iter().rposition(|word| !TAILS.contains(&said::bare(word).as_str()))? + 1;
    let (verb, rest) = words.get(begin..end)?.split_first()?;
    let verb = match said::bare(verb).as_str() {
        "apply" | "deploy" => "apply",
        "diff" => "diff",
        _ => return None,
    };
    let (files, namespace) = placed(rest)?;
    let small = |word: &str| matches!(word, "and" | "&") || NOUNS.contains(&word);
    let paths: Vec<&&str> = files.iter().filter(|word| !small(&said::bare(word))).collect();
    if paths.len() < 2 || !paths.iter().all(|path| looks_like_path(path)) {
        return None;
    }
    let given: String = paths.iter().map(|path| format!(" -f {}", quoted(path))).collect();
    let place = namespace.map_or_else(String::new, |namespace| format!(" -n {namespace}"));
    Some(format!("kubectl {verb}{given}{place}"))
}

/// The words before "in namespace shop", and the name.
fn placed<'a>(words: &'a [&'a str]) -> Option<(&'a [&'a str], Option<&'a str>)> {
    let (files, name) = match words {
        [files @ .., "in" | "to" | "into", "the", name, "namespace"]
        | [files @ .., "in" | "to" | "into", "namespace", name]
        | [files @ .., "-n", name] => (files, Some(*name)),
        files => (files, None),
    };
    name.is_none_or(looks_like_name).then_some((files, name))
}

#[cfg(test)]
mod tests {
    use super::command;

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
            ("apply a.yaml or b.yaml", ""),
            ("apply a.yaml and b.yaml if the tests pass", ""),
            ("delete a.yaml and b.yaml", ""),
        ] {
            assert_eq!(command(text).unwrap_or_default(), expected, "{text}");
        }
    }
}

//! The regular forms of English verbs and nouns. Irregular forms stand in the lexicon.

use super::Form;

/// The forms of a verb; of an expression (`scale up`) its first word is inflected.
pub(super) fn verb(base: &str) -> Vec<(String, Form)> {
    let (first, rest) = base.split_once(' ').map_or((base, None), |(first, rest)| (first, Some(rest)));
    let whole = |form: String| rest.map_or_else(|| form.clone(), |rest| format!("{form} {rest}"));
    vec![
        (base.to_owned(), Form::Base),
        (whole(plural(first)), Form::Third),
        (whole(past(first)), Form::Past),
        (whole(gerund(first)), Form::Gerund),
    ]
}

/// `copies`, `patches`, `pods`.
pub(super) fn plural(word: &str) -> String {
    let ends = |end: &[&str]| end.iter().any(|e| word.ends_with(e));
    match word.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if ends(&["s", "x", "z", "ch", "sh"]) => format!("{word}es"),
        _ => format!("{word}s"),
    }
}

fn past(word: &str) -> String {
    match word.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ied"),
        _ if word.ends_with('e') => format!("{word}d"),
        _ => format!("{}ed", doubled(word)),
    }
}

fn gerund(word: &str) -> String {
    match word.strip_suffix('e') {
        Some(stem) if !stem.ends_with(['e', 'o', 'y']) => format!("{stem}ing"),
        _ => format!("{}ing", doubled(word)),
    }
}

/// `stop` → `stopp`: one syllable that ends in consonant, vowel, consonant.
fn doubled(word: &str) -> String {
    let vowel = |c: &char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u');
    let chars: Vec<char> = word.chars().collect();
    match chars.as_slice() {
        [head @ .., a, b, c]
            if !vowel(a) && vowel(b) && !vowel(c) && !matches!(c, 'w' | 'x' | 'y') && !head.iter().any(|c| vowel(c) || *c == 'y') =>
        {
            format!("{word}{c}")
        }
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regular_verbs_have_four_forms() {
        let forms = |base: &str| verb(base).into_iter().map(|(form, _)| form).collect::<Vec<_>>().join(" ");
        assert_eq!(forms("scale"), "scale scales scaled scaling");
        assert_eq!(forms("stop"), "stop stops stopped stopping");
        assert_eq!(forms("apply"), "apply applies applied applying");
        assert_eq!(forms("restart"), "restart restarts restarted restarting");
        assert_eq!(forms("roll out"), "roll out rolls out rolled out rolling out");
        assert_eq!(forms("bounce"), "bounce bounces bounced bouncing");
        assert_eq!(forms("patch"), "patch patches patched patching");
        assert_eq!(plural("copy"), "copies");
    }
}

//! "Change LOG_LEVEL in configmap todo-config to debug": what a ConfigMap holds is changed by kubectl.

use super::{refuse::declined, token};
use crate::domain::{
    intent::{Declined, DeclinedReason},
    said,
};

const VERBS: [&str; 9] = ["change", "set", "update", "edit", "put", "modify", "add", "replace", "switch"];
const KEEPERS: [&str; 4] = ["configmap", "cm", "config-map", "configmaps"];
const SMALL: [&str; 8] = ["the", "my", "key", "value", "of", "called", "named", "a"];

/// The command that does it; `None` for everything else.
pub(super) fn changed(text: &str) -> Option<Declined> {
    let text = text.replace('=', " to ");
    let lower = text.to_lowercase();
    if !lower.contains("config") && !lower.contains(" cm ") {
        return None;
    }
    let words = said::words(&lower.replace("config map", "configmap"));
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| !SMALL.contains(word)).collect();
    let [verb, rest @ ..] = words.as_slice() else { return None };
    let (key, of, value) = match rest {
        [key, "in" | "on" | "from", of @ .., "to", value] => (key, of, value),
        [key, "to" | "from", value, "in" | "on" | "to" | "into", of @ ..] => (key, of, value),
        _ => return None,
    };
    let name = match of {
        [kind, name] | [name, kind] if KEEPERS.contains(kind) => name,
        _ => return None,
    };
    let named = VERBS.contains(verb) && token::looks_like_name(name);
    let (key, value) = (said::typed(&text, key).unwrap_or(key), said::typed(&text, value).unwrap_or(value));
    named.then(|| Declined {
        why: Some(format!(
            "Changing what a ConfigMap holds is not built yet; `todo-agent gate --allow change -- kubectl patch configmap {name} \
             --type=merge -p '{{\"data\":{{\"{key}\":\"{value}\"}}}}'` does it, and pods that read it as variables see it after a restart"
        )),
        unexplained: vec![key.to_owned()],
        suggestions: vec![format!("describe configmap {name}")],
        ..declined(DeclinedReason::NotBuilt)
    })
}

#[cfg(test)]
mod tests {
    use super::changed;

    #[test]
    fn the_command_has_the_key_and_the_value_as_they_were_typed() {
        for (text, expected) in [
            ("change LOG_LEVEL in configmap todo-config to Debug", "todo-config LOG_LEVEL Debug"),
            ("set the key LOG_LEVEL of the config map todo-config to debug", ""),
            ("set LOG_LEVEL to debug in the todo-config configmap", "todo-config LOG_LEVEL debug"),
            ("set LOG_LEVEL=debug in configmap todo-config", "todo-config LOG_LEVEL debug"),
            ("add DEBUG=1 to configmap todo-confg", "todo-confg DEBUG 1"),
            ("add a configmap named app-config with A=1", ""),
            ("change LOG_LEVEL on the backend to debug", ""),
            ("delete configmap todo-config", ""),
        ] {
            let why = changed(text).and_then(|declined| declined.why).unwrap_or_default();
            let name = why
                .split("configmap ")
                .nth(1)
                .and_then(|rest| rest.split(' ').next())
                .unwrap_or_default();
            let data: Vec<&str> = why.split('"').collect();
            let told = [name, data.get(3).unwrap_or(&""), data.get(5).unwrap_or(&"")].join(" ");
            assert_eq!(told.trim(), expected, "{text}");
        }
    }
}

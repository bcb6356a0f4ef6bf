//! One configuration file: TOML with a closed set of keys. What is wrong is told with file and line.

use std::{collections::BTreeMap, path::Path};

use toml::de::{DeTable, DeValue};

use super::settings::{ColorWhen, Format, Options};
use crate::domain::{
    errand::Setup,
    failure::{Failure, FailureKind, Result},
};

/// Whose file it is decides what may stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    User,
    Project,
}

const KEYS: [&str; 8] = ["namespace", "context", "output", "color", "timeout", "no_ai", "with", "tools"];
/// AI tools that something can be set for.
const TOOLS: [&str; 1] = ["kubectl-ai"];
/// Permissions: they stand on the command line of the one command that needs them, and nowhere else.
const NEVER: [&str; 5] = ["yes", "allow_remote", "allow_destroy", "require_real", "state_dir"];
/// Where to connect and what to run: never a project's business, because a project is often somebody else's work.
const NOT_OF_PROJECTS: [&str; 11] = [
    "context",
    "kubeconfig",
    "server",
    "endpoint",
    "endpoints",
    "base_url",
    "docker_host",
    "model",
    "tools",
    "path",
    "trust",
];

/// Reads the text of a file.
///
/// # Errors
/// Syntax, unknown keys, wrong values, and keys that may not stand in a file of this owner.
pub fn read(path: &Path, text: &str, owner: Owner) -> Result<Options> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        wrong(path, line, error.message())
    })?;
    let mut options = Options::default();
    for (key, value) in table.get_ref() {
        let line = line_of(text, key.span().start);
        set(&mut options, key.get_ref(), value.get_ref(), owner).map_err(|problem| problem.at(path, line))?;
    }
    Ok(options)
}

/// What is wrong with one key.
struct Problem {
    what: String,
    hint: Option<String>,
}

impl Problem {
    fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: None,
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    fn at(self, path: &Path, line: usize) -> Failure {
        let failure = wrong(path, line, &self.what);
        match self.hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

fn wrong(path: &Path, line: usize, what: &str) -> Failure {
    Failure::new(FailureKind::Configuration, format!("{}:{line}: {what}", path.display()))
}

fn set(options: &mut Options, key: &str, value: &DeValue<'_>, owner: Owner) -> std::result::Result<(), Problem> {
    let name = key.replace('-', "_");
    if NEVER.contains(&name.as_str()) {
        return Err(Problem::new(format!("`{key}` may not stand in a configuration file")).hint(format!(
            "It is given with each command that needs it: `--{}`.",
            name.replace('_', "-")
        )));
    }
    if owner == Owner::Project && NOT_OF_PROJECTS.contains(&name.as_str()) {
        return Err(Problem::new(format!("`{key}` may not stand in a project's configuration")).hint(
            "A project does not say where to connect or what to run: it may stand in your own configuration file, or on the command line.",
        ));
    }
    match key {
        "namespace" => options.namespace = Some(text(key, value)?),
        "context" => options.context = Some(text(key, value)?),
        "output" => options.output = Some(one_of(key, value, &Format::ALL)?),
        "color" => options.color = Some(one_of(key, value, &ColorWhen::ALL)?),
        "timeout" => options.timeout_seconds = Some(seconds(key, value)?),
        "no_ai" => options.no_ai = Some(flag(key, value)?),
        "with" => options.with_tool = Some(text(key, value)?),
        "tools" => options.tools = tools(value)?,
        _ => {
            let problem = Problem::new(format!("unknown key `{key}`"));
            return Err(match nearest(key) {
                Some(near) => problem.hint(format!("Did you mean `{near}`?")),
                None => problem.hint(format!("Known keys: {}.", KEYS.join(", "))),
            });
        }
    }
    Ok(())
}

/// `[tools.kubectl-ai]` with `provider` and `model`.
fn tools(value: &DeValue<'_>) -> std::result::Result<BTreeMap<String, Setup>, Problem> {
    let table = |key: &str, value: &DeValue<'_>| {
        let problem = Problem::new(format!("`{key}` must be a table, not {}", article(value)));
        problem.hint("Such as `[tools.kubectl-ai]`, and below it `provider = \"openai\"` and `model = \"…\"`.")
    };
    let tools = value.as_table().ok_or_else(|| table("tools", value))?;
    let mut setups = BTreeMap::new();
    for (name, value) in tools {
        let name = name.get_ref();
        if !TOOLS.contains(&name.as_ref()) {
            let problem = Problem::new(format!("nothing can be set for a tool `{name}`"));
            return Err(problem.hint(format!("Tools that something can be set for: {}.", TOOLS.join(", "))));
        }
        let value = value.get_ref();
        let mut setup = Setup::default();
        for (key, value) in value.as_table().ok_or_else(|| table(name, value))? {
            let (key, value) = (key.get_ref().as_ref(), value.get_ref());
            match key {
                "provider" => setup.provider = Some(text(key, value)?),
                "model" => setup.model = Some(text(key, value)?),
                _ => return Err(Problem::new(format!("unknown key `{key}` of {name}")).hint("Known keys: provider, model.")),
            }
        }
        setups.insert(name.to_string(), setup);
    }
    Ok(setups)
}

fn nearest(key: &str) -> Option<&'static str> {
    let normal = key.replace('-', "_").to_lowercase();
    KEYS.into_iter()
        .map(|known| (strsim::damerau_levenshtein(&normal, known), known))
        .filter(|(distance, known)| *distance <= 2.min(known.len() / 2))
        .min()
        .map(|(_, known)| known)
}

fn text(key: &str, value: &DeValue<'_>) -> std::result::Result<String, Problem> {
    match value.as_str() {
        Some("") => Err(Problem::new(format!("`{key}` is empty"))),
        Some(text) => Ok(text.to_owned()),
        None => Err(Problem::new(format!("`{key}` must be a text in quotes, not {}", article(value)))),
    }
}

fn flag(key: &str, value: &DeValue<'_>) -> std::result::Result<bool, Problem> {
    value
        .as_bool()
        .ok_or_else(|| Problem::new(format!("`{key}` must be true or false, not {}", article(value))))
}

fn one_of<T: Copy>(key: &str, value: &DeValue<'_>, all: &[(&'static str, T)]) -> std::result::Result<T, Problem> {
    let said = text(key, value)?;
    let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    all.iter()
        .find(|(name, _)| *name == said)
        .map(|(_, choice)| *choice)
        .ok_or_else(|| Problem::new(format!("`{key}` is `{said}`; it must be one of {}", names.join(", "))))
}

fn seconds(key: &str, value: &DeValue<'_>) -> std::result::Result<u64, Problem> {
    let said = text(key, value).map_err(|problem| problem.hint("Such as `timeout = \"2m\"`."))?;
    super::settings::parse_seconds(&said)
        .ok_or_else(|| Problem::new(format!("`{key}` is `{said}`, which is no duration")).hint("Such as \"90s\", \"2m\" or \"1h\"."))
}

fn article(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()
        .get(..at)
        .unwrap_or_default()
        .iter()
        .filter(|b| **b == b'\n')
        .count()
        + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_as(owner: Owner, text: &str) -> std::result::Result<Options, (String, Vec<String>)> {
        read(Path::new("c.toml"), text, owner).map_err(|failure| (failure.what, failure.hints))
    }

    #[test]
    fn every_key_of_a_user() {
        let text = "\u{feff}# mine\nnamespace = \"todo\"\ncontext = \"minikube\"\noutput = \"json\"\ncolor = \"never\"\ntimeout = \"2m\"\nno_ai = true\nwith = \"kubectl-ai\"\n[tools.kubectl-ai]\nprovider = \"openai\"\nmodel = \"gpt-5\"\n";
        let expected = Options {
            namespace: Some("todo".to_owned()),
            context: Some("minikube".to_owned()),
            output: Some(Format::Json),
            color: Some(ColorWhen::Never),
            timeout_seconds: Some(120),
            no_ai: Some(true),
            with_tool: Some("kubectl-ai".to_owned()),
            tools: BTreeMap::from([(
                "kubectl-ai".to_owned(),
                Setup {
                    provider: Some("openai".to_owned()),
                    model: Some("gpt-5".to_owned()),
                },
            )]),
        };
        assert_eq!(read_as(Owner::User, text), Ok(expected));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let cases = [
            (
                Owner::User,
                "\nnamspace = \"x\"",
                "c.toml:2: unknown key `namspace`",
                "Did you mean `namespace`?",
            ),
            (
                Owner::User,
                "no-ai = true",
                "c.toml:1: unknown key `no-ai`",
                "Did you mean `no_ai`?",
            ),
            (
                Owner::User,
                "zzz = 1",
                "c.toml:1: unknown key `zzz`",
                "Known keys: namespace, context, output, color, timeout, no_ai, with, tools.",
            ),
            (
                Owner::User,
                "yes = true",
                "c.toml:1: `yes` may not stand in a configuration file",
                "It is given with each command that needs it: `--yes`.",
            ),
            (
                Owner::User,
                "allow-remote = true",
                "c.toml:1: `allow-remote` may not stand in a configuration file",
                "It is given with each command that needs it: `--allow-remote`.",
            ),
            (
                Owner::Project,
                "namespace = \"x\"\ncontext = \"prod\"",
                "c.toml:2: `context` may not stand in a project's configuration",
                "A project does not say where to connect or what to run: it may stand in your own configuration file, or on the command line.",
            ),
            (
                Owner::Project,
                "[tools]\nkubectl-ai = \"./evil\"",
                "c.toml:1: `tools` may not stand in a project's configuration",
                "A project does not say where to connect or what to run: it may stand in your own configuration file, or on the command line.",
            ),
            (
                Owner::User,
                "tools = 3",
                "c.toml:1: `tools` must be a table, not a number",
                "Such as `[tools.kubectl-ai]`, and below it `provider = \"openai\"` and `model = \"…\"`.",
            ),
            (
                Owner::User,
                "[tools.kubectl-ai]\nkey = \"x\"",
                "c.toml:1: unknown key `key` of kubectl-ai",
                "Known keys: provider, model.",
            ),
            (
                Owner::User,
                "[tools.gordon]",
                "c.toml:1: nothing can be set for a tool `gordon`",
                "Tools that something can be set for: kubectl-ai.",
            ),
            (
                Owner::User,
                "timeout = \"soon\"",
                "c.toml:1: `timeout` is `soon`, which is no duration",
                "Such as \"90s\", \"2m\" or \"1h\".",
            ),
        ];
        for (owner, text, what, hint) in cases {
            assert_eq!(read_as(owner, text), Err((what.to_owned(), vec![hint.to_owned()])), "{text}");
        }
        let bare = [
            (
                "output = \"xml\"",
                "c.toml:1: `output` is `xml`; it must be one of text, json, jsonl",
            ),
            ("no_ai = \"yes\"", "c.toml:1: `no_ai` must be true or false, not a text"),
            ("namespace = 3", "c.toml:1: `namespace` must be a text in quotes, not a number"),
            ("namespace = \"\"", "c.toml:1: `namespace` is empty"),
        ];
        for (text, what) in bare {
            assert_eq!(read_as(Owner::User, text), Err((what.to_owned(), Vec::new())), "{text}");
        }
        let (what, _) = read_as(Owner::User, "a = 1\nb = = 2").unwrap_err();
        assert!(what.starts_with("c.toml:2: "), "{what}");
    }
}

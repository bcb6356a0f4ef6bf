//! Options and where they come from: command line, environment, the project's file, the user's file, in this order.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use super::{
    dirs::Dirs,
    file::{self, Owner},
};
use crate::domain::{
    errand::Setup,
    failure::{Failure, FailureKind, Result},
};

/// `--output`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Text,
    /// One document at the end.
    Json,
    /// One event a line, as it happens.
    Jsonl,
}

impl Format {
    pub const ALL: [(&'static str, Self); 3] = [("text", Self::Text), ("json", Self::Json), ("jsonl", Self::Jsonl)];
}

/// `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColorWhen {
    Auto,
    Always,
    Never,
}

impl ColorWhen {
    pub const ALL: [(&'static str, Self); 3] = [("auto", Self::Auto), ("always", Self::Always), ("never", Self::Never)];
}

/// What one source says; `None` where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    pub namespace: Option<String>,
    /// Never from a project.
    pub context: Option<String>,
    pub output: Option<Format>,
    pub color: Option<ColorWhen>,
    pub timeout_seconds: Option<u64>,
    pub no_ai: Option<bool>,
    /// The tool to prefer.
    pub with_tool: Option<String>,
    /// What is set for AI tools, by their names. Never from a project.
    pub tools: BTreeMap<String, Setup>,
}

impl Options {
    /// These, and those of `weaker` where these say nothing.
    #[must_use]
    pub fn or(self, weaker: Self) -> Self {
        Self {
            namespace: self.namespace.or(weaker.namespace),
            context: self.context.or(weaker.context),
            output: self.output.or(weaker.output),
            color: self.color.or(weaker.color),
            timeout_seconds: self.timeout_seconds.or(weaker.timeout_seconds),
            no_ai: self.no_ai.or(weaker.no_ai),
            with_tool: self.with_tool.or(weaker.with_tool),
            tools: weaker.tools.into_iter().chain(self.tools).collect(),
        }
    }
}

/// What holds when everything was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    pub options: Options,
    /// The files that were read.
    pub files: Vec<PathBuf>,
    /// What the user should know: variables that have no effect.
    pub notes: Vec<String>,
}

impl Settings {
    /// Reads environment and files beneath `flags`, which win.
    ///
    /// # Errors
    /// A file that cannot be read or used, or a variable with a value that cannot be.
    pub fn load(dirs: &Dirs, environment: impl IntoIterator<Item = (String, String)>, flags: Options) -> Result<Self> {
        let mut settings = Self::default();
        let from_environment = settings.environment(environment)?;
        let project = settings.file(dirs.project_config_file(), Owner::Project)?;
        let user = settings.file(dirs.user_config_file(), Owner::User)?;
        settings.options = flags.or(from_environment).or(project).or(user);
        Ok(settings)
    }

    fn file(&mut self, path: Option<PathBuf>, owner: Owner) -> Result<Options> {
        let Some(path) = path else { return Ok(Options::default()) };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(Options::default()),
            Err(error) => return Err(unreadable(&path, &error)),
        };
        self.files.push(path.clone());
        file::read(&path, &text, owner)
    }

    fn environment(&mut self, variables: impl IntoIterator<Item = (String, String)>) -> Result<Options> {
        let mut options = Options::default();
        for (name, value) in variables {
            let Some(key) = name.strip_prefix("TODO_AGENT_") else { continue };
            if value.is_empty() {
                continue;
            }
            match key {
                "NAMESPACE" => options.namespace = Some(value),
                "OUTPUT" => options.output = Some(choice(&name, &value, &Format::ALL)?),
                "COLOR" => options.color = Some(choice(&name, &value, &ColorWhen::ALL)?),
                "TIMEOUT" => {
                    let seconds = parse_seconds(&value).ok_or_else(|| bad(&name, &value, "a duration such as 90s or 2m"))?;
                    options.timeout_seconds = Some(seconds);
                }
                "NO_AI" => options.no_ai = Some(switch(&name, &value)?),
                "WITH" => options.with_tool = Some(value),
                // Permissions and the choice of a cluster: an inherited variable is no decision.
                "YES" | "ALLOW_REMOTE" | "ALLOW_DESTROY" | "CONTEXT" => self.notes.push(format!(
                    "{name} has no effect: `--{}` is given with each command that needs it.",
                    key.to_lowercase().replace('_', "-")
                )),
                "DRY_RUN" => {
                    return Err(Failure::new(
                        FailureKind::Configuration,
                        format!("the environment variable {name} has no effect, and without it this would be no preview"),
                    )
                    .hint("A preview is asked for with each request: `--dry-run`."));
                }
                _ => self.notes.extend(misspelt(&name, key)),
            }
        }
        self.notes.sort();
        Ok(options)
    }
}

const NAMES: [&str; 7] = ["NAMESPACE", "OUTPUT", "COLOR", "TIMEOUT", "NO_AI", "WITH", "STATE_DIR"];

/// A variable that is nearly one of ours. Others may belong to somebody's scripts.
fn misspelt(name: &str, key: &str) -> Option<String> {
    let near = NAMES
        .into_iter()
        .find(|known| (1..=2).contains(&strsim::osa_distance(known, key)))?;
    Some(format!("{name} has no effect: did you mean TODO_AGENT_{near}?"))
}

/// `90`, `90s`, `2m`, `1h`, `1m30s`; more than none and less than a year.
#[must_use]
pub fn parse_seconds(text: &str) -> Option<u64> {
    let text = text.trim();
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return within_reason(text.parse().ok()?);
    }
    let mut total = 0_u64;
    let mut number = String::new();
    for c in text.chars() {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        let unit = match c {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => return None,
        };
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(unit)?)?;
        number.clear();
    }
    if number.is_empty() { within_reason(total) } else { None }
}

fn within_reason(seconds: u64) -> Option<u64> {
    (1..=365 * 24 * 3600).contains(&seconds).then_some(seconds)
}

fn choice<T: Copy>(name: &str, value: &str, all: &[(&'static str, T)]) -> Result<T> {
    let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    all.iter()
        .find(|(word, _)| *word == value)
        .map(|(_, choice)| *choice)
        .ok_or_else(|| bad(name, value, &format!("one of {}", names.join(", "))))
}

fn switch(name: &str, value: &str) -> Result<bool> {
    match value.to_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err(bad(name, value, "1 or 0")),
    }
}

fn bad(name: &str, value: &str, wanted: &str) -> Failure {
    Failure::new(
        FailureKind::Configuration,
        format!("the environment variable {name} is `{value}`; it must be {wanted}"),
    )
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(FailureKind::Configuration, format!("cannot read {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearer_source_wins() {
        let root = tempfile::tempdir().unwrap();
        let (config, project) = (root.path().join("config"), root.path().join("app"));
        std::fs::create_dir_all(&config).unwrap();
        std::fs::create_dir_all(project.join(".todo-agent")).unwrap();
        std::fs::write(
            config.join("config.toml"),
            "namespace = \"user\"\ncontext = \"c\"\ntimeout = \"1m\"\nwith = \"kagent\"\ncolor = \"never\"\n",
        )
        .unwrap();
        std::fs::write(
            project.join(".todo-agent/config.toml"),
            "namespace = \"project\"\ntimeout = \"2m\"\nwith = \"gordon\"\n",
        )
        .unwrap();
        let dirs = Dirs::within(Some(config), root.path().join("state"), &project, false);
        let environment = [
            ("TODO_AGENT_TIMEOUT", "3m"),
            ("TODO_AGENT_WITH", "builtin"),
            ("TODO_AGENT_YES", "1"),
            ("TODO_AGENT_NAMSPACE", "shop"),
            ("TODO_AGENT_STATE_DIR", "x"),
            ("PATH", "x"),
        ];
        let flags = Options {
            with_tool: Some("kubectl-ai".to_owned()),
            ..Options::default()
        };
        let settings = Settings::load(&dirs, environment.map(|(n, v)| (n.to_owned(), v.to_owned())), flags).unwrap();
        let expected = Options {
            namespace: Some("project".to_owned()),
            context: Some("c".to_owned()),
            color: Some(ColorWhen::Never),
            timeout_seconds: Some(180),
            with_tool: Some("kubectl-ai".to_owned()),
            ..Options::default()
        };
        assert_eq!(settings.options, expected);
        assert_eq!(
            settings.notes,
            [
                "TODO_AGENT_NAMSPACE has no effect: did you mean TODO_AGENT_NAMESPACE?",
                "TODO_AGENT_YES has no effect: `--yes` is given with each command that needs it."
            ]
        );
        let dry = [("TODO_AGENT_DRY_RUN".to_owned(), "1".to_owned())];
        let failure = Settings::load(&dirs, dry, Options::default()).unwrap_err();
        assert_eq!(
            failure.what,
            "the environment variable TODO_AGENT_DRY_RUN has no effect, and without it this would be no preview"
        );
    }

    #[test]
    fn durations() {
        let cases = [
            ("90", Some(90)),
            ("90s", Some(90)),
            ("1m30s", Some(90)),
            ("1h", Some(3600)),
            ("0", None),
            ("", None),
            ("m", None),
            ("2m3", None),
            ("-1s", None),
            ("99999999999999999999h", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_seconds(text), expected, "{text}");
        }
    }
}

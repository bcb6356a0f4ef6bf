//! Prompts for AI tools: templates with typed variables, from the program itself, from the user's folder, and from a project's that
//! is trusted. What a template says of its variables is held against what is given: one that is missing, or one too many, is an
//! error and never a prompt with a hole in it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use include_dir::{Dir, DirEntry, include_dir};
use serde::Deserialize;

use crate::domain::{
    errand::Prompt,
    failure::{Failure, FailureKind, Result},
};

static BUILTIN: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/prompts");

/// More than anybody should say to a tool at once.
const LONGEST: usize = 64 * 1024;

/// The value of a variable.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Value {
    One(String),
    Many(Vec<String>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::One(text.to_owned())
    }
}

impl From<Vec<String>> for Value {
    fn from(lines: Vec<String>) -> Self {
        Self::Many(lines)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// Letters, digits, `.` and `-`: what Kubernetes calls things.
    Name,
    /// One line.
    Line,
    /// A list, one line each.
    Lines,
    /// Any number of lines.
    Text,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Variable {
    #[serde(rename = "type")]
    kind: Kind,
    example: Value,
}

/// What stands between the `---` lines.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    version: u32,
    about: String,
    /// Only of a template of this program: another one has those of the one that it replaces.
    #[serde(default)]
    variables: BTreeMap<String, Variable>,
}

#[derive(Clone, Debug)]
struct Template {
    version: u32,
    file: String,
    variables: BTreeMap<String, Variable>,
    body: String,
}

/// A template as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub tool: String,
    pub purpose: String,
    pub version: u32,
    pub file: String,
}

/// All templates. Those of this program are read when they are asked for: most requests send none.
#[derive(Clone, Debug, Default)]
pub struct Prompts {
    /// Somebody's own, by tool and purpose.
    own: BTreeMap<(String, String), Template>,
}

impl Prompts {
    /// Those of this program, then those of each folder: one of the same tool and purpose replaces the one before. `read` are files
    /// that were read before, by their name below `prompts/`, with their path and text.
    ///
    /// # Errors
    /// A mistake in a file: what, file and line.
    pub fn load(folders: &[PathBuf], read: &[(String, String, String)]) -> Result<Self> {
        let mut prompts = Self::default();
        for folder in folders {
            for (name, path) in below(folder)? {
                let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
                prompts.replace(&name, &path.display().to_string(), &text)?;
            }
        }
        for (name, path, text) in read {
            prompts.replace(name, path, text)?;
        }
        Ok(prompts)
    }

    /// All that there are.
    ///
    /// # Errors
    /// A mistake in one of this program.
    pub fn entries(&self) -> Result<Vec<Entry>> {
        let entry = |name: String| {
            let (tool, purpose) = key(&name, &name)?;
            let template = self.template(&tool, &purpose)?;
            Ok(Entry {
                tool,
                purpose,
                version: template.version,
                file: template.file,
            })
        };
        builtin().into_iter().map(|(name, _)| entry(name)).collect()
    }

    fn template(&self, tool: &str, purpose: &str) -> Result<Template> {
        if let Some(own) = self.own.get(&(tool.to_owned(), purpose.to_owned())) {
            return Ok(own.clone());
        }
        let name = format!("{tool}/{purpose}.md");
        let ours = builtin().into_iter().find(|(known, _)| *known == name);
        let (_, text) = ours.ok_or_else(|| Failure::new(FailureKind::Configuration, format!("there is no prompt {name}")))?;
        ours_of(&format!("prompts/{name}"), text)
    }

    /// The prompt with these values.
    ///
    /// # Errors
    /// There is no such template; a variable is missing, or unknown, or its value is not what its type allows.
    pub fn fill(&self, tool: &str, purpose: &str, values: &[(&str, Value)]) -> Result<Prompt> {
        let template = self.template(tool, purpose)?;
        let wrong = |what: String| Failure::new(FailureKind::Configuration, format!("{}: {what}", template.file));
        if let Some((name, _)) = values.iter().find(|(name, _)| !template.variables.contains_key(*name)) {
            return Err(wrong(format!("there is no variable `{name}`")));
        }
        let mut shown = BTreeMap::new();
        for (name, variable) in &template.variables {
            let given = values.iter().find(|(given, _)| given == name);
            let (_, value) = given.ok_or_else(|| wrong(format!("the variable `{name}` has no value")))?;
            let text = spelled(variable.kind, value).map_err(|why| wrong(format!("the variable `{name}` {why}")))?;
            shown.insert(name.as_str(), text);
        }
        let text = filled(&template.body, &shown);
        if text.len() > LONGEST {
            return Err(wrong(format!("filled it has {} bytes, and at most {LONGEST} are sent", text.len())));
        }
        Ok(Prompt {
            tool: tool.to_owned(),
            purpose: purpose.to_owned(),
            version: template.version,
            file: template.file.clone(),
            text,
        })
    }

    /// The prompt with the examples of its template.
    ///
    /// # Errors
    /// As [`Self::fill`].
    pub fn example(&self, tool: &str, purpose: &str) -> Result<Prompt> {
        let template = self.template(tool, purpose)?;
        let examples = template.variables.iter();
        let values: Vec<(&str, Value)> = examples.map(|(name, variable)| (name.as_str(), variable.example.clone())).collect();
        self.fill(tool, purpose, &values)
    }

    /// Somebody's own in the place of one of this program.
    fn replace(&mut self, name: &str, file: &str, text: &str) -> Result<()> {
        let key = key(name, file)?;
        let Ok(replaced) = self.template(&key.0, &key.1) else {
            let known = builtin().into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(", ");
            let failure = Failure::new(FailureKind::Configuration, format!("{file}: nothing sends a prompt of this name"));
            return Err(failure.hint(format!("Prompts are: {known}")));
        };
        let (head, body, line) = parted(file, text)?;
        if !head.variables.is_empty() {
            let failure = mistake(file, 1, "`variables` are those of the prompt that it replaces");
            return Err(failure.hint("Leave `variables:` out."));
        }
        let template = Template {
            version: head.version,
            file: file.to_owned(),
            variables: replaced.variables,
            body,
        };
        template.hold(line)?;
        self.own.insert(key, template);
        Ok(())
    }
}

/// A template of this program: it says its variables, each is in its text, and no other.
fn ours_of(file: &str, text: &str) -> Result<Template> {
    let (head, body, line) = parted(file, text)?;
    if head.about.trim().is_empty() {
        return Err(mistake(file, 1, "`about` is empty"));
    }
    let template = Template {
        version: head.version,
        file: file.to_owned(),
        variables: head.variables,
        body,
    };
    template.hold(line)?;
    let unused = |name: &&String| !used(&template.body).any(|(it, _)| it == name.as_str());
    match template.variables.keys().find(unused) {
        Some(unused) => Err(mistake(file, 1, format!("the variable `{unused}` is not in the text"))),
        None => Ok(template),
    }
}

impl Template {
    /// No unknown variable in its text, which begins at `line` of its file.
    fn hold(&self, line: usize) -> Result<()> {
        let Some((name, at)) = used(&self.body).find(|(name, _)| !self.variables.contains_key(*name)) else {
            return Ok(());
        };
        let before = self.body.get(..at).unwrap_or_default().matches('\n').count();
        let known = self
            .variables
            .keys()
            .map(|name| format!("`{{{name}}}`"))
            .collect::<Vec<_>>()
            .join(", ");
        Err(mistake(&self.file, line + before, format!("unknown variable `{{{name}}}`")).hint(format!("Variables are: {known}")))
    }
}

fn mistake(file: &str, line: usize, what: impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Configuration, format!("{file}:{line}: {what}"))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(FailureKind::Configuration, format!("cannot read the prompt {}", path.display())).cause(error)
}

/// `kubectl-ai/change.md` is of a tool and a purpose.
fn key(name: &str, file: &str) -> Result<(String, String)> {
    let parts: Vec<&str> = name.split('/').collect();
    match parts.as_slice() {
        [tool, purpose] if purpose.ends_with(".md") => Ok(((*tool).to_owned(), purpose.trim_end_matches(".md").to_owned())),
        _ => Err(Failure::new(
            FailureKind::Configuration,
            format!("{file}: a prompt is called <tool>/<purpose>.md"),
        )),
    }
}

/// What stands between the `---` lines, what stands below, and the line at which that begins.
fn parted(file: &str, text: &str) -> Result<(Head, String, usize)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let rest = text
        .strip_prefix("---\n")
        .ok_or_else(|| mistake(file, 1, "the first line must be `---`"))?;
    let (head, body) = rest
        .split_once("\n---\n")
        .ok_or_else(|| mistake(file, 1, "the second `---` is missing"))?;
    let line = head.matches('\n').count() + 4;
    let head = serde_saphyr::from_str(head).map_err(|error| {
        let at = error.location().map_or(1, |location| usize::try_from(location.line()).unwrap_or(1));
        let said = error.without_snippet().to_string();
        mistake(file, at + 1, said.lines().next().unwrap_or_default())
    })?;
    let above = body.len() - body.trim_start().len();
    let blank = body.get(..above).unwrap_or_default().matches('\n').count();
    Ok((head, format!("{}\n", body.trim()), line + blank))
}

/// The variables of a text, and where they stand. Braces around anything that is no name are letters.
fn used(body: &str) -> impl Iterator<Item = (&str, usize)> {
    body.match_indices('{').filter_map(|(at, _)| {
        let (name, _) = body.get(at + 1..)?.split_once('}')?;
        is_variable(name).then_some((name, at))
    })
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// In one pass: a value is no template.
fn filled(body: &str, values: &BTreeMap<&str, String>) -> String {
    let mut text = String::with_capacity(body.len());
    let mut from = 0;
    for (name, at) in used(body) {
        let Some(value) = values.get(name) else { continue };
        text.push_str(body.get(from..at).unwrap_or_default());
        text.push_str(value);
        from = at + name.len() + 2;
    }
    text.push_str(body.get(from..).unwrap_or_default());
    text
}

/// What cannot be seen could tell a model what nobody read.
fn is_seen(c: char) -> bool {
    let hidden = matches!(
        c,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
    );
    !c.is_control() && !hidden
}

/// The value as its type allows it.
fn spelled(kind: Kind, value: &Value) -> std::result::Result<String, String> {
    let plain = |text: &str| text.chars().all(is_seen);
    match (kind, value) {
        (Kind::Name, Value::One(name)) => {
            let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
            named.then(|| name.clone()).ok_or_else(|| "is no name".to_owned())
        }
        (Kind::Line, Value::One(line)) if plain(line) && !line.trim().is_empty() => Ok(line.clone()),
        (Kind::Line, Value::One(_)) => Err("is not one line".to_owned()),
        (Kind::Lines, Value::Many(lines)) if lines.iter().all(|line| plain(line)) => Ok(match lines.as_slice() {
            [] => "- (none)".to_owned(),
            lines => lines.iter().map(|line| format!("- {line}")).collect::<Vec<_>>().join("\n"),
        }),
        (Kind::Lines, Value::Many(_)) => Err("has a line that is more than one".to_owned()),
        (Kind::Text, Value::One(text)) if text.chars().all(|c| is_seen(c) || matches!(c, '\n' | '\t')) && !text.trim().is_empty() => {
            Ok(text.trim().to_owned())
        }
        (Kind::Text, Value::One(_)) => Err("is no text".to_owned()),
        (Kind::Lines, Value::One(_)) => Err("must be a list".to_owned()),
        (_, Value::Many(_)) => Err("must be one text".to_owned()),
    }
}

/// The templates of this program, by their names below `prompts/`.
fn builtin() -> Vec<(String, &'static str)> {
    let folders = BUILTIN.entries().iter().filter_map(DirEntry::as_dir);
    let files = folders.flat_map(Dir::files);
    let mut found: Vec<_> = files
        .filter_map(|file| Some((file.path().to_string_lossy().replace('\\', "/"), file.contents_utf8()?)))
        .filter(|(name, _)| name.ends_with(".md"))
        .collect();
    found.sort();
    found
}

/// `<tool>/<purpose>.md` below a folder, by name. A folder that is not there is no error.
fn below(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let listed = |dir: &Path| match std::fs::read_dir(dir) {
        Ok(items) => Ok(items.filter_map(|item| item.ok().map(|item| item.path())).collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(unreadable(dir, &error)),
    };
    let mut found = Vec::new();
    for tool in listed(folder)?.into_iter().filter(|path: &PathBuf| path.is_dir()) {
        for path in listed(&tool)? {
            let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
            if path.extension().is_some_and(|ext| ext == "md")
                && let (Some(tool), Some(file)) = (name(&tool), name(&path))
            {
                found.push((format!("{tool}/{file}"), path));
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests;

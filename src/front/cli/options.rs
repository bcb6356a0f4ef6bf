//! Options that every command takes.

use std::path::PathBuf;

use crate::{
    app::{ColorWhen, Flags, Format, parse_seconds},
    domain::{object::is_label, request::RequestOptions},
    front::screen::{Form, given::Given, look::Colour},
};

/// As typed; nothing is looked at yet.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Options {
    /// Approve changes on a local cluster without a question
    #[arg(short, long, global = true)]
    pub yes: bool,

    /// Show what would change; change nothing
    #[arg(long, global = true)]
    pub dry_run: bool,

    /// Playbooks and the built-in engine only
    #[arg(long, global = true)]
    pub no_ai: bool,

    /// Prefer this tool
    #[arg(long, value_name = "TOOL", global = true)]
    pub with: Option<String>,

    /// Context of the kubeconfig
    #[arg(long, value_name = "NAME", global = true)]
    pub context: Option<String>,

    /// Namespace that is meant where none is named
    #[arg(short, long, value_name = "NAME", global = true, value_parser = namespace)]
    pub namespace: Option<String>,

    /// Context of docker, whose engine is meant in requests for Docker
    #[arg(long, value_name = "NAME", global = true)]
    pub docker_context: Option<String>,

    /// With --context or --docker-context: changes may reach what is not local
    #[arg(long, global = true)]
    pub allow_remote: bool,

    /// With --yes: this namespace or volume may be deleted
    #[arg(long, value_name = "NAME", global = true)]
    pub allow_destroy: Vec<String>,

    /// Refuse the embedded, simulated cluster
    #[arg(long, global = true)]
    pub require_real: bool,

    /// Give up after this long without progress, such as 90s or 2m
    #[arg(long, value_name = "DURATION", global = true, allow_hyphen_values = true, value_parser = seconds)]
    pub timeout: Option<u64>,

    /// text, json (one document) or jsonl (one event a line)
    #[arg(long, value_name = "FORM", global = true, hide_possible_values = true)]
    pub output: Option<Form>,

    /// Colours: auto, always or never
    #[arg(long, value_name = "WHEN", global = true, hide_possible_values = true)]
    pub color: Option<Colour>,

    /// Say more: all columns, each change sent, the chain behind an error
    #[arg(short, long, global = true)]
    pub verbose: bool,

    /// `--context` was typed, and is not that of a file.
    #[arg(skip)]
    pub names_cluster: bool,

    /// `--namespace` was typed, and is not that of a file.
    #[arg(skip)]
    pub names_namespace: bool,

    /// Where records and the embedded cluster live
    #[arg(long, value_name = "DIR", global = true, env = "TODO_AGENT_STATE_DIR", hide_env = true)]
    pub state_dir: Option<PathBuf>,
}

impl Options {
    /// Something was said of how a request is to be carried out.
    #[must_use]
    pub const fn any(&self) -> bool {
        let flags = self.yes || self.dry_run || self.no_ai || self.allow_remote || self.require_real;
        let places = self.context.is_some() || self.docker_context.is_some() || self.namespace.is_some();
        let values = self.with.is_some() || places || self.timeout.is_some();
        flags || values || !self.allow_destroy.is_empty()
    }

    /// What the command line says of options that also stand elsewhere.
    #[must_use]
    pub fn flags(&self) -> Flags {
        Flags {
            namespace: self.namespace.clone(),
            context: self.context.clone(),
            output: self.output.map(|form| match form {
                Form::Text => Format::Text,
                Form::Json => Format::Json,
                Form::Jsonl => Format::Jsonl,
            }),
            color: self.color.map(|colour| match colour {
                Colour::Auto => ColorWhen::Auto,
                Colour::Always => ColorWhen::Always,
                Colour::Never => ColorWhen::Never,
            }),
            timeout_seconds: self.timeout,
            no_ai: self.no_ai.then_some(true),
            with_tool: self.with.clone(),
            ..Flags::default()
        }
    }

    /// The options after environment and files were asked as well.
    #[must_use]
    pub fn settled(&self, settings: &Flags) -> Self {
        Self {
            namespace: settings.namespace.clone(),
            names_namespace: self.namespace.is_some(),
            // A context from a file chooses the cluster; that the user named it for this command is another matter.
            context: settings.context.clone(),
            names_cluster: self.context.is_some(),
            output: settings.output.map(|format| match format {
                Format::Text => Form::Text,
                Format::Json => Form::Json,
                Format::Jsonl => Form::Jsonl,
            }),
            color: settings.color.map(|when| match when {
                ColorWhen::Auto => Colour::Auto,
                ColorWhen::Always => Colour::Always,
                ColorWhen::Never => Colour::Never,
            }),
            timeout: settings.timeout_seconds,
            no_ai: settings.no_ai.unwrap_or(false),
            with: settings.with_tool.clone(),
            ..self.clone()
        }
    }

    /// What suggested commands repeat: what was typed, and not what would hold for the next command as well.
    #[must_use]
    pub fn given(&self) -> Given {
        let lasting = std::env::var_os("TODO_AGENT_STATE_DIR").map(PathBuf::from);
        Given {
            context: self.context.clone(),
            docker_context: self.docker_context.clone(),
            namespace: self.namespace.clone(),
            state_dir: self
                .state_dir
                .as_ref()
                .filter(|dir| lasting.as_ref() != Some(*dir))
                .map(|dir| dir.display().to_string()),
            chat: false,
        }
    }

    /// What a request takes along.
    #[must_use]
    pub fn for_request(&self) -> RequestOptions {
        RequestOptions {
            yes: self.yes,
            dry_run: self.dry_run,
            no_ai: self.no_ai,
            with_tool: self.with.clone(),
            context: self.context.clone(),
            names_cluster: self.names_cluster,
            names_namespace: self.names_namespace,
            docker_context: self.docker_context.clone(),
            namespace: self.namespace.clone(),
            allow_remote: self.allow_remote,
            allow_destroy: self.allow_destroy.clone(),
            require_real: self.require_real,
            timeout_seconds: self.timeout,
        }
    }
}

fn namespace(text: &str) -> Result<String, String> {
    is_label(text)
        .then(|| text.to_owned())
        .ok_or_else(|| "the name of a namespace has small letters, digits and - between them, and nothing else".to_owned())
}

/// `90`, `90s`, `2m`, `1h30m`: whole seconds, at least one, at most a year.
fn seconds(text: &str) -> Result<u64, String> {
    parse_seconds(text).ok_or_else(|| "a duration such as 90s, 2m or 1h30m, at least one second and at most a year".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_no_namespace_is_refused() {
        let read = ["shop", "team-1", "k8s/", "Shop", "-x", "", "a.b"].map(|text| namespace(text).is_ok());
        assert_eq!(read, [true, true, false, false, false, false, false]);
    }

    #[test]
    fn durations_as_people_write_them() {
        let read = ["90", "90s", "2m", "1h30m", "0", "-5s", "soon"].map(|text| seconds(text).ok());
        assert_eq!(read, [Some(90), Some(90), Some(120), Some(5400), None, None, None]);
    }

    #[test]
    fn a_timeout_has_a_bound_that_every_clock_can_reach() {
        let read = ["31536000", "31536001", "18446744073709551615", "9000h"].map(|text| seconds(text).ok());
        assert_eq!(read, [Some(31_536_000), None, None, None]);
        assert!(
            std::time::Instant::now()
                .checked_add(std::time::Duration::from_secs(31_536_000))
                .is_some()
        );
    }
}

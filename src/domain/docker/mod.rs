//! The nouns of the Docker Engine: its objects as [`ObjectRef`]s, the steps that playbooks compose, and what must be true
//! afterwards.

pub mod call;
pub mod condition;
pub mod listed;
pub mod mount;
mod size;

use serde::{Deserialize, Serialize};

pub use size::size;

use super::{intent::EnvChange, kind::Kind, object::ObjectRef, risk::Risk, step::Undoing};

/// The group of kinds that live in a Docker Engine and not in a cluster.
pub const GROUP: &str = "docker";

/// The label by which a container that was run here is known again.
pub const RUN_LABEL: &str = "todo-agent.run";

/// Begins the identity of an engine, apart from those of clusters.
pub const IDENTITY: &str = "docker:";

/// `sha256:1b365be41217…` as `docker images` shows it: twelve characters.
#[must_use]
pub fn short(id: &str) -> &str {
    let id = id.strip_prefix("sha256:").unwrap_or(id);
    id.get(..12).unwrap_or(id)
}

/// A kind of object of the Docker Engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Noun {
    Container,
    Image,
    Network,
    Volume,
}

impl Noun {
    pub const ALL: [Self; 4] = [Self::Container, Self::Image, Self::Network, Self::Volume];

    #[must_use]
    pub const fn singular(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Image => "image",
            Self::Network => "network",
            Self::Volume => "volume",
        }
    }

    /// The kind as references name it.
    #[must_use]
    pub fn kind(self) -> Kind {
        let kind = match self {
            Self::Container => "Container",
            Self::Image => "Image",
            Self::Network => "Network",
            Self::Volume => "Volume",
        };
        Kind {
            group: GROUP.to_owned(),
            version: "v1".to_owned(),
            kind: kind.to_owned(),
            plural: format!("{}s", self.singular()),
            namespaced: false,
            short_names: Vec::new(),
        }
    }

    /// Which of them a reference names, if it names an object of an engine.
    #[must_use]
    pub fn of(object: &ObjectRef) -> Option<Self> {
        (object.kind.group == GROUP)
            .then(|| Self::ALL.into_iter().find(|noun| noun.singular() == object.kind.singular()))
            .flatten()
    }

    #[must_use]
    pub fn named(self, name: impl Into<String>, id: Option<String>) -> ObjectRef {
        ObjectRef {
            kind: self.kind(),
            namespace: None,
            name: name.into(),
            uid: id,
        }
    }
}

/// One step on an engine, all values known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DockerStep {
    Containers(Containers),
    Images(Images),
    Networks(Nothing),
    Volumes(Nothing),
    DiskUsage(Nothing),
    /// The engine itself: version, where it is, how much it holds.
    Engine(Nothing),
    Logs(Logs),
    Stats(Stats),
    Inspect(Inspect),
    History(OfImage),
    Start(OfContainer),
    Stop(OfContainer),
    Restart(OfContainer),
    Kill(OfContainer),
    Remove(Remove),
    Tag(Tag),
    Run(Run),
    Pull(Pull),
    Build(Build),
    Prune(Prune),
}

/// A step that needs no value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Images {
    /// With this name alone, its tag or not: `nginx`, `nginx:1.27`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Those that no container uses alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unused: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Containers {
    /// Those that do not run, too.
    #[serde(default)]
    pub all: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logs {
    pub container: ObjectRef,
    #[serde(default)]
    pub follow: bool,
    /// Seconds back from now.
    #[serde(default)]
    pub since: Option<u64>,
    /// Lines from the end.
    #[serde(default)]
    pub tail: Option<u64>,
}

/// What containers use just now; of one, or of all that run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stats {
    #[serde(default)]
    pub container: Option<ObjectRef>,
}

/// One object in full.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inspect {
    pub object: ObjectRef,
}

/// The layers of an image, the largest told apart; with `advice`, what could make it smaller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfImage {
    pub image: ObjectRef,
    #[serde(default)]
    pub advice: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfContainer {
    pub container: ObjectRef,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remove {
    pub object: ObjectRef,
    /// Also a container that runs: it is killed first.
    #[serde(default)]
    pub force: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tag {
    pub image: ObjectRef,
    /// `todo-backend:v2`.
    pub tag: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools)]
pub struct Run {
    pub image: String,
    #[serde(default)]
    pub name: Option<String>,
    /// `8080:80`, `127.0.0.1:8080:80/tcp`, `80`.
    #[serde(default)]
    pub ports: Vec<String>,
    #[serde(default)]
    pub env: Vec<EnvChange>,
    /// What runs in it instead of the image's own command.
    #[serde(default)]
    pub command: Vec<String>,
    /// Typed without `-d`: docker would show its output, and end it with Ctrl-C. Only with `once` its output is shown here.
    #[serde(default)]
    pub attached: bool,
    /// `-d --rm`: it goes when it ends.
    #[serde(default)]
    pub rm: bool,
    /// `--rm` without `-d`: its output is shown until it ends, and it is gone then.
    #[serde(default)]
    pub once: bool,
    /// `-i`: its standard input stays open.
    #[serde(default)]
    pub interactive: bool,
    /// `-t`: it is given a terminal.
    #[serde(default)]
    pub tty: bool,
    /// `./src:/app:ro`, `pgdata:/data`: see [`mount::Mount`].
    #[serde(default)]
    pub volumes: Vec<String>,
    #[serde(default)]
    pub network: Option<String>,
    /// `always`, `on-failure:3`.
    #[serde(default)]
    pub restart: Option<String>,
    /// Files with `NAME=value` lines. Their values are read and held when their names are shown, and are no part of a plan.
    #[serde(default)]
    pub env_files: Vec<String>,
    #[serde(default)]
    pub workdir: Option<String>,
    #[serde(default)]
    pub user: Option<String>,
    #[serde(default)]
    pub entrypoint: Option<String>,
}

/// An image that is fetched from its registry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pull {
    pub image: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// The folder that is sent; the current one when it is not given.
    #[serde(default)]
    pub context: Option<String>,
    /// The Dockerfile; the one of the context when it is not given.
    #[serde(default)]
    pub file: Option<String>,
    pub tag: String,
    #[serde(default)]
    pub no_cache: bool,
    #[serde(default)]
    pub args: Vec<EnvChange>,
    #[serde(default)]
    pub target: Option<String>,
}

/// What is removed when nothing uses it; nothing named means what `docker system prune` takes: containers that do not run,
/// networks, and images without a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools)]
pub struct Prune {
    #[serde(default)]
    pub containers: bool,
    #[serde(default)]
    pub images: bool,
    #[serde(default)]
    pub networks: bool,
    #[serde(default)]
    pub volumes: bool,
    /// Images with a name, too.
    #[serde(default)]
    pub named: bool,
    /// What nothing uses was spoken of: of images that is more than those without a name.
    #[serde(default)]
    pub unused: bool,
}

impl DockerStep {
    /// The name under which records and machines read it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Containers(_) => "docker_containers",
            Self::Images(_) => "docker_images",
            Self::Networks(_) => "docker_networks",
            Self::Volumes(_) => "docker_volumes",
            Self::DiskUsage(_) => "docker_disk_usage",
            Self::Engine(_) => "docker_engine",
            Self::Logs(_) => "docker_logs",
            Self::Stats(_) => "docker_stats",
            Self::Inspect(_) => "docker_inspect",
            Self::History(_) => "docker_history",
            Self::Start(_) => "docker_start",
            Self::Stop(_) => "docker_stop",
            Self::Restart(_) => "docker_restart",
            Self::Kill(_) => "docker_kill",
            Self::Remove(_) => "docker_remove",
            Self::Tag(_) => "docker_tag",
            Self::Run(_) => "docker_run",
            Self::Pull(_) => "docker_pull",
            Self::Build(_) => "docker_build",
            Self::Prune(_) => "docker_prune",
        }
    }

    #[must_use]
    pub const fn risk(&self) -> Risk {
        match self {
            Self::Containers(_)
            | Self::Images(_)
            | Self::Networks(_)
            | Self::Volumes(_)
            | Self::DiskUsage(_)
            | Self::Engine(_)
            | Self::Logs(_)
            | Self::Stats(_)
            | Self::Inspect(_)
            | Self::History(_) => Risk::Read,
            Self::Start(_)
            | Self::Stop(_)
            | Self::Restart(_)
            | Self::Kill(_)
            | Self::Tag(_)
            | Self::Run(_)
            | Self::Pull(_)
            | Self::Build(_) => Risk::Change,
            Self::Remove(_) | Self::Prune(_) => Risk::Destroy,
        }
    }

    #[must_use]
    pub const fn undoing(&self) -> Undoing {
        match self {
            Self::Run(run) if run.once => Undoing::Impossible,
            Self::Start(_) | Self::Stop(_) | Self::Tag(_) | Self::Run(_) => Undoing::Restore,
            _ if self.lasts().is_some() => Undoing::Impossible,
            _ => Undoing::NothingToUndo,
        }
    }

    /// Why nothing takes it back, in one sentence.
    #[must_use]
    pub const fn lasts(&self) -> Option<&'static str> {
        match self {
            Self::Restart(_) => Some("A restart ends what ran in the container: there is no earlier state to go back to."),
            Self::Kill(_) => Some("What ran in the container was ended at once, and what it had not written is lost."),
            Self::Remove(_) => Some("What was removed is gone; only an image can be built or pulled again."),
            Self::Prune(_) => Some("What was removed is gone."),
            Self::Run(run) if run.once => Some("What ran has ended and is gone; what it did outside of itself stays."),
            Self::Pull(_) => Some("What was pulled stays beside what is there: remove the image if it is not wanted."),
            Self::Build(_) => Some("A build makes an image beside what is there: remove the image if it is not wanted."),
            _ => None,
        }
    }

    /// The object that the step is about.
    #[must_use]
    pub const fn target(&self) -> Option<&ObjectRef> {
        match self {
            Self::Logs(Logs { container, .. })
            | Self::Start(OfContainer { container })
            | Self::Stop(OfContainer { container })
            | Self::Restart(OfContainer { container })
            | Self::Kill(OfContainer { container }) => Some(container),
            Self::Inspect(Inspect { object }) | Self::Remove(Remove { object, .. }) => Some(object),
            Self::History(OfImage { image, .. }) | Self::Tag(Tag { image, .. }) => Some(image),
            Self::Stats(Stats { container }) => container.as_ref(),
            _ => None,
        }
    }
}

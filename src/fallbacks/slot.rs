//! What a playbook wants to know, and of which type.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::{docker::Noun, reading::SlotMention};

/// The type of a slot decides which words can fill it and which [`crate::domain::intent::SlotValue`] it becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SlotType {
    /// A deployment, stateful set or daemon set.
    Workload,
    /// Any object of the cluster.
    Object,
    /// A Kubernetes kind.
    Kind,
    /// A number of replicas, absolute or relative.
    Count,
    /// A plain number with a unit word (`20 lines`) or a flag (`--tail 20`).
    Number,
    /// A span of time, back from now.
    Duration,
    /// Present or not.
    Flag,
    Image,
    Container,
    /// Environment variables to set and to remove.
    Env,
    /// Keys of a ConfigMap to set and to remove.
    Data,
    /// Names of variables of the user's own environment.
    Variables,
    /// Free text in quotes or after a flag.
    Text,
    Name,
    /// An amount of cpu or memory: `250m`, `512Mi`.
    Quantity,
    /// A file or folder.
    Path,
    /// A field of a kind as the API writes it: `spec.replicas`, `imagePullPolicy`.
    Field,
    Namespace,
    /// An order of a list: a path in its objects (`.metadata.name`), or a word for one ("age").
    Order,
    /// A label selector.
    Selector,
    /// A namespace, an app, or all namespaces.
    Scope,
    /// A container of a Docker Engine.
    DockerContainer,
    /// An image of a Docker Engine.
    DockerImage,
    /// A container, image, network or volume of a Docker Engine.
    DockerObject,
    /// A name of an image that need not be there yet.
    DockerRef,
    /// A name for a container that is to be.
    DockerName,
    /// The folder of a build, or its Dockerfile.
    Folder,
    /// Published ports: `8080:80`.
    Ports,
    /// Ports to forward: `8080:7860`, `:7860`, `8080`.
    PodPorts,
    /// Words of a command line.
    Words,
}

impl SlotType {
    /// What to call it in a question, when the slot has no words of its own.
    #[must_use]
    pub const fn question(self) -> &'static str {
        match self {
            Self::Workload => "which workload",
            Self::Object => "which object",
            Self::Kind => "which kind",
            Self::Count => "how many replicas",
            Self::Number => "how many",
            Self::Duration => "how long",
            Self::Image => "which image",
            Self::Container => "which container",
            Self::Env | Self::Variables => "which variable",
            Self::Data => "which key",
            Self::Namespace => "which namespace",
            Self::Selector | Self::Scope => "which app",
            Self::Quantity => "how much",
            Self::Path => "which file",
            Self::Field => "which field",
            Self::Order => "in which order",
            Self::DockerContainer => "which container",
            Self::DockerImage | Self::DockerRef => "which image",
            Self::DockerObject => "which container, image, network or volume",
            Self::Folder => "which folder",
            Self::Ports | Self::PodPorts => "which ports",
            Self::Flag | Self::Text | Self::Name | Self::DockerName | Self::Words => "what",
        }
    }

    /// A mention names objects of the cluster: it is resolved against the inventory.
    #[must_use]
    pub const fn names_object(self) -> bool {
        matches!(self, Self::Workload | Self::Object | Self::DockerRef) || self.names_docker()
    }

    /// A mention names an object of a Docker Engine.
    #[must_use]
    pub const fn names_docker(self) -> bool {
        matches!(self, Self::DockerContainer | Self::DockerImage | Self::DockerObject)
    }

    /// A value of this type as it stands in a step, to try templates with.
    pub(super) fn sample(self) -> Value {
        let kind = json!({"group": "apps", "version": "v1", "kind": "Deployment", "plural": "deployments", "namespaced": true});
        match self {
            Self::Workload | Self::Object => json!({"kind": kind, "namespace": "todo", "name": "todo-backend", "uid": null}),
            Self::Kind => kind,
            Self::Count => json!({"exactly": 3}),
            Self::Number => json!(20),
            Self::Duration => json!(300),
            Self::Flag => json!(true),
            Self::Env | Self::Data => json!([{"name": "KEY", "value": "value"}]),
            Self::Scope => json!({"namespace": "todo", "all_namespaces": false, "selector": null}),
            Self::Quantity => json!("512Mi"),
            Self::DockerContainer | Self::DockerObject => json!(Noun::Container.named("web", None)),
            Self::DockerImage => json!(Noun::Image.named("todo-backend:latest", None)),
            Self::Ports | Self::PodPorts => json!(["8080:80"]),
            Self::Words => json!(["sample"]),
            Self::DockerRef
            | Self::DockerName
            | Self::Folder
            | Self::Image
            | Self::Container
            | Self::Path
            | Self::Field
            | Self::Order
            | Self::Variables
            | Self::Text
            | Self::Name
            | Self::Namespace
            | Self::Selector => json!("sample"),
        }
    }

    /// The type that a field of a step or condition takes, by the field's name; `None` for fields of plain text.
    pub(super) fn of_field(part: &str, field: &str) -> Option<Self> {
        // Steps on an engine say everything by slots.
        if part == "docker" {
            return None;
        }
        Some(match (part, field) {
            (_, "workload" | "of") => Self::Workload,
            (_, "object") => Self::Object,
            ("forward", "ports") => Self::PodPorts,
            (_, "kind") => Self::Kind,
            (_, "scope") => Self::Scope,
            (_, "replicas") | ("replicas", "equals") => Self::Count,
            (_, "image") | ("image", "equals") => Self::Image,
            (_, "container") => Self::Container,
            (_, "since" | "timeout") => Self::Duration,
            (_, "tail" | "revision" | "port" | "target_port" | "min" | "max" | "cpu_percent") => Self::Number,
            ("label" | "annotate" | "labels" | "annotations", "set") | (_, "literals") => Self::Env,
            ("set_data", "set") => Self::Data,
            (_, "follow" | "previous" | "warnings") | ("describe", "labels" | "containers" | "environment") => Self::Flag,
            (_, "env") => Self::Env,
            _ => return None,
        })
    }
}

/// One slot of a playbook.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    pub name: String,
    pub of: SlotType,
    pub required: bool,
    /// Command-line flags that give it: `--replicas`, `-f`.
    pub flags: Vec<String>,
    /// Words that stand beside its value: "revision 3", "512Mi of memory".
    pub beside: Vec<String>,
    /// What to call it in a question.
    pub ask: String,
    /// A name that the playbook's own steps state; it is resolved like a name that was said.
    pub preset: Option<SlotMention>,
}

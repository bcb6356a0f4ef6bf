//! What the kubeconfig says about the cluster that was chosen: enough to name it in messages and to give hints.

use std::path::PathBuf;

/// The chosen cluster, as it is named and reached. Known without any call.
#[derive(Clone, Debug)]
pub struct Target {
    /// Name of the context; `embedded` for the embedded cluster.
    pub context: String,
    /// Scheme, host and port; empty for the embedded cluster.
    pub server: String,
    /// The namespace that requests mean when they name none.
    pub namespace: String,
    /// The simulated cluster inside this program.
    pub embedded: bool,
    /// All contexts of the kubeconfig, in its order.
    pub contexts: Vec<String>,
    pub(super) current: Option<String>,
    pub(super) user: Option<String>,
    pub(super) credential: Credential,
    pub(super) maker: Maker,
    pub(super) proxy: Option<String>,
}

/// What the user of the context shows to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Credential {
    None,
    Token,
    TokenFile(PathBuf),
    Certificate,
    Password,
    /// A program that prints a credential, and what its kubeconfig says about installing it.
    Program {
        command: String,
        install: Option<String>,
    },
}

/// Which program made this entry of the kubeconfig. Good enough for a hint, never for trust: names are chosen freely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Maker {
    Minikube { profile: String },
    Kind { cluster: String },
    K3d { cluster: String },
    DockerDesktop,
    RancherDesktop,
    Colima { profile: String },
    Unknown,
}

impl Target {
    /// A cluster that no kubeconfig names: behind a gate, a tunnel or a test.
    #[must_use]
    pub fn named_by_hand(context: &str, server: &str, namespace: &str) -> Self {
        Self {
            context: context.to_owned(),
            server: server.to_owned(),
            embedded: false,
            ..Self::embedded(Some(namespace))
        }
    }

    /// Scheme, host and port of the API server, for people and the record: the user before a host and the path behind it
    /// may be credentials.
    #[must_use]
    pub fn address(&self) -> String {
        let Ok(url) = self.server.parse::<http::Uri>() else {
            return self.server.clone();
        };
        match (url.scheme_str(), url.host(), url.port()) {
            (Some(scheme), Some(host), Some(port)) => format!("{scheme}://{host}:{port}"),
            (Some(scheme), Some(host), None) => format!("{scheme}://{host}"),
            _ => self.server.clone(),
        }
    }

    pub(super) fn embedded(namespace: Option<&str>) -> Self {
        Self {
            context: "embedded".to_owned(),
            server: String::new(),
            namespace: namespace.unwrap_or("default").to_owned(),
            embedded: true,
            contexts: Vec::new(),
            current: None,
            user: None,
            credential: Credential::None,
            maker: Maker::Unknown,
            proxy: None,
        }
    }

    /// `the cluster of context "minikube"`.
    pub(super) fn named(&self) -> String {
        if self.embedded {
            "the embedded cluster".to_owned()
        } else {
            format!("the cluster of context \"{}\"", self.context)
        }
    }

    /// What to do when it does not answer: by what is known of the program that made it.
    pub(super) fn start_hint(&self) -> String {
        let other = "or choose another context with `--context`";
        match &self.maker {
            Maker::Minikube { profile } if profile == "minikube" => {
                format!("Minikube seems to be stopped: start it with `minikube start`, {other}.")
            }
            Maker::Minikube { profile } => {
                format!("Minikube seems to be stopped: start it with `minikube start -p {profile}`, {other}.")
            }
            Maker::Kind { cluster } => {
                format!("kind's node seems to be stopped: start it with `docker start {cluster}-control-plane`, {other}.")
            }
            Maker::K3d { cluster } => format!("k3d seems to be stopped: start it with `k3d cluster start {cluster}`, {other}."),
            Maker::DockerDesktop => {
                format!(
                    "Docker Desktop or its Kubernetes seems to be stopped: start it and see that Kubernetes is enabled in its settings, {other}."
                )
            }
            Maker::RancherDesktop => format!("Rancher Desktop seems to be stopped: start it with `rdctl start`, {other}."),
            Maker::Colima { profile } if profile == "default" => {
                format!("Colima seems to be stopped: start it with `colima start --kubernetes`, {other}.")
            }
            Maker::Colima { profile } => {
                format!("Colima seems to be stopped: start it with `colima start {profile} --kubernetes`, {other}.")
            }
            Maker::Unknown => format!("See that it runs and that this machine reaches it, {other}."),
        }
    }

    /// `Contexts: minikube (current), docker-desktop`; `None` when there is no choice.
    pub(super) fn contexts_hint(&self) -> Option<String> {
        contexts_line(&self.contexts, self.current.as_deref()).filter(|_| self.contexts.len() > 1)
    }
}

/// At most this many contexts are listed.
const LISTED: usize = 12;

pub(super) fn contexts_line(contexts: &[String], current: Option<&str>) -> Option<String> {
    if contexts.is_empty() {
        return None;
    }
    let mut names: Vec<String> = contexts
        .iter()
        .take(LISTED)
        .map(|name| {
            if Some(name.as_str()) == current {
                format!("{name} (current)")
            } else {
                name.clone()
            }
        })
        .collect();
    if contexts.len() > LISTED {
        names.push(format!("and {} more", contexts.len() - LISTED));
    }
    Some(format!("Contexts: {}", names.join(", ")))
}

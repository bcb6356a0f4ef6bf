//! What a call can do to a cluster: one table, used for previews, grants and programs behind the gate.

use serde::{Deserialize, Serialize};

use super::request_line::{UNCLEAR, only_tries, segments, watches, word};

/// Classes of API calls, from harmless to unknown. Order matters: a plan has the highest class of its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    Read,
    /// Reads the value of a Secret.
    SecretRead,
    Change,
    /// exec, attach, port-forward, ephemeral containers, proxy to a pod.
    RunCode,
    /// Takes away an object, a volume or a namespace, or leaves one to the garbage collector.
    Destroy,
    /// Gives rights, or changes who is asked before something changes: roles and bindings, admission, aggregated APIs, approved
    /// certificates, acting as somebody else, containers that reach their node.
    Escalate,
    /// Nothing we know: held.
    Unknown,
}

impl Risk {
    /// All of them, from harmless to unknown.
    pub const ALL: [Self; 7] = [
        Self::Read,
        Self::SecretRead,
        Self::Change,
        Self::RunCode,
        Self::Destroy,
        Self::Escalate,
        Self::Unknown,
    ];

    /// As it is written: `run-code`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::SecretRead => "secret-read",
            Self::Change => "change",
            Self::RunCode => "run-code",
            Self::Destroy => "destroy",
            Self::Escalate => "escalate",
            Self::Unknown => "unknown",
        }
    }

    /// Something is other than before. Of what a program in a pod does, or who reaches it through a port, nothing is known; a call
    /// that leaves a container behind says so itself ([`Call::adds_containers`]).
    #[must_use]
    pub const fn changes(self) -> bool {
        matches!(self, Self::Change | Self::Destroy | Self::Escalate | Self::Unknown)
    }
}

/// One call to the Kubernetes API, taken apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, or the method where it is no resource.
    pub verb: String,
    pub group: String,
    pub version: String,
    /// Lower-case plural; empty for paths that are no resource (`/version`, `/apis`).
    pub resource: String,
    pub subresource: String,
    pub namespace: Option<String>,
    pub name: Option<String>,
    /// `dryRun=All` was asked for.
    pub dry_run: bool,
    pub path: String,
}

impl Call {
    /// Takes a request line apart as the API server's own RequestInfo does
    /// (k8s.io/apiserver/pkg/endpoints/request): `/api/v1/…` and `/apis/<group>/<version>/…`.
    #[must_use]
    pub fn parse(method: &str, path: &str, query: &str) -> Self {
        let mut call = Self {
            verb: word(method),
            group: String::new(),
            version: String::new(),
            resource: String::new(),
            subresource: String::new(),
            namespace: None,
            name: None,
            dry_run: only_tries(query),
            path: path.to_owned(),
        };
        let Some(parts) = segments(path) else {
            call.verb = UNCLEAR.to_owned();
            return call;
        };
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let rest = match parts.as_slice() {
            ["api", version, rest @ ..] => {
                call.version = (*version).to_owned();
                rest
            }
            ["apis", group, version, rest @ ..] => {
                call.group = (*group).to_owned();
                call.version = (*version).to_owned();
                rest
            }
            _ => return call,
        };
        let (watch_path, rest) = match rest {
            ["watch", rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let rest = match rest {
            // A namespace itself, and its `status` and `finalize` subresources, are no resources inside it.
            ["namespaces", namespace] | ["namespaces", namespace, "status" | "finalize"] => {
                call.namespace = Some((*namespace).to_owned());
                rest
            }
            ["namespaces", namespace, inner @ ..] => {
                call.namespace = Some((*namespace).to_owned());
                inner
            }
            rest => rest,
        };
        let mut rest = rest.iter();
        call.resource = rest.next().map_or(String::new(), |&s| s.to_owned());
        call.name = rest.next().map(|&s| s.to_owned());
        call.subresource = rest.next().map_or(String::new(), |&s| s.to_owned());
        if call.resource.is_empty() {
            return call;
        }
        let watching = watch_path || watches(query);
        call.verb = match (method, &call.name) {
            ("GET" | "HEAD", _) if watching => "watch",
            ("GET" | "HEAD", Some(_)) => "get",
            ("GET" | "HEAD", None) => "list",
            ("POST", _) => "create",
            ("PUT", _) => "update",
            ("PATCH", _) => "patch",
            ("DELETE", Some(_)) => "delete",
            ("DELETE", None) => "deletecollection",
            _ => return call,
        }
        .to_owned();
        call
    }

    /// The class of this call. Anything that is not known to be harmless is not called so.
    #[must_use]
    pub fn risk(&self) -> Risk {
        let read = matches!(self.verb.as_str(), "get" | "list" | "watch");
        if self.resource.is_empty() {
            return if matches!(self.verb.as_str(), "get" | "head") && is_known_read(&self.path) {
                Risk::Read
            } else {
                Risk::Unknown
            };
        }
        // Names of resources are in lower case; what a server makes of others, and of the proxy that came before names,
        // is not known.
        let is_odd = |name: &str| name.bytes().any(|b| b.is_ascii_uppercase() || b == b'%');
        if is_odd(&self.resource) || is_odd(&self.subresource) || (self.resource == "proxy" && self.group.is_empty()) {
            return Risk::Unknown;
        }
        match (self.resource.as_str(), self.subresource.as_str()) {
            // A GET on these opens a tunnel or runs a command; that it is a GET means nothing.
            (_, "exec" | "attach" | "portforward" | "proxy" | "ephemeralcontainers")
                if !(read && self.subresource == "ephemeralcontainers") =>
            {
                Risk::RunCode
            }
            // Reviews are questions in the form of a create; nothing is stored.
            (
                "selfsubjectaccessreviews"
                | "selfsubjectrulesreviews"
                | "subjectaccessreviews"
                | "localsubjectaccessreviews"
                | "selfsubjectreviews"
                | "tokenreviews",
                _,
            ) if self.verb == "create" && is_review(&self.group) => Risk::Read,
            ("serviceaccounts", "token") if self.verb == "create" => Risk::SecretRead,
            ("secrets", _) if read && self.group.is_empty() => Risk::SecretRead,
            (_, "eviction") => Risk::Destroy,
            // What waits for its end is let go.
            ("namespaces", "finalize") if !read => Risk::Destroy,
            // What a subresource of somebody else's API does on a GET is theirs to say.
            (_, subresource) if read && !is_builtin(&self.group) && !matches!(subresource, "" | "status" | "scale") => Risk::Unknown,
            _ if read => Risk::Read,
            _ if matches!(self.verb.as_str(), "delete" | "deletecollection") => Risk::Destroy,
            _ if self.gives_rights() => Risk::Escalate,
            _ if matches!(self.verb.as_str(), "create" | "update" | "patch") => Risk::Change,
            _ => Risk::Unknown,
        }
    }

    /// Kinds that say who may do what, who is asked before it is done, or whose calls are answered first.
    fn gives_rights(&self) -> bool {
        let kind = (self.group.as_str(), self.resource.as_str(), self.subresource.as_str());
        matches!(
            kind,
            (
                "rbac.authorization.k8s.io" | "admissionregistration.k8s.io" | "apiregistration.k8s.io" | "flowcontrol.apiserver.k8s.io",
                ..
            ) | ("certificates.k8s.io", "certificatesigningrequests", "approval" | "status")
                | ("certificates.k8s.io", "clustertrustbundles", _)
                | ("policy" | "extensions", "podsecuritypolicies", _)
        )
    }

    /// A server can read it otherwise than we do: it is never passed on.
    #[must_use]
    pub fn is_unclear(&self) -> bool {
        self.verb == UNCLEAR
    }

    /// A server of Kubernetes itself answers it, and holds a change that is only tried to be no change. Of custom resources and
    /// of servers behind the aggregation layer, this does not tell.
    #[must_use]
    pub fn is_builtin(&self) -> bool {
        is_builtin(&self.group)
    }

    /// `patch deployments/todo-backend/scale`, for records and messages.
    #[must_use]
    pub fn summary(&self) -> String {
        if self.resource.is_empty() {
            return format!("{} {}", self.verb, self.path);
        }
        let parts = [
            Some(self.resource.as_str()),
            self.name.as_deref(),
            Some(self.subresource.as_str()).filter(|s| !s.is_empty()),
        ];
        format!("{} {}", self.verb, parts.into_iter().flatten().collect::<Vec<_>>().join("/"))
    }
}

/// Paths that are no resource and only tell something.
fn is_known_read(path: &str) -> bool {
    const WHOLE: [&str; 6] = ["/version", "/metrics", "/healthz", "/livez", "/readyz", "/openid/v1/jwks"];
    const BELOW: [&str; 8] = [
        "/api",
        "/apis",
        "/openapi",
        "/healthz",
        "/livez",
        "/readyz",
        "/.well-known",
        "/swaggerapi",
    ];
    let path = path.trim_end_matches('/');
    let below = |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    path.is_empty() || WHOLE.contains(&path) || BELOW.iter().any(|root| below(root))
}

fn is_review(group: &str) -> bool {
    matches!(group, "authorization.k8s.io" | "authentication.k8s.io")
}

/// The groups that Kubernetes itself serves. Others end in `.k8s.io` as well and are anybody's.
fn is_builtin(group: &str) -> bool {
    const GROUPS: [&str; 18] = [
        "admissionregistration",
        "apiextensions",
        "apiregistration",
        "authentication",
        "authorization",
        "certificates",
        "coordination",
        "discovery",
        "events",
        "flowcontrol.apiserver",
        "internal.apiserver",
        "networking",
        "node",
        "rbac.authorization",
        "resource",
        "scheduling",
        "storage",
        "storagemigration",
    ];
    match group.strip_suffix(".k8s.io") {
        Some(own) => GROUPS.contains(&own),
        None => matches!(group, "" | "apps" | "batch" | "autoscaling" | "policy" | "extensions"),
    }
}

#[cfg(test)]
mod tests;

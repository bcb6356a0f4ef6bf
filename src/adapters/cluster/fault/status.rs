//! The server's own errors (`meta/v1 Status`).

use std::{sync::LazyLock, time::Duration};

use http::{HeaderMap, StatusCode, header::RETRY_AFTER};
use regex::Regex;
use serde_json::Value;

use crate::{
    adapters::cluster::{
        embedded::DATABASE,
        target::{Credential, Maker, Target},
    },
    domain::{
        failure::{Failure, FailureKind},
        risk::Call,
    },
};

/// An answer of 400 and above.
#[derive(Debug)]
pub(in crate::adapters::cluster) struct Status {
    pub code: u16,
    pub message: String,
    /// It speaks of one object by name.
    pub named: bool,
    pub retry_after: Option<Duration>,
    /// The embedded cluster's database is in trouble: what it is, and what helps.
    pub database: Option<(String, String)>,
    /// The same credentials were good for an earlier call.
    pub accepted: bool,
}

impl Status {
    pub(super) fn of(code: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        let mut status = Self::of_value(&json, code.as_u16());
        if status.message.is_empty() {
            // A proxy or a load balancer on the way answers in words of its own.
            let text = String::from_utf8_lossy(body);
            let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
            let words = if line.starts_with('<') { "" } else { line };
            status.message = words.chars().filter(|c| !c.is_control()).take(200).collect();
        }
        if status.message.is_empty() {
            status.message = code.canonical_reason().unwrap_or("no reason given").to_lowercase();
        }
        let header = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        status.retry_after = header.map(Duration::from_secs).or(status.retry_after);
        status
    }

    /// A `Status` object, also as it comes inside a watch.
    pub(in crate::adapters::cluster) fn of_value(json: &Value, code: u16) -> Self {
        let text = |pointer: &str| json.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let is_status = json.get("kind").and_then(Value::as_str) == Some("Status");
        Self {
            code: json
                .get("code")
                .and_then(Value::as_u64)
                .and_then(|code| u16::try_from(code).ok())
                .filter(|_| is_status)
                .unwrap_or(code),
            message: if is_status { text("/message") } else { String::new() },
            accepted: false,
            named: is_status && !text("/details/name").is_empty(),
            retry_after: json
                .pointer("/details/retryAfterSeconds")
                .and_then(Value::as_u64)
                .map(Duration::from_secs),
            database: (text("/details/causes/0/reason") == DATABASE)
                .then(|| (text("/details/causes/0/message"), text("/details/causes/0/field"))),
        }
    }

    pub(super) fn failure(self, target: &Target, call: &Call) -> Failure {
        let cause = format!(
            "{} answered {} to \"{}\": {}",
            target.named(),
            self.code,
            call.summary(),
            self.message
        );
        let failure = match self.code {
            // No error of a server: the file of this program cannot be used as it is.
            _ if target.embedded && self.database.is_some() => {
                let (what, hint) = self.database.unwrap_or_default();
                Failure::new(FailureKind::Configuration, what).hint(hint)
            }
            401 => unauthorized(target, self.accepted),
            403 => forbidden(&self.message, target, call),
            404 => self.not_found(target, call),
            409 => Failure::new(
                FailureKind::Conflict,
                format!("{} was changed by somebody else at the same time", object(call)),
            ),
            429 | 503 | 504 => Failure::new(
                FailureKind::Unreachable,
                format!("{} cannot answer now ({}: {})", target.named(), self.code, self.message),
            )
            .hint(match self.retry_after {
                Some(after) => format!("It is overloaded and asks to wait {} s: try again then.", after.as_secs()),
                None => "It is starting or overloaded: try again in a moment.".to_owned(),
            }),
            code if code >= 500 => Failure::new(
                FailureKind::Failed,
                format!("{} failed on \"{}\" ({code}: {})", target.named(), call.summary(), self.message),
            ),
            _ => Failure::new(
                FailureKind::Failed,
                format!("the server refuses to {}: {}", call.summary(), self.message),
            ),
        };
        failure.cause(cause)
    }

    fn not_found(&self, target: &Target, call: &Call) -> Failure {
        if self.named {
            return Failure::new(FailureKind::NotFound, format!("{} is not there", object(call)));
        }
        let kind = if call.group.is_empty() {
            call.resource.clone()
        } else {
            format!("{}.{}", call.resource, call.group)
        };
        Failure::new(
            FailureKind::NotFound,
            format!("{} does not serve {kind} in version {}", target.named(), call.version),
        )
        .hint("What it serves: `kubectl api-resources`.")
    }
}

/// `deployments/web in namespace todo`.
fn object(call: &Call) -> String {
    let name = call
        .name
        .as_deref()
        .map_or_else(|| call.resource.clone(), |name| format!("{}/{name}", call.resource));
    match &call.namespace {
        Some(namespace) if call.resource != "namespaces" => format!("{name} in namespace {namespace}"),
        _ => name,
    }
}

fn unauthorized(target: &Target, accepted: bool) -> Failure {
    let user = target.user.as_deref().unwrap_or_default();
    let who = if user.is_empty() {
        "a user without credentials".to_owned()
    } else {
        format!("the credentials of user \"{user}\"")
    };
    let hint = match (&target.credential, &target.maker) {
        (Credential::Program { command, .. }, _) => {
            format!("They come from `{command}`: log in again with the program of your provider, then try again.")
        }
        (_, Maker::Minikube { profile }) if profile == "minikube" => "Renew them with `minikube update-context`.".to_owned(),
        (_, Maker::Minikube { profile }) => format!("Renew them with `minikube update-context -p {profile}`."),
        (_, Maker::Kind { cluster }) => format!("Renew them with `kind export kubeconfig --name {cluster}`."),
        (_, Maker::K3d { cluster }) => format!("Renew them with `k3d kubeconfig merge {cluster} -d`."),
        (Credential::TokenFile(file), _) => format!("The token in {} has expired or was taken back: renew it.", file.display()),
        (Credential::Token, _) => "The token has expired or was taken back: get a new kubeconfig, or log in again.".to_owned(),
        (Credential::Certificate, _) => {
            "The client certificate has expired or is of another cluster: get a new kubeconfig, or log in again.".to_owned()
        }
        (Credential::Password, _) => {
            "Kubernetes has not taken passwords since version 1.19: get a new kubeconfig from who runs the cluster.".to_owned()
        }
        (Credential::None, _) => "The kubeconfig holds no credentials for this context: log in, or get a new kubeconfig.".to_owned(),
    };
    let failure = Failure::new(
        FailureKind::Configuration,
        if accepted {
            format!(
                "{} does not accept {who} any more (401 unauthorized): they have just expired",
                target.named()
            )
        } else {
            format!("{} does not accept {who} (401 unauthorized)", target.named())
        },
    )
    .hint(hint);
    match target.contexts_hint() {
        Some(list) => failure.hint(list),
        None => failure,
    }
}

/// The sentence of the API server's authorizer (k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go). A 403
/// without it comes from admission: a quota, a policy.
static DENIED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"User "(?<user>[^"]*)" cannot (?<verb>\S+) resource "(?<resource>[^"]*)" in API group "(?<group>[^"]*)"(?: in the namespace "(?<namespace>[^"]*)"| at the cluster scope)?"#,
    )
    .ok()
});

fn forbidden(message: &str, target: &Target, call: &Call) -> Failure {
    let denied = DENIED.as_ref().and_then(|pattern| pattern.captures(message));
    let Some(denied) = denied else {
        // `pods "x" is forbidden: exceeded quota: …`
        let reason = message.split_once(" is forbidden: ").map_or(message, |(_, reason)| reason);
        return Failure::new(
            FailureKind::Forbidden,
            format!("the server refuses to {}: {reason}", call.summary()),
        );
    };
    let part = |name: &str| denied.name(name).map_or("", |part| part.as_str());
    let (user, verb, resource, group, namespace) = (part("user"), part("verb"), part("resource"), part("group"), part("namespace"));
    let scope = if namespace.is_empty() {
        "in the whole cluster".to_owned()
    } else {
        format!("in namespace \"{namespace}\"")
    };
    let (plain, subresource) = resource.split_once('/').unwrap_or((resource, ""));
    let dot = if group.is_empty() { "" } else { "." };
    let slash = if subresource.is_empty() { "" } else { "/" };
    let full = format!("{plain}{dot}{group}{slash}{subresource}");
    let name = format!("{verb}-{}", resource.replace('/', "-"));
    let subject = match user.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':')) {
        Some((namespace, account)) => format!("--serviceaccount={namespace}:{account}"),
        None => format!("--user={user}"),
    };
    let (role, binding, of, at) = if namespace.is_empty() {
        ("clusterrole", "clusterrolebinding", "--clusterrole", String::new())
    } else {
        ("role", "rolebinding", "--role", format!(" -n {namespace}"))
    };
    Failure::new(FailureKind::Forbidden, format!("user \"{user}\" may not {verb} {full} {scope}"))
        .hint(format!("Who runs {} can allow it:", target.named()))
        .hint(format!("`kubectl create {role} {name} --verb={verb} --resource={full}{at}`"))
        .hint(format!("`kubectl create {binding} {name} {of}={name} {subject}{at}`"))
}

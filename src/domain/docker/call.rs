//! What a call to the Docker Engine API can do: one table, apart from the one of Kubernetes, because the same words mean
//! other things there.

use super::GROUP;
use crate::domain::risk::{Call, Risk};

/// Takes a request line of the Engine API apart: `/v1.41/containers/web/stop`.
#[must_use]
pub fn parse(method: &str, path: &str) -> Call {
    let inner = path.strip_prefix('/').unwrap_or(path);
    let mut parts: Vec<&str> = inner.split('/').collect();
    if parts.first().is_some_and(|first| is_version(first)) {
        parts.remove(0);
    }
    let (resource, rest) = parts.split_first().map_or(("", &[][..]), |(first, rest)| (*first, rest));
    let (name, subresource) = named(resource, rest);
    Call {
        verb: verb(method, &subresource, name.is_some()).to_owned(),
        group: GROUP.to_owned(),
        version: "v1".to_owned(),
        resource: resource.to_owned(),
        subresource,
        namespace: None,
        name,
        dry_run: false,
        path: path.to_owned(),
    }
}

/// The class of a call. What is not known to be harmless is not called so.
#[must_use]
pub fn risk(call: &Call) -> Risk {
    let odd = call.path.contains("//") || call.path.split('/').any(|part| matches!(part, "." | "..")) || call.path.contains('%');
    if odd || call.verb == "unknown" {
        return Risk::Unknown;
    }
    let read = matches!(call.verb.as_str(), "get" | "list");
    let named = call.name.is_some();
    match (call.resource.as_str(), call.subresource.as_str()) {
        ("_ping" | "version" | "info" | "events", "") if read => Risk::Read,
        ("system", "df") if read => Risk::Read,
        // Answers with the environment of the container, in which secrets stand.
        ("containers", "json") if read && named => Risk::SecretRead,
        ("containers", "export" | "archive") if read => Risk::SecretRead,
        ("containers", "json" | "logs" | "stats" | "top" | "changes") if read => Risk::Read,
        ("containers", "wait") if named => Risk::Read,
        ("images", "json" | "history" | "search") if read => Risk::Read,
        ("networks" | "volumes", "") if read => Risk::Read,
        ("distribution", "json") if read => Risk::Read,
        ("containers", "exec" | "attach" | "attach/ws" | "resize") | ("exec", _) => Risk::RunCode,
        ("containers" | "images" | "volumes" | "networks" | "build", "prune") => Risk::Destroy,
        ("containers" | "images" | "networks" | "volumes", "") if call.verb == "delete" => Risk::Destroy,
        ("containers", "create") if !named => Risk::Change,
        ("containers", "start" | "stop" | "restart" | "kill" | "pause" | "unpause" | "rename" | "update") if call.verb == "create" => {
            Risk::Change
        }
        ("images", "tag" | "create" | "load") if call.verb == "create" => Risk::Change,
        ("build" | "commit", "") if call.verb == "create" => Risk::Change,
        ("networks", "create" | "connect" | "disconnect") | ("volumes", "create") if call.verb == "create" => Risk::Change,
        _ => Risk::Unknown,
    }
}

fn is_version(part: &str) -> bool {
    part.strip_prefix('v')
        .is_some_and(|rest| rest.contains('.') && rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}

/// The name and what is asked of it. Names of images hold slashes: the last word says what is done.
fn named(resource: &str, rest: &[&str]) -> (Option<String>, String) {
    const OF_IMAGES: [&str; 5] = ["json", "history", "push", "tag", "get"];
    const OF_ALL: [&str; 6] = ["json", "create", "prune", "search", "load", "get"];
    match rest {
        [] => (None, String::new()),
        [only] if OF_ALL.contains(only) || matches!(resource, "system" | "build" | "swarm") => (None, (*only).to_owned()),
        [names @ .., last] if resource == "images" || resource == "distribution" => {
            if OF_IMAGES.contains(last) && !names.is_empty() {
                (Some(names.join("/")), (*last).to_owned())
            } else {
                (Some(rest.join("/")), String::new())
            }
        }
        [name, more @ ..] => (Some((*name).to_owned()), more.join("/")),
    }
}

fn verb(method: &str, subresource: &str, named: bool) -> &'static str {
    match method {
        "GET" | "HEAD" if !named && matches!(subresource, "json" | "") => "list",
        "GET" | "HEAD" => "get",
        "POST" => "create",
        "PUT" => "update",
        "DELETE" => "delete",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_to_the_engine_are_classified_by_what_they_can_do() {
        let cases = [
            ("GET", "/v1.41/containers/json", "list containers/json", Risk::Read),
            ("GET", "/v1.41/containers/web/json", "get containers/web/json", Risk::SecretRead),
            ("GET", "/v1.41/containers/web/logs", "get containers/web/logs", Risk::Read),
            (
                "GET",
                "/v1.41/containers/web/archive",
                "get containers/web/archive",
                Risk::SecretRead,
            ),
            ("POST", "/v1.41/containers/web/stop", "create containers/web/stop", Risk::Change),
            ("POST", "/v1.41/containers/web/exec", "create containers/web/exec", Risk::RunCode),
            ("POST", "/v1.41/exec/1f/start", "create exec/1f/start", Risk::RunCode),
            ("GET", "/containers/web/attach/ws", "get containers/web/attach/ws", Risk::RunCode),
            ("POST", "/v1.41/containers/create", "create containers/create", Risk::Change),
            ("DELETE", "/v1.41/containers/web", "delete containers/web", Risk::Destroy),
            ("POST", "/v1.41/containers/prune", "create containers/prune", Risk::Destroy),
            ("GET", "/v1.41/images/a/b:1/history", "get images/a/b:1/history", Risk::Read),
            ("POST", "/v1.41/images/a/b:1/tag", "create images/a/b:1/tag", Risk::Change),
            ("DELETE", "/v1.41/images/json", "delete images/json", Risk::Unknown),
            ("POST", "/v1.41/images/a:1/push", "create images/a:1/push", Risk::Unknown),
            ("POST", "/v1.41/build", "create build", Risk::Change),
            ("POST", "/v1.41/swarm/init", "create swarm/init", Risk::Unknown),
            ("GET", "/v1.41/secrets", "list secrets", Risk::Unknown),
            ("GET", "/v1.41/containers/../secrets", "get containers/../secrets", Risk::Unknown),
            ("get", "/v1.41/info", "unknown info", Risk::Unknown),
            ("GET", "/_ping", "list _ping", Risk::Read),
        ];
        for (method, path, summary, expected) in cases {
            let call = parse(method, path);
            assert_eq!((call.summary().as_str(), risk(&call)), (summary, expected), "{method} {path}");
        }
    }
}

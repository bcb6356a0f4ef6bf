//! What a caller wants, taken apart.

use std::collections::BTreeSet;

use http::{HeaderMap, Method, header::UPGRADE, request::Parts};

use serde_json::Value;

use super::super::gate::TURNING;
use crate::domain::{
    held::AsSent,
    request_line::{is_unclear_query, parameters},
    risk::{Call, Risk},
};

#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub call: Call,
    /// The highest class that it belongs to.
    pub risk: Risk,
    /// All classes that it belongs to.
    pub needs: BTreeSet<Risk>,
    pub query: String,
    /// It wants to become something else than HTTP.
    pub upgrades: bool,
    /// As somebody else.
    pub impersonates: bool,
}

impl Asked {
    pub(super) fn of(parts: &Parts) -> Self {
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let call = Call::parse(parts.method.as_str(), parts.uri.path(), &query);
        let mut needs = BTreeSet::from([call.risk()]);
        if call.shows_a_secret() {
            needs.insert(Risk::SecretRead);
        }
        if call.takes_a_guard() {
            needs.insert(Risk::Escalate);
        }
        let impersonates = parts.headers.keys().any(|name| name.as_str().starts_with("impersonate-"));
        if impersonates {
            needs.insert(Risk::Escalate);
        }
        Self {
            risk: needs.iter().copied().max().unwrap_or(Risk::Unknown),
            needs,
            call,
            query,
            upgrades: parts.headers.contains_key(UPGRADE),
            impersonates,
        }
    }

    /// Why it is not passed on whatever is allowed: a server may take it for another call than the one that was judged.
    pub(super) fn is_never_passed(&self, parts: &Parts) -> Option<String> {
        let known = [
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::OPTIONS,
        ];
        if self.call.is_unclear() {
            return Some("its path can be read in two ways".to_owned());
        }
        if !known.contains(&parts.method) {
            return Some(format!("the method {} is not passed on", parts.method));
        }
        if let Some(name) = parts
            .headers
            .keys()
            .map(http::HeaderName::as_str)
            .find(|name| TURNING.contains(name))
        {
            return Some(format!("its header {name} can make something else of it"));
        }
        if !matches!(self.call.risk(), Risk::Read | Risk::SecretRead) && is_unclear_query(&self.query) {
            return Some("its query can be read in two ways".to_owned());
        }
        if self.has_odd_dry_run() {
            return Some("its dryRun can be read in two ways".to_owned());
        }
        if self.upgrades && !self.may_upgrade(&parts.headers) {
            return Some("it would become something else than HTTP, and no such call does".to_owned());
        }
        None
    }

    /// A parameter that a server may take for `dryRun`, and that is not the one way to say it.
    fn has_odd_dry_run(&self) -> bool {
        let mut pairs = parameters(&self.query).unwrap_or_default().into_iter();
        !self.reads() && !self.call.dry_run && pairs.any(|(name, _)| name.eq_ignore_ascii_case("dryRun"))
    }

    /// Ways into containers; watches and logs are also served as WebSockets.
    fn may_upgrade(&self, headers: &HeaderMap) -> bool {
        let to = |protocol: &[u8]| {
            headers
                .get_all(UPGRADE)
                .iter()
                .all(|to| to.as_bytes().eq_ignore_ascii_case(protocol))
        };
        let websocket = to(b"websocket");
        let streams = self.call.verb == "watch" || self.call.subresource == "log";
        match self.call.risk() {
            // Of another protocol it is not known what goes through it: HTTP/2 would be calls that nobody judges.
            Risk::RunCode => websocket || to(b"spdy/3.1"),
            Risk::Read | Risk::SecretRead => websocket && streams,
            _ => false,
        }
    }

    /// By its method.
    pub(super) fn reads(&self) -> bool {
        matches!(self.call.verb.as_str(), "get" | "list" | "watch")
    }

    /// As it is told: the options of a deletion say otherwise than its request line whether it is only tried.
    pub(super) fn trying(&self, dry_run: bool) -> Self {
        let mut asked = self.clone();
        asked.call.dry_run = dry_run;
        asked
    }

    /// Its answer has no end of its own.
    pub(super) fn lasts(&self) -> bool {
        let follows = || self.call.subresource == "log" && self.values("follow").iter().any(|value| value == "true");
        self.call.verb == "watch" || follows()
    }

    /// `patch deployments/web in namespace todo`.
    pub(super) fn told(&self) -> String {
        match &self.call.namespace {
            Some(namespace) if self.call.resource != "namespaces" => format!("{} in namespace {namespace}", self.call.summary()),
            _ => self.call.summary(),
        }
    }

    /// As it goes over the wire.
    pub(super) fn as_sent(&self, parts: &Parts, body: Option<Value>) -> AsSent {
        AsSent {
            method: parts.method.to_string(),
            path: parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
            body,
        }
    }

    /// The arguments of an exec.
    pub(super) fn command(&self) -> Vec<String> {
        self.values("command")
    }

    /// All values of this parameter.
    pub(super) fn values(&self, of: &str) -> Vec<String> {
        let pairs = parameters(&self.query).unwrap_or_default().into_iter();
        pairs.filter(|(name, _)| name == of).map(|(_, value)| value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_is_told_however_its_name_is_written() {
        let request = http::Request::post("/api/v1/namespaces/a/pods/b/exec?comm%61nd=sh&comman%64=-c&command=ls+-l");
        let (parts, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(Asked::of(&parts).command(), ["sh", "-c", "ls -l"]);
    }
}

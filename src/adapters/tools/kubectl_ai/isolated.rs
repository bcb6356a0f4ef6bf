//! What kubectl-ai is kept from, and what it may touch: its programs, the gate, its model.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use http::Uri;

use super::NAME;
use crate::{
    adapters::{
        cluster::served::Served,
        sealed::{self, Needs, Reach, obstacle},
        tools::Surroundings,
    },
    domain::errand::Isolation,
};

/// What its model starts.
const STARTS: [&str; 3] = ["kubectl", "bash", "helm"];

/// What it is kept from here.
pub(super) fn isolation(here: &Surroundings) -> Isolation {
    let own = here.program(NAME);
    match obstacle(&here.kept, &programs(here, own.as_deref())) {
        Some(why) => Isolation {
            why: Some(why),
            ..Isolation::default()
        },
        None => sealed::isolation(),
    }
}

fn programs(here: &Surroundings, own: Option<&Path>) -> Vec<PathBuf> {
    let own = own.map(Path::to_path_buf);
    own.into_iter().chain(STARTS.iter().filter_map(|name| here.program(name))).collect()
}

pub(super) fn reach(here: &Surroundings, own: &Path, variables: &[(OsString, OsString)], served: &Served, scratch: &Path) -> Reach {
    let certificates = variables
        .iter()
        .filter(|(name, _)| name == "SSL_CERT_FILE" || name == "SSL_CERT_DIR");
    Reach::of(Needs {
        programs: programs(here, Some(own)),
        path: here.path.as_deref(),
        reads: certificates
            .flat_map(|(_, value)| std::env::split_paths(value).collect::<Vec<_>>())
            .chain([served.folder()])
            .collect(),
        owns: vec![scratch.to_path_buf()],
        ports: ports(variables).into_iter().chain([served.port()]).collect(),
        kept: &here.kept,
    })
}

/// Where its model, and the proxy on the way to it, listen.
fn ports(variables: &[(OsString, OsString)]) -> Vec<u16> {
    let is_set = |wanted: &str| variables.iter().any(|(name, _)| name == wanted);
    let mut ports: Vec<u16> = variables
        .iter()
        .filter_map(|(name, value)| port(name.to_str()?, value.to_str()?))
        .collect();
    // On a machine of the cloud that sells the model, its key is to be had from there.
    if is_set("BEDROCK_MODEL") && !is_set("AWS_ACCESS_KEY_ID") {
        ports.push(80);
    }
    ports
}

/// The port of an address that stands in a variable.
fn port(name: &str, value: &str) -> Option<u16> {
    let name = name.to_ascii_uppercase();
    let is_address = ["_ENDPOINT", "_API_BASE", "_HOST", "_PROXY"].iter().any(|end| name.ends_with(end));
    if !is_address || name == "NO_PROXY" {
        return None;
    }
    let address: Uri = value.trim().parse().ok()?;
    let otherwise = match (address.scheme_str(), name.as_str()) {
        (Some("https"), _) => 443,
        (Some(scheme), _) if scheme.starts_with("socks") => 1080,
        (None, "OLLAMA_HOST") => 11434,
        _ => 80,
    };
    Some(address.port_u16().unwrap_or(otherwise))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reaches_the_port_of_its_model_and_of_the_proxy_and_no_others() {
        let told = |variables: &[(&str, &str)]| {
            let variables: Vec<_> = variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            ports(&variables)
        };
        assert_eq!(told(&[("GEMINI_API_KEY", "http://abc:1"), ("NO_PROXY", "a.b:2")]), [0; 0]);
        assert_eq!(told(&[("OPENAI_ENDPOINT", "http://127.0.0.1:9999/v1")]), [9999]);
        assert_eq!(told(&[("OPENAI_API_BASE", "https://models.example/v1")]), [443]);
        assert_eq!(told(&[("OLLAMA_HOST", "127.0.0.1")]), [11434]);
        assert_eq!(
            told(&[("OLLAMA_HOST", "box:8000"), ("https_proxy", "http://me:pw@proxy.example:3128")]),
            [8000, 3128]
        );
        assert_eq!(
            told(&[("HTTPS_PROXY", "socks5://proxy"), ("HTTP_PROXY", "proxy.example")]),
            [1080, 80]
        );
        assert_eq!(told(&[("BEDROCK_MODEL", "m")]), [80]);
        assert_eq!(told(&[("BEDROCK_MODEL", "m"), ("AWS_ACCESS_KEY_ID", "a")]), [0; 0]);
    }
}

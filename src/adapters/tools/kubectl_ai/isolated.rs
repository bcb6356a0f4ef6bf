//! What kubectl-ai is kept from, and what it may touch: its programs, the gate, its model.

use std::{
    ffi::OsString,
    io::Read,
    path::{Path, PathBuf},
};

use http::Uri;

use super::{
    NAME,
    provider::{self, Chosen},
};
use crate::{
    adapters::{
        process::{self, Mute, Surrounding},
        sealed::{self, End, Limit, Needs, Reach, Sealed, obstacle},
        tools::{Bounds, Surroundings},
    },
    domain::errand::Isolation,
};

/// What its model starts, and what makes each tell its version.
const STARTS: [(&str, &[&str]); 3] = [
    ("kubectl", &["version", "--client"]),
    ("bash", &["--version"]),
    ("helm", &["version", "--short"]),
];

/// What it is kept from here, as far as that can be told without starting anything.
pub(super) fn isolation(here: &Surroundings, own: &Path, chosen: Option<&Chosen>) -> Isolation {
    let without = |why: String| Isolation {
        why: Some(why),
        ..Isolation::default()
    };
    match obstacle(&here.kept, &programs(here, own)) {
        Some(why) => without(why),
        None => Isolation {
            port_80: chosen.is_some_and(|chosen| ports(&provider::variables(chosen)).contains(&80)),
            ..sealed::isolation()
        },
    }
}

/// The same; without walls where a program that it needs does not start behind them.
pub(super) async fn tried(isolation: Isolation, here: &Surroundings, own: &Path, bounds: &Bounds) -> Isolation {
    if !isolation.files {
        return isolation;
    }
    let half = Bounds {
        limit: bounds.limit / 2,
        ..bounds.clone()
    };
    let own = (NAME, &["version"][..], Some(own.to_path_buf()));
    let starts = STARTS.map(|(name, args)| (name, args, here.program(name)));
    let shims = std::iter::once(own.clone())
        .chain(starts)
        .filter_map(|(name, args, program)| Some((name, args, program.filter(|program| starts_another(program, name))?)));
    let stays = shims.map(|(name, args, program)| {
        let (isolation, half, own) = (&isolation, &half, own.2.clone());
        async move {
            let walled = ask(&program, args, here, &own.unwrap_or_default(), isolation, half).await;
            if walled.is_ok_and(|ran| ran.succeeded) {
                return None;
            }
            // One that starts nowhere says nothing about the walls.
            let free = process::ask(&program, args, &half.sealed(), half.limit).await;
            free.is_ok_and(|ran| ran.succeeded).then_some(name)
        }
    });
    let stays = futures_util::future::join_all(stays).await;
    match stays.into_iter().flatten().next() {
        Some(name) => Isolation {
            why: Some(format!("{name} starts another program, and does not when it is isolated")),
            ..Isolation::default()
        },
        None => isolation,
    }
}

/// It is a script, or a program of another name: what it starts may lie where nothing is given.
fn starts_another(program: &Path, name: &str) -> bool {
    let real = program.canonicalize().unwrap_or_else(|_| program.to_path_buf());
    let mut first = [0; 2];
    let is_script = std::fs::File::open(&real).and_then(|mut file| file.read_exact(&mut first)).is_ok() && first == *b"#!";
    is_script || !real.file_name().is_some_and(|file| file.to_string_lossy().starts_with(name))
}

/// Asks a program one thing, behind the walls that the tool will stand behind, where there are any.
pub(super) async fn ask(
    program: &Path,
    args: &[&str],
    here: &Surroundings,
    own: &Path,
    isolation: &Isolation,
    bounds: &Bounds,
) -> Result<process::Ran, Mute> {
    if !sealed::keeps() || !isolation.files {
        return process::ask(program, args, &Surrounding::Sealed(bounds.scratch.clone()), bounds.limit).await;
    }
    let sealed = Sealed {
        program: program.to_path_buf(),
        args: args.iter().map(OsString::from).collect(),
        variables: Vec::new(),
        home: bounds.scratch.clone(),
        input: Vec::new(),
        kept: Some((reach(here, own, &[], None, &bounds.scratch), isolation.clone())),
    };
    let mut out = String::new();
    let hear = |line: &[u8]| {
        if out.len() < MOST_BYTES {
            out.push_str(&String::from_utf8_lossy(line));
            out.push('\n');
        }
    };
    let ran = sealed::run(&sealed, &Limit::new(bounds.limit), hear)
        .await
        .map_err(|error| Mute::NotStarted(error.to_string()))?;
    match ran.end {
        End::TooLong | End::Dismissed => Err(Mute::TooLong),
        end => Ok(process::Ran {
            succeeded: end == End::Itself(Some(0)),
            out,
            err: String::from_utf8_lossy(&ran.err).into_owned(),
        }),
    }
}

/// Nobody's version is longer.
const MOST_BYTES: usize = 64 * 1024;

fn programs(here: &Surroundings, own: &Path) -> Vec<PathBuf> {
    let starts = STARTS.iter().filter_map(|(name, _)| here.program(name));
    std::iter::once(own.to_path_buf()).chain(starts).collect()
}

/// Of a gate: its folder and its port.
pub(super) type Gate = (PathBuf, u16);

pub(super) fn reach(here: &Surroundings, own: &Path, variables: &[(OsString, OsString)], gate: Option<Gate>, scratch: &Path) -> Reach {
    let (folder, port) = gate.unzip();
    let certificates = variables
        .iter()
        .filter(|(name, _)| name == "SSL_CERT_FILE" || name == "SSL_CERT_DIR");
    Reach::of(Needs {
        programs: programs(here, own),
        path: here.path.as_deref(),
        reads: certificates
            .flat_map(|(_, value)| std::env::split_paths(value).collect::<Vec<_>>())
            .chain(folder)
            .collect(),
        owns: vec![scratch.to_path_buf()],
        ports: ports(variables).into_iter().chain(port).collect(),
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
    let otherwise = |scheme: Option<&str>| match (scheme, name.as_str()) {
        (Some("https"), _) => 443,
        (Some(scheme), _) if scheme.starts_with("socks") => 1080,
        (None, "OLLAMA_HOST") => 11434,
        _ => 80,
    };
    let value = value.trim();
    match value.parse::<Uri>() {
        Ok(address) => Some(address.port_u16().unwrap_or_else(|| otherwise(address.scheme_str()))),
        // As who reads it takes it: no host, or a password that is not spelled as it should be.
        Err(_) => {
            let (scheme, rest) = value.split_once("://").map_or((None, value), |(scheme, rest)| (Some(scheme), rest));
            let (_, host) = rest.rsplit_once('@').unwrap_or(("", rest));
            let host = host.split(['/', '?']).next().unwrap_or_default();
            let port = host.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
            Some(port.unwrap_or_else(|| otherwise(scheme)))
        }
    }
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
        assert_eq!(told(&[("OLLAMA_HOST", ":8000")]), [8000]);
        assert_eq!(
            told(&[
                ("HTTPS_PROXY", "http://me:p w#@proxy.example:3128/"),
                ("HTTP_PROXY", "https://me:<pw>@proxy")
            ]),
            [3128, 443]
        );
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

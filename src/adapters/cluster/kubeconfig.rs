//! Which cluster is named, by the rules of kubectl: `KUBECONFIG` (a list of files), else `~/.kube/config`.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use kube::config::{AuthInfo, Cluster, Context, Kubeconfig, KubeconfigError};

use super::{
    bounded,
    target::{Credential, Maker, Target, contexts_line},
};
use crate::domain::{
    failure::{Failure, FailureKind, Result},
    release::ContextLine,
};

/// The entries of the kubeconfig that the chosen context points to.
pub(super) struct Chosen {
    pub cluster: Cluster,
    pub user: AuthInfo,
    pub target: Target,
}

/// The files that name clusters; `None` when nothing does.
///
/// # Errors
/// `KUBECONFIG` names files and none of them is there.
pub(super) fn files(variable: Option<&OsStr>, home: Option<&Path>) -> Result<Option<Vec<PathBuf>>> {
    let named: Vec<PathBuf> = variable
        .map(|list| std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect())
        .unwrap_or_default();
    if named.is_empty() {
        let usual = home.map(|home| home.join(".kube").join("config"));
        return Ok(usual.filter(|path| is_there(path)).map(|path| vec![path]));
    }
    // As kubectl does: files of the list that are missing are passed over.
    let there: Vec<PathBuf> = named.iter().filter(|path| is_there(path)).cloned().collect();
    if there.is_empty() {
        let names: Vec<String> = named.iter().map(|path| path.display().to_string()).collect();
        return Err(Failure::new(
            FailureKind::Configuration,
            format!("the kubeconfig {} does not exist", names.join(", ")),
        )
        .hint(format!(
            "The environment variable KUBECONFIG names it: correct it, or unset it with `{UNSET}`."
        )));
    }
    Ok(Some(there))
}

/// How the shell that most have forgets a variable.
const UNSET: &str = if cfg!(windows) {
    "Remove-Item Env:KUBECONFIG"
} else {
    "unset KUBECONFIG"
};

/// A file that exists but cannot be looked at is there: reading it will say why not.
fn is_there(path: &Path) -> bool {
    !matches!(fs::metadata(path), Err(error) if error.kind() == io::ErrorKind::NotFound)
}

/// Reads the files and follows the context.
pub(super) fn choose(files: &[PathBuf], context: Option<&str>, namespace: Option<&str>) -> Result<Chosen> {
    let config = read(files)?;
    let contexts: Vec<String> = config.contexts.iter().map(|named| shown(&named.name)).collect();
    let current = config.current_context.clone().filter(|name| !name.is_empty());
    let list = contexts_line(&contexts, current.as_deref().map(shown).as_deref());
    let file = names(files);
    let wrong = |what: String| Failure::new(FailureKind::Configuration, what);
    if contexts.is_empty() {
        return Err(wrong(format!("the kubeconfig {file} has no contexts: it names no cluster"))
            .hint("Start a cluster that writes itself into it (`minikube start`), or move the file away to use the embedded cluster."));
    }
    let Some(name) = context.map(str::to_owned).or_else(|| current.clone()) else {
        return Err(
            with_list(wrong(format!("the kubeconfig {file} does not say which context is current")), list)
                .hint("Choose one with `--context NAME`, or for good with `kubectl config use-context NAME`."),
        );
    };
    let Some(entry) = config.contexts.iter().find(|named| named.name == name) else {
        return Err(unknown_context(&name, &file, &contexts, list, context.is_some()));
    };
    let chosen = entry.context.clone().unwrap_or_default();
    if let Some(odd) = [Some(&name), chosen.namespace.as_ref()]
        .into_iter()
        .flatten()
        .find(|name| shown(name) != **name)
    {
        let what = format!(
            "context \"{}\" of {file} cannot be used: a name in it breaks the line or its order (\"{}\")",
            shown(&name),
            shown(odd)
        );
        return Err(with_list(wrong(what), list).hint("Write another name into the file: what is asked and shown here stands on one line."));
    }
    let cluster = config
        .clusters
        .iter()
        .find(|named| named.name == chosen.cluster)
        .and_then(|named| named.cluster.clone())
        .ok_or_else(|| {
            let what = format!(
                "context \"{name}\" of {file} points to cluster \"{}\", which is not in it",
                shown(&chosen.cluster)
            );
            with_list(wrong(what), list.clone()).hint("Choose another context with `--context`.")
        })?;
    let user = user_of(&config, &chosen);
    let target = Target {
        server: cluster.server.clone().unwrap_or_default().trim_end_matches('/').to_owned(),
        namespace: namespace
            .map(str::to_owned)
            .or_else(|| chosen.namespace.clone().filter(|name| !name.is_empty()))
            .unwrap_or_else(|| "default".to_owned()),
        embedded: false,
        current,
        user: chosen.user.as_deref().map(shown),
        credential: credential(&user),
        maker: maker(&name, &chosen, &cluster),
        context: name,
        contexts,
        proxy: cluster.proxy_url.clone().filter(|url| !url.is_empty()),
    };
    Ok(Chosen { cluster, user, target })
}

/// All contexts. The one that was chosen by hand is the current one of this request.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn contexts(files: &[PathBuf], chosen: Option<&str>) -> Result<Vec<ContextLine>> {
    let config = read(files)?;
    let current = chosen.map(str::to_owned).or(config.current_context);
    let line = |named: kube::config::NamedContext| {
        let context = named.context.unwrap_or_default();
        ContextLine {
            current: current.as_ref() == Some(&named.name),
            name: shown(&named.name),
            cluster: shown(&context.cluster),
            namespace: shown(context.namespace.as_deref().filter(|name| !name.is_empty()).unwrap_or("default")),
        }
    };
    Ok(config.contexts.into_iter().map(line).collect())
}

/// What breaks a line, or the order in which it is read, could say anything where a name is shown.
fn shown(name: &str) -> String {
    let is_odd = |c: char| c.is_control() || matches!(c, '\u{200E}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let one = |c: char| match is_odd(c) {
        true => c.escape_unicode().to_string(),
        false => c.to_string(),
    };
    name.chars().map(one).collect()
}

fn read(files: &[PathBuf]) -> Result<Kubeconfig> {
    let mut merged = Kubeconfig::default();
    for file in files {
        let next = read_one(file)?;
        merged = merged.merge(next).map_err(|error| {
            Failure::new(
                FailureKind::Configuration,
                format!("the kubeconfigs {} do not fit together", names(files)),
            )
            .cause(error)
        })?;
    }
    Ok(merged)
}

fn read_one(file: &Path) -> Result<Kubeconfig> {
    let cannot = |reason: &dyn std::fmt::Display| {
        Failure::new(
            FailureKind::Configuration,
            format!("the kubeconfig {} cannot be read: {reason}", file.display()),
        )
    };
    let bytes = bounded::read(file).map_err(|error| cannot(&io_reason(&error)))?;
    // kube's reader takes UTF-16 pairs for granted.
    if matches!(bytes.as_slice(), [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]) && bytes.len() % 2 == 1 {
        return Err(cannot(&"it is not text (broken UTF-16)"));
    }
    Kubeconfig::read_from(file).map_err(|error| match error {
        KubeconfigError::Parse(error) => {
            let place = error
                .location()
                .map_or_else(String::new, |at| format!(":{}:{}", at.line(), at.column()));
            // Never the snippet: the lines around it hold credentials.
            let reason = error.without_snippet().to_string();
            let reason = reason.lines().next().unwrap_or_default();
            Failure::new(
                FailureKind::Configuration,
                format!(
                    "the kubeconfig {}{place} is not valid: {}",
                    file.display(),
                    plainly(without_place(reason))
                ),
            )
            .hint("Correct the file, or name another one with the environment variable KUBECONFIG.")
        }
        KubeconfigError::ReadConfig(error, _) => cannot(&io_reason(&error)),
        error => cannot(&error),
    })
}

/// `… at line 3, column 5` is told before, in the form that editors understand.
fn without_place(reason: &str) -> &str {
    reason.split(" at line ").next().unwrap_or(reason).trim_start_matches("error: ")
}

/// The reader's own words say what its parts expect of each other.
fn plainly(reason: &str) -> String {
    if let Some(key) = reason.strip_prefix("duplicate mapping key: ") {
        return format!("{} stands there twice", key.split(',').next().unwrap_or(key));
    }
    match reason {
        "expected mapping start" => "names with values are expected there (`name: value`)".to_owned(),
        "expected sequence start" => "a list is expected there (`- item`)".to_owned(),
        "expected string scalar" => "a text is expected there".to_owned(),
        "invalid boolean" => "true or false is expected there".to_owned(),
        other => other.to_owned(),
    }
}

fn io_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::InvalidData => "it is not text".to_owned(),
        _ => error.to_string(),
    }
}

fn unknown_context(name: &str, file: &str, contexts: &[String], list: Option<String>, asked: bool) -> Failure {
    let kind = if asked { FailureKind::Usage } else { FailureKind::Configuration };
    let near = contexts
        .iter()
        .map(|other| (strsim::osa_distance(name, other), other))
        .min()
        .filter(|(distance, other)| *distance <= 2.max(other.chars().count() / 3));
    let mut failure = Failure::new(kind, format!("there is no context \"{}\" in {file}", shown(name)));
    if let Some((_, near)) = near {
        failure = failure.hint(format!("Did you mean `--context {near}`?"));
    }
    with_list(failure, list)
}

fn with_list(failure: Failure, list: Option<String>) -> Failure {
    match list {
        Some(list) => failure.hint(list),
        None => failure,
    }
}

fn names(files: &[PathBuf]) -> String {
    files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// A user that is missing is no error, as for kubectl: the server will say what it thinks of nobody.
fn user_of(config: &Kubeconfig, context: &Context) -> AuthInfo {
    let name = context.user.as_deref().unwrap_or_default();
    config
        .auth_infos
        .iter()
        .find(|named| named.name == name)
        .and_then(|named| named.auth_info.clone())
        .unwrap_or_default()
}

fn credential(user: &AuthInfo) -> Credential {
    if let Some(exec) = &user.exec {
        Credential::Program {
            command: exec.command.clone().unwrap_or_default(),
            install: exec.install_hint.clone().filter(|hint| !hint.trim().is_empty()),
        }
    } else if user.client_certificate.is_some() || user.client_certificate_data.is_some() {
        Credential::Certificate
    } else if let Some(file) = &user.token_file {
        Credential::TokenFile(PathBuf::from(file))
    } else if user.token.is_some() || user.auth_provider.is_some() {
        Credential::Token
    } else if user.username.is_some() {
        Credential::Password
    } else {
        Credential::None
    }
}

fn maker(context: &str, entry: &Context, cluster: &Cluster) -> Maker {
    let extensions = [&entry.extensions, &cluster.extensions];
    let minikube = extensions
        .into_iter()
        .flatten()
        .flatten()
        .any(|named| named.extension.get("provider").and_then(|p| p.as_str()) == Some("minikube.sigs.k8s.io"));
    let authority = cluster.certificate_authority.as_deref().unwrap_or_default();
    if minikube || authority.contains(".minikube") {
        return Maker::Minikube {
            profile: entry.cluster.clone(),
        };
    }
    match context {
        "minikube" => Maker::Minikube {
            profile: "minikube".to_owned(),
        },
        "docker-desktop" | "docker-for-desktop" => Maker::DockerDesktop,
        "rancher-desktop" => Maker::RancherDesktop,
        "colima" => Maker::Colima {
            profile: "default".to_owned(),
        },
        name => match name.split_once('-') {
            Some(("kind", cluster)) => Maker::Kind {
                cluster: cluster.to_owned(),
            },
            Some(("k3d", cluster)) => Maker::K3d {
                cluster: cluster.to_owned(),
            },
            Some(("colima", profile)) => Maker::Colima {
                profile: profile.to_owned(),
            },
            _ => Maker::Unknown,
        },
    }
}

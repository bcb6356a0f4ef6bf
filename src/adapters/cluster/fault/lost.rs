//! No answer: the server was not reached, is not who it should be, or the credentials could not be made.

use std::{error::Error, io, time::Duration};

use kube::client::AuthError;
use rustls::{AlertDescription, CertificateError};

use crate::{
    adapters::cluster::{
        login::Trouble,
        target::{Credential, Maker, Target},
    },
    domain::failure::{Failure, FailureKind},
};

/// A call without an answer.
#[derive(Debug)]
pub(in crate::adapters::cluster) struct Lost {
    /// The request may have reached the server.
    pub sent: bool,
    pub why: Why,
    /// The errors below each other, outermost first.
    pub chain: Vec<String>,
}

#[derive(Debug)]
pub(in crate::adapters::cluster) enum Why {
    ConnectionRefused,
    UnknownHost,
    /// Nothing came back in time.
    Timeout,
    Unroutable,
    /// The connection broke.
    Broken,
    Tls(Tls),
    /// The login program of the kubeconfig is not there.
    ProgramMissing,
    /// It ran and failed; the last line it wrote to standard error.
    ProgramFailed(String),
    /// It was ended after so long.
    ProgramSilent(Duration),
    /// It asks for a terminal, and there is none for it.
    ProgramAsks,
    /// So it does, and what it gave before has run out.
    ProgramRunOut,
    /// Another trouble with making the credentials.
    Credentials(String),
    Other(String),
}

#[derive(Debug)]
pub(in crate::adapters::cluster) enum Tls {
    UnknownAuthority,
    Expired,
    NotYetValid,
    OtherName,
    /// The server does not want our certificate; its alert.
    ClientRefused(String),
    /// The other side speaks something else.
    Plain,
    Other(String),
}

impl Lost {
    pub(super) fn of(error: &(dyn Error + 'static)) -> Self {
        let errors = walk(error);
        let mut chain: Vec<String> = Vec::new();
        // What a login program printed is a credential: not even the chain may tell it.
        let printed = |error: &AuthError| matches!(error, AuthError::AuthExecRun { .. } | AuthError::AuthExecParse(_));
        let tells = errors.iter().any(|error| error.downcast_ref::<AuthError>().is_some_and(printed));
        for text in errors.iter().filter(|_| !tells).map(ToString::to_string) {
            // Most errors repeat their source; only what says something new is kept.
            if !chain.iter().any(|said| said.contains(&text)) {
                chain.push(text);
            }
        }
        let why = errors.iter().rev().find_map(|error| reason(*error)).unwrap_or_else(|| {
            let dns = chain.iter().any(|text| text.starts_with("dns error"));
            if dns {
                Why::UnknownHost
            } else {
                Why::Other(chain.last().cloned().unwrap_or_default())
            }
        });
        let connecting = errors
            .iter()
            .filter_map(|error| error.downcast_ref::<hyper_util::client::legacy::Error>())
            .any(hyper_util::client::legacy::Error::is_connect);
        let before = matches!(
            why,
            Why::ConnectionRefused
                | Why::UnknownHost
                | Why::ProgramMissing
                | Why::ProgramFailed(_)
                | Why::ProgramSilent(_)
                | Why::ProgramAsks
                | Why::ProgramRunOut
                | Why::Credentials(_)
        );
        Self {
            sent: !connecting && !before,
            why,
            chain,
        }
    }

    pub(in crate::adapters::cluster) fn timeout() -> Self {
        Self {
            sent: true,
            why: Why::Timeout,
            chain: vec!["no answer in time".to_owned()],
        }
    }

    pub(super) fn is_passing(&self) -> bool {
        matches!(
            self.why,
            Why::ConnectionRefused | Why::UnknownHost | Why::Timeout | Why::Unroutable | Why::Broken | Why::Other(_)
        )
    }

    pub(super) fn failure(self, target: &Target) -> Failure {
        let named = target.named();
        let at = if target.server.is_empty() {
            String::new()
        } else {
            format!("{}: ", target.address())
        };
        let silent = |reason: &str| Failure::new(FailureKind::Unreachable, format!("{named} does not answer ({at}{reason})"));
        let failure = match &self.why {
            Why::ConnectionRefused => silent("connection refused").hint(target.start_hint()),
            Why::Timeout => silent("no answer in time").hint(target.start_hint()),
            Why::Unroutable => silent("no way to that address").hint(target.start_hint()),
            Why::Broken => silent("the connection broke").hint("Try again; if it stays so, see that the cluster runs."),
            Why::UnknownHost => silent("this name is not known here").hint(
                "Is a VPN needed for it? A cluster that was deleted leaves its context behind: `kubectl config delete-context NAME`.",
            ),
            Why::Tls(tls) => tls.failure(target),
            Why::ProgramMissing
            | Why::ProgramFailed(_)
            | Why::ProgramSilent(_)
            | Why::ProgramAsks
            | Why::ProgramRunOut
            | Why::Credentials(_) => return self.login_failure(target),
            Why::Other(reason) => silent(reason),
        };
        let failure = match &target.proxy {
            Some(proxy) => failure.hint(format!("It is reached through the proxy {}.", without_password(proxy))),
            None => failure,
        };
        self.with_chain(match target.contexts_hint() {
            Some(list) => failure.hint(list),
            None => failure,
        })
    }

    fn login_failure(self, target: &Target) -> Failure {
        let user = target.user.as_deref().unwrap_or_default();
        let wrong = |what: String| Failure::new(FailureKind::Configuration, what);
        let Credential::Program { command, install } = &target.credential else {
            let reason = match &self.why {
                Why::Credentials(reason) | Why::ProgramFailed(reason) => reason.clone(),
                _ => "a program that it names is missing".to_owned(),
            };
            let failure = wrong(format!("the credentials of user \"{user}\" cannot be used: {reason}"));
            return self.with_chain(failure.hint("Log in again with the program of your provider, or get a new kubeconfig."));
        };
        if command.is_empty() {
            let what = format!("the credentials of user \"{user}\" cannot be used: its `exec` names no `command`");
            return self.with_chain(wrong(what).hint("Log in again with the program of your provider: it writes the entry anew."));
        }
        let failure = match &self.why {
            Why::ProgramMissing => {
                let failure = wrong(format!(
                    "user \"{user}\" of {} logs in with `{command}`, which is not on this machine",
                    target.named()
                ));
                match install {
                    Some(hint) => failure.hint(hint.trim().replace('\n', " ")),
                    None => failure.hint(format!("Install `{command}`, or choose another context with `--context`.")),
                }
            }
            Why::ProgramFailed(said) | Why::Credentials(said) => {
                wrong(format!("the login of user \"{user}\" failed: `{command}` says: {said}"))
                    .hint("Log in again with the program of your provider, then try again.")
            }
            Why::ProgramSilent(limit) => wrong(format!(
                "the login of user \"{user}\" failed: `{command}` gave no credential within {} s, and was ended",
                limit.as_secs()
            ))
            .hint(format!("See what it waits for: run `{command}` by hand.")),
            Why::ProgramAsks => wrong(format!(
                "the login of user \"{user}\" failed: `{command}` wants to ask at a terminal, and there is none for it"
            ))
            .hint("It can ask when a request begins at a terminal."),
            Why::ProgramRunOut => wrong(format!(
                "the login of user \"{user}\" has run out, and `{command}` would ask at a terminal that is not free for it now"
            ))
            .hint("It can ask when a request begins at a terminal: try again there."),
            _ => wrong(format!("the login of user \"{user}\" failed")),
        };
        self.with_chain(match target.contexts_hint() {
            Some(list) => failure.hint(list),
            None => failure,
        })
    }

    fn with_chain(self, failure: Failure) -> Failure {
        self.chain.into_iter().fold(failure, Failure::cause)
    }
}

impl Tls {
    fn failure(&self, target: &Target) -> Failure {
        let reason = match self {
            Self::UnknownAuthority => "its certificate is not signed by the authority that the kubeconfig names, or by one that this machine trusts where it names none".to_owned(),
            Self::Expired => "its certificate has expired".to_owned(),
            Self::NotYetValid => "its certificate is not valid yet".to_owned(),
            Self::OtherName => "its certificate is made out to another name".to_owned(),
            Self::ClientRefused(alert) => format!("it refuses the user's certificate: {alert}"),
            Self::Plain => "it does not speak TLS".to_owned(),
            Self::Other(reason) => reason.clone(),
        };
        let hint = match self {
            Self::UnknownAuthority => match &target.maker {
                Maker::Minikube { .. } => "The cluster was made anew: renew the entry with `minikube update-context`.".to_owned(),
                Maker::Kind { cluster } => format!("The cluster was made anew: renew the entry with `kind export kubeconfig --name {cluster}`."),
                Maker::K3d { cluster } => format!("The cluster was made anew: renew the entry with `k3d kubeconfig merge {cluster} -d`."),
                _ => "The cluster was made anew, another one stands at this address, or something on the way opens TLS: get a new kubeconfig.".to_owned(),
            },
            Self::Expired | Self::NotYetValid => "See that the clock of this machine is right; else renew the cluster's certificates.".to_owned(),
            Self::OtherName => {
                "Use the address that it was made for as `server`, or set `tls-server-name` of this cluster in the kubeconfig.".to_owned()
            }
            Self::ClientRefused(_) => "The certificate has expired or is of another cluster: get a new kubeconfig.".to_owned(),
            Self::Plain => "Is the port right, and should `server` begin with http://?".to_owned(),
            Self::Other(_) => "Get a new kubeconfig from who runs the cluster.".to_owned(),
        };
        let what = format!("{} cannot be trusted ({}: {reason})", target.named(), target.address());
        Failure::new(FailureKind::Unreachable, what).hint(hint)
    }
}

fn without_password(proxy: &str) -> String {
    match (proxy.split_once("://"), proxy.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => proxy.to_owned(),
    }
}

/// The error and everything below it. An `io::Error` hides what it wraps from `source`.
fn walk<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    /// Errors are a handful deep; a cycle must not hang us.
    const DEEPEST: usize = 16;
    let mut errors = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next.filter(|_| errors.len() < DEEPEST) {
        errors.push(error);
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    errors
}

fn reason(error: &(dyn Error + 'static)) -> Option<Why> {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(Why::Tls(tls(error)));
    }
    if let Some(error) = error.downcast_ref::<AuthError>() {
        return Some(login(error));
    }
    if let Some(trouble) = error.downcast_ref::<Trouble>() {
        return Some(match trouble {
            Trouble::Missing => Why::ProgramMissing,
            Trouble::NotStarted(why) | Trouble::Failed(why) => Why::ProgramFailed(why.clone()),
            Trouble::NoCredential => Why::ProgramFailed("something that is not a credential".to_owned()),
            Trouble::TooLong(limit) => Why::ProgramSilent(*limit),
            Trouble::Terminal => Why::ProgramAsks,
            Trouble::RunOut => Why::ProgramRunOut,
        });
    }
    if error
        .downcast_ref::<hyper::Error>()
        .is_some_and(hyper::Error::is_incomplete_message)
    {
        return Some(Why::Broken);
    }
    match error.downcast_ref::<io::Error>()?.kind() {
        io::ErrorKind::ConnectionRefused => Some(Why::ConnectionRefused),
        io::ErrorKind::TimedOut => Some(Why::Timeout),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => Some(Why::Unroutable),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof => {
            Some(Why::Broken)
        }
        _ => None,
    }
}

fn tls(error: &rustls::Error) -> Tls {
    match error {
        rustls::Error::InvalidCertificate(error) => match error {
            CertificateError::UnknownIssuer => Tls::UnknownAuthority,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Tls::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Tls::NotYetValid,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Tls::OtherName,
            // A key that does not fit the named authority: the same name, made anew.
            CertificateError::BadSignature => Tls::UnknownAuthority,
            other => Tls::Other(format!("its certificate cannot be used: {other}")),
        },
        rustls::Error::AlertReceived(alert) => match alert {
            AlertDescription::BadCertificate
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateRequired
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied => Tls::ClientRefused(spaced(&format!("{alert:?}"))),
            alert => Tls::Other(format!("it ended the handshake: {}", spaced(&format!("{alert:?}")))),
        },
        rustls::Error::InvalidMessage(_) => Tls::Plain,
        other => Tls::Other(other.to_string()),
    }
}

/// `CertificateExpired` → `certificate expired`.
fn spaced(camel: &str) -> String {
    let mut words = String::new();
    for (at, letter) in camel.chars().enumerate() {
        let starts = letter.is_uppercase() && at > 0 && !words.ends_with(|last: char| last.is_uppercase());
        if starts {
            words.push(' ');
        }
        words.push(if starts || at == 0 { letter.to_ascii_lowercase() } else { letter });
    }
    words
}

fn login(error: &AuthError) -> Why {
    match error {
        AuthError::AuthExecStart(error) if error.kind() == io::ErrorKind::NotFound => Why::ProgramMissing,
        AuthError::AuthExecStart(error) => Why::ProgramFailed(error.to_string()),
        AuthError::AuthExecRun { out, .. } => {
            // Never standard output: that is where credentials are.
            let said = String::from_utf8_lossy(&out.stderr);
            let last = said.lines().rev().map(str::trim).find(|line| !line.is_empty());
            Why::ProgramFailed(last.map_or_else(|| format!("nothing, and ended with {}", out.status), str::to_owned))
        }
        AuthError::AuthExecParse(_) | AuthError::ExecPluginFailed => Why::ProgramFailed("something that is not a credential".to_owned()),
        AuthError::ReadTokenFile(error, path) => Why::Credentials(format!("{} {}", path.display(), super::file_trouble(error))),
        // The providers that were built into kubectl: gcp, azure, oidc.
        AuthError::AuthExec(_) => Why::Credentials("its `auth-provider` is of a kind that kubectl dropped in version 1.26".to_owned()),
        other => Why::Credentials(other.to_string()),
    }
}

//! From the command line and the environment to a cluster.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{Request, Response, Uri};
use kube::{Client, Config, client::Body, config::Cluster as ClusterEntry};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use tokio::sync::OnceCell;
use tower::{BoxError, Service};

use super::{
    Cluster, Inner, Limits,
    api::Api,
    bounded,
    embedded::Embedded,
    fault::{self, Fault},
    gate::Gate,
    identity,
    kubeconfig::{self, Chosen},
    login::{Current, Login, Logins, Manner, Renewing, Shared},
    proxy,
    target::Target,
    transport::Ways,
};
use crate::domain::{
    failure::{Failure, FailureKind, Result},
    place::{Locality, Place},
    ports::record::Record,
    release::ContextLine,
    risk::Call,
};

/// How long the embedded cluster may be busy with one call.
const EMBEDDED: Duration = Duration::from_mins(10);

/// Everything that decides which cluster is meant.
#[derive(Clone)]
#[allow(missing_debug_implementations)]
pub struct Connect {
    /// The value of `KUBECONFIG`.
    pub kubeconfig: Option<OsString>,
    /// Where `.kube/config` is looked for.
    pub home: Option<PathBuf>,
    /// `--context`, or the configuration's.
    pub context: Option<String>,
    /// `--namespace`, or the configuration's.
    pub namespace: Option<String>,
    /// The embedded cluster is not wanted.
    pub require_real: bool,
    /// Where the embedded cluster lives.
    pub embedded_dir: PathBuf,
    /// Takes each call.
    pub record: Arc<dyn Record>,
    pub limits: Limits,
    /// What login programs gave before.
    pub logins: Logins,
    /// Nobody waits for this connection: a login program does not speak with the user.
    pub in_background: bool,
}

impl Connect {
    /// As the environment says: `KUBECONFIG`, and the home directory.
    pub fn from_env(embedded_dir: PathBuf, record: Arc<dyn Record>) -> Self {
        Self {
            kubeconfig: std::env::var_os("KUBECONFIG"),
            home: std::env::home_dir(),
            context: None,
            namespace: None,
            require_real: false,
            embedded_dir,
            record,
            limits: Limits::default(),
            logins: Logins::default(),
            in_background: false,
        }
    }
}

impl Connect {
    /// The files that name clusters; `None` when nothing does, and the embedded one is meant.
    ///
    /// # Errors
    /// `KUBECONFIG` names files and none of them is there; a context is asked for and there is no file.
    pub fn files(&self) -> Result<Option<Vec<PathBuf>>> {
        let files = kubeconfig::files(self.kubeconfig.as_deref(), self.home.as_deref())?;
        match (&files, &self.context) {
            (None, Some(context)) => Err(self.no_context(context)),
            _ => Ok(files),
        }
    }

    /// The contexts of the kubeconfig; the embedded cluster where there is none.
    ///
    /// # Errors
    /// The kubeconfig cannot be read.
    pub fn contexts(&self) -> Result<Vec<ContextLine>> {
        match self.files()? {
            Some(files) => kubeconfig::contexts(&files, self.context.as_deref()),
            None => Ok(vec![ContextLine {
                name: "embedded".to_owned(),
                cluster: "the embedded (simulated) cluster".to_owned(),
                namespace: self.namespace.clone().unwrap_or_else(|| "default".to_owned()),
                current: true,
            }]),
        }
    }

    /// The cluster that the kubeconfig names, as far as the file tells; `None` where it is the embedded one.
    ///
    /// # Errors
    /// As [`Self::files`].
    pub fn named(&self) -> Result<Option<Place>> {
        let Some(files) = self.files()? else { return Ok(None) };
        // That no context is chosen, or one that is not there, is no reason not to tell which there are.
        let target = kubeconfig::choose(&files, self.context.as_deref(), self.namespace.as_deref())
            .map_or_else(|_| Target::named_by_hand("", "", "default"), |chosen| chosen.target);
        Ok(Some(Place {
            locality: Locality::Remote,
            context: target.context,
            server: target.server,
            namespace: target.namespace,
            uid: None,
            version: None,
        }))
    }

    /// Where the usual kubeconfig would be.
    fn looked(&self) -> String {
        self.home.as_ref().map_or_else(
            || "~/.kube/config".to_owned(),
            |home| home.join(".kube").join("config").display().to_string(),
        )
    }

    fn no_context(&self, context: &str) -> Failure {
        let looked = self.looked();
        Failure::new(
            FailureKind::Usage,
            format!("there is no context \"{context}\": no kubeconfig was found (looked for {looked})"),
        )
        .hint("Start a cluster that writes one (`minikube start`), name one with the environment variable KUBECONFIG, or leave out `--context`.")
    }
}

impl Cluster {
    /// The cluster that is named; the embedded one only when nothing names any. Touches no network; a login program of
    /// the kubeconfig is run.
    ///
    /// # Errors
    /// The kubeconfig cannot be used, its context is unknown, its credentials cannot be made; or nothing names a cluster
    /// and a real one is required.
    pub async fn connect(connect: &Connect) -> Result<Self> {
        let Some(files) = connect.files()? else {
            return Self::embedded(connect);
        };
        let chosen = kubeconfig::choose(&files, connect.context.as_deref(), connect.namespace.as_deref())?;
        let config = config(&chosen, connect)?;
        let Chosen { mut target, .. } = chosen;
        target.proxy = config.proxy_url.as_ref().map(Uri::to_string);
        let limits = connect.limits;
        let shared = Login::of(&config.auth_info).map(|login| connect.logins.of(login));
        let login = match shared {
            Some(shared) => Some((logged_in(&shared, &target, connect).await?, shared)),
            None => None,
        };
        // A program of an `auth-provider` may take its time.
        let ways = tokio::task::spawn_blocking(move || {
            let renewing = login.map(|(current, shared)| Renewing::of(shared, &current, &config, limits));
            Ways::to(&config, renewing.transpose()?, limits.connect)
        });
        let ways = ways
            .await
            .map_err(|error| Failure::new(FailureKind::Failed, "the connection could not be prepared").cause(error))?
            .map_err(|error| Fault::of_error(error).failure(&target, &first_call()))?;
        Ok(Self::over_ways(ways, target, connect))
    }

    fn embedded(connect: &Connect) -> Result<Self> {
        if connect.require_real {
            return Err(Failure::new(
                FailureKind::Configuration,
                format!(
                    "nothing names a real cluster (looked for {}), and the embedded one was ruled out with `--require-real`",
                    connect.looked()
                ),
            )
            .hint("Start one, such as with `minikube start`, or name one with the environment variable KUBECONFIG."));
        }
        let embedded = Embedded::open(&connect.embedded_dir)?;
        let target = Target::embedded(connect.namespace.as_deref());
        // Nothing lies between it and us that could be lost: it answers, if late, and a change is made or it is not.
        let patient = Connect {
            limits: Limits {
                answer: EMBEDDED,
                passed: EMBEDDED,
                ..connect.limits
            },
            ..connect.clone()
        };
        Ok(Self::over(embedded.service(), target, &patient))
    }

    /// A cluster behind any HTTP service that speaks the Kubernetes API.
    pub fn over<S, B>(service: S, target: Target, connect: &Connect) -> Self
    where
        S: Service<Request<Body>, Response = Response<B>> + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
        B: http_body::Body<Data: Send> + Send + 'static,
        B: http_body::Body<Data = hyper::body::Bytes>,
        B::Error: Into<BoxError>,
    {
        let client = Client::new(service, target.namespace.clone());
        Self::over_ways(Ways::by(client), target, connect)
    }

    fn over_ways(ways: Ways, target: Target, connect: &Connect) -> Self {
        Self {
            inner: Arc::new(Inner {
                api: Api {
                    gate: Gate::new(ways, Arc::clone(&connect.record), target.embedded),
                    patience: connect.limits.answer,
                    accepted: Arc::default(),
                    warned: Arc::default(),
                },
                target,
                limits: connect.limits,
                place: OnceCell::new(),
                kinds: OnceCell::new(),
            }),
        }
    }
}

/// What the login program gives, looked at before it is used.
async fn logged_in(shared: &Shared, target: &Target, connect: &Connect) -> Result<Current> {
    let manner = Manner {
        alone: connect.in_background,
        limit: connect.limits.login,
    };
    let failed = |trouble| Fault::of_error(kube::Error::Service(Box::new(trouble))).failure(target, &first_call());
    let current = shared.current(manner).await.map_err(failed)?;
    identity::check(&current.given.user, target)?;
    Ok(current)
}

/// For messages, when none was made yet.
fn first_call() -> Call {
    Call::parse("GET", "/version", "")
}

/// What kube needs. Made here and not by kube, which reads proxy variables of the environment by rules of its own: it
/// matches `NO_PROXY` against the proxy and not against the server.
fn config(chosen: &Chosen, connect: &Connect) -> Result<Config> {
    let Chosen { cluster, user, target } = chosen;
    let wrong = |what: String| Failure::new(FailureKind::Configuration, what);
    let server = &target.server;
    let url: Uri = server
        .parse()
        .ok()
        .filter(|url: &Uri| matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some() && has_sound_port(url))
        .ok_or_else(|| {
            let what = if server.is_empty() {
                format!("{} has no server in the kubeconfig", target.named())
            } else {
                format!("{} has the server \"{server}\", which is no address", target.named())
            };
            wrong(what).hint("It looks like https://127.0.0.1:8443; correct it in the kubeconfig.")
        })?;
    let mut config = Config::new(url.clone());
    config.default_namespace.clone_from(&target.namespace);
    config.connect_timeout = Some(connect.limits.connect);
    config.default_retry = false;
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or(false);
    config.tls_server_name = cluster.tls_server_name.clone().filter(|name| !name.is_empty());
    config.root_cert = authority(cluster, target)?;
    identity::check(user, target)?;
    config.auth_info = user.clone();
    if let Some(exec) = &mut config.auth_info.exec
        && exec.provide_cluster_info
    {
        let info = cluster
            .try_into()
            .map_err(|error| wrong(format!("the authority of {} cannot be used", target.named())).cause(error))?;
        exec.cluster = Some(info);
    }
    config.proxy_url = proxy::of(cluster.proxy_url.as_deref(), &url, |name| std::env::var(name).ok())
        .map(|proxy| {
            let uri = proxy
                .parse::<Uri>()
                .ok()
                .filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
            uri.ok_or_else(|| wrong(format!("the proxy of {} must be an http:// or https:// address", target.named())))
        })
        .transpose()?;
    Ok(config)
}

/// A port above 65535 is taken for none by the parser, and another one would be asked.
fn has_sound_port(url: &Uri) -> bool {
    let authority = url.authority().map_or("", http::uri::Authority::as_str);
    let after_host = authority.rsplit(']').next().unwrap_or_default();
    url.port_u16().is_some() || !after_host.contains(':')
}

/// The certificates that the server's is checked against; `None`: those of this machine.
fn authority(cluster: &ClusterEntry, target: &Target) -> Result<Option<Vec<Vec<u8>>>> {
    let wrong = |reason: String| {
        Failure::new(
            FailureKind::Configuration,
            format!("the certificate authority of {} cannot be used: {reason}", target.named()),
        )
    };
    let some = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let pem = if let Some(data) = some(&cluster.certificate_authority_data) {
        let clean: String = data.split_whitespace().collect();
        STANDARD
            .decode(clean)
            .map_err(|_| wrong("certificate-authority-data is not base64".to_owned()))?
    } else if let Some(file) = some(&cluster.certificate_authority) {
        bounded::read(Path::new(&file)).map_err(|error| {
            let failure = wrong(format!("{file} {}", fault::file_trouble(&error)));
            failure.hint("A cluster that was deleted takes its files with it: start it again, or choose another context with `--context`.")
        })?
    } else {
        return Ok(None);
    };
    let certificates: Vec<Vec<u8>> = CertificateDer::pem_slice_iter(&pem)
        .map(|certificate| certificate.map(|certificate| certificate.to_vec()))
        .collect::<Result<_, _>>()
        .map_err(|error| wrong("it is no PEM certificate".to_owned()).cause(error))?;
    if certificates.is_empty() {
        return Err(wrong("there is no certificate in it".to_owned()));
    }
    Ok(Some(certificates))
}

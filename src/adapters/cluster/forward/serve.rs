//! One connection from its first byte to its last.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
    time::Instant,
};

use super::{
    open::open,
    pods::{Known, Pod},
};
use crate::{
    adapters::cluster::{Cluster, fault::Fault},
    domain::{risk::Call, step::Lanes},
};

/// How long a caller waits for a pod, or for the cluster to come back.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(300);
/// The caller has said all: how long the pod may be silent before that is taken for the end.
const LAST_WORDS: Duration = Duration::from_secs(30);
const BUFFER: usize = 32 * 1024;

/// What all connections share.
pub(super) struct Shared {
    cluster: Cluster,
    lanes: Lanes,
    seen: watch::Receiver<Known>,
    away: AtomicBool,
    connections: AtomicU64,
    failed: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
    pods: Mutex<Vec<String>>,
}

pub(super) struct Tally {
    pub pods: Vec<String>,
    pub connections: u64,
    pub failed: u64,
    pub sent: u64,
    pub received: u64,
}

impl Shared {
    pub(super) fn new(cluster: Cluster, lanes: Lanes, seen: watch::Receiver<Known>) -> Self {
        Self {
            cluster,
            lanes,
            seen,
            away: AtomicBool::default(),
            connections: AtomicU64::default(),
            failed: AtomicU64::default(),
            sent: AtomicU64::default(),
            received: AtomicU64::default(),
            pods: Mutex::default(),
        }
    }

    pub(super) fn tally(&self) -> Tally {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        Tally {
            pods: self.pods.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            connections: read(&self.connections),
            failed: read(&self.failed),
            sent: read(&self.sent),
            received: read(&self.received),
        }
    }

    pub(super) async fn connection(self: Arc<Self>, mut socket: TcpStream, lane: usize) {
        let _ = socket.set_nodelay(true);
        let Some((pod, port, mut tunnel)) = self.tunnel(lane).await else {
            self.failed.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let (Some(stream), Some(trouble)) = (tunnel.take_stream(port), tunnel.take_error(port)) else {
            return;
        };
        self.connections.fetch_add(1, Ordering::Relaxed);
        {
            let mut pods = self.pods.lock().unwrap_or_else(PoisonError::into_inner);
            if !pods.contains(&pod.name) {
                pods.push(pod.name.clone());
            }
        }
        let mut seen = self.seen.clone();
        tokio::select! {
            // The pod's own word comes before the silence that follows it.
            biased;
            Some(why) = trouble => self.refused(&pod, port, &why),
            () = self.carry(&mut socket, stream) => {}
            _ = seen.wait_for(|known| !known.lives(&pod)) => {}
        }
        tunnel.abort();
    }

    /// A way into a pod that is ready, as soon as there is one.
    async fn tunnel(&self, lane: usize) -> Option<(Pod, u16, kube::api::Portforwarder)> {
        let lane = self.lanes.ports.get(lane)?;
        let deadline = Instant::now() + PATIENCE;
        let mut seen = self.seen.clone();
        loop {
            let pod = tokio::time::timeout_at(deadline, seen.wait_for(|known| known.chosen().is_some())).await;
            let pod = pod.ok()?.ok()?.chosen()?.clone();
            let Some(port) = pod.port(&lane.to) else {
                self.cluster.gate().note(format!("pod/{} has no port \"{}\".", pod.name, lane.to));
                return None;
            };
            let fault = match open(&self.cluster, &self.lanes.namespace, &pod, port).await {
                Ok(tunnel) => {
                    if self.away.swap(false, Ordering::Relaxed) {
                        self.cluster.gate().note("The cluster answers again.".to_owned());
                    }
                    return Some((pod, port, tunnel));
                }
                Err(fault) => fault,
            };
            let passing = match &fault {
                Fault::Lost(_) => true,
                // The pod went away just now, or its node cannot be reached for a moment.
                Fault::Status(status) => !matches!(status.code, 400 | 401 | 403),
                _ => false,
            };
            let is_lost = matches!(fault, Fault::Lost(_));
            let last = !passing || Instant::now() + PAUSE >= deadline;
            if last || (is_lost && !self.away.swap(true, Ordering::Relaxed)) {
                let path = format!("/api/v1/namespaces/{}/pods/{}/portforward", self.lanes.namespace, pod.name);
                let failure = self.cluster.failure(fault, &Call::parse("GET", &path, ""));
                let rest = if last { "a connection was closed" } else { "trying again" };
                self.cluster.gate().note(format!("{}: {rest}.", failure.what));
            }
            if last {
                return None;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn refused(&self, pod: &Pod, port: u16, why: &str) {
        self.failed.fetch_add(1, Ordering::Relaxed);
        let why = why.trim();
        let what = if why.contains("refused") {
            format!("nothing listens on port {port} of pod/{}: a connection was closed.", pod.name)
        } else {
            format!("pod/{} port {port}: a connection was closed ({why}).", pod.name)
        };
        self.cluster.gate().note(what);
    }

    /// Both ways. The protocol cannot close one of them alone: a caller that has said all still hears the answer.
    async fn carry(&self, socket: &mut TcpStream, stream: tokio::io::DuplexStream) {
        let (mut here, mut there) = socket.split();
        let (mut from_pod, mut to_pod) = tokio::io::split(stream);
        let heard = Mutex::new(Instant::now());
        let up = async {
            let _ = copy(&mut here, &mut to_pod, |bytes| {
                self.sent.fetch_add(bytes, Ordering::Relaxed);
            })
            .await;
            let end = Instant::now();
            loop {
                let last = end.max(*heard.lock().unwrap_or_else(PoisonError::into_inner));
                tokio::time::sleep_until(last + LAST_WORDS).await;
                if end.max(*heard.lock().unwrap_or_else(PoisonError::into_inner)) == last {
                    return;
                }
            }
        };
        let down = async {
            let _ = copy(&mut from_pod, &mut there, |bytes| {
                self.received.fetch_add(bytes, Ordering::Relaxed);
                *heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
            })
            .await;
            let _ = there.shutdown().await;
        };
        tokio::select! {
            () = up => {}
            () = down => {}
        }
    }
}

async fn copy(from: &mut (impl AsyncRead + Unpin), to: &mut (impl AsyncWrite + Unpin), count: impl Fn(u64)) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = from.read(&mut buffer).await?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else {
            return Ok(());
        };
        to.write_all(bytes).await?;
        to.flush().await?;
        count(read as u64);
    }
}

//! Ports of this machine that lead to pods. Each connection goes to a pod that is ready when it comes; what a pod that went
//! away had open ends with it.

mod open;
mod pods;
mod serve;

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, mpsc, watch},
    task::JoinSet,
};

use self::{
    pods::{Known, Sight},
    serve::{Shared, Tally},
};
use super::BuiltIn;
use crate::domain::{
    answer::{ForwardAnswer, ForwardedPort},
    event::Event,
    failure::{Failure, FailureKind, Result},
    kind::Kind,
    plan::{Approved, Plan},
    ports::observe::Observe,
    right::Right,
    step::{Forward, Lane, Lanes, Step},
};

/// How a forward is told to end.
#[derive(Debug, Default)]
pub struct Halt {
    asked: Notify,
    /// Ports are open.
    open: AtomicBool,
}

impl Halt {
    /// True when something was forwarded and will end: once, so that a second wish is more than that.
    pub fn ask(&self) -> bool {
        let open = self.open.swap(false, Ordering::Relaxed);
        if open {
            self.asked.notify_one();
        }
        open
    }
}

/// Connections that wait to be taken.
const WAITING: usize = 64;

impl BuiltIn {
    /// Forwards the ports of the read at `index` of the plan until it is told to end.
    ///
    /// # Errors
    /// No pod is ready, a port is taken, there is no right to it; or its one pod went away for good.
    pub async fn forward_until(&self, plan: &Approved<Plan>, index: usize, halt: &Halt) -> Result<ForwardAnswer> {
        let Some(Step::Forward(forward)) = plan.get().reads.get(index) else {
            return Err(Failure::new(FailureKind::Failed, "the plan forwards no port there"));
        };
        let lanes = forward
            .lanes
            .as_ref()
            .ok_or_else(|| Failure::new(FailureKind::Failed, "the plan does not say which pods are meant"))?;
        self.may(lanes).await?;
        let mut known = Known::new(forward.object.clone());
        known.all(self.cluster.list(&pods::query(lanes)).await?);
        let listeners = listen(forward, lanes).await?;
        let ports = places(&listeners, lanes, &known)?;
        let (state, seen) = watch::channel(known.clone());
        let shared = Arc::new(Shared::new(self.cluster.clone(), lanes.clone(), seen));
        let began = Timestamp::now();
        halt.open.store(true, Ordering::Relaxed);
        for port in &ports {
            self.cluster.gate().tell(Event::Forwarding { port: port.clone() });
        }
        let end = self.serve(lanes, known, state, &shared, listeners, halt).await;
        halt.open.store(false, Ordering::Relaxed);
        let Tally {
            pods,
            connections,
            failed,
            sent,
            received,
        } = shared.tally();
        let answer = ForwardAnswer {
            of: forward.object.clone(),
            ports,
            pods,
            began,
            ended: Timestamp::now(),
            connections,
            failed,
            sent,
            received,
        };
        end.map(|()| answer)
    }

    async fn serve(
        &self,
        lanes: &Lanes,
        mut known: Known,
        state: watch::Sender<Known>,
        shared: &Arc<Shared>,
        listeners: Vec<TcpListener>,
        halt: &Halt,
    ) -> Result<()> {
        let (sender, mut taken) = mpsc::channel(WAITING);
        // Everything that is spawned here ends when this is dropped.
        let mut accepting = JoinSet::new();
        for (lane, listener) in listeners.into_iter().enumerate() {
            accepting.spawn(accept(listener, lane, sender.clone()));
        }
        let mut connections = JoinSet::new();
        let mut sight = Sight::new(self.cluster.clone(), lanes);
        loop {
            tokio::select! {
                () = halt.asked.notified() => return Ok(()),
                Some((socket, lane)) = taken.recv() => {
                    connections.spawn(shared.clone().connection(socket, lane));
                }
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                news = sight.next() => {
                    for text in sight.learn(news, &mut known) {
                        self.cluster.gate().note(text);
                    }
                    state.send_replace(known.clone());
                    if let Some(gone) = known.gone_for_good() {
                        return Err(gone);
                    }
                }
            }
        }
    }

    /// A right that is missing is told before anything listens. That it cannot be asked for is no reason not to try.
    async fn may(&self, lanes: &Lanes) -> Result<()> {
        // Servers before 1.35 ask for `get` alone.
        let asked = ["get", "create"].map(|verb| async move {
            let right = Right::to(verb, &Kind::pod(), Some(&lanes.namespace)).at("portforward");
            let answer = self.cluster.review(&right.review()).await.unwrap_or_default();
            (Right::is_given(&answer) == Some(false)).then_some(verb)
        });
        let missing: Vec<&str> = join_all(asked).await.into_iter().flatten().collect();
        if !missing.contains(&"get") {
            return Ok(());
        }
        let namespace = &lanes.namespace;
        let (verbs, are) = if missing.len() > 1 { ("verbs", "are") } else { ("verb", "is") };
        let what = format!(
            "you may not forward ports in namespace \"{namespace}\": the {verbs} {} on pods/portforward {are} missing",
            missing.join(" and ")
        );
        Err(Failure::new(FailureKind::Forbidden, what)
            .hint("Who runs the cluster can allow it with a role, and a binding of it to you:")
            .hint(format!(
                "`kubectl create role forward-ports --verb=get,create --resource=pods/portforward -n {namespace}`"
            )))
    }
}

async fn accept(listener: TcpListener, lane: usize, sender: mpsc::Sender<(TcpStream, usize)>) {
    loop {
        match listener.accept().await {
            Ok((socket, _)) => {
                if sender.send((socket, lane)).await.is_err() {
                    return;
                }
            }
            // Too many open files, or a caller that left again: neither ends the forward.
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
    }
}

async fn listen(forward: &Forward, lanes: &Lanes) -> Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    for lane in &lanes.ports {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, lane.local.unwrap_or(0))).await {
            Ok(listener) => listeners.push(listener),
            Err(error) => return Err(taken(forward, lane, &error).await),
        }
    }
    Ok(listeners)
}

/// With a port that is free just now, in a request that works.
async fn taken(forward: &Forward, lane: &Lane, error: &std::io::Error) -> Failure {
    let port = lane.local.unwrap_or(0);
    let why = match error.kind() {
        std::io::ErrorKind::AddrInUse => "another program listens there".to_owned(),
        std::io::ErrorKind::PermissionDenied => "ports below 1024 are the administrator's".to_owned(),
        _ => error.to_string(),
    };
    let failure = Failure::new(FailureKind::Usage, format!("port {port} of this machine cannot be used: {why}"));
    let from = if port < 1024 {
        port.saturating_add(8000)
    } else {
        port.saturating_add(1)
    };
    for free in from..=from.saturating_add(50) {
        if TcpListener::bind((Ipv4Addr::LOCALHOST, free)).await.is_ok() {
            let object = &forward.object;
            return failure.hint(format!("`todo-agent \"forward {free}:{} to {object}\"`", lane.to));
        }
    }
    failure
}

fn places(listeners: &[TcpListener], lanes: &Lanes, known: &Known) -> Result<Vec<ForwardedPort>> {
    let chosen = known.chosen().ok_or_else(|| known.none_ready())?;
    let place = |(listener, lane): (&TcpListener, &Lane)| {
        let address = listener
            .local_addr()
            .map_err(|error| Failure::new(FailureKind::Failed, "no port was opened").cause(error))?;
        let pod_port = chosen
            .port(&lane.to)
            .ok_or_else(|| Failure::new(FailureKind::NotFound, format!("pod/{} has no port \"{}\"", chosen.name, lane.to)))?;
        Ok(ForwardedPort {
            url: format!("http://{address}"),
            local: address.port(),
            pod_port,
            pod: chosen.name.clone(),
        })
    };
    listeners.iter().zip(&lanes.ports).map(place).collect()
}

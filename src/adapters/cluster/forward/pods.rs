//! The pods that connections may go to, as they come and go.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;
use tokio::time::Instant;

use crate::{
    adapters::cluster::Cluster,
    domain::{
        failure::{Failure, FailureKind, Result},
        kind::Kind,
        object::ObjectRef,
        ports::{
            Feed,
            observe::{Observe, Query, Seen},
        },
        step::{Lanes, PodPort, Pods},
    },
};

/// Before the cluster is looked at again: after it went away, and where pods may be listed and not watched.
const PAUSE: Duration = Duration::from_secs(1);

/// What is known of one pod.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pod {
    pub name: String,
    pub uid: String,
    created: String,
    state: State,
    ports: Vec<(String, u16)>,
    /// What made it makes it again under this name.
    returns: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ready,
    NotReady,
    Ending,
    /// It has run to its end: nothing in it answers any more.
    Over,
}

impl Pod {
    fn of(pod: &Value) -> Self {
        let text = |pointer: &str| pod.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let list = |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
        let ready = conditions
            .into_iter()
            .flatten()
            .any(|condition| condition["type"] == "Ready" && condition["status"] == "True");
        let named = list(&pod["spec"], "containers")
            .iter()
            .flat_map(|container| list(container, "ports"))
            .collect::<Vec<_>>();
        let port = |port: &Value| {
            let number = port["containerPort"].as_u64().and_then(|number| u16::try_from(number).ok())?;
            Some((port["name"].as_str()?.to_owned(), number))
        };
        let owners = list(&pod["metadata"], "ownerReferences");
        Self {
            name: text("/metadata/name").to_owned(),
            uid: text("/metadata/uid").to_owned(),
            created: text("/metadata/creationTimestamp").to_owned(),
            state: match text("/status/phase") {
                "Succeeded" | "Failed" => State::Over,
                _ if pod.pointer("/metadata/deletionTimestamp").is_some() => State::Ending,
                "Running" if ready => State::Ready,
                _ => State::NotReady,
            },
            ports: named.iter().filter_map(port).collect(),
            returns: owners.iter().any(|owner| owner["kind"] == "StatefulSet"),
        }
    }

    /// The number of a port of this pod.
    pub(super) fn port(&self, to: &PodPort) -> Option<u16> {
        match to {
            PodPort::Number(number) => Some(*number),
            PodPort::Named(name) => self.ports.iter().find(|(known, _)| known == name).map(|(_, number)| *number),
        }
    }
}

/// All of them, and the one that new connections go to.
#[derive(Clone, Debug)]
pub(super) struct Known {
    of: ObjectRef,
    pods: BTreeMap<String, Pod>,
    chosen: Option<Pod>,
    /// What made them makes them again under their names.
    returns: bool,
}

impl Known {
    pub(super) const fn new(of: ObjectRef) -> Self {
        Self {
            of,
            pods: BTreeMap::new(),
            chosen: None,
            returns: false,
        }
    }

    /// These and no others are there.
    pub(super) fn all(&mut self, pods: Vec<Value>) -> Option<String> {
        self.pods = pods.iter().map(Pod::of).map(|pod| (pod.name.clone(), pod)).collect();
        self.choose()
    }

    fn is(&mut self, pod: &Value) -> Option<String> {
        let pod = Pod::of(pod);
        self.pods.insert(pod.name.clone(), pod);
        self.choose()
    }

    fn gone(&mut self, name: &str) -> Option<String> {
        self.pods.remove(name);
        self.choose()
    }

    pub(super) const fn chosen(&self) -> Option<&Pod> {
        self.chosen.as_ref()
    }

    /// What a pod has open may go on: it is there, and nothing has ended it.
    pub(super) fn lives(&self, pod: &Pod) -> bool {
        let now = self.pods.get(&pod.name);
        now.is_some_and(|now| now.uid == pod.uid && now.state != State::Over)
    }

    /// Stays with the pod as long as it is ready; then the oldest that is. What the user should hear of it.
    fn choose(&mut self) -> Option<String> {
        self.returns |= self.pods.values().any(|pod| pod.returns);
        let before = self.chosen.take();
        let now = before.as_ref().and_then(|before| self.pods.get(&before.name)).cloned();
        let same = now
            .clone()
            .filter(|now| now.state == State::Ready && Some(&now.uid) == before.as_ref().map(|before| &before.uid));
        let ready = self.pods.values().filter(|pod| pod.state == State::Ready);
        self.chosen = same.or_else(|| ready.min_by_key(|pod| (&pod.created, &pod.name)).cloned());
        let what = match now
            .filter(|now| before.as_ref().is_some_and(|before| before.uid == now.uid))
            .map(|now| now.state)
        {
            None => "is gone",
            Some(State::Ending) => "is being taken away",
            Some(State::Over) => "has ended",
            Some(_) => "is not ready",
        };
        match (&before, &self.chosen) {
            (Some(before), Some(chosen)) if before.uid != chosen.uid => {
                Some(format!("pod/{} {what}: new connections go to pod/{}.", before.name, chosen.name))
            }
            (Some(before), None) => Some(format!(
                "pod/{} {what}: new connections wait for a pod of {} that is ready.",
                before.name, self.of
            )),
            _ => None,
        }
    }

    pub(super) fn none_ready(&self) -> Failure {
        let what = if self.pods.is_empty() {
            format!("{} has no pods: there is nothing to forward a port to", self.of)
        } else {
            format!("no pod of {} is ready: there is nothing to forward a port to", self.of)
        };
        Failure::new(FailureKind::Failed, what).hint(format!("todo-agent \"why is {} failing\"", self.of))
    }

    /// A pod that was meant by its name, and that nothing makes again.
    pub(super) fn gone_for_good(&self) -> Option<Failure> {
        let over = self.of.kind.kind == "Pod" && self.pods.values().all(|pod| pod.state == State::Over);
        (over && !self.returns).then(|| {
            Failure::new(FailureKind::Failed, format!("{} is gone: its ports lead nowhere any more", self.of))
                .hint("A forward to the pod's deployment or service goes on with the next pod.")
        })
    }
}

pub(super) fn query(lanes: &Lanes) -> Query {
    let all = Query::all(Kind::pod(), Some(lanes.namespace.clone()));
    match &lanes.pods {
        Pods::Named(name) => Query {
            fields: Some(format!("metadata.name={name}")),
            ..all
        },
        Pods::Selected(labels) => Query {
            labels: Some(labels.clone()),
            ..all
        },
    }
}

/// What a look at the cluster brought.
pub(super) enum News {
    Seen(Seen),
    All(Vec<Value>),
    Away(Failure),
    Nothing,
}

/// Looks at the pods for as long as it takes.
pub(super) struct Sight {
    cluster: Cluster,
    query: Query,
    feed: Option<Box<dyn Feed<Seen>>>,
    /// Told since a watch began, before it was complete.
    begun: Option<Vec<Value>>,
    may_watch: bool,
    wait: Option<Instant>,
    away: bool,
}

impl Sight {
    pub(super) fn new(cluster: Cluster, lanes: &Lanes) -> Self {
        Self {
            cluster,
            query: query(lanes),
            feed: None,
            begun: None,
            may_watch: true,
            wait: None,
            away: false,
        }
    }

    /// Cancel-safe: a watch that was begun is kept.
    pub(super) async fn next(&mut self) -> News {
        if let Some(until) = self.wait {
            tokio::time::sleep_until(until).await;
            self.wait = None;
        }
        if !self.may_watch {
            let pods = self.cluster.list(&self.query).await;
            self.wait = Some(Instant::now() + PAUSE);
            return pods.map_or_else(News::Away, News::All);
        }
        if self.feed.is_none() {
            match self.cluster.watch(&self.query).await {
                Ok(feed) => {
                    self.feed = Some(feed);
                    self.begun = Some(Vec::new());
                }
                Err(failure) => return self.lost(failure),
            }
        }
        let seen: Option<Result<Seen>> = match &mut self.feed {
            Some(feed) => feed.next().await,
            None => None,
        };
        match seen {
            Some(Ok(seen)) => News::Seen(seen),
            Some(Err(failure)) => self.lost(failure),
            None => {
                self.feed = None;
                self.wait = Some(Instant::now() + PAUSE);
                News::Nothing
            }
        }
    }

    fn lost(&mut self, failure: Failure) -> News {
        self.feed = None;
        self.wait = Some(Instant::now() + PAUSE);
        if failure.kind == FailureKind::Forbidden && self.may_watch {
            self.may_watch = false;
            return News::Nothing;
        }
        News::Away(failure)
    }

    /// Takes it in; what the user should hear of it.
    pub(super) fn learn(&mut self, news: News, known: &mut Known) -> Vec<String> {
        let mut told = Vec::new();
        let change = match news {
            News::Nothing => return told,
            News::Away(failure) => {
                if !self.away {
                    self.away = true;
                    told.push(format!("The pods of {} cannot be seen: {}. Trying again.", known.of, failure.what));
                }
                return told;
            }
            News::All(pods) => known.all(pods),
            News::Seen(Seen::Complete) => self.begun.take().and_then(|pods| known.all(pods)),
            News::Seen(Seen::Is(pod)) => match &mut self.begun {
                Some(begun) => {
                    begun.push(pod);
                    None
                }
                None => known.is(&pod),
            },
            News::Seen(Seen::Gone(object)) => match &mut self.begun {
                Some(begun) => {
                    begun.retain(|pod| pod["metadata"]["name"] != object.name.as_str());
                    None
                }
                None => known.gone(&object.name),
            },
        };
        if self.away {
            self.away = false;
            told.push("The cluster answers again.".to_owned());
        }
        told.extend(change);
        told
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(name: &str, created: &str, ready: bool, ending: bool) -> Value {
        let mut pod = json!({
            "metadata": {"name": name, "uid": format!("uid-{name}"), "creationTimestamp": created},
            "spec": {"containers": [{"ports": [{"name": "http", "containerPort": 7860}]}]},
            "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": if ready { "True" } else { "False" }}]},
        });
        if ending {
            pod["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        }
        pod
    }

    fn known(kind: Kind) -> Known {
        Known::new(ObjectRef {
            kind,
            namespace: None,
            name: "web".to_owned(),
            uid: None,
        })
    }

    #[test]
    fn new_connections_go_to_the_oldest_pod_that_is_ready_and_stay_there() {
        let mut known = known(Kind::deployment());
        assert_eq!(known.all(vec![pod("b", "2", true, false), pod("a", "3", true, false)]), None);
        assert_eq!(known.is(&pod("c", "1", true, false)), None);
        let first = known.chosen().unwrap().clone();
        assert_eq!(
            (first.name.as_str(), first.port(&PodPort::Named("http".to_owned()))),
            ("b", Some(7860))
        );
        assert_eq!(
            known.is(&pod("b", "2", true, true)).as_deref(),
            Some("pod/b is being taken away: new connections go to pod/c.")
        );
        assert!(known.lives(&first));
        assert_eq!(known.gone("b"), None);
        assert!(!known.lives(&first));
        assert_eq!(known.is(&pod("a", "3", false, false)), None);
        assert_eq!(
            known.gone("c").as_deref(),
            Some("pod/c is gone: new connections wait for a pod of deployment/web that is ready.")
        );
        assert_eq!(known.is(&pod("a", "3", true, false)), None);
        assert_eq!(known.chosen().map(|pod| pod.name.as_str()), Some("a"));
    }

    #[test]
    fn a_pod_that_nothing_makes_again_ends_the_forward() {
        let mut known = known(Kind::pod());
        known.all(vec![pod("web", "1", true, false)]);
        assert!(known.gone_for_good().is_none());
        known.gone("web");
        assert_eq!(
            known.gone_for_good().map(|failure| failure.what).as_deref(),
            Some("pod/web is gone: its ports lead nowhere any more")
        );
    }
}

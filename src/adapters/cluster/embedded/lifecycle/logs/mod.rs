//! Logs: plausible lines of what would run in a container, made when they are asked for.
//!
//! A line is a function of the pod, the run of the container and its own moment, so that every reader sees the same lines
//! and nothing is stored. Lines that come again and again are counted, not walked, so that an old pod costs no more.

mod lines;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::super::world::{OBSERVATION, World};
use super::pods::seen::{Container, Run, Seen, State};
use super::values;
use lines::Script;

/// A line and its time.
pub type Line = (Timestamp, String);

/// A container's log keeps at most so many lines, as a node's log rotation does.
const KEPT: usize = 10_000;

/// Which part of which log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// The pod's only (or default) container when not named.
    pub container: Option<String>,
    /// The run before the present one.
    pub previous: bool,
    /// Lines at or after this moment.
    pub since: Option<Timestamp>,
    /// At most so many lines, the last ones.
    pub tail: Option<usize>,
}

/// The lines of a container up to the world's `now`, oldest first.
///
/// # Errors
/// The server's words (400): no such container, still waiting to start, no previous run.
pub fn logs(world: &World, pod: &Value, query: &Query) -> Result<Vec<Line>, String> {
    let log = Log::open(world, pod, query)?;
    let from = query.since.map_or(log.since, |since| since.max(log.since));
    let mut lines = log.last(from, world.now, query.tail.unwrap_or(KEPT).min(KEPT));
    // The end of a run comes after all that it did.
    lines.sort_by_key(|(at, _)| *at);
    Ok(lines)
}

/// When the next line will come after `after`, for a reader who follows; `None` when the log has ended or nothing is
/// expected.
///
/// # Errors
/// As [`logs`].
pub fn next_line(world: &World, pod: &Value, query: &Query, after: Timestamp) -> Result<Option<Timestamp>, String> {
    let log = Log::open(world, pod, query)?;
    Ok(log.next(after))
}

/// Whether the run whose log is read has ended: a reader who follows may stop.
///
/// # Errors
/// As [`logs`].
pub fn ended(world: &World, pod: &Value, query: &Query) -> Result<bool, String> {
    Ok(Log::open(world, pod, query)?.run.is_some())
}

/// One run's log.
struct Log {
    since: Timestamp,
    /// The run, when it is over.
    run: Option<Run>,
    script: Script,
}

impl Log {
    fn open(world: &World, pod: &Value, query: &Query) -> Result<Self, String> {
        let (spec, init) = container(pod, query)?;
        let name = values::name_of(spec);
        let note = world.get(OBSERVATION, values::namespace(pod), &format!("Pod/{}", values::name(pod)));
        let seen: Option<Seen> = note.and_then(|note| serde_json::from_value(note.get("seen")?.clone()).ok());
        let seen = seen.unwrap_or_default();
        let container = seen.containers.get(name).cloned().unwrap_or_default();
        let (since, run) = if query.previous {
            let run = previous(&container).ok_or_else(|| {
                format!(
                    "previous terminated container \"{name}\" in pod \"{}\" not found",
                    values::name(pod)
                )
            })?;
            (run.since, Some(run))
        } else {
            current(&container).ok_or_else(|| waiting(pod, name, &container))?
        };
        let script = Script::of(world, pod, spec, init, since, run.as_ref());
        Ok(Self { since, run, script })
    }

    /// The moment after which nothing comes.
    fn end(&self) -> Option<Timestamp> {
        self.run.as_ref().map(|run| run.until)
    }

    /// The last `most` lines between two moments.
    fn last(&self, from: Timestamp, now: Timestamp, most: usize) -> Vec<Line> {
        let to = self.end().map_or(now, |end| end.min(now));
        if most == 0 || to < from {
            return Vec::new();
        }
        let mut lines = self.script.fixed(from, to);
        // Back from the end in growing steps until there are enough.
        let mut step = SignedDuration::from_secs(60);
        let mut end = to;
        let mut regular: Vec<Line> = Vec::new();
        while regular.len() < most && end >= from {
            let start = end.checked_sub(step).unwrap_or(from).max(from);
            let mut older = self.script.regular(start, end);
            older.append(&mut regular);
            regular = older;
            if start <= from {
                break;
            }
            end = start.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(start);
            step = step.saturating_mul(2);
        }
        lines.append(&mut regular);
        lines.sort_by_key(|(at, _)| *at);
        let surplus = lines.len().saturating_sub(most);
        lines.split_off(surplus)
    }

    fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let next = self.script.next(after)?;
        self.end().is_none_or(|end| next <= end).then_some(next)
    }
}

/// The container that is meant, and whether it is an init container.
fn container<'a>(pod: &'a Value, query: &Query) -> Result<(&'a Value, bool), String> {
    let (mains, inits) = (values::list(pod, "/spec/containers"), values::list(pod, "/spec/initContainers"));
    let pod_name = values::name(pod);
    let default = values::annotation(pod, "kubectl.kubernetes.io/default-container");
    let Some(name) = query.container.as_deref().or(default) else {
        return match mains {
            [only] => Ok((only, false)),
            _ => {
                let names: Vec<&str> = mains.iter().map(values::name_of).collect();
                Err(format!(
                    "a container name must be specified for pod {pod_name}, choose one of: [{}]",
                    names.join(" ")
                ))
            }
        };
    };
    let find = |list: &'a [Value]| list.iter().find(|container| values::name_of(container) == name);
    match (find(mains), find(inits)) {
        (Some(found), _) => Ok((found, false)),
        (None, Some(found)) => Ok((found, true)),
        (None, None) => Err(format!("container {name} is not valid for pod {pod_name}")),
    }
}

/// The run that `logs` shows: the present one, or the last while the container waits.
fn current(container: &Container) -> Option<(Timestamp, Option<Run>)> {
    match &container.state {
        State::Running { since, .. } => Some((*since, None)),
        State::Stopping { run } | State::Ended { run, .. } | State::BackOff { run, .. } => Some((run.since, Some(run.clone()))),
        _ => container.last.as_ref().map(|run| (run.since, Some(run.clone()))),
    }
}

fn previous(container: &Container) -> Option<Run> {
    match &container.state {
        State::BackOff { run, .. } => Some(run.clone()),
        _ => container.last.clone(),
    }
}

fn waiting(pod: &Value, name: &str, container: &Container) -> String {
    let (pod_name, namespace) = (values::name(pod), values::namespace(pod));
    let head = format!("container \"{name}\" in pod \"{pod_name}\" is ");
    match &container.state {
        State::Trouble { reason, .. } if reason.contains("ImagePull") => {
            format!("{head}waiting to start: trying and failing to pull image")
        }
        State::Trouble { reason, .. } => format!("{head}waiting to start: {reason}"),
        _ if values::text(pod, "/spec/nodeName").is_empty() => {
            format!("pod {pod_name} in namespace {namespace} does not have a host assigned")
        }
        _ if !values::list(pod, "/spec/initContainers").is_empty() => format!("{head}waiting to start: PodInitializing"),
        _ => format!("{head}waiting to start: ContainerCreating"),
    }
}

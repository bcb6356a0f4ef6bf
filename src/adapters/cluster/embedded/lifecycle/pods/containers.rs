//! One container: image, configuration, start, run, end, back-off.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::super::events::{Report, Source, report};
use super::super::images::Image;
use super::super::turn::Turn;
use super::super::{node, values};
use super::kubelet::Part;
use super::seen::{Container, Run, State};
use super::{config, probes};

/// Longest back-off, in seconds, and how long a run must last for the back-off to start anew.
const LONGEST: i64 = 300;
const FORGIVEN: SignedDuration = SignedDuration::from_secs(600);

/// Walks through all states that are due, and says when the next is.
pub fn step(turn: &mut Turn, part: &Part, container: &mut Container) -> Option<Timestamp> {
    // Each state leads on at most a few times at one moment; the bound only guards against a mistake.
    for _ in 0..16 {
        match next(turn, part, container) {
            Next::Again => {}
            Next::At(due) => return due,
        }
    }
    Some(values::after(turn.at, values::seconds(1)))
}

enum Next {
    /// The state changed: look again at once.
    Again,
    At(Option<Timestamp>),
}

fn next(turn: &mut Turn, part: &Part, container: &mut Container) -> Next {
    let at = turn.at;
    match container.state.clone() {
        State::New => prepare(turn, part, container),
        State::Pulling { until } if until <= at => pulled(turn, part, container),
        State::Making { until } if until <= at => start(turn, part, container),
        State::Trouble { reason, until, since, .. } => trouble(turn, part, container, &reason, until, since),
        State::Running { .. } => running(turn, part, container),
        State::Stopping { run } if run.until <= at => ended(part, container, run),
        State::Ended { run, until: Some(until) } if until <= at => restart(turn, part, container, run),
        State::BackOff { run, until, .. } if until <= at => {
            say_backing_off(turn, part, (until.as_second() - run.until.as_second()) / 13);
            container.backoff = (container.backoff * 2).min(LONGEST);
            again(container, run);
            prepare(turn, part, container)
        }
        State::Pulling { until } | State::Making { until } | State::BackOff { until, .. } => Next::At(Some(until)),
        State::Stopping { run } => Next::At(Some(run.until)),
        State::Ended { until, .. } => Next::At(until),
    }
}

fn say(turn: &mut Turn, part: &Part, warning: bool, reason: &str, message: String, times: i64) {
    let normal = Report::normal(Source::Kubelet, reason, message).on(part.field());
    report(turn, part.pod, &Report { warning, ..normal }, times);
}

fn image_text<'a>(part: &Part<'a>) -> &'a str {
    values::text(part.container, "/image")
}

/// The image: there, to be pulled, or not to be had.
fn prepare(turn: &mut Turn, part: &Part, container: &mut Container) -> Next {
    let text = image_text(part);
    let image = match Image::parse(text) {
        Ok(image) => image,
        Err(why) => {
            let message = format!("Failed to apply default image tag \"{text}\": couldn't parse image name \"{text}\": {why}");
            return troubled(turn, part, container, "InvalidImageName", message);
        }
    };
    let present = node::present(turn.world, &image);
    match values::text(part.container, "/imagePullPolicy") {
        "Never" if !present => {
            let message = format!("Container image \"{text}\" is not present with pull policy of Never");
            troubled(turn, part, container, "ErrImageNeverPull", message)
        }
        "Never" | "IfNotPresent" | "" if present => {
            say(
                turn,
                part,
                false,
                "Pulled",
                format!("Container image \"{text}\" already present on machine"),
                1,
            );
            configure(turn, part, container)
        }
        _ => {
            say(turn, part, false, "Pulling", format!("Pulling image \"{text}\""), 1);
            container.state = State::Pulling {
                until: values::after(turn.at, node::PULL),
            };
            Next::Again
        }
    }
}

fn pulled(turn: &mut Turn, part: &Part, container: &mut Container) -> Next {
    let text = image_text(part);
    let answer = Image::parse(text).and_then(|image| node::pull(turn.world, &image).map(|(took, size)| (image, took, size)));
    match answer {
        Ok((image, took, size)) => {
            container.pull_backoff = 0;
            keep_image(turn, &image, size);
            let took = took.as_millis();
            let message =
                format!("Successfully pulled image \"{text}\" in {took}ms ({took}ms including waiting). Image size: {size} bytes.");
            say(turn, part, false, "Pulled", message, 1);
            configure(turn, part, container)
        }
        Err(why) => {
            say(turn, part, true, "Failed", format!("Failed to pull image \"{text}\": {why}"), 1);
            say(turn, part, true, "Failed", "Error: ErrImagePull".to_owned(), 1);
            container.pull_backoff = (container.pull_backoff * 2).clamp(10, LONGEST);
            container.state = State::Trouble {
                reason: "ErrImagePull".to_owned(),
                message: why,
                until: values::after(turn.at, values::seconds(2)),
                since: turn.at,
            };
            Next::Again
        }
    }
}

/// A pulled image stays on the node.
fn keep_image(turn: &mut Turn, image: &Image, size: u64) {
    if node::present(turn.world, image) {
        return;
    }
    let Some(mut node) = turn.get("Node", "", super::super::NODE).cloned() else {
        return;
    };
    let mut images = values::list(&node, "/status/images").to_vec();
    images.push(serde_json::json!({ "names": [image.full()], "sizeBytes": size }));
    values::set(&mut node, &["status", "images"], images.into());
    turn.put(node);
}

/// The environment must be complete before the container can be made.
fn configure(turn: &mut Turn, part: &Part, container: &mut Container) -> Next {
    match config::environment(turn.world, part.pod, part.container) {
        Ok(_) => {
            container.trouble = 0;
            container.state = State::Making {
                until: values::after(turn.at, node::START),
            };
            Next::Again
        }
        Err(why) => troubled(turn, part, container, "CreateContainerConfigError", why),
    }
}

/// Something is missing: say so, and look again after a while.
fn troubled(turn: &mut Turn, part: &Part, container: &mut Container, reason: &str, message: String) -> Next {
    let (wait, times) = patience(container.trouble);
    match reason {
        "InvalidImageName" => {
            say(turn, part, true, "InspectFailed", message.clone(), times);
            say(turn, part, true, "Failed", "Error: InvalidImageName".to_owned(), times);
        }
        "ErrImageNeverPull" => {
            say(turn, part, true, "ErrImageNeverPull", message.clone(), times);
            say(turn, part, true, "Failed", "Error: ErrImageNeverPull".to_owned(), times);
        }
        _ => say(turn, part, true, "Failed", format!("Error: {message}"), times),
    }
    container.trouble += 1;
    container.state = State::Trouble {
        reason: reason.to_owned(),
        message,
        until: values::after(turn.at, values::seconds(wait)),
        since: turn.at,
    };
    Next::Again
}

/// The kubelet looks every 12 seconds or so. After two minutes five looks are taken as one, with their count, so that a pod
/// that is broken for weeks costs little.
fn patience(met: i64) -> (i64, i64) {
    if met < 10 { (12, 1) } else { (60, 5) }
}

/// In trouble: `ErrImagePull` turns into `ImagePullBackOff`, then the pull is tried again; other troubles are looked at again.
fn trouble(turn: &mut Turn, part: &Part, container: &mut Container, reason: &str, until: Timestamp, since: Timestamp) -> Next {
    let mended = reason == "CreateContainerConfigError" && config::environment(turn.world, part.pod, part.container).is_ok();
    if mended {
        return prepare(turn, part, container);
    }
    if until > turn.at {
        return Next::At(Some(until));
    }
    if reason == "ErrImagePull" {
        let text = image_text(part);
        let State::Trouble { message, .. } = &container.state else {
            return Next::At(None);
        };
        let message = format!("Back-off pulling image \"{text}\": ErrImagePull: {message}");
        say(turn, part, false, "BackOff", format!("Back-off pulling image \"{text}\""), 1);
        say(turn, part, true, "Failed", "Error: ImagePullBackOff".to_owned(), 1);
        container.state = State::Trouble {
            reason: "ImagePullBackOff".to_owned(),
            message,
            until: values::after(since, values::seconds(container.pull_backoff)),
            since,
        };
        return Next::Again;
    }
    if reason == "ImagePullBackOff" {
        let looks = container.pull_backoff / 13;
        say(
            turn,
            part,
            false,
            "BackOff",
            format!("Back-off pulling image \"{}\"", image_text(part)),
            looks,
        );
        say(turn, part, true, "Failed", "Error: ImagePullBackOff".to_owned(), looks);
    }
    prepare(turn, part, container)
}

fn start(turn: &mut Turn, part: &Part, container: &mut Container) -> Next {
    let env = match config::environment(turn.world, part.pod, part.container) {
        Ok(env) => env,
        Err(why) => return troubled(turn, part, container, "CreateContainerConfigError", why),
    };
    say(turn, part, false, "Created", format!("Created container: {}", part.name()), 1);
    say(turn, part, false, "Started", format!("Started container {}", part.name()), 1);
    container.state = State::Running {
        since: turn.at,
        ends: planned_end(part, &env, turn.at, turn.at),
        fault: node::fault(part.pod).to_owned(),
        started: part.container.get("startupProbe").is_none(),
        ready: false,
        probes: BTreeMap::new(),
    };
    Next::Again
}

/// How the run that began at `since` will end, as it looks at `now`.
fn planned_end(part: &Part, env: &BTreeMap<String, String>, since: Timestamp, now: Timestamp) -> Option<Run> {
    let start = node::Start {
        pod: part.pod,
        container: part.container,
        env,
        to_end: part.to_end(),
    };
    node::run(&start).map(|exit| Run {
        since,
        until: values::after(now, exit.after),
        code: exit.code,
        reason: exit.reason.to_owned(),
    })
}

fn running(turn: &mut Turn, part: &Part, container: &mut Container) -> Next {
    let env = config::environment(turn.world, part.pod, part.container).unwrap_or_default();
    let now_fault = node::fault(part.pod);
    if let State::Running { since, ends, fault, .. } = &mut container.state
        && fault != now_fault
    {
        now_fault.clone_into(fault);
        *ends = planned_end(part, &env, *since, turn.at);
    }
    let State::Running { ends, .. } = &container.state else {
        return Next::Again;
    };
    let ends = ends.clone();
    if let Some(run) = ends.as_ref().filter(|run| run.until <= turn.at) {
        return ended(part, container, run.clone());
    }
    let due = probes::look(turn, part, container, &env);
    if matches!(container.state, State::Running { .. }) {
        Next::At(values::sooner(due, ends.map(|run| run.until)))
    } else {
        Next::Again
    }
}

fn ended(part: &Part, container: &mut Container, run: Run) -> Next {
    if run.until.duration_since(run.since) >= FORGIVEN {
        container.backoff = 0;
    }
    // The kubelet notices an end within about a second.
    let until = part.restarts(run.code).then(|| values::after(run.until, values::seconds(1)));
    container.state = State::Ended { run, until };
    Next::Again
}

/// The first restart is at once; later ones wait 10, 20, 40 … seconds from the end of the run.
fn restart(turn: &mut Turn, part: &Part, container: &mut Container, run: Run) -> Next {
    if container.backoff == 0 {
        container.backoff = 10;
        again(container, run);
        return prepare(turn, part, container);
    }
    let until = values::after(run.until, values::seconds(container.backoff));
    say_backing_off(turn, part, 1);
    container.state = State::BackOff {
        run,
        until,
        seconds: container.backoff,
    };
    Next::Again
}

fn again(container: &mut Container, run: Run) {
    container.last = Some(run);
    container.restarts += 1;
}

fn say_backing_off(turn: &mut Turn, part: &Part, times: i64) {
    let pod = part.pod;
    let whole = format!("{}_{}({})", values::name(pod), values::namespace(pod), values::uid(pod));
    say(
        turn,
        part,
        true,
        "BackOff",
        format!("Back-off restarting failed container {} in pod {whole}", part.name()),
        times,
    );
}

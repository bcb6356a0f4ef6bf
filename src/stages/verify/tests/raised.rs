//! More pods of a template that was there before: what shows that they live.

use serde_json::{Value, json};

use super::stage::{Stage, deployment, is, pod, ready, replica_set, waiting};

/// A pod of the newest set, made and begun at these seconds of one minute.
fn made(name: &str, made: u32, begun: u32, restarts: u32) -> Value {
    let mut pod = pod(name, "rs", ready(restarts));
    pod["metadata"]["creationTimestamp"] = json!(format!("2026-01-01T00:00:{made:02}Z"));
    pod["status"]["containerStatuses"][0]["state"]["running"] = json!({"startedAt": format!("2026-01-01T00:00:{begun:02}Z")});
    pod
}

fn crashing() -> Value {
    let mut status = waiting("CrashLoopBackOff", "back-off 10s restarting failed container");
    status["containerStatuses"][0]["restartCount"] = json!(3);
    status["containerStatuses"][0]["lastState"] = json!({"terminated": {"exitCode": 1, "reason": "Error"}});
    status
}

fn raised() -> Stage {
    let mut stage = Stage::available();
    stage.raised_from = Some(1);
    stage
}

#[tokio::test(start_paused = true)]
async fn pods_like_one_that_has_lived_are_believed_at_once() {
    let stage = raised();
    stage.script(vec![
        (0, "Deployment", is(deployment(2, 3, 3, 3))),
        (10, "ReplicaSet", is(replica_set("rs", "1"))),
        (20, "Pod", is(made("old", 0, 10, 1))),
        (30, "Pod", is(made("new", 15, 16, 0))),
    ]);
    let (told, end) = stage.verify(120).await;
    assert!(end.unwrap().holds());
    assert_eq!(
        told,
        [
            "0 Pending 3 of 3 replicas available, watching for restarts",
            "30 Holds 3 of 3 replicas available"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn pods_like_one_that_keeps_crashing_must_live_five_seconds() {
    let stage = raised();
    stage.script(vec![
        (0, "ReplicaSet", is(replica_set("rs", "1"))),
        (0, "Pod", is(made("old", 0, 14, 3))),
        (0, "Pod", is(made("new", 15, 16, 0))),
        (0, "Deployment", is(deployment(2, 3, 3, 3))),
        (2000, "Pod", is(pod("new", "rs", crashing()))),
        (2000, "Deployment", is(deployment(2, 3, 3, 2))),
    ]);
    let (told, end) = stage.verify(10).await;
    assert!(!end.unwrap().holds());
    assert_eq!(
        told,
        [
            "0 Pending 3 of 3 replicas available, watching for restarts",
            "2000 Pending 2 of 3 available, 1 crashing",
            "5000 Fails 2 of 3 available, 1 crashing",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn pods_that_say_themselves_that_they_are_ready_are_believed_at_once() {
    let stage = raised();
    let mut probed = deployment(2, 3, 3, 3);
    probed["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] = json!({"httpGet": {"path": "/", "port": 80}});
    stage.script(vec![(0, "Deployment", is(probed))]);
    let (told, end) = stage.verify(120).await;
    assert!(end.unwrap().holds());
    assert_eq!(told, ["0 Holds 3 of 3 replicas available"]);
}

//! What could not be observed is not claimed.

use super::stage::{Stage, deployment, is, pod, ready, replica_set, unreachable};
use crate::domain::failure::FailureKind;

fn rolled_out() -> Stage {
    let mut stage = Stage::available();
    stage.template_changed = true;
    stage
}

#[tokio::test(start_paused = true)]
async fn pods_that_may_not_be_listed_are_not_said_to_live() {
    let stage = rolled_out();
    *stage.cluster.forbidden.lock().unwrap() = vec!["Pod"];
    stage.script(vec![
        (0, "ReplicaSet", is(replica_set("rs", "2"))),
        (0, "Deployment", is(deployment(2, 3, 3, 3))),
    ]);
    let (told, end) = stage.verify(120).await;
    assert_eq!(told, ["0 Pending 3 of 3 replicas available, watching for restarts"]);
    let failure = end.unwrap_err();
    assert_eq!(
        (failure.kind, failure.what.as_str(), failure.hints),
        (
            FailureKind::LostSight,
            "deployment/web was changed (3 of 3 replicas available), but whether its new pods keep running cannot be observed: user \"viewer\" may not list Pod in namespace \"todo\"",
            vec!["ask for it".to_owned()]
        )
    );
}

#[tokio::test(start_paused = true)]
async fn a_restart_that_no_watch_told_of_is_seen_by_the_last_look() {
    // The watch of pods is never fed: as if it had been refused, or had ended without a word.
    let stage = rolled_out();
    stage.script(vec![
        (0, "ReplicaSet", is(replica_set("rs", "2"))),
        (0, "Deployment", is(deployment(2, 3, 3, 3))),
    ]);
    stage.only_listed(2000, "Pod", pod("a", "rs", ready(1)));
    let (told, end) = stage.verify(120).await;
    assert!(end.unwrap().holds());
    assert_eq!(
        told,
        [
            "0 Pending 3 of 3 replicas available, watching for restarts",
            "10000 Holds 3 of 3 replicas available",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn without_replica_sets_the_pods_of_the_selector_are_looked_at() {
    let stage = rolled_out();
    *stage.cluster.forbidden.lock().unwrap() = vec!["ReplicaSet"];
    stage.script(vec![(0, "Deployment", is(deployment(2, 3, 3, 3)))]);
    stage.only_listed(2000, "Pod", pod("a", "rs", ready(1)));
    let (told, end) = stage.verify(120).await;
    assert!(end.unwrap().holds());
    assert_eq!(told.last().map(String::as_str), Some("10000 Holds 3 of 3 replicas available"));
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_is_away_while_pods_must_live_is_waited_for() {
    let stage = rolled_out();
    stage.script(vec![
        (0, "ReplicaSet", is(replica_set("rs", "2"))),
        (0, "Deployment", is(deployment(2, 3, 3, 3))),
    ]);
    stage.away(4000, 20_000);
    let (told, end) = stage.verify(120).await;
    assert!(end.unwrap().holds());
    assert_eq!(
        told,
        [
            "0 Pending 3 of 3 replicas available, watching for restarts",
            "20000 Holds 3 of 3 replicas available"
        ]
    );
    let stage = rolled_out();
    stage.script(vec![
        (0, "ReplicaSet", is(replica_set("rs", "2"))),
        (0, "Deployment", is(deployment(2, 3, 3, 3))),
    ]);
    stage.away(4000, 900_000);
    let failure = stage.verify(30).await.1.unwrap_err();
    assert_eq!(
        (failure.kind, failure.what.as_str()),
        (
            FailureKind::LostSight,
            "deployment/web was changed, but can no longer be observed: the cluster does not answer"
        )
    );
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_comes_back_within_the_deadline_is_no_failure() {
    let stage = Stage::available();
    stage.script(vec![
        (0, "Deployment", is(deployment(2, 3, 3, 2))),
        (1000, "Deployment", Err(unreachable())),
    ]);
    stage.fed_again(21_000, "Deployment", vec![is(deployment(2, 3, 3, 3))]);
    let (told, end) = stage.verify(30).await;
    assert!(end.unwrap().holds());
    assert_eq!(
        told,
        [
            "0 Pending 2 of 3 available",
            "1000 Pending the cluster does not answer, waiting for it",
            "21000 Holds 3 of 3 replicas available",
        ]
    );
}

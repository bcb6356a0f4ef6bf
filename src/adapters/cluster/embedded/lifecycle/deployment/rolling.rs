//! The two strategies: replace step by step, or all at once.

use jiff::Timestamp;
use serde_json::Value;

use super::{Rollout, Turn, available, revision, set_replicas, status, values, wanted};
use crate::adapters::cluster::embedded::lifecycle::turn::finished;

/// One step of a rolling update.
pub fn roll(turn: &mut Turn, rollout: &mut Rollout) -> Option<Timestamp> {
    revision::ensure_new(turn, rollout, true);
    let moved = grow_new(turn, rollout) || shrink_old(turn, rollout);
    if !moved && status::complete(rollout) {
        revision::clean_up(turn, rollout);
    }
    status::sync(turn, rollout)
}

fn grow_new(turn: &mut Turn, rollout: &mut Rollout) -> bool {
    let Some(new) = &rollout.new else { return false };
    let (name, now, replicas) = (values::name(new).to_owned(), wanted(new), rollout.replicas());
    let next = if now > replicas {
        replicas
    } else {
        revision::room_for_new(rollout)
    };
    set_replicas(turn, rollout, &name, next)
}

fn shrink_old(turn: &mut Turn, rollout: &mut Rollout) -> bool {
    let old: i64 = rollout.old.iter().map(wanted).sum();
    let Some(new) = rollout.new.as_ref().filter(|_| old > 0) else {
        return false;
    };
    let all: i64 = rollout.all().map(wanted).sum();
    let least = rollout.replicas() - rollout.max_unavailable();
    let most_down = all - least - (wanted(new) - available(new));
    if most_down <= 0 {
        return false;
    }
    let unhealthy = drop_unhealthy(turn, rollout, most_down);
    drop_healthy(turn, rollout, least) || unhealthy
}

/// Pods of old sets that serve nobody go first.
fn drop_unhealthy(turn: &mut Turn, rollout: &mut Rollout, most: i64) -> bool {
    let mut left = most;
    let sets: Vec<(String, i64, i64)> = sizes(rollout);
    for (name, now, serving) in sets {
        let drop = left.min(now - serving);
        if drop > 0 {
            set_replicas(turn, rollout, &name, now - drop);
            left -= drop;
        }
    }
    left < most
}

fn drop_healthy(turn: &mut Turn, rollout: &mut Rollout, least: i64) -> bool {
    let serving: i64 = rollout.all().map(available).sum();
    let mut left = serving - least;
    let before = left;
    for (name, now, _) in sizes(rollout) {
        let drop = left.min(now);
        if drop > 0 {
            set_replicas(turn, rollout, &name, now - drop);
            left -= drop;
        }
    }
    left < before
}

fn sizes(rollout: &Rollout) -> Vec<(String, i64, i64)> {
    rollout
        .old
        .iter()
        .map(|set| (values::name(set).to_owned(), wanted(set), available(set)))
        .filter(|(_, now, _)| *now > 0)
        .collect()
}

/// All old pods go before the first new one comes.
pub fn recreate(turn: &mut Turn, rollout: &mut Rollout) -> Option<Timestamp> {
    revision::ensure_new(turn, rollout, false);
    let mut scaled = false;
    for (name, now, _) in sizes(rollout) {
        scaled |= now > 0 && set_replicas(turn, rollout, &name, 0);
    }
    if scaled || old_pods_run(turn, rollout) {
        return status::sync(turn, rollout);
    }
    revision::ensure_new(turn, rollout, true);
    if let Some(new) = &rollout.new {
        let (name, replicas) = (values::name(new).to_owned(), rollout.replicas());
        set_replicas(turn, rollout, &name, replicas);
    }
    if status::complete(rollout) {
        revision::clean_up(turn, rollout);
    }
    status::sync(turn, rollout)
}

fn old_pods_run(turn: &Turn, rollout: &Rollout) -> bool {
    let running = |set: &Value| turn.controlled("Pod", values::uid(set)).into_iter().any(|pod| !finished(pod));
    rollout.old.iter().any(running)
}

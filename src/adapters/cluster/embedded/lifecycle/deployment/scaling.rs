//! A changed number of replicas, outside and in the middle of a rollout.

use serde_json::Value;

use super::{DESIRED, MAXIMUM, Rollout, Turn, available, revision, set_replicas, values, wanted};

/// Whether the deployment's size changed since its replica sets were last touched.
pub fn is_scaling(rollout: &Rollout) -> bool {
    rollout
        .all()
        .filter(|set| wanted(set) > 0)
        .filter_map(|set| values::annotation(set, DESIRED)?.parse::<i64>().ok())
        .any(|desired| desired != rollout.replicas())
}

/// Brings the replica sets to the deployment's size: the only active one alone, or all in proportion.
pub fn scale(turn: &mut Turn, rollout: &mut Rollout) {
    revision::ensure_new(turn, rollout, false);
    let active: Vec<String> = rollout
        .all()
        .filter(|set| wanted(set) > 0)
        .map(|set| values::name(set).to_owned())
        .collect();
    let replicas = rollout.replicas();
    let only = match active.as_slice() {
        [] => rollout.new.as_ref().or(rollout.old.last()).map(|set| values::name(set).to_owned()),
        [one] => Some(one.clone()),
        _ => None,
    };
    if let Some(only) = only {
        set_replicas(turn, rollout, &only, replicas);
        return;
    }
    if saturated(rollout) {
        for name in active {
            if rollout.new.as_ref().is_none_or(|new| values::name(new) != name) {
                set_replicas(turn, rollout, &name, 0);
            }
        }
        return;
    }
    if !rollout.recreate() {
        in_proportion(turn, rollout);
    }
}

/// Whether the new set serves in full.
fn saturated(rollout: &Rollout) -> bool {
    let replicas = rollout.replicas();
    rollout.new.as_ref().is_some_and(|new| {
        wanted(new) == replicas && values::annotation(new, DESIRED) == Some(&replicas.to_string()) && available(new) == replicas
    })
}

/// Spreads the difference over the active sets by their size, larger (then newer) first; the rest goes to the first.
fn in_proportion(turn: &mut Turn, rollout: &mut Rollout) {
    let mut sets: Vec<Value> = rollout.all().filter(|set| wanted(set) > 0).cloned().collect();
    let total: i64 = sets.iter().map(wanted).sum();
    let allowed = if rollout.replicas() > 0 {
        rollout.replicas() + rollout.max_surge()
    } else {
        0
    };
    let to_add = allowed - total;
    sets.sort_by_key(|set| std::cmp::Reverse((wanted(set), values::created(set))));
    if to_add < 0 {
        sets.sort_by_key(|set| (std::cmp::Reverse(wanted(set)), values::created(set)));
    }
    let mut added = 0;
    let mut sizes: Vec<(String, i64)> = Vec::new();
    for set in &sets {
        let now = wanted(set);
        let part = if to_add == 0 {
            0
        } else {
            proportion(set, rollout.replicas(), rollout.max_surge(), to_add, added)
        };
        added += part;
        sizes.push((values::name(set).to_owned(), now + part));
    }
    if let Some(first) = sizes.first_mut() {
        first.1 = (first.1 + to_add - added).max(0);
    }
    for (name, size) in sizes {
        set_replicas(turn, rollout, &name, size);
    }
}

fn proportion(set: &Value, replicas: i64, surge: i64, to_add: i64, added: i64) -> i64 {
    let now = wanted(set);
    let fraction = if replicas == 0 {
        -now
    } else {
        let most = values::annotation(set, MAXIMUM)
            .and_then(|text| text.parse::<i64>().ok())
            .filter(|most| *most > 0);
        let most = most.unwrap_or(replicas);
        // Rounded to the nearest, as the real controller does.
        let scaled = now * (replicas + surge);
        (2 * scaled + most) / (2 * most) - now
    };
    let left = to_add - added;
    if to_add > 0 { fraction.min(left) } else { fraction.max(left) }
}

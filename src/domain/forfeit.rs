//! What a change gives away for good: a controller deletes or ends, now or later, what the object was until then to keep.

use serde_json::Value;

use super::{risk::Call, untried::may_set};

/// A field by which something is kept, and what is lost with less of it.
struct Keeper {
    /// Kinds that have it; none: whoever has it.
    kinds: &'static [&'static str],
    fields: &'static [&'static str],
    loses: fn(Option<&Value>, Option<&Value>) -> bool,
    why: &'static str,
}

const KEEPERS: [Keeper; 9] = [
    // https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention
    Keeper {
        kinds: &[],
        fields: &[
            "persistentVolumeClaimRetentionPolicy/whenScaled",
            "persistentVolumeClaimRetentionPolicy/whenDeleted",
        ],
        loses: |before, after| is(after, "Delete") && !is(before, "Delete"),
        why: "Volume claims that were deleted meanwhile are not brought back, nor what is stored in them.",
    },
    // How long, or how many, that are finished are kept; a Job without the first is kept for ever.
    // https://kubernetes.io/docs/concepts/workloads/controllers/ttlafterfinished/
    Keeper {
        kinds: &[],
        fields: &[
            "ttlSecondsAfterFinished",
            "successfulJobsHistoryLimit",
            "failedJobsHistoryLimit",
            "revisionHistoryLimit",
        ],
        loses: is_less,
        why: "What is no longer kept is deleted, and not brought back.",
    },
    // One whose claim is another or gone is released, and its reclaim policy decides over its data.
    // https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming
    Keeper {
        kinds: &[],
        fields: &["claimRef/uid"],
        loses: |before, after| before != after,
        why: RELEASED,
    },
    Keeper {
        kinds: &[],
        fields: &["claimRef/namespace", "claimRef/name"],
        loses: |before, after| before.is_some() && before != after,
        why: RELEASED,
    },
    // One that is released already goes at once; a snapshot says it in the second word.
    Keeper {
        kinds: &[],
        fields: &["persistentVolumeReclaimPolicy", "deletionPolicy"],
        loses: |before, after| before != after && (is(after, "Delete") || is(after, "Recycle")),
        why: "What is stored in a volume or a snapshot may be deleted meanwhile.",
    },
    // https://kubernetes.io/docs/concepts/workloads/controllers/job/#suspending-a-job
    Keeper {
        kinds: &["Job"],
        fields: &["suspend"],
        loses: |before, after| is_true(after) && !is_true(before),
        why: ENDED,
    },
    Keeper {
        kinds: &["Job", "Pod"],
        fields: &[
            "parallelism",
            "completions",
            "backoffLimit",
            "backoffLimitPerIndex",
            "maxFailedIndexes",
            "activeDeadlineSeconds",
        ],
        loses: is_less,
        why: ENDED,
    },
    Keeper {
        kinds: &["CronJob"],
        fields: &["concurrencyPolicy"],
        loses: |before, after| is(after, "Replace") && !is(before, "Replace"),
        why: ENDED,
    },
    // Of the controllers that are there to be changed only this one may select others.
    Keeper {
        kinds: &["ReplicationController"],
        fields: &["selector"],
        loses: |before, after| before != after,
        why: "Pods that it adopts and has no need of are ended.",
    },
];

const RELEASED: &str = "What is stored in a volume may be deleted when its claim is another.";

pub(super) const ENDED: &str = "What pods had done that are ended is not brought back.";

const SCALED: &str = "The volume claims of replicas that go are deleted with them, and what is stored in them is not kept.";

/// Why a change of an object that is there gives away something that it keeps. `whole` is the object where the change is one of its scale.
#[must_use]
pub fn forfeits(before: &Value, after: &Value, whole: Option<&Value>) -> Option<&'static str> {
    let kind = after.get("kind").and_then(Value::as_str).unwrap_or_default();
    let loses = |keeper: &&Keeper| {
        let field = |name: &&str| {
            let pointer = format!("/spec/{name}");
            (keeper.loses)(before.pointer(&pointer), after.pointer(&pointer))
        };
        (keeper.kinds.is_empty() || keeper.kinds.contains(&kind)) && keeper.fields.iter().any(field)
    };
    let lost = KEEPERS.iter().find(loses).map(|keeper| keeper.why);
    lost.or_else(|| scales_claims_away(before, after, whole.unwrap_or(after)).then_some(SCALED))
}

/// A change of which nothing is known but its words may do so.
#[must_use]
pub fn may_forfeit(call: &Call, body: Option<&Value>) -> bool {
    let of_it = |keeper: &&Keeper| keeper.kinds.is_empty() || keeper.kinds.iter().any(|kind| call.resource == plural(kind));
    let names = KEEPERS.iter().filter(of_it).flat_map(|keeper| keeper.fields);
    let mut words: Vec<&str> = names.filter_map(|name| name.split('/').next()).collect();
    words.extend((call.resource == "statefulsets").then_some("replicas"));
    may_set(body, &words)
}

fn plural(kind: &str) -> String {
    format!("{}s", kind.to_lowercase())
}

/// Fewer replicas than before, whose claims go with them.
fn scales_claims_away(before: &Value, after: &Value, whole: &Value) -> bool {
    let replicas = |object: &Value| amount(object.pointer("/spec/replicas")).unwrap_or(1);
    let start = |object: &Value| amount(object.pointer("/spec/ordinals/start")).unwrap_or(0);
    let goes = replicas(after) < replicas(before) || start(after) != start(before);
    goes && is(whole.pointer("/spec/persistentVolumeClaimRetentionPolicy/whenScaled"), "Delete")
}

fn is_less(before: Option<&Value>, after: Option<&Value>) -> bool {
    match (amount(before), amount(after)) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(before), Some(after)) => after < before,
    }
}

fn is(value: Option<&Value>, word: &str) -> bool {
    value.and_then(Value::as_str) == Some(word)
}

fn is_true(value: Option<&Value>) -> bool {
    value == Some(&Value::Bool(true))
}

fn amount(value: Option<&Value>) -> Option<i64> {
    value.and_then(Value::as_i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_kept_for_less_long_or_for_nobody_is_given_away() {
        let claims = |scaled: &str, deleted: &str| json!({"spec": {"persistentVolumeClaimRetentionPolicy": {"whenScaled": scaled, "whenDeleted": deleted}}});
        let volume = |uid: &str| json!({"spec": {"claimRef": {"name": "data", "uid": uid}}});
        let job = |seconds: u64| json!({"spec": {"ttlSecondsAfterFinished": seconds}});
        for (before, after, forfeit) in [
            (claims("Retain", "Retain"), claims("Delete", "Retain"), true),
            (json!({"spec": {}}), claims("Retain", "Delete"), true),
            (claims("Delete", "Delete"), claims("Delete", "Retain"), false),
            (volume("a"), volume("b"), true),
            (volume("a"), json!({"spec": {}}), true),
            // A claim of that uid may be nobody's.
            (json!({"spec": {}}), volume("a"), true),
            (json!({"spec": {}}), json!({"spec": {"claimRef": {"name": "data"}}}), false),
            (volume("a"), json!({"spec": {"claimRef": {"name": "other", "uid": "a"}}}), true),
            (
                json!({"spec": {"persistentVolumeReclaimPolicy": "Retain"}}),
                json!({"spec": {"persistentVolumeReclaimPolicy": "Delete"}}),
                true,
            ),
            (
                json!({"spec": {"persistentVolumeReclaimPolicy": "Delete"}}),
                json!({"spec": {"persistentVolumeReclaimPolicy": "Retain"}}),
                false,
            ),
            (json!({"spec": {}}), job(0), true),
            (job(100), job(10), true),
            (job(10), job(100), false),
            (job(10), json!({"spec": {}}), false),
            (
                json!({"spec": {"failedJobsHistoryLimit": 3}}),
                json!({"spec": {"failedJobsHistoryLimit": 0}}),
                true,
            ),
            (json!({"spec": {"replicas": 3}}), json!({"spec": {"replicas": 0}}), false),
            (
                json!({"spec": {"revisionHistoryLimit": 10}}),
                json!({"spec": {"revisionHistoryLimit": 0}}),
                true,
            ),
            (
                json!({"spec": {"revisionHistoryLimit": 0}}),
                json!({"spec": {"revisionHistoryLimit": 10}}),
                false,
            ),
        ] {
            assert_eq!(forfeits(&before, &after, None).is_some(), forfeit, "{before} {after}");
        }
    }

    #[test]
    fn what_ends_pods_whose_work_is_not_brought_back_gives_it_away() {
        let of = |kind: &str, spec: Value| json!({"kind": kind, "spec": spec});
        for (kind, before, after, forfeit) in [
            ("Job", json!({"suspend": false}), json!({"suspend": true}), true),
            ("Job", json!({"suspend": true}), json!({"suspend": false}), false),
            ("CronJob", json!({"suspend": false}), json!({"suspend": true}), false),
            ("Job", json!({"parallelism": 3}), json!({"parallelism": 1}), true),
            ("Job", json!({"parallelism": 1}), json!({"parallelism": 3}), false),
            ("Job", json!({"backoffLimit": 6}), json!({"backoffLimit": 0}), true),
            ("Job", json!({}), json!({"maxFailedIndexes": 0}), true),
            ("Pod", json!({}), json!({"activeDeadlineSeconds": 1}), true),
            (
                "CronJob",
                json!({"concurrencyPolicy": "Allow"}),
                json!({"concurrencyPolicy": "Replace"}),
                true,
            ),
            (
                "ReplicationController",
                json!({"selector": {"a": "b"}}),
                json!({"selector": {"a": "c"}}),
                true,
            ),
            ("Service", json!({"selector": {"a": "b"}}), json!({"selector": {"a": "c"}}), false),
        ] {
            let (before, after) = (of(kind, before), of(kind, after));
            assert_eq!(forfeits(&before, &after, None).is_some(), forfeit, "{before} {after}");
        }
    }

    #[test]
    fn replicas_that_go_with_their_claims_are_given_away_however_they_are_counted() {
        let set = |scaled: &str, replicas: u32| json!({"kind": "StatefulSet", "spec": {"replicas": replicas, "persistentVolumeClaimRetentionPolicy": {"whenScaled": scaled}}});
        let scale = |replicas: u32| json!({"kind": "Scale", "spec": {"replicas": replicas}});
        assert_eq!(forfeits(&set("Delete", 3), &set("Delete", 1), None), Some(SCALED));
        assert_eq!(forfeits(&set("Delete", 1), &set("Delete", 3), None), None);
        assert_eq!(forfeits(&set("Retain", 3), &set("Retain", 1), None), None);
        assert_eq!(forfeits(&scale(3), &scale(1), Some(&set("Delete", 3))), Some(SCALED));
        assert_eq!(forfeits(&scale(3), &scale(1), Some(&set("Retain", 3))), None);
        let mut moved = set("Delete", 3);
        moved["spec"]["ordinals"] = json!({"start": 3});
        assert_eq!(forfeits(&set("Delete", 3), &moved, None), Some(SCALED));
    }

    #[test]
    fn of_what_could_not_be_tried_the_words_count() {
        let call = |resource: &str| Call::parse("PATCH", &format!("/apis/batch/v1/namespaces/todo/{resource}/x"), "");
        for (resource, body, may) in [
            ("things", json!({"spec": {"claimRef": null}}), true),
            ("things", json!({"spec": {"replicas": 0}}), false),
            ("things", json!({"spec": {"suspend": true}}), false),
            ("jobs", json!({"spec": {"suspend": true}}), true),
            ("statefulsets", json!({"spec": {"replicas": 0}}), true),
        ] {
            assert_eq!(may_forfeit(&call(resource), Some(&body)), may, "{resource} {body}");
        }
        assert!(may_forfeit(&call("things"), None));
    }
}

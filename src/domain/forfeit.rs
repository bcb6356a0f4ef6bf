//! What a change gives away for good: a controller deletes, now or later, what the object was until then to keep.

use serde_json::Value;

use super::untried::may_set;

/// Claims of a StatefulSet that go with it, or with the replica they belong to.
/// <https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention>
const CLAIMS: [&str; 2] = [
    "/spec/persistentVolumeClaimRetentionPolicy/whenScaled",
    "/spec/persistentVolumeClaimRetentionPolicy/whenDeleted",
];

/// How long, or how many, that are finished are kept; a Job without the first is kept for ever.
/// <https://kubernetes.io/docs/concepts/workloads/controllers/ttlafterfinished/>
const KEPT: [&str; 3] = [
    "/spec/ttlSecondsAfterFinished",
    "/spec/successfulJobsHistoryLimit",
    "/spec/failedJobsHistoryLimit",
];

/// Whose a PersistentVolume is: one whose claim is another or gone is released, and its reclaim policy decides over its data.
/// <https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming>
const CLAIM: &str = "/spec/claimRef/uid";

/// Parts of the names above, for a change of which nothing but its words is known.
const WORDS: [&str; 4] = ["RetentionPolicy", "ttlSecondsAfterFinished", "JobsHistoryLimit", "claimRef"];

/// A change of an object that is there gives away something that it keeps.
#[must_use]
pub fn forfeits(before: &Value, after: &Value) -> bool {
    let claims = |pointer: &&str| is_delete(after.pointer(pointer)) && !is_delete(before.pointer(pointer));
    let kept = |pointer: &&str| match (amount(before.pointer(pointer)), amount(after.pointer(pointer))) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(before), Some(after)) => after < before,
    };
    let claim = before.pointer(CLAIM);
    CLAIMS.iter().any(claims) || KEPT.iter().any(kept) || (claim.is_some() && claim != after.pointer(CLAIM))
}

/// A change of which nothing is known but its words may do so.
#[must_use]
pub fn may_forfeit(body: Option<&Value>) -> bool {
    may_set(body, &WORDS)
}

fn is_delete(policy: Option<&Value>) -> bool {
    policy.and_then(Value::as_str) == Some("Delete")
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
            (json!({"spec": {}}), volume("a"), false),
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
        ] {
            assert_eq!(forfeits(&before, &after), forfeit, "{before} {after}");
        }
    }

    #[test]
    fn of_what_could_not_be_tried_the_words_count() {
        for (body, may) in [
            (json!({"spec": {"claimRef": null}}), true),
            (json!([{"op": "move", "from": "/a", "path": "/spec"}]), true),
            (json!({"spec": {"replicas": 0}}), false),
        ] {
            assert_eq!(may_forfeit(Some(&body)), may, "{body}");
        }
        assert!(may_forfeit(None));
    }
}

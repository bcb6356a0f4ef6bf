//! What is waited for as a kubectl command: what "ready" means is said otherwise for each kind.

use crate::{
    domain::verification::{PostCondition, Reaches},
    fallbacks::quoted,
};

/// `None`: nothing is waited for.
pub(super) fn command(verify: &[PostCondition]) -> Option<Vec<String>> {
    let commands: Vec<String> = verify
        .iter()
        .filter_map(|condition| match condition {
            PostCondition::Reaches(wanted) => Some(one(wanted)),
            _ => None,
        })
        .collect();
    (!commands.is_empty()).then_some(commands)
}

fn one(wanted: &Reaches) -> String {
    let object = &wanted.object;
    let timeout = wanted.timeout.map_or_else(String::new, |seconds| format!(" --timeout={seconds}s"));
    let place = object
        .namespace
        .as_ref()
        .map_or_else(String::new, |namespace| format!(" -n {namespace}"));
    let until = match (&wanted.until, wanted.gone, object.kind.kind.as_str()) {
        (Some(until), ..) => quoted(until),
        (None, true, _) => "delete".to_owned(),
        (None, false, _) if object.kind.is_workload() => return format!("kubectl rollout status {object}{timeout}{place}"),
        (None, false, "Job") => "condition=Complete".to_owned(),
        (None, false, "PersistentVolumeClaim" | "PersistentVolume") => quoted("jsonpath={.status.phase}=Bound"),
        (None, false, "Namespace") => quoted("jsonpath={.status.phase}=Active"),
        (None, false, "Service" | "ConfigMap" | "Secret" | "ServiceAccount") => "create".to_owned(),
        (None, false, _) => "condition=Ready".to_owned(),
    };
    format!("kubectl wait {object} --for={until}{timeout}{place}")
}

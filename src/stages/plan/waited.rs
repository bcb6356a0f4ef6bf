//! What is waited for as a kubectl command: what "ready" means is said otherwise for each kind.

use super::Planner;
use crate::{
    domain::{
        step::Readiness,
        verification::{PostCondition, Reaches},
    },
    fallbacks::quoted,
};

impl Planner {
    /// By which condition a kind that is not well known tells that it is ready is read from the object, where it is there already:
    /// what is waited for and the command for it are the same then.
    pub(super) async fn read_readiness(&self, verify: &mut [PostCondition]) {
        for condition in verify {
            if let PostCondition::Reaches(wanted) = condition
                && wanted.until.is_none()
                && !wanted.gone
                && Readiness::of(&wanted.object.kind) == Readiness::Told
                && let Ok(Some(object)) = self.observe.get(&wanted.object).await
            {
                wanted.until = Some(format!("condition={}", Readiness::told(&object)));
            }
        }
    }
}

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
    let phase = |phase: &str| quoted(&format!("jsonpath={{.status.phase}}={phase}"));
    let until = match (&wanted.until, wanted.gone, Readiness::of(&object.kind)) {
        (Some(until), ..) => quoted(until),
        (None, true, _) => "delete".to_owned(),
        (None, false, Readiness::Rollout) => return format!("kubectl rollout status {object}{timeout}{place}"),
        (None, false, Readiness::Pod | Readiness::Told) => "condition=Ready".to_owned(),
        (None, false, Readiness::Condition(name)) => format!("condition={name}"),
        (None, false, Readiness::Phase(name)) => phase(name),
        (None, false, Readiness::There) => "create".to_owned(),
    };
    format!("kubectl wait {object} --for={until}{timeout}{place}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{kind::Kind, object::ObjectRef};

    #[test]
    fn the_command_waits_for_what_is_waited_for() {
        let told = |kind: &str| {
            let known = Kind::well_known().into_iter().find(|known| known.kind == kind);
            let kind = known.unwrap_or_else(|| Kind {
                kind: kind.to_owned(),
                ..Kind::pod()
            });
            let object = ObjectRef {
                kind,
                namespace: None,
                name: "x".to_owned(),
                uid: None,
            };
            one(&Reaches {
                object,
                until: None,
                gone: false,
                timeout: None,
            })
        };
        for (kind, command) in [
            ("Deployment", "kubectl rollout status deployment/x"),
            ("Pod", "kubectl wait pod/x --for=condition=Ready"),
            ("Job", "kubectl wait job/x --for=condition=Complete"),
            ("APIService", "kubectl wait apiservice/x --for=condition=Available"),
            (
                "PersistentVolumeClaim",
                "kubectl wait persistentvolumeclaim/x --for='jsonpath={.status.phase}=Bound'",
            ),
            ("Namespace", "kubectl wait namespace/x --for='jsonpath={.status.phase}=Active'"),
            ("Secret", "kubectl wait secret/x --for=create"),
            ("Certificate", "kubectl wait certificate/x --for=condition=Ready"),
        ] {
            assert_eq!(told(kind), command);
        }
        let object = |types: &[&str]| json!({"status": {"conditions": types.iter().map(|of| json!({"type": of})).collect::<Vec<_>>()}});
        let told = [&[][..], &["Ready"], &["Available"], &["Available", "Ready"]].map(|types| Readiness::told(&object(types)));
        assert_eq!(told, ["Ready", "Ready", "Available", "Ready"]);
    }
}

use serde_json::Value;

use crate::{
    diagnostics::{
        fields::{condition_holds, list, namespace, number, selects, terminating, text},
        snapshot::reference,
        words::clean,
    },
    domain::answer::ServiceState,
};

/// A service with the number of ready pods behind it. `pods` may hold those of other namespaces and services too.
#[must_use]
pub fn service_state(service: &Value, pods: &[Value]) -> ServiceState {
    let selector = service.pointer("/spec/selector");
    let behind = |pod: &&Value| {
        namespace(pod) == namespace(service)
            && selects(selector, pod.pointer("/metadata/labels"))
            && condition_holds(pod, "Ready")
            && !terminating(pod)
    };
    let selecting = selector.and_then(Value::as_object).is_some_and(|map| !map.is_empty());
    ServiceState {
        object: reference("Service", service),
        kind: clean(text(service, "/spec/type").unwrap_or("ClusterIP")),
        ports: list(service, "/spec/ports").iter().map(port).collect(),
        endpoints: selecting.then(|| u32::try_from(pods.iter().filter(behind).count()).unwrap_or(u32::MAX)),
    }
}

/// `7860`, `3000:30080` with a node port, `53/UDP` when it is not TCP.
fn port(port: &Value) -> String {
    let own = number(port, "/port");
    let protocol = text(port, "/protocol").filter(|p| *p != "TCP").map(|p| format!("/{}", clean(p)));
    let outside = match number(port, "/nodePort") {
        0 => String::new(),
        node => format!(":{node}"),
    };
    format!("{own}{outside}{}", protocol.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_ready_pods_of_its_namespace_stand_behind_a_service() {
        let pod = |namespace: &str, app: &str, ready: &str| json!({"metadata": {"namespace": namespace, "labels": {"app": app, "tier": "x"}}, "status": {"conditions": [{"type": "Ready", "status": ready}]}});
        let pods = [
            pod("a", "web", "True"),
            pod("a", "web", "False"),
            pod("b", "web", "True"),
            pod("a", "db", "True"),
        ];
        let service = json!({"metadata": {"name": "web", "namespace": "a"}, "spec": {"type": "NodePort", "selector": {"app": "web"},
            "ports": [{"port": 3000, "nodePort": 30080, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]}});
        let state = service_state(&service, &pods);
        assert_eq!(
            (state.kind.as_str(), state.ports, state.endpoints),
            ("NodePort", vec!["3000:30080".to_owned(), "53/UDP".to_owned()], Some(1))
        );
        let external = json!({"metadata": {"name": "db", "namespace": "a"}, "spec": {"type": "ExternalName", "externalName": "x.example"}});
        assert_eq!(service_state(&external, &pods).endpoints, None);
    }
}

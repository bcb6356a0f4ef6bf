//! Which pods and which of their ports a forward leads to.

use serde_json::Value;

use super::{Planner, draft};
use crate::{
    diagnostics::{list, pod_selector, selector},
    domain::{
        failure::{Failure, FailureKind, Result},
        object::ObjectRef,
        place::Place,
        step::{Forward, Lane, Lanes, PodPort, Pods, Step},
    },
};

/// Below it a port is the administrator's on most systems.
const FIRST_FREE: u16 = 1024;
/// 80 becomes 8080, 443 becomes 8443, as people write them.
const SHIFT: u16 = 8000;

/// A port that the object says it has.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Declared {
    name: Option<String>,
    /// The number that a service has for it.
    service: Option<u16>,
    to: PodPort,
}

impl Planner {
    /// # Errors
    /// Nothing there can be forwarded to, or it is not clear which port is meant.
    pub(super) async fn lanes(&self, forward: &Forward, place: &Place) -> Result<Lanes> {
        let object = &forward.object;
        if place.is_simulated() {
            let what = format!("{object} cannot be reached by a port: the embedded cluster is a simulation, no program runs in its pods");
            return Err(
                Failure::new(FailureKind::Refused, what).hint("It works on a real cluster: `minikube start`, deploy there, and ask again.")
            );
        }
        if let Some(address) = forward.address.as_deref().filter(|address| !is_loopback(address)) {
            let what = format!("ports are forwarded from 127.0.0.1 alone: on {address} everybody on the network could reach the pod");
            return Err(Failure::new(FailureKind::Refused, what)
                .hint("Leave out `--address`. What others shall reach is exposed by a Service or an Ingress."));
        }
        let read = self.observe.get(object).await?;
        let read = read.ok_or_else(|| draft::missing(&Step::Forward(forward.clone()), object))?;
        let pods = match object.kind.kind.as_str() {
            "Pod" => Some(Pods::Named(object.name.clone())),
            "Service" => selector(&read).map(Pods::Selected),
            _ => pod_selector(object, &read).map(Pods::Selected),
        };
        let pods = pods.ok_or_else(|| {
            Failure::new(
                FailureKind::Failed,
                format!("{object} selects no pods: there is nothing to forward a port to"),
            )
            .hint("name a pod, a workload or a service that has pods")
        })?;
        let declared = declared(object, &read);
        let ports = match forward.ports.as_deref().unwrap_or_default() {
            [] => vec![only(&declared, object)?],
            said => said.iter().map(|text| lane(text, &declared, object)).collect::<Result<_>>()?,
        };
        Ok(Lanes {
            namespace: object.namespace.clone().unwrap_or_else(|| place.namespace.clone()),
            pods,
            ports,
        })
    }
}

fn is_loopback(address: &str) -> bool {
    address.split(',').all(|one| matches!(one.trim(), "127.0.0.1" | "localhost"))
}

fn number(port: &Value, key: &str) -> Option<u16> {
    port.get(key).and_then(Value::as_u64).and_then(|number| u16::try_from(number).ok())
}

fn declared(object: &ObjectRef, read: &Value) -> Vec<Declared> {
    let tcp = |port: &&Value| matches!(port.get("protocol").and_then(Value::as_str), None | Some("TCP"));
    let name = |port: &Value| port.get("name").and_then(Value::as_str).map(str::to_owned);
    if object.kind.kind == "Service" {
        let of = |port: &Value| {
            let service = number(port, "port")?;
            let named = port
                .get("targetPort")
                .and_then(Value::as_str)
                .map(|name| PodPort::Named(name.to_owned()));
            Some(Declared {
                name: name(port),
                service: Some(service),
                to: named.unwrap_or_else(|| PodPort::Number(number(port, "targetPort").unwrap_or(service))),
            })
        };
        return list(read, "/spec/ports").iter().filter(tcp).filter_map(of).collect();
    }
    let containers = if object.kind.kind == "Pod" {
        "/spec/containers"
    } else {
        "/spec/template/spec/containers"
    };
    let ports = list(read, containers).iter().flat_map(|container| list(container, "/ports"));
    let of = |port: &Value| {
        Some(Declared {
            name: name(port),
            service: None,
            to: PodPort::Number(number(port, "containerPort")?),
        })
    };
    ports.filter(tcp).filter_map(of).collect()
}

/// What it leads to where no port was said.
fn only(declared: &[Declared], object: &ObjectRef) -> Result<Lane> {
    let [one] = declared else {
        return Err(unclear(declared, object));
    };
    let same = match (&one.to, one.service) {
        (PodPort::Number(number), _) => Some(*number),
        (PodPort::Named(_), service) => service,
    };
    let local = same.map(|port| if port < FIRST_FREE { port + SHIFT } else { port });
    Ok(Lane { local, to: one.to.clone() })
}

fn lane(text: &str, declared: &[Declared], object: &ObjectRef) -> Result<Lane> {
    let Some((local, remote)) = text.split_once(':') else {
        let local = port(text)?;
        let to = match (find(text, declared), declared) {
            (Some(known), _) => known.to.clone(),
            (None, [one]) => one.to.clone(),
            (None, []) => PodPort::Number(local),
            (None, _) => return Err(unclear(declared, object)),
        };
        return Ok(Lane { local: Some(local), to });
    };
    let local = match local {
        "" | "0" => None,
        local => Some(port(local)?),
    };
    let is_number = remote.bytes().all(|byte| byte.is_ascii_digit());
    let to = match find(remote, declared) {
        // Under its name a pod may have another number than the one beside it.
        Some(Declared { service: None, .. }) if !is_number => PodPort::Named(remote.to_owned()),
        Some(known) => known.to.clone(),
        None if is_number => PodPort::Number(port(remote)?),
        None => {
            let names: Vec<&str> = declared.iter().filter_map(|port| port.name.as_deref()).collect();
            let failure = Failure::new(FailureKind::NotFound, format!("{object} has no port \"{remote}\""));
            return Err(if names.is_empty() {
                failure.hint("its ports have no names: say a number")
            } else {
                failure.hint(format!("its ports: {}", names.join(", ")))
            });
        }
    };
    Ok(Lane { local, to })
}

/// A service's own number first: that is what one says of a service.
fn find<'a>(said: &str, declared: &'a [Declared]) -> Option<&'a Declared> {
    let number = said.parse::<u16>().ok();
    let of_service = declared.iter().find(|port| number.is_some() && port.service == number);
    let named = || declared.iter().find(|port| port.name.as_deref() == Some(said));
    let of_pod = || {
        declared
            .iter()
            .find(|port| number.is_some_and(|number| port.to == PodPort::Number(number)))
    };
    of_service.or_else(named).or_else(of_pod)
}

fn port(text: &str) -> Result<u16> {
    let number = text.parse::<u16>().ok().filter(|number| *number > 0);
    number.ok_or_else(|| Failure::new(FailureKind::Usage, format!("{text} is no port: ports are 1 to 65535")))
}

fn unclear(declared: &[Declared], object: &ObjectRef) -> Failure {
    let failure = Failure::new(FailureKind::Unclear, format!("which port of {object} shall be forwarded?"));
    if declared.is_empty() {
        return failure
            .hint("it declares none")
            .hint(format!("todo-agent \"forward 8080:PORT to {object}\""));
    }
    declared.iter().take(5).fold(failure, |failure, port| {
        let said = port.service.map_or_else(|| port.to.to_string(), |service| service.to_string());
        failure.hint(format!("todo-agent \"forward port {said} to {object}\""))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::kind::Kind;

    fn told(kind: &str, read: &Value, said: &[&str]) -> String {
        let object = ObjectRef {
            kind: Kind::well_known().into_iter().find(|known| known.kind == kind).unwrap(),
            namespace: Some("todo".to_owned()),
            name: "web".to_owned(),
            uid: None,
        };
        let declared = declared(&object, read);
        let lanes: Result<Vec<Lane>> = match said {
            [] => only(&declared, &object).map(|lane| vec![lane]),
            said => said.iter().map(|text| lane(text, &declared, &object)).collect(),
        };
        match lanes {
            Ok(lanes) => lanes
                .iter()
                .map(|lane| {
                    format!(
                        "{}→{}",
                        lane.local.map_or_else(|| "any".to_owned(), |port| port.to_string()),
                        lane.to
                    )
                })
                .collect::<Vec<_>>()
                .join(" "),
            Err(failure) => format!("{} [{}]", failure.what, failure.hints.join("; ")),
        }
    }

    #[test]
    fn a_port_is_the_services_or_the_containers_own() {
        let service = json!({"spec": {"ports": [{"name": "web", "port": 80, "targetPort": "http"}]}});
        let two = json!({"spec": {"ports": [{"port": 80, "targetPort": 8080}, {"port": 9000}, {"port": 53, "protocol": "UDP"}]}});
        let pod = json!({"spec": {"containers": [{"ports": [{"name": "http", "containerPort": 7860}]}]}});
        let none = json!({"spec": {"containers": [{}]}});
        let cases: [(&str, &Value, &[&str], &str); 16] = [
            ("Service", &service, &[], "8080→http"),
            ("Service", &service, &["3000:80"], "3000→http"),
            ("Service", &service, &["3000:web"], "3000→http"),
            ("Service", &service, &["8080:7860"], "8080→7860"),
            ("Service", &service, &["3000"], "3000→http"),
            ("Service", &two, &["80"], "80→8080"),
            ("Service", &two, &["9000", ":80"], "9000→9000 any→8080"),
            (
                "Service",
                &two,
                &["3000"],
                "which port of service/web shall be forwarded? [todo-agent \"forward port 80 to service/web\"; todo-agent \"forward port 9000 to service/web\"]",
            ),
            ("Pod", &pod, &[], "7860→7860"),
            ("Pod", &pod, &["8080"], "8080→7860"),
            ("Pod", &pod, &["8080:http"], "8080→http"),
            ("Pod", &pod, &["5005:5005"], "5005→5005"),
            ("Pod", &pod, &["8080:grpc"], "pod/web has no port \"grpc\" [its ports: http]"),
            ("Pod", &none, &["8080"], "8080→8080"),
            ("Pod", &none, &["70000"], "70000 is no port: ports are 1 to 65535 []"),
            (
                "Pod",
                &none,
                &[],
                "which port of pod/web shall be forwarded? [it declares none; todo-agent \"forward 8080:PORT to pod/web\"]",
            ),
        ];
        for (kind, read, said, expected) in cases {
            assert_eq!(told(kind, read, said), expected, "{kind} {said:?}");
        }
    }
}

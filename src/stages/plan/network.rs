//! Services and autoscalers for a workload.

use serde_json::{Value, json};

use super::{Planner, draft, made};
use crate::{
    diagnostics::list,
    domain::{
        failure::{Failure, FailureKind, Result},
        field::{FieldEdit, FieldPath},
        kind::Kind,
        object::ObjectRef,
        plan::{Draft, How},
        ports::observe::Query,
        step::{Autoscale, Expose, Exposure, Step},
    },
};

/// What kubectl takes when nothing is said.
const USUAL_CPU: u64 = 80;

impl Planner {
    pub(super) async fn exposed(&self, step: &Step, expose: &Expose, notes: &mut Vec<String>) -> Result<Draft> {
        let workload = &expose.workload;
        let read = self.read(step).await?;
        let selector = read.pointer("/spec/selector/matchLabels").filter(|labels| labels.is_object());
        let plain = read.pointer("/spec/selector/matchExpressions").is_none();
        let selector = selector.filter(|_| plain).ok_or_else(|| {
            Failure::new(
                FailureKind::Failed,
                format!("{workload} selects its pods by more than labels: a Service cannot select them alike"),
            )
        })?;
        let port = match expose.port {
            Some(port) => port,
            None => only_port(&read, workload)?,
        };
        for number in [Some(port), expose.target_port].into_iter().flatten() {
            if !(1..=65535).contains(&number) {
                return Err(Failure::new(
                    FailureKind::Usage,
                    format!("{number} is no port: ports are 1 to 65535"),
                ));
            }
        }
        let target = expose.target_port.unwrap_or(port);
        let declared = declared_ports(&read);
        if !declared.contains(&target) {
            let told: Vec<String> = declared.iter().map(ToString::to_string).collect();
            notes.push(match told.is_empty() {
                true => format!("no container says that it listens on {target}: the Service answers only if one does"),
                false => format!(
                    "no container declares port {target}, they declare {}: the Service may lead nowhere",
                    told.join(", ")
                ),
            });
        }
        let mut labels = read.pointer("/metadata/labels").cloned().unwrap_or_else(|| json!({}));
        if let Some(labels) = labels.as_object_mut() {
            // Who made the workload did not make the Service.
            labels.retain(|key, _| key != "app.kubernetes.io/managed-by" && !key.starts_with("helm.sh/"));
        }
        let body = json!({
            "metadata": {"labels": labels},
            "spec": {
                "type": exposure(expose)?,
                "selector": selector,
                "ports": [{"port": port, "protocol": "TCP", "targetPort": target}],
            },
        });
        let object = ObjectRef {
            kind: made::well_known("Service")?,
            namespace: workload.namespace.clone(),
            name: expose.name.clone().unwrap_or_else(|| workload.name.clone()),
            uid: None,
        };
        self.new_object(step, object, body).await
    }

    pub(super) async fn autoscaled(&self, step: &Step, wanted: &Autoscale, notes: &mut Vec<String>) -> Result<Draft> {
        let workload = &wanted.workload;
        if workload.kind.kind == "DaemonSet" {
            let what = format!("{workload} cannot be scaled: a DaemonSet runs one pod on each node");
            return Err(Failure::new(FailureKind::Usage, what));
        }
        let read = self.read(step).await?;
        if wanted.max == 0 || wanted.min.is_some_and(|min| min > wanted.max) {
            let min = wanted.min.unwrap_or(1);
            return Err(Failure::new(
                FailureKind::Usage,
                format!("between {min} and {} there is nothing", wanted.max),
            ));
        }
        if !requests_cpu(&read) {
            notes.push("its containers request no cpu: the autoscaler has nothing to take percents of".to_owned());
        }
        let measured = Query::all(Kind::of_metrics("PodMetrics", "pods", true), workload.namespace.clone());
        if self
            .observe
            .list(&measured)
            .await
            .is_err_and(|failure| failure.kind == FailureKind::NotFound)
        {
            notes.push("the cluster does not measure cpu (no metrics API): until it does, the autoscaler changes nothing".to_owned());
        }
        let kind = made::well_known("HorizontalPodAutoscaler")?;
        let all = self.observe.list(&Query::all(kind.clone(), workload.namespace.clone())).await?;
        if let Some(there) = all.into_iter().find(|hpa| scales(hpa, workload)) {
            let object = draft::identified(&ObjectRef::of(&kind, &there), &there)?;
            return Ok(Draft {
                step: Some(step.clone()),
                object,
                subresource: String::new(),
                how: How::Patch,
                edits: adjusted(wanted, &there),
                before: there,
            });
        }
        let body = json!({
            "spec": {
                "scaleTargetRef": {"apiVersion": workload.kind.api_version(), "kind": workload.kind.kind, "name": workload.name},
                "minReplicas": wanted.min.unwrap_or(1),
                "maxReplicas": wanted.max,
                "metrics": metrics(wanted.cpu.unwrap_or(USUAL_CPU)),
            },
        });
        let object = ObjectRef {
            kind,
            namespace: workload.namespace.clone(),
            name: workload.name.clone(),
            uid: None,
        };
        self.new_object(step, object, body).await
    }
}

fn exposure(expose: &Expose) -> Result<Exposure> {
    let Some(typed) = &expose.r#type else {
        return Ok(if expose.node_port {
            Exposure::NodePort
        } else {
            Exposure::ClusterIP
        });
    };
    match typed.to_lowercase().as_str() {
        "clusterip" => Ok(Exposure::ClusterIP),
        "nodeport" => Ok(Exposure::NodePort),
        "loadbalancer" => Ok(Exposure::LoadBalancer),
        _ => Err(
            Failure::new(FailureKind::Usage, format!("a Service of type \"{typed}\" cannot be made here"))
                .hint("ClusterIP, NodePort and LoadBalancer can"),
        ),
    }
}

fn declared_ports(read: &Value) -> Vec<u64> {
    list(read, "/spec/template/spec/containers")
        .iter()
        .flat_map(|container| list(container, "/ports"))
        .filter_map(|port| port.get("containerPort").and_then(Value::as_u64))
        .collect()
}

fn only_port(read: &Value, workload: &ObjectRef) -> Result<u64> {
    let ports = declared_ports(read);
    match ports.as_slice() {
        [only] => Ok(*only),
        ports => {
            let declared: Vec<String> = ports.iter().map(ToString::to_string).collect();
            let failure = Failure::new(FailureKind::Unclear, format!("which port of {workload} shall be reached?"));
            let failure = if declared.is_empty() {
                failure.hint("its containers declare none")
            } else {
                failure.hint(format!("its containers declare {}", declared.join(", ")))
            };
            Err(failure.hint(format!("expose {} on port {}", workload.name, ports.first().unwrap_or(&8080))))
        }
    }
}

fn requests_cpu(read: &Value) -> bool {
    let containers = list(read, "/spec/template/spec/containers");
    let asks = |container: &Value| {
        ["requests", "limits"]
            .iter()
            .any(|part| container.pointer(&format!("/resources/{part}/cpu")).is_some())
    };
    !containers.is_empty() && containers.iter().all(asks)
}

fn scales(hpa: &Value, workload: &ObjectRef) -> bool {
    let is = |pointer: &str, wanted: &str| hpa.pointer(pointer).and_then(Value::as_str) == Some(wanted);
    is("/spec/scaleTargetRef/kind", &workload.kind.kind) && is("/spec/scaleTargetRef/name", &workload.name)
}

fn metrics(cpu: u64) -> Value {
    json!([{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": cpu}}}])
}

/// What is not said stays.
fn adjusted(wanted: &Autoscale, there: &Value) -> Vec<FieldEdit> {
    let number = |key: &str, value: Option<u64>| {
        value.map(|value| FieldEdit {
            field: FieldPath::keys(&["spec", key]),
            to: Some(json!(value)),
        })
    };
    let cpu = wanted.cpu.map(|cpu| FieldEdit {
        field: FieldPath::keys(&["spec", "metrics"]),
        to: Some(metrics(cpu)),
    });
    let edits = [number("minReplicas", wanted.min), number("maxReplicas", Some(wanted.max)), cpu];
    edits
        .into_iter()
        .flatten()
        .filter(|edit| edit.field.find(there) != edit.to.as_ref())
        .collect()
}

//! What pods and nodes use of cpu and memory, as the metrics API measures it.

use serde_json::Value;

use super::{Execute, reads::text, rights::table};
use crate::{
    diagnostics::{health::workloads_with_objects, list, sizing},
    domain::{
        answer::Answer,
        failure::{Failure, FailureKind, Result},
        kind::Kind,
        ports::observe::Query,
        quantity::{amount, cores, mebibytes},
        sizing::SizingAnswer,
        step::{Sizing, Top},
    },
};

impl Execute {
    pub(super) async fn usage(&self, top: &Top) -> Result<Answer> {
        match top.kind.as_ref().map(|kind| kind.kind.as_str()) {
            Some("Node") => self.usage_of_nodes().await,
            None | Some("Pod" | "Deployment" | "StatefulSet" | "DaemonSet") => self.usage_of_pods(top).await,
            Some(other) => Err(Failure::new(
                FailureKind::Usage,
                format!("what a {} uses is not measured: pods and nodes are", other.to_lowercase()),
            )),
        }
    }

    async fn usage_of_pods(&self, top: &Top) -> Result<Answer> {
        let namespace = match &top.of {
            Some(of) => of.namespace.clone(),
            None => self.namespace(&top.scope).await?,
        };
        let mut query = Query::all(Kind::of_metrics("PodMetrics", "pods", true), namespace.clone());
        query.labels = match &top.of {
            Some(of) if of.kind.is_workload() => self.selector_of(of).await?,
            _ => top.scope.selector.clone(),
        };
        let mut measured = self.measured(&query).await?;
        if let Some(of) = top.of.as_ref().filter(|of| of.kind.kind == "Pod") {
            measured.retain(|pod| text(pod, "/metadata/name") == of.name);
        }
        let mut rows: Vec<(f64, Vec<String>)> = measured
            .iter()
            .map(|pod| {
                let sum = |resource: &str| {
                    list(pod, "/containers")
                        .iter()
                        .map(|c| amount(&text(c, &format!("/usage/{resource}"))).unwrap_or(0.0))
                        .sum::<f64>()
                };
                let (cpu, memory) = (sum("cpu"), sum("memory"));
                let mut cells = vec![text(pod, "/metadata/name"), cores(cpu), mebibytes(memory)];
                if namespace.is_none() {
                    cells.insert(0, text(pod, "/metadata/namespace"));
                }
                (memory, cells)
            })
            .collect();
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        let columns: &[&str] = if namespace.is_none() {
            &["Namespace", "Name", "CPU", "Memory"]
        } else {
            &["Name", "CPU", "Memory"]
        };
        let rows = rows.into_iter().map(|(_, cells)| cells).collect();
        Ok(Answer::Table(table("measured pods", namespace, columns, rows)))
    }

    /// What is requested and may be used, beside what is used; also where nothing is measured.
    pub(super) async fn sizing(&self, step: &Sizing) -> Result<SizingAnswer> {
        let namespace = match &step.of {
            Some(of) => of.namespace.clone(),
            None => self.namespace(&step.scope).await?,
        };
        let snapshot = self.look(&step.scope, step.of.as_ref()).await?;
        let mut meant = workloads_with_objects(&snapshot);
        meant.retain(|(state, _)| step.of.as_ref().is_none_or(|of| of.same_name(&state.object)));
        let query = Query::all(Kind::of_metrics("PodMetrics", "pods", true), namespace.clone());
        let measured = self.measured(&query).await.map_err(|failure| {
            // What leads to a list takes the list along.
            let led = failure.hints.iter().position(|hint| !hint.ends_with(':')).unwrap_or(0);
            let hints = failure.hints.get(..=led).unwrap_or_default().join(" ");
            let more = failure.hints.get(led + 1..).unwrap_or_default();
            let more: String = more.iter().filter(|_| led > 0).map(|hint| format!(", {hint}")).collect();
            failure.what + if hints.is_empty() { "" } else { " – " } + &hints + &more
        });
        Ok(sizing(namespace, &meant, measured.as_deref().map_err(Clone::clone)))
    }

    async fn usage_of_nodes(&self) -> Result<Answer> {
        let node = Kind::well_known().into_iter().find(|kind| kind.kind == "Node");
        let measured = self
            .measured(&Query::all(Kind::of_metrics("NodeMetrics", "nodes", false), None))
            .await?;
        let nodes = match node {
            Some(kind) => self.observe.list(&Query::all(kind, None)).await?,
            None => Vec::new(),
        };
        let row = |usage: &Value| {
            let name = text(usage, "/metadata/name");
            let node = nodes.iter().find(|node| text(node, "/metadata/name") == name);
            let share = |resource: &str, used: f64| {
                let all = node
                    .and_then(|node| amount(&text(node, &format!("/status/allocatable/{resource}"))))
                    .unwrap_or(0.0);
                if all > 0.0 {
                    format!("{:.0}%", used / all * 100.0)
                } else {
                    String::new()
                }
            };
            let used = |resource: &str| amount(&text(usage, &format!("/usage/{resource}"))).unwrap_or(0.0);
            let (cpu, memory) = (used("cpu"), used("memory"));
            vec![name, cores(cpu), share("cpu", cpu), mebibytes(memory), share("memory", memory)]
        };
        let rows = measured.iter().map(row).collect();
        Ok(Answer::Table(table(
            "measured nodes",
            None,
            &["Name", "CPU", "CPU%", "Memory", "Memory%"],
            rows,
        )))
    }

    async fn measured(&self, query: &Query) -> Result<Vec<Value>> {
        self.observe.list(query).await.map_err(|failure| match failure.kind {
            FailureKind::NotFound => Failure::new(
                FailureKind::NotFound,
                "the cluster does not measure cpu and memory: it has no metrics API (metrics.k8s.io)",
            )
            .hint("on Minikube: `minikube addons enable metrics-server`, and a minute of patience")
            .hint("elsewhere: install metrics-server; what is requested and limited shows `todo-agent \"describe …\"`"),
            _ => failure,
        })
    }
}

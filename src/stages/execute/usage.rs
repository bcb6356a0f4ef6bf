//! What pods and nodes use of cpu and memory, as the metrics API measures it.

use serde_json::Value;

use super::{Execute, reads::text, rights::table};
use crate::{
    diagnostics::list,
    domain::{
        answer::Answer,
        failure::{Failure, FailureKind, Result},
        kind::Kind,
        ports::observe::Query,
        step::Top,
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
        let mut query = Query::all(metrics("PodMetrics", "pods", true), namespace.clone());
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
                        .map(|c| amount(&text(c, &format!("/usage/{resource}"))))
                        .sum::<f64>()
                };
                let (cpu, memory) = (sum("cpu"), sum("memory"));
                let mut cells = vec![text(pod, "/metadata/name"), cores(cpu), bytes(memory)];
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

    async fn usage_of_nodes(&self) -> Result<Answer> {
        let node = Kind::well_known().into_iter().find(|kind| kind.kind == "Node");
        let measured = self.measured(&Query::all(metrics("NodeMetrics", "nodes", false), None)).await?;
        let nodes = match node {
            Some(kind) => self.observe.list(&Query::all(kind, None)).await?,
            None => Vec::new(),
        };
        let row = |usage: &Value| {
            let name = text(usage, "/metadata/name");
            let node = nodes.iter().find(|node| text(node, "/metadata/name") == name);
            let share = |resource: &str, used: f64| {
                let all = node.map_or(0.0, |node| amount(&text(node, &format!("/status/allocatable/{resource}"))));
                if all > 0.0 {
                    format!("{:.0}%", used / all * 100.0)
                } else {
                    String::new()
                }
            };
            let (cpu, memory) = (amount(&text(usage, "/usage/cpu")), amount(&text(usage, "/usage/memory")));
            vec![name, cores(cpu), share("cpu", cpu), bytes(memory), share("memory", memory)]
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

fn metrics(kind: &str, plural: &str, namespaced: bool) -> Kind {
    Kind {
        group: "metrics.k8s.io".to_owned(),
        version: "v1beta1".to_owned(),
        kind: kind.to_owned(),
        plural: plural.to_owned(),
        namespaced,
        short_names: Vec::new(),
    }
}

/// A Kubernetes quantity as a number of cores or bytes; 0 where it is none.
fn amount(text: &str) -> f64 {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let factor = match unit {
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "Ki" => 1024.0,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        _ => 1.0,
    };
    digits.parse::<f64>().unwrap_or(0.0) * factor
}

/// `12m`.
fn cores(cpu: f64) -> String {
    format!("{:.0}m", (cpu * 1000.0).ceil())
}

/// `34Mi`.
fn bytes(memory: f64) -> String {
    format!("{:.0}Mi", memory / 1024.0 / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_in_all_units_that_a_metrics_server_writes() {
        let read = |text: &str| (cores(amount(text)), bytes(amount(text)));
        assert_eq!(read("12345678n").0, "13m");
        assert_eq!(read("250m").0, "250m");
        assert_eq!(read("35840Ki").1, "35Mi");
        assert_eq!(read("1Gi").1, "1024Mi");
        assert_eq!(read("").1, "0Mi");
    }
}

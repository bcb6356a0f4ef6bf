//! What the user may do, and which clusters they have.

use serde_json::Value;

use super::Execute;
use crate::domain::{
    answer::{ANSWERS, Answer, Column, Row, Table},
    failure::Result,
    right::Right,
    step::CanI,
};

impl Execute {
    pub(super) async fn may_i(&self, can: &CanI) -> Result<Answer> {
        let namespace = match &can.namespace {
            Some(namespace) => namespace.clone(),
            None => self.observe.place().await?.namespace,
        };
        let namespace = can.kind.namespaced.then_some(namespace);
        let right = Right::to(&can.verb, &can.kind, namespace.as_deref());
        let answer = self.observe.review(&right.review()).await?;
        let allowed = Right::is_given(&answer).unwrap_or(false);
        let reason = answer.pointer("/status/reason").and_then(Value::as_str).unwrap_or_default();
        let cells = [
            if allowed { "yes" } else { "no" }.to_owned(),
            format!("{} {}", can.verb, can.kind.plural),
            namespace.clone().unwrap_or_else(|| "(whole cluster)".to_owned()),
            reason.to_owned(),
        ];
        Ok(Answer::Table(table(
            ANSWERS,
            namespace,
            &["Allowed", "What", "Where", "Because"],
            vec![cells.to_vec()],
        )))
    }

    pub(super) async fn contexts(&self) -> Result<Answer> {
        let lines = self.observe.contexts().await?;
        let row = |line: &crate::domain::release::ContextLine| {
            let mark = if line.current { "current" } else { "" };
            vec![line.name.clone(), mark.to_owned(), line.cluster.clone(), line.namespace.clone()]
        };
        let rows = lines.iter().map(row).collect();
        Ok(Answer::Table(table(
            "contexts",
            None,
            &["Name", "Which", "Cluster", "Namespace"],
            rows,
        )))
    }
}

/// Rows of words; a last column that is empty everywhere is left out.
pub(super) fn table(of: &str, namespace: Option<String>, columns: &[&str], rows: Vec<Vec<String>>) -> Table {
    let last = columns.len().saturating_sub(1);
    let idle = rows.iter().all(|cells| cells.get(last).is_none_or(String::is_empty));
    let shown = if idle && !rows.is_empty() { last } else { columns.len() };
    Table {
        ordered: false,
        of: of.to_owned(),
        namespace,
        columns: columns
            .iter()
            .take(shown)
            .map(|name| Column {
                name: (*name).to_owned(),
                wide: false,
            })
            .collect(),
        rows: rows
            .into_iter()
            .map(|mut cells| {
                cells.truncate(shown);
                Row {
                    namespace: None,
                    name: cells.first().cloned().unwrap_or_default(),
                    cells,
                }
            })
            .collect(),
    }
}

//! The revisions of a workload.

use serde_json::Value;

use super::Execute;
use crate::{
    diagnostics::{Revision, revisions},
    domain::{
        answer::{Answer, Column, Description, Row, Table},
        failure::{Failure, FailureKind, Result},
        object::ObjectRef,
        step::RolloutHistory,
    },
};

impl Execute {
    pub(super) async fn history(&self, step: &RolloutHistory) -> Result<Answer> {
        let workload = &step.workload;
        let object = self.observe.get(workload).await?;
        let object = object.ok_or_else(|| Failure::new(FailureKind::NotFound, format!("{workload} is not there any more")))?;
        let kept = revisions(self.observe.as_ref(), workload, &object).await?;
        let Some(number) = step.revision else {
            return Ok(Answer::Table(table(workload, &kept)));
        };
        let one = kept.iter().find(|revision| revision.number == number).ok_or_else(|| {
            let numbers: Vec<String> = kept.iter().map(|revision| revision.number.to_string()).collect();
            Failure::new(FailureKind::NotFound, format!("{workload} has no revision {number}"))
                .hint(format!("kept are: {}", numbers.join(", ")))
        })?;
        Ok(Answer::Description(described(workload, one)))
    }
}

/// Newest first, as one looks for the one to go back to.
fn table(workload: &ObjectRef, kept: &[Revision]) -> Table {
    let column = |name: &str| Column {
        name: name.to_owned(),
        wide: false,
    };
    let newest = kept.last().map(|revision| revision.number);
    let row = |revision: &Revision| Row {
        namespace: workload.namespace.clone(),
        name: revision.number.to_string(),
        cells: vec![
            if Some(revision.number) == newest {
                format!("{} (current)", revision.number)
            } else {
                revision.number.to_string()
            },
            revision.images().join(", "),
            revision.created.map(|at| at.to_string()).unwrap_or_default(),
            revision.cause.clone().unwrap_or_default(),
        ],
    };
    let mut columns: Vec<Column> = ["Revision", "Image", "Since", "Cause"].map(column).to_vec();
    let mut rows: Vec<Row> = kept.iter().rev().map(row).collect();
    if kept.iter().all(|revision| revision.cause.is_none()) {
        columns.truncate(3);
        rows.iter_mut().for_each(|row| row.cells.truncate(3));
    }
    Table {
        ordered: false,
        of: "revisions".to_owned(),
        namespace: workload.namespace.clone(),
        columns,
        rows,
    }
}

fn described(workload: &ObjectRef, revision: &Revision) -> Description {
    let mut manifest = serde_json::json!({"kind": workload.kind.kind, "spec": {"template": revision.template}});
    let facts = [
        ("Revision", revision.number.to_string()),
        ("Change cause", revision.cause.clone().unwrap_or_default()),
    ];
    let facts = facts.into_iter().filter(|(_, value)| !value.is_empty());
    let facts = facts.map(|(name, value)| (name.to_owned(), value)).collect();
    let sections = super::facts::sections(&manifest);
    manifest["metadata"] = serde_json::json!({"name": workload.name, "namespace": workload.namespace});
    Description {
        object: workload.clone(),
        facts,
        sections,
        only: Vec::new(),
        events: Vec::new(),
        findings: Vec::new(),
        manifest: Value::Object(manifest.as_object().cloned().unwrap_or_default()),
    }
}

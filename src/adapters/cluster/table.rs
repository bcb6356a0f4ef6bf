//! Lists in the server's own columns (`meta.k8s.io/v1 Table`).

use serde_json::Value;

use super::{
    Cluster,
    list::{PAGE, base, checked},
};
use crate::domain::{
    answer::{Column, Row, Table},
    failure::Result,
    ports::observe::Query,
};

/// With plain JSON as what is taken when a server of an extension knows no tables.
const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

impl Cluster {
    pub(super) async fn read_table(&self, query: &Query) -> Result<Table> {
        checked(query)?;
        let ask = base(query).with("limit", PAGE).accept(TABLE);
        let mut table = Table {
            of: query.kind.plural.clone(),
            namespace: query.namespace.clone(),
            ..Table::default()
        };
        let mut page = ask.clone();
        let mut restarted = false;
        loop {
            let answer = match self.api().json(&page).await {
                Ok(answer) => answer,
                Err(fault) if fault.code() == Some(410) && !restarted => {
                    restarted = true;
                    table.rows.clear();
                    page = ask.clone().without("limit");
                    continue;
                }
                Err(fault) => return Err(self.failure(fault, &page.call())),
            };
            read_page(&answer, &mut table);
            match answer.pointer("/metadata/continue").and_then(Value::as_str) {
                Some(token) if !token.is_empty() => page = ask.clone().with("continue", token),
                _ => return Ok(table),
            }
        }
    }
}

fn read_page(answer: &Value, table: &mut Table) {
    let list = |key: &str| answer.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if answer.get("kind").and_then(Value::as_str) != Some("Table") {
        table.columns = ["Name", "Created At"]
            .map(|name| Column {
                name: name.to_owned(),
                wide: false,
            })
            .into();
        table.rows.extend(list("items").iter().map(|item| {
            let name = text(item, "/metadata/name").unwrap_or_default();
            row(item, vec![name, text(item, "/metadata/creationTimestamp").unwrap_or_default()])
        }));
        return;
    }
    // Only the first page has them.
    if table.columns.is_empty() {
        table.columns = list("columnDefinitions")
            .iter()
            .map(|column| Column {
                name: text(column, "/name").unwrap_or_default(),
                wide: column.get("priority").and_then(Value::as_i64).unwrap_or(0) > 0,
            })
            .collect();
    }
    table.rows.extend(list("rows").iter().map(|line| {
        let cells = line.get("cells").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        row(line.get("object").unwrap_or(&Value::Null), cells.iter().map(cell).collect())
    }));
}

fn row(object: &Value, cells: Vec<String>) -> Row {
    Row {
        namespace: text(object, "/metadata/namespace"),
        name: text(object, "/metadata/name").unwrap_or_else(|| cells.first().cloned().unwrap_or_default()),
        cells,
    }
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

//! Rows of the server's own table, told again whenever they change, until somebody ends it.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

use super::{Execute, relatives};
use crate::domain::{
    answer::{Row, Table},
    event::Event,
    failure::Result,
    object::ObjectRef,
    ports::observe::{Query, Seen},
    step::Watch,
};

/// Changes that come together are told together: a rollout writes a pod several times in a moment.
const TOGETHER: Duration = Duration::from_millis(200);

/// So many are looked at one by one; more, all at once.
const FEW: usize = 4;

type Key = (Option<String>, String);

impl Execute {
    /// # Errors
    /// It may not be watched, or the cluster does not answer any more. It does not end by itself.
    pub(super) async fn watch(&self, step: &Watch) -> Result<Infallible> {
        let query = self.watched(step).await?;
        let mut feed = self.observe.watch(&query).await?;
        let mut told = Told::default();
        let first = self.observe.table(&query).await?;
        if first.rows.is_empty() {
            self.confirm(query.namespace.as_deref()).await?;
        }
        self.tell(told.take(first, None), step)?;
        // What a watch begins with was told just now, all but what changed in between.
        let mut changed: BTreeSet<Key> = BTreeSet::new();
        let mut due: Option<Instant> = None;
        loop {
            tokio::select! {
                seen = feed.next() => match seen {
                    Some(Ok(Seen::Is(object))) => {
                        let object = ObjectRef::of(&query.kind, &object);
                        changed.insert((object.namespace, object.name));
                        due.get_or_insert_with(|| Instant::now() + TOGETHER);
                    }
                    Some(Ok(Seen::Gone(object))) => {
                        changed.remove(&(object.namespace.clone(), object.name.clone()));
                        if let Some(table) = told.gone(&(object.namespace, object.name), &query) {
                            self.tell(table, step)?;
                        }
                    }
                    Some(Ok(Seen::Complete)) => {}
                    Some(Err(failure)) => return Err(failure),
                    // The connection ended; the next one begins with all that is there.
                    None => feed = self.observe.watch(&query).await?,
                },
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    due = None;
                    let names = std::mem::take(&mut changed);
                    for table in self.look_at(&query, &names).await? {
                        let table = told.take(table, Some(&names));
                        if !table.rows.is_empty() {
                            self.tell(table, step)?;
                        }
                    }
                }
            }
        }
    }

    async fn watched(&self, step: &Watch) -> Result<Query> {
        if let Some(object) = &step.object {
            return Ok(Query::one(object));
        }
        let namespace = match &step.of {
            Some(of) => of.namespace.clone(),
            None => self.namespace(&step.scope).await?,
        };
        let kind = step.kind.clone().unwrap_or_else(crate::domain::kind::Kind::pod);
        let mut query = Query::all(kind.clone(), namespace.filter(|_| kind.namespaced));
        query.labels = step.scope.selector.clone();
        query.fields = step.fields.clone();
        if let Some(of) = &step.of {
            let selected = ["Pod", "ReplicaSet"].contains(&kind.kind.as_str());
            let selector = if selected { self.selector_of(of).await? } else { None };
            query.labels = Some(selector.ok_or_else(|| relatives::not_kept_apart(&kind, of))?);
        }
        Ok(query)
    }

    async fn look_at(&self, query: &Query, names: &BTreeSet<Key>) -> Result<Vec<Table>> {
        if names.len() > FEW {
            return Ok(vec![self.observe.table(query).await?]);
        }
        let mut tables = Vec::new();
        for (namespace, name) in names {
            let object = ObjectRef {
                kind: query.kind.clone(),
                namespace: namespace.clone(),
                name: name.clone(),
                uid: None,
            };
            tables.push(self.observe.table(&Query::one(&object)).await?);
        }
        Ok(tables)
    }

    fn tell(&self, mut table: Table, step: &Watch) -> Result<()> {
        if step.output.as_deref() == Some("wide") {
            table.columns.iter_mut().for_each(|column| column.wide = false);
        }
        table.ordered = true;
        self.record.record(Event::Rows { table })
    }
}

/// What was told last of each object.
#[derive(Default)]
struct Told {
    columns: Table,
    rows: BTreeMap<Key, Row>,
}

impl Told {
    /// What of a table is news: of these objects alone, where some are named.
    fn take(&mut self, mut table: Table, names: Option<&BTreeSet<Key>>) -> Table {
        if self.columns.columns.is_empty() {
            self.columns = Table {
                rows: Vec::new(),
                ..table.clone()
            };
        }
        let ages: Vec<usize> = (0..table.columns.len())
            .filter(|n| table.columns.get(*n).is_some_and(|column| column.name == "Age"))
            .collect();
        table.namespace.clone_from(&self.columns.namespace);
        table.rows.retain(|row| {
            let key = (row.namespace.clone(), row.name.clone());
            let meant = names.is_none_or(|names| names.contains(&key));
            let known = self.rows.get(&key);
            meant && known.is_none_or(|known| content(known, &ages) != content(row, &ages)) && {
                self.rows.insert(key, row.clone());
                true
            }
        });
        table
    }

    fn gone(&mut self, key: &Key, query: &Query) -> Option<Table> {
        let mut row = self.rows.remove(key)?;
        let status = self.columns.columns.iter().position(|column| column.name == "Status");
        if let Some(cell) = row.cells.get_mut(status.unwrap_or(1)) {
            "Gone".clone_into(cell);
        }
        Some(Table {
            of: query.kind.plural.clone(),
            rows: vec![row],
            ..self.columns.clone()
        })
    }
}

/// A row without what changes by itself: its age, and how long ago it was restarted.
fn content<'a>(row: &'a Row, ages: &[usize]) -> Vec<&'a str> {
    let cells = row.cells.iter().enumerate().filter(|(n, _)| !ages.contains(n));
    cells.map(|(_, cell)| cell.split(" (").next().unwrap_or_default()).collect()
}

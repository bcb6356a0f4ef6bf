//! The server's own columns, what needs attention first.

use super::View;
use crate::{
    domain::answer::Table,
    front::screen::look::{Look, Tone},
};

const GAP: usize = 3;

pub fn lines(table: &Table, view: &View<'_>) -> Vec<String> {
    if table.rows.is_empty() {
        let place = table
            .namespace
            .as_deref()
            .map_or_else(String::new, |namespace| format!(" in namespace {namespace}"));
        return view.look.with_right(
            &format!("No {}{place}.", table.of),
            &view.place_in_all_or(table.namespace.as_deref()),
        );
    }
    let grid = Grid::of(table, view.verbose);
    if grid.fits(view.look) {
        grid.aligned(view.look)
    } else {
        grid.stacked(view.look)
    }
}

/// Rows as they come, in columns that only grow; the heads come with the first of them.
pub fn watched(table: &Table, view: &View<'_>, widths: &mut Vec<usize>) -> Vec<String> {
    if table.rows.is_empty() {
        return lines(table, view);
    }
    let grid = Grid::of(table, view.verbose);
    if !grid.fits(view.look) {
        return grid.stacked(view.look);
    }
    let is_first = widths.is_empty();
    let own = grid.widths(view.look);
    widths.resize(own.len(), 0);
    widths.iter_mut().zip(own).for_each(|(width, own)| *width = own.max(*width));
    let lines = grid.aligned_to(view.look, widths);
    lines.into_iter().skip(usize::from(!is_first)).collect()
}

impl View<'_> {
    fn place_in_all_or(&self, namespace: Option<&str>) -> String {
        namespace.map_or_else(|| self.place_in_all(), |namespace| self.place(Some(namespace)))
    }
}

/// Cells as text, with the columns that are shown.
struct Grid {
    heads: Vec<String>,
    rows: Vec<(bool, Vec<String>)>,
}

impl Grid {
    fn of(table: &Table, wide: bool) -> Self {
        let shown: Vec<usize> = (0..table.columns.len())
            .filter(|&n| wide || table.columns.get(n).is_some_and(|c| !c.wide))
            .collect();
        let mut heads: Vec<String> = shown
            .iter()
            .filter_map(|&n| table.columns.get(n))
            .map(|column| column.name.to_uppercase())
            .collect();
        let namespaced = table.namespace.is_none() && table.rows.iter().any(|row| row.namespace.is_some());
        if namespaced {
            heads.insert(0, "NAMESPACE".to_owned());
        }
        let mut rows: Vec<(bool, Vec<String>)> = table
            .rows
            .iter()
            .map(|row| {
                let mut cells: Vec<String> = shown.iter().map(|&n| row.cells.get(n).cloned().unwrap_or_default()).collect();
                if namespaced {
                    cells.insert(0, row.namespace.clone().unwrap_or_default());
                }
                (table.is_unwell(row), cells)
            })
            .collect();
        if !table.ordered {
            rows.sort_by_key(|(unwell, _)| !unwell);
        }
        Self { heads, rows }
    }

    fn widths(&self, look: &Look) -> Vec<usize> {
        let cell = |cells: &[String], n: usize| cells.get(n).map_or(0, |cell| look.columns(cell));
        (0..self.heads.len())
            .map(|n| {
                self.rows
                    .iter()
                    .map(|(_, cells)| cell(cells, n))
                    .chain([cell(&self.heads, n)])
                    .max()
                    .unwrap_or(0)
            })
            .collect()
    }

    fn fits(&self, look: &Look) -> bool {
        let widths = self.widths(look);
        !look.wrap || widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1) <= look.width
    }

    fn aligned(&self, look: &Look) -> Vec<String> {
        self.aligned_to(look, &self.widths(look))
    }

    fn aligned_to(&self, look: &Look, widths: &[usize]) -> Vec<String> {
        let join = |cells: &[String]| {
            let padded: Vec<String> = cells.iter().zip(widths).map(|(cell, &width)| look.padded(cell, width)).collect();
            padded.join(&" ".repeat(GAP)).trim_end().to_owned()
        };
        let mut lines = vec![look.paint(Tone::Dim, &join(&self.heads))];
        lines.extend(self.rows.iter().map(|(unwell, cells)| {
            let line = join(cells);
            if *unwell { look.paint(Tone::Bad, &line) } else { line }
        }));
        lines
    }

    /// One block a row, for narrow terminals: the name, and below it what the other columns say.
    fn stacked(&self, look: &Look) -> Vec<String> {
        let name = self.heads.iter().position(|head| head == "NAME").unwrap_or(0);
        let mut lines = Vec::new();
        for (unwell, cells) in &self.rows {
            let title = cells.get(name).map_or("", String::as_str);
            lines.push(look.paint(if *unwell { Tone::Bad } else { Tone::Strong }, title));
            let rest: Vec<String> = self
                .heads
                .iter()
                .zip(cells)
                .enumerate()
                .filter(|(n, (_, cell))| *n != name && !cell.is_empty())
                .map(|(_, (head, cell))| format!("{} {cell}", head.to_lowercase()))
                .collect();
            lines.extend(look.wrapped(&format!("  {}", rest.join(" · ")), 2));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::answer::{Column, Row},
        front::screen::look::tests::terminal,
    };

    fn pods() -> Table {
        let column = |name: &str, wide| Column {
            name: name.to_owned(),
            wide,
        };
        let row = |cells: [&str; 6]| Row {
            namespace: Some("todo".to_owned()),
            name: cells[0].to_owned(),
            cells: cells.map(str::to_owned).to_vec(),
        };
        Table {
            ordered: false,
            of: "pods".to_owned(),
            namespace: Some("todo".to_owned()),
            columns: vec![
                column("Name", false),
                column("Ready", false),
                column("Status", false),
                column("Restarts", false),
                column("Age", false),
                column("IP", true),
            ],
            rows: vec![
                row(["todo-backend-5f7c9d8b6c-abcde", "1/1", "Running", "0", "5d", "10.0.0.1"]),
                row([
                    "todo-frontend-7d4b9c6f5-x8k2p",
                    "0/1",
                    "CrashLoopBackOff",
                    "6 (40s ago)",
                    "5d",
                    "10.0.0.2",
                ]),
            ],
        }
    }

    fn shown(table: &Table, look: &Look) -> Vec<String> {
        let view = View {
            look,
            place: None,
            now: jiff::Timestamp::UNIX_EPOCH,
            verbose: false,
        };
        lines(table, &view)
    }

    #[test]
    fn what_is_unwell_comes_first() {
        assert_eq!(
            shown(&pods(), &terminal(90, true)),
            [
                "NAME                            READY   STATUS             RESTARTS      AGE",
                "todo-frontend-7d4b9c6f5-x8k2p   0/1     CrashLoopBackOff   6 (40s ago)   5d",
                "todo-backend-5f7c9d8b6c-abcde   1/1     Running            0             5d"
            ]
        );
    }

    #[test]
    fn a_narrow_terminal_gets_a_block_for_each_row() {
        assert_eq!(
            shown(&pods(), &terminal(40, false)),
            [
                "todo-frontend-7d4b9c6f5-x8k2p",
                "  ready 0/1 · status CrashLoopBackOff ·",
                "  restarts 6 (40s ago) · age 5d",
                "todo-backend-5f7c9d8b6c-abcde",
                "  ready 1/1 · status Running · restarts",
                "  0 · age 5d"
            ]
        );
    }

    #[test]
    fn nothing_there_is_said_in_words() {
        let table = Table {
            rows: Vec::new(),
            ..pods()
        };
        assert_eq!(shown(&table, &Look::plain()), ["No pods in namespace todo."]);
    }
}

//! The adapter to the Kubernetes API: against odd answers on the wire, and (ignored) against a real cluster.

mod real;

use std::sync::Mutex;

use todo_agent::domain::{event::Event, failure::Result, ports::record::Record};

/// Keeps what the gate recorded, one line each.
#[derive(Default)]
pub struct Notes {
    lines: Mutex<Vec<String>>,
}

impl Notes {
    pub fn all(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

impl Record for Notes {
    fn record(&self, event: Event) -> Result<()> {
        let line = match event {
            Event::Called { call, risk, granted } => format!("{} {risk:?} dry_run={} passed={granted}", call.summary(), call.dry_run),
            Event::Replied { summary, status, .. } => format!("{status} {summary}"),
            other => format!("{other:?}"),
        };
        self.lines.lock().unwrap().push(line);
        Ok(())
    }
}

//! Events by time, newest last.

use super::View;
use crate::{
    domain::answer::EventLine,
    front::screen::{look::Tone, words::age},
};

pub fn lines(events: &[EventLine], view: &View<'_>) -> Vec<String> {
    if events.is_empty() {
        return view.look.with_right("No events.", &view.place(None));
    }
    rows(events, view)
}

/// `5 min  Warning  BackOff  pod/todo-backend-…  Back-off restarting (6 times)`
pub fn rows(events: &[EventLine], view: &View<'_>) -> Vec<String> {
    let look = view.look;
    let several = events
        .iter()
        .any(|event| event.namespace != events.first().and_then(|first| first.namespace.clone()));
    let name = |event: &EventLine| match &event.namespace {
        Some(namespace) if several => format!("{namespace}/{}", event.object),
        _ => event.object.clone(),
    };
    let when = |event: &EventLine| event.at.map_or_else(|| "?".to_owned(), |at| age(at, view.now));
    let width = |of: &dyn Fn(&EventLine) -> String| events.iter().map(|event| look.columns(&of(event))).max().unwrap_or(0);
    let (ages, reasons, names) = (width(&when), width(&|event| event.reason.clone()), width(&name));
    let narrow = look.wrap && ages + reasons + names + 30 > look.width;
    events
        .iter()
        .flat_map(|event| {
            let times = if event.count > 1 {
                format!(" ({} times)", event.count)
            } else {
                String::new()
            };
            let reason = if event.kind == "Warning" {
                look.paint(Tone::Careful, &event.reason)
            } else {
                event.reason.clone()
            };
            let age = look.paint(Tone::Dim, &look.padded(&when(event), ages));
            if narrow {
                let mut lines = look.wrapped(&format!("{age}  {reason}  {}", name(event)), 2);
                lines.extend(look.wrapped(&format!("  {}{times}", event.message), 2));
                lines
            } else {
                let hang = ages + reasons + names + 6;
                let (reason, name) = (look.padded(&reason, reasons), look.padded(&name(event), names));
                look.wrapped(&format!("{age}  {reason}  {name}  {}{times}", event.message), hang)
            }
        })
        .collect()
}

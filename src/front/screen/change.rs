//! A change before it is made: what, where, from which value to which.

use super::{
    fields,
    look::{Look, Tone},
};
use crate::{
    app::veil::Veil,
    domain::{
        docker::Noun,
        intent::NameReading,
        object::ObjectRef,
        place::{Locality, Place},
        plan::{Change, How, Plan},
        route::{PassedOver, Route},
        step::Undoing,
    },
};

/// Up to this many fields are shown one by one; more become a diff of the object.
const FEW_FIELDS: usize = 8;

/// The block of one plan that changes something.
#[must_use]
pub fn preview(plan: &Plan, veil: &Veil, look: &Look, verbose: bool) -> Vec<String> {
    let mut lines = heading(plan, look);
    let scattered = is_scattered(plan);
    if plan.changes_nothing() {
        lines.extend(look.wrapped("    nothing to change: it is that way already", 4));
        if plan.changes.is_empty() {
            lines.extend(notes(plan, look));
        }
        return lines;
    }
    let mut before: Option<&ObjectRef> = None;
    for change in &plan.changes {
        let object = &change.draft.object;
        if (plan.changes.len() > 1 || plan.proposed.is_some()) && before.replace(object).is_none_or(|before| !before.same_name(object)) {
            let elsewhere = object.namespace.as_ref().filter(|_| scattered);
            let place = elsewhere.map_or_else(String::new, |namespace| format!(" in {namespace}"));
            lines.extend(look.wrapped(&format!("    {object}{place}"), 6));
        }
        lines.extend(differences(change, veil, look));
    }
    lines.extend(notes(plan, look));
    if let Some(why) = &plan.route.why {
        lines.extend(dim(look, &format!("    {} does it: {why}", doer(&plan.route)), 4));
    }
    for why in passed_over(&plan.route, true) {
        lines.extend(dim(look, &format!("    {why}"), 4));
    }
    // Taking back is not itself taken back: one asks for what one wants.
    let is_undo = plan.changes.iter().all(|change| change.draft.step.is_none());
    match plan.undoing {
        _ if is_undo || plan.only_shows() => {}
        Undoing::Impossible => lines.extend(look.wrapped(&format!("    {}", look.paint(Tone::Careful, "cannot be taken back")), 4)),
        Undoing::InPart => lines.extend(look.wrapped(&format!("    {}", look.paint(Tone::Careful, &in_part(plan))), 4)),
        Undoing::Restore => lines.extend(dim(look, "    can be taken back", 4)),
        Undoing::NothingToUndo => {}
    }
    if verbose {
        for command in &plan.equivalent {
            lines.extend(dim(look, &format!("    same as: {command}"), 6));
        }
    }
    lines
}

fn notes(plan: &Plan, look: &Look) -> Vec<String> {
    let painted = |note: &String| look.wrapped(&format!("    {}", look.paint(Tone::Careful, note)), 4);
    plan.notes.iter().flat_map(painted).collect()
}

/// `can be taken back, but for restart deployment/todo-backend`
fn in_part(plan: &Plan) -> String {
    let stays: Vec<String> = plan.stays().into_iter().map(|part| part.what).collect();
    match stays.is_empty() {
        true => "can be taken back in part".to_owned(),
        false => format!("can be taken back, but for {}", stays.join(", ")),
    }
}

/// `  scale deployment/todo-backend ("backend")       embedded · default`
fn heading(plan: &Plan, look: &Look) -> Vec<String> {
    let title = derived(&plan.title, &plan.intent.readings_of_names, look);
    look.with_right(&format!("  {title}"), &place_of(plan))
}

/// The cluster, and the namespace of the objects that change, which need not be the one of the place.
fn place_of(plan: &Plan) -> String {
    let namespace = plan.changes.first().and_then(|change| change.draft.object.namespace.as_deref());
    where_it_is(
        &plan.place,
        namespace.map(|one| if is_scattered(plan) { "several namespaces" } else { one }),
    )
}

/// Its objects are in more than one namespace.
fn is_scattered(plan: &Plan) -> bool {
    let mut namespaces = plan.changes.iter().filter_map(|change| change.draft.object.namespace.as_ref());
    let first = namespaces.next();
    namespaces.any(|other| Some(other) != first)
}

/// `embedded · default`.
#[must_use]
pub fn where_it_is(place: &Place, namespace: Option<&str>) -> String {
    // An engine has no namespaces.
    match namespace.unwrap_or(&place.namespace) {
        "" => place.name().to_owned(),
        namespace => format!("{} · {namespace}", place.name()),
    }
}

/// Names that were not given letter by letter are underlined and followed by the word they came from.
fn derived(title: &str, readings: &[NameReading], look: &Look) -> String {
    let mut shown = title.to_owned();
    for reading in readings.iter().filter(|reading| reading.said != reading.means) {
        let name = reading.means.rsplit('/').next().unwrap_or(&reading.means);
        let Some(start) = shown.find(&reading.means).or_else(|| shown.find(name)) else {
            continue;
        };
        let full = if shown[start..].starts_with(&reading.means) {
            &reading.means
        } else {
            name
        };
        let end = start + full.len();
        let underlined = look.paint(Tone::Derived, full);
        let word = look.paint(Tone::Dim, &format!("(“{}”)", reading.said));
        shown = format!("{}{underlined} {word}{}", &shown[..start], &shown[end..]);
    }
    shown
}

pub(super) fn differences(change: &Change, veil: &Veil, look: &Look) -> Vec<String> {
    if change.takes_collection() {
        let names = change.diff.iter().filter_map(|gone| gone.before.as_ref()?.as_str());
        let kind = change.draft.object.kind.kind.to_lowercase();
        return names.map(|name| look.paint(Tone::Bad, &format!("  - {kind}/{name}"))).collect();
    }
    if change.takes_away() {
        let gone = format!("  - {}", change.draft.object);
        return vec![look.paint(Tone::Bad, &gone)];
    }
    if change.diff.is_empty() {
        return dim(look, "    unchanged", 4);
    }
    let is_new = change.draft.before.get("kind").is_none();
    if is_new && matches!(change.draft.how, How::Create(_) | How::Apply(_) | How::Follows) {
        return fields::as_diff(change, veil, look);
    }
    let rows = fields::rows(change, veil);
    // What is told of an engine are words, not fields of an object.
    let many = rows.len() > FEW_FIELDS && Noun::of(&change.draft.object).is_none();
    if many || rows.iter().any(|row| row.is_large()) {
        return fields::as_diff(change, veil, look);
    }
    let label = rows.iter().map(|row| look.columns(&row.label)).max().unwrap_or(0);
    let arrow = look.paint(Tone::Dim, "→");
    let mut lines = Vec::new();
    for row in rows {
        let (before, after) = (row.before.as_str(), look.paint(Tone::Strong, &row.after));
        let line = format!("    {}  {before} {arrow} {after}", look.padded(&row.label, label));
        if !look.wrap || look.columns(&line) <= look.width {
            lines.push(line);
        } else {
            lines.push(format!("    {}", row.label));
            lines.extend(look.wrapped(&format!("      {before}"), 8));
            lines.extend(look.wrapped(&format!("      {arrow} {after}"), 8));
        }
    }
    lines
}

fn dim(look: &Look, text: &str, hang: usize) -> Vec<String> {
    look.wrapped(text, hang).iter().map(|line| look.paint(Tone::Dim, line)).collect()
}

/// `Apply with the built-in engine?`, for all plans of a request.
#[must_use]
pub fn question(plans: &[Plan]) -> String {
    if let Some(question) = letting(plans) {
        return question;
    }
    let mut doers: Vec<String> = plans.iter().map(|plan| doer(&plan.route)).collect();
    doers.dedup();
    let changes = plans.iter().filter(|plan| !plan.changes.is_empty()).count();
    let what = if changes > 1 {
        format!("Apply these {changes} changes")
    } else {
        "Apply".to_owned()
    };
    format!("{what} with {}?", doers.join(" and "))
}

/// `Let kubectl-ai 0.0.29 do it, behind the gate?`
fn letting(plans: &[Plan]) -> Option<String> {
    let [plan] = plans else { return None };
    let it = if plan.open { "try it" } else { "do it" };
    plan.route
        .is_ai()
        .then(|| format!("Let {} {it}, behind the gate?", doer(&plan.route)))
}

fn doer(route: &Route) -> String {
    match route.tool.as_str() {
        "builtin" => "the built-in engine".to_owned(),
        _ => route.full_name(),
    }
}

/// Why another tool does not do it, where the user would wonder: it was named, or it is on this machine and a change is asked for.
#[must_use]
pub fn passed_over(route: &Route, change: bool) -> Vec<String> {
    let wonder = route.passed_over.iter().filter(|passed| passed.asked || (change && passed.found));
    let words = |passed: &PassedOver| match (passed.found, passed.reason.strip_prefix("--")) {
        (_, Some(_)) => format!("{} is not used: {}", passed.tool, passed.reason),
        (true, None) => format!("{} found, not used: {}", passed.tool, passed.reason),
        (false, None) => format!("{} does not do it: {}", passed.tool, passed.reason),
    };
    wonder.map(words).collect()
}

/// Said on everything that comes from the embedded cluster; nothing for a real one.
#[must_use]
pub fn simulation(place: &Place) -> Option<&'static str> {
    (place.locality == Locality::Embedded).then_some("Embedded cluster, simulated: nothing real is touched.")
}

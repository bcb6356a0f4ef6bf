//! A playbook as it was read made into one that can be searched, its mistakes told with their line.

use serde_json::Value;

use super::{
    command::Command,
    file::{PlaybookFile, SlotFile},
    lexicon::Lexicon,
    mistake::{Origin, Part},
    phrase::Phrase,
    playbook::Playbook,
    slot::Slot,
    template::Template,
    wording::Wording,
};
use crate::domain::{failure::Result, risk::Risk, step::Step, verification::PostCondition};

/// A condition in one word: the objects that the plan makes are there, the fields that it sets have their values.
const AS_PLANNED: &str = "as_planned";

/// Tools that a playbook may prefer.
const TOOLS: [&str; 5] = ["builtin", "kubectl-ai", "kagent", "gordon", "model"];
const DOMAINS: [&str; 3] = ["kubernetes", "docker", "analysis"];

/// Slots of a playbook and the words that set them.
pub(super) type FlagWords = Vec<(usize, Vec<String>)>;

pub(super) fn compile(file: PlaybookFile, origin: &Origin<'_>, lexicon: &mut Lexicon) -> Result<(Playbook, FlagWords)> {
    let at = |part: Part| move |what: String| origin.mistake_in(part, what);
    let mut flag_words = Vec::new();
    let mut slots: Vec<Slot> = Vec::new();
    for (name, slot) in file.slots {
        if !slot.words.is_empty() {
            flag_words.push((slots.len(), slot.words.clone()));
        }
        slots.push(compile_slot(name, slot));
    }
    let names: Vec<String> = slots.iter().map(|slot| slot.name.clone()).collect();
    let mut phrases = Vec::new();
    for (n, phrase) in file.phrases.iter().enumerate() {
        phrases.extend(Phrase::compile(phrase, &names, lexicon).map_err(at(Part::Phrase(n)))?);
    }
    let commands = file
        .commands
        .iter()
        .enumerate()
        .map(|(n, command)| Command::compile(command, &names).map_err(at(Part::Command(n))))
        .collect::<Result<_>>()?;
    let mut steps = Vec::new();
    for (n, step) in file.steps.iter().enumerate() {
        steps.push(Template::compile(step, Part::Step(n), origin, &mut slots)?);
    }
    let mut verify = Vec::new();
    let mut as_planned = false;
    for (n, condition) in file.verify.iter().enumerate() {
        if *condition == Value::String(AS_PLANNED.to_owned()) {
            as_planned = true;
        } else {
            verify.push(Template::compile(condition, Part::Condition(n), origin, &mut slots)?);
        }
    }
    let say = match &file.say {
        Some(say) => Wording::parse(say).map_err(at(Part::Say))?,
        None => Wording::parse(&plain(file.phrases.first().map_or("", String::as_str))).map_err(at(Part::Intent))?,
    };
    let equivalent = file
        .equivalent
        .iter()
        .enumerate()
        .map(|(n, text)| Wording::parse(text).map_err(at(Part::Equivalent(n))))
        .collect::<Result<_>>()?;
    for (n, tool) in file.prefer.iter().enumerate() {
        if !TOOLS.contains(&tool.as_str()) {
            return Err(origin.unknown(origin.line(Part::Prefer(n)), "tool", tool, &TOOLS));
        }
    }
    if !DOMAINS.contains(&file.domain.as_str()) {
        return Err(origin.unknown(origin.line(Part::Intent), "domain", &file.domain, &DOMAINS));
    }
    if phrases.is_empty() {
        return Err(origin.mistake_in(Part::Intent, "a playbook needs at least one phrase"));
    }
    let playbook = Playbook {
        name: file.intent,
        summary: file.summary,
        domain: file.domain,
        prefer: match file.prefer.is_empty() {
            true => vec!["builtin".to_owned()],
            false => file.prefer,
        },
        risk: file.risk,
        slots,
        phrases,
        commands,
        accepts: file.accepts,
        say,
        otherwise: file.otherwise,
        asked: file.asked,
        partial: file.partial,
        cases: file.cases,
        file: origin.file.to_owned(),
        equivalent,
        steps,
        verify,
        as_planned,
    };
    Ok((playbook, flag_words))
}

/// Tries the playbook with sample values: every template must become its type, and the risk must be told.
///
/// # Errors
/// What is wrong, with its line.
pub(super) fn check(playbook: &Playbook, origin: &Origin<'_>) -> Result<()> {
    let names: Vec<&str> = playbook.slots.iter().map(|slot| slot.name.as_str()).collect();
    for template in playbook.steps.iter().chain(&playbook.verify) {
        if let Some(name) = template.slots().into_iter().find(|name| !names.contains(name)) {
            return Err(origin.unknown(origin.line(template.at()), "slot", name, &names));
        }
    }
    if playbook.steps.is_empty() {
        return Err(origin.mistake_in(Part::Risk, "a playbook needs at least one step"));
    }
    let samples: [&dyn Fn(&Slot) -> bool; 2] = [&|_| true, &|slot| slot.required];
    for wanted in samples {
        let sample = |name: &str| -> Option<Value> { playbook.slot(name).filter(|slot| wanted(slot)).map(|slot| slot.of.sample()) };
        for template in &playbook.steps {
            let step: Step = template
                .fill(&sample)
                .map_err(|error| origin.json(origin.line(template.at()), "step", &error))?;
            if step.risk() > playbook.risk {
                return Err(origin
                    .mistake_in(
                        Part::Risk,
                        format!("the risk of {} is higher than this playbook says", template.part()),
                    )
                    .hint(format!("write `risk: {}`", risk_word(step.risk()))));
            }
        }
        for template in &playbook.verify {
            template
                .fill::<PostCondition>(&sample)
                .map_err(|error| origin.json(origin.line(template.at()), "condition", &error))?;
        }
    }
    if playbook.changes() && playbook.verify.is_empty() && !playbook.as_planned {
        return Err(origin
            .mistake_in(
                Part::Risk,
                "a playbook that changes something must say how one knows that it worked",
            )
            .hint("add `verify:` with at least one condition, such as `- available: { workload: \"{workload}\" }`"));
    }
    Ok(())
}

fn compile_slot(name: String, slot: SlotFile) -> Slot {
    Slot {
        ask: slot.ask.unwrap_or_else(|| slot.of.question().to_owned()),
        name,
        of: slot.of,
        required: slot.required,
        flags: slot.flags,
        beside: slot.beside,
        preset: None,
    }
}

fn risk_word(risk: Risk) -> String {
    serde_json::to_value(risk)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// A phrase as one would say it: the first of its alternatives, without its optional parts.
fn plain(phrase: &str) -> String {
    let mut text = String::new();
    let mut skipping = None;
    for c in phrase.chars() {
        match (c, skipping) {
            ('(', _) => {}
            ('[', _) => skipping = Some(']'),
            ('|', None) => skipping = Some(')'),
            (')', None) => {}
            (c, Some(end)) if c == end => skipping = None,
            (_, Some(_)) => {}
            (c, None) => text.push(c),
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

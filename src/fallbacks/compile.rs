//! A playbook as it was read made into one that can be searched, its mistakes told with their line.

use serde_json::Value;

use super::{
    command::Command,
    file::{PlaybookFile, SlotFile},
    lexicon::Lexicon,
    mistake::Origin,
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
    let at = |line: u64| move |what: String| origin.mistake(line, what);
    let first_line = file.intent.referenced.line();
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
    for phrase in &file.phrases {
        phrases.extend(Phrase::compile(&phrase.value, &names, lexicon).map_err(at(phrase.referenced.line()))?);
    }
    let commands = file
        .commands
        .iter()
        .map(|command| Command::compile(&command.value, &names).map_err(at(command.referenced.line())))
        .collect::<Result<_>>()?;
    let mut steps = Vec::new();
    for step in &file.steps {
        steps.push(Template::compile(&step.value, step.referenced.line(), origin, &mut slots)?);
    }
    let mut verify = Vec::new();
    let stated = |condition: &&serde_saphyr::Spanned<Value>| condition.value != Value::String(AS_PLANNED.to_owned());
    let as_planned = file.verify.iter().any(|condition| !stated(&condition));
    for condition in file.verify.iter().filter(stated) {
        verify.push(Template::compile(
            &condition.value,
            condition.referenced.line(),
            origin,
            &mut slots,
        )?);
    }
    let say = match &file.say {
        Some(say) => Wording::parse(&say.value).map_err(at(say.referenced.line()))?,
        None => Wording::parse(&plain(file.phrases.first().map_or("", |phrase| &phrase.value))).map_err(at(first_line))?,
    };
    let equivalent = file
        .equivalent
        .iter()
        .map(|text| Wording::parse(&text.value).map_err(at(text.referenced.line())))
        .collect::<Result<_>>()?;
    for tool in &file.prefer {
        if !TOOLS.contains(&tool.value.as_str()) {
            return Err(origin.unknown(tool.referenced.line(), "tool", &tool.value, &TOOLS));
        }
    }
    if !DOMAINS.contains(&file.domain.as_str()) {
        return Err(origin.unknown(first_line, "domain", &file.domain, &DOMAINS));
    }
    if phrases.is_empty() {
        return Err(origin.mistake(first_line, "a playbook needs at least one phrase"));
    }
    let playbook = Playbook {
        name: file.intent.value,
        summary: file.summary,
        domain: file.domain,
        prefer: match file.prefer.is_empty() {
            true => vec!["builtin".to_owned()],
            false => file.prefer.into_iter().map(|tool| tool.value).collect(),
        },
        risk: file.risk.value,
        slots,
        phrases,
        commands,
        accepts: file.accepts,
        say,
        otherwise: file.otherwise.map(|other| other.value),
        asked: file.asked.map(|other| other.value),
        cases: file.cases,
        file: origin.file.to_owned(),
        equivalent,
        steps,
        verify,
        as_planned,
    };
    check(&playbook, origin, file.risk.referenced.line())?;
    Ok((playbook, flag_words))
}

/// Tries the playbook with sample values: every template must become its type, and the risk must be told.
fn check(playbook: &Playbook, origin: &Origin<'_>, risk_line: u64) -> Result<()> {
    let names: Vec<&str> = playbook.slots.iter().map(|slot| slot.name.as_str()).collect();
    for template in playbook.steps.iter().chain(&playbook.verify) {
        if let Some(name) = template.slots().into_iter().find(|name| !names.contains(name)) {
            return Err(origin.unknown(template.line(), "slot", name, &names));
        }
    }
    if playbook.steps.is_empty() {
        return Err(origin.mistake(risk_line, "a playbook needs at least one step"));
    }
    let samples: [&dyn Fn(&Slot) -> bool; 2] = [&|_| true, &|slot| slot.required];
    for wanted in samples {
        let sample = |name: &str| -> Option<Value> { playbook.slot(name).filter(|slot| wanted(slot)).map(|slot| slot.of.sample()) };
        for template in &playbook.steps {
            let step: Step = template
                .fill(&sample)
                .map_err(|error| origin.json(template.line(), "step", &error))?;
            if step.risk() > playbook.risk {
                return Err(origin
                    .mistake(
                        risk_line,
                        format!("the risk of {} is higher than this playbook says", template.part()),
                    )
                    .hint(format!("write `risk: {}`", risk_word(step.risk()))));
            }
        }
        for template in &playbook.verify {
            template
                .fill::<PostCondition>(&sample)
                .map_err(|error| origin.json(template.line(), "condition", &error))?;
        }
    }
    if playbook.changes() && playbook.verify.is_empty() && !playbook.as_planned {
        return Err(origin
            .mistake(risk_line, "a playbook that changes something must say how one knows that it worked")
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

//! "Remove all of them" after a list of what an engine has: those are meant, and nothing of a cluster.

use super::{Spoken, are_complete, lean::names_kind, with_needs};
use crate::{
    domain::{
        conversation::{Conversation, Turn},
        docker::Noun,
        intent::{Declined, DeclinedReason},
        object::ObjectRef,
        question::{Choice, Question},
        reading::{FirstReading, Reading},
        risk::Risk,
        said,
    },
    fallbacks::Playbooks,
    stages::understand::{first, refuse::declined, say},
};

/// The longest first.
const THEM: [&str; 9] = [
    "all of them",
    "all of these",
    "all of those",
    "both of them",
    "them all",
    "them",
    "these",
    "those",
    "both",
];

/// What is changed is each of them; what is taken away is asked for by its name.
pub(in super::super) fn several(text: &str, earlier: &Conversation, playbooks: &Playbooks) -> Option<FirstReading> {
    let docker = playbooks.docker()?;
    let last = earlier.turns.last()?;
    let of_engine = |reading: &Reading| playbooks.position(&reading.playbook).is_none();
    let leans = !last.readings.is_empty() && last.readings.iter().all(of_engine) && last.objects().len() != 1;
    if !leans || Spoken::of(text).cluster || names_kind(text, playbooks) {
        return None;
    }
    let said = Said::find(text)?;
    let understood = |request: &str| match first::words(request, docker) {
        FirstReading::Understood { readings, .. } if are_complete(&readings, docker) => Some(readings),
        _ => None,
    };
    let meant = spoken_of(last);
    if meant.is_empty() {
        let any = Noun::ALL.into_iter().find_map(|noun| understood(&said.with(noun, "x")))?;
        let changes = any
            .iter()
            .any(|reading| docker.get(&reading.playbook).is_some_and(|of| of.changes()));
        return changes.then(|| FirstReading::Declined(unknown(said.them)));
    }
    let requests: Vec<String> = meant
        .iter()
        .filter_map(|object| Some(said.with(Noun::of(object)?, &object.name)))
        .collect();
    let readings: Vec<Reading> = requests
        .iter()
        .map(|request| understood(request))
        .collect::<Option<Vec<_>>>()?
        .concat();
    let playbook = docker.get(&readings.first()?.playbook)?;
    if playbook.risk < Risk::Destroy {
        return Some(with_needs(first::words(&requests.join("; "), docker), docker));
    }
    let slot = playbook.slots.iter().find(|slot| slot.of.names_docker())?;
    let open = vec![slot.name.clone()];
    let choices = meant.iter().zip(requests).map(|(object, request)| Choice {
        label: object.name.clone(),
        detail: object.kind.singular(),
        request,
    });
    Some(FirstReading::Ask(Question {
        text: say::question(playbook, &readings.first()?.slots, &open),
        slots: open,
        choices: choices.collect(),
        together: None,
    }))
}

/// What was named, or else what was shown.
fn spoken_of(last: &Turn) -> Vec<ObjectRef> {
    let named = last.objects();
    let shown = if named.is_empty() { last.listed.clone() } else { named };
    shown.into_iter().filter(|object| Noun::of(object).is_some()).collect()
}

fn unknown(them: &str) -> Declined {
    Declined {
        why: Some(format!("What “{them}” stands for is not known: name each")),
        unexplained: vec![them.to_owned()],
        suggestions: super::always(),
        ..declined(DeclinedReason::UnknownName)
    }
}

/// The words around what stands for several.
struct Said {
    before: String,
    them: &'static str,
    after: String,
}

impl Said {
    fn find(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let plain: Vec<String> = words.iter().map(|word| said::bare(word)).collect();
        THEM.into_iter().find_map(|them| {
            let phrase: Vec<&str> = them.split(' ').collect();
            let start = plain.windows(phrase.len()).position(|run| run == phrase)?;
            Some(Self {
                before: words.get(..start)?.join(" "),
                them,
                after: words.get(start + phrase.len()..)?.join(" "),
            })
        })
    }

    fn with(&self, noun: Noun, name: &str) -> String {
        format!("{} {} {name} {}", self.before, noun.singular(), self.after)
            .trim()
            .to_owned()
    }
}

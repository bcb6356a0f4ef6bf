//! Requests that end with an answer in words: what was not clear, what was only asked about, what is nobody's order.

use super::{End, Flow};
use crate::domain::{
    event::Event,
    failure::{FailureKind, Result},
    intent::{Declined, DeclinedReason, Resolution},
    plan::Plan,
    question::Question,
    reading::{Needs, Reading, SlotMention},
    request::Request,
};

impl Flow {
    /// What was approved and is not done any more, for what came before it failed.
    pub(super) fn tell_untried(&self, plans: &[Plan]) -> Result<()> {
        let changes = plans.iter().flat_map(|plan| &plan.changes).filter(|change| change.is_sent());
        let names: Vec<String> = changes.map(|change| change.draft.object.to_string()).collect();
        if names.is_empty() {
            return Ok(());
        }
        self.record.record(Event::Note {
            text: format!("not tried: {}", names.join(", ")),
        })
    }

    pub(super) fn told(&self, resolution: Resolution) -> Result<End> {
        if let Resolution::Ask(question) = &resolution {
            self.note(|turn| turn.asked = Some(question.clone()));
        }
        if let Resolution::Declined(declined) = &resolution
            && declined.reason == DeclinedReason::Hypothetical
            && declined.understood.is_some()
            && let [only] = declined.suggestions.as_slice()
        {
            self.note(|turn| turn.taught = Some(only.clone()));
        }
        self.record.record(Event::NotClear {
            resolution: resolution.clone(),
        })?;
        Ok(End::Told(resolution))
    }

    /// With the names of what is there, where that can be seen: a command that is told works when it is pasted.
    /// And what it would change, as far as the server says so.
    pub(super) async fn taught(&self, readings: &[Reading], needs: &Needs, declined: Declined, request: &Request) -> Declined {
        let Request { text, options } = request;
        if !self.understand.is_spoken_of(text, readings) {
            return Declined {
                reason: DeclinedReason::NotUnderstood,
                understood: None,
                why: None,
                suggestions: Vec::new(),
                teaches: Vec::new(),
                ..declined
            };
        }
        match self.resolve(readings, needs).await {
            Ok((inventory, Resolution::Clear(intents))) => {
                // For an order the values of a file are sent to be tried; for a mere question nothing of them is read.
                let secret = intents.iter().any(|intent| self.planner.reads_secrets(intent));
                if !secret
                    && intents.iter().any(|intent| self.planner.changes(intent))
                    && let Err(failure) = self.plans(&intents, &inventory, options).await
                {
                    tracing::debug!(%failure, "what was asked about cannot be shown beforehand");
                }
                let teaches = self.understand.commands_taught(&intents, &inventory);
                match self.understand.requests_named(readings, &intents, &inventory) {
                    Some(requests) => Declined {
                        understood: Some(requests.join(", then ").into()),
                        suggestions: requests,
                        teaches,
                        ..declined
                    },
                    None => Declined { teaches, ..declined },
                }
            }
            Ok((inventory, resolution)) => {
                let teaches = self.understand.commands_with_blanks(text, readings, &inventory);
                match resolution {
                    _ if !teaches.is_empty() => Declined { teaches, ..declined },
                    Resolution::Declined(unknown) if unknown.reason == DeclinedReason::UnknownName => unknown,
                    Resolution::Ask(question)
                        if !question.choices.is_empty()
                            && !asks_a_value(&question)
                            && readings
                                .iter()
                                .any(|reading| reading.names_something() || reading.stands_for_another()) =>
                    {
                        Declined {
                            teaches: Vec::new(),
                            suggestions: question.choices.into_iter().map(|choice| choice.request).collect(),
                            ..declined
                        }
                    }
                    _ => half_told(declined, readings),
                }
            }
            Err(_) => declined,
        }
    }
}

/// How many, or what: nobody said so, and a question is not answered by a change.
fn asks_a_value(question: &Question) -> bool {
    const VALUES: [&str; 6] = ["replicas", "env", "set", "image", "min", "max"];
    question.slots.iter().any(|slot| VALUES.contains(&slot.as_str()))
}

/// "Is the backend autoscaled?": what is missing to do it was never said, and what is so can be looked at.
fn half_told(declined: Declined, readings: &[Reading]) -> Declined {
    if !declined.suggestions.is_empty() {
        return declined;
    }
    let names = readings
        .iter()
        .flat_map(|reading| reading.slots.values())
        .filter_map(|mention| match mention {
            SlotMention::Name { said, .. } => Some(format!("describe {said}")),
            _ => None,
        });
    Declined {
        suggestions: names.collect(),
        ..declined
    }
}

/// A line that begins with `#` is nobody's order.
pub(super) fn comment(text: &str) -> Declined {
    Declined {
        reason: DeclinedReason::NotUnderstood,
        understood: None,
        why: Some("A line that begins with # is a comment".to_owned()),
        unexplained: vec![text.trim().chars().take(80).collect()],
        suggestions: Vec::new(),
        teaches: Vec::new(),
    }
}

/// Telling how something would be done, or leaving alone what one was told to leave alone, is a request that was met.
pub(super) fn told_code(resolution: &Resolution) -> u8 {
    match resolution {
        Resolution::Declined(Declined {
            reason: DeclinedReason::Hypothetical | DeclinedReason::Negated | DeclinedReason::NothingOpen,
            ..
        }) => 0,
        Resolution::Declined(Declined {
            reason: DeclinedReason::NotUnderstood | DeclinedReason::NotBuilt,
            ..
        }) => FailureKind::NotUnderstood.exit_code(),
        _ => FailureKind::Unclear.exit_code(),
    }
}

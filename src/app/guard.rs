//! The context guard: who may say yes to a change, and where. The only policy there is; `--yes` is read here alone.

use std::sync::Arc;

use crate::{
    domain::{
        docker::Noun,
        errand::{Asks, Ruling},
        intent::NameReading,
        object::ObjectRef,
        place::{Locality, Place},
        plan::{Approver, Change, Decision, Plan},
        ports::{Later, approve::Approve},
        proposal::Proposal,
        request::RequestOptions,
        risk::Risk,
        said,
        step::Delete,
    },
    transcripts::Recorder,
};

/// What somebody must do to say yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Demand {
    /// Answer a question.
    Yes,
    /// Type this word: the name of the context, or of what will be destroyed.
    Type { word: String, why: String },
}

/// Somebody who can be asked.
pub trait Ask: Send + Sync {
    /// Where an AI tool would do it (`replaceable`), the built-in engine can be chosen instead.
    fn ask<'a>(&'a self, plans: &'a [Plan], demand: Demand, replaceable: bool) -> Later<'a, Answer>;

    /// The same for a call that a tool tries on its own account; it was shown before.
    fn allow<'a>(&'a self, asks: &'a Asks, demand: Demand, replaceable: bool) -> Later<'a, Answer>;
}

/// What is said to plans, or to a call of a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Yes,
    No,
    /// The built-in engine is to do what was shown, or to go on with what was approved, and the tool nothing.
    Instead,
}

/// Decides by rule where the rules suffice, and asks otherwise.
#[allow(missing_debug_implementations)]
pub struct Guard {
    options: RequestOptions,
    /// `None`: there is no terminal.
    somebody: Option<Arc<dyn Ask>>,
    /// Whose record a change needs.
    recorder: Arc<Recorder>,
}

impl Guard {
    #[must_use]
    pub const fn new(options: RequestOptions, somebody: Option<Arc<dyn Ask>>, recorder: Arc<Recorder>) -> Self {
        Self {
            options,
            somebody,
            recorder,
        }
    }

    async fn judge(&self, plans: &[Plan]) -> crate::domain::failure::Result<Decision> {
        if let Some(refusal) = self.refusal(plans) {
            return Ok(refusal);
        }
        // Nobody is asked for a yes that would be of no use.
        self.recorder.ready()?;
        let demands = self.demands(plans);
        let opens_only = plans.iter().all(Plan::opens_a_way);
        let proposed = plans.iter().any(|plan| plan.proposed.is_some());
        let yes = self.options.yes && supposed(plans).is_none();
        if (yes || opens_only) && demands.is_empty() && !proposed {
            return Ok(Decision::approved(Approver::Policy));
        }
        let Some(somebody) = &self.somebody else {
            return Ok(self.nobody(plans, &demands));
        };
        let demands = if demands.is_empty() { vec![Demand::Yes] } else { demands };
        let mut tools: Vec<String> = plans
            .iter()
            .filter(|plan| plan.is_replaceable())
            .map(|plan| plan.route.tool.clone())
            .collect();
        tools.dedup();
        let mut without = Vec::new();
        for demand in demands {
            match somebody.ask(plans, demand, !tools.is_empty() && without.is_empty()).await? {
                Answer::Yes => {}
                Answer::No => return Ok(Decision::Declined),
                Answer::Instead => without.clone_from(&tools),
            }
        }
        Ok(Decision::Approved {
            by: Approver::Person,
            without,
        })
    }

    /// What no yes can allow.
    fn refusal(&self, plans: &[Plan]) -> Option<Decision> {
        let simulated = plans.iter().any(|plan| plan.place.is_simulated());
        (simulated && self.options.require_real).then(|| {
            refused(
                "the cluster is the embedded, simulated one, and --require-real was given",
                ["name a real cluster with --context or KUBECONFIG"],
            )
        })
    }

    /// What `--yes` alone does not allow.
    fn demands(&self, plans: &[Plan]) -> Vec<Demand> {
        let mut demands = Vec::new();
        for plan in plans.iter().filter(|plan| !plan.changes_nothing()) {
            if is_foreign(&plan.place) && !may_reach(&self.options, &plan.place) {
                demands.push(Demand::Type {
                    word: plan.place.context.clone(),
                    why: format!("{} is not known to be local", context_of(&plan.place)),
                });
            }
            if let Some(proposal) = &plan.proposed {
                demands.extend(self.of_proposal(plan, proposal));
            } else if plan.risk >= Risk::Destroy {
                demands.extend(self.destroyed(plan).map(|object| Demand::Type {
                    word: unmistakable(&object.name, &object.to_string()),
                    why: format!("{} will be taken away", object.name),
                }));
            }
        }
        let mut once: Vec<Demand> = Vec::new();
        for demand in demands {
            if !once.contains(&demand) {
                once.push(demand);
            }
        }
        once
    }

    /// What was proposed is nobody's own idea: each object that it takes away, and each change that nobody asked for, is typed.
    fn of_proposal<'a>(&'a self, plan: &'a Plan, proposal: &'a Proposal) -> impl Iterator<Item = Demand> {
        plan.changes.iter().enumerate().filter_map(move |(index, change)| {
            let word = change.draft.object.name.clone();
            let why = match proposal.beyond(index) {
                _ if change.takes_away() && self.options.allow_destroy.contains(&word) => return None,
                _ if change.takes_away() => format!("{} will be taken away", change.draft.object),
                Some(why) => format!("You did not ask for {}: {why}", change.draft.object),
                None => return None,
            };
            let word = unmistakable(&word, &change.draft.object.to_string());
            Some(Demand::Type { word, why })
        })
    }

    fn destroyed<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = &'a ObjectRef> {
        plan.changes
            .iter()
            .filter(|change| is_grave(change))
            .map(|change| &change.draft.object)
            .filter(|object| !self.options.allow_destroy.contains(&object.name))
    }

    fn nobody(&self, plans: &[Plan], demands: &[Demand]) -> Decision {
        if plans.iter().any(|plan| plan.proposed.is_some()) {
            return refused(
                "what an AI tool proposes is done when somebody says yes to it, and nobody is there to be asked: nothing was changed",
                [
                    "ask at a terminal: --yes is a yes to what you said, and not to what a tool thought of",
                    "`--dry-run` shows it only",
                ],
            );
        }
        let place = plans.first().map(|plan| &plan.place);
        match (demands.first(), place) {
            (Some(Demand::Type { word, .. }), Some(place)) if is_foreign(place) && place.is_engine() && *word == place.context => refused(
                &format!(
                    "{} is not known to be on this machine: changes there need more than --yes",
                    context_of(place)
                ),
                [format!("add `--docker-context {} --allow-remote --yes` for this request", place.context).as_str()],
            ),
            (Some(Demand::Type { word, .. }), Some(place))
                if is_foreign(place) && *word == place.context && plans.iter().all(Plan::opens_a_way) =>
            {
                refused(
                    &format!(
                        "{} is not known to be local: a way into its pods needs more than --yes",
                        context_of(place)
                    ),
                    [
                        format!("add `--context {} --allow-remote` for this request", place.context).as_str(),
                        "`todo-agent trust cluster` once, if it is yours",
                    ],
                )
            }
            (Some(Demand::Type { word, .. }), Some(place)) if is_foreign(place) && *word == place.context => refused(
                &format!("{} is not known to be local: changes there need more than --yes", context_of(place)),
                [
                    format!("add `--context {} --allow-remote --yes` for this request", place.context).as_str(),
                    "`todo-agent trust cluster` once, if it is yours to change",
                ],
            ),
            (Some(Demand::Type { word, why }), _) => refused(
                &format!("{why}: --yes does not allow that"),
                [format!("add `--allow-destroy {}`", word.rsplit('/').next().unwrap_or(word)).as_str()],
            ),
            _ if self.options.yes
                && let Some(reading) = supposed(plans) =>
            {
                refused(
                    &format!(
                        "nothing is called “{}”; it was taken for {}, and --yes is no yes to that",
                        reading.said, reading.means
                    ),
                    [
                        format!("name it: {}", reading.means).as_str(),
                        "`--dry-run` shows what would be changed",
                    ],
                )
            }
            _ => refused(
                "a change needs a yes, and there is no terminal to ask at: nothing was changed",
                ["add `--yes` to approve it, or `--dry-run` to see it only"],
            ),
        }
    }
}

impl Guard {
    /// `--yes` was said to what was shown, and this was not.
    async fn judge_call(&self, place: &Place, asks: &Asks, replaceable: bool) -> crate::domain::failure::Result<Ruling> {
        let refused = |reason: &str| Ok(Ruling::Refused { reason: reason.to_owned() });
        let Some(somebody) = &self.somebody else {
            return refused("it was not shown before, and nobody is there to be asked; --yes does not widen what was approved");
        };
        let demand = match demand(&self.options, place, asks) {
            Ok(demand) => demand,
            Err(reason) => return refused(reason),
        };
        self.recorder.ready()?;
        Ok(match somebody.allow(asks, demand, replaceable).await? {
            Answer::Yes => Ruling::Allowed,
            Answer::No => Ruling::Declined,
            Answer::Instead => Ruling::Stopped,
        })
    }
}

/// A name in what is to be changed that its words only make likely.
fn supposed(plans: &[Plan]) -> Option<&NameReading> {
    let changing = plans.iter().filter(|plan| !plan.changes_nothing());
    changing
        .flat_map(|plan| &plan.intent.readings_of_names)
        .find(|reading| reading.supposed)
}

/// What a call that nobody approved needs, or why no yes allows it.
fn demand(options: &RequestOptions, place: &Place, asks: &Asks) -> Result<Demand, &'static str> {
    if is_foreign(place) && !may_reach(options, place) {
        return match asks.risk {
            risk if risk > Risk::Change => Err("the cluster is not known to be local"),
            // The word that was typed was for the plan, and this is not in it.
            Risk::Change => Ok(Demand::Type {
                word: place.context.clone(),
                why: format!("{} is not known to be local", context_of(place)),
            }),
            _ => Ok(Demand::Yes),
        };
    }
    if asks.risk <= Risk::Change || asks.risk == Risk::RunCode {
        return Ok(Demand::Yes);
    }
    let change = asks.change.as_ref();
    if let Some(many) = change.filter(|change| change.takes_collection()) {
        // There is no name to type.
        let count = many.diff.len();
        return Ok(Demand::Type {
            word: count.to_string(),
            why: format!("{count} of the {} would be lost", many.draft.object.kind.plural),
        });
    }
    // What could not be tried is no smaller for it.
    let object = change.map(|change| &change.draft.object);
    let word = object.map_or_else(|| asks.named(), |object| object.name.as_str()).to_owned();
    let goes = asks.risk == Risk::Destroy || asks.what.starts_with("delete");
    let why = match asks.risk {
        _ if goes => format!("{word} would be lost, or what it guards"),
        Risk::Escalate => "it would give rights, decide over changes, or reach a node".to_owned(),
        _ => format!("it is not known what this does to {word}"),
    };
    let whole = object.map_or_else(|| asks.what.clone(), ToString::to_string);
    Ok(Demand::Type {
        word: unmistakable(&word, &whole),
        why,
    })
}

/// What is typed as a yes. A tool chooses the names of what it makes, and a name that is an answer would turn a no into a yes: then
/// the name with its kind is typed.
fn unmistakable(name: &str, whole: &str) -> String {
    let others = ["yes", "stop", "cancel", "builtin", "built-in"];
    let is_answer = name.chars().count() < 2 || said::is_no(name) || others.iter().any(|answer| name.eq_ignore_ascii_case(answer));
    if is_answer { whole } else { name }.to_owned()
}

impl Approve for Guard {
    fn decide<'a>(&'a self, plans: &'a [Plan]) -> Later<'a, Decision> {
        Box::pin(self.judge(plans))
    }

    fn rule<'a>(&'a self, place: &'a Place, asks: &'a Asks, replaceable: bool) -> Later<'a, Ruling> {
        Box::pin(self.judge_call(place, asks, replaceable))
    }
}

/// More than one object that could be made again is lost.
fn is_grave(change: &Change) -> bool {
    let object = change.draft.object.clone();
    if Noun::of(&object) == Some(Noun::Volume) {
        return change.draft.subresource.starts_with("remove");
    }
    change.draft.takes_claims_along() || change.takes_away() && Delete { object }.is_grave()
}

/// `--context NAME --allow-remote` names this very context; that of an engine is a context of docker. A context of a file was
/// named by nobody.
pub(super) fn may_reach(options: &RequestOptions, place: &Place) -> bool {
    let named = if place.is_engine() {
        options.docker_context.as_ref()
    } else {
        options.context.as_ref().filter(|_| options.names_cluster)
    };
    options.allow_remote && named == Some(&place.context)
}

pub(super) fn is_foreign(place: &Place) -> bool {
    place.locality == Locality::Remote
}

fn context_of(place: &Place) -> String {
    if place.is_engine() {
        return format!("the Docker Engine at {}", place.server);
    }
    format!("the cluster of context \"{}\"", place.context)
}

fn refused<'a>(reason: &str, hints: impl IntoIterator<Item = &'a str>) -> Decision {
    Decision::Refused {
        reason: reason.to_owned(),
        hints: hints.into_iter().map(str::to_owned).collect(),
    }
}

#[cfg(test)]
mod tests;

//! The context guard: who may say yes to a change, and where. The only policy there is; `--yes` is read here alone.

use std::sync::Arc;

use crate::{
    domain::{
        docker::Noun,
        errand::{Asks, Ruling},
        intent::NameReading,
        place::{Locality, Place},
        plan::{Approver, Change, Decision, Plan},
        ports::{Later, approve::Approve},
        proposal::Proposal,
        request::RequestOptions,
        risk::Risk,
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
            } else if plan.risk >= Risk::RunCode {
                demands.extend(self.destroyed(plan).map(|word| Demand::Type {
                    word: word.to_owned(),
                    why: format!("{word} will be taken away"),
                }));
            }
        }
        demands.dedup();
        demands
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
            Some(Demand::Type { word, why })
        })
    }

    fn destroyed<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = &'a str> {
        plan.changes
            .iter()
            .filter(|change| plan.risk == Risk::RunCode || is_grave(change))
            .map(|change| change.draft.object.name.as_str())
            .filter(|name| !self.options.allow_destroy.iter().any(|allowed| allowed == name))
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
                [format!("add `--allow-destroy {word}`").as_str()],
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
    let object = change.map(|change| change.draft.object.name.as_str());
    let word = object.unwrap_or_else(|| asks.named()).to_owned();
    let goes = asks.risk == Risk::Destroy || asks.what.starts_with("delete");
    let why = match asks.risk {
        _ if goes => format!("{word} would be lost, or what it guards"),
        Risk::Escalate => "it would give rights, decide over changes, or reach a node".to_owned(),
        _ => format!("it is not known what this does to {word}"),
    };
    Ok(Demand::Type { word, why })
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
mod tests {
    use super::*;

    #[test]
    fn what_nobody_approved_needs_a_word_where_something_is_lost_or_the_cluster_is_far() {
        use crate::domain::{
            field::{FieldChange, FieldPath},
            kind::Kind,
            object::ObjectRef,
            plan::{Draft, How},
        };
        let place = |locality| Place {
            locality,
            context: "prod".to_owned(),
            server: String::new(),
            namespace: "default".to_owned(),
            uid: None,
            version: None,
        };
        let asks = |risk, change: Option<Change>| Asks {
            tool: "t".to_owned(),
            what: "delete namespaces/todo".to_owned(),
            namespace: None,
            risk,
            change: change.map(Box::new),
            request: None,
            command: Vec::new(),
            why: String::new(),
        };
        let gone = |name: &str, names: &[&str]| {
            let diff = names.iter().map(|name| FieldChange {
                field: FieldPath::keys(&["metadata", "name"]),
                before: Some((*name).into()),
                after: None,
            });
            let object = ObjectRef {
                kind: Kind::deployment(),
                namespace: Some("default".to_owned()),
                name: name.to_owned(),
                uid: None,
            };
            Change {
                draft: Draft {
                    step: None,
                    object,
                    subresource: String::new(),
                    how: How::Delete,
                    edits: Vec::new(),
                    before: serde_json::Value::Null,
                },
                after: serde_json::Value::Null,
                diff: diff.collect(),
                reversal: None,
            }
        };
        let told = |locality, asks: &Asks| match demand(&RequestOptions::default(), &place(locality), asks) {
            Ok(Demand::Yes) => "y".to_owned(),
            Ok(Demand::Type { word, .. }) => word,
            Err(why) => why.to_owned(),
        };
        let far = "the cluster is not known to be local";
        for (risk, change, near, remote) in [
            (Risk::SecretRead, None, "y", "y"),
            (Risk::Change, None, "y", "prod"),
            (Risk::RunCode, None, "y", far),
            (Risk::Destroy, None, "todo", far),
            (Risk::Destroy, Some(gone("web", &["web"])), "web", far),
            (Risk::Destroy, Some(gone("*", &["a", "b", "c"])), "3", far),
        ] {
            let asks = asks(risk, change);
            assert_eq!(
                (told(Locality::Minikube, &asks).as_str(), told(Locality::Remote, &asks).as_str()),
                (near, remote),
                "{asks:?}"
            );
        }
    }

    #[test]
    fn the_word_is_the_name_of_the_object_and_the_reason_what_would_become_of_it() {
        let place = Place {
            locality: Locality::Minikube,
            context: "dev".to_owned(),
            server: String::new(),
            namespace: "default".to_owned(),
            uid: None,
            version: None,
        };
        for (risk, what, word, why) in [
            (
                Risk::Destroy,
                "delete namespaces/todo",
                "todo",
                "todo would be lost, or what it guards",
            ),
            (
                Risk::Destroy,
                "create pods/web/eviction",
                "web",
                "web would be lost, or what it guards",
            ),
            (
                Risk::Destroy,
                "update namespaces/todo/finalize",
                "todo",
                "todo would be lost, or what it guards",
            ),
            (
                Risk::Escalate,
                "delete validatingwebhookconfigurations/guard",
                "guard",
                "guard would be lost, or what it guards",
            ),
            (
                Risk::Escalate,
                "create pods",
                "pods",
                "it would give rights, decide over changes, or reach a node",
            ),
            (
                Risk::Escalate,
                "patch pods/web/ephemeralcontainers",
                "web",
                "it would give rights, decide over changes, or reach a node",
            ),
            (
                Risk::Unknown,
                "create pods/web/binding",
                "web",
                "it is not known what this does to web",
            ),
            (
                Risk::Unknown,
                "post /debug/flags",
                "flags",
                "it is not known what this does to flags",
            ),
        ] {
            let asks = Asks {
                tool: "t".to_owned(),
                what: what.to_owned(),
                namespace: None,
                risk,
                change: None,
                request: None,
                command: Vec::new(),
                why: String::new(),
            };
            let expected = Demand::Type {
                word: word.to_owned(),
                why: why.to_owned(),
            };
            assert_eq!(demand(&RequestOptions::default(), &place, &asks), Ok(expected), "{what}");
        }
    }

    #[test]
    fn what_is_far_is_open_only_to_who_typed_its_context() {
        let place = |context: &str, namespace: &str| Place {
            locality: Locality::Remote,
            context: context.to_owned(),
            server: String::new(),
            namespace: namespace.to_owned(),
            uid: None,
            version: None,
        };
        let (cluster, engine) = (place("prod", "default"), place("far", ""));
        let options = |context: Option<&str>, typed: bool, docker: Option<&str>| RequestOptions {
            context: context.map(str::to_owned),
            names_cluster: typed,
            docker_context: docker.map(str::to_owned),
            allow_remote: true,
            ..RequestOptions::default()
        };
        for (options, reached) in [
            (options(Some("prod"), true, None), (true, false)),
            (options(Some("prod"), false, Some("far")), (false, true)),
            (options(Some("far"), true, Some("prod")), (false, false)),
            (options(Some("prod"), true, Some("far")), (true, true)),
        ] {
            assert_eq!(
                (may_reach(&options, &cluster), may_reach(&options, &engine)),
                reached,
                "{options:?}"
            );
        }
    }
}

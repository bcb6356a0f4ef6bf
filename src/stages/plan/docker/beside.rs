//! What the other parts of the same request do on the engine: each plan is told from what is there now, before any is done.

use crate::{
    domain::{
        docker::{DockerStep, Noun},
        failure::{Failure, FailureKind},
        intent::Intent,
        object::ObjectRef,
        risk::Risk,
        step::Step,
    },
    stages::plan::Planner,
};

impl Planner {
    /// "Stop web and then start it": told before anything is done, the second would be wrong about what it finds.
    #[must_use]
    pub fn changes_one_twice(&self, intents: &[Intent]) -> Option<Failure> {
        let steps: Vec<DockerStep> = intents.iter().flat_map(|intent| self.on_engine(intent)).collect();
        let object = changed_twice(&steps)?;
        let what = format!("two parts of the request change {object}, and the second depends on the first; nothing was changed");
        Some(Failure::new(FailureKind::Unclear, what).hint("say them as two requests, one after the other"))
    }

    /// The names of images that the request takes away.
    pub(super) fn names_that_go(&self, intents: &[Intent]) -> Vec<String> {
        let steps = intents.iter().flat_map(|intent| self.on_engine(intent));
        let removed = steps.filter_map(|step| match step {
            DockerStep::Remove(remove) if Noun::of(&remove.object) == Some(Noun::Image) => Some(remove.object.name),
            _ => None,
        });
        removed.collect()
    }

    fn on_engine(&self, intent: &Intent) -> Vec<DockerStep> {
        let steps = self
            .playbooks
            .get(&intent.playbook)
            .and_then(|playbook| playbook.steps(intent).ok());
        let docker = |step| match step {
            Step::Docker(step) => Some(step),
            _ => None,
        };
        steps.into_iter().flatten().filter_map(docker).collect()
    }
}

fn changed_twice(steps: &[DockerStep]) -> Option<&ObjectRef> {
    // An image that is given another name stays what it is.
    let changes = steps
        .iter()
        .filter(|step| step.risk() > Risk::Read && !matches!(step, DockerStep::Tag(_)));
    let changed: Vec<&ObjectRef> = changes.filter_map(DockerStep::target).collect();
    let mut later = changed.iter().enumerate();
    let again = later.find(|(n, object)| changed.iter().take(*n).any(|earlier| earlier.same_name(object)));
    again.map(|(_, object)| *object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::docker::{Inspect, OfContainer, Tag};

    #[test]
    fn what_changes_one_object_twice_is_seen_before_anything_is_told_of_it() {
        let container = |name: &str| Noun::Container.named(name, None);
        let stop = |name: &str| {
            DockerStep::Stop(OfContainer {
                container: container(name),
            })
        };
        let start = |name: &str| {
            DockerStep::Start(OfContainer {
                container: container(name),
            })
        };
        let tag = |tag: &str| {
            DockerStep::Tag(Tag {
                image: Noun::Image.named("own:1", None),
                tag: tag.to_owned(),
            })
        };
        let inspect = DockerStep::Inspect(Inspect { object: container("web") });
        assert_eq!(changed_twice(&[stop("web"), start("db"), start("web")]), Some(&container("web")));
        assert_eq!(changed_twice(&[stop("web"), start("db")]), None);
        assert_eq!(changed_twice(&[stop("web"), inspect]), None);
        assert_eq!(changed_twice(&[tag("own:2"), tag("own:3")]), None);
    }
}

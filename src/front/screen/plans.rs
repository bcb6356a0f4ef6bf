//! What was heard of the plans of a request: what it touches, and where.

use std::collections::BTreeSet;

use crate::domain::{docker::Noun, event::Event, object::ObjectRef, risk::Risk, step::Step};

/// Objects that an end in doubt names.
const MOST_LOOKS: usize = 3;

/// What was heard of the plans of the request that is being walked. They are told all at once, before anything is done.
#[derive(Debug, Default)]
pub struct Plans {
    heard: bool,
    act: bool,
    /// A log is followed: each line is news.
    follow: bool,
    objects: Vec<ObjectRef>,
    /// The namespace that is meant where none is named.
    home: Option<String>,
    /// Namespaces that the plans look at or change something in.
    namespaces: BTreeSet<String>,
}

impl Plans {
    pub fn hear(&mut self, event: &Event) {
        match event {
            Event::Requested { .. } => *self = Self::default(),
            Event::Met { place } => self.home = Some(place.namespace.clone()),
            Event::Planned { plan } => {
                self.heard = true;
                self.act |= plan.risk > Risk::Read || !plan.changes.is_empty();
                self.follow |= plan.reads.iter().any(Step::follows);
                self.objects.extend(plan.changes.iter().map(|change| change.draft.object.clone()));
                let read = plan.reads.iter().filter_map(Step::target);
                let changed = plan.changes.iter().map(|change| &change.draft.object);
                self.namespaces
                    .extend(read.chain(changed).filter_map(|object| object.namespace.clone()));
            }
            _ => {}
        }
    }

    /// Plans are known, and none acts.
    pub const fn are_reads(&self) -> bool {
        self.heard && !self.act
    }

    /// A log is followed: pressing Ctrl-C is how one stops that, and each line must be out as soon as it came.
    pub const fn follow(&self) -> bool {
        self.follow
    }

    /// The namespace that is meant where none is named.
    pub fn home(&self) -> Option<&str> {
        self.home.as_deref()
    }

    /// How to see what became of a change that nobody waited for.
    pub fn looks(&self) -> impl Iterator<Item = String> + '_ {
        let look = |object: &ObjectRef| match Noun::of(object) {
            Some(_) => format!("Look with `todo-agent \"docker inspect {}\"`.", object.name),
            None => format!("Look with {}.", object.request("describe", self.home.as_deref())),
        };
        self.objects.iter().take(MOST_LOOKS).map(look)
    }

    /// The namespace of what is spoken of, where it is one and not the one that is meant by default.
    pub fn elsewhere(&self) -> Option<&str> {
        let mut namespaces = self.namespaces.iter();
        let only = namespaces.next().filter(|_| namespaces.next().is_none())?;
        (self.home.as_ref() != Some(only)).then_some(only.as_str())
    }
}

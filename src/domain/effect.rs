//! What is known of the changes of a request that is under way.

use super::{event::Event, risk::Risk};

/// Heard from the stream of events, so that a request that is broken off says what is so and no more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// A change was carried out.
    pub made: bool,
    /// A change was begun and its end was not told: it may have been made or not.
    pub open: bool,
    /// It was stopped, and that was told: no change begins any more.
    pub over: bool,
}

impl Effect {
    pub fn hear(&mut self, event: &Event) {
        match event {
            Event::Changing { .. } => self.open = true,
            Event::Called {
                call, risk, granted: true, ..
            } if !call.dry_run && *risk > Risk::SecretRead && call.subresource != "portforward" => self.open = true,
            Event::Did { .. } => {
                self.made = true;
                self.open = false;
            }
            // The server says no to what it was sent: that did not happen.
            Event::Replied { status: 400..500, .. } => self.open = false,
            _ => {}
        }
    }

    /// What a record or a document says of an end that is not known.
    #[must_use]
    pub fn doubt(self) -> Option<&'static str> {
        self.open.then_some("A change was sent; whether it was made is not known.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{execution::Done, kind::Kind, object::ObjectRef, risk::Call};

    fn effect(events: &[Event]) -> (bool, bool) {
        let mut effect = Effect::default();
        events.iter().for_each(|event| effect.hear(event));
        (effect.made, effect.open)
    }

    #[test]
    fn a_change_that_was_begun_is_neither_made_nor_not_made_until_its_end_is_told() {
        let changing = Event::Changing {
            title: "scale deployment/todo-backend".to_owned(),
            cluster: None,
            reversals: Vec::new(),
            lasting: Vec::new(),
            announced: None,
        };
        let called = |method: &str, query: &str, risk| Event::Called {
            call: Call::parse(method, "/apis/apps/v1/namespaces/default/deployments/todo-backend/scale", query),
            risk,
            granted: true,
        };
        let did = Event::Did {
            done: Done {
                object: ObjectRef {
                    kind: Kind::deployment(),
                    namespace: None,
                    name: "todo-backend".to_owned(),
                    uid: None,
                },
                what: "scaled".to_owned(),
                changed: Vec::new(),
                millis: 1,
                after: serde_json::Value::Null,
            },
        };
        let read = called("GET", "", Risk::Read);
        let preview = called("PATCH", "dryRun=All", Risk::Change);
        let sent = called("PATCH", "", Risk::Change);
        assert_eq!(effect(&[read.clone(), preview]), (false, false));
        assert_eq!(effect(std::slice::from_ref(&changing)), (false, true));
        assert_eq!(effect(&[changing.clone(), sent.clone(), did.clone(), read]), (true, false));
        assert_eq!(effect(&[changing.clone(), sent.clone(), did, sent.clone()]), (true, true));
        let replied = |status| Event::Replied {
            summary: "patch deployments/todo-backend/scale".to_owned(),
            status,
            millis: 1,
        };
        assert_eq!(effect(&[changing.clone(), sent.clone(), replied(403)]), (false, false));
        assert_eq!(effect(&[changing, sent, replied(504)]), (false, true));
    }
}

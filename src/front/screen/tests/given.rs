//! Events to show, and the paper that they are shown on.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use serde_json::json;

use super::super::{Form, Screen, document::Ending, given::Given, look::Look, pen::Pen, text::Manner};
use crate::{
    app::veil::Veil,
    domain::{
        event::Event,
        execution::Done,
        field::difference,
        finding::{Finding, Severity},
        intent::{Amount, Intent, NameReading},
        kind::Kind,
        object::ObjectRef,
        place::{Locality, Place},
        plan::{Approver, Change, Decision, Draft, Plan},
        ports::record::Record,
        request::{Request, RequestOptions},
        risk::Risk,
        route::{PassedOver, Route},
        step::{Scale, Step, Undoing},
        verification::{IsAvailable, Observation, PostCondition, Verdict, Verification},
    },
};

/// Everything that was written, to both streams, in order.
#[derive(Clone, Default)]
pub(super) struct Paper(pub(super) Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Paper {
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// What a terminal shows of these events.
pub(super) fn shown(look: Look, manner: Manner, events: Vec<Event>) -> String {
    let paper = Paper::default();
    let pens = [0, 1].map(|_| Pen::new(look, Box::new(paper.clone())));
    let [out, err] = pens;
    let screen = Screen::with_pens(Form::Text, out, err, Veil::default(), manner);
    for event in events {
        screen.record(event).unwrap();
    }
    screen.close(&Ending {
        record: Some("20260102-030405-scale".to_owned()),
        ..Ending::default()
    });
    paper.text()
}

pub(super) const YES: Manner = Manner {
    verbose: false,
    quiet: false,
    preview_is_answer: true,
    given: Given {
        context: None,
        docker_context: None,
        namespace: None,
        state_dir: None,
        chat: false,
    },
};

pub(super) fn object(kind: Kind, name: &str) -> ObjectRef {
    ObjectRef {
        kind,
        namespace: Some("default".to_owned()),
        name: name.to_owned(),
        uid: None,
    }
}

pub(super) fn backend() -> ObjectRef {
    object(Kind::deployment(), "todo-backend")
}

pub(super) fn place(locality: Locality) -> Place {
    Place {
        locality,
        context: if locality == Locality::Embedded { "embedded" } else { "minikube" }.to_owned(),
        server: String::new(),
        namespace: "default".to_owned(),
        uid: Some("u".to_owned()),
        version: None,
    }
}

pub(super) fn plan(locality: Locality) -> Plan {
    let spec = |replicas: u32| json!({"kind": "Deployment", "spec": {"replicas": replicas}});
    Plan {
        intent: Intent {
            playbook: "scale".to_owned(),
            clause: "scale backend to 3".to_owned(),
            slots: std::collections::BTreeMap::new(),
            readings_of_names: vec![NameReading {
                said: "backend".to_owned(),
                means: "deployment/todo-backend".to_owned(),
                supposed: false,
            }],
            keeps: false,
        },
        title: "scale deployment/todo-backend".to_owned(),
        place: place(locality),
        route: Route {
            tool: "builtin".to_owned(),
            version: None,
            why: None,
            passed_over: vec![PassedOver {
                tool: "kubectl-ai".to_owned(),
                reason: "OPENAI_API_KEY is not set".to_owned(),
                found: true,
                asked: false,
            }],
        },
        risk: Risk::Change,
        reads: Vec::new(),
        changes: vec![Change {
            draft: Draft {
                step: Some(Step::Scale(Scale {
                    workload: backend(),
                    replicas: Amount::Exactly(3),
                })),
                object: backend(),
                subresource: "scale".to_owned(),
                how: crate::domain::plan::How::Patch,
                edits: Vec::new(),
                before: spec(2),
            },
            after: spec(3),
            diff: difference(&spec(2), &spec(3)),
            reversal: None,
        }],
        verify: Vec::new(),
        undoing: Undoing::Restore,
        notes: Vec::new(),
        equivalent: vec!["kubectl scale deployment/todo-backend --replicas=3".to_owned()],
        open: false,
        proposed: None,
    }
}

pub(super) fn asked() -> Event {
    Event::Requested {
        request: Request {
            text: "scale backend to 3".to_owned(),
            options: RequestOptions::default(),
        },
        version: "0.1.0".to_owned(),
    }
}

pub(super) fn available(verdict: Verdict, saw: &str, millis: u64) -> Observation {
    Observation {
        condition: PostCondition::Available(IsAvailable { workload: backend() }),
        verdict,
        saw: saw.to_owned(),
        millis,
    }
}

pub(super) fn begun(locality: Locality) -> Vec<Event> {
    vec![
        asked(),
        Event::Met { place: place(locality) },
        Event::Planned {
            plan: Box::new(plan(locality)),
        },
        Event::Decided {
            title: "scale deployment/todo-backend".to_owned(),
            decision: Decision::approved(Approver::Policy),
        },
        Event::Changing {
            title: "scale deployment/todo-backend".to_owned(),
            cluster: None,
            reversals: Vec::new(),
            lasting: Vec::new(),
            announced: None,
        },
        Event::Did {
            done: Done {
                object: backend(),
                what: "replicas set to 3".to_owned(),
                changed: Vec::new(),
                millis: 9,
                after: json!({}),
            },
        },
        Event::Progress {
            observation: available(Verdict::Pending, "2 of 3 replicas available", 20),
        },
        Event::Progress {
            observation: available(Verdict::Pending, "2 of 3 replicas available", 40),
        },
    ]
}

pub(super) fn verified() -> Vec<Event> {
    let seen = available(Verdict::Holds, "3 of 3 replicas available", 1432);
    vec![
        Event::Progress { observation: seen.clone() },
        Event::Verified {
            verification: Verification {
                observations: vec![seen],
                findings: Vec::new(),
                left: None,
                gone: false,
            },
        },
        Event::Ended {
            exit_code: 0,
            changed: true,
            verified: true,
        },
    ]
}

pub(super) fn image_finding() -> Finding {
    Finding {
        code: "T101".to_owned(),
        severity: Severity::Error,
        object: object(Kind::pod(), "todo-backend-7d4b-k2x9"),
        workload: Some(backend()),
        what: "cannot pull todo-backend:v2: not found on the node".to_owned(),
        evidence: vec!["Failed to pull image".to_owned()],
        hints: vec!["load the image with `minikube image load todo-backend:v2`".to_owned()],
        lasting: true,
    }
}

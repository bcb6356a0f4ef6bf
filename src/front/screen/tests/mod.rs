//! Whole screens from synthetic events.

mod answers;
mod machines;

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

use super::{
    Form, Screen,
    document::Ending,
    given::Given,
    look::{Look, tests::terminal},
    pen::Pen,
    text::Manner,
};
use crate::{
    app::veil::Veil,
    domain::{
        answer::{Answer, HealthAnswer, LogLine, OverviewAnswer, PodState, ServiceState, Unseen, WorkloadState},
        effect::Effect,
        errand::Asks,
        event::Event,
        execution::Done,
        failure::{Failure, FailureKind},
        field::{FieldChange, FieldPath, difference},
        finding::{Finding, Severity},
        held::AsSent,
        intent::{Amount, Intent, NameReading},
        kind::Kind,
        object::ObjectRef,
        place::{Locality, Place},
        plan::{Approver, Change, Decision, Draft, How, Plan},
        ports::record::Record,
        request::{Request, RequestOptions},
        risk::Risk,
        route::{PassedOver, Route},
        step::{Logs, Scale, Step, Undoing},
        verification::{IsAvailable, Observation, PostCondition, Verdict, Verification},
    },
};

/// Everything that was written, to both streams, in order.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

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
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// What a terminal shows of these events.
fn shown(look: Look, manner: Manner, events: Vec<Event>) -> String {
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

const YES: Manner = Manner {
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

fn object(kind: Kind, name: &str) -> ObjectRef {
    ObjectRef {
        kind,
        namespace: Some("default".to_owned()),
        name: name.to_owned(),
        uid: None,
    }
}

fn backend() -> ObjectRef {
    object(Kind::deployment(), "todo-backend")
}

fn place(locality: Locality) -> Place {
    Place {
        locality,
        context: if locality == Locality::Embedded { "embedded" } else { "minikube" }.to_owned(),
        server: String::new(),
        namespace: "default".to_owned(),
        uid: Some("u".to_owned()),
        version: None,
    }
}

fn plan(locality: Locality) -> Plan {
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

fn asked() -> Event {
    Event::Requested {
        request: Request {
            text: "scale backend to 3".to_owned(),
            options: RequestOptions::default(),
        },
        version: "0.1.0".to_owned(),
    }
}

fn available(verdict: Verdict, saw: &str, millis: u64) -> Observation {
    Observation {
        condition: PostCondition::Available(IsAvailable { workload: backend() }),
        verdict,
        saw: saw.to_owned(),
        millis,
    }
}

fn begun(locality: Locality) -> Vec<Event> {
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

fn verified() -> Vec<Event> {
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

fn image_finding() -> Finding {
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

#[test]
fn a_change_on_a_real_cluster() {
    let events = [begun(Locality::Minikube), verified()].concat();
    assert_eq!(
        shown(terminal(80, true), YES, events),
        r"
  scale deployment/todo-backend (“backend”)           minikube · default
    replicas  2 → 3
    kubectl-ai found, not used: OPENAI_API_KEY is not set
    can be taken back

  ✓ replicas set to 3
  … 2 of 3 replicas available
  ✓ 3 of 3 replicas available                                      1.4 s
Verified. Take it back with `todo-agent undo`.
Record: 20260102-030405-scale
"
    );
}

#[test]
fn a_change_on_the_embedded_cluster_in_forty_columns_of_ascii() {
    let events = [begun(Locality::Embedded), verified()].concat();
    assert_eq!(
        shown(terminal(40, false), YES, events),
        r#"Embedded cluster, simulated: nothing
  real is touched.

  scale deployment/todo-backend
    ("backend")
    embedded - default
    replicas  2 -> 3
    kubectl-ai found, not used:
    OPENAI_API_KEY is not set
    can be taken back

  ok replicas set to 3
  ... 2 of 3 replicas available
  ok 3 of 3 replicas available     1.4 s
Verified on the embedded (simulated)
  cluster. Take it back with
  `todo-agent undo`.
Record: 20260102-030405-scale
"#
    );
}

#[test]
fn a_change_that_went_wrong() {
    let failed = vec![
        Event::Verified {
            verification: Verification {
                observations: vec![available(Verdict::Fails, "1 of 3 replicas available after 60 s", 60_000)],
                findings: vec![image_finding()],
                left: Some("the new version does not start; the old pods still serve".to_owned()),
                gone: false,
            },
        },
        Event::Failed {
            failure: Failure::new(FailureKind::NotVerified, "the new version does not start; the old pods still serve")
                .hint("load the image with `minikube image load todo-backend:v2`"),
        },
        Event::Ended {
            exit_code: 1,
            changed: true,
            verified: false,
        },
    ];
    let events = [begun(Locality::Minikube), failed].concat();
    let screen = shown(terminal(80, true), YES, events);
    assert_eq!(
        screen.split_once("available\n").unwrap().1,
        r"  ✗ 1 of 3 replicas available after 60 s
      ✗ todo-backend-7d4b-k2x9  cannot pull todo-backend:v2: not found on the
          node [T101]
          “Failed to pull image”
Not done: the new version does not start; the old pods still serve.
Next: `todo-agent undo`
      load the image with `minikube image load todo-backend:v2`
Record: 20260102-030405-scale
"
    );
}

#[test]
fn what_is_gone_is_not_said_to_be_taken_back_and_a_step_is_told_once() {
    let gone = "deployment/todo-backend was deleted";
    let look = "`todo-agent overview`";
    let failed = vec![
        Event::Verified {
            verification: Verification {
                observations: vec![available(Verdict::Fails, gone, 900)],
                findings: Vec::new(),
                left: Some(format!("Cannot be verified: {gone}.")),
                gone: true,
            },
        },
        Event::Failed {
            failure: Failure::new(FailureKind::NotVerified, format!("Cannot be verified: {gone}."))
                .hint(look)
                .hint(look),
        },
    ];
    let screen = shown(terminal(80, true), YES, [begun(Locality::Minikube), failed].concat());
    assert_eq!(
        screen.split_once("available\n").unwrap().1,
        "  ✗ deployment/todo-backend was deleted
Not done: Cannot be verified: deployment/todo-backend was deleted.
Next: `todo-agent overview`
Record: 20260102-030405-scale
"
    );
}

#[test]
fn a_change_that_was_not_approved_is_no_error() {
    let events = vec![
        asked(),
        Event::Decided {
            title: String::new(),
            decision: Decision::Declined,
        },
        Event::Failed {
            failure: Failure::new(FailureKind::Refused, "not approved: nothing was changed"),
        },
        Event::Ended {
            exit_code: 3,
            changed: false,
            verified: false,
        },
    ];
    assert_eq!(
        shown(terminal(80, true), Manner::default(), events),
        "Not approved: nothing was changed.\n"
    );
}

/// What could not be tried is shown as it would be sent, and no text of it moves the cursor or passes for a line of ours.
#[test]
fn a_call_of_a_tool_is_shown_whole_before_it_is_allowed() {
    let asks = Asks {
        tool: "kubectl-ai".to_owned(),
        what: "create pods/a/binding".to_owned(),
        namespace: Some("default".to_owned()),
        risk: Risk::Unknown,
        change: None,
        request: Some(AsSent {
            method: "POST".to_owned(),
            path: "/api/v1/namespaces/default/pods/a/binding?x=1".to_owned(),
            body: Some(json!({"target": {"name": "node"}})),
        }),
        command: ["sh", "-c", "a b"].map(str::to_owned).into(),
        why: "it is not known what this call does".to_owned(),
    };
    let names = ["a", "b"].map(|name| FieldChange {
        field: FieldPath::keys(&["metadata", "name"]),
        before: Some(name.into()),
        after: None,
    });
    let gone = Change {
        draft: Draft {
            step: None,
            object: object(Kind::deployment(), "*"),
            subresource: String::new(),
            how: How::Delete,
            edits: Vec::new(),
            before: Value::Null,
        },
        after: Value::Null,
        diff: names.into(),
        reversal: None,
    };
    let many = Asks {
        what: "deletecollection deployments".to_owned(),
        risk: Risk::Destroy,
        change: Some(Box::new(gone)),
        request: None,
        command: Vec::new(),
        why: "nobody approved it".to_owned(),
        ..asks.clone()
    };
    let events = [asks, many].map(|asks| Event::Held { asks: Box::new(asks) }).into();
    let text = shown(terminal(80, false), YES, events);
    let expected = "    create pods/a/binding in default
      POST /api/v1/namespaces/default/pods/a/binding?x=1
        target:
          name: node
      runs: sh -c 'a b'
      it is not known what this call does
    deployment/* in default
    - deployment/a
    - deployment/b
      nobody approved it
";
    assert!(text.starts_with(expected), "{text}");
}

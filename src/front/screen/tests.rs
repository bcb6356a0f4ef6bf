//! Whole screens from synthetic events.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use serde_json::json;

use super::{
    Form, Screen,
    document::Ending,
    look::{Look, tests::terminal},
    pen::Pen,
    text::Manner,
};
use crate::{
    app::veil::Veil,
    domain::{
        answer::{Answer, HealthAnswer, LogLine, OverviewAnswer, PodState, ServiceState, WorkloadState},
        effect::Effect,
        event::Event,
        execution::Done,
        failure::{Failure, FailureKind},
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
            }],
        },
        title: "scale deployment/todo-backend".to_owned(),
        place: place(locality),
        route: Route {
            tool: "builtin".to_owned(),
            version: None,
            passed_over: vec![PassedOver {
                tool: "kubectl-ai".to_owned(),
                reason: "OPENAI_API_KEY is not set".to_owned(),
                found: true,
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
            decision: Decision::Approved { by: Approver::Policy },
        },
        Event::Changing {
            title: "scale deployment/todo-backend".to_owned(),
            cluster: None,
            reversals: Vec::new(),
            lasting: Vec::new(),
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
    kubectl-ai found but not usable: OPENAI_API_KEY is not set
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
    kubectl-ai found but not usable:
    OPENAI_API_KEY is not set
    can be taken back

  ok replicas set to 3
  ... 2 of 3 replicas available
  ok 3 of 3 replicas available     1.4 s
Verified on the embedded (simulated)
  cluster. Take it back with `todo-agent
  undo`.
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

fn workload(name: &str, desired: u32, ready: u32) -> WorkloadState {
    let pod = |ready: bool, restarts| PodState {
        object: object(Kind::pod(), &format!("{name}-5f7c9-x8k2")),
        status: if ready { "Running" } else { "CrashLoopBackOff" }.to_owned(),
        ready,
        restarts,
        created: None,
        node: None,
    };
    WorkloadState {
        object: object(Kind::deployment(), name),
        desired,
        ready,
        updated: desired,
        available: ready,
        images: vec![format!("{name}:latest")],
        created: None,
        pods: vec![pod(ready == desired, if ready == desired { 0 } else { 6 })],
    }
}

fn crash() -> Finding {
    Finding {
        code: "T102".to_owned(),
        severity: Severity::Error,
        object: object(Kind::pod(), "todo-frontend-5f7c9-x8k2"),
        workload: Some(object(Kind::deployment(), "todo-frontend")),
        what: "crashes at start, 6 restarts, last exit 1".to_owned(),
        evidence: vec!["starting".to_owned(), "Error: BETTER_AUTH_SECRET is not set".to_owned()],
        hints: vec!["`todo-agent \"why does the frontend crash\"`".to_owned()],
        lasting: false,
    }
}

#[test]
fn health_says_what_is_wrong_first() {
    let health = |explain| {
        Answer::Health(HealthAnswer {
            subject: "4 pods in default".to_owned(),
            workloads: vec![workload("todo-backend", 2, 2), workload("todo-frontend", 2, 1)],
            lone_pods: Vec::new(),
            findings: vec![crash()],
            explain,
        })
    };
    let events = |explain| {
        vec![
            asked(),
            Event::Met {
                place: place(Locality::Minikube),
            },
            Event::Answered {
                answer: Box::new(health(explain)),
            },
        ]
    };
    assert_eq!(
        shown(terminal(80, true), Manner::default(), events(false)),
        r#"4 pods in default: pod/todo-frontend-5f7c9-x8k2 has a problem.
  minikube · default

  ✗ todo-frontend-5f7c9-x8k2  crashes at start, 6 restarts, last exit 1 [T102]
      “Error: BETTER_AUTH_SECRET is not set”

  todo-frontend  1 of 2 ready, 6 restarts
  todo-backend   2 of 2 ready

Next: `todo-agent "why does the frontend crash"`
"#
    );
    assert!(shown(terminal(80, true), Manner::default(), events(true)).contains("      “starting”\n"));
}

#[test]
fn an_overview_at_forty_columns() {
    let answer = Answer::Overview(OverviewAnswer {
        namespace: Some("default".to_owned()),
        workloads: vec![workload("todo-backend", 2, 2), workload("todo-frontend", 0, 0)],
        lone_pods: Vec::new(),
        services: vec![ServiceState {
            object: object(
                Kind::well_known().into_iter().find(|kind| kind.kind == "Service").unwrap(),
                "todo-backend",
            ),
            kind: "ClusterIP".to_owned(),
            ports: vec!["7860".to_owned()],
            endpoints: Some(2),
        }],
        findings: Vec::new(),
    });
    let events = vec![
        asked(),
        Event::Met {
            place: place(Locality::Minikube),
        },
        Event::Answered { answer: Box::new(answer) },
    ];
    assert_eq!(
        shown(terminal(40, false), Manner::default(), events),
        r"2 workloads, all healthy.
  minikube - default

  todo-backend   2 of 2 ready
  todo-frontend  scaled to 0

  service/todo-backend  ClusterIP 7860,
      2 ready pods behind it
"
    );
}

#[test]
fn the_text_of_a_cluster_cannot_steer_the_terminal() {
    let events = vec![
        asked(),
        Event::Line {
            line: LogLine {
                pod: "p".to_owned(),
                container: "c".to_owned(),
                text: "\x1b[2J\x1b[31mred\x1b[0m".to_owned(),
            },
        },
    ];
    assert_eq!(shown(terminal(80, true), Manner::default(), events), "[2J\x1b[31mred\x1b[0m\n");
}

#[test]
fn one_document_for_machines() {
    let paper = Paper::default();
    let [out, err] = [0, 1].map(|_| Pen::new(Look::plain(), Box::new(paper.clone())));
    let quiet = Manner { quiet: true, ..YES };
    let screen = Screen::with_pens(Form::Json, out, err, Veil::default(), quiet);
    for event in [begun(Locality::Embedded), verified()].concat() {
        screen.record(event).unwrap();
    }
    screen.close(&Ending {
        exit_code: 0,
        changed: Some(true),
        verified: true,
        record: Some("r".to_owned()),
    });
    let object = json!({"kind": "Deployment", "api_version": "apps/v1", "namespace": "default", "name": "todo-backend", "uid": null});
    let expected = json!({
        "schema": "todo-agent/v1",
        "exit_code": 0,
        "changed": true,
        "verified": true,
        "simulated": true,
        "record": "r",
        "version": "0.1.0",
        "request": "scale backend to 3",
        "place": {"cluster": "embedded", "context": "embedded", "locality": "embedded", "server": "", "namespace": "default", "uid": "u", "version": null},
        "plans": [{
            "title": "scale deployment/todo-backend",
            "playbook": "scale",
            "clause": "scale backend to 3",
            "names": [{"said": "backend", "means": "deployment/todo-backend"}],
            "tool": "builtin",
            "risk": "change",
            "undo": "restore",
            "reads": [],
            "changes": [{"object": object, "subresource": "scale", "fields": [{"field": "spec.replicas", "before": 2, "after": 3}]}],
            "notes": [],
            "equivalent": ["kubectl scale deployment/todo-backend --replicas=3"],
        }],
        "decision": {"approved": {"by": "policy"}},
        "done": [{"object": object, "what": "replicas set to 3", "changed": [], "millis": 9}],
        "verification": [{
            "holds": true,
            "observations": [{"object": object, "verdict": "holds", "saw": "3 of 3 replicas available", "millis": 1432}],
            "findings": [],
            "left": null,
        }],
    });
    let document: serde_json::Value = serde_json::from_str(&paper.text()).unwrap();
    assert_eq!(document, expected);
}

fn screen(form: Form) -> (Screen, Paper) {
    let paper = Paper::default();
    let [out, err] = [0, 1].map(|_| Pen::new(Look::plain(), Box::new(paper.clone())));
    (Screen::with_pens(form, out, err, Veil::default(), YES), paper)
}

#[test]
fn a_reader_that_goes_away_stops_no_change_whatever_the_form() {
    for form in [Form::Text, Form::Json, Form::Jsonl] {
        let (screen, _) = screen(form);
        let mut heard = Vec::new();
        let mut reading = plan(Locality::Embedded);
        reading.risk = Risk::Read;
        reading.changes.clear();
        let plans = [plan(Locality::Embedded), reading].map(|plan| Event::Planned { plan: Box::new(plan) });
        let [acting, reading] = plans;
        for event in [asked(), acting, reading.clone(), asked(), reading] {
            screen.record(event).unwrap();
            heard.push(screen.may_stop());
        }
        assert_eq!(heard, [false, false, false, false, true], "{form:?}");
    }
}

#[test]
fn ctrl_c_claims_nothing_of_a_change_that_was_sent() {
    let told = |form, events: usize| {
        let (screen, paper) = screen(form);
        let mut effect = Effect::default();
        for event in begun(Locality::Embedded).into_iter().take(events) {
            effect.hear(&event);
            screen.record(event).unwrap();
        }
        let before = paper.text().len();
        screen.interrupted(effect, Some("r"));
        paper.text().split_off(before)
    };
    assert_eq!(told(Form::Text, 4), "\nStopped: nothing was changed.\n");
    assert_eq!(
        told(Form::Text, 5),
        r#"
Stopped.
A change was sent; whether it was made is not known.
Look with `todo-agent "describe deployment/todo-backend" -n default`.
Take it back with `todo-agent undo`.
Record: r
"#
    );
    assert_eq!(
        told(Form::Text, 6),
        r"
Stopped. Done before, and not verified:
  deployment/todo-backend: replicas set to 3
Take it back with `todo-agent undo`.
Record: r
"
    );
    let changed = [4, 5, 6].map(|events| {
        let document: serde_json::Value = serde_json::from_str(&told(Form::Json, events)).unwrap();
        (document["changed"].clone(), document["notes"].clone())
    });
    assert_eq!(
        changed,
        [
            (json!(false), json!(null)),
            (json!(null), json!(["A change was sent; whether it was made is not known."])),
            (json!(true), json!(null)),
        ]
    );
}

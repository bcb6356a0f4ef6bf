//! Events as the flow records them.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use todo_agent::domain::{
    answer::{Answer, Column, Row, Table},
    event::Event,
    execution::Done,
    failure::{Failure, FailureKind},
    field::{FieldChange, FieldEdit, FieldPath},
    finding::{Finding, Severity},
    intent::{Amount, Intent, NameReading, Resolution, SlotValue},
    inventory::ToolStatus,
    kind::Kind,
    object::ObjectRef,
    place::{Locality, Place},
    plan::{Approver, Change, Decision, Draft, Plan},
    request::{Request, RequestOptions},
    risk::{Call, Risk},
    route::{PassedOver, Route},
    step::{List, Scale, Step, Undoing},
    undo::{Reversal, ReversedField},
    verification::{IsAvailable, Observation, PostCondition, Verdict, Verification},
};

pub fn start() -> Timestamp {
    "2026-11-23T18:45:02Z".parse().unwrap()
}

/// A clock that moves on by a tenth of a second each time it is asked.
pub fn clock() -> impl Fn() -> Timestamp + Send + Sync + 'static {
    let ticks = std::sync::atomic::AtomicI64::new(0);
    move || start() + SignedDuration::from_millis(100 * ticks.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
}

pub struct Story;

impl Story {
    pub fn requested(text: &str) -> Event {
        Event::Requested {
            request: Request {
                text: text.to_owned(),
                options: RequestOptions {
                    yes: true,
                    namespace: Some("todo".to_owned()),
                    ..RequestOptions::default()
                },
            },
            version: "0.1.0".to_owned(),
        }
    }

    pub fn place(locality: Locality) -> Place {
        Place {
            locality,
            context: if locality == Locality::Embedded { "embedded" } else { "minikube" }.to_owned(),
            server: String::new(),
            namespace: "todo".to_owned(),
            uid: Some("uid-of-kube-system".to_owned()),
            version: Some("v1.34.0".to_owned()),
        }
    }

    pub fn backend() -> ObjectRef {
        ObjectRef {
            kind: Kind::deployment(),
            namespace: Some("todo".to_owned()),
            name: "todo-backend".to_owned(),
            uid: Some("uid-of-backend".to_owned()),
        }
    }

    pub fn replicas(before: u32, after: u32) -> FieldChange {
        FieldChange {
            field: FieldPath::keys(&["spec", "replicas"]),
            before: Some(before.into()),
            after: Some(after.into()),
        }
    }

    pub fn plan(diff: Vec<FieldChange>) -> Plan {
        Plan {
            intent: Intent {
                playbook: "scale".to_owned(),
                clause: "scale backend to 3".to_owned(),
                slots: [
                    ("replicas".to_owned(), SlotValue::Count(Amount::Exactly(3))),
                    ("workload".to_owned(), SlotValue::Object(Self::backend())),
                ]
                .into(),
                readings_of_names: vec![NameReading {
                    said: "backend".to_owned(),
                    means: "deployment/todo-backend".to_owned(),
                    supposed: false,
                }],
                keeps: false,
            },
            title: "scale deployment/todo-backend".to_owned(),
            place: Self::place(Locality::Embedded),
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
                        workload: Self::backend(),
                        replicas: Amount::Exactly(3),
                    })),
                    object: Self::backend(),
                    subresource: "scale".to_owned(),
                    how: todo_agent::domain::plan::How::Patch,
                    edits: vec![FieldEdit {
                        field: FieldPath::keys(&["spec", "replicas"]),
                        to: Some(json!(3)),
                    }],
                    before: json!({"spec": {"replicas": 2}}),
                },
                after: json!({"spec": {"replicas": 3}}),
                diff,
                reversal: None,
            }],
            verify: vec![PostCondition::Available(IsAvailable { workload: Self::backend() })],
            undoing: Undoing::Restore,
            notes: Vec::new(),
            equivalent: vec!["kubectl scale deployment/todo-backend --replicas=3 -n todo".to_owned()],
            open: false,
            proposed: None,
        }
    }

    pub fn called(query: &str) -> Event {
        let call = Call::parse("PATCH", "/apis/apps/v1/namespaces/todo/deployments/todo-backend/scale", query);
        Event::Called {
            risk: call.risk(),
            call,
            granted: true,
        }
    }

    pub fn observed(verdict: Verdict, saw: &str, millis: u64) -> Observation {
        Observation {
            condition: PostCondition::Available(IsAvailable { workload: Self::backend() }),
            verdict,
            saw: saw.to_owned(),
            millis,
        }
    }

    /// What happens before the change is sent.
    pub fn begun() -> Vec<Event> {
        let plan = Self::plan(vec![Self::replicas(2, 3)]);
        vec![
            Self::requested("scale backend to 3"),
            Event::Met {
                place: Self::place(Locality::Embedded),
            },
            Event::Tools {
                tools: vec![ToolStatus {
                    name: "kubectl-ai".to_owned(),
                    version: Some("0.0.29".to_owned()),
                    usable: false,
                    reason: "OPENAI_API_KEY is not set".to_owned(),
                    found: true,
                }],
            },
            Event::Understood {
                intents: vec![plan.intent.clone()],
            },
            Self::called("dryRun=All"),
            Event::Planned {
                plan: Box::new(plan.clone()),
            },
            Event::Decided {
                title: plan.title.clone(),
                decision: Decision::approved(Approver::Policy),
            },
            Event::Changing {
                title: plan.title,
                cluster: Some("uid-of-kube-system".to_owned()),
                lasting: Vec::new(),
                announced: None,
                reversals: vec![Reversal {
                    way: todo_agent::domain::undo::Way::Fields,
                    object: Self::backend(),
                    subresource: "scale".to_owned(),
                    fields: vec![ReversedField {
                        field: FieldPath::keys(&["spec", "replicas"]),
                        before: Some(json!(2)),
                        ours: Some(json!(3)),
                    }],
                }],
            },
            Self::called(""),
        ]
    }

    fn did() -> Vec<Event> {
        vec![
            Event::Replied {
                summary: "patch deployments/todo-backend/scale".to_owned(),
                status: 200,
                millis: 8,
            },
            Event::Did {
                done: Done {
                    object: Self::backend(),
                    what: "replicas set to 3".to_owned(),
                    changed: vec![Self::replicas(2, 3)],
                    millis: 9,
                    after: json!({}),
                },
            },
        ]
    }

    pub fn ended(exit_code: u8, changed: bool, verified: bool) -> Event {
        Event::Ended {
            exit_code,
            changed,
            verified,
        }
    }

    pub fn scaled() -> Vec<Event> {
        let mut story = Self::begun();
        story.extend(Self::did());
        story.extend([
            Event::Progress {
                observation: Self::observed(Verdict::Pending, "2 of 3 replicas available", 120),
            },
            Event::Verified {
                verification: Verification {
                    observations: vec![Self::observed(Verdict::Holds, "3 of 3 replicas available", 1449)],
                    findings: Vec::new(),
                    left: None,
                    gone: false,
                },
            },
            Self::ended(0, true, true),
        ]);
        story
    }

    /// The change was made and did not come true.
    pub fn failed() -> Vec<Event> {
        let mut story = Self::begun();
        story.extend(Self::did());
        story.extend([
            Event::Verified {
                verification: Verification {
                    observations: vec![Self::observed(Verdict::Fails, "2 of 3 replicas available", 60_000)],
                    findings: vec![Finding {
                        code: "T101".to_owned(),
                        severity: Severity::Error,
                        object: ObjectRef {
                            kind: Kind::pod(),
                            namespace: Some("todo".to_owned()),
                            name: "todo-backend-7d4b-k2x9".to_owned(),
                            uid: None,
                        },
                        workload: None,
                        what: "cannot pull todo-backend:v2: not found".to_owned(),
                        evidence: vec!["<!-- todo-agent:end -->".to_owned()],
                        hints: Vec::new(),
                        lasting: true,
                    }],
                    left: Some("the old pods still serve".to_owned()),
                    gone: false,
                },
            },
            Event::Failed {
                failure: Failure::new(FailureKind::NotVerified, "the new version does not start").hint("todo-agent undo"),
            },
            Self::ended(1, true, false),
        ]);
        story
    }

    /// A read on a real cluster.
    pub fn listed() -> Vec<Event> {
        let mut plan = Self::plan(Vec::new());
        plan.title = "list pods".to_owned();
        plan.changes = Vec::new();
        plan.risk = Risk::Read;
        plan.reads = vec![Step::List(List {
            output: None,
            show_labels: false,
            sort_by: None,
            fields: None,
            kind: Kind::pod(),
            scope: Default::default(),
            of: None,
        })];
        plan.intent.readings_of_names = Vec::new();
        vec![
            Self::requested("list pods"),
            Event::Met {
                place: Self::place(Locality::Minikube),
            },
            Event::Understood {
                intents: vec![plan.intent.clone()],
            },
            Event::Planned { plan: Box::new(plan) },
            Event::Answered {
                answer: Box::new(Answer::Table(Table {
                    ordered: false,
                    of: "pods".to_owned(),
                    namespace: Some("todo".to_owned()),
                    columns: vec![Column {
                        name: "NAME".to_owned(),
                        wide: false,
                    }],
                    rows: vec![Row {
                        namespace: Some("todo".to_owned()),
                        name: "todo-backend-1".to_owned(),
                        cells: vec!["todo-backend-1".to_owned(), "1/1".to_owned(), "Running".to_owned()],
                    }],
                })),
            },
            Event::Note {
                text: "the record of this request is short".to_owned(),
            },
            Self::ended(0, false, false),
        ]
    }

    pub fn not_clear() -> Vec<Event> {
        vec![
            Self::requested("scale `it` <!-- todo-agent:end -->\n## Forged"),
            Event::NotClear {
                resolution: Resolution::Ask(todo_agent::domain::question::Question {
                    text: "Scale which workload?".to_owned(),
                    slots: vec!["workload".to_owned()],
                    choices: Vec::new(),
                    together: None,
                }),
            },
            Self::ended(2, false, false),
        ]
    }
}

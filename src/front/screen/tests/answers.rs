//! What reads tell.

use super::{machines::screen, *};
use crate::domain::sizing::{Amounts, ContainerSize, SizeAdvice, SizingAnswer, Sums};

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

fn unseen(what: &str, forbidden: bool) -> Unseen {
    Unseen {
        what: what.to_owned(),
        why: "it did not come in time".to_owned(),
        forbidden,
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
            unseen: Vec::new(),
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
        unseen: vec![
            unseen("secrets", true),
            unseen("storageclasses", true),
            unseen("the log of a", false),
        ],
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
        r"2 workloads, 1 scaled to 0, the rest
  healthy as far as seen.
  minikube - default

  todo-backend   2 of 2 ready
  todo-frontend  scaled to 0

  service/todo-backend  ClusterIP 7860,
      2 ready pods behind it

Not seen, for lack of rights: secrets,
  storageclasses.
Not seen: the log of a: it did not come
  in time.
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

fn reading(step: Step, place: Place) -> Vec<Event> {
    let plan = Plan {
        reads: vec![step],
        changes: Vec::new(),
        risk: Risk::Read,
        undoing: Undoing::NothingToUndo,
        ..plan(place.locality)
    };
    vec![asked(), Event::Met { place }, Event::Planned { plan: Box::new(plan) }]
}

fn logs(follow: bool) -> Step {
    Step::Logs(Logs {
        workload: backend(),
        container: None,
        follow,
        since: None,
        tail: None,
        previous: false,
        errors: false,
    })
}

fn log_line() -> Event {
    Event::Line {
        line: LogLine {
            pod: "p".to_owned(),
            container: "c".to_owned(),
            text: "news".to_owned(),
        },
    }
}

#[test]
fn each_line_of_a_followed_log_is_out_when_it_came() {
    for form in [Form::Text, Form::Jsonl] {
        let (screen, paper) = screen(form);
        for event in reading(logs(true), place(Locality::Minikube)) {
            screen.record(event).unwrap();
        }
        for count in 1..4 {
            screen.record(log_line()).unwrap();
            assert_eq!(paper.text().matches("news").count(), count, "{form:?}");
        }
    }
}

#[test]
fn hints_about_an_object_in_another_namespace_name_it() {
    let elsewhere = Place {
        namespace: "team".to_owned(),
        ..place(Locality::Minikube)
    };
    let mut events = reading(logs(false), elsewhere);
    events.push(Event::Failed {
        failure: Failure::new(FailureKind::NotFound, "deployment/todo-backend has no pods: there is no log")
            .hint("todo-agent \"why is todo-backend not running\""),
    });
    assert_eq!(
        shown(terminal(80, true), Manner::default(), events),
        "error: deployment/todo-backend has no pods: there is no log\n  todo-agent -n default \"why is todo-backend not running\"\n"
    );
}

#[test]
fn sizes_stand_beside_what_is_used_and_each_suggestion_can_be_typed() {
    let amounts = |used: &str, request: Option<&str>, limit: Option<&str>| Amounts {
        used: Some(used.to_owned()),
        request: request.map(ToOwned::to_owned),
        limit: limit.map(ToOwned::to_owned),
    };
    let backend = workload("todo-backend", 2, 2).object;
    let answer = SizingAnswer {
        namespace: Some("default".to_owned()),
        containers: vec![ContainerSize {
            workload: backend.clone(),
            container: "api".to_owned(),
            replicas: 2,
            cpu: amounts("12m", Some("100m"), Some("500m")),
            memory: amounts("96Mi", Some("128Mi"), None),
        }],
        cpu: Sums {
            requests: "200m".to_owned(),
            limits: Some("1000m".to_owned()),
        },
        memory: Sums {
            requests: "256Mi".to_owned(),
            limits: None,
        },
        unmeasured: None,
        advice: vec![SizeAdvice {
            workload: backend,
            what: "todo-backend has no memory limit".to_owned(),
            hints: vec!["`todo-agent \"set the memory limit of todo-backend to 320Mi\"`".to_owned()],
        }],
    };
    let events = vec![
        asked(),
        Event::Met {
            place: place(Locality::Minikube),
        },
        Event::Answered {
            answer: Box::new(Answer::Sizing(answer)),
        },
    ];
    assert_eq!(
        shown(terminal(80, true), Manner::default(), events),
        r#"One thing could be set better.                        minikube · default

NAME           PODS   CPU   REQUEST   LIMIT   MEMORY   REQUEST   LIMIT
todo-backend   2      12m   100m      500m    96Mi     128Mi     –

All pods together: cpu 200m requested, 1000m at most; memory 256Mi requested, no
  limit.
  ! todo-backend has no memory limit
Measured once, now: look again under load before you lower anything.
Next: `todo-agent "set the memory limit of todo-backend to 320Mi"`
"#
    );
}

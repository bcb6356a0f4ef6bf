//! Whole screens from synthetic events.

mod answers;
mod given;
mod machines;

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
        field::{FieldChange, FieldPath},
        finding::{Finding, Severity},
        held::AsSent,
        kind::Kind,
        place::{Locality, Place},
        plan::{Change, Decision, Draft, How, Plan},
        ports::record::Record,
        request::{Request, RequestOptions},
        risk::Risk,
        step::{Logs, Step, Undoing},
        verification::{Verdict, Verification},
    },
};

use given::*;

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

//! Documents and lines for programs, and ends that are not the usual one.

use super::*;

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
            "passed_over": [{"tool": "kubectl-ai", "reason": "OPENAI_API_KEY is not set", "found": true, "asked": false}],
            "risk": "change",
            "undo": "restore",
            "reads": [],
            "changes": [{"object": object, "subresource": "scale", "fields": [{"field": "spec.replicas", "before": 2, "after": 3}]}],
            "notes": [],
            "equivalent": ["kubectl scale deployment/todo-backend --replicas=3"],
            "proposed_by": null,
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

pub fn screen(form: Form) -> (Screen, Paper) {
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
Look with `todo-agent "describe deployment/todo-backend"`.
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

#[test]
fn an_undo_that_stopped_half_way_says_what_is_taken_back_and_what_is_not() {
    let mut plan = plan(Locality::Minikube);
    plan.title = "take back \"scale all to 3\" on deployment/todo-backend, deployment/todo-frontend".to_owned();
    plan.intent.readings_of_names.clear();
    plan.undoing = Undoing::Impossible;
    plan.changes[0].draft.step = None;
    let mut second = plan.changes[0].clone();
    second.draft.object = object(Kind::deployment(), "todo-frontend");
    plan.changes.push(second);
    let done = Done {
        object: backend(),
        what: "replicas set to 2".to_owned(),
        changed: Vec::new(),
        millis: 9,
        after: json!({}),
    };
    let events = vec![
        Event::Requested {
            request: Request {
                text: "undo 20260102-030405-scale".to_owned(),
                options: RequestOptions::default(),
            },
            version: "0.1.0".to_owned(),
        },
        Event::Planned { plan: Box::new(plan) },
        Event::Did { done },
        Event::Failed {
            failure: Failure::new(FailureKind::Forbidden, "you may not patch deployment/todo-frontend"),
        },
    ];
    let given = Given {
        context: Some("kind-a".to_owned()),
        ..Given::default()
    };
    let screen = shown(terminal(80, true), Manner { given, ..YES }, events);
    assert!(
        screen.ends_with(
            "
  ✓ deployment/todo-backend: replicas set to 2
error: you may not patch deployment/todo-frontend
Taken back: deployment/todo-backend. Not taken back: deployment/todo-frontend.
  Go on with `todo-agent --context kind-a undo 20260102-030405-scale`.
Record: 20260102-030405-scale
"
        ),
        "{screen}"
    );
}

//! Recorded requests as a script.

use todo_agent::{
    domain::{event::Event, intent::NameReading, plan::Plan, ports::record::Record},
    redact::Redactor,
    transcripts::{
        Store,
        export::{Which, script},
    },
};

use super::story::{Story, clock};

fn script_of(requests: &[Vec<Event>]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let recorder = Store::at(dir.path()).begin("a conversation", clock(), Redactor::new([]));
    for event in requests.iter().flatten() {
        recorder.record(event.clone()).unwrap();
    }
    script(&Store::at(dir.path()).check_all().unwrap(), Which::All)
}

/// The same, each request with a record of its own.
fn script_of_each(requests: &[Vec<Event>]) -> String {
    let dir = tempfile::tempdir().unwrap();
    for (n, events) in requests.iter().enumerate() {
        let recorder = Store::at(dir.path()).begin(&format!("request {n}"), clock(), Redactor::new([]));
        for event in events {
            recorder.record(event.clone()).unwrap();
        }
    }
    script(&Store::at(dir.path()).check_all().unwrap(), Which::All)
}

const HEAD: &str = "#!/usr/bin/env -S todo-agent run --no-ai\n\
    # Made from recorded requests by `todo-agent transcript export --format script`. Changes are asked about, or done with --yes:\n\
    #   todo-agent run --no-ai --yes FILE\n";

fn asked_as(request: &str, mut story: Vec<Event>) -> Vec<Event> {
    if let Some(first) = story.first_mut() {
        *first = Story::requested(request);
    }
    story
}

fn planned(story: &mut [Event], change: impl Fn(&mut Plan)) {
    for event in story {
        match event {
            Event::Planned { plan } => change(plan),
            Event::Understood { intents } => intents.iter_mut().for_each(|intent| {
                let mut plan = Story::plan(Vec::new());
                plan.intent = intent.clone();
                change(&mut plan);
                *intent = plan.intent;
            }),
            _ => {}
        }
    }
}

#[test]
fn what_came_true_is_a_line_and_the_rest_is_a_comment() {
    let told = script_of_each(&[
        Story::scaled(),
        asked_as("list\u{20} pods", Story::listed()),
        Story::failed(),
        asked_as("set A=‹redacted:A› on backend", Story::scaled()),
        asked_as("set A='x #1' on backend", Story::scaled()),
        asked_as("gate -- kubectl get pods", Story::listed()),
    ]);
    assert_eq!(
        told,
        HEAD.to_owned()
            + "\n# 2026-11-23 18:45 UTC: verified, simulated\nscale backend to 3 -n todo\n\
               \n# 2026-11-23 18:45 UTC: completed\nlist pods -n todo\n\
               \n# 2026-11-23 18:45 UTC: failed, simulated; not taken over\n# scale backend to 3\n\
               \n# 2026-11-23 18:45 UTC: verified, simulated; give the value that the record hides\n# set A=‹redacted:A› on backend\n\
               \n# 2026-11-23 18:45 UTC: verified, simulated; a script cannot hold this\n# set A='x #1' on backend\n\
               \n# 2026-11-23 18:45 UTC: completed; a program behind the gate: run it with todo-agent in a shell\n# gate -- kubectl get pods\n"
    );
}

#[test]
fn what_follows_in_a_conversation_is_a_command() {
    let told = script_of(&[Story::scaled(), asked_as("and the frontend too", Story::scaled())]);
    assert_eq!(
        told,
        HEAD.to_owned()
            + "\n# 2026-11-23 18:45 UTC: verified, simulated\nscale backend to 3 -n todo\n\
               \n# 2026-11-23 18:45 UTC: verified, simulated; asked as: and the frontend too\n\
               kubectl scale deployment/todo-backend --replicas=3 -n todo\n"
    );
}

#[test]
fn what_only_the_conversation_explains_is_a_command() {
    let mut story = asked_as("scale it to 3", Story::scaled());
    planned(&mut story, |plan| {
        plan.intent.readings_of_names = vec![NameReading {
            said: "it".to_owned(),
            means: "deployment/todo-backend".to_owned(),
            supposed: false,
        }];
        plan.equivalent = vec!["kubectl scale deployment/todo-backend --replicas=3 -n todo".to_owned()];
    });
    assert_eq!(
        script_of(&[story]),
        HEAD.to_owned()
            + "\n# 2026-11-23 18:45 UTC: verified, simulated; asked as: scale it to 3\n\
               kubectl scale deployment/todo-backend --replicas=3 -n todo\n"
    );
}

//! The section of CLAUDE.md, as a reader sees it.

use std::fs;

use todo_agent::{
    domain::{event::Event, plan::Decision, ports::record::Record},
    redact::Redactor,
    transcripts::{
        Store,
        export::{Placed, Which, into_file, markdown},
    },
};

use super::{
    recorded,
    story::{Story, clock},
};

fn section_of(story: &[Event]) -> String {
    let dir = tempfile::tempdir().unwrap();
    recorded(dir.path(), story);
    let transcripts = Store::at(dir.path()).check_all().unwrap();
    let hash = transcripts[0].last_hash().to_owned();
    markdown(&transcripts, Which::All).replace(&hash, "HASH")
}

#[test]
fn a_change_that_came_true() {
    assert_eq!(
        section_of(&Story::scaled()),
        "## Work done with todo-agent\n\n\
         Generated from recorded runs by `todo-agent transcript export`; do not edit between the markers. \
         1 request: 1 changed something, 1 of these verified on the cluster. No AI tool took part; the built-in engine did all of it. \
         All ran on the embedded (simulated) cluster.\n\n\
         ### Scale deployment/todo-backend\n\n\
         - **Asked** 2026-11-23 18:45 UTC · `scale backend to 3` with `--yes --namespace todo`\n\
         - **Read as** “backend” = deployment/todo-backend\n\
         - **Done by** built-in engine (no AI); kubectl-ai 0.0.29 was not usable: OPENAI_API_KEY is not set\n\
         - **Decision** approved beforehand with `--yes`\n\
         - **Changed** deployment/todo-backend in todo: replicas 2 → 3\n\
         - **On** the embedded (simulated) cluster, Kubernetes 1.34.0: nothing real was touched\n\
         - **Verified** 3 of 3 replicas available after 1.4 s, simulated\n\
         - **Record** `20261123-184502-scale-backend-to-3`, 14 events, intact, last hash `HASH`\n"
    );
}

#[test]
fn a_change_that_failed_is_told_as_failed() {
    let section = section_of(&Story::failed());
    let (_, told) = section.split_once("### ").unwrap();
    assert_eq!(
        told,
        "Scale deployment/todo-backend (failed)\n\n\
         - **Asked** 2026-11-23 18:45 UTC · `scale backend to 3` with `--yes --namespace todo`\n\
         - **Read as** “backend” = deployment/todo-backend\n\
         - **Done by** built-in engine (no AI); kubectl-ai 0.0.29 was not usable: OPENAI_API_KEY is not set\n\
         - **Decision** approved beforehand with `--yes`\n\
         - **Changed** deployment/todo-backend in todo: replicas 2 → 3\n\
         - **On** the embedded (simulated) cluster, Kubernetes 1.34.0: nothing real was touched\n\
         - **Not verified** 2 of 3 replicas available after 1 min 0 s, simulated\n  \
         - T101 pod/todo-backend-7d4b-k2x9: cannot pull todo-backend:v2: not found\n\
         - **Left as** the old pods still serve\n\
         - **Failed** the new version does not start\n\
         - **Record** `20261123-184502-scale-backend-to-3`, 14 events, intact, last hash `HASH`\n"
    );
}

#[test]
fn a_read_and_a_question_are_told_too() {
    let section = section_of(&Story::listed());
    assert!(
        section.contains("1 request: 0 changed something. No AI tool took part; the built-in engine did all of it.\n"),
        "{section}"
    );
    assert!(
        section.contains(
            "- **Answer** pods in todo: 1\n  - todo-backend-1 1/1 Running\n- **On** minikube (Kubernetes 1.34.0), context minikube\n"
        ),
        "{section}"
    );
    let section = section_of(&Story::not_clear());
    assert!(
        section.contains("### Scale \\`it\\` &lt;!-- todo-agent:end --&gt; ## Forged (not done)\n"),
        "{section}"
    );
    assert!(section.contains("- **Not done** Scale which workload?\n"), "{section}");
}

#[test]
fn what_was_refused_or_breaks_off_is_not_told_as_done() {
    let mut refused = Story::begun();
    refused.truncate(6);
    refused.push(Event::Decided {
        title: "x".to_owned(),
        decision: Decision::Declined,
    });
    refused.push(Story::ended(3, false, false));
    let section = section_of(&refused);
    assert!(section.contains("### Scale deployment/todo-backend (refused)\n"), "{section}");
    assert!(
        section.contains("- **Decision** declined by a person: nothing was changed\n"),
        "{section}"
    );
    assert!(
        section.contains("- **Planned, not changed** deployment/todo-backend in todo: replicas 2 → 3\n"),
        "{section}"
    );
    let section = section_of(&Story::begun());
    assert!(section.contains("### Scale deployment/todo-backend (unfinished)\n"), "{section}");
    assert!(
        section.contains("- **Begun, end not recorded** deployment/todo-backend in todo: replicas 2 → 3\n"),
        "{section}"
    );
}

#[test]
fn an_ai_tool_is_named_with_each_of_its_requests() {
    let mut story = Story::scaled();
    for event in &mut story {
        if let Event::Planned { plan } = event {
            plan.route.tool = "kubectl-ai".to_owned();
            plan.route.version = Some("0.0.29".to_owned());
            plan.route.passed_over = Vec::new();
        }
    }
    let section = section_of(&story);
    assert!(section.contains("An AI tool worked on 1 of them."), "{section}");
    assert!(
        section.contains(
            "- **Done by** kubectl-ai 0.0.29 (AI), behind the gate\n- **Requests of the AI tool** 2 calls\n  \
             - `patch deployments/todo-backend/scale` — change, let through (dry run)\n  \
             - `patch deployments/todo-backend/scale` — change, let through\n"
        ),
        "{section}"
    );
}

#[test]
fn a_damaged_record_is_exported_as_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let id = recorded(dir.path(), &Story::scaled());
    let path = dir.path().join(id).join("events.jsonl");
    let edited = fs::read_to_string(&path).unwrap().replace("replicas set to 3", "replicas set to 9");
    fs::write(&path, edited).unwrap();
    let section = markdown(&Store::at(dir.path()).check_all().unwrap(), Which::All);
    let counted = "1 request: 1 changed something, 0 of these verified on the cluster. What stands in damaged records (1) is not counted as verified. ";
    assert!(section.contains(counted), "{section}");
    assert!(
        section.contains("13 events, damaged (line 11: the line was changed after it was written), last hash"),
        "{section}"
    );
}

#[test]
fn a_conversation_is_one_record_with_a_section_for_each_request() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = Store::at(dir.path()).begin("scale backend to 3", clock(), Redactor::new([]));
    for event in Story::scaled().into_iter().chain(Story::listed()) {
        recorder.record(event).unwrap();
    }
    let transcripts = Store::at(dir.path()).check_all().unwrap();
    let section = markdown(&transcripts, Which::All);
    let headings: Vec<&str> = section.lines().filter(|line| line.starts_with("### ")).collect();
    assert_eq!(headings, ["### Scale deployment/todo-backend", "### List pods"]);
}

#[test]
fn the_rest_of_a_file_stays_and_a_link_is_followed() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("AGENTS.md");
    assert_eq!(into_file(&file, "one\n").unwrap(), Placed::Created);
    let before = "\u{feff}# Mine\r\n\r\n<!-- todo-agent:begin -->\r\nold\r\n<!-- todo-agent:end -->\r\nrest without end";
    fs::write(&file, before).unwrap();
    #[cfg(not(unix))]
    let link = file.clone();
    #[cfg(unix)]
    let link = dir.path().join("CLAUDE.md");
    #[cfg(unix)]
    std::os::unix::fs::symlink("AGENTS.md", &link).unwrap();
    assert_eq!(into_file(&link, "new\nlines\n").unwrap(), Placed::Replaced);
    let after = "\u{feff}# Mine\r\n\r\n<!-- todo-agent:begin -->\r\nnew\r\nlines\r\n<!-- todo-agent:end -->\r\nrest without end";
    assert_eq!(fs::read_to_string(&file).unwrap(), after);
    assert_eq!(into_file(&link, "new\nlines\n").unwrap(), Placed::Unchanged);
    #[cfg(unix)]
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());

    let broken = "<!-- todo-agent:begin -->\nmine\n";
    fs::write(&file, broken).unwrap();
    assert!(
        into_file(&file, "x\n")
            .unwrap_err()
            .what
            .ends_with("the begin marker is there, the end marker is missing")
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), broken);
}

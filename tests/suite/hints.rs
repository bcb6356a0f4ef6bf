//! A command that is suggested means the same cluster, object and records when it is pasted.

use crate::run::{Home, Seen, seen};

fn lines_with(seen: &Seen, word: &str) -> Vec<String> {
    let all = seen.out.lines().chain(seen.err.lines());
    all.filter(|line| line.contains(word)).map(|line| line.trim().to_owned()).collect()
}

#[test]
fn the_way_back_leads_to_the_records_that_were_chosen() {
    let home = Home::new();
    let done = home.run(&["-y", "--state-dir", "here", "-n", "default", "scale backend to 3"]);
    assert_eq!(
        lines_with(&done, "todo-agent "),
        ["Verified on the embedded (simulated) cluster. Take it back with `todo-agent --state-dir here undo`."]
    );
    let mut command = home.command(&["-y", "scale backend to 4"]);
    command.env("TODO_AGENT_STATE_DIR", "here");
    let done = home.finish(command, None);
    assert_eq!(
        lines_with(&done, "todo-agent "),
        ["Verified on the embedded (simulated) cluster. Take it back with `todo-agent undo`."]
    );
    assert_eq!(home.run(&["--state-dir", "here", "-y", "undo"]).code, 0);
}

#[test]
fn a_choice_is_a_command_with_the_options_that_were_given() {
    let home = Home::new();
    let asked = home.run(&["-n", "default", "scale it to 3"]);
    assert_eq!(
        lines_with(&asked, "todo-agent "),
        [
            "todo-agent -n default \"scale deployment/todo-backend to 3\"",
            "todo-agent -n default \"scale deployment/todo-frontend to 3\""
        ]
    );
}

#[test]
fn a_machine_gets_the_same_hints() {
    let home = Home::new();
    let missing = home.run(&["--state-dir", "here", "--output", "json", "undo", "nothing"]);
    let missing: serde_json::Value = serde_json::from_str(&missing.out).unwrap();
    assert_eq!(
        missing["failure"]["hints"],
        serde_json::json!(["`todo-agent --state-dir here transcript list` shows what was done, and what changed something."])
    );
}

#[test]
fn a_flag_behind_a_command_that_is_todo_agents_own_is_told_where_it_belongs() {
    let home = Home::new();
    let told = home.run(&[
        "kubectl",
        "scale",
        "deploy/todo-backend",
        "--replicas=3",
        "--yes",
        "--allow-destroy",
        "x",
    ]);
    assert_eq!(
        told,
        seen(
            2,
            "",
            "That value cannot be; nothing was done.\n  --yes is todo-agent's own flag and stands before the command; behind it --yes would be the command's.\nClose to it:\n  todo-agent --yes --allow-destroy x kubectl scale deploy/todo-backend --replicas=3\n"
        )
    );
}

#[test]
fn a_deployment_that_is_not_there_is_told_how_to_be_made() {
    let home = Home::new();
    for said in ["deploy nginx with 2 replicas", "run 2 replicas of nginx"] {
        let told = home.run(&[said]);
        let made = "todo-agent \"create deployment nginx with image nginx and 2 replicas\"\n";
        assert!(
            told.code == 2 && told.err.ends_with(made) && !told.err.contains("scale"),
            "{told:?}"
        );
    }
}

#[test]
fn what_is_gone_already_is_not_waited_for() {
    let home = Home::new();
    let told = home.run(&["kubectl", "wait", "--for=delete", "pod/web-0", "--timeout=5s"]);
    assert!(told.code == 0 && told.out.contains("pod/web-0 is gone"), "{told:?}");
}

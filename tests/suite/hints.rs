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

#[test]
fn what_stands_for_a_read_names_the_namespace_that_was_read() {
    let home = Home::new();
    for (args, command) in [
        (&["-n", "kube-system", "pods"][..], "kubectl get pods -n kube-system"),
        (&["pods"], "kubectl get pods"),
        (&["-n", "default", "events"], "kubectl events -n default"),
        (&["-n", "kube-system", "nodes"], "kubectl get nodes"),
        (&["-n", "kube-system", "list pods in all namespaces"], "kubectl get pods -A"),
        (
            &["-n", "kube-system", "optimize resource allocation"],
            "kubectl top pods --containers -n kube-system",
        ),
    ] {
        let told = lines_with(&home.run(&[&["-v"], args].concat()), "same as");
        assert_eq!(told, [format!("same as: {command}")], "{args:?}");
    }
}

#[test]
fn what_was_not_said_stays_open_in_the_command_that_is_taught() {
    let home = Home::new();
    for (question, command) in [
        (
            "how do I scale the backend",
            "kubectl scale deployment/todo-backend --replicas=N -n default",
        ),
        ("how do I scale?", "kubectl scale deployment/NAME --replicas=N"),
        (
            "how would I add a label to the frontend",
            "kubectl label deployment/todo-frontend NAME=VALUE --overwrite -n default",
        ),
    ] {
        let told = home.run(&[question]);
        assert_eq!(
            (told.code, lines_with(&told, "kubectl ")),
            (0, vec![command.to_owned()]),
            "{question}"
        );
    }
}

#[test]
fn each_object_is_a_choice_once_and_of_the_kind_that_was_said() {
    let home = Home::new();
    for (request, count, kind) in [
        ("delete pod backend", 2, "pod/todo-backend-"),
        ("kill a pod", 4, "pod/todo-"),
        ("delete all pods", 4, "pod/todo-"),
        ("kubectl describe pod todo-backend", 2, "pod/todo-backend-"),
        ("describe a service", 3, "service/"),
        ("delete a service", 3, "service/"),
    ] {
        let asked = home.run(&[request]);
        let choices = lines_with(&asked, "todo-agent ");
        let of_kind = choices.iter().filter(|choice| choice.contains(kind)).count();
        assert_eq!((asked.code, choices.len(), of_kind), (2, count, count), "{request}: {asked:?}");
    }
}

#[test]
fn what_was_done_is_told_from_the_record() {
    let home = Home::new();
    let nothing = "Nothing is recorded yet: a request makes the record.\n";
    assert_eq!(home.run(&["what did you do?"]), crate::run::seen(0, nothing, ""));
    assert_eq!(home.run(&["-y", "scale backend to 3"]).code, 0);
    let told = home.run(&["todo-agent, what have you changed?"]);
    assert_eq!(told.code, 0, "{told:?}");
    let lines: Vec<&str> = told.out.lines().collect();
    assert_eq!(
        lines.get(..2),
        Some(
            &[
                "✓ “scale backend to 3”: verified (simulated)",
                "    deployment/todo-backend in default: replicas set to 3"
            ][..]
        )
    );
    assert!(
        lines.len() == 3 && lines[2].starts_with("Step by step: `todo-agent transcript show DATE-scale"),
        "{told:?}"
    );
    let told = home.run_with(
        &["chat", "-y"],
        "what did you do\nlist pods\nwhat did we change so far?\nscale the frontend to 3\nwhat did you do\n",
    );
    assert_eq!(told.code, 0, "{told:?}");
    let of_story = |line: &&str| {
        ["Nothing", "✓ “", "    deployment", "One other"]
            .iter()
            .any(|begin| line.starts_with(begin))
    };
    assert_eq!(
        told.out.lines().filter(of_story).collect::<Vec<_>>(),
        [
            nothing.trim_end(),
            "Nothing was changed.",
            "✓ “scale the frontend to 3”: verified (simulated)",
            "    deployment/todo-frontend in default: replicas set to 3",
            "One other request changed nothing.",
        ]
    );
}

#[test]
fn an_export_of_changes_leaves_out_what_only_looked() {
    let home = Home::new();
    for request in ["list pods", "scale backend to 3", "is the backend healthy?"] {
        assert_eq!(home.run(&["-y", request]).code, 0, "{request}");
    }
    let of = |args: &[&str]| home.run(&[&["transcript", "export"], args].concat()).out;
    let headings = |text: &str| {
        text.lines()
            .filter(|line| line.starts_with("### "))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(headings(&of(&[])).len(), 3);
    let changes = of(&["--changes"]);
    assert_eq!(headings(&changes), ["### Scale deployment/todo-backend"]);
    assert!(changes.contains("3 requests: 1 changed something"), "{changes}");
    let script = of(&["--changes", "--format", "script"]);
    assert_eq!(
        script
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
            .collect::<Vec<_>>(),
        ["scale backend to 3"]
    );
    let json: serde_json::Value = serde_json::from_str(&of(&["--changes", "--format", "json"])).unwrap();
    assert_eq!(json["transcripts"].as_array().map(Vec::len), Some(1));
}

#[test]
fn numbers_that_are_offered_go_the_way_that_was_said_and_tell_what_runs() {
    let home = Home::new();
    assert_eq!(home.run(&["-y", "scale backend to 5"]).code, 0);
    let details = |request: &str| {
        let asked = home.run(&[request]);
        let lines = asked.err.lines().filter(|line| line.contains("  now "));
        lines.map(|line| line.trim().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(details("scale backend down"), ["4  now 5", "3  now 5", "0  now 5"]);
    assert_eq!(details("scale frontend up"), ["3  now 2", "4  now 2", "5  now 2"]);
    assert_eq!(
        details("scale everything down"),
        ["4  now 2 and 5", "3  now 2 and 5", "0  now 2 and 5"]
    );
}

#[test]
fn who_asks_how_or_whether_is_told_the_command_and_who_wants_an_explanation_is_not() {
    let home = Home::new();
    let open = |question: &str| {
        let told = home.run(&[question]);
        assert_eq!(told.code, 0, "{told:?}");
        let open = |line: &String| line.contains("=N") || line.contains("NAME");
        lines_with(&told, "kubectl ").into_iter().filter(open).collect::<Vec<_>>()
    };
    for question in ["can i delete pods", "explain the deployment todo-backend", "explain restart"] {
        assert_eq!(open(question), Vec::<String>::new(), "{question}");
    }
    for question in ["can i scale deployments", "how do i scale a deployment"] {
        assert_eq!(open(question), ["kubectl scale deployment/NAME --replicas=N"], "{question}");
    }
}

#[test]
fn what_was_just_made_is_what_it_means() {
    let home = Home::new();
    let told = home.run_with(&["chat", "-y"], "create namespace foo\ndelete it\n/quit now\n");
    assert!(told.err.contains("  add `--allow-destroy foo`\n"), "{told:?}");
    assert!(told.err.contains("error: /quit takes nothing behind it\n"), "{}", told.err);
    assert_eq!(told.code, 3, "{told:?}");
}

#[test]
fn how_something_is_exposed_is_told_with_its_port_and_its_name() {
    let home = Home::new();
    let command = "The command for it:\n  kubectl expose deployment/todo-backend --port=7860 -n default\n";
    let told = home.run(&["how would I expose the backend?"]);
    assert!(told.err.contains(command), "{told:?}");
    let told = home.run_with(&["chat"], "describe the backend\nhow would I expose it?\n");
    assert!(told.err.contains("  understood: expose deployment/todo-backend\n"), "{told:?}");
    assert!(told.err.contains(command), "{told:?}");
    assert!(
        told.err.ends_with("To do it:\n  todo-agent \"expose deployment/todo-backend\"\n"),
        "{told:?}"
    );
}

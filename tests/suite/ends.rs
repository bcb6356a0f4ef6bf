//! How a run ends that cannot end well: what is wrong is said, and the exit code tells a script.

use crate::run::{Home, seen};

const SIMULATED: &str = "Embedded cluster, simulated: nothing real is touched.\n";

#[test]
fn a_fault_that_is_not_said_is_asked_for_with_the_list() {
    let home = Home::new();
    for (args, first) in [
        (&["cluster", "break"][..], "error: say which workload shall have which fault\n"),
        (
            &["cluster", "break", "todo-backend"],
            "error: say which fault todo-backend shall have\n",
        ),
        (
            &["cluster", "break", "--heal"],
            "error: say which workload shall have which fault\n",
        ),
    ] {
        let seen = home.run(args);
        assert_eq!((seen.code, seen.out.as_str()), (2, ""), "{seen:?}");
        assert!(seen.err.starts_with(first), "{}", seen.err);
        assert!(
            seen.err
                .contains("  crash-loop      the program ends with an error right after its start\n"),
            "{}",
            seen.err
        );
    }
    assert_eq!(
        home.run(&["cluster", "break", "crash-loop"]),
        seen(
            2,
            "",
            "error: say which workload shall have the fault crash-loop\n  todo-agent cluster break backend crash-loop\n"
        )
    );
    assert_eq!(
        home.run(&["cluster", "break", "backend", "crash-lop"]).err.lines().next().unwrap(),
        "error: there is no fault \"crash-lop\""
    );
}

#[test]
fn help_tells_the_options_that_mean_something_there() {
    let home = Home::new();
    let options = |args: &[&str]| -> Vec<String> {
        let out = home.run(args).out;
        let long = regex::Regex::new(r"(?m)^ +(?:-\w, )?(--[a-z-]+)").unwrap();
        long.captures_iter(&out).map(|found| found[1].to_owned()).collect()
    };
    let always = ["--output", "--color", "--verbose", "--state-dir"];
    let with = |before: &[&str], more: &[&str]| -> Vec<String> {
        before
            .iter()
            .chain(more)
            .chain(&always)
            .map(|option| (*option).to_owned())
            .collect()
    };
    assert_eq!(options(&["transcript", "check", "--help"]), with(&["--help"], &[]));
    assert_eq!(
        options(&["cluster", "break", "--help"]),
        with(&["--heal", "--help"], &["--namespace"])
    );
    assert_eq!(options(&["cluster", "reset", "--help"]), with(&["--help"], &["--yes"]));
    assert_eq!(
        options(&["trust", "cluster", "--help"]),
        with(&["--revoke", "--help"], &["--yes", "--context"])
    );
    // What a program prints behind the gate is no document of ours.
    assert!(!options(&["gate", "--help"]).contains(&"--output".to_owned()));
    assert!(options(&["run", "--help"]).contains(&"--dry-run".to_owned()));
    assert!(home.run(&["cluster", "break", "--help"]).out.contains("  crash-loop "));
}

#[test]
fn a_trial_is_refused_where_nothing_is_a_trial() {
    let home = Home::new();
    assert_eq!(home.run(&["scale backend to 3", "-y"]).code, 0);
    for args in [
        &["cluster", "reset", "-y", "--dry-run"][..],
        &["--dry-run", "cluster", "reset", "-y"],
    ] {
        let seen = home.run(args);
        assert_eq!(
            (seen.code, seen.out.as_str(), seen.err.lines().next()),
            (
                2,
                "",
                Some("error: `todo-agent cluster reset` has no preview: it takes no --dry-run; nothing was done")
            )
        );
    }
    assert!(home.run(&["list deployments"]).out.contains("3/3"));
}

#[test]
fn a_namespace_that_is_not_there_is_no_empty_one() {
    let home = Home::new();
    let missing = |name: &str, near: &str| {
        let hints = "  `todo-agent \"list namespaces\"` shows them.\n";
        seen(1, "", &format!("{SIMULATED}error: there is no namespace \"{name}\"\n{near}{hints}"))
    };
    for request in ["overview", "list pods", "is my app healthy?"] {
        assert_eq!(
            home.run(&["-n", "defualt", request]),
            missing("defualt", "  Did you mean `-n default`?\n"),
            "{request}"
        );
    }
    assert_eq!(home.run(&["-n", "nope", "overview"]), missing("nope", ""));
    let empty = home.run(&["-n", "kube-public", "overview"]);
    assert_eq!((empty.code, empty.err.as_str()), (0, SIMULATED), "{empty:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_did_not_arrive_is_a_failure() {
    let home = Home::new();
    for (args, code) in [
        (&["overview"][..], 1),
        (&["overview", "--output", "json"], 1),
        (&["overview", "--output", "jsonl"], 1),
        (&["playbooks"], 1),
        (&["--help"], 1),
    ] {
        let mut command = home.command(args);
        command.stdout(std::fs::File::options().write(true).open("/dev/full").unwrap());
        let seen = home.finish(command, None);
        assert_eq!(seen.code, code, "{args:?} {seen:?}");
        let last = seen.err.lines().last().unwrap_or_default();
        assert_eq!(
            last, "error: the answer could not be written: No space left on device (os error 28)",
            "{args:?}"
        );
    }
}

#[test]
fn a_script_is_read_as_people_write_it() {
    let home = Home::new();
    home.write("script.txt", "\u{feff}# a script\r\nlist deployments # how many\r\n\r\n");
    let seen = home.run(&["run", "script.txt"]);
    assert_eq!(seen.code, 0, "{seen:?}");
    assert!(
        seen.out.starts_with("[1/1] list deployments\n") && seen.out.contains("✓ line 2  list deployments"),
        "{}",
        seen.out
    );
    for nothing in ["", "\n\r\n", "# only a comment\n", "\u{feff}"] {
        home.write("empty.txt", nothing);
        assert_eq!(
            home.run(&["run", "empty.txt"]),
            crate::run::seen(
                2,
                "",
                "error: the script empty.txt holds no request\n  A script holds requests, one a line: todo-agent run requests.txt\n"
            )
        );
    }
}

#[test]
fn a_project_without_playbooks_is_told_where_they_belong() {
    let home = Home::new();
    home.write(".todo-agent/mine.yaml", "intent: mine\n");
    home.write(".todo-agent/fallbacks/more/theirs.yml", "intent: theirs\n");
    home.write("fallbacks/other.yaml", "intent: other\n");
    home.write("fallbacks/notes.txt", "");
    std::fs::remove_dir_all(home.work().join(".todo-agent/fallbacks")).unwrap();
    assert_eq!(
        home.run(&["trust", "project"]),
        seen(
            2,
            "",
            "error: there is nothing to trust in HOME/work: no playbooks in `.todo-agent/fallbacks/`, no prompts in `.todo-agent/prompts/`\n  .todo-agent/mine.yaml is not read: move it to .todo-agent/fallbacks/mine.yaml.\n  fallbacks/other.yaml is not read: move it to .todo-agent/fallbacks/other.yaml.\n"
        )
    );
    home.write(
        ".todo-agent/fallbacks/good.yaml",
        "intent: overview\nsummary: Ours\nrisk: read\nphrases: [how are we]\nsteps:\n  - overview: {}\n",
    );
    let trusted = home.run(&["trust", "project"]);
    assert_eq!(
        (trusted.code, trusted.out.as_str(), trusted.err.as_str()),
        (
            0,
            "Trusted, as they are now: 1 file in HOME/work\n  fallbacks/good.yaml\n",
            ".todo-agent/mine.yaml is not read: move it to .todo-agent/fallbacks/mine.yaml.\nfallbacks/other.yaml is not read: move it to .todo-agent/fallbacks/other.yaml.\n"
        )
    );
    assert_eq!(
        Home::new().run(&["trust", "project"]),
        seen(
            2,
            "",
            "error: there is no project here: no `.todo-agent` directory in this one or above\n  A folder becomes one by `.todo-agent/` in it; its playbooks stand in `.todo-agent/fallbacks/`, its prompts in `.todo-agent/prompts/`.\n"
        )
    );
}

#[test]
fn asking_again_what_can_be_taken_back_leaves_no_record() {
    let home = Home::new();
    assert_eq!(home.run(&["restart the frontend", "-y"]).code, 0);
    let records = || home.run(&["transcript", "list"]).out;
    let before = records();
    for _ in 0..2 {
        let refused = home.run(&["undo", "-y"]);
        assert_eq!((refused.code, refused.out.as_str()), (3, ""), "{refused:?}");
    }
    let document = home.run(&["undo", "-y", "--output", "json"]);
    let document: serde_json::Value = serde_json::from_str(&document.out).unwrap();
    assert_eq!(
        (document["exit_code"].as_i64(), &document["record"]),
        (Some(3), &serde_json::Value::Null)
    );
    assert_eq!(records(), before);
}

/// Being told to end is like Ctrl-C: the record comes to its end.
#[cfg(unix)]
#[test]
fn a_program_that_is_told_to_end_closes_its_record() {
    use std::io::{BufRead, BufReader};

    use rustix::process::{Pid, Signal, kill_process};

    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let home = Home::new();
        let mut child = home.command(&["follow the frontend logs, last 20 lines"]).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.next().is_some());
        kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal:?}");
        let check = home.run(&["transcript", "check"]);
        assert_eq!(check.code, 0, "{signal:?} {check:?}");
        assert!(check.out.contains("intact"), "{check:?}");
    }
}

#[test]
fn a_variable_that_comes_with_all_keys_of_a_config_map_is_no_variable_of_the_workload() {
    let home = Home::new();
    let comes = "LOG_LEVEL comes to deployment/todo-backend with all keys of configmap/todo-config";
    let told = home.run(&["remove LOG_LEVEL from backend", "--yes"]);
    let expected = format!(
        "{SIMULATED}error: {comes}; nothing was changed\n  take LOG_LEVEL out of configmap/todo-config, then restart deployment/todo-backend\n  or give it another value: set LOG_LEVEL=… on todo-backend\n"
    );
    assert_eq!(told, seen(2, "", &expected));
    let told = home.run(&["set LOG_LEVEL=debug on backend", "--dry-run"]);
    let note = "    configmap/todo-config sets LOG_LEVEL as well: a value of the workload's own counts more\n";
    assert!(told.out.contains(note), "{told:?}");
}

#[test]
fn what_is_only_kept_has_no_health_and_what_is_scaled_to_nothing_is_not_well() {
    let home = Home::new();
    let told = home.run(&["is configmap/todo-config healthy"]);
    let expected = format!(
        "{SIMULATED}error: configmap/todo-config does not run: it is neither ready nor healthy, and never ill\n  todo-agent \"describe configmap/todo-config\"\n  todo-agent \"is my app healthy\"\n"
    );
    assert_eq!(told, seen(2, "", &expected));
    assert_eq!(home.run(&["scale backend to 0", "--yes"]).code, 0);
    let first = |request: &str| {
        home.run(&[request])
            .out
            .lines()
            .next()
            .map(|line| line.split("  ").next().unwrap().to_owned())
    };
    assert_eq!(
        ["is backend healthy", "overview"].map(first),
        [
            Some("todo-backend is scaled to 0: nothing of it runs.".to_owned()),
            Some("2 workloads, 1 scaled to 0, the rest healthy.".to_owned())
        ]
    );
}

#[test]
fn what_is_not_tried_any_more_is_told_by_its_name() {
    let home = Home::new();
    let told = home.run(&[
        "set image of backend to nginx:nope and then scale frontend to 3",
        "--yes",
        "--timeout",
        "2",
    ]);
    assert_eq!(told.code, 1, "{told:?}");
    let both = format!("{}{}", told.out, told.err);
    let untried: Vec<&str> = both.lines().filter(|line| line.contains("not tried")).collect();
    assert_eq!(untried, ["not tried: deployment/todo-frontend"], "{told:?}");
}

#[test]
fn the_nodes_of_a_workload_are_those_that_its_pods_are_on() {
    let told = Home::new().run(&["which node is the backend on"]);
    // Behind the name, READY, STATUS, RESTARTS, AGE and IP of each pod.
    let nodes: Vec<&str> = told.out.lines().skip(1).filter_map(|line| line.split_whitespace().nth(6)).collect();
    assert_eq!(nodes, ["embedded", "embedded"], "{told:?}");
}

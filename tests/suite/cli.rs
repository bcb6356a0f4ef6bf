//! The command line as a user sees it: whole standard output, standard error and exit code of the real binary.

use crate::run::{Home, seen};

#[test]
fn the_version_is_one_line() {
    let version = format!("todo-agent {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(Home::new().run(&["--version"]), seen(0, &version, ""));
}

#[test]
fn no_request_without_a_terminal_is_a_mistake_that_teaches() {
    let expected = r#"Say what you want, in plain words:

  todo-agent "is my app healthy?"
  todo-agent "scale backend to 3"
  todo-agent "logs of the frontend"

It shows what would change and asks before it does it.
`todo-agent chat` takes one request after the other, `todo-agent playbooks`
lists what can be asked for, `todo-agent --help` the options.
"#;
    assert_eq!(Home::new().run(&[]), seen(2, "", expected));
}

#[test]
fn a_typo_in_an_option_is_caught_before_anything_is_done() {
    let expected = r"error: unexpected argument '--yess' found

  tip: a similar argument exists: '--yes'

Usage: todo-agent [OPTIONS] [REQUEST]...
";
    let home = Home::new();
    assert_eq!(home.run(&["scale backend to 3", "--yess"]), seen(2, "", expected));
    assert!(!home.state().exists());
}

#[test]
fn a_typo_in_a_subcommand_gets_a_suggestion() {
    let expected = r"error: unrecognized subcommand 'strat'

  tip: some similar subcommands exist: 'status', 'start'

Usage: todo-agent cluster [OPTIONS] <COMMAND>

For more information, try '--help'.
";
    assert_eq!(Home::new().run(&["cluster", "strat"]), seen(2, "", expected));
}

#[test]
fn a_script_that_is_not_there_is_named() {
    let expected = "error: the script ./missing.txt cannot be read: No such file or directory (os error 2)\n  A script holds requests, one a line: todo-agent run requests.txt\n";
    assert_eq!(Home::new().run(&["run", "./missing.txt"]), seen(2, "", expected));
}

#[test]
fn there_are_no_records_yet() {
    assert_eq!(
        Home::new().run(&["transcript", "list"]),
        seen(0, "No records yet: every request makes one.\n", "")
    );
}

#[test]
fn an_unknown_playbook_gets_a_suggestion_for_people_and_for_machines() {
    let home = Home::new();
    assert_eq!(
        home.run(&["playbooks", "scal"]),
        seen(2, "", "error: there is no playbook \"scal\"\n  Did you mean scale?\n")
    );
    let document = r#"{
  "schema": "todo-agent/v1",
  "exit_code": 2,
  "failure": {
    "kind": "usage",
    "what": "there is no playbook \"scal\"",
    "hints": [
      "Did you mean scale?"
    ]
  }
}
"#;
    assert_eq!(home.run(&["playbooks", "scal", "--output", "json"]), seen(2, document, ""));
}

#[test]
fn configuration_with_a_mistake_is_told_with_file_and_line() {
    let home = Home::new();
    std::fs::create_dir_all(home.config()).unwrap();
    std::fs::write(home.config().join("config.toml"), "namspace = \"x\"\n").unwrap();
    assert_eq!(
        home.run(&["playbooks"]),
        seen(
            2,
            "",
            "error: HOME/config/todo-agent/config.toml:1: unknown key `namspace`\n  Did you mean `namespace`?\n"
        )
    );
}

#[test]
fn what_is_not_understood_starts_nothing_and_says_what_it_was() {
    let home = Home::new();
    let seen = home.run(&["paint the moon green"]);
    assert_eq!((seen.code, seen.out.as_str()), (2, ""));
    assert!(
        seen.err.starts_with("Not understood; nothing was done.\n") && seen.err.contains("  not understood: “paint”\n"),
        "{}",
        seen.err
    );
    assert!(!home.state().join("embedded").exists(), "no cluster was needed");
}

#[test]
fn a_script_stops_at_its_first_failure_and_names_the_line() {
    let home = Home::new();
    home.write("requests.txt", "# a script\n\npaint the moon green\nlist pods\n");
    let seen = home.run(&["run", "requests.txt"]);
    assert_eq!(
        (seen.code, seen.out.as_str()),
        (
            2,
            "[1/2] paint the moon green\n\n2 requests: 0 done, 1 failed, 1 not run\n  ✗ line 3  paint the moon green                             exit code 2\n  – line 4  list pods                                            not run\n"
        )
    );
    assert!(
        seen.err.ends_with("error: requests.txt:3: exit code 2; what follows was not run\n"),
        "{}",
        seen.err
    );
    let seen = home.run_with(&["run", "-", "--output", "json"], "paint the moon green\n");
    let document: serde_json::Value = serde_json::from_str(&seen.out).unwrap();
    assert_eq!(
        (document["exit_code"].as_i64(), document["results"].as_array().map(Vec::len)),
        (Some(2), Some(1))
    );
    assert_eq!(seen.err, "");
}

#[test]
fn the_request_may_come_from_standard_input() {
    let home = Home::new();
    let seen = home.run_with(&["-"], "paint the moon green\n");
    assert!(seen.err.contains("“paint”"), "{}", seen.err);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let home = Home::new();
    let mut command = home.command(&["list pods"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command.stdout(writer);
    let seen = home.finish(command, None);
    assert_eq!(
        seen,
        crate::run::seen(0, "", "Embedded cluster, simulated: nothing real is touched.\n")
    );
}

/// The events of the newest record, by name.
fn newest_record(home: &Home) -> Vec<String> {
    let mut records: Vec<_> = std::fs::read_dir(home.state().join("transcripts"))
        .unwrap()
        .map(|record| record.unwrap().path().join("events.jsonl"))
        .map(|events| (events.metadata().unwrap().modified().unwrap(), events))
        .collect();
    records.sort();
    let text = std::fs::read_to_string(&records.last().unwrap().1).unwrap();
    text.lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["type"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect()
}

#[test]
fn a_reader_that_goes_away_does_not_stop_a_change() {
    let home = Home::new();
    for form in ["jsonl", "json", "text"] {
        let mut command = home.command(&["-y", "--output", form, "scale", "backend", "to", "3"]);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        command.stdout(writer);
        assert_eq!(home.finish(command, None).code, 0);
        let events = newest_record(&home);
        let last = events.iter().filter(|event| ["did", "verified", "ended"].contains(&event.as_str()));
        assert_eq!(last.collect::<Vec<_>>(), ["did", "verified", "ended"], "{form}: {events:?}");
        let undone = home.run(&["-y", "undo"]);
        assert_eq!(undone.code, 0, "{undone:?}");
        assert_eq!(
            newest_record(&home).first().map(String::as_str),
            Some("requested"),
            "an undo is a request too"
        );
    }
}

const SIMULATED: &str = "Embedded cluster, simulated: nothing real is touched.\n";

const PREVIEW: &str = "
  scale deployment/todo-backend (“backend”)           embedded · default
    replicas  2 → 3
    can be taken back
";

#[test]
fn a_change_without_a_yes_is_refused_and_shown() {
    let home = Home::new();
    let refusal = "error: a change needs a yes, and there is no terminal to ask at: nothing was changed\n  add `--yes` to approve it, or `--dry-run` to see it only\n";
    assert_eq!(
        home.run(&["scale backend to 3"]),
        seen(3, "", &format!("{SIMULATED}{PREVIEW}{refusal}"))
    );
}

#[test]
fn a_word_for_much_else_needs_somebody_who_looks_at_what_it_became() {
    let home = Home::new();
    let preview = PREVIEW.replace("(“backend”)           ", "(“server”)            ");
    let refusal = "error: nothing is called “server”; it was taken for deployment/todo-backend, and --yes is no yes to that\n  name it: deployment/todo-backend\n  `--dry-run` shows what would be changed\n";
    assert_eq!(
        home.run(&["scale the server to 3", "--yes"]),
        seen(3, &preview, &format!("{SIMULATED}{refusal}"))
    );
    let shown = seen(0, &preview, &format!("{SIMULATED}Preview only: nothing was changed.\n"));
    assert_eq!(home.run(&["scale the server to 3", "--dry-run"]), shown);
    assert_eq!(home.run(&["restart the api", "--yes"]).code, 0, "the backend is commonly called so");
}

#[test]
fn a_preview_changes_nothing_and_is_the_answer() {
    let home = Home::new();
    let expected = seen(0, PREVIEW, &format!("{SIMULATED}Preview only: nothing was changed.\n"));
    assert_eq!(home.run(&["scale", "backend", "to", "3", "--dry-run"]), expected);
    assert_eq!(
        home.run(&["--dry-run", "scale backend to 3"]),
        expected,
        "the first one changed nothing"
    );
}

#[test]
fn a_change_is_made_verified_recorded_and_taken_back() {
    let home = Home::new();
    let changed = home.run(&["scale backend to 3", "--yes"]);
    let out = format!(
        "{PREVIEW}
  ✓ replicas set to 3
  ✓ 3 of 3 replicas available
Verified on the embedded (simulated) cluster. Take it back with `todo-agent undo`.
"
    );
    assert_eq!((changed.code, untimed(&changed.out)), (0, out), "{}", changed.err);
    assert!(changed.err.starts_with(SIMULATED), "{}", changed.err);
    assert!(changed.err.ends_with("Record: DATE-scale-backend-to-3\n"), "{}", changed.err);

    let undone = home.run(&["undo", "the last change", "-y"]);
    assert_eq!(undone.code, 0, "{undone:?}");
    assert!(undone.out.contains("    replicas  3 → 2\n"), "{}", undone.out);
    let again = home.run(&["undo", "-y"]);
    assert_eq!(
        again,
        seen(
            1,
            "",
            "error: there is nothing to take back on embedded\n  `todo-agent transcript list` shows what was done.\n"
        )
    );
    assert_eq!(home.run(&["transcript", "check"]).code, 0);
}

/// A server tells no replicas by leaving the number out.
#[test]
fn none_is_a_number_to_scale_to_and_from() {
    let home = Home::new();
    let verified = "Verified on the embedded (simulated) cluster. Take it back with `todo-agent undo`.\n";
    let none = home.run(&["scale backend to 0", "--yes"]);
    let expected = format!(
        "
  scale deployment/todo-backend (“backend”)           embedded · default
    replicas  2 → 0
    todo-backend will not run at all: no pod is left to answer
    can be taken back

  ✓ replicas set to 0
  ✓ no replicas, as specified
{verified}"
    );
    assert_eq!((none.code, untimed(&none.out)), (0, expected), "{}", none.err);
    let some = home.run(&["scale backend to 2", "--yes"]);
    let expected = format!(
        "
  scale deployment/todo-backend (“backend”)           embedded · default
    replicas  0 → 2
    can be taken back

  ✓ replicas set to 2
  ✓ 2 of 2 replicas available
{verified}"
    );
    assert_eq!((some.code, untimed(&some.out)), (0, expected), "{}", some.err);
}

#[test]
fn two_parts_that_want_something_else_of_one_object_are_not_done() {
    let home = Home::new();
    for (request, what) in [
        (
            "scale backend to 0; scale backend to 2",
            "want something else of deployment/todo-backend",
        ),
        (
            "set LOG_LEVEL=debug on backend then set LOG_LEVEL=info on backend",
            "deployment/todo-backend",
        ),
        (
            "set image of backend to x:1 then set image of backend to todo-backend:v1",
            "want something else of deployment/todo-backend",
        ),
    ] {
        let seen = home.run(&[request, "--yes"]);
        assert_eq!(seen.code, 2, "{request}: {}", seen.err);
        assert!(
            seen.err.contains(what) && seen.err.contains("nothing was changed"),
            "{request}: {}",
            seen.err
        );
    }
}

#[test]
fn both_are_not_the_one_that_was_spoken_of() {
    let home = Home::new();
    let seen = home.run(&["scale backend to 3 and restart both", "--yes"]);
    assert_eq!(seen.code, 2, "{}{}", seen.out, seen.err);
    assert!(seen.out.is_empty(), "{}", seen.out);
}

#[test]
fn a_change_for_a_machine_is_one_document() {
    let home = Home::new();
    let seen = home.run(&["scale backend to 3", "--yes", "--output", "json"]);
    let document: serde_json::Value = serde_json::from_str(&seen.out).unwrap();
    let told = ["schema", "exit_code", "changed", "verified", "simulated"].map(|key| document[key].clone());
    assert_eq!(
        (seen.code, seen.err.as_str(), told),
        (
            0,
            "",
            [serde_json::json!("todo-agent/v1"), 0.into(), true.into(), true.into(), true.into()]
        )
    );
}

#[test]
fn a_secret_in_a_request_is_never_shown() {
    let home = Home::new();
    let value = "hunter2hunter2";
    let request = format!("set env COHERE_API_KEY={value} on backend");
    for form in ["text", "json", "jsonl"] {
        let seen = home.run(&[request.as_str(), "--dry-run", "-v", "--output", form]);
        assert_eq!(seen.code, 0, "{seen:?}");
        assert!(!seen.out.contains(value) && !seen.err.contains(value), "{seen:?}");
    }
    assert!(
        home.run(&[request.as_str(), "--dry-run"])
            .out
            .contains("env COHERE_API_KEY  from secret todo-secrets → •••\n")
    );
}

/// How long it took depends on the machine.
fn untimed(text: &str) -> String {
    regex::Regex::new(r" +\d+(\.\d)? (ms|s)\n")
        .unwrap()
        .replace_all(text, "\n")
        .into_owned()
}

#[test]
fn following_a_silent_program_tells_what_it_has_said_so_far() {
    use std::io::{BufRead, BufReader};

    let home = Home::new();
    let mut child = home.command(&["follow the frontend logs, last 20 lines"]).spawn().unwrap();
    let stdout = child.stdout.take().unwrap();
    let (send, first) = std::sync::mpsc::channel();
    std::thread::spawn(move || send.send(BufReader::new(stdout).lines().next()));
    let first = first.recv_timeout(std::time::Duration::from_secs(60));
    child.kill().unwrap();
    child.wait().unwrap();
    let line = first.expect("a line within a minute").unwrap().unwrap();
    assert!(line.starts_with("todo-frontend-") && line.contains("Next.js"), "{line}");
}

#[test]
fn a_web_server_that_is_no_kubernetes_is_not_a_healthy_cluster() {
    use std::io::{Read, Write};

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\nConnection: close\r\n\r\nnot found");
        }
    });
    let home = Home::new();
    let config = format!(
        "{{apiVersion: v1, kind: Config, current-context: web, contexts: [{{name: web, context: {{cluster: web, user: me}}}}],\
         clusters: [{{name: web, cluster: {{server: '{server}'}}}}], users: [{{name: me, user: {{}}}}]}}"
    );
    home.write("config.yaml", &config);
    let mut command = home.command(&["is my app healthy?"]);
    command.env("KUBECONFIG", home.work().join("config.yaml"));
    let expected =
        format!("error: what answers at {server} is not a Kubernetes API\n  check the server of context \"web\" in the kubeconfig\n");
    assert_eq!(home.finish(command, None), seen(2, "", &expected));
}

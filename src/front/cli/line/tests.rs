use super::*;

fn read(line: &[&str]) -> String {
    let args: Vec<OsString> = std::iter::once("todo-agent")
        .chain(line.iter().copied())
        .map(OsString::from)
        .collect();
    match Line::read(&args) {
        Ok(Line::Request { options, words }) => {
            let namespace = options.namespace.map_or_else(String::new, |namespace| format!(" in {namespace}"));
            format!("request: {words}{namespace}{}", if options.yes { " (yes)" } else { "" })
        }
        Ok(Line::Command { command, options }) => format!("command: {command:?}{}", if options.yes { " (yes)" } else { "" }),
        Ok(Line::Nothing { .. }) => "nothing".to_owned(),
        Err(error) => format!("{:?}", error.kind()),
    }
}

#[test]
fn words_are_a_request_and_quotes_are_optional() {
    assert_eq!(read(&["scale backend to 3", "-y"]), "request: scale backend to 3 (yes)");
    assert_eq!(
        read(&["scale", "backend", "--yes", "to", "3", "-n", "todo"]),
        "request: scale backend to 3 in todo (yes)"
    );
    assert_eq!(
        read(&["-yn", "todo", "scale", "backend", "to", "-3"]),
        "request: scale backend to -3 in todo (yes)"
    );
    assert_eq!(
        read(&["get", "nodes", "-o", "wide", "-n", "todo", "--sort-by=.metadata.name"]),
        "request: get nodes -o wide --sort-by=.metadata.name in todo"
    );
    assert_eq!(read(&["pods", "-A", "-y"]), "request: pods -A (yes)");
    assert_eq!(read(&["-A", "pods"]), "request: -A pods");
    assert_eq!(read(&["--", "transcript", "--yes"]), "request: transcript --yes");
    assert_eq!(read(&["-"]), "request: -");
    assert_eq!(read(&[]), "nothing");
}

#[test]
fn a_tool_takes_everything_behind_it() {
    assert_eq!(
        read(&["-y", "kubectl", "get", "pods", "-n", "todo", "--yes", "a b"]),
        "request: kubectl get pods -n todo --yes 'a b' (yes)"
    );
}

#[test]
fn commands_are_taken_as_such_only_where_they_can_be() {
    assert_eq!(read(&["run", "nginx"]), "request: run nginx");
    assert_eq!(read(&["run", "3", "copies", "of", "backend"]), "request: run 3 copies of backend");
    assert_eq!(read(&["run", "-"]), "command: Run(Run { file: \"-\", keep_going: false })");
    assert_eq!(
        read(&["run", "./missing"]),
        "command: Run(Run { file: \"./missing\", keep_going: false })"
    );
    assert_eq!(read(&["cluster", "health"]), "request: cluster health");
    assert_eq!(read(&["cluster", "strat"]), "InvalidSubcommand");
    assert_eq!(read(&["cluster", "status"]), "command: Cluster(Cluster { command: Status })");
    assert_eq!(read(&["transcript", "of", "yesterday"]), "InvalidSubcommand");
}

#[test]
fn a_typo_in_a_command_is_told_and_a_request_is_none() {
    for (line, meant) in [
        (&["transcrpt", "list"][..], "transcript list"),
        (&["clutser", "strat"], "cluster start"),
        (&["undoo"], "undo"),
        (&["udno", "20260102-030405-x"], "undo 20260102-030405-x"),
        (&["plabooks"], "playbooks"),
        (&["completion", "bash"], "completions bash"),
    ] {
        let args: Vec<OsString> = std::iter::once(&"todo-agent").chain(line).map(OsString::from).collect();
        let said = Line::read(&args).unwrap_err().to_string();
        assert!(said.contains(&format!("did you mean `todo-agent {meant}`?")), "{said}");
    }
    for request in [
        &["clusters", "health"][..],
        &["undone", "pods"],
        &["trusty", "pods"],
        &["ran", "nginx"],
    ] {
        assert_eq!(read(request), format!("request: {}", request.join(" ")));
    }
}

#[test]
fn undo_is_understood_as_people_say_it() {
    let last = "command: Undo(Undo { transcript: None })";
    assert_eq!(read(&["undo"]), last);
    assert_eq!(read(&["undo", "the", "last", "change", "-y"]), format!("{last} (yes)"));
    assert_eq!(read(&["undo that please"]), last);
    assert_eq!(
        read(&["undo", "20260102-030405-x"]),
        "command: Undo(Undo { transcript: Some(\"20260102-030405-x\") })"
    );
    assert_eq!(
        read(&["undo the scaling of the backend"]),
        "request: undo the scaling of the backend"
    );
    let everything = "command: Undo(Undo { transcript: Some(\"everything\") })";
    for line in [
        &["undo everything"][..],
        &["revert", "all", "my", "changes"],
        &["undo", "it all"],
        &["take back everything"],
        &["put everything back"],
    ] {
        assert_eq!(read(line), everything, "{line:?}");
    }
    assert_eq!(read(&["undo all deployments"]), "request: undo all deployments");
}

#[test]
fn options_with_typos_are_errors() {
    assert_eq!(read(&["scale backend to 3", "--yess"]), "UnknownArgument");
    assert_eq!(read(&["pods", "--timeout", "-1s"]), "ValueValidation");
    assert_eq!(read(&["scale backend to 3", "--allow-remote"]), "MissingRequiredArgument");
}

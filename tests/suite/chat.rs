//! `todo-agent chat`: from a pipe and at a real terminal.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, time::Duration};

use serde_json::Value;

use crate::{
    run::{Home, Seen, seen},
    terminal::{DUMB, PLAIN, Session, Terminal, painted},
};

fn piped(home: &Home, args: &[&str], lines: &str) -> Seen {
    home.run_with(&[&["chat"], args].concat(), lines)
}

fn records(home: &Home) -> Vec<PathBuf> {
    let listing = fs::read_dir(home.state().join("transcripts"));
    listing.map(|all| all.map(|one| one.unwrap().path()).collect()).unwrap_or_default()
}

#[test]
fn a_pipe_gives_one_request_a_line_and_the_exit_code_is_the_worst() {
    let home = Home::new();
    let lines = "# a comment\n\nscale the backend to 3\r\npaint the moon green\nrestart nothinglikeit\n";
    let told = piped(&home, &["-y"], lines);
    assert_eq!(told.code, 2, "{told:?}");
    assert!(
        told.out
            .contains("Verified on the embedded (simulated) cluster. Take it back with `todo-agent undo`.\n"),
        "{}",
        told.out
    );
    assert!(told.err.contains("  not understood: “paint”\n"), "{}", told.err);
    assert!(
        !told.out.contains('›') && !told.err.contains("Ask in plain words"),
        "no prompt: {told:?}"
    );
    assert_eq!(told.err.matches("Embedded cluster, simulated").count(), 1);
    assert_eq!(piped(&home, &[], "list pods\n").code, 0);
    assert_eq!(piped(&home, &[], ""), seen(0, "", ""));
    assert_eq!(piped(&home, &[], "scale backend to 5\nlist pods\n").code, 3);
}

#[test]
fn what_was_listed_or_offered_is_spoken_of_by_its_number() {
    let home = Home::new();
    let told = piped(
        &home,
        &["-y"],
        "list deployments\ndescribe the second one\nscale bakend to 3\nthe first one\n",
    );
    assert!(told.out.contains("\ndeployment/todo-frontend  "), "{}", told.out);
    assert!(told.out.contains("    replicas  2 → 3\n"), "{}", told.out);
    let none = piped(&home, &["-y"], "list deployments\ndescribe the third one\n");
    assert!(!none.out.contains("deployment/"), "{}", none.out);
}

#[test]
fn a_number_that_is_asked_for_may_be_told_as_a_difference() {
    let home = Home::new();
    let told = piped(&home, &["-y"], "scale the backend up\nby two\nscale the frontend down\nby one\n");
    assert!(told.out.contains("    replicas  2 → 4\n"), "{told:?}");
    assert!(told.out.contains("    replicas  2 → 1\n"), "{told:?}");
}

#[test]
fn what_is_gone_gives_its_name_to_nothing_else() {
    let home = Home::new();
    let lines = "create deployment web with image nginx:1.27\nundo that\nrestart web\n";
    let told = piped(&home, &["-y"], lines);
    assert_eq!(told.code, 2, "{told:?}");
    let gone = "deployment/web was spoken of before and is not there any more; deployment/todo-frontend has another name";
    assert!(told.err.contains(gone), "{}", told.err);
    assert!(!told.out.contains("restart deployment/todo-frontend"), "{}", told.out);
}

#[test]
fn a_place_is_gone_to_by_its_name_alone_and_what_is_no_place_is_a_request() {
    let home = Home::new();
    assert_eq!(home.run(&["-y", "create namespace prod"]).code, 0);
    let told = piped(
        &home,
        &[],
        "switch to prod\nwhich namespace am I in?\ngo back to default\nswitch to moon\n",
    );
    let places: Vec<&str> = told
        .out
        .lines()
        .filter(|line| line.starts_with("Requests") || line.starts_with("The namespace"))
        .collect();
    assert_eq!(
        places,
        [
            "Requests go to embedded · prod now.",
            "The namespace is prod.",
            "Requests go to embedded · default now."
        ],
        "{told:?}"
    );
    assert_eq!(told.code, 2, "{told:?}");
    let alone = home.run(&["what's my namespace?"]);
    assert!(alone.out.contains("embedded   current"), "{alone:?}");
}

#[test]
fn what_was_found_to_be_wrong_is_what_is_spoken_of_next() {
    let home = Home::new();
    assert_eq!(home.run(&["cluster", "break", "backend", "--with", "missing-secret"]).code, 0);
    let told = piped(&home, &[], "why is my app failing?\nrollout status of it\n");
    assert!(told.out.contains("deployment/todo-backend: "), "{told:?}");
}

#[test]
fn a_correction_of_what_was_done_says_that_it_stays_done() {
    let home = Home::new();
    let told = piped(&home, &["-y"], "scale the backend to 3\nno, the frontend\n");
    let note = "“scale the backend to 3” was done and stays so: “undo that” before this takes it back.\n";
    assert!(told.out.contains(note) || told.err.contains(note), "{told:?}");
    let other = piped(&home, &[], "scale the backend to 5\nno, the frontend\n");
    assert!(!other.out.contains("stays so") && !other.err.contains("stays so"), "{other:?}");
}

#[test]
fn a_conversation_is_one_record_whose_requests_are_taken_back_one_by_one() {
    let home = Home::new();
    let more = "one more replica of the backend\n";
    let told = piped(&home, &["-y"], &format!("{more}{more}undo that\nundo that\nundo that\n"));
    let undone: Vec<&str> = told
        .out
        .lines()
        .filter(|line| line.contains("replicas  ") || line.contains("replicas back"))
        .collect();
    assert_eq!(
        undone,
        [
            "    replicas  2 → 3",
            "    replicas  3 → 4",
            "    replicas  4 → 3",
            "  ✓ replicas back to 3",
            "    replicas  3 → 2",
            "  ✓ replicas back to 2",
        ],
        "{told:?}"
    );
    assert!(told.err.contains("there is nothing to take back"), "{}", told.err);
    assert_eq!(records(&home).len(), 1);
    let check = home.run(&["transcript", "check"]);
    assert_eq!(check.code, 0, "{check:?}");
    let list = home.run(&["transcript", "list", "--output", "json"]);
    let list: Value = serde_json::from_str(&list.out).unwrap();
    assert_eq!(list["transcripts"][0]["requests"], 5);
}

#[test]
fn a_change_of_a_conversation_can_be_taken_back_later() {
    let home = Home::new();
    assert_eq!(piped(&home, &["-y"], "scale the frontend to 3\nscale the backend to 3\n").code, 0);
    assert!(home.run(&["undo", "-y"]).out.contains("take back \"scale the backend to 3\""));
    assert!(home.run(&["undo", "-y"]).out.contains("take back \"scale the frontend to 3\""));
}

#[test]
fn it_is_what_was_spoken_of_and_what_could_be_two_is_asked() {
    let home = Home::new();
    let titles = |lines: &str| {
        let told = piped(&home, &["--dry-run"], lines);
        let asked = told.err.lines().filter(|line| line.ends_with('?'));
        let planned = told
            .out
            .lines()
            .filter(|line| line.contains("deployment/"))
            .map(|line| line.split("  ").nth(1).unwrap_or(line));
        planned.chain(asked).map(str::to_owned).collect::<Vec<String>>()
    };
    assert_eq!(
        titles("scale the backend to 3\nrestart it\n"),
        [
            "scale deployment/todo-backend (“backend”)",
            "restart deployment/todo-backend (“it”)"
        ]
    );
    assert_eq!(
        titles("scale the backend to 3\nscale the frontend to 3\nrestart both\n")[2..],
        ["restart deployment/todo-frontend", "restart deployment/todo-backend (“both”)"]
    );
    assert_eq!(
        titles("restart the backend and the frontend\nscale it to 3\n")
            .last()
            .map(String::as_str),
        Some("Scale which workload to 3?")
    );
    // What was not understood, or not found, may have been about another.
    assert_eq!(
        titles("scale the backend to 3\nfrobnicate the frontend\nrestart it\n")
            .last()
            .map(String::as_str),
        Some("Restart which workload?")
    );
}

#[test]
fn where_nothing_was_said_yet_it_is_asked_for() {
    let home = Home::new();
    let told = piped(
        &home,
        &[],
        "restart it\n/explain\n/transcript\n/context\n/namespace\n/namespace nowhere\n/nonsense\n",
    );
    assert_eq!(told.code, 2);
    assert!(
        told.err
            .starts_with("Embedded cluster, simulated: nothing real is touched.\nRestart which workload?\n"),
        "{}",
        told.err
    );
    assert!(
        told.out
            .starts_with("restart it\n  It was not clear which object was meant; nothing was done.\n  playbook    restart\n"),
        "{}",
        told.out
    );
    assert!(
        told.out
            .contains("The context is embedded.\nThe namespace is default.\nThere are also: kube-node-lease, kube-public, kube-system\n"),
        "{}",
        told.out
    );
    assert!(
        told.err.ends_with(
            "error: there is no namespace \"nowhere\"\n  There are: default, kube-node-lease, kube-public, kube-system\nerror: there is no command /nonsense; there are /help, /undo, /context, /namespace, /explain, /transcript, /quit\n  /help lists what there is.\n"
        ),
        "{}",
        told.err
    );
}

#[test]
fn a_line_that_is_no_text_is_told_and_the_next_one_is_read() {
    let home = Home::new();
    let mut command = home.command(&["chat"]);
    command.stdin(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    std::io::Write::write_all(child.stdin.as_mut().unwrap(), b"list \xff\nlist deployments\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(err.contains("error: this line is no UTF-8 text: it was passed over\n"), "{err}");
    assert!(out.contains("todo-backend"), "{out}");
}

const PROMPT: &str = "embedded · default › ";

/// Without what moves the cursor.
fn plain(screen: &str) -> String {
    regex::Regex::new("\u{1b}\\[[?0-9;]*[a-zA-Z]")
        .unwrap()
        .replace_all(screen, "")
        .replace('\r', "")
}

/// Waits until nothing but a line is waited for.
pub fn ready(session: &Session) {
    let began = std::time::Instant::now();
    while !plain(&session.screen()).ends_with("› ") {
        assert!(began.elapsed() < Duration::from_secs(30), "no prompt: {}", session.screen());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Types a line and waits for the next prompt.
fn say(session: &mut Session, line: &str, answer: &str) {
    session.press(&format!("{line}\r"));
    session.wait_for(answer, 1);
    ready(session);
}

/// Ctrl-D.
fn leave(session: Session) -> (i32, String, u64) {
    ready(&session);
    let mut session = session;
    session.press("\u{4}");
    session.end()
}

/// A conversation at a terminal that shows what it writes, once the first prompt is there.
fn at_terminal(home: &Home, columns: u16, args: &[&str]) -> Session {
    let mut session = Terminal::new(columns).start(home, args, &PLAIN);
    session.wait_for(PROMPT, 1);
    ready(&session);
    session
}

#[test]
fn at_a_terminal_no_request_begins_a_conversation_and_ctrl_d_ends_it() {
    let home = Home::new();
    let mut session = at_terminal(&home, 80, &[]);
    say(&mut session, "list deployments", "todo-frontend");
    let (code, screen, left) = leave(session);
    assert_eq!((code, left), (0, 0), "{screen}");
    let shown = painted(&screen.replace('\n', "\r\n"), 80);
    assert_eq!(shown[0], "Ask in plain words. /help says what there is, Ctrl-D leaves.");
    assert!(shown.iter().any(|line| line.starts_with("Record: ")), "{shown:#?}");
}

#[test]
fn ctrl_c_stops_the_request_and_not_the_conversation() {
    let home = Home::new();
    let mut session = at_terminal(&home, 80, &["chat"]);
    session.press("follow the backend logs\r");
    session.wait_for("\"GET ", 1);
    // In the terminal's own way of reading Ctrl-C is a signal.
    session.interrupt();
    ready(&session);
    session.press("scale the backend to 3\r");
    session.wait_for("[y/N] ", 1);
    session.press("\u{3}");
    session.wait_for("Stopped: nothing was changed.", 1);
    ready(&session);
    session.press("scale it to 4\r");
    session.wait_for("replicas  2 → 4", 1);
    session.wait_for("[y/N] ", 2);
    session.press("y\r");
    session.wait_for("Take it back with `/undo`.", 1);
    ready(&session);
    session.press("\u{3}");
    std::thread::sleep(Duration::from_millis(200));
    ready(&session);
    session.press("\u{3}");
    session.wait_for("Ctrl-D or /quit leaves.", 1);
    ready(&session);
    session.press("/quit\r");
    let (code, screen, _) = session.end();
    assert_eq!(code, 0, "{screen}");
    assert_eq!(records(&home).len(), 1);
}

#[test]
fn a_no_that_says_what_was_meant_instead_is_the_next_request() {
    let home = Home::new();
    let mut session = at_terminal(&home, 80, &["chat"]);
    session.press("scale the backend to 5\r");
    session.wait_for("[y/N] ", 1);
    session.press("no, 3\r");
    session.wait_for_behind("replicas  2 → 3", "[y/N] ");
    session.press("no, the frontend\r");
    session.wait_for_behind("scale deployment/todo-frontend", "replicas  2 → 3");
    session.wait_for_behind("scale deployment/todo-frontend", "[y/N] ");
    session.press("y\r");
    session.wait_for("Take it back with `/undo`.", 1);
    let (code, screen, _) = leave(session);
    assert_eq!(code, 0, "{screen}");
    assert_eq!(plain(&screen).matches("Not approved: nothing was changed.").count(), 2, "{screen}");
}

#[test]
fn a_conversation_takes_back_its_own_last_change_whatever_others_did_meanwhile() {
    let home = Home::new();
    let mut session = at_terminal(&home, 80, &["chat", "-y"]);
    say(&mut session, "scale the backend to 3", "Take it back with");
    assert_eq!(home.run(&["scale frontend to 4", "--yes"]).code, 0);
    say(&mut session, "undo that", "replicas  3 → 2");
    assert_eq!(leave(session).0, 0);
}

#[test]
fn lines_are_remembered_over_sessions_without_their_secrets() {
    let home = Home::new();
    let secret = "hunter2-9f8e7d6c5b4a";
    let mut session = at_terminal(&home, 80, &["chat"]);
    session.press(&format!("set env API_KEY={secret} on the backend\r"));
    session.wait_for("[y/N] ", 1);
    say(&mut session, "n", "Not approved");
    say(&mut session, "list deployments", "todo-frontend");
    leave(session);
    let history = home.state().join("chat/history");
    let text = fs::read_to_string(&history).unwrap();
    assert!(!text.contains(secret) && text.contains("API_KEY="), "{text}");
    assert_eq!(fs::metadata(&history).unwrap().permissions().mode() & 0o777, 0o600);

    let mut session = at_terminal(&home, 80, &["chat"]);
    session.press("\u{1b}[A");
    session.wait_for("list deployments", 1);
    say(&mut session, "", "todo-frontend");
    assert_eq!(leave(session).0, 0);
}

#[test]
fn tab_completes_commands_and_names_that_are_there() {
    let home = Home::new();
    let mut session = at_terminal(&home, 80, &["chat"]);
    say(&mut session, "list deployments", "todo-frontend");
    // The names are asked for beside the conversation.
    std::thread::sleep(Duration::from_secs(1));
    session.press("describe front\t\r");
    session.wait_for("describe todo-frontend", 1);
    session.wait_for("Replicas", 1);
    ready(&session);
    session.press("/qu\t\r");
    let (code, screen, _) = session.end();
    assert_eq!(code, 0, "{screen}");
}

#[test]
fn a_terminal_that_becomes_narrow_stays_readable() {
    let home = Home::new();
    let mut session = at_terminal(&home, 80, &["chat"]);
    session.resize(20);
    session.press("scale the backend to 3\r");
    session.wait_for("[y/N] ", 1);
    say(&mut session, "n", "Not approved");
    say(&mut session, "overview", "healthy.");
    let (code, screen, _) = leave(session);
    assert_eq!(code, 0, "{screen}");
    let screen = plain(&screen);
    assert!(screen.contains("\n› overview"), "{screen}");
}

#[test]
fn where_lines_cannot_be_edited_it_is_plain_questions_and_answers() {
    let home = Home::new();
    let mut session = Terminal::new(80).start(&home, &["chat"], &DUMB);
    session.wait_for("embedded - default > ", 1);
    session.press("scale it to 3\n");
    session.wait_for("Which one? [1-2, Enter: none] ", 1);
    session.press("2\n");
    session.wait_for("[y/N] ", 1);
    session.press("n\n");
    session.wait_for("embedded - default > ", 2);
    session.press("\u{4}");
    let (code, screen, _) = session.end();
    assert_eq!(code, 0, "{screen}");
    assert!(!screen.contains('\u{1b}'), "{screen}");
}

#[test]
fn being_told_to_end_it_leaves_the_terminal_as_it_was() {
    let home = Home::new();
    let mut session = at_terminal(&home, 80, &["chat"]);
    session.press("half a line");
    session.wait_for("half a line", 1);
    session.terminate();
    let (code, screen, _) = session.end();
    assert_eq!(code, 130, "{screen}");
}

#[test]
fn two_conversations_at_once_have_records_of_their_own_and_share_their_memory() {
    let home = Home::new();
    let mut one = at_terminal(&home, 80, &["chat"]);
    let mut two = at_terminal(&home, 80, &["chat"]);
    for number in 0..10 {
        for (session, name) in [(&mut one, "one"), (&mut two, "two")] {
            ready(session);
            session.press(&format!("/{name}{number}\r"));
        }
        one.wait_for(&format!("command /one{number}"), 1);
        two.wait_for(&format!("command /two{number}"), 1);
    }
    for session in [&mut one, &mut two] {
        ready(session);
        say(session, "list deployments", "todo-frontend");
    }
    assert_eq!((leave(one).0, leave(two).0), (0, 0));
    assert_eq!(records(&home).len(), 2);
    let history = fs::read_to_string(home.state().join("chat/history")).unwrap();
    for number in 0..10 {
        for name in ["one", "two"] {
            let line = format!("/{name}{number}");
            assert_eq!(history.lines().filter(|known| **known == line).count(), 1, "{line}: {history}");
        }
    }
}

#[test]
fn a_request_of_a_conversation_may_be_only_shown() {
    let home = Home::new();
    let told = piped(
        &home,
        &[],
        "scale the backend to 3 --dry-run\nand the frontend too --dry-run\noverview\n",
    );
    assert_eq!(told.code, 0, "{told:?}");
    assert_eq!(told.err.matches("Preview only: nothing was changed.\n").count(), 2, "{}", told.err);
    assert!(told.out.contains("todo-frontend  2 of 2 ready"), "{}", told.out);
}

#[test]
fn what_can_be_asked_is_told_in_words_and_nothing_is_done() {
    let home = Home::new();
    let told = home.run(&["what can you do?"]);
    assert_eq!((told.code, told.err.as_str()), (0, ""), "{told:?}");
    assert!(
        told.out
            .starts_with("Ask in plain words, or type the kubectl or docker command that you know.\n\nOn the cluster, to see"),
        "{}",
        told.out
    );
    assert_eq!(home.run(&["docker", "ai", "What can you do?"]), told);
    assert_eq!(home.run(&["help"]), told);
    assert!(!home.state().exists());
    let chat = piped(&home, &[], "help\n");
    assert!(
        chat.out.starts_with(&told.out) && chat.out.contains("\n  and the frontend too\n"),
        "{}",
        chat.out
    );
}

#[test]
fn how_something_would_be_done_is_shown_and_not_done() {
    let home = Home::new();
    let told = home.run(&["how would I scale the backend to 4?"]);
    assert_eq!((told.code, told.out.as_str()), (0, ""), "{told:?}");
    let expected = "
  scale deployment/todo-backend (“backend”)           embedded · default
    replicas  2 → 4
    can be taken back
You asked about it, not for it: nothing was done.
  understood: scale backend to 4
The command for it:
  kubectl scale deployment/todo-backend --replicas=4 -n default
To do it:
  todo-agent \"scale backend to 4\"
";
    assert!(told.err.ends_with(expected), "{}", told.err);
    assert!(home.run(&["overview"]).out.contains("todo-backend   2 of 2 ready"));
}

#[test]
fn who_asks_whether_something_is_so_is_told_where_to_look() {
    let home = Home::new();
    for (words, code, expected) in [
        (
            "is the backend autoscaled?",
            0,
            "You asked about it, not for it: nothing was done.
Close to it:
  todo-agent \"describe backend\"
",
        ),
        (
            "describe todo-secrets",
            2,
            "Nothing here has that name; nothing was done.
  Nothing in namespace default is called todo-secrets.
Close to it:
  todo-agent \"describe secret/todo-secrets\"
",
        ),
    ] {
        let told = home.run(&[words]);
        assert_eq!((told.code, told.out.as_str()), (code, ""), "{told:?}");
        assert!(told.err.ends_with(expected), "{}", told.err);
    }
}

#[test]
fn the_command_that_does_the_same_is_told_to_who_asks_for_more() {
    let home = Home::new();
    let told = home.run(&["-v", "list deployments"]);
    assert!(told.err.contains("  same as: kubectl get deployments\n"), "{}", told.err);
}

#[test]
fn a_conversation_knows_what_was_said_before() {
    let home = Home::new();
    let told = piped(&home, &["-y"], "scale the backend to 3\nand the frontend too\nno, 1\nundo that\n");
    let changes: Vec<&str> = told.out.lines().filter(|line| line.contains("replicas  ")).collect();
    assert_eq!(
        changes,
        [
            "    replicas  2 → 3",
            "    replicas  2 → 3",
            "    replicas  3 → 1",
            "    replicas  1 → 3"
        ],
        "{told:?}"
    );
    assert_eq!(told.code, 0);
}

#[test]
fn a_cluster_that_goes_away_and_comes_back_does_not_end_it() {
    let (home, server) = crate::wire::home(|path| match path.contains("/services") {
        true => crate::wire::Reply::Cut("{"),
        false => crate::wire::cluster(path),
    });
    let mut command = home.command(&["chat"]);
    command
        .env("KUBECONFIG", home.work().join("config.yaml"))
        .stdin(std::process::Stdio::piped());
    let told = home.finish(command, Some("list pods\nlist services\nlist pods\n"));
    assert_eq!(told.code, 2, "{told:?}");
    assert_eq!(told.err.matches("error: ").count(), 1, "{}", told.err);
    assert!(
        told.err.replace(&server, "SERVER").contains("the cluster of context \"dev\""),
        "{}",
        told.err
    );
    assert_eq!(home.run(&["transcript", "check"]).code, 0);
}

#[test]
fn a_letter_is_no_name_that_a_question_waits_for() {
    let home = Home::new();
    home.run(&["-y", "create deployment app-n with image nginx:1.27"]);
    let talked = piped(&home, &["--yes"], "restart bar\nn\n");
    let told = "Embedded cluster, simulated: nothing real is touched.
Nothing here has that name; nothing was done.
  Nothing in namespace default is called bar; there: app-n, todo-backend, todo-frontend.
Not understood; nothing was done.
  not understood: “n”
Close to it:
  todo-agent \"overview\"
  todo-agent \"is everything healthy\"
  todo-agent \"list deployments\"
";
    assert_eq!(talked, seen(2, "", told));
}

#[test]
fn what_was_declined_is_shown_and_asked_again_when_it_is_said_to_be_done() {
    let home = Home::new();
    let told = piped(&home, &[], "scale the backend to 3\nok do it\ndo it\n");
    let shown = told.err.lines().filter(|line| *line == "    replicas  2 → 3").count();
    assert_eq!((told.code, shown), (3, 3), "{told:?}");
    let tried = piped(&home, &["-y"], "scale the backend to 3 --dry-run\ndo it\ndo it\n");
    assert_eq!(tried.out.matches("    replicas  2 → 3\n").count(), 2, "{tried:?}");
    assert_eq!(tried.out.matches("Verified on").count(), 1, "{tried:?}");
    assert!(tried.err.contains("not understood: “do it”"), "{tried:?}");
}

#[test]
fn changes_are_taken_back_by_what_they_were_and_several_one_after_the_other() {
    let home = Home::new();
    let undone = |lines: &str| {
        let told = piped(&home, &["-y"], lines);
        let back = told.out.lines().filter(|line| line.contains("back to"));
        back.map(str::to_owned).collect::<Vec<String>>()
    };
    assert_eq!(
        undone("scale the frontend to 3\nno, 4\nundo the scaling\nundo the scaling\n"),
        ["  ✓ replicas back to 3", "  ✓ replicas back to 2"]
    );
    assert_eq!(
        undone("scale the frontend to 3\nscale the frontend to 5\nscale the backend to 4\nundo the last two changes\nundo that\n"),
        ["  ✓ replicas back to 2", "  ✓ replicas back to 3", "  ✓ replicas back to 2"]
    );
    assert_eq!(
        undone("scale the frontend to 3\nscale the backend to 4\nundo both\n"),
        ["  ✓ replicas back to 2", "  ✓ replicas back to 2"]
    );
}

/// A question that fills the line is read by the terminal itself: whoever read it must not take the next line.
#[test]
fn after_ctrl_c_at_a_question_of_a_narrow_terminal_each_line_is_a_request() {
    let home = Home::new();
    let mut session = Terminal::new(40).start(&home, &["chat"], &PLAIN);
    session.wait_for("embedded › ", 1);
    ready(&session);
    session.press("scale backend to 3\r");
    session.wait_for("[y/N] ", 1);
    session.interrupt();
    session.wait_for("Stopped: nothing was changed.", 1);
    ready(&session);
    say(&mut session, "list services", "todo-frontend");
    say(&mut session, "list configmaps", "todo-config");
    assert_eq!(leave(session).0, 0);
}

#[test]
fn that_is_no_change_before_a_request_that_changed_nothing() {
    let home = Home::new();
    let lines = "scale the frontend to 4\nshow the pods\ndelete configmap todo-cfg\nundo that\nput it back\n/undo\n";
    let told = piped(&home, &["-y"], lines);
    let refused = "“delete configmap todo-cfg” changed nothing: there is nothing of it to take back\n  `/undo` takes back “scale the frontend to 4”, which came before it\n";
    assert_eq!(told.err.matches(refused).count(), 2, "{told:?}");
    assert_eq!(told.out.matches("  ✓ replicas back to 2\n").count(), 1, "{told:?}");
    // Nor before one that was not understood.
    let told = piped(&home, &["-y"], "scale the frontend to 4\nfrobnicate it thrice\nundo that\n/undo\n");
    let refused = "“frobnicate it thrice” changed nothing: there is nothing of it to take back\n";
    assert_eq!(told.err.matches(refused).count(), 1, "{told:?}");
    assert_eq!(told.out.matches("  ✓ replicas back to 2\n").count(), 1, "{told:?}");
    // What only shows something does not stand between.
    let told = piped(&home, &["-y"], "scale the frontend to 4\nshow the pods\nundo that\n");
    assert!(told.out.contains("  ✓ replicas back to 2\n"), "{told:?}");
}

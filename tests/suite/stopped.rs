//! Ctrl-C at each moment of a tool's work: all that it started is ended, what it waits for is not done, and what is told and recorded
//! afterwards is what is so.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    chat::ready,
    double::{KEY, acts, call, records, run, scale},
    run::Home,
    terminal::{PLAIN, Session, Terminal},
};

const SCALE: &str = "scale backend to 1";

fn starts(home: &Home, args: &[&str], script: &Value) -> Session {
    acts(home, script);
    let bin = home.path().join("bin").display().to_string();
    let variables = [PLAIN, [("PATH", bin.as_str()), ("GEMINI_API_KEY", KEY)]].concat();
    Terminal::new(100).start(home, args, &variables)
}

/// Stops it; what the screen says then. Nothing of the tool is left.
fn stops(home: &Home, session: Session) -> String {
    session.interrupt();
    let (code, screen, _) = session.end();
    assert_eq!(code, 130, "{screen}");
    let tool = home.path().join("bin/kubectl-ai").display().to_string();
    let began = Instant::now();
    let alive = || {
        std::fs::read_dir("/proc").unwrap().flatten().any(|process| {
            let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(&tool)
        })
    };
    while cfg!(target_os = "linux") && alive() {
        assert!(began.elapsed() < Duration::from_secs(5), "the tool lives: {screen}");
        std::thread::sleep(Duration::from_millis(10));
    }
    let checked = run(home, &["transcript", "check"]);
    assert_eq!(checked.code, 0, "{checked:?}");
    screen
}

fn types(home: &Home) -> Vec<String> {
    let records = records(home);
    let events = records.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    events.map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

fn replicas(home: &Home) -> String {
    let told = run(home, &["--no-ai", "list deployments"]);
    let line = told.out.lines().find(|line| line.starts_with("todo-backend ")).unwrap().to_owned();
    line.split_whitespace().nth(1).unwrap().to_owned()
}

#[test]
fn before_it_starts_it_is_not_started() {
    let home = Home::new();
    let mut session = starts(&home, &[SCALE], &json!([scale(1), {"say": "Done."}]));
    session.wait_for("Let kubectl-ai 0.0.29 do it, behind the gate? [y/N", 1);
    let screen = stops(&home, session);
    assert!(screen.contains("Stopped: nothing was changed.\n"), "{screen}");
    let types = types(&home);
    assert!(!types.iter().any(|of| of == "prompted" || of == "running"), "{types:?}");
    assert_eq!(replicas(&home), "2/2");
}

#[test]
fn while_it_thinks_it_is_ended() {
    let home = Home::new();
    let mut session = starts(&home, &["-y", SCALE], &json!([{"say": "I think."}, "hang"]));
    session.wait_for("kubectl-ai is at work", 1);
    let screen = stops(&home, session);
    assert!(screen.contains("Stopped: nothing was changed.\n"), "{screen}");
    assert_eq!(replicas(&home), "2/2");
}

#[test]
fn while_a_call_waits_for_a_yes_it_is_not_done() {
    let home = Home::new();
    let mut session = starts(&home, &["-y", SCALE], &json!([scale(5), {"say": "Scaled to 5."}]));
    session.wait_for("Allow? [y/N", 1);
    let screen = stops(&home, session);
    assert!(
        screen.contains("replicas  2 → 5") && screen.contains("Stopped: nothing was changed.\n"),
        "{screen}"
    );
    let types = types(&home);
    assert!(
        types.contains(&"held".to_owned()) && !types.contains(&"did".to_owned()),
        "{types:?}"
    );
    assert_eq!(replicas(&home), "2/2");
}

/// `b` is a yes to what was shown, and a no to who was to do it.
#[test]
fn at_the_first_question_the_built_in_engine_can_be_chosen_and_the_tool_is_told_nothing() {
    let home = Home::new();
    let mut session = starts(&home, &[SCALE], &json!([scale(1), {"say": "I was let work."}]));
    session.wait_for("Let kubectl-ai 0.0.29 do it, behind the gate? [y/N/b = built-in] ", 1);
    session.press("x\n");
    let hint = "Type y or yes, or b for the built-in engine to do it; Enter alone means no.";
    session.wait_for(hint, 1);
    session.wait_for_behind(hint, "[y/N/b = built-in] ");
    session.press("b\n");
    let (code, screen, _) = session.end();
    assert_eq!(code, 0, "{screen}");
    let (_, after) = screen.rsplit_once("[y/N/b = built-in] ").unwrap();
    assert!(after.contains("  ✓ replicas set to 1") && !after.contains("kubectl-ai"), "{screen}");
    assert!(!types(&home).contains(&"prompted".to_owned()));
    let decided: Vec<Value> = records(&home)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|event| event["type"] == "decided")
        .map(|event| event["data"].clone())
        .collect();
    assert_eq!(decided.len(), 1, "{decided:?}");
    assert_eq!(
        (&decided[0]["decision"], &decided[0]["by"], &decided[0]["without"]),
        (&json!("approved"), &json!("person"), &json!(["kubectl-ai"]))
    );
    let exported = run(&home, &["transcript", "export"]);
    let line = "- **Done by** built-in engine (no AI); kubectl-ai was not used: the built-in engine was chosen at the question\n";
    assert!(exported.out.contains(line), "{exported:?}");
    let shown = run(&home, &["transcript", "show"]);
    assert!(
        shown
            .out
            .contains("approved by person, by the built-in engine and not by kubectl-ai: "),
        "{shown:?}"
    );
}

#[test]
fn in_a_chat_the_explanation_says_that_the_built_in_engine_was_chosen() {
    let home = Home::new();
    let mut session = starts(&home, &["chat"], &json!([scale(1), {"say": "I was let work."}]));
    ready(&session);
    session.press(&format!("{SCALE}\r"));
    session.wait_for("[y/N/b = built-in] ", 1);
    session.press("b\r");
    session.wait_for("Take it back with `/undo`.", 1);
    ready(&session);
    session.press("/explain\r");
    session.wait_for("not kubectl-ai: you chose the built-in engine", 1);
    ready(&session);
    session.press("/quit\r");
    let (code, screen, _) = session.end();
    assert_eq!(code, 0, "{screen}");
}

/// It tries the same again, and then by another way.
#[test]
fn what_was_declined_is_not_asked_for_again_and_passes_by_no_other_way() {
    let home = Home::new();
    let whole = call(
        "kubectl patch deployment todo-backend",
        "PATCH",
        "/apis/apps/v1/namespaces/default/deployments/todo-backend",
        &json!({"spec": {"replicas": 5}}),
    );
    let mut session = starts(
        &home,
        &["-y", SCALE],
        &json!([scale(5), scale(5), scale(5), whole, {"say": "Scaled to 5."}]),
    );
    session.wait_for("Allow? [y/N/b", 1);
    session.press("n\n");
    session.wait_for_behind("kubectl patch deployment", "Allow? [y/N/b");
    session.press("n\n");
    let (code, screen, _) = session.end();
    assert_eq!((code, screen.matches("not approved:").count()), (0, 2), "{screen}");
    assert_eq!(replicas(&home), "1/1");
}

#[test]
fn while_it_proposes_it_is_ended() {
    let home = Home::new();
    let mut session = starts(
        &home,
        &["kubectl-ai, give the backend a pod disruption budget of one"],
        &json!([scale(5), scale(6), "hang"]),
    );
    session.wait_for("proposed", 1);
    let screen = stops(&home, session);
    assert!(screen.contains("Stopped: nothing was changed.\n"), "{screen}");
    assert_eq!(replicas(&home), "2/2");
}

#[test]
fn who_is_asked_can_stop_it_and_the_built_in_engine_goes_on() {
    let home = Home::new();
    let mut session = starts(&home, &["-y", SCALE], &json!([scale(5), {"say": "Scaled to 5."}, "hang"]));
    session.wait_for("Allow? [y/N/b = stop it, built-in goes on] ", 1);
    session.press("b\n");
    let (code, screen, _) = session.end();
    assert_eq!(code, 0, "{screen}");
    for line in [
        "  ✗ kubectl-ai failed: you stopped it",
        "  The built-in engine finishes it.\n",
        "  ✓ replicas set to 1",
    ] {
        assert!(screen.contains(line), "{line}\n{screen}");
    }
    assert!(records(&home).contains("\"ruling\":\"stopped\""));
    assert_eq!(replicas(&home), "1/1");
}

#[test]
fn after_a_change_that_is_told_and_can_be_taken_back() {
    let home = Home::new();
    let look = call(
        "kubectl get deploy",
        "GET",
        "/apis/apps/v1/namespaces/default/deployments",
        &Value::Null,
    );
    let mut session = starts(&home, &["-y", SCALE], &json!([scale(1), look, "hang"]));
    session.wait_for("replicas 2 → 1, as approved", 1);
    let screen = stops(&home, session);
    assert!(screen.contains("Stopped. Done before, and not verified:"), "{screen}");
    assert_eq!(replicas(&home), "1/1");
    let undone = run(&home, &["-y", "undo"]);
    assert_eq!(undone.code, 0, "{undone:?}");
    assert_eq!(replicas(&home), "2/2");
}

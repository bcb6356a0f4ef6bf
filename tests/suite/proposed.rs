//! What no playbook knows: an AI tool says what it would do, behind a gate at which nothing passes, and the built-in engine does what
//! somebody says yes to.

use serde_json::{Value, json};

use crate::{
    double::{KEY, acts, call, records, run, scale},
    run::Home,
    terminal::{PLAIN, Session, Terminal},
};

const REQUEST: &str = "kubectl-ai, give the backend a pod disruption budget of one";
const YES: &str = "Apply with the built-in engine? [y/N] ";

/// A disruption budget of this name.
fn budget(name: &str) -> Value {
    let budget = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "todo-backend"}}}});
    let path = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
    call(&format!("kubectl create pdb {name} --min-available=1"), "POST", path, &budget)
}

fn delete(name: &str) -> Value {
    let path = format!("/apis/apps/v1/namespaces/default/deployments/{name}");
    call(&format!("kubectl delete deployment {name}"), "DELETE", &path, &Value::Null)
}

fn starts(home: &Home, args: &[&str], script: &[Value]) -> Session {
    acts(home, &Value::Array(script.to_vec()));
    let bin = home.path().join("bin").display().to_string();
    let variables = [PLAIN, [("PATH", bin.as_str()), ("GEMINI_API_KEY", KEY)]].concat();
    Terminal::new(100).start(home, args, &variables)
}

/// Names of what is there of these kinds.
fn there(home: &Home, kinds: &str) -> String {
    run(home, &["--no-ai", &format!("kubectl get {kinds} -o name")]).out
}

fn has(screen: &str, lines: &[&str]) {
    for line in lines {
        assert!(screen.contains(line), "{line}\n{screen}");
    }
}

fn count(home: &Home, kind: &str) -> usize {
    records(home).matches(&format!("\"type\":\"{kind}\"")).count()
}

#[test]
fn what_it_proposes_is_shown_as_our_preview_done_by_the_built_in_engine_and_taken_back() {
    let home = Home::new();
    let words = json!({"say": "It would keep one pod running."});
    let mut session = starts(&home, &[REQUEST], &[budget("todo-backend"), words]);
    session.wait_for(YES, 1);
    let screen = session.screen();
    has(
        &screen,
        &[
            "No playbook knows this: kubectl-ai 0.0.29 proposes what to do, and changes nothing; it runs",
            "  kubectl-ai › kubectl create pdb todo-backend --min-available=1",
            " proposed\n",
            "  kubectl-ai says: It would keep one pod running.",
            "  what kubectl-ai 0.0.29 proposes for “give the backend a pod disruption budget of one”",
            "    poddisruptionbudget/todo-backend\n",
            "minAvailable: 1",
            "    can be taken back\n",
        ],
    );
    assert_eq!(there(&home, "pdb"), "");
    session.press("y\n");
    let (code, screen, _) = session.end();
    assert_eq!(code, 0, "{screen}");
    let end = "Verified on the embedded (simulated) cluster. Take it back with `todo-agent undo`.\n";
    has(&screen, &["  ✓ made", end]);
    assert_eq!(there(&home, "pdb"), "poddisruptionbudget.policy/todo-backend\n");
    let asked = "\\ngive the backend a pod disruption budget of one\\n";
    let all = records(&home);
    assert!(all.contains(asked) && all.contains("prompts/kubectl-ai/propose.md"), "{all}");
    assert_eq!((count(&home, "proposed"), count(&home, "held"), count(&home, "did")), (1, 0, 1));
    let undone = run(&home, &["-y", "undo"]);
    assert_eq!((undone.code, there(&home, "pdb").as_str()), (0, ""), "{undone:?}");
}

#[test]
fn the_export_says_whose_idea_it_was_and_who_did_it() {
    let home = Home::new();
    let mut session = starts(&home, &[REQUEST], &[budget("todo-backend")]);
    session.wait_for(YES, 1);
    session.press("y\n");
    assert_eq!(session.end().0, 0);
    let told = run(&home, &["transcript", "export"]);
    has(
        &told.out,
        &[
            "- **Done by** built-in engine (no AI); kubectl-ai 0.0.29 (AI) proposed it\n",
            "- **Told** `prompts/kubectl-ai/propose.md` version 1, word for word:\n",
            "- **Proposed** 1, none of them made by the tool:\n  - `create poddisruptionbudgets`",
            "- **Decision** approved by a person after seeing the change\n",
        ],
    );
}

#[test]
fn yes_beforehand_is_no_yes_to_what_a_tool_thinks_of() {
    let home = Home::new();
    acts(&home, &json!([budget("todo-backend"), {"say": "Done, the budget is there."}]));
    let told = run(&home, &["-y", REQUEST]);
    assert_eq!(told.code, 3, "{told:?}");
    has(
        &told.err,
        &["error: what an AI tool proposes is done when somebody says yes to it, and nobody is there to be asked: nothing was changed\n"],
    );
    let told = run(&home, &["--dry-run", REQUEST]);
    assert_eq!(told.code, 0, "{told:?}");
    has(&told.out, &["    poddisruptionbudget/todo-backend\n", "minAvailable: 1"]);
    assert_eq!((there(&home, "pdb").as_str(), count(&home, "did")), ("", 0));
}

#[test]
fn several_changes_are_one_question_and_those_of_one_object_are_one_change() {
    let home = Home::new();
    let deployment = "/apis/apps/v1/namespaces/default/deployments/todo-backend";
    let note = json!({"metadata": {"annotations": {"note": "x"}}});
    let script = [
        scale(3),
        scale(4),
        scale(4),
        call("kubectl annotate deployment todo-backend note=x", "PATCH", deployment, &note),
        budget("todo-backend"),
    ];
    let mut session = starts(&home, &["kubectl-ai, make the backend robust against disruption"], &script);
    session.wait_for(YES, 1);
    let screen = session.screen();
    has(&screen, &["replicas  2 → 4", "    metadata.annotations.note  (not set) → x\n"]);
    assert!(!screen.contains("2 → 3"), "{screen}");
    session.press("y\n");
    let (code, screen, _) = session.end();
    assert_eq!(code, 0, "{screen}");
    has(
        &screen,
        &["  ✓ deployment/todo-backend: replicas set to 4", "  ✓ 4 of 4 replicas available"],
    );
    assert_eq!((count(&home, "proposed"), count(&home, "did")), (4, 3));
    let undone = run(&home, &["-y", "undo"]);
    assert_eq!((undone.code, there(&home, "pdb").as_str()), (0, ""), "{undone:?}");
}

/// What annotations told it, or what it thinks of itself.
#[test]
fn what_is_taken_away_and_what_nobody_asked_for_is_typed() {
    let home = Home::new();
    let script = [budget("todo-backend"), delete("todo-frontend")];
    let mut session = starts(&home, &[REQUEST], &script);
    session.wait_for("deployment/todo-frontend will be taken away.", 1);
    session.wait_for("To approve, type todo-frontend: ", 1);
    has(
        &session.screen(),
        &["beyond what you asked: deployment/todo-frontend, as the request names neither it nor its kind"],
    );
    session.press("y\n");
    let (code, screen, _) = session.end();
    assert_eq!(code, 3, "{screen}");
    has(&screen, &["Not approved: nothing was changed.\n"]);
    assert_eq!(count(&home, "did"), 0);

    let frontend = "/apis/apps/v1/namespaces/default/deployments/todo-frontend/scale";
    let other = call(
        "kubectl scale deployment todo-frontend",
        "PATCH",
        frontend,
        &json!({"spec": {"replicas": 0}}),
    );
    let mut session = starts(&home, &[REQUEST], &[budget("todo-backend"), other]);
    session.wait_for(
        "You did not ask for deployment/todo-frontend: the request names neither it nor its kind.",
        1,
    );
    session.wait_for("To approve, type todo-frontend: ", 1);
    session.press("\n");
    assert_eq!((session.end().0, count(&home, "did")), (3, 0));
}

#[test]
fn what_the_built_in_engine_does_not_do_is_left_to_the_tool_and_asked_for_one_by_one() {
    let home = Home::new();
    let token = call(
        "kubectl create token default",
        "POST",
        "/api/v1/namespaces/default/serviceaccounts/default/token",
        &json!({}),
    );
    let mut session = starts(&home, &[REQUEST], &[budget("todo-backend"), token]);
    session.wait_for("Let kubectl-ai 0.0.29 try it, behind the gate? [y/N] ", 1);
    has(
        &session.screen(),
        &["Not for the built-in engine: create serviceaccounts/default/token: "],
    );
    session.press("y\n");
    session.wait_for_behind("not approved:", "Allow? [y/N] ");
    session.press("y\n");
    session.wait_for_behind("it reads a secret", "Allow? [y/N] ");
    session.press("n\n");
    let (code, screen, _) = session.end();
    assert_eq!(code, 0, "{screen}");
    has(
        &screen,
        &[
            "    no playbook knows this: each change that it tries is shown, and made when you say yes\n",
            "poddisruptionbudget/todo-backend made, allowed",
        ],
    );
    let shown = run(&home, &["--dry-run", REQUEST]);
    assert_eq!(shown.code, 0, "{shown:?}");
    let undone = run(&home, &["-y", "undo"]);
    assert_eq!(undone.code, 0, "{undone:?}");
}

#[test]
fn a_look_that_is_refused_in_between_takes_nothing_from_what_is_proposed() {
    let home = Home::new();
    let secrets = "/api/v1/namespaces/default/secrets";
    let watch = call("kubectl get secrets -w", "GET", &format!("{secrets}?watch=true"), &Value::Null);
    let mut session = starts(
        &home,
        &[REQUEST],
        &[budget("todo-backend"), watch.clone(), budget("todo-backend-two")],
    );
    session.wait_for(YES, 1);
    has(
        &session.screen(),
        &[
            "    poddisruptionbudget/todo-backend\n",
            "    poddisruptionbudget/todo-backend-two\n",
            "    refused to kubectl-ai: watch secrets: it shows what is in a Secret\n",
        ],
    );
    session.press("y\n");
    let (code, screen, _) = session.end();
    assert_eq!(code, 0, "{screen}");
    assert_eq!(
        there(&home, "pdb"),
        "poddisruptionbudget.policy/todo-backend\npoddisruptionbudget.policy/todo-backend-two\n"
    );
    // Where it is all that there is, it is what is asked about.
    let mut session = starts(&home, &[REQUEST], &[watch]);
    session.wait_for("Let kubectl-ai 0.0.29 try it, behind the gate? [y/N] ", 1);
    has(
        &session.screen(),
        &["Not for the built-in engine: watch secrets: it shows what is in a Secret.\n"],
    );
    session.press("n\n");
    assert_eq!(session.end().0, 3);
}

#[test]
fn what_it_says_is_the_answer_where_it_proposes_nothing_and_what_it_says_it_did_was_not_done() {
    let home = Home::new();
    acts(&home, &json!([{"say": "It has one already; I made it myself."}]));
    let told = run(&home, &[REQUEST]);
    let words = "kubectl-ai 0.0.29 says (its words; nothing of it is proven):\n  It has one already; I made it myself.\n";
    assert_eq!((told.code, told.out.as_str()), (0, words), "{told:?}");
    assert_eq!(there(&home, "pdb"), "");
    acts(&home, &json!([{"fail": "running UI: it is late"}]));
    let told = run(&home, &[REQUEST]);
    assert_eq!(told.code, 1, "{told:?}");
    has(
        &told.err,
        &["error: kubectl-ai failed: it ended with code 1: running UI: it is late\n"],
    );
}

#[test]
fn one_that_floods_the_gate_with_proposals_and_fails_is_shown_as_far_as_it_came() {
    let home = Home::new();
    let many: Vec<Value> = (0..60).map(|number| budget(&format!("backend-{number}"))).collect();
    let mut session = starts(&home, &[REQUEST], &[many, vec![json!({"fail": "oh"})]].concat());
    session.wait_for(YES, 1);
    has(
        &session.screen(),
        &["kubectl-ai did not come to its end (it ended with code 1: oh): it may not be all"],
    );
    session.press("n\n");
    assert_eq!(session.end().0, 3);
    assert_eq!((count(&home, "proposed"), count(&home, "did")), (50, 0));
}

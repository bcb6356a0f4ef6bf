//! Taking back, as a user sees it.

use crate::run::{Home, seen};

/// The id of the newest record.
fn newest(home: &Home) -> String {
    let all = std::fs::read_dir(home.state().join("transcripts")).unwrap();
    let mut ids: Vec<(std::time::SystemTime, String)> = all
        .map(|record| record.unwrap())
        .map(|record| {
            let events = record.path().join("events.jsonl");
            (
                events.metadata().unwrap().modified().unwrap(),
                record.file_name().into_string().unwrap(),
            )
        })
        .collect();
    ids.sort();
    ids.pop().unwrap().1
}

fn changed(home: &Home, request: &str) -> String {
    let seen = home.run(&["-y", request]);
    assert_eq!(seen.code, 0, "{seen:?}");
    newest(home)
}

const SIMULATED: &str = "Embedded cluster, simulated: nothing real is touched.\n";

const STAYS: &str = "  A restart makes new pods of the same template: there is no earlier state to go back to.\n";

#[test]
fn a_last_change_that_stays_is_said_and_not_passed_over() {
    let home = Home::new();
    let scaled = changed(&home, "scale backend to 3");
    let restarted = changed(&home, "restart the frontend");
    let refused = "error: the last change on embedded cannot be taken back: restart deployment/todo-frontend (“restart the frontend”)\n";
    let instead = "  Before it came “scale backend to 3”; to take that back: `todo-agent undo DATE-scale-backend-to-3`\n";
    assert_eq!(home.run(&["-y", "undo"]), seen(3, "", &format!("{refused}{STAYS}{instead}")));
    assert_eq!(
        home.run(&["-y", "undo", &restarted]),
        seen(
            3,
            "",
            &format!("error: this cannot be taken back: restart deployment/todo-frontend (“restart the frontend”)\n{STAYS}")
        )
    );

    let undone = home.run(&["-y", "undo", &scaled]);
    assert_eq!(undone.code, 0, "{undone:?}");
    assert!(undone.out.contains("    replicas  3 → 2\n"), "{}", undone.out);
    assert_eq!(
        home.run(&["-y", "undo"]),
        seen(3, "", &format!("{refused}{STAYS}  Nothing from before it is left to take back.\n"))
    );
}

#[test]
fn everything_is_what_was_asked_for_one_by_one_and_no_rollout_of_everybodys_workloads() {
    let home = Home::new();
    changed(&home, "scale the backend to 3");
    let told = home.run(&["undo everything", "--dry-run"]);
    assert!(told.out.contains("take back \"scale the backend to 3\""), "{told:?}");
    changed(&home, "scale the frontend to 3");
    let several = "error: one request is taken back at a time: nothing was changed\n  \
                   `todo-agent undo DATE-scale-the-frontend-to-3` takes back “scale the frontend to 3”\n  \
                   `todo-agent undo DATE-scale-the-backend-to-3` takes back “scale the backend to 3”\n";
    for words in ["undo everything", "revert all my changes", "take back everything"] {
        assert_eq!(home.run(&[words, "-y"]), seen(2, "", several), "{words}");
    }
}

#[test]
fn what_was_made_again_since_is_not_ours_to_take_away() {
    let home = Home::new();
    let made = changed(&home, "create configmap app-config with A=1");
    changed(&home, "delete configmap app-config");
    changed(&home, "create configmap app-config with A=1");
    let refused = "error: configmap/app-config was deleted and created again since it was looked up\n";
    let hint = "  nothing was changed; ask again: the new object will be looked at\n";
    assert_eq!(
        home.run(&["-y", "undo", &made]),
        seen(1, "", &format!("{SIMULATED}{refused}{hint}"))
    );
}

#[test]
fn what_stays_of_a_request_that_is_taken_back_is_said() {
    let home = Home::new();
    changed(&home, "scale backend to 3 and then restart the frontend");
    let undone = home.run(&["-y", "undo"]);
    assert_eq!(undone.code, 0, "{undone:?}");
    assert!(
        undone
            .out
            .contains("    replicas  3 → 2\n    stays: restart deployment/todo-frontend\n"),
        "{}",
        undone.out
    );
}

#[test]
fn what_is_gone_already_does_not_stand_in_the_way_of_the_rest() {
    let home = Home::new();
    let ours = changed(
        &home,
        "create configmap one with A=1 and then create configmap two with A=1 and then scale backend to 3",
    );
    changed(&home, "delete configmap one");
    changed(&home, "delete deployment todo-backend");
    let undone = home.run(&["-y", "undo", &ours]);
    assert_eq!(undone.code, 0, "{undone:?}");
    let notes = "    stays: what was changed of deployment/todo-backend, which is not there any more\n    configmap/one is gone already\n";
    assert!(undone.out.contains(notes), "{}", undone.out);
    assert!(!home.run(&["list configmaps"]).out.contains("two"));
    assert_eq!(home.run(&["-y", "undo", &ours]).code, 1);
}

#[test]
fn what_we_made_is_as_we_made_it_once_what_was_done_to_it_since_is_taken_back() {
    let home = Home::new();
    changed(&home, "create deployment web with image nginx:1.27");
    changed(&home, "set env A=1 on web");
    changed(&home, "set the memory limit of web to 512Mi");
    changed(&home, "scale web to 2");
    for request in [
        "scale web to 2",
        "set the memory limit of web to 512Mi",
        "set env A=1 on web",
        "create deployment web with image nginx:1.27",
    ] {
        let undone = home.run(&["-y", "undo"]);
        assert_eq!(undone.code, 0, "{undone:?}");
        assert!(undone.out.contains(&format!("take back \"{request}\"")), "{}", undone.out);
    }
    assert!(!home.run(&["list deployments"]).out.contains("web"));
}

#[test]
fn somebody_elses_value_is_named_and_left_alone() {
    let home = Home::new();
    let ours = changed(&home, "scale backend to 3");
    changed(&home, "scale backend to 5");
    let expected = format!(
        "{SIMULATED}error: spec.replicas of deployment/todo-backend was changed since: we set it to 3, it is 5 now; taking 3 back would undo that change\n  Look at it: `todo-agent \"describe deployment/todo-backend\"`\n  Or ask for the state that you want; before our change it was 2.\n"
    );
    assert_eq!(home.run(&["-y", "undo", &ours]), seen(1, "", &expected));
}

#[test]
fn what_somebody_else_changed_since_stays_and_the_rest_is_taken_back() {
    let home = Home::new();
    let ours = changed(&home, "create configmap one with A=1 and then scale backend to 3");
    changed(&home, "scale backend to 5");
    let undone = home.run(&["-y", "undo", &ours]);
    let told = "  - configmap/one
    deployment/todo-backend stays as it is: spec.replicas of deployment/todo-backend was changed since: we set it to 3, it is 5 now; taking 3 back would undo that change
";
    assert_eq!(undone.code, 0, "{undone:?}");
    assert!(undone.out.contains(told), "{}", undone.out);
    assert!(!home.run(&["list configmaps"]).out.contains("one"));
    assert!(home.run(&["how many replicas does backend have"]).out.contains('5'));
}

#[test]
fn a_secret_that_was_changed_since_is_not_told() {
    let home = Home::new();
    let ours = changed(&home, "set env COHERE_API_KEY=hunter2hunter2 on backend");
    changed(&home, "set env COHERE_API_KEY=correct-horse on backend");
    let seen = home.run(&["-y", "undo", &ours]);
    assert!(seen.err.contains("COHERE_API_KEY"), "{}", seen.err);
    assert!(!seen.err.contains("hunter2") && !seen.err.contains("correct-horse"), "{}", seen.err);
}

#[test]
fn what_stands_in_the_way_of_an_undo_is_told_with_what_came_before_it() {
    let home = Home::new();
    for request in [
        "scale todo-frontend to 3",
        "scale todo-backend to 3",
        "delete deployment todo-backend",
    ] {
        assert_eq!(home.run(&["-y", request]).code, 0, "{request}");
    }
    // As if somebody else had deleted it.
    for kept in std::fs::read_dir(home.state().join("undo")).unwrap() {
        let kept = kept.unwrap();
        if kept.file_name().to_string_lossy().contains("-delete-") {
            std::fs::remove_file(kept.path()).unwrap();
        }
    }
    let told = "Embedded cluster, simulated: nothing real is touched.
error: deployment/todo-backend is not there any more: there is nothing to take back
Before it came “scale todo-frontend to 3”; to take that back: `todo-agent undo DATE-scale-todo-frontend-to-3`
";
    assert_eq!(home.run(&["-y", "undo"]), seen(1, "", told));
}

#[test]
fn what_changed_nothing_points_to_no_undo() {
    let home = Home::new();
    let waited = home.run(&[
        "-y",
        "--timeout",
        "4s",
        "wait until todo-backend is deleted then scale todo-frontend to 4",
    ]);
    let end = waited
        .err
        .lines()
        .skip_while(|line| !line.starts_with("Not done"))
        .collect::<Vec<_>>();
    assert_eq!(
        (waited.code, end),
        (1, vec!["Not done: waited 4 s for deployment/todo-backend to be gone."])
    );
}

#[test]
fn what_an_undo_made_anew_is_what_it_was_to_earlier_changes() {
    let home = Home::new();
    changed(&home, "scale backend to 3");
    changed(&home, "delete deployment todo-backend");
    assert_eq!(home.run(&["-y", "undo"]).code, 0);
    let undone = home.run(&["-y", "undo"]);
    assert_eq!(undone.code, 0, "{undone:?}");
    assert!(undone.out.contains("    replicas  3 → 2\n"), "{}", undone.out);
}

#[test]
fn what_went_with_a_namespace_is_not_offered_to_be_taken_back() {
    let home = Home::new();
    let scaled = changed(&home, "scale backend to 3");
    changed(&home, "create namespace short");
    let gone = home.run(&["-y", "--allow-destroy", "short", "delete namespace short"]);
    assert_eq!(gone.code, 0, "{gone:?}");
    let told = home.run(&["-y", "undo"]);
    let last = format!(
        "  Before it came “scale backend to 3”; to take that back: `todo-agent undo {}`\n",
        "DATE-scale-backend-to-3"
    );
    assert!(told.err.ends_with(&last), "{told:?} {scaled}");
}

#[test]
fn what_somebody_else_added_is_not_taken_along() {
    let home = Home::new();
    let web = changed(&home, "create deployment web with image nginx:1.27");
    let settings = changed(&home, "create configmap settings with A=1");
    changed(&home, "label deployment web tier=api");
    home.write(
        "settings.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {B: \"2\"}\n",
    );
    changed(&home, "kubectl apply -f settings.yaml");
    for (id, field, object) in [
        (&web, "metadata.labels.tier", "deployment/web"),
        (&settings, "data.B", "configmap/settings"),
    ] {
        let expected = format!(
            "{SIMULATED}error: {field} of {object} was added since we made it: to take it away would lose that\n  Look at it: `todo-agent \"describe {object}\"`\n  If it shall go all the same: `todo-agent \"delete {object}\"`\n"
        );
        assert_eq!(home.run(&["-y", "undo", id]), seen(1, "", &expected));
    }
    changed(&home, "kubectl label deployment web tier-");
    // A restart by somebody else, and what controllers wrote, stand in nobody's way.
    changed(&home, "restart deployment web");
    let undone = home.run(&["-y", "undo", &web]);
    assert_eq!(undone.code, 0, "{undone:?}");
}

//! What is kept on this machine, for whom, and what is said when it cannot be used.

use std::path::PathBuf;

use crate::run::{Home, seen};

const SIMULATED: &str = "Embedded cluster, simulated: nothing real is touched.\n";
const FILE: &str = "HOME/state/todo-agent/embedded/cluster.sqlite";

fn database(home: &Home) -> PathBuf {
    home.state().join("embedded/cluster.sqlite")
}

fn opened() -> Home {
    let home = Home::new();
    assert_eq!(home.run(&["list deployments"]).code, 0);
    home
}

#[test]
fn damage_that_is_met_later_is_told_with_the_way_out() {
    let home = opened();
    let connection = rusqlite::Connection::open(database(&home)).unwrap();
    connection.execute("UPDATE objects SET json = '{' WHERE kind = 'Pod'", []).unwrap();
    drop(connection);
    let damaged = format!(
        "error: the embedded cluster's database {FILE} is damaged\n  `todo-agent cluster reset` makes a new one (this one is kept beside it; your own cluster is not touched)\n"
    );
    for request in ["list pods", "overview", "scale backend to 3"] {
        let told = home.run(&["-y", request]);
        assert_eq!(told.code, 2, "{told:?}");
        assert_eq!(told.err.trim_start_matches(SIMULATED), damaged, "{request}");
    }
    assert_eq!(home.run(&["cluster", "reset", "-y"]).code, 0);
    assert_eq!(home.run(&["list pods"]).code, 0);
}

#[test]
fn a_database_that_another_process_holds_is_waited_for_and_then_told() {
    let home = opened();
    let holder = rusqlite::Connection::open(database(&home)).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let told = home.run(&["scale backend to 3", "-y"]);
    holder.execute_batch("ROLLBACK").unwrap();
    let held = format!(
        "{SIMULATED}error: the embedded cluster's database {FILE} is held by another process\n  try again; `todo-agent cluster stop` ends the one in the background\n"
    );
    assert_eq!(told, seen(2, "", &held));
    assert_eq!(home.run(&["scale backend to 3", "-y"]).code, 0);
}

#[test]
fn a_database_that_was_emptied_is_not_taken_for_a_new_one() {
    let home = opened();
    std::fs::write(database(&home), "").unwrap();
    let told = home.run(&["list pods"]);
    let damaged = format!(
        "error: the embedded cluster's database {FILE} is damaged\n  `todo-agent cluster reset` makes a new one (this one is kept beside it; your own cluster is not touched)\n"
    );
    assert_eq!(told, seen(2, "", &damaged));
    assert_eq!(home.run(&["cluster", "reset", "-y"]).code, 0);
    assert_eq!(home.run(&["list pods"]).code, 0);
}

#[cfg(unix)]
#[test]
fn what_is_in_the_embedded_cluster_is_for_its_user_alone() {
    use std::os::unix::fs::PermissionsExt;

    let home = opened();
    let mode = |path: PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let files = ["", "-wal", "-shm"].map(|suffix| PathBuf::from(format!("{}{suffix}", database(&home).display())));
    assert_eq!(files.clone().map(mode), [0o600; 3]);
    assert_eq!(mode(database(&home).parent().unwrap().to_owned()), 0o700);
    // Where an earlier version made them.
    for file in &files {
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    assert_eq!(home.run(&["list pods"]).code, 0);
    assert_eq!(files.map(mode), [0o600; 3]);
}

#[test]
fn a_secret_of_the_projects_dotenv_is_hidden_under_every_name() {
    let home = Home::new();
    home.write(".env", "SESSION_SECRET=correct-horse-battery\nAPP_NAME=todo-backend\n");
    home.write(".env.local", "WHATEVER='x7Gk29QmLp04'\n");
    let values = ["correct-horse-battery", "x7Gk29QmLp04"];
    for value in values {
        let request = format!("set env GREETING={value} on backend");
        for args in [
            &[request.as_str(), "-y"][..],
            &[&request, "--dry-run", "-v"],
            &[&request, "--dry-run", "--output", "json"],
            &["describe the backend"],
            &["transcript", "list"],
        ] {
            let told = home.run(args);
            assert!(!told.out.contains(value) && !told.err.contains(value), "{told:?}");
        }
    }
    assert!(
        home.run(&["overview"]).out.contains("todo-backend"),
        "names of an app are no secrets"
    );
    let records = std::fs::read_dir(home.state().join("transcripts")).unwrap();
    for record in records {
        let record = record.unwrap();
        let text = std::fs::read_to_string(record.path().join("events.jsonl")).unwrap();
        assert!(!values.iter().any(|value| text.contains(value)), "{text}");
        let name = record.file_name().into_string().unwrap();
        assert!(!values.iter().any(|value| name.contains(&value.to_lowercase())), "{name}");
    }
}

#[test]
fn what_was_taken_back_keeps_no_values() {
    let home = Home::new();
    let kept = || -> String {
        let files = std::fs::read_dir(home.state().join("undo")).unwrap();
        files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect()
    };
    for value in ["hunter2hunter2", "correct-horse"] {
        let request = format!("set env COHERE_API_KEY={value} on backend");
        assert_eq!(home.run(&["-y", &request]).code, 0);
    }
    assert!(kept().contains("hunter2hunter2"), "it is needed to be put back");
    assert_eq!(home.run(&["undo", "-y"]).code, 0);
    assert_eq!(home.run(&["undo", "-y"]).code, 0);
    assert!(!kept().contains("hunter2") && !kept().contains("correct-horse"), "{}", kept());
}

//! Objects that are watched: rows as they change, until somebody or `--timeout` ends it.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
    time::{Duration, Instant},
};

use crate::run::{Home, seen};

const SIMULATED: &str = "Embedded cluster, simulated: nothing real is touched.\n";

#[test]
fn what_is_watched_is_shown_at_once_and_ends_with_its_time() {
    let home = Home::new();
    let ages = |text: &str| {
        regex::Regex::new(r" +\d+[smhd]\S*\n")
            .unwrap()
            .replace_all(text, " AGE\n")
            .into_owned()
    };
    let told = home.run(&["--timeout", "1", "watch the deployments"]);
    let rows = "NAME            READY   UP-TO-DATE   AVAILABLE   AGE\ntodo-backend    2/2     2            2 AGE\ntodo-frontend   2/2     2            2 AGE\n";
    assert_eq!(
        seen(told.code, &ages(&told.out), &told.err),
        seen(0, rows, &format!("{SIMULATED}Ended after 1 s: --timeout.\n"))
    );
    let told = home.run(&["--timeout", "1", "kubectl get jobs -w"]);
    assert_eq!(
        told,
        seen(
            0,
            "No jobs in namespace default.                         embedded · default\n",
            &format!("{SIMULATED}Ended after 1 s: --timeout.\n")
        )
    );
    let told = home.run(&["watch pods and then restart the backend"]);
    assert_eq!(told.code, 2, "{told:?}");
}

#[test]
fn a_log_that_is_followed_ends_with_its_time() {
    let home = Home::new();
    let began = Instant::now();
    let told = home.run(&["--timeout", "1", "follow the logs of the backend"]);
    assert_eq!(
        (told.code, told.err.as_str()),
        (0, format!("{SIMULATED}Ended after 1 s: --timeout.\n").as_str())
    );
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[test]
fn each_change_of_a_watched_object_is_a_row() {
    let home = Home::new();
    let mut watch = home
        .command(&["--timeout", "60", "kubectl get deployment todo-backend -w"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines().map(Result::unwrap);
    let heads = lines.next().unwrap();
    assert!(heads.starts_with("NAME           READY"), "{heads}");
    assert!(lines.next().unwrap().starts_with("todo-backend   2/2"));
    assert_eq!(home.run(&["-y", "scale backend to 3"]).code, 0);
    let last = lines.find(|line| line.starts_with("todo-backend   3/3"));
    assert!(last.is_some());
    assert_eq!(home.run(&["-y", "delete deployment todo-backend"]).code, 0);
    let last = lines.find(|line| line.contains("Gone"));
    assert!(last.is_some());
    watch.kill().unwrap();
    watch.wait().unwrap();
}

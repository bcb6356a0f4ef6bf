//! Scripts: a transcript becomes one, and one that ran runs again with the same outcome.

use super::run::Home;

/// The last lines of a script's run.
fn summary(out: &str) -> Vec<String> {
    let lines = out.lines().skip_while(|line| !line.contains(" requests: "));
    lines.map(|line| line.trim().to_owned()).collect()
}

#[test]
fn what_was_recorded_runs_as_a_script_and_runs_again() {
    let home = Home::new();
    for request in [
        "scale backend to 3",
        "set NOTE=\"two words\" on frontend",
        "scale nothing to 3",
        "list pods",
    ] {
        home.run(&["-y", request]);
    }
    let script = home.run(&["transcript", "export", "--format", "script"]);
    let lines: Vec<&str> = script
        .out
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .collect();
    assert_eq!(
        (script.code, lines),
        (0, vec!["scale backend to 3", "set NOTE=\"two words\" on frontend", "list pods"])
    );
    assert!(script.out.contains("; not taken over\n# scale nothing to 3\n"), "{}", script.out);
    home.write("again.txt", &script.out);
    home.run(&["cluster", "reset", "-y"]);
    let expected = [
        "3 requests: 3 done",
        "✓ line 6  scale backend to 3",
        "✓ line 9  set NOTE=\"two words\" on frontend",
        "✓ line 15  list pods",
    ];
    for _ in 0..2 {
        let ran = home.run(&["run", "again.txt", "--no-ai", "--yes"]);
        assert_eq!(
            (ran.code, summary(&ran.out)),
            (0, expected.map(str::to_owned).to_vec()),
            "{}",
            ran.err
        );
    }
}

#[test]
fn what_takes_back_in_a_conversation_is_undo_in_a_script() {
    let home = Home::new();
    home.run_with(&["chat", "-y"], "scale the backend to 3\nno, undo that!\n");
    let script = home.run(&["transcript", "export", "--format", "script"]).out;
    let lines: Vec<&str> = script.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    assert_eq!(lines, ["scale the backend to 3", "undo"], "{script}");
    home.write("again.txt", &script);
    let ran = home.run(&["run", "again.txt", "--no-ai", "--yes"]);
    assert_eq!((ran.code, &summary(&ran.out)[0]), (0, &"2 requests: 2 done".to_owned()), "{ran:?}");
}

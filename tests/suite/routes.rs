//! Who does it, and why not the tool that a user would think of.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::run::{Home, Seen};

/// Runs with these programs on PATH, none of which does anything.
fn run(home: &Home, programs: &[&str], args: &[&str], key: bool) -> Seen {
    let bin = home.path().join("bin");
    fs::create_dir_all(&bin).unwrap();
    for name in programs {
        fs::write(bin.join(name), "#!/bin/sh\n").unwrap();
        fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut command = home.command(args);
    command.env("PATH", &bin);
    if key {
        command.env("GEMINI_API_KEY", "abc");
    }
    home.finish(command, None)
}

#[test]
fn a_change_says_why_a_tool_that_is_there_does_not_do_it() {
    let home = Home::new();
    let scale = &["scale backend to 3", "--dry-run"];
    let line = |seen: Seen| seen.out.lines().find(|line| line.contains("kubectl-ai")).map(str::to_owned);
    assert_eq!(line(run(&home, &[], scale, false)), None);
    let programs = ["kubectl-ai", "kubectl", "bash"];
    assert_eq!(
        line(run(&home, &programs, scale, false)).as_deref(),
        Some("    kubectl-ai found, not used: GEMINI_API_KEY is not set, nor the key of another provider")
    );
    assert_eq!(
        line(run(&home, &programs, scale, true)).as_deref(),
        Some("    kubectl-ai found, not used: this is another program of that name, not the one that works on clusters")
    );
    assert_eq!(
        line(run(&home, &programs, &["scale backend to 3", "--dry-run", "--no-ai"], true)),
        None
    );
}

#[test]
fn a_tool_that_the_request_names_is_answered_for_whatever_is_asked() {
    let home = Home::new();
    let told = |request: &str| {
        let seen = run(&home, &[], &[request, "--dry-run"], false);
        (
            seen.code,
            seen.err
                .lines()
                .chain(seen.out.lines())
                .find(|line| line.contains("does not do it"))
                .map(|line| line.trim().to_owned()),
        )
    };
    let said = |line: &str| (0, Some(line.to_owned()));
    assert_eq!(
        told("kagent \"analyze the cluster health\""),
        said("kagent does not do it: it is not installed")
    );
    assert_eq!(
        told("use kubectl-ai to scale the backend to 3"),
        said("kubectl-ai does not do it: it is not installed")
    );
    assert_eq!(
        told("ask cagent to list pods"),
        said("docker-agent does not do it: it is not installed; it comes with Docker Desktop 4.63 and later")
    );
    assert_eq!(told("list pods"), (0, None));
}

#[test]
fn a_tool_that_is_demanded_and_cannot_do_it_is_refused_and_nothing_is_done() {
    let home = Home::new();
    let told = |with: &str, request: &str, key: bool| {
        let seen = run(&home, &["kubectl-ai", "kubectl", "bash"], &["--with", with, "-y", request], key);
        assert_eq!((seen.code, seen.out.as_str()), (2, ""), "{seen:?}");
        let errors: Vec<&str> = seen.err.lines().skip_while(|line| !line.starts_with("error: ")).collect();
        errors.join("\n")
    };
    let builtin = "  leave out --with: the built-in engine does it without any AI";
    let more = "  `todo-agent doctor` tells more of it";
    assert_eq!(
        told("kubectl-ai", "scale backend to 3", true),
        format!(
            "error: kubectl-ai cannot be used: this is another program of that name, not the one that works on clusters\n{builtin}\n{more}"
        )
    );
    assert_eq!(
        told("kubectl-ai", "scale backend to 3", false),
        format!("error: kubectl-ai cannot be used: GEMINI_API_KEY is not set, nor the key of another provider\n{builtin}\n{more}")
    );
    assert_eq!(
        told("gordon", "scale backend to 3", true),
        format!("error: gordon is not for this work\n{builtin}")
    );
    assert_eq!(
        told("chatgpt", "list pods", true),
        "error: no tool is called \"chatgpt\"\n  tools: builtin, gordon, docker-agent, kubectl-ai, kagent"
    );
}

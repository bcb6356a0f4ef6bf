//! The guides do what they say: each `console` block is run as it stands, page by page, and what it prints is what is shown.
//!
//! `TODO_AGENT_WRITE=1 cargo test guides` writes what came back into the pages, for a person to read.

#[cfg(unix)]
use std::fmt::Write;
use std::path::Path;

use regex::Regex;
use todo_agent::domain::intent::Resolution;

use super::playbooks::{told, understood};
#[cfg(unix)]
use super::run::Home;

fn page(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)
}

/// What differs from run to run.
#[cfg(unix)]
fn normal(text: &str) -> String {
    let made = "[bcdfghjklmnpqrstvwxz2456789]";
    let filters = [
        (r"\d{8}-\d{6}-\S+".to_owned(), "RECORD"),
        (r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(\.\d+)?( UTC|Z)?".to_owned(), "WHEN"),
        (
            r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b".to_owned(),
            "UID",
        ),
        (r"\b[0-9a-f]{64}\b".to_owned(), "HASH"),
        (format!("-({made}{{8,10}})-({made}{{5}})\\b"), "-RS-POD"),
        (r"  +\d+(\.\d+)? (ms|s)(\n|$)".to_owned(), "\n"),
        (r"\b\d+(\.\d+)? ?(ms|s)\b".to_owned(), "AGE"),
        (r#""[A-Z]+ /[^"]*" 200 OK"#.to_owned(), "a request"),
        (r"\b(\d+\.){3}\d+(:\d+)?\b".to_owned(), "ADDRESS"),
        (r"\b(\d+d)?(\d+h)?(\d+m)?\d+s\b|\b\d+[mhd]\b".to_owned(), "AGE"),
        (r" +\+\d+(\.\d+)? (ms|s|min)".to_owned(), ""),
        (r"\d+ restarts?".to_owned(), "N restarts"),
        (r"\d+ events".to_owned(), "N events"),
        (r"  … [^\n]*\n".to_owned(), ""),
        (r"  +".to_owned(), " "),
        (r"[ ]+\n".to_owned(), "\n"),
    ];
    filters.iter().fold(text.to_owned(), |text, (pattern, by)| {
        Regex::new(pattern).unwrap().replace_all(&text, *by).into_owned()
    })
}

/// The page with what its commands print now.
#[cfg(unix)]
fn played(text: &str) -> String {
    let home = Home::new();
    let mut new = String::new();
    let mut in_block = false;
    for line in text.lines() {
        match line {
            "```console" => in_block = true,
            "```" => in_block = false,
            _ => {}
        }
        match line.strip_prefix("$ ") {
            Some(command) if in_block => new += &format!("{line}\n{}", shell(&home, command)),
            _ if in_block && line != "```console" => {}
            _ => writeln!(new, "{line}").unwrap(),
        }
    }
    new
}

/// What a command prints, and how it ends where that is not well.
#[cfg(unix)]
fn shell(home: &Home, command: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_todo-agent")).parent().unwrap();
    let mut own = home.command(&[]);
    let mut shell = std::process::Command::new("/bin/sh");
    shell
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(home.work())
        .env_clear()
        .envs(own.env("COLUMNS", "80").get_envs().filter_map(|(name, value)| Some((name, value?))))
        .env("PATH", format!("{}:/usr/bin:/bin", program.display()))
        .stdin(std::process::Stdio::null());
    let output = shell.output().unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    match output.status.code() {
        Some(0) => text,
        code => text + &format!("# exit {}\n", code.unwrap_or(-1)),
    }
    .replace(&home.work().display().to_string(), "~/work")
    .replace(&home.path().display().to_string(), "~")
}

#[cfg(unix)]
#[test]
fn what_the_guides_show_is_what_is_printed() {
    let differs: String = std::thread::scope(|scope| {
        let pages = [
            "guide.md",
            "guide/requests.md",
            "guide/chat.md",
            "guide/scripts.md",
            "guide/records.md",
            "guide/gate.md",
        ];
        let playing = pages.map(|name| scope.spawn(|| differs(name)));
        playing.into_iter().map(|page| page.join().unwrap()).collect()
    });
    assert!(differs.is_empty(), "- the page, + what is printed\n{differs}");
}

#[cfg(unix)]
fn differs(name: &str) -> String {
    let text = std::fs::read_to_string(page(name)).unwrap();
    let new = played(&text);
    if std::env::var_os("TODO_AGENT_WRITE").is_some() {
        std::fs::write(page(name), new).unwrap();
        return String::new();
    }
    let (was, is) = (normal(&text), normal(&new));
    similar::TextDiff::from_lines(&was, &is)
        .unified_diff()
        .header(name, "now")
        .to_string()
}

#[test]
fn what_the_guide_to_docker_lets_people_say_is_understood() {
    let text = std::fs::read_to_string(page("guide/docker.md")).unwrap();
    let command = Regex::new("`todo-agent ([^`]+)`").unwrap();
    let not_clear: Vec<String> = command
        .captures_iter(&text)
        .filter_map(|found| {
            let say = found.get(1)?.as_str().trim_matches('"');
            let resolution = understood(say);
            let clear =
                matches!(&resolution, Resolution::Clear(intents) if intents.iter().all(|intent| intent.playbook.starts_with("docker")));
            (!clear).then(|| format!("{say} → {}", told(&resolution)))
        })
        .collect();
    assert_eq!(not_clear, Vec::<String>::new());
}

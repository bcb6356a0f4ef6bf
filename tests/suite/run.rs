//! Runs the real binary as a user would, in an environment of its own, and tells everything that came back.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use regex::Regex;
use tempfile::TempDir;

/// A home of its own, for as many runs as a test needs.
pub struct Home {
    dir: TempDir,
}

/// What a run left: everything that a user or a script could see.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Home {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("work")).unwrap();
        Self { dir }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Where commands run.
    pub fn work(&self) -> PathBuf {
        self.path().join("work")
    }

    /// Where its state lives: on each system where users have it.
    pub fn state(&self) -> PathBuf {
        self.path().join(if cfg!(windows) {
            "local/todo-agent/state"
        } else {
            "state/todo-agent"
        })
    }

    /// Where its configuration lives.
    pub fn config(&self) -> PathBuf {
        self.path().join(if cfg!(windows) {
            "roaming/todo-agent/config"
        } else {
            "config/todo-agent"
        })
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.work().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// The command, with nothing of the tester's environment in it.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_todo-agent"));
        command
            .args(args)
            .current_dir(self.work())
            .env_clear()
            .env("HOME", self.path())
            .env("USERPROFILE", self.path())
            .env("APPDATA", self.path().join("roaming"))
            .env("LOCALAPPDATA", self.path().join("local"))
            .env("XDG_CONFIG_HOME", self.path().join("config"))
            .env("XDG_STATE_HOME", self.path().join("state"))
            .env("PATH", "")
            .env("LC_ALL", "C.UTF-8")
            .env("TERM", "xterm")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Windows programs cannot start without these.
        for name in ["SYSTEMROOT", "SystemRoot", "TEMP", "TMP"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
    }

    /// Runs it without a terminal.
    pub fn run(&self, args: &[&str]) -> Seen {
        self.finish(self.command(args), None)
    }

    /// Runs it with this on standard input.
    pub fn run_with(&self, args: &[&str], input: &str) -> Seen {
        let mut command = self.command(args);
        command.stdin(Stdio::piped());
        self.finish(command, Some(input))
    }

    pub fn finish(&self, mut command: Command, input: Option<&str>) -> Seen {
        let mut child = command.spawn().unwrap();
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
            // A program that does not read all of it is fine.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| self.normal(&String::from_utf8(bytes).unwrap());
        Seen {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// Without what differs from run to run: paths, ids of records, hashes of pods, uids, times.
    fn normal(&self, text: &str) -> String {
        let filters = [
            (r"\d{8}-\d{6}-", "DATE-"),
            (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UID"),
            (r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z", "TIME"),
            (r"\b[0-9a-f]{64}\b", "HASH"),
            // Told where it took long, which a busy machine decides.
            (r" +\d+(\.\d)? (ms|s)\n", "\n"),
        ];
        let mut text = text.replace(&self.path().display().to_string(), "HOME");
        if cfg!(windows) {
            text = as_elsewhere(&text);
        }
        for (pattern, by) in filters {
            text = Regex::new(pattern).unwrap().replace_all(&text, by).into_owned();
        }
        text
    }
}

/// What Windows shows, as the other systems have it: paths, and its own words for a file that is not there.
pub fn as_elsewhere(text: &str) -> String {
    let slashes = |found: &regex::Captures<'_>| found[0].replace('\\', "/");
    let text = Regex::new(r#"\b(HOME|DIR)\\[^\s`"'()]*"#).unwrap().replace_all(text, slashes);
    let words = Regex::new(r"[^:(\n]*\(os error ([23])\)").unwrap();
    words
        .replace_all(&text, " No such file or directory (os error 2)")
        .replace("HOME/local/todo-agent/state", "HOME/state/todo-agent")
        .replace("HOME/roaming/todo-agent/config", "HOME/config/todo-agent")
        .replace("Remove-Item Env:KUBECONFIG", "unset KUBECONFIG")
        .replace("todo-agent.exe", "todo-agent")
}

/// All three, to be compared at once.
pub fn seen(code: i32, out: &str, err: &str) -> Seen {
    Seen {
        code,
        out: out.to_owned(),
        err: err.to_owned(),
    }
}

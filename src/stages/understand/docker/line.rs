//! A `docker` command line taken apart: words, and flags with their values.

use std::collections::VecDeque;

use super::super::refuse::declined;
use crate::domain::intent::{Declined, DeclinedReason};

/// Flags of docker commands that take a value, by themselves or behind `=`.
const VALUED: [&str; 31] = [
    "--name",
    "-p",
    "--publish",
    "-e",
    "--env",
    "--tail",
    "-n",
    "--since",
    "-t",
    "--tag",
    "-f",
    "--file",
    "--build-arg",
    "--target",
    "--time",
    "--filter",
    "--format",
    "-v",
    "--volume",
    "--network",
    "--net",
    "--env-file",
    "-w",
    "--workdir",
    "-u",
    "--user",
    "--entrypoint",
    "--restart",
    "-l",
    "--label",
    "--platform",
];

/// The words after the command, and its flags.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub words: Vec<String>,
    /// Name and value.
    pub flags: Vec<(String, Option<String>)>,
    /// What stands behind the image of `run`: the command in the container.
    pub rest: Vec<String>,
}

impl Line {
    /// `plain` are the flags that take no value here, though they do elsewhere (`-f` of `logs`, `rm`, `prune`). With `stop` a
    /// word ends the flags: what follows belongs to the container.
    pub(super) fn of(arguments: &[String], plain: &[&str], stop: bool) -> Result<Self, Declined> {
        let mut line = Self::default();
        let mut rest: VecDeque<&String> = arguments.iter().collect();
        while let Some(word) = rest.pop_front() {
            if is_of_shell(word) || word.starts_with('|') || word.contains("$(") {
                let tail: Vec<&str> = std::iter::once(word).chain(rest).map(String::as_str).collect();
                return Err(of_shell(&tail.join(" ")));
            }
            if !word.starts_with('-') || word == "-" {
                line.words.push(word.clone());
                if stop {
                    let rest: Vec<String> = rest.into_iter().cloned().collect();
                    if let Some(at) = rest.iter().position(|word| is_of_shell(word)) {
                        return Err(of_shell(&rest[at..].join(" ")));
                    }
                    line.rest = rest;
                    return Ok(line);
                }
                continue;
            }
            let valued = |name: &str| VALUED.contains(&name) && !plain.contains(&name);
            // `-dp 8080:80`, `-eA=1`: letters put together, and a value behind them.
            if !word.starts_with("--") && word.chars().count() > 2 {
                let letters: Vec<char> = word.chars().skip(1).collect();
                for (n, letter) in letters.iter().enumerate() {
                    let flag = format!("-{letter}");
                    if valued(&flag) {
                        let glued: String = letters.iter().skip(n + 1).collect();
                        let glued = glued.strip_prefix('=').map_or(glued.clone(), str::to_owned);
                        let value = if glued.is_empty() { rest.pop_front().cloned() } else { Some(glued) };
                        line.flags.push((flag, value));
                        break;
                    }
                    line.flags.push((flag, None));
                }
                continue;
            }
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (word.clone(), None),
            };
            let value = if value.is_none() && valued(&name) {
                let Some(value) = rest.pop_front() else {
                    return Err(Declined {
                        why: Some(format!("The flag {name} needs a value")),
                        unexplained: vec![name],
                        ..declined(DeclinedReason::NotUnderstood)
                    });
                };
                Some(value.clone())
            } else {
                value
            };
            line.flags.push((name, value));
        }
        Ok(line)
    }

    /// Takes a flag out, by any of its names: whether it is on.
    pub(super) fn switch(&mut self, names: &[&str]) -> bool {
        self.take(names).iter().any(|value| value.as_deref() != Some("false"))
    }

    /// Takes a flag out: its last value.
    pub(super) fn value(&mut self, names: &[&str]) -> Option<String> {
        self.take(names).into_iter().flatten().next_back()
    }

    /// Takes a flag out: all its values.
    pub(super) fn values(&mut self, names: &[&str]) -> Vec<String> {
        self.take(names).into_iter().flatten().collect()
    }

    fn take(&mut self, names: &[&str]) -> Vec<Option<String>> {
        let (taken, left) = std::mem::take(&mut self.flags)
            .into_iter()
            .partition(|(name, _)| names.contains(&name.as_str()));
        self.flags = left;
        taken.into_iter().map(|(_, value): (String, Option<String>)| value).collect()
    }
}

/// A word that a shell never hands on, unless it is quoted.
fn is_of_shell(word: &str) -> bool {
    ["|", ">", ">>", "<", "<<", "||", "&", "&&", ";", "2>", "2>>", "&>", "2>&1"].contains(&word)
}

fn of_shell(tail: &str) -> Declined {
    Declined {
        why: Some("A pipe, redirection or substitution is the shell's".to_owned()),
        unexplained: vec![tail.to_owned()],
        ..declined(DeclinedReason::NotUnderstood)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_taken_apart_as_docker_does() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let mut line = Line::of(&words("-dp 8080:80 --name=web -eA=1 nginx:1 sleep -f 1"), &[], true).unwrap();
        assert!(line.switch(&["-d", "--detach"]));
        assert_eq!(line.values(&["-p"]), ["8080:80"]);
        assert_eq!(line.value(&["--name"]).as_deref(), Some("web"));
        assert_eq!(line.values(&["-e"]), ["A=1"]);
        assert_eq!((line.words, line.rest), (vec!["nginx:1".to_owned()], words("sleep -f 1")));
        assert!(line.flags.is_empty());
        let mut logs = Line::of(&words("-f --tail 20 web"), &["-f", "-t"], false).unwrap();
        assert!(logs.switch(&["-f"]));
        assert_eq!(
            (logs.value(&["--tail"]).as_deref(), logs.words),
            (Some("20"), vec!["web".to_owned()])
        );
        assert_eq!(Line::of(&words("ps | grep x"), &[], false).unwrap_err().unexplained, ["| grep x"]);
    }
}

//! `.dockerignore`, as the docker CLI reads it (moby/patternmatcher): later lines win, `!` takes back, a folder that is left
//! out leaves out what is in it.

use regex::Regex;

/// The patterns of one file.
#[derive(Debug, Default)]
pub struct Ignore {
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    regex: Regex,
    takes_back: bool,
}

impl Ignore {
    /// # Errors
    /// The line that is no pattern.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut patterns = Vec::new();
        for line in text.trim_start_matches('\u{feff}').lines() {
            if line.starts_with('#') {
                continue;
            }
            let line = line.trim();
            let (takes_back, pattern) = match line.strip_prefix('!') {
                Some(rest) => (true, rest.trim()),
                None => (false, line),
            };
            let pattern = cleaned(pattern);
            if pattern.is_empty() {
                continue;
            }
            let regex = Regex::new(&expression(&pattern)).map_err(|_| line.to_owned())?;
            patterns.push(Pattern { regex, takes_back });
        }
        Ok(Self { patterns })
    }

    /// Whether a path, with slashes and below the context, is left out.
    #[must_use]
    pub fn leaves_out(&self, path: &str) -> bool {
        let mut out = false;
        for pattern in &self.patterns {
            if pattern.takes_back != out {
                continue;
            }
            let mut part = path;
            let fits = loop {
                if pattern.regex.is_match(part) {
                    break true;
                }
                match part.rsplit_once('/') {
                    Some((parent, _)) => part = parent,
                    None => break false,
                }
            };
            if fits {
                out = !pattern.takes_back;
            }
        }
        out
    }

    /// What is left out can be taken back: folders must be looked into all the same.
    #[must_use]
    pub fn takes_back(&self) -> bool {
        self.patterns.iter().any(|pattern| pattern.takes_back)
    }
}

/// Without `.`, `..` and slashes at its ends (Go's `filepath.Clean`).
fn cleaned(pattern: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in pattern.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn expression(pattern: &str) -> String {
    let mut regex = "^".to_owned();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.peek() == Some(&'*') => {
                chars.next();
                if chars.peek() == Some(&'/') {
                    chars.next();
                }
                regex.push_str(if chars.peek().is_none() { ".*" } else { "(.*/)?" });
            }
            '*' => regex.push_str("[^/]*"),
            '?' => regex.push_str("[^/]"),
            '[' => regex.push('['),
            ']' => regex.push(']'),
            '^' | '-' if regex.contains('[') && !regex.ends_with(']') => regex.push(c),
            '\\' => {
                let next = chars.next().unwrap_or('\\');
                regex.push_str(&regex::escape(&next.to_string()));
            }
            c => regex.push_str(&regex::escape(&c.to_string())),
        }
    }
    regex + "$"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dockerignore_is_read_as_docker_reads_it() {
        let text = "# a remark\n.git\n/node_modules/\n*.md\n!README.md\n**/*.pyc\nsrc/**/tmp\nlog?\ndata/*\n!data/keep\n[ab].txt\n";
        let ignore = Ignore::parse(text).unwrap();
        let cases = [
            (".git/config", true),
            ("sub/.git/config", false),
            ("node_modules/x/y.js", true),
            ("notes.md", true),
            ("README.md", false),
            ("docs/notes.md", false),
            ("a.pyc", true),
            ("a/b/c.pyc", true),
            ("src/tmp/x", true),
            ("src/a/b/tmp", true),
            ("log1", true),
            ("log12", false),
            ("data/x", true),
            ("data/keep", false),
            ("data/keep/x", false),
            ("a.txt", true),
            ("c.txt", false),
            ("main.py", false),
        ];
        for (path, expected) in cases {
            assert_eq!(ignore.leaves_out(path), expected, "{path}");
        }
        assert!(ignore.takes_back());
        assert!(!Ignore::parse("*\n").unwrap().takes_back());
        assert_eq!(Ignore::parse("ok\n[a\n").unwrap_err(), "[a");
    }
}

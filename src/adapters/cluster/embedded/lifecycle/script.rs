//! A rough reading of a container's command: how long it runs, what it prints, how it ends. It understands what people write
//! to try something out (`sleep`, `echo`, `exit`, loops); a command that it does not know takes a second and succeeds.

use std::collections::BTreeMap;

/// What a command line does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    pub forever: bool,
    /// It looks like a server, and serves what the container declares.
    pub server: bool,
    pub ports: Vec<i64>,
    /// How long it runs, if not for ever.
    pub millis: i64,
    pub code: i64,
    /// A loop comes round after so many milliseconds.
    pub every: Option<i64>,
    /// What it printed (in each round of a loop).
    pub output: Vec<String>,
}

const SERVES: &[&str] = &[
    "uvicorn",
    "gunicorn",
    "hypercorn",
    "nginx",
    "httpd",
    "redis-server",
    "postgres",
    "mysqld",
    "mongod",
    "java",
    "node",
    "npm",
    "pnpm",
    "yarn",
    "bun",
    "next",
    "serve",
    "http-server",
    "flask",
    "fastapi",
    "caddy",
    "php-fpm",
    "dotnet",
    "supervisord",
    "celery",
    "deno",
];

/// Whether a command line is run by a shell.
pub fn is_shell(line: &[String]) -> bool {
    line.first()
        .is_some_and(|first| matches!(base(first), "sh" | "bash" | "ash" | "dash"))
}

/// Reads a command line with the environment that it runs in.
pub fn read(line: &[String], env: &BTreeMap<String, String>) -> Script {
    let mut script = Script::default();
    if is_shell(line) {
        let flag = line.iter().position(|word| word.starts_with('-') && word.contains('c'));
        match flag.and_then(|flag| line.get(flag + 1)) {
            Some(text) => run_text(text, env, &mut script),
            None if line.len() > 1 => script.millis = 1000,
            None => {}
        }
    } else {
        let words: Vec<String> = line.iter().map(|word| expand(word, env)).collect();
        run_words(&words, &mut script);
    }
    script
}

fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// Statement after statement, until one ends the script or runs for ever.
fn run_text(text: &str, env: &BTreeMap<String, String>, script: &mut Script) {
    for statement in statements(text) {
        let statement = statement.trim();
        let looping = ["while true", "while :", "for (( ;", "for ((;;"]
            .iter()
            .any(|start| statement.starts_with(start))
            || statement == "do";
        let endless = statement.starts_with("until ") && statement.contains("false");
        if looping || endless {
            script.forever = !text.contains("exit ");
            script.every = Some(one_round(text, env, script));
            return;
        }
        let words = split_words(statement, env);
        if words.first().is_some_and(|first| first == "exit") {
            script.code = words.get(1).and_then(|code| code.parse().ok()).unwrap_or(script.code);
            return;
        }
        run_words(&words, script);
        if script.forever {
            return;
        }
    }
}

/// What a loop prints in a round, and how long a round takes in milliseconds.
fn one_round(text: &str, env: &BTreeMap<String, String>, script: &mut Script) -> i64 {
    let before = script.millis;
    for statement in statements(text) {
        let words = split_words(statement.trim().trim_start_matches("do "), env);
        if words
            .first()
            .is_some_and(|first| matches!(first.as_str(), "echo" | "printf" | "sleep"))
        {
            run_words(&words, script);
        }
    }
    std::mem::replace(&mut script.millis, before) - before
}

/// Splits at `;`, `&&`, `||` and line ends outside of quotes.
fn statements(text: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut quote = None;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (None, ';' | '\n') => found.push(String::new()),
            (None, '&' | '|') if letters.peek() == Some(&letter) => {
                letters.next();
                found.push(String::new());
            }
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            _ => {}
        }
        let separator = quote.is_none() && matches!(letter, ';' | '\n' | '&' | '|');
        if let Some(last) = found.last_mut().filter(|_| !separator) {
            last.push(letter);
        }
    }
    found
}

fn split_words(statement: &str, env: &BTreeMap<String, String>) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for letter in statement.chars() {
        match (quote, letter) {
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            (None, ' ' | '\t') => {
                if !word.is_empty() {
                    words.push(expand(&std::mem::take(&mut word), env));
                }
            }
            _ => word.push(letter),
        }
    }
    if !word.is_empty() {
        words.push(expand(&word, env));
    }
    // Redirections say where it goes, not what it is.
    words.retain(|word| !word.starts_with('>') && !word.starts_with("2>") && !word.starts_with("1>"));
    words
}

/// Puts `$NAME`, `${NAME}` and `$(NAME)` in.
pub fn expand(word: &str, env: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    let mut rest = word;
    while let Some(dollar) = rest.find('$') {
        text.push_str(rest.get(..dollar).unwrap_or_default());
        rest = rest.get(dollar + 1..).unwrap_or_default();
        let closing = match rest.chars().next() {
            Some('{') => Some('}'),
            Some('(') => Some(')'),
            _ => None,
        };
        let (name, skip) = match closing {
            Some(closing) => match rest.find(closing) {
                Some(end) => (rest.get(1..end).unwrap_or_default(), end + 1),
                None => ("", 0),
            },
            None => {
                let end = rest
                    .find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
                    .unwrap_or(rest.len());
                (rest.get(..end).unwrap_or_default(), end)
            }
        };
        if skip == 0 {
            text.push('$');
            continue;
        }
        text.push_str(env.get(name).map_or("", String::as_str));
        rest = rest.get(skip..).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

/// Puts `$(NAME)` in, as Kubernetes does in `env`; what is not known stays as it is.
pub fn expand_references(text: &str, env: &BTreeMap<String, String>) -> String {
    env.iter().fold(text.to_owned(), |text, (name, value)| {
        if text.contains("$(") {
            text.replace(&format!("$({name})"), value)
        } else {
            text
        }
    })
}

/// One command.
fn run_words(words: &[String], script: &mut Script) {
    let Some(first) = words.first().map(|word| base(word)) else {
        return;
    };
    let rest = words.get(1..).unwrap_or_default();
    script.code = 0;
    match first {
        "exec" | "nohup" | "env" | "time" | "do" | "then" => run_words(rest, script),
        "sleep" => match rest.first().map(|word| duration(word)) {
            Some(Some(millis)) => script.millis += millis,
            Some(None) => script.forever = true,
            None => script.code = 1,
        },
        "echo" | "printf" => {
            let words: Vec<&str> = rest
                .iter()
                .map(String::as_str)
                .filter(|word| !matches!(*word, "-n" | "-e"))
                .collect();
            script.output.push(words.join(" "));
        }
        "false" => script.code = 1,
        "true" | ":" | "cd" | "export" | "set" | "mkdir" | "touch" | "chmod" | "trap" | "wait" | "done" | "fi" => {}
        "tail" if rest.iter().any(|word| word.starts_with("-f") || word == "-F") => script.forever = true,
        "cat" if rest.is_empty() => {}
        "pause" => script.forever = true,
        "python" | "python3" if rest.iter().any(|word| word == "-c") => script.millis += 300,
        "python" | "python3" if !rest.is_empty() => serve(rest, script),
        "node" if rest.iter().any(|word| word == "-e") => script.millis += 300,
        "npm" | "pnpm" | "yarn" | "bun"
            if !rest
                .iter()
                .any(|word| matches!(word.as_str(), "start" | "dev" | "serve" | "preview")) =>
        {
            script.millis += 1000;
        }
        _ if SERVES.contains(&first) && !rest.is_empty() || first == "nginx" => serve(rest, script),
        _ => script.millis += 1000,
    }
}

/// A server: its port may stand among its arguments.
fn serve(rest: &[String], script: &mut Script) {
    script.forever = true;
    script.server = true;
    let numbers = rest
        .iter()
        .flat_map(|word| word.split(['=', ':']))
        .filter_map(|part| part.parse::<i64>().ok());
    script.ports.extend(numbers.filter(|port| (1..65536).contains(port)));
}

/// `5`, `0.5`, `10s`, `2m`, `1h`; `None` for infinity and anything longer than a year.
fn duration(word: &str) -> Option<i64> {
    let (number, unit) = match word.find(|letter: char| letter.is_ascii_alphabetic()) {
        Some(split) => (word.get(..split)?, word.get(split..)?),
        None => (word, "s"),
    };
    let times = match unit {
        "s" => 1000.0,
        "m" => 60_000.0,
        "h" => 3_600_000.0,
        "d" => 86_400_000.0,
        _ => return None,
    };
    let millis = number.parse::<f64>().ok()? * times;
    #[allow(clippy::cast_possible_truncation)]
    (0.0..3.2e10).contains(&millis).then_some(millis as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(text: &str) -> (bool, i64, i64, Vec<String>) {
        let env = BTreeMap::from([("NAME".to_owned(), "todo".to_owned())]);
        let script = read(&["sh".to_owned(), "-c".to_owned(), text.to_owned()], &env);
        (script.forever, script.millis, script.code, script.output)
    }

    #[test]
    fn what_people_write_to_try_something_out() {
        let out = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        assert_eq!(sh("echo hello; exit 3"), (false, 0, 3, out(&["hello"])));
        assert_eq!(sh("echo \"hi $NAME\" && sleep 5"), (false, 5000, 0, out(&["hi todo"])));
        assert_eq!(sh("sleep infinity"), (true, 0, 0, out(&[])));
        assert_eq!(sh("while true; do echo tick; sleep 1; done"), (true, 0, 0, out(&["tick"])));
        assert_eq!(sh("false"), (false, 0, 1, out(&[])));
        assert_eq!(sh("sleep 1m 2>/dev/null; tail -f /dev/null"), (true, 60_000, 0, out(&[])));
        assert_eq!(sh("exec uvicorn main:app --port 8000"), (true, 0, 0, out(&[])));
    }
}

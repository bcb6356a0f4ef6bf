//! What each kind of program writes.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::super::super::world::World;
use super::super::node::{self, Start};
use super::super::pods::{config, seen::Run};
use super::super::program::Program;
use super::super::{ident, values};
use super::Line;

/// The log of one run: lines at fixed moments, and streams of lines that come again and again.
#[derive(Debug, Default)]
pub struct Script {
    fixed: Vec<Line>,
    streams: Vec<Stream>,
}

/// Lines at `first`, `first + every`, … moved by up to `jitter`, until the run ends.
#[derive(Debug)]
struct Stream {
    first: Timestamp,
    every: SignedDuration,
    jitter: i64,
    seed: String,
    lines: Vec<String>,
}

impl Stream {
    fn slot(&self, at: Timestamp) -> i64 {
        let passed = at.duration_since(self.first).as_millis();
        i64::try_from(passed.div_euclid(self.every.as_millis().max(1))).unwrap_or_default()
    }

    fn at(&self, slot: i64) -> Timestamp {
        let moved = if self.jitter == 0 {
            0
        } else {
            i64::try_from(self.number(slot) % 1_000_000).unwrap_or_default() % self.jitter
        };
        let every = i64::try_from(self.every.as_millis()).unwrap_or(1000);
        values::after(
            self.first,
            SignedDuration::from_millis(every.saturating_mul(slot).saturating_add(moved)),
        )
    }

    fn number(&self, slot: i64) -> u64 {
        ident::number(&[&self.seed, &slot.to_string()])
    }

    fn line(&self, slot: i64) -> Line {
        let number = self.number(slot);
        let lines = self.lines.len().max(1) as u64;
        let line = self
            .lines
            .get(usize::try_from((number >> 20) % lines).unwrap_or_default())
            .cloned()
            .unwrap_or_default();
        let port = 32_768 + number % 28_000;
        (self.at(slot), line.replace("{port}", &port.to_string()))
    }

    /// The lines between two moments, both included.
    fn between(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = Line> {
        let first = (self.slot(from) - 1).max(0);
        (first..=self.slot(to))
            .map(|slot| self.line(slot))
            .filter(move |(at, _)| *at >= from && *at <= to)
    }

    fn next(&self, after: Timestamp) -> Timestamp {
        let first = (self.slot(after) - 1).max(0);
        (first..first + 4).map(|slot| self.at(slot)).find(|at| *at > after).unwrap_or(after)
    }
}

impl Script {
    /// The log of a container's run that began at `since`; `run` when it is over.
    pub fn of(world: &World, pod: &Value, spec: &Value, init: bool, since: Timestamp, run: Option<&Run>) -> Self {
        let env = config::environment(world, pod, spec).unwrap_or_default();
        let start = Start {
            pod,
            container: spec,
            env: &env,
            to_end: init,
        };
        let mut script = Self::default();
        let program = Program::of(&start);
        // A run that ended with an error says why; one that was killed has no time to.
        let failed = run.filter(|run| run.code != 0 && run.code < 128);
        match &program {
            Program::Backend => script.backend(&start, since, failed.is_some()),
            Program::Frontend => script.frontend(&start, since, failed.is_some()),
            Program::Server(server) => script.server(server.name, since, failed.is_some()),
            Program::Script(found) => script.shell(found, since),
            Program::Own => script.say(since, 50, own(spec)),
        }
        if let Some(run) = run {
            script.farewell(&program, run);
        }
        script
    }

    pub fn fixed(&self, from: Timestamp, to: Timestamp) -> Vec<Line> {
        self.fixed.iter().filter(|(at, _)| *at >= from && *at <= to).cloned().collect()
    }

    pub fn regular(&self, from: Timestamp, to: Timestamp) -> Vec<Line> {
        let found = self.streams.iter().flat_map(|stream| stream.between(from, to));
        let mut lines: Vec<Line> = found
            .flat_map(|(at, text)| text.lines().map(|line| (at, line.to_owned())).collect::<Vec<_>>())
            .collect();
        lines.sort_by_key(|(at, _)| *at);
        lines
    }

    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let fixed = self.fixed.iter().map(|(at, _)| *at).filter(|at| *at > after);
        let regular = self.streams.iter().map(|stream| stream.next(after)).filter(|at| *at > after);
        fixed.chain(regular).min()
    }

    fn say(&mut self, since: Timestamp, millis: i64, line: impl Into<String>) {
        self.fixed
            .push((values::after(since, SignedDuration::from_millis(millis)), line.into()));
    }

    /// uvicorn with the todo API.
    fn backend(&mut self, start: &Start, since: Timestamp, failed: bool) {
        self.say(since, 90, "INFO:     Started server process [1]");
        self.say(since, 91, "INFO:     Waiting for application startup.");
        if failed {
            let reason = failure(&Program::Backend, start);
            self.say(since, 400, "ERROR:    Traceback (most recent call last):");
            self.say(since, 400, "  File \"/app/main.py\", line 24, in lifespan");
            self.say(since, 400, "    settings = Settings.from_env()");
            self.say(since, 400, format!("RuntimeError: {reason}"));
            self.say(since, 401, "ERROR:    Application startup failed. Exiting.");
            return;
        }
        self.say(since, 240, "INFO:     Application startup complete.");
        self.say(
            since,
            241,
            "INFO:     Uvicorn running on http://0.0.0.0:7860 (Press CTRL+C to quit)",
        );
        self.probes(start, since);
        let requests = [
            "GET /api/tasks HTTP/1.1\" 200 OK",
            "POST /api/chat HTTP/1.1\" 200 OK",
            "GET /api/tasks?status=open HTTP/1.1\" 200 OK",
        ];
        self.streams.push(Stream {
            first: values::after(since, SignedDuration::from_secs(4)),
            every: SignedDuration::from_secs(23),
            jitter: 19_000,
            seed: format!("{} requests {since}", values::uid(start.pod)),
            lines: requests
                .iter()
                .map(|request| format!("INFO:     10.244.0.1:{{port}} - \"{request}"))
                .collect(),
        });
    }

    /// uvicorn writes every request, those of the probes too.
    fn probes(&mut self, start: &Start, since: Timestamp) {
        for (field, which) in [("readinessProbe", node::Probe::Readiness), ("livenessProbe", node::Probe::Liveness)] {
            let Some(spec) = start.container.get(field).filter(|spec| spec.get("httpGet").is_some()) else {
                continue;
            };
            let status = match node::probe(start, which, spec, SignedDuration::from_secs(3600)) {
                Ok(()) => "200 OK",
                Err(why) if why.contains("404") => "404 Not Found",
                Err(why) if why.contains("503") => "503 Service Unavailable",
                // It never came as far as the program.
                Err(_) => continue,
            };
            let path = values::text(spec, "/httpGet/path");
            let delay = values::count(spec, "/initialDelaySeconds");
            self.streams.push(Stream {
                first: values::after(since, SignedDuration::from_millis(300 + delay * 1000)),
                every: SignedDuration::from_secs(values::int(spec, "/periodSeconds").unwrap_or(10).max(1)),
                jitter: 0,
                seed: format!("{} {field} {since}", values::uid(start.pod)),
                lines: vec![format!("INFO:     10.244.0.1:{{port}} - \"GET {path} HTTP/1.1\" {status}")],
            });
        }
    }

    /// Next.js in production: it says that it is ready, and nothing of requests.
    fn frontend(&mut self, start: &Start, since: Timestamp, failed: bool) {
        self.say(since, 60, "   ▲ Next.js 15.3.1");
        self.say(since, 60, "   - Local:        http://localhost:3000");
        self.say(since, 60, "   - Network:      http://0.0.0.0:3000");
        self.say(since, 61, "");
        self.say(since, 61, " ✓ Starting...");
        if failed {
            self.say(since, 400, " ⨯ Failed to start server");
            self.say(since, 401, format!("Error: {}", failure(&Program::Frontend, start)));
            self.say(since, 401, "    at validateEnvironment (/app/server.js:41:11)");
            self.say(since, 401, "    at Object.<anonymous> (/app/server.js:58:3)");
            self.say(since, 402, format!("Error: {}", failure(&Program::Frontend, start)));
            return;
        }
        self.say(since, 240, " ✓ Ready in 179ms");
    }

    fn server(&mut self, name: &str, since: Timestamp, failed: bool) {
        let lines: &[&str] = match (name, failed) {
            ("postgres", true) => &[
                "Error: Database is uninitialized and superuser password is not specified.",
                "       You must specify POSTGRES_PASSWORD to a non-empty value for the",
                "       superuser. For example, \"-e POSTGRES_PASSWORD=password\" on \"docker run\".",
            ],
            ("mysql" | "mariadb", true) => &[
                "[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified",
                "    You need to specify one of the following as an environment variable:",
                "    - MYSQL_ROOT_PASSWORD",
            ],
            (_, true) => &["the program ended with an error"],
            ("postgres", false) => &[
                "PostgreSQL init process complete; ready for start up.",
                "LOG:  listening on IPv4 address \"0.0.0.0\", port 5432",
                "LOG:  database system is ready to accept connections",
            ],
            ("redis" | "valkey", false) => &["oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo", "* Ready to accept connections tcp"],
            ("nginx" | "nginx-unprivileged", false) => &[
                "/docker-entrypoint.sh: Configuration complete; ready for start up",
                "[notice] 1#1: start worker processes",
            ],
            (_, false) => &["server started (simulated: the embedded cluster does not run programs)"],
        };
        for (index, line) in lines.iter().enumerate() {
            self.say(since, 80 + i64::try_from(index).unwrap_or_default(), *line);
        }
    }

    /// What a command line printed; a loop prints it again and again.
    fn shell(&mut self, script: &super::super::script::Script, since: Timestamp) {
        match script.every {
            Some(every) if !script.output.is_empty() => self.streams.push(Stream {
                first: values::after(since, SignedDuration::from_millis(20)),
                every: SignedDuration::from_millis(every.max(1000)),
                jitter: 0,
                seed: since.to_string(),
                lines: vec![script.output.join("\n")],
            }),
            _ => {
                for line in &script.output {
                    self.say(since, 20, line.clone());
                }
            }
        }
    }

    /// The last lines of a run.
    fn farewell(&mut self, program: &Program, run: &Run) {
        let end = run.until;
        let lines: &[&str] = match (program, run.reason.as_str()) {
            (_, "OOMKilled") => &[],
            (Program::Backend, "Completed") => &[
                "INFO:     Shutting down",
                "INFO:     Application shutdown complete.",
                "INFO:     Finished server process [1]",
            ],
            _ => &[],
        };
        self.fixed.extend(lines.iter().map(|line| (end, (*line).to_owned())));
    }
}

fn own(spec: &Value) -> String {
    format!(
        "(simulated) {} would write here: the embedded cluster does not run programs",
        values::text(spec, "/image")
    )
}

/// Why the seeded app cannot start.
fn failure(program: &Program, start: &Start) -> String {
    let has = |name: &&&str| start.env.get(**name).is_some_and(|value| !value.is_empty());
    match program.needs().iter().find(|name| !has(name)) {
        Some(name) => format!("{name} is not set"),
        None if node::fault(start.pod).is_empty() => "the environment was not complete".to_owned(),
        None => format!("simulated failure (annotation {}: {})", node::FAULT, node::fault(start.pod)),
    }
}

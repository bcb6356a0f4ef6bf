//! What runs inside a container, as far as it shows from outside: how it ends, what it serves, how much memory it takes.

use jiff::SignedDuration;
use serde_json::Value;

use super::images::Image;
use super::node::Start;
use super::script::{self, Script};
use super::values;

/// How a program ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    Never,
    After { millis: i64, code: i64 },
}

/// A kind of program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// The seeded backend: uvicorn on 7860.
    Backend,
    /// The seeded frontend: Next.js on 3000.
    Frontend,
    /// A public server that answers on its usual port.
    Server(&'static Server),
    /// Commands that were given, or a shell without any.
    Script(Script),
    /// Somebody's own image: it runs, and serves the ports that it declares.
    Own,
}

/// A public image with a server in it.
#[derive(Debug, PartialEq, Eq)]
pub struct Server {
    pub name: &'static str,
    pub port: i64,
    /// Environment without one of which it refuses to start.
    pub needs: &'static [&'static str],
    /// Whether it answers any path with 200, or only `/`.
    pub any_path: bool,
    pub memory_mib: i128,
}

const fn server(name: &'static str, port: i64, needs: &'static [&'static str], any_path: bool, memory_mib: i128) -> Server {
    Server {
        name,
        port,
        needs,
        any_path,
        memory_mib,
    }
}

const SERVERS: &[Server] = &[
    server("nginx", 80, &[], false, 4),
    server("nginx-unprivileged", 8080, &[], false, 4),
    server("httpd", 80, &[], false, 6),
    server("caddy", 80, &[], true, 10),
    server("traefik", 80, &[], true, 20),
    server("haproxy", 80, &[], true, 8),
    server("redis", 6379, &[], true, 4),
    server("valkey", 6379, &[], true, 4),
    server("memcached", 11211, &[], true, 4),
    server(
        "postgres",
        5432,
        &["POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE", "POSTGRES_HOST_AUTH_METHOD"],
        true,
        24,
    ),
    server(
        "mysql",
        3306,
        &["MYSQL_ROOT_PASSWORD", "MYSQL_ALLOW_EMPTY_PASSWORD", "MYSQL_RANDOM_ROOT_PASSWORD"],
        true,
        200,
    ),
    server(
        "mariadb",
        3306,
        &["MARIADB_ROOT_PASSWORD", "MYSQL_ROOT_PASSWORD", "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD"],
        true,
        80,
    ),
    server("mongo", 27017, &[], true, 60),
    server("rabbitmq", 5672, &[], true, 80),
    server("registry", 5000, &[], true, 10),
    server("adminer", 8080, &[], true, 10),
    server("grafana", 3000, &[], true, 50),
    server("prometheus", 9090, &[], true, 40),
    server("wordpress", 80, &[], true, 30),
    server("podinfo", 9898, &[], true, 10),
    server("whoami", 80, &[], true, 4),
    server("echo-server", 8080, &[], true, 4),
    server("echoserver", 8080, &[], true, 4),
    server("http-echo", 5678, &[], true, 4),
    server("hello-app", 8080, &[], true, 4),
    server("agnhost", 8080, &[], true, 4),
    server("pause", 0, &[], true, 1),
    server("minio", 9000, &[], true, 60),
    server("controller", 80, &[], true, 40),
    server("metrics-server", 10250, &[], true, 20),
];

/// Images that only hold a shell or an interpreter: without a command they end at once.
const SHELLS: &[&str] = &[
    "busybox",
    "alpine",
    "ubuntu",
    "debian",
    "bash",
    "python",
    "node",
    "golang",
    "rust",
    "openjdk",
    "eclipse-temurin",
    "ruby",
    "php",
    "perl",
    "hello-world",
    "curl",
    "netshoot",
];

impl Program {
    pub fn of(start: &Start) -> Self {
        let words = |field: &str| {
            values::list(start.container, field)
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let (command, args) = (words("/command"), words("/args"));
        let image = Image::parse(values::text(start.container, "/image")).ok();
        let name = image.as_ref().map(|image| image.program().to_owned()).unwrap_or_default();
        let shell = SHELLS.contains(&name.as_str());
        if command.is_empty() && (args.is_empty() || !shell) {
            return Self::of_image(&name, shell);
        }
        let mut line = command;
        line.extend(args);
        match script::read(&line, start.env) {
            // A server started by its own command is still that server.
            Script { forever: true, .. } if !shell && !script::is_shell(&line) => Self::of_image(&name, false),
            found => Self::Script(found),
        }
    }

    /// What an image runs when no command is given.
    pub fn of_name(image: &str) -> Self {
        let name = Image::parse(image).map(|image| image.program().to_owned()).unwrap_or_default();
        Self::of_image(&name, SHELLS.contains(&name.as_str()))
    }

    fn of_image(name: &str, shell: bool) -> Self {
        match name {
            "todo-backend" => Self::Backend,
            "todo-frontend" => Self::Frontend,
            _ if shell => Self::Script(Script::default()),
            _ => SERVERS.iter().find(|server| server.name == name).map_or(Self::Own, Self::Server),
        }
    }

    /// The environment without which the program ends with an error: any one of them is enough.
    pub fn needs(&self) -> &'static [&'static str] {
        match self {
            Self::Backend => &["DATABASE_URL"],
            Self::Frontend => &["BETTER_AUTH_SECRET"],
            Self::Server(server) => server.needs,
            Self::Script(_) | Self::Own => &[],
        }
    }

    pub fn ends(&self, start: &Start) -> Ends {
        let has = |name: &&str| start.env.get(*name).is_some_and(|value| !value.is_empty());
        if !self.needs().is_empty() && !self.needs().iter().any(has) {
            return Ends::After { millis: 800, code: 1 };
        }
        match self {
            Self::Script(script) if script.forever => Ends::Never,
            Self::Script(script) => Ends::After {
                millis: script.millis.max(200),
                code: script.code,
            },
            Self::Own if start.to_end => Ends::After { millis: 1000, code: 0 },
            _ => Ends::Never,
        }
    }

    /// How long it takes to stop when asked (`None`: it does not listen), and its exit code.
    pub fn stops(&self) -> (Option<SignedDuration>, i64) {
        let quick = |millis| Some(SignedDuration::from_millis(millis));
        match self {
            Self::Backend => (quick(600), 0),
            Self::Frontend => (quick(400), 143),
            Self::Server(_) => (quick(300), 0),
            Self::Own => (quick(700), 143),
            Self::Script(_) => (None, 137),
        }
    }

    /// Bytes of memory that it takes; with a lower limit it is killed.
    pub fn memory(&self) -> i128 {
        let mib = match self {
            Self::Backend => 60,
            Self::Frontend => 48,
            Self::Server(server) => server.memory_mib,
            Self::Script(_) | Self::Own => 1,
        };
        mib * 1024 * 1024
    }

    /// Until then it refuses connections.
    pub fn warm_up(&self) -> SignedDuration {
        SignedDuration::from_millis(match self {
            Self::Backend | Self::Frontend => 250,
            _ => 100,
        })
    }

    pub fn serves(&self, start: &Start, port: i64) -> bool {
        let declared = || {
            values::list(start.container, "/ports")
                .iter()
                .any(|declared| values::int(declared, "/containerPort") == Some(port))
        };
        match self {
            Self::Backend => port == own_port(start, 7860),
            Self::Frontend => port == own_port(start, 3000),
            Self::Server(server) => server.port == port || (declared() && server.any_path),
            Self::Script(script) => script.forever && (script.ports.contains(&port) || (script.server && declared())),
            Self::Own => declared(),
        }
    }

    /// The HTTP status of a path.
    pub fn status(&self, path: &str) -> u16 {
        let path = path.split('?').next().unwrap_or_default().trim_end_matches('/');
        let known = |paths: &[&str]| paths.contains(&path) || path.is_empty();
        let found = match self {
            Self::Backend => known(&["/health", "/healthz", "/docs", "/openapi.json", "/redoc"]),
            Self::Frontend => known(&[
                "/api/health",
                "/login",
                "/signin",
                "/signup",
                "/dashboard",
                "/chat",
                "/tasks",
                "/favicon.ico",
            ]),
            Self::Server(server) => server.any_path || known(&["/index.html"]),
            Self::Script(_) | Self::Own => true,
        };
        if found { 200 } else { 404 }
    }

    /// A command run inside the container by a probe.
    ///
    /// # Errors
    /// Its output, when it ends with an error.
    pub fn exec(&self, exec: &Value, healthy: bool) -> Result<(), String> {
        let line: Vec<String> = values::list(exec, "/command")
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        let ran = script::read(&line, &std::collections::BTreeMap::new());
        if healthy && ran.code == 0 {
            Ok(())
        } else {
            Err(ran.output.join("\n"))
        }
    }
}

/// The port that the seeded app listens on: `PORT` moves it, as in life.
fn own_port(start: &Start, usual: i64) -> i64 {
    start.env.get("PORT").and_then(|port| port.parse().ok()).unwrap_or(usual)
}

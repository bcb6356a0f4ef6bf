//! A home and a namespace of its own at one place, and a shell in it as a user has one.

use std::{
    collections::HashSet,
    fs,
    io::Read,
    net::SocketAddr,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use super::{
    engine_proxy::EngineProxy,
    normal,
    proxy::Proxy,
    session::{Place, Reply, Session},
};
use crate::{ground, run::Home};

/// A command that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Stage {
    home: Home,
    namespace: String,
    server: String,
    /// The API server, where a session stops and starts it.
    _proxy: Option<Proxy>,
    /// The Docker Engine, likewise.
    engine: Option<EngineProxy>,
}

/// What came back, as it was printed.
#[derive(Debug)]
pub struct Told {
    pub out: String,
    pub err: String,
    pub code: i32,
}

impl Stage {
    /// A cluster that is trusted, an empty namespace, and that namespace as the default.
    pub fn set(place: Place, session: &Session) -> Self {
        let home = Home::new();
        let namespace = new_namespace();
        let mut stage = Self {
            home,
            namespace,
            server: String::new(),
            _proxy: None,
            engine: None,
        };
        stage.put_tools();
        if session.has("engine-stoppable") {
            let engine = ground::engine();
            let engine = PathBuf::from(engine.strip_prefix("unix://").expect("the bench's engine has a socket"));
            stage.engine = Some(EngineProxy::at(stage.path("engine.sock"), engine, stage.path("stopped")));
        }
        match place {
            Place::Embedded => stage.set_embedded(),
            Place::Real => stage.set_real(session),
        }
        stage.prepare("kubectl create namespace $NS");
        stage
    }

    /// `kubectl` speaks to the same cluster as the program, past every proxy and whatever `KUBECONFIG` says.
    fn put_tools(&self) {
        let bin = self.path("bin");
        fs::create_dir(&bin).unwrap();
        let kubectl = ground::tool("kubectl");
        let script = format!(
            "#!/bin/sh\nexec {} --kubeconfig '{}' --cache-dir '{}' \"$@\"\n",
            kubectl.display(),
            self.admin().display(),
            self.path("cache").display()
        );
        fs::write(bin.join("kubectl"), script).unwrap();
        fs::set_permissions(bin.join("kubectl"), fs::Permissions::from_mode(0o755)).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_todo-agent"), bin.join("todo-agent")).unwrap();
    }

    fn set_embedded(&mut self) {
        let config = self.path("config/todo-agent");
        fs::create_dir_all(&config).unwrap();
        fs::write(config.join("config.toml"), format!("namespace = \"{}\"\n", self.namespace)).unwrap();
        self.prepare("todo-agent cluster start");
        self.prepare("todo-agent cluster kubeconfig > ../admin");
        self.prepare("kubectl config set-context --current --namespace=$NS");
        for image in ["todo-backend:v2", "todo-frontend:v2"] {
            self.prepare(&format!("todo-agent cluster load {image}"));
        }
        self.server = self.prepare("kubectl config view -o jsonpath='{.clusters[0].cluster.server}'");
    }

    fn set_real(&mut self, session: &Session) {
        fs::copy(ground::kubeconfig(), self.admin()).unwrap();
        self.prepare("kubectl config set-context --current --namespace=$NS");
        self.server = self.prepare("kubectl config view -o jsonpath='{.clusters[0].cluster.server}'");
        fs::copy(self.admin(), self.path("kubeconfig")).unwrap();
        if session.has("stoppable") {
            let address: SocketAddr = self.server.trim_start_matches("https://").parse().unwrap();
            let proxy = Proxy::before(address, self.path("stopped"));
            let kubeconfig = fs::read_to_string(self.admin()).unwrap();
            self.server = format!("https://{}", proxy.address);
            fs::write(
                self.path("kubeconfig"),
                kubeconfig.replace(&format!("https://{address}"), &self.server),
            )
            .unwrap();
            self._proxy = Some(proxy);
        }
        if !session.has("untrusted") {
            self.prepare("todo-agent trust cluster --context todo-bench --yes");
        }
    }

    /// What the program takes for the engine.
    fn engine(&self) -> String {
        match self.engine {
            Some(_) => format!("unix://{}", self.path("engine.sock").display()),
            None => ground::engine(),
        }
    }

    /// The administrator's kubeconfig.
    fn admin(&self) -> PathBuf {
        self.path("admin")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Runs it, and shows what went wrong when it does not succeed.
    pub fn prepare(&self, command: &str) -> String {
        let told = self.run(command);
        assert_eq!(told.code, 0, "while it was prepared: {command}\n{}{}", told.out, told.err);
        told.out
    }

    /// Runs it and takes out of the answer what differs from run to run.
    pub fn ask(&self, command: &str) -> Reply {
        let told = self.run(command);
        let mut known = self.of_one_second();
        known.extend([
            (self.path("kubeconfig").display().to_string(), "KUBECONFIG".to_owned()),
            (self.home.path().display().to_string(), "HOME".to_owned()),
            (self.server.clone(), "SERVER".to_owned()),
            (self.namespace.clone(), "NS".to_owned()),
        ]);
        let mut out = normal::lines(&told.out, &known);
        // What was taken out decided the order.
        if command.contains("| sort") {
            out.sort();
        }
        if command.contains("| sort -u") {
            out.dedup();
        }
        Reply {
            out,
            err: normal::lines(&told.err, &known),
            code: told.code,
        }
    }

    /// Records of the same request in one second: the later ones bear a number, and without it the name of the first.
    fn of_one_second(&self) -> Vec<(String, String)> {
        let stores = [self.home.state(), self.home.work()].map(|dir| fs::read_dir(dir.join("transcripts")));
        let names: HashSet<_> = stores
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|record| record.ok()?.file_name().into_string().ok())
            .collect();
        let first = |name: &String| {
            let (first, number) = name.rsplit_once('-')?;
            number.parse::<u32>().ok()?;
            names.contains(first).then(|| (name.clone(), first.to_owned()))
        };
        let mut numbered: Vec<_> = names.iter().filter_map(first).collect();
        numbered.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        numbered
    }

    pub fn run(&self, command: &str) -> Told {
        let mut shell = self.shell(command);
        let mut child = shell.spawn().unwrap();
        let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let out = thread::spawn(move || text(&mut out));
        let err = thread::spawn(move || text(&mut err));
        let code = end(&mut child, command);
        Told {
            code,
            out: out.join().unwrap(),
            err: err.join().unwrap(),
        }
    }

    /// Nothing of the tester's environment, and nothing on standard input.
    fn shell(&self, command: &str) -> Command {
        let sessions = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/scenarios");
        let plain = self.home.command(&[]);
        let environment: Vec<_> = plain
            .get_envs()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
            .collect();
        let mut shell = Command::new("/bin/sh");
        shell
            .env_clear()
            .envs(environment)
            .env("PATH", format!("{}:{}", self.path("bin").display(), ground::path()))
            .env("OBJECTS", sessions.join("objects"))
            .env("NS", &self.namespace)
            .env("STOPPED", self.path("stopped"))
            .env("ENGINE", self.engine())
            .env("AGENT", env!("CARGO_BIN_EXE_todo-agent"))
            .env(
                "KUBECTL_AI",
                Path::new(env!("CARGO_BIN_EXE_todo-agent")).with_file_name("examples/kubectl_ai_double"),
            )
            .env("BENCH_ENGINE", ground::engine())
            .arg("-c")
            .arg(format!(". '{}'\n{command}", sessions.join("words.sh").display()))
            .current_dir(self.home.work())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        if self.path("kubeconfig").exists() {
            shell.env("KUBECONFIG", self.path("kubeconfig"));
        }
        shell
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // A second panic would end all tests at once.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            self.run("[ -e ../kubeconfig ] || todo-agent cluster stop; kubectl delete namespace $NS --wait=false; clear_engine")
        }));
    }
}

fn new_namespace() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let seconds = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_millis()
        % 100_000_000;
    format!(
        "scenario-{seconds}-{}-{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}

fn text(from: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Its exit code; what takes too long is killed with all that it started.
fn end(child: &mut Child, command: &str) -> i32 {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code().unwrap_or(-1);
        }
        if start.elapsed() > PATIENCE {
            let group = rustix::process::Pid::from_child(child);
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            let _ = child.wait();
            panic!("not over after {} s: {command}", PATIENCE.as_secs());
        }
        thread::sleep(Duration::from_millis(10));
    }
}

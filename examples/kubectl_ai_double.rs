//! Stands in for kubectl-ai in tests: it takes the same options, prints the same way, keeps the same trace with its key in it, and
//! does what a script says, through the kubeconfig that it is given. The script is `acts.json`, beside the name that it is started by.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]

use std::{
    fs,
    io::{Read, Write},
    path::Path,
    sync::Mutex,
    time::{Duration, Instant},
};

use serde::Deserialize;
use serde_json::{Value, json};
use todo_agent::adapters::cluster::install_crypto;

/// What it does, one after the other.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Act {
    /// Words, as its Markdown looks when it is printed.
    Say(String),
    /// A command of its model.
    Run(Run),
    /// Bytes on standard output, as they are.
    Raw(String),
    /// So many bytes on standard output.
    Flood(u64),
    /// On standard error, as cobra prints it, and then the end.
    Fail(String),
    /// An answer of its model that is none: status and body.
    Model(String, String),
    /// Nothing more, for ever; and a child that does nothing either.
    Hang,
    Sleep(u64),
    /// In a shell, and what that prints, as words.
    Sh(String),
    /// `unix PATH`, `tcp PORT`, `mptcp PORT`, `sendto PORT`, `sendmsg PORT`, `neither PATH` (for reading or writing), `empty PATH`:
    /// whether that can be reached, as words.
    Reach(String),
    /// How many of the processes that were started before it (its keeper, and us) can be looked into, signalled and
    /// limited, as words.
    Pry,
    /// What of the surroundings should not be there, as words.
    Look,
    /// How long it has been at work, less what it waited for the gate, as words.
    Took,
    Exit(i32),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    command: String,
    #[serde(default)]
    calls: Vec<Call>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    method: String,
    path: String,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    body: Value,
}

/// For answers of the gate.
static WAITED: Mutex<Duration> = Mutex::new(Duration::ZERO);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let began = Instant::now();
    let args: Vec<String> = std::env::args().collect();
    let script = Path::new(&args[0]).with_file_name("acts.json");
    let script = fs::read_to_string(script).unwrap_or_else(|_| "[]".to_owned());
    if args.get(1).is_some_and(|arg| arg == "version") {
        println!("version: 0.0.29\ncommit: 38382d1\ndate: 2026-01-21T16:57:34Z");
        return;
    }
    let option = |name: &str| {
        let at = args.iter().position(|arg| arg == name)?;
        args.get(at + 1).cloned()
    };
    let key = std::env::var("GEMINI_API_KEY").unwrap_or_default();
    if key.is_empty() {
        let what = "creating llm client: GEMINI_API_KEY environment variable not set";
        eprintln!("Error: {what}\nUsage:\n  kubectl-ai [flags]\n\n{what}");
        std::process::exit(1);
    }
    let mut prompt = String::new();
    std::io::stdin().read_to_string(&mut prompt).unwrap();
    let mut trace = fs::File::create(option("--trace-path").unwrap_or_else(|| "trace.yaml".to_owned())).unwrap();
    let request = format!("POST /v1beta/models HTTP/1.1\r\nx-goog-api-key: {key}\r\nAuthorization: Bearer {key}\r\n\r\n{prompt}");
    note(&mut trace, "http.request", &json!({"request": request}));
    let usage = json!({"usageMetadata": {"promptTokenCount": 1200, "candidatesTokenCount": 30}}).to_string();
    note(&mut trace, "http.response", &json!({"status": "200 OK", "body": usage}));
    let kubeconfig = option("--kubeconfig").unwrap();
    let acts: Vec<Act> = serde_json::from_str(&script).unwrap();
    for (number, act) in acts.into_iter().enumerate() {
        match act {
            Act::Say(words) => println!("\n  {}   \n", words.replace('\n', "   \n  ")),
            Act::Raw(text) => print!("{text}"),
            Act::Run(run) => {
                if !args.iter().any(|arg| arg == "--skip-permissions") {
                    propose(&run.command);
                }
                command(&mut trace, number, &run, Path::new(&kubeconfig)).await;
            }
            Act::Flood(bytes) => flood(bytes),
            Act::Fail(what) => {
                eprintln!("Error: {what}\nUsage:\n  kubectl-ai [flags]\n\n{what}");
                std::process::exit(1);
            }
            Act::Model(status, body) => note(&mut trace, "http.response", &json!({"status": status, "body": body})),
            Act::Hang => {
                let _child = std::process::Command::new("/bin/sh").args(["-c", "sleep 600"]).spawn();
                tokio::time::sleep(Duration::from_hours(1)).await;
            }
            Act::Sleep(millis) => tokio::time::sleep(Duration::from_millis(millis)).await,
            Act::Look => println!("\n  {}\n", surroundings()),
            Act::Sh(script) => println!("{}", shell(&script)),
            Act::Reach(what) => println!(
                "{what}: {}",
                reach(&what).map_or_else(|error| error.kind().to_string(), |()| "reached".to_owned())
            ),
            Act::Pry => println!("{}", pry()),
            Act::Took => println!("own time {:.3} ms", millis(began.elapsed().saturating_sub(*WAITED.lock().unwrap()))),
            Act::Exit(code) => std::process::exit(code),
        }
        std::io::stdout().flush().unwrap();
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// What a command does that asks for permission where it cannot be given.
fn propose(command: &str) {
    let what = format!("RunOnce mode cannot handle permission requests. The following commands require approval:\n* {command}");
    println!("\u{1b}[31m{what}\u{1b}[0m");
    eprintln!("Error: running UI: {what}");
    std::process::exit(1);
}

async fn command(trace: &mut fs::File, number: usize, run: &Run, kubeconfig: &Path) {
    println!("\u{1b}[32m\n  Running: {}\n\u{1b}[0m", run.command);
    std::io::stdout().flush().unwrap();
    let id = format!("call_{number}");
    let arguments = json!({"command": run.command, "modifies_resource": "yes"});
    note(trace, "tool-request", &json!({"id": id, "name": "kubectl", "arguments": arguments}));
    let (mut out, mut err) = (String::new(), String::new());
    for call in &run.calls {
        match send(call, kubeconfig).await {
            Ok(text) => out.push_str(&format!("{}\n", text.chars().take(2000).collect::<String>())),
            Err(text) => err.push_str(&format!("{text}\n")),
        }
    }
    let response = json!({"command": run.command, "stdout": out, "stderr": err, "exit_code": i32::from(!err.is_empty())});
    note(trace, "tool-response", &json!({"id": id, "response": response}));
}

/// One call as a client library makes it. The API's own words where it says no.
async fn send(call: &Call, kubeconfig: &Path) -> Result<String, String> {
    install_crypto();
    let words = |error: &dyn std::fmt::Display| format!("error: {error}");
    let read = kube::config::Kubeconfig::read_from(kubeconfig).map_err(|error| words(&error))?;
    let config = kube::Config::from_custom_kubeconfig(read, &kube::config::KubeConfigOptions::default())
        .await
        .map_err(|error| words(&error))?;
    let client = kube::Client::try_from(config).map_err(|error| words(&error))?;
    let body = if call.body.is_null() {
        Vec::new()
    } else {
        serde_json::to_vec(&call.body).unwrap()
    };
    let mut request = http::Request::builder().method(call.method.as_str()).uri(&call.path);
    request = request.header("Content-Type", call.kind.as_deref().unwrap_or("application/json"));
    let request = request.body(body).map_err(|error| words(&error))?;
    let asked = Instant::now();
    let answer = client.request_text(request).await;
    *WAITED.lock().unwrap() += asked.elapsed();
    answer.map_err(|error| words(&error))
}

fn flood(bytes: u64) {
    let line = [b"0123456789".repeat(102), b"\n".to_vec()].concat();
    let mut out = std::io::stdout().lock();
    for _ in 0..bytes / line.len() as u64 {
        if out.write_all(&line).is_err() {
            return;
        }
    }
}

/// What a program that is sealed does not find.
fn surroundings() -> String {
    let home = std::env::var("HOME").unwrap_or_default();
    let found = ["OPENAI_API_KEY", "DATABASE_URL", "KUBERNETES_SERVICE_HOST"].map(|name| format!("{name} {}", std::env::var(name).is_ok()));
    let kubeconfig = Path::new(&home).join(".kube/config").exists();
    format!(
        "home is {}; a kubeconfig there {kubeconfig}; {}",
        if home == std::env::current_dir().unwrap().to_string_lossy() {
            "here"
        } else {
            "elsewhere"
        },
        found.join("; ")
    )
}

fn shell(script: &str) -> String {
    let told = std::process::Command::new("/bin/sh")
        .args(["-c", script])
        .env("PATH", "/usr/bin:/bin")
        .output()
        .unwrap();
    String::from_utf8_lossy(&[told.stdout, told.stderr].concat()).trim_end().to_owned()
}

#[cfg(target_os = "linux")]
fn reach(what: &str) -> std::io::Result<()> {
    use rustix::{
        fs::{Mode, OFlags, open},
        net::{AddressFamily, SendAncillaryBuffer, SendFlags, SocketType, connect, ipproto, sendmsg_addr, sendto, socket},
    };
    // MSG_FASTOPEN: it connects on its way.
    let connecting = SendFlags::from_bits_retain(0x2000_0000);
    let stream = || socket(AddressFamily::INET, SocketType::STREAM, None);
    let (how, to) = what.split_once(' ').unwrap();
    let address = || std::net::SocketAddr::from(([127, 0, 0, 1], to.parse().unwrap()));
    match how {
        "unix" => std::os::unix::net::UnixStream::connect(to).map(|_| ()),
        "tcp" => std::net::TcpStream::connect(address()).map(|_| ()),
        "mptcp" => {
            let socket = socket(AddressFamily::INET, SocketType::STREAM, Some(ipproto::MPTCP))?;
            Ok(connect(&socket, &address())?)
        }
        "sendto" => Ok(sendto(stream()?, b"hi", connecting, &address()).map(|_| ())?),
        "sendmsg" => {
            let (bytes, mut nothing) = ([std::io::IoSlice::new(b"hi")], SendAncillaryBuffer::default());
            Ok(sendmsg_addr(stream()?, &address(), &bytes, &mut nothing, connecting).map(|_| ())?)
        }
        "neither" => Ok(open(to, OFlags::RDWR | OFlags::WRONLY, Mode::empty()).map(|_| ())?),
        "empty" => Ok(open(to, OFlags::RDONLY | OFlags::TRUNC, Mode::empty()).map(|_| ())?),
        _ => Err(std::io::ErrorKind::InvalidInput.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn reach(_: &str) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(target_os = "linux")]
fn pry() -> String {
    use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
    let own = i32::try_from(std::process::id()).unwrap();
    let others = || ((own - 500).max(1)..own).filter_map(Pid::from_raw);
    let looked_into = others().filter(|pid| fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero())).is_ok());
    // One that does nothing to a process that runs.
    let signalled = others().filter(|pid| kill_process(*pid, Signal::CONT).is_ok());
    let none = || Rlimit {
        current: Some(0),
        maximum: None,
    };
    let limited = others().filter(|pid| prlimit(Some(*pid), Resource::Core, none()).is_ok());
    let (looked_into, signalled, limited) = (looked_into.count(), signalled.count(), limited.count());
    format!("processes looked into: {looked_into}, signalled: {signalled}, limited: {limited}")
}

#[cfg(not(target_os = "linux"))]
fn pry() -> String {
    "nothing to look into".to_owned()
}

fn note(trace: &mut fs::File, action: &str, payload: &Value) {
    // JSON is YAML.
    let event = json!({"action": action, "payload": payload, "timestamp": "2026-11-26T08:00:00Z"});
    trace.write_all(format!("{event}\n\n\n---\n\n").as_bytes()).unwrap();
}

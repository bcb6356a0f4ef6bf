//! The keeper: a process between us and a sealed child. It stands outside of the walls that it raises, inherits every process that the
//! child leaves behind, and ends them all when the child ends, when it is told to, or when we are no more.
//!
//! The orders come as one line on standard input; the line stays open as long as the child may live. The child's output is its own:
//! nothing of it passes through here.

use std::{
    ffi::OsString,
    io::{BufRead, Read, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Mutex, PoisonError, mpsc},
    time::{Duration, Instant},
};

use rustix::{
    io::Errno,
    process::{Pid, Resource, Rlimit, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, setrlimit, setsid, wait},
};
use serde::{Deserialize, Serialize};

use super::{End, Reach, Sealed, crowd, wall};
use crate::domain::errand::Isolation;

/// The exit code and the first words where the child was not started. No text that is meant for somebody begins like this.
pub(super) const NOT_STARTED: u8 = 127;
const MARK: &str = "\u{1}todo-agent: ";

/// Processes that fork faster than they can be ended are given up after this.
const MOST: Duration = Duration::from_secs(2);

/// No file of the child becomes larger: the folder of its home may be memory.
const MOST_OF_A_FILE: u64 = 256 << 20;

#[derive(Serialize, Deserialize)]
struct Orders {
    program: OsString,
    args: Vec<OsString>,
    input: String,
    reach: Reach,
    /// What somebody was told. With less it is not started.
    isolation: Isolation,
}

/// One line.
pub(super) fn orders(sealed: &Sealed) -> Vec<u8> {
    let Some((reach, isolation)) = sealed.kept.clone() else {
        return Vec::new();
    };
    let orders = Orders {
        program: sealed.program.clone().into_os_string(),
        args: sealed.args.clone(),
        input: String::from_utf8_lossy(&sealed.input).into_owned(),
        reach,
        isolation,
    };
    let mut line = serde_json::to_vec(&orders).unwrap_or_default();
    line.push(b'\n');
    line
}

/// What a keeper said that could not start its child.
pub(super) fn did_not_start(end: End, err: &[u8]) -> Option<String> {
    let said = std::str::from_utf8(err).ok()?.strip_prefix(MARK)?;
    (end == End::Itself(Some(i32::from(NOT_STARTED)))).then(|| said.trim().to_owned())
}

/// Whether no more may be started. Held while something is.
static OVER: Mutex<bool> = Mutex::new(false);

pub(super) fn keep() -> Result<u8, (u8, String)> {
    kept().map_err(|why| (NOT_STARTED, format!("{MARK}{why}")))
}

fn kept() -> Result<u8, String> {
    // Without our terminal: what is typed there, and what stands there, is none of the child's.
    setsid().map_err(|error| error.to_string())?;
    set_child_subreaper(Some(getpid())).map_err(|error| error.to_string())?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|error| error.to_string())?;
    let orders: Orders = serde_json::from_str(&line).map_err(|error| error.to_string())?;
    // Where there are no walls, programs may have to gain rights when they start, and nobody gains any in a namespace.
    let counted = !is_free(&orders) && crowd::counted_apart()?;
    end_when_told();
    let child = std::thread::spawn(move || start(orders, counted)).join();
    let child = child.map_err(|_| "its walls broke".to_owned())??;
    let status = ended(&child);
    end_all();
    Ok(status)
}

/// Behind the walls: they stand around this thread and around what it starts, and not around the others of this process.
fn start(orders: Orders, counted: bool) -> Result<Child, String> {
    if !is_free(&orders) && !wall::raise(&orders.reach).holds(&orders.isolation) {
        return Err("it cannot be isolated as it was told".to_owned());
    }
    let over = OVER.lock().unwrap_or_else(PoisonError::into_inner);
    if *over {
        return Err("it is over".to_owned());
    }
    let (to_child, stdin) = mpsc::channel::<ChildStdin>();
    // One that does not read its orders is ended like any other. It waits already: where the child has started all that it may, nothing
    // more is started here.
    std::thread::spawn(move || stdin.recv().map(|mut stdin| stdin.write_all(orders.input.as_bytes())));
    limit(Resource::Fsize, MOST_OF_A_FILE)?;
    if counted {
        limit(Resource::Nproc, crowd::MOST)?;
    }
    let mut child = Command::new(&orders.program)
        .args(&orders.args)
        .stdin(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    drop(over);
    if let Some(stdin) = child.stdin.take() {
        let _ = to_child.send(stdin);
    }
    Ok(child)
}

/// It was told that there are no walls: there are programs that do not start behind them.
fn is_free(orders: &Orders) -> bool {
    Isolation::default().holds(&orders.isolation)
}

fn limit(resource: Resource, most: u64) -> Result<(), String> {
    let most = Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    setrlimit(resource, most).map_err(|error| error.to_string())
}

/// The exit code of the child. Whatever else ends is only laid to rest.
fn ended(child: &Child) -> u8 {
    let child = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if Some(pid) == child => {
                if let Some(code) = status.exit_status() {
                    return u8::try_from(code).unwrap_or(1);
                }
                end_all();
                // By a signal: so does this one.
                let _ = kill_process(getpid(), Signal::KILL);
            }
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return 1,
        }
    }
}

/// A signal, and the end of the line from the one who started us, are the end of everything.
fn end_when_told() {
    std::thread::spawn(|| {
        let mut rest = [0; 64];
        while std::io::stdin().lock().read(&mut rest).is_ok_and(|read| read > 0) {}
        end_all();
        std::process::exit(1);
    });
    std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        if runtime.is_ok_and(|runtime| runtime.block_on(signalled()).is_ok()) {
            end_all();
            std::process::exit(1);
        }
    });
}

async fn signalled() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}

/// Ends what descends from this process until nothing does.
fn end_all() {
    let mut over = OVER.lock().unwrap_or_else(PoisonError::into_inner);
    *over = true;
    let began = Instant::now();
    while began.elapsed() < MOST {
        match wait(WaitOptions::NOHANG) {
            Ok(Some(_)) | Err(Errno::INTR) => continue,
            Ok(None) => {}
            Err(_) => return,
        }
        // What stands still forks no more: whoever came between is found the second time.
        signal_all(Signal::STOP);
        signal_all(Signal::KILL);
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn signal_all(signal: Signal) {
    for pid in descendants(getpid().as_raw_pid()).into_iter().filter_map(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

fn descendants(of: i32) -> Vec<i32> {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let all: Vec<(i32, i32)> = processes
        .flatten()
        .filter_map(|process| {
            let pid: i32 = process.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(process.path().join("stat")).ok()?;
            // The name before it may hold anything.
            let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
            Some((pid, parent))
        })
        .collect();
    let mut found = vec![of];
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        found.extend(all.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| *pid));
        at += 1;
    }
    found.split_off(1)
}

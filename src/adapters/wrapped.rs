//! A program of the user's own: it keeps their terminal, home and environment, and ends with us.

use std::{ffi::OsString, io::ErrorKind};

use tokio::process::Command;

use super::cluster::served::Served;
#[cfg(not(unix))]
use super::process::Family;
use crate::domain::failure::{Failure, FailureKind, Result};

/// A program that runs.
#[derive(Debug)]
pub struct Wrapped {
    child: tokio::process::Child,
    #[cfg(unix)]
    pid: Option<u32>,
    #[cfg(not(unix))]
    family: Option<Family>,
    /// It leads a group of its own. At a terminal it is in ours, so that it may read there, and Ctrl-C reaches it by itself.
    leads: bool,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// As a shell says it: 128 and the number of the signal that ended it.
    pub code: u8,
    /// A signal ended it.
    pub killed: bool,
}

impl Wrapped {
    /// Starts it with the gate before its cluster.
    ///
    /// # Errors
    /// It is not there, or cannot be run.
    pub fn start(program: &OsString, args: &[OsString], served: &Served) -> Result<Self> {
        let leads = !at_terminal();
        let mut command = Command::new(found(program));
        command.args(args).kill_on_drop(true);
        served.surround(&mut command);
        #[cfg(unix)]
        if leads {
            command.process_group(0);
        }
        let child = command.spawn().map_err(|error| {
            let name = program.to_string_lossy();
            let failure = match error.kind() {
                ErrorKind::NotFound => Failure::new(FailureKind::Usage, format!("there is no program \"{name}\"")),
                _ => Failure::new(FailureKind::Usage, format!("the program \"{name}\" cannot be run")),
            };
            failure.cause(error)
        })?;
        Ok(Self {
            #[cfg(unix)]
            pid: child.id(),
            #[cfg(not(unix))]
            family: Some(Family::of(&child)),
            child,
            leads,
        })
    }

    /// Waits for its end. Cancel-safe.
    ///
    /// # Errors
    /// The system does not tell.
    pub async fn ended(&mut self) -> Result<Exit> {
        let status = self.child.wait().await;
        let status = status.map_err(|error| Failure::new(FailureKind::Failed, "how the program ended cannot be told").cause(error))?;
        let exit = exit(status);
        // What it left behind in its group is of no use to anybody: the gate is gone with it.
        if self.leads && exit.killed {
            self.end();
        }
        Ok(exit)
    }

    /// Ctrl-C, where the terminal has not told it already.
    pub fn interrupt(&mut self) {
        if self.leads {
            self.signal(Wish::Interrupt);
        }
    }

    /// The system wants us to end.
    pub fn terminate(&mut self) {
        self.signal(Wish::Terminate);
    }

    /// At once, with what it started.
    pub fn end(&mut self) {
        self.signal(Wish::Kill);
    }
}

#[derive(Clone, Copy)]
enum Wish {
    Interrupt,
    Terminate,
    Kill,
}

#[cfg(unix)]
impl Wrapped {
    fn signal(&mut self, wish: Wish) {
        use rustix::process::{Pid, Signal, kill_process, kill_process_group};
        let signal = match wish {
            Wish::Interrupt => Signal::INT,
            Wish::Terminate => Signal::TERM,
            Wish::Kill => Signal::KILL,
        };
        let Some(pid) = self.pid.and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw) else {
            return;
        };
        let sent = if self.leads {
            kill_process_group(pid, signal)
        } else if self.child.id().is_some() {
            kill_process(pid, signal)
        } else {
            Ok(())
        };
        if let Err(error) = sent {
            tracing::debug!(%error, "a program could not be signalled");
        }
    }
}

#[cfg(not(unix))]
impl Wrapped {
    /// The console tells the program of Ctrl-C itself; anything more ends it, with what it started.
    fn signal(&mut self, wish: Wish) {
        if !matches!(wish, Wish::Interrupt) {
            self.family = None;
        }
    }
}

impl Drop for Wrapped {
    fn drop(&mut self) {
        // What has ended by itself is let go with what it left running on purpose.
        if self.child.id().is_some() {
            self.end();
        }
        #[cfg(not(unix))]
        if let Some(family) = &mut self.family {
            family.let_go();
        }
    }
}

/// The file to start. The system looks for `.exe` alone; what a package manager puts on PATH is often a `.cmd`.
#[cfg(not(unix))]
fn found(program: &OsString) -> OsString {
    which::which(program).map_or_else(|_| program.clone(), Into::into)
}

#[cfg(unix)]
const fn found(program: &OsString) -> &OsString {
    program
}

fn at_terminal() -> bool {
    std::io::IsTerminal::is_terminal(&std::io::stdin())
}

fn exit(status: std::process::ExitStatus) -> Exit {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Exit {
            code: u8::try_from(128 + signal).unwrap_or(u8::MAX),
            killed: true,
        };
    }
    let code = status.code().unwrap_or(1);
    Exit {
        // Windows knows more codes than we can pass on.
        code: u8::try_from(code).unwrap_or(if code == 0 { 0 } else { 1 }),
        killed: false,
    }
}

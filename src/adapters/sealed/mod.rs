//! A child that works for a while in surroundings of its own: a home that is nobody's, the variables that it is given and no others,
//! its orders on standard input, its lines heard as they come. It ends with everything that it started.
//!
//! On Linux (of 64 bits) it is started by a *keeper*: this program itself, run as [`KEEP_COMMAND`]. The keeper raises walls around the
//! child (Landlock and seccomp: [`Reach`] says what it may touch) and inherits whatever the child leaves behind, so that nothing outlives the errand,
//! neither when the child forks away nor when we are killed. On kernels before 6.12 the child can kill its keeper, and what it forked
//! away lives on then; that is said ([`Isolation::signals`]).

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod calls;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod crowd;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod keeper;
mod limit;
mod reach;
mod stream;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod wall;

use std::{ffi::OsString, path::PathBuf, process::Stdio, time::Duration};

use tokio::{
    io::AsyncWriteExt,
    process::{Child, ChildStdin, Command},
    time::Instant,
};

use self::stream::{Lines, Stream};
pub use self::{
    limit::{Limit, Pause},
    reach::{Needs, Reach, obstacle},
};
use super::process::{Family, GRACE, at_home, own_group};
use crate::domain::errand::Isolation;

/// The argument by which this program is a keeper. Nobody types it.
pub const KEEP_COMMAND: &str = "__keep-sealed";

/// Who prints more than this does not work.
const MOST_BYTES: usize = 8 << 20;

/// So much of what stands on standard error is kept.
const KEPT: usize = 64 * 1024;

/// Beside those of [`at_home`].
const OF_ITS_HOME: [&str; 6] = ["XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "TMPDIR", "TEMP", "TMP"];

/// How long a keeper may take to end what it keeps. It needs milliseconds, and gives up before this.
const ENDING: Duration = Duration::from_secs(3);

/// A program and what it is given.
#[derive(Clone, Debug)]
pub struct Sealed {
    pub program: PathBuf,
    pub args: Vec<OsString>,
    /// Beside what every program needs to start.
    pub variables: Vec<(OsString, OsString)>,
    /// Its home, its folder for temporary files and the one that it works in.
    pub home: PathBuf,
    pub input: Vec<u8>,
    /// Where there are keepers ([`keeps`]): what it may touch, and what somebody was told that it is kept from.
    pub kept: Option<(Reach, Isolation)>,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With this code; none when a signal ended it.
    Itself(Option<i32>),
    TooLong,
    TooMuch,
    /// It was no longer wanted.
    Dismissed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    pub end: End,
    /// The beginning of its standard error.
    pub err: Vec<u8>,
}

/// Whether there are keepers on this system.
#[must_use]
pub const fn keeps() -> bool {
    cfg!(all(target_os = "linux", target_pointer_width = "64"))
}

/// What a child is kept from on this machine, whatever it may reach.
#[must_use]
pub fn isolation() -> Isolation {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    return wall::possible();
    #[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
    Isolation {
        why: Some("this system has no way to do it".to_owned()),
        ..Isolation::default()
    }
}

/// This process keeps a child, as the orders on its standard input say. Its exit code is the child's.
///
/// # Errors
/// There is none, with the exit code and a line for standard error.
pub fn keep() -> Result<u8, (u8, String)> {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    return keeper::keep();
    #[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
    Err((2, "nothing is kept on this system".to_owned()))
}

/// Runs it; `hear` gets each line of its standard output as it comes, without its end.
///
/// # Errors
/// It does not start.
pub async fn run(sealed: &Sealed, limit: &Limit, mut hear: impl FnMut(&[u8])) -> std::io::Result<Ran> {
    let mut child = command(sealed).spawn()?;
    let (mut out, mut err) = (Stream::new(child.stdout.take()), Stream::new(child.stderr.take()));
    let mut alive = Alive::begin(child, sealed).await;
    let (mut said, mut lines) = (Vec::new(), Lines::default());
    let mut bytes = 0;
    let mut ended = None;
    let mut grace = None;
    let end = loop {
        if bytes > MOST_BYTES {
            break End::TooMuch;
        }
        if let Some(code) = ended
            && out.is_closed()
            && err.is_closed()
        {
            break End::Itself(code);
        }
        tokio::select! {
            biased;
            () = limit.over() => break End::TooLong,
            read = out.read(), if !out.is_closed() => {
                bytes += read;
                lines.add(out.bytes(read), &mut hear);
            }
            read = err.read(), if !err.is_closed() => {
                bytes += read;
                let room = KEPT.saturating_sub(said.len());
                said.extend_from_slice(err.bytes(read.min(room)));
            }
            status = alive.child.wait(), if ended.is_none() => {
                ended = Some(status.ok().and_then(|status| status.code()));
                grace = Some(Instant::now() + GRACE);
            }
            () = until(grace), if grace.is_some() => break End::Itself(ended.flatten()),
        }
    };
    alive.ends().await;
    lines.end(&mut hear);
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    if let Some(why) = keeper::did_not_start(end, &said) {
        return Err(std::io::Error::other(why));
    }
    Ok(Ran { end, err: said })
}

/// A child that is under way. Ended when dropped, with everything that it started.
struct Alive {
    child: Child,
    /// To a keeper, which ends everything when this is closed: by us, or because we are no more.
    line: Option<ChildStdin>,
    /// To the child itself.
    orders: Option<tokio::task::JoinHandle<()>>,
    family: Option<Family>,
}

impl Alive {
    async fn begin(mut child: Child, sealed: &Sealed) -> Self {
        let family = Some(Family::of(&child));
        let mut stdin = child.stdin.take();
        let mut orders = None;
        if sealed.kept.is_none() {
            orders = stdin.take().map(|mut stdin| {
                let input = sealed.input.clone();
                // One that does not read its orders is ended like any other.
                tokio::spawn(async move {
                    let _ = stdin.write_all(&input).await;
                })
            });
        }
        #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
        if let Some(line) = &mut stdin {
            // A keeper reads them at once; one that is gone is seen below. One that has half of them waits for no more.
            let orders = keeper::orders(sealed);
            let written = tokio::time::timeout(ENDING, line.write_all(&orders)).await;
            stdin = stdin.filter(|_| matches!(written, Ok(Ok(()))));
        }
        Self {
            child,
            line: stdin,
            orders,
            family,
        }
    }
}

impl Alive {
    /// The folder of its home is taken away next: what it started is gone before.
    async fn ends(mut self) {
        if self.line.take().is_some() {
            let _ = tokio::time::timeout(ENDING, self.child.wait()).await;
        }
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        if let Some(orders) = self.orders.take() {
            orders.abort();
        }
        // Broken off: nobody can wait any more without holding up this thread.
        if self.line.take().is_some() {
            let began = std::time::Instant::now();
            while began.elapsed() < ENDING && matches!(self.child.try_wait(), Ok(None)) {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        drop(self.family.take());
    }
}

async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

fn command(sealed: &Sealed) -> Command {
    let mut command = if sealed.kept.is_some() && keeps() {
        // Whatever became of the file since we were started.
        let mut keeper = Command::new("/proc/self/exe");
        keeper.arg(KEEP_COMMAND);
        keeper
    } else {
        let mut command = Command::new(&sealed.program);
        command.args(&sealed.args);
        command
    };
    at_home(&mut command, &sealed.home);
    command
        .current_dir(&sealed.home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(sealed.kept.is_none());
    for name in OF_ITS_HOME {
        command.env(name, &sealed.home);
    }
    command.envs(sealed.variables.iter().map(|(name, value)| (name, value)));
    // A keeper leads a session of its own, in which there is no terminal.
    if sealed.kept.is_none() {
        own_group(&mut command);
    }
    command
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    fn shell(home: &std::path::Path, script: &str) -> Sealed {
        Sealed {
            program: "/bin/sh".into(),
            args: ["-c", script].map(OsString::from).to_vec(),
            variables: vec![("KEY".into(), "abc".into())],
            home: home.to_owned(),
            input: b"do this\nand that\n".to_vec(),
            kept: None,
        }
    }

    async fn ran(script: &str, limit: Duration) -> (End, Vec<String>, String) {
        let home = tempfile::tempdir().unwrap();
        let mut lines = Vec::new();
        let ran = run(&shell(home.path(), script), &Limit::new(limit), |line| {
            lines.push(String::from_utf8_lossy(line).replace(&*home.path().to_string_lossy(), "DIR"));
        })
        .await
        .unwrap();
        (ran.end, lines, String::from_utf8_lossy(&ran.err).into_owned())
    }

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn it_has_its_orders_its_home_its_key_and_nothing_of_ours() {
        let script = "cat; pwd; echo \"$HOME $TMPDIR $KEY [$CARGO_MANIFEST_DIR]\"; printf 'no end'; echo oh >&2; exit 3";
        let expected = ["do this", "and that", "DIR", "DIR DIR abc []", "no end"]
            .map(str::to_owned)
            .to_vec();
        assert_eq!(ran(script, LONG).await, (End::Itself(Some(3)), expected, "oh\n".to_owned()));
    }

    #[tokio::test]
    async fn one_that_hangs_prints_without_end_or_does_not_read_is_ended() {
        let soon = Duration::from_millis(300);
        assert_eq!(ran("echo a; sleep 60 & sleep 60", soon).await.0, End::TooLong);
        assert_eq!(ran("yes 0123456789012345678901234567890123456789", LONG).await.0, End::TooMuch);
        assert_eq!(ran("exec 0<&-; exit 0", LONG).await.0, End::Itself(Some(0)));
        // What it left behind holds its output open; it is not waited for, and does not live on.
        let home = tempfile::tempdir().unwrap();
        let mark = home.path().join("mark");
        let script = format!("(sleep 1; touch {}) & exit 0", mark.display());
        assert_eq!(ran(&script, LONG).await.0, End::Itself(Some(0)));
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert!(!mark.exists());
    }
}

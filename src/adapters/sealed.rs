//! A child that works for a while in surroundings of its own: a home that is nobody's, the variables that it is given and no others,
//! its orders on standard input, its lines heard as they come. It ends with everything that it started.

use std::{
    ffi::OsString,
    path::PathBuf,
    process::Stdio,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::Command,
    sync::Notify,
    time::Instant,
};

use super::process::{Family, NEEDED, own_group};

/// A longer line is heard in pieces.
const LONGEST_LINE: usize = 16 * 1024;

/// Who prints more than this does not work.
const MOST_BYTES: usize = 8 << 20;

/// So much of what stands on standard error is kept.
const KEPT: usize = 64 * 1024;

/// How long the output of a child that has ended may be kept open by what it started.
const GRACE: Duration = Duration::from_millis(100);

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
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With this code; none when a signal ended it.
    Itself(Option<i32>),
    TooLong,
    TooMuch,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    pub end: End,
    /// The beginning of its standard error.
    pub err: Vec<u8>,
}

/// Runs it; `hear` gets each line of its standard output as it comes, without its end.
///
/// # Errors
/// It does not start.
pub async fn run(sealed: &Sealed, limit: &Limit, mut hear: impl FnMut(&[u8])) -> std::io::Result<Ran> {
    let mut child = command(sealed).spawn()?;
    let family = Family::of(&child);
    let orders = child.stdin.take().map(|mut stdin| {
        let input = sealed.input.clone();
        // One that does not read its orders is ended like any other.
        tokio::spawn(async move {
            let _ = stdin.write_all(&input).await;
        })
    });
    let (mut out, mut err) = (Stream::new(child.stdout.take()), Stream::new(child.stderr.take()));
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
            status = child.wait(), if ended.is_none() => {
                ended = Some(status.ok().and_then(|status| status.code()));
                grace = Some(Instant::now() + GRACE);
            }
            () = until(grace), if grace.is_some() => break End::Itself(ended.flatten()),
        }
    };
    drop(family);
    if let Some(orders) = orders {
        orders.abort();
    }
    lines.end(&mut hear);
    Ok(Ran { end, err: said })
}

async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

fn command(sealed: &Sealed) -> Command {
    let mut command = Command::new(&sealed.program);
    command
        .args(&sealed.args)
        .env_clear()
        .envs(NEEDED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
        .current_dir(&sealed.home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    for name in [
        "HOME",
        "USERPROFILE",
        "APPDATA",
        "LOCALAPPDATA",
        "XDG_CONFIG_HOME",
        "XDG_CACHE_HOME",
        "XDG_DATA_HOME",
        "XDG_STATE_HOME",
        "TMPDIR",
        "TEMP",
        "TMP",
    ] {
        command.env(name, &sealed.home);
    }
    command.envs(sealed.variables.iter().map(|(name, value)| (name, value)));
    own_group(&mut command);
    command
}

struct Stream<R> {
    from: Option<R>,
    buffer: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Stream<R> {
    fn new(from: Option<R>) -> Self {
        Self {
            from,
            buffer: vec![0; 16 * 1024],
        }
    }

    const fn is_closed(&self) -> bool {
        self.from.is_none()
    }

    /// Cancel-safe: what was read is in the buffer when this returns, and nothing was when it does not.
    async fn read(&mut self) -> usize {
        let Some(from) = &mut self.from else { return 0 };
        let read = from.read(&mut self.buffer).await.unwrap_or(0);
        if read == 0 {
            self.from = None;
        }
        read
    }

    fn bytes(&self, count: usize) -> &[u8] {
        self.buffer.get(..count).unwrap_or_default()
    }
}

#[derive(Default)]
struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    fn add(&mut self, bytes: &[u8], hear: &mut impl FnMut(&[u8])) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.rest.extend_from_slice(piece);
            if self.rest.ends_with(b"\n") || self.rest.len() >= LONGEST_LINE {
                self.end(hear);
            }
        }
    }

    fn end(&mut self, hear: &mut impl FnMut(&[u8])) {
        let line = std::mem::take(&mut self.rest);
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !line.is_empty() {
            hear(line);
        }
    }
}

/// A time that stands still while somebody is asked.
#[derive(Debug)]
pub struct Limit {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    left: Duration,
    /// Since when it runs.
    since: Instant,
    pauses: u32,
}

impl Limit {
    #[must_use]
    pub fn new(left: Duration) -> Self {
        Self {
            state: Mutex::new(State {
                left,
                since: Instant::now(),
                pauses: 0,
            }),
            changed: Notify::new(),
        }
    }

    /// It stands still until this is dropped.
    #[must_use = "the time goes on when this is dropped"]
    pub fn pause(&self) -> Pause<'_> {
        self.change(|state| {
            if state.pauses == 0 {
                state.left = state.left.saturating_sub(state.since.elapsed());
            }
            state.pauses += 1;
        });
        Pause(self)
    }

    /// Comes back when it is over.
    pub async fn over(&self) {
        loop {
            let changed = self.changed.notified();
            let end = {
                let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                (state.pauses == 0).then(|| state.since + state.left)
            };
            tokio::select! {
                () = changed => {}
                () = until(end) => return,
            }
        }
    }

    fn change(&self, what: impl FnOnce(&mut State)) {
        what(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_waiters();
    }
}

/// Time that does not count.
#[derive(Debug)]
pub struct Pause<'a>(&'a Limit);

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        self.0.change(|state| {
            state.pauses -= 1;
            if state.pauses == 0 {
                state.since = Instant::now();
            }
        });
    }
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

    #[tokio::test(start_paused = true)]
    async fn the_time_stands_still_while_somebody_is_asked() {
        let limit = Limit::new(Duration::from_secs(10));
        let began = Instant::now();
        let asked = async {
            tokio::time::sleep(Duration::from_secs(6)).await;
            let first = limit.pause();
            tokio::time::sleep(Duration::from_secs(50)).await;
            let second = limit.pause();
            drop(first);
            tokio::time::sleep(Duration::from_secs(50)).await;
            drop(second);
        };
        tokio::join!(asked, limit.over());
        assert_eq!(began.elapsed().as_secs(), 110);
    }
}

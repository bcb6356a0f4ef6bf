//! Children that are asked one thing: no terminal, an end to their time, and nothing of them left behind.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::{Child, Command},
};

/// Nobody's version is longer.
const MOST_BYTES: u64 = 64 * 1024;

/// How long the output of a child that has ended may be kept open by what it started.
pub(super) const GRACE: Duration = Duration::from_millis(100);

/// What a child sees of the environment.
#[derive(Clone, Debug)]
pub enum Surrounding {
    /// All of it: a program of the user's own.
    Whole,
    /// All of it, some variables with another value or none.
    Turned(Vec<(&'static str, Option<OsString>)>),
    /// What a program needs to start, and this home: no keys, no kubeconfig, no configuration.
    Sealed(PathBuf),
}

/// What a child said and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    pub succeeded: bool,
    pub out: String,
    pub err: String,
}

/// Why nothing was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mute {
    NotStarted(String),
    /// It was ended.
    TooLong,
}

/// Variables that lead helm to another cluster or another user than those of the kubeconfig it is given.
pub(super) const HELM_ELSEWHERE: [&str; 8] = [
    "HELM_KUBEAPISERVER",
    "HELM_KUBEASGROUPS",
    "HELM_KUBEASUSER",
    "HELM_KUBECAFILE",
    "HELM_KUBECONTEXT",
    "HELM_KUBEINSECURE_SKIP_TLS_VERIFY",
    "HELM_KUBETLS_SERVER_NAME",
    "HELM_KUBETOKEN",
];

/// Variables without which programs do not start, or do not find each other.
const NEEDED: [&str; 12] = [
    "PATH",
    "PATHEXT",
    "SYSTEMROOT",
    "SystemRoot",
    "SystemDrive",
    "ComSpec",
    "TEMP",
    "TMP",
    "TMPDIR",
    "LANG",
    "LC_ALL",
    "USER",
];

/// Runs `program`, its input empty. When the time is over it is ended with everything that it started.
///
/// # Errors
/// It does not start, or does not end in time.
pub async fn ask(program: &Path, args: &[&str], surrounding: &Surrounding, limit: Duration) -> Result<Ran, Mute> {
    let ran = heard(command(program, args, surrounding), limit).await;
    ran.map_err(|silent| match silent {
        Silent::NotStarted(error) => Mute::NotStarted(error.to_string()),
        Silent::TooLong => Mute::TooLong,
    })
}

/// Why a command said nothing.
#[derive(Debug)]
pub enum Silent {
    NotStarted(std::io::Error),
    /// It was ended.
    TooLong,
}

/// The same with a command that is ready but for where it reads and writes.
///
/// # Errors
/// As above.
pub async fn heard(mut command: Command, limit: Duration) -> Result<Ran, Silent> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    own_group(&mut command);
    let mut child = command.spawn().map_err(Silent::NotStarted)?;
    let mut family = Family::of(&child);
    let (out, err) = (Heard::default(), Heard::default());
    let both = [listen(child.stdout.take(), &out), listen(child.stderr.take(), &err)];
    let reading = tokio::spawn(futures_util::future::join_all(both));
    let ended = tokio::time::timeout(limit, child.wait()).await;
    let abort = reading.abort_handle();
    let Ok(status) = ended else {
        abort.abort();
        return Err(Silent::TooLong);
    };
    match tokio::time::timeout(GRACE, reading).await {
        // Nothing of it is left that could hold its output.
        Ok(_) => family.let_go(),
        Err(_) => abort.abort(),
    }
    Ok(Ran {
        succeeded: status.is_ok_and(|status| status.success()),
        out: out.text(),
        err: err.text(),
    })
}

fn command(program: &Path, args: &[&str], surrounding: &Surrounding) -> Command {
    let mut command = Command::new(program);
    command.args(args);
    if let Surrounding::Turned(variables) = surrounding {
        for (name, value) in variables {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
    }
    if let Surrounding::Sealed(home) = surrounding {
        at_home(&mut command, home);
    }
    command
}

/// With what any program needs of the environment, and `home` where it would look for files of the user's.
pub(super) fn at_home(command: &mut Command, home: &Path) {
    command.env_clear();
    command.envs(NEEDED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    for name in ["HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_CONFIG_HOME"] {
        command.env(name, home);
    }
}

/// A group of its own, so that it can be ended with everything that it started, and a Ctrl-C at the terminal is not for it.
pub(super) fn own_group(command: &mut Command) {
    #[cfg(unix)]
    command.process_group(0);
    #[cfg(windows)]
    {
        // No window of its own.
        const CREATE_NO_WINDOW: u32 = 0x0800_0000;
        command.creation_flags(CREATE_NO_WINDOW);
    }
    #[cfg(not(any(unix, windows)))]
    let _ = command;
}

/// What was read of one stream so far.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Heard {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Reads to the end; what is more than enough is read and forgotten, so that the child does not wait for its reader.
fn listen(stream: Option<impl AsyncRead + Unpin + Send + 'static>, heard: &Heard) -> futures_util::future::BoxFuture<'static, ()> {
    let heard = heard.clone();
    Box::pin(async move {
        let Some(mut stream) = stream else { return };
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = stream.read(&mut buffer).await {
            let mut bytes = heard.0.lock().unwrap_or_else(PoisonError::into_inner);
            if bytes.len() as u64 <= MOST_BYTES {
                bytes.extend_from_slice(buffer.get(..read).unwrap_or_default());
            }
        }
    })
}

/// A child and everything that it started. Ended when dropped, and on Windows also when we are ended, however that happens.
#[derive(Debug)]
pub(super) struct Family {
    #[cfg(unix)]
    leader: Option<u32>,
    #[cfg(windows)]
    job: Option<win32job::Job>,
}

#[cfg(unix)]
impl Family {
    pub(super) fn of(child: &Child) -> Self {
        Self { leader: child.id() }
    }

    pub(super) fn let_go(&mut self) {
        self.leader = None;
    }
}

#[cfg(unix)]
impl Drop for Family {
    fn drop(&mut self) {
        let group = self
            .leader
            .and_then(|leader| i32::try_from(leader).ok())
            .and_then(rustix::process::Pid::from_raw);
        if let Some(group) = group
            && let Err(error) = rustix::process::kill_process_group(group, rustix::process::Signal::KILL)
        {
            tracing::debug!(%error, "a child's group could not be ended");
        }
    }
}

/// A job: whoever a member starts is a member, also when the one that started it is gone. The system ends them all when the last
/// handle of the job is closed, and ours is the only one.
#[cfg(windows)]
impl Family {
    pub(super) fn of(child: &Child) -> Self {
        let job = child.raw_handle().map(|process| {
            let mut limits = win32job::ExtendedLimitInfo::new();
            let job = win32job::Job::create_with_limit_info(limits.limit_kill_on_job_close())?;
            job.assign_process(process as isize)?;
            Ok::<_, win32job::JobError>(job)
        });
        let job = job.transpose().unwrap_or_else(|error| {
            tracing::debug!(%error, "a child has no job: what it starts may outlive it");
            None
        });
        Self { job }
    }

    pub(super) fn let_go(&mut self) {
        let Some(job) = self.job.take() else { return };
        if let Err(error) = job.set_extended_limit_info(&win32job::ExtendedLimitInfo::new()) {
            tracing::debug!(%error, "what a child left behind could not be let go");
        }
    }
}

#[cfg(not(any(unix, windows)))]
impl Family {
    pub(super) fn of(_: &Child) -> Self {
        Self {}
    }

    pub(super) fn let_go(&mut self) {}
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt, time::Instant};

    use super::*;

    fn script(dir: &Path, text: &str) -> PathBuf {
        let file = dir.join("tool");
        fs::write(&file, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        file
    }

    const SOON: Duration = Duration::from_millis(300);

    #[tokio::test]
    async fn a_child_is_heard_with_the_keys_kept_from_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = script(dir.path(), "echo \"$HOME [$CARGO_MANIFEST_DIR]\"; echo no >&2; exit 3");
        let sealed = Surrounding::Sealed(PathBuf::from("/nowhere"));
        let ran = ask(&file, &[], &sealed, Duration::from_secs(20)).await;
        let expected = Ran {
            succeeded: false,
            out: "/nowhere []\n".to_owned(),
            err: "no\n".to_owned(),
        };
        assert_eq!(ran, Ok(expected));
    }

    #[tokio::test]
    async fn one_that_never_ends_is_ended_with_what_it_started() {
        let dir = tempfile::tempdir().unwrap();
        let pids = dir.path().join("pids");
        let file = script(dir.path(), &format!("sleep 60 & echo $! > {}; wait", pids.display()));
        let began = Instant::now();
        assert_eq!(ask(&file, &[], &Surrounding::Whole, SOON).await, Err(Mute::TooLong));
        assert!(began.elapsed() < Duration::from_secs(10));
        let pid = fs::read_to_string(&pids).unwrap();
        let stat = PathBuf::from(format!("/proc/{}/stat", pid.trim()));
        for _ in 0..100 {
            // Ended, and perhaps not yet collected by anybody.
            let gone = fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") Z ")) || !stat.exists();
            if gone {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the grandchild lives");
    }

    #[tokio::test]
    async fn one_that_leaves_its_output_to_another_is_heard_all_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let file = script(dir.path(), "sleep 60 & echo v1.2.3");
        let ran = ask(&file, &[], &Surrounding::Whole, Duration::from_secs(20)).await.unwrap();
        assert_eq!((ran.succeeded, ran.out.as_str()), (true, "v1.2.3\n"));
    }
}

#[cfg(windows)]
#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test]
    async fn one_that_is_ended_takes_along_what_it_started() {
        let dir = tempfile::tempdir().unwrap();
        let root = "@start /b cmd /c \"%~dp0other.cmd\"\r\n@ping -n 60 127.0.0.1 > NUL\r\n";
        let other = "@echo x > \"%~dp0begun\"\r\n@ping -n 6 127.0.0.1 > NUL\r\n@echo x > \"%~dp0late\"\r\n";
        fs::write(dir.path().join("tool.cmd"), root).unwrap();
        fs::write(dir.path().join("other.cmd"), other).unwrap();
        let begun = async {
            while !dir.path().join("begun").exists() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            ran = ask(&dir.path().join("tool.cmd"), &[], &Surrounding::Whole, Duration::from_secs(60)) => panic!("{ran:?}"),
            () = begun => {}
        }
        tokio::time::sleep(Duration::from_secs(8)).await;
        assert!(!dir.path().join("late").exists(), "the grandchild lives");
    }
}

//! An AI tool that looks for a way around the gate: what it does not reach, and that nothing of it outlives its work.

use std::{
    fs,
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt, lchown},
        net::UnixListener,
        process::CommandExt,
    },
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use todo_agent::adapters::sealed::isolation;

use crate::{
    double::{self, acts, command},
    run::Home,
};

/// Its words when it is let work.
fn says(home: &Home, script: &[Value]) -> String {
    acts(home, &Value::Array(script.to_vec()));
    said(home)
}

fn said(home: &Home) -> String {
    let told = double::run(home, &["kubectl-ai, list deployments"]);
    assert_eq!(told.code, 0, "{told:?}");
    let words = told.out.split_once("says (its words; nothing of it is proven):\n");
    let (_, said) = words.unwrap_or_else(|| panic!("{told:?}"));
    said.lines().map(str::trim).collect::<Vec<_>>().join("\n")
}

/// Whether this machine can do it; where it cannot, that is told and there is nothing to be tried.
fn can() -> bool {
    let told = isolation();
    told.files && told.sockets && told.ports && told.signals
}

#[test]
fn it_reads_no_files_of_the_user_and_writes_only_into_its_own_folder() {
    if !can() {
        return;
    }
    let home = Home::new();
    fs::create_dir(home.path().join(".ssh")).unwrap();
    for file in [".ssh/id_ed25519", "kubeconfig", "work/.env"] {
        fs::write(home.path().join(file), "abc-a-secret").unwrap();
    }
    let outside = std::env::temp_dir().join(format!("todo-agent-{}", uuid::Uuid::new_v4()));
    let at = home.path().display();
    let reads =
        format!("exec 2>&1; cat {at}/.ssh/id_ed25519 {at}/kubeconfig {at}/work/.env; ls {at} {at}/state; cat /etc/shadow; cat < /dev/tty");
    let writes = format!(
        "exec 2>&1; echo x > {out}; echo x > {at}/kubeconfig; mv {at}/kubeconfig k; ln {at}/kubeconfig k; truncate -s 0 {at}/kubeconfig
         echo \"echo run\" > own; chmod +x own; sh ./own; mktemp > /dev/null && echo made; cat {at}/bin/bash > /dev/null && echo read",
        out = outside.display()
    );
    let refused = |said: &str| {
        said.lines()
            .filter(|line| line.ends_with(" denied") || line.contains("cross-device"))
            .count()
    };
    let said = says(&home, &[json!({"sh": reads})]);
    assert_eq!((refused(&said), said.lines().count()), (7, 7), "{said}");
    let said = says(&home, &[json!({"sh": writes})]);
    assert_eq!(refused(&said), 5, "{said}");
    assert_eq!(said.lines().skip(5).collect::<Vec<_>>(), ["run", "made", "read"], "{said}");
    assert!(!outside.exists());
    assert_eq!(fs::read_to_string(home.path().join("kubeconfig")).unwrap(), "abc-a-secret");
}

#[test]
fn it_connects_to_the_gate_and_to_no_other_server_of_this_machine() {
    if !can() {
        return;
    }
    let home = Home::new();
    fs::create_dir(home.path().join("bin")).unwrap();
    // In a folder that it may read.
    let socket = home.path().join("bin/docker.sock");
    let _listens = UnixListener::bind(&socket).unwrap();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let of_tcp = ["tcp", "mptcp", "sendto", "sendmsg"].map(|way| format!("{way} {port}"));
    let ways = [vec![format!("unix {}", socket.display())], of_tcp.to_vec()].concat();
    let script: Vec<Value> = ways.iter().map(|way| json!({"reach": way})).collect();
    let said = says(&home, &script);
    let tcp = of_tcp.map(|way| format!("\n{way}: permission denied")).concat();
    let expected = format!("unix HOME/bin/docker.sock: permission denied{tcp}");
    assert_eq!(said, expected);
}

/// Who runs these tests as root gives it none of root's rights but those to files.
#[test]
fn it_has_no_rights_of_root_over_the_machine() {
    if !can() {
        return;
    }
    let said = says(&Home::new(), &[json!({"sh": "exec 2>&1; nice -n -5 true"})]);
    assert!(said.ends_with(" denied"), "{said}");
}

#[test]
fn it_looks_into_no_other_process_and_ends_none() {
    if !can() {
        return;
    }
    let home = Home::new();
    assert_eq!(says(&home, &[json!("pry")]), "processes looked into: 0, signalled: 0, limited: 0");
}

#[test]
fn it_changes_nothing_about_files_of_the_user() {
    if !can() {
        return;
    }
    let home = Home::new();
    acts(&home, &json!([]));
    let (key, program) = (home.path().join("kubeconfig"), home.path().join("bin/kubectl"));
    fs::write(&key, "abc-a-secret").unwrap();
    let seen = |file: &Path| {
        let seen = fs::metadata(file).unwrap();
        (seen.mode(), seen.uid(), seen.gid(), seen.mtime(), seen.len())
    };
    let before = [seen(&key), seen(&program)];
    let at = home.path().display();
    // Answered as if it were done: what is its own stays as it is as well.
    let changes = format!(
        "exec 2>&1; for file in {at}/kubeconfig {at}/bin/kubectl; do chmod 666 $file; chown 7:7 $file; touch -c -d @7 $file; done
         umask 022; echo x > own; chmod 600 own && echo done; stat -c %a own"
    );
    let ways = [("neither", &key), ("neither", &program), ("empty", &program)].map(|(way, file)| format!("{way} {}", file.display()));
    let mut script = vec![json!({"sh": changes})];
    script.extend(ways.iter().map(|way| json!({"reach": way})));
    let said = says(&home, &script);
    let refused = ["neither HOME/kubeconfig", "neither HOME/bin/kubectl", "empty HOME/bin/kubectl"];
    let refused = refused.map(|way| format!("\n{way}: permission denied")).concat();
    assert_eq!(said, format!("done\n644{refused}"));
    assert_eq!([seen(&key), seen(&program)], before);
}

#[test]
fn what_is_told_not_to_be_isolated_stands_behind_no_walls_and_has_no_terminal() {
    let home = Home::new();
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let own = |name: &str| status.lines().find(|line| line.starts_with(name)).unwrap().replace('\t', " ");
    let script = "grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status | tr '\\t' ' '; cut -d ' ' -f 6,7 /proc/self/stat";
    acts(&home, &json!([{"sh": script}]));
    double::as_a_snap(&home, "kubectl");
    let said = said(&home);
    let (walls, session) = said.rsplit_once('\n').unwrap();
    assert_eq!(walls, format!("{}\n{}", own("NoNewPrivs:"), own("Seccomp:")));
    let (session, terminal) = session.split_once(' ').unwrap();
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, after_name) = stat.rsplit_once(") ").unwrap();
    // Read as text: the leader of our session may stand outside this process namespace, and its number is then 0.
    assert_ne!(Some(session), after_name.split(' ').nth(3));
    assert_eq!(terminal, "0");
}

#[test]
fn it_is_asked_for_its_version_behind_the_walls() {
    if !can() {
        return;
    }
    let home = Home::new();
    let key = home.path().join("kubeconfig");
    fs::write(&key, "abc-a-secret").unwrap();
    let reads = format!(
        "cat {} > /dev/null 2>&1 && echo 'version: 6.6.6' || echo 'version: 0.0.29'",
        key.display()
    );
    double::is(&home, &reads);
    let doctor = double::run(&home, &["doctor"]);
    assert!(doctor.out.contains("kubectl-ai   ✓ 0.0.29 (gemini); isolated"), "{doctor:?}");
}

/// As those of version managers: what stands on the path starts what lies elsewhere.
#[test]
fn a_program_that_starts_another_one_which_is_not_given_is_told_to_be_why_it_is_not_isolated() {
    if !can() {
        return;
    }
    let home = Home::new();
    acts(&home, &json!([]));
    let bin = home.path().join("bin");
    let elsewhere = home.path().join("versions");
    fs::create_dir(&elsewhere).unwrap();
    fs::rename(bin.join("kubectl"), elsewhere.join("kubectl-1.34")).unwrap();
    double::program(
        &home,
        "kubectl",
        &format!("exec {} \"$@\"", elsewhere.join("kubectl-1.34").display()),
    );
    let doctor = double::run(&home, &["doctor"]);
    let line = "not isolated: it could reach your kubeconfig and Docker past the question (kubectl starts another program, and does not when it is isolated)";
    assert!(doctor.out.contains(line), "{doctor:?}");
    // Where it starts nowhere, that is no reason to let it do anything.
    fs::remove_file(elsewhere.join("kubectl-1.34")).unwrap();
    let doctor = double::run(&home, &["doctor"]);
    assert!(doctor.out.contains("kubectl-ai   ✓ 0.0.29 (gemini); isolated"), "{doctor:?}");
}

#[test]
fn no_file_of_it_becomes_larger_than_a_quarter_of_a_gigabyte() {
    if !can() {
        return;
    }
    let script = "exec 2> /dev/null; head -c 1000 /dev/zero > small && echo small; truncate -s 300M large || echo refused";
    assert_eq!(says(&Home::new(), &[json!({"sh": script})]), "small\nrefused");
}

#[test]
fn one_that_cannot_be_started_is_told_to_be_that() {
    let home = Home::new();
    double::is(
        &home,
        "[ \"$1\" = version ] && { echo 'version: 0.0.29'; echo '#!/nowhere/sh' > \"$0\"; exit; }",
    );
    // Behind walls it could not write that.
    double::as_a_snap(&home, "bash");
    let told = double::run(&home, &["-y", "scale backend to 1"]);
    let line = "\n  ✗ kubectl-ai failed: it does not start: No such file or directory (os error 2)\n  The built-in engine finishes it.\n";
    assert!(told.code == 0 && told.err.contains(line), "{told:?}");
}

/// Whether a process of this mark lives, wherever it went.
fn lives(mark: &str) -> bool {
    fs::read_dir("/proc").unwrap().flatten().any(|process| {
        let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).split('\0').any(|word| word == mark)
    })
}

fn is_gone(mark: &str) -> bool {
    let began = Instant::now();
    while lives(mark) {
        if began.elapsed() > Duration::from_secs(5) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}

fn is_there(mark: &str, child: &mut Child) {
    let began = Instant::now();
    while !lives(mark) {
        let waits = began.elapsed() < Duration::from_secs(30) && child.try_wait().unwrap().is_none();
        assert!(waits, "it was never started");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A number of seconds that no other test sleeps.
fn mark(number: u32) -> String {
    format!("{}{number}", 100_000 + std::process::id())
}

#[test]
fn what_it_leaves_behind_is_ended_with_it_also_in_a_session_of_its_own() {
    let mark = mark(1);
    let script = format!("setsid sh -c 'sleep {mark} & setsid sleep {mark} &' > /dev/null 2>&1 < /dev/null & sleep 0.3; echo left");
    assert_eq!(says(&Home::new(), &[json!({"sh": script})]), "left");
    assert!(is_gone(&mark));
}

/// Each process lives for as long as it takes to start the next one.
#[test]
fn one_that_forks_as_fast_as_it_can_is_ended() {
    let mark = mark(3);
    let own = "[ $1 -gt 0 ] && sh ./own $(($1 - 1)) $2 > /dev/null 2>&1 < /dev/null &";
    let script = format!("printf '%s' '{own}' > own; for of in 1 2 3; do sh ./own 4000 {mark}; done; sleep 0.3; echo left");
    assert_eq!(says(&Home::new(), &[json!({"sh": script})]), "left");
    assert!(is_gone(&mark));
}

/// By a user who is not root, for whom some limits do not hold: with programs and a home of that user's own.
fn as_nobody(home: &Home, args: &[&str]) -> Command {
    const NOBODY: u32 = 65534;
    let command = command(home, args);
    if !rustix::process::geteuid().is_root() {
        return command;
    }
    let (program, tool) = (home.path().join("todo-agent"), home.path().join("bin/kubectl-ai"));
    fs::copy(command.get_program(), &program).unwrap();
    fs::remove_file(&tool).unwrap();
    fs::copy(double::double(), &tool).unwrap();
    given(home.path(), NOBODY);
    let mut by_nobody = Command::new(program);
    by_nobody
        .args(command.get_args())
        .env_clear()
        .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .current_dir(home.work())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .uid(NOBODY)
        .gid(NOBODY);
    by_nobody
}

/// From now on all of it is somebody's.
fn given(path: &Path, user: u32) {
    if path.is_dir() && !path.is_symlink() {
        fs::read_dir(path).unwrap().for_each(|entry| given(&entry.unwrap().path(), user));
    }
    lchown(path, Some(user), Some(user)).unwrap();
}

/// Ubuntu lets nobody have one.
fn has_namespaces() -> bool {
    let restricted = fs::read_to_string("/proc/sys/kernel/apparmor_restrict_unprivileged_userns");
    can() && restricted.map_or(true, |text| text.trim() == "0")
}

#[test]
fn one_that_starts_more_and_more_is_refused_to_at_some_time() {
    if !has_namespaces() {
        return;
    }
    let (home, mark) = (Home::new(), mark(4));
    let start = format!("i=0; while [ $i -lt 700 ]; do sleep {mark} > /dev/null & i=$((i + 1)); echo $i > started; done");
    let script = format!("exec 2> /dev/null; ({start}); read started < started; [ $started -gt 300 ] && [ $started -lt 512 ] && echo some");
    acts(&home, &json!([{"sh": script}]));
    let told = home.finish(as_nobody(&home, &["kubectl-ai, list deployments"]), None);
    assert!(told.code == 0 && told.out.ends_with("\n  some\n"), "{told:?}");
    assert!(is_gone(&mark));
}

#[test]
fn nothing_of_it_lives_when_we_are_killed() {
    let (home, mark) = (Home::new(), mark(2));
    let script = format!("setsid sleep {mark} > /dev/null 2>&1 < /dev/null & sleep 600");
    acts(&home, &json!([{"sh": script}]));
    let mut child = command(&home, &["-y", "scale backend to 1"]).spawn().unwrap();
    is_there(&mark, &mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(is_gone(&mark));
}

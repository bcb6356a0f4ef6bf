//! The binary at a real terminal: what it asks, what counts as an answer, and what stays on the screen.

use std::{
    fs::File,
    io::{Read, Write},
    os::fd::OwnedFd,
    process::{Child, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use rustix::{
    fs::{Mode, OFlags},
    io::fcntl_dupfd_cloexec,
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};

use crate::run::Home;

/// Longer than any of these programs takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A terminal of some columns before a program is started at it.
pub struct Terminal {
    ours: OwnedFd,
    theirs: OwnedFd,
}

/// A program at a terminal.
pub struct Session {
    child: Child,
    keys: File,
    theirs: OwnedFd,
    screen: Arc<Mutex<String>>,
}

impl Terminal {
    pub fn new(columns: u16) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap();
        let theirs = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).unwrap();
        let size = Winsize {
            ws_row: 15,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&theirs, size).unwrap();
        Self { ours, theirs }
    }

    /// Types at it, whoever reads.
    fn typed(self, keys: &str) -> Self {
        rustix::io::write(&self.ours, keys.as_bytes()).unwrap();
        self
    }

    pub fn start(self, home: &Home, args: &[&str], variables: &[(&str, &str)]) -> Session {
        let end = || Stdio::from(fcntl_dupfd_cloexec(&self.theirs, 0).unwrap());
        let mut command = home.command(args);
        command.envs(variables.iter().copied()).stdin(end()).stdout(end()).stderr(end());
        let child = command.spawn().unwrap();
        drop(command);
        let mut output = File::from(fcntl_dupfd_cloexec(&self.ours, 0).unwrap());
        let screen = Arc::new(Mutex::new(String::new()));
        let written = screen.clone();
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let mut buffer = [0; 4096];
            // The last program that leaves a terminal ends it with an error.
            while let Ok(read @ 1..) = output.read(&mut buffer) {
                bytes.extend_from_slice(&buffer[..read]);
                *written.lock().unwrap() = String::from_utf8_lossy(&bytes).into_owned();
            }
        });
        Session {
            child,
            keys: File::from(self.ours),
            theirs: self.theirs,
            screen,
        }
    }
}

impl Session {
    pub fn screen(&self) -> String {
        self.screen.lock().unwrap().replace("\r\n", "\n")
    }

    /// Waits until this was written `times` times.
    pub fn wait_for(&mut self, text: &str, times: usize) {
        let began = Instant::now();
        while self.screen().matches(text).count() < times {
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none() && began.elapsed() < PATIENCE,
                "no {text:?}, {ended:?}: {}",
                self.screen()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until `then` was written behind the last `first`.
    pub fn wait_for_behind(&mut self, first: &str, then: &str) {
        let began = Instant::now();
        let is_there = |screen: &str| screen.rsplit_once(first).is_some_and(|(_, behind)| behind.contains(then));
        while !is_there(&self.screen()) {
            assert!(began.elapsed() < PATIENCE, "no {then:?} behind {first:?}: {}", self.screen());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The terminal has as many columns now.
    pub fn resize(&self, columns: u16) {
        let size = Winsize {
            ws_row: 15,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&self.theirs, size).unwrap();
        self.signal(Signal::WINCH);
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// The system wants it to end.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Ctrl-C, as the terminal of a shell passes it on.
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Exit code, the whole screen, and how many keys are left for the shell.
    pub fn end(mut self) -> (i32, String, u64) {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(began.elapsed() < PATIENCE, "it does not end: {}", self.screen());
            std::thread::sleep(Duration::from_millis(5));
        };
        let left = rustix::io::ioctl_fionread(&self.theirs).unwrap();
        // What was written last may still be on its way.
        std::thread::sleep(Duration::from_millis(50));
        let screen = self.screen();
        (status.code().unwrap_or(-1), screen, left)
    }
}

const QUESTION: &str = "Apply with the built-in engine? [y/N] ";

/// Plain enough to be compared: no colours, no line that is rewritten.
pub const DUMB: [(&str, &str); 2] = [("TERM", "dumb"), ("NO_COLOR", "1")];

fn asked(args: &[&str], answers: &[&str]) -> (i32, String, u64) {
    let home = Home::new();
    let mut session = Terminal::new(40).start(&home, args, &DUMB);
    for (before, answer) in answers.iter().enumerate() {
        session.wait_for("[y/N] ", before + 1);
        session.press(answer);
    }
    let (code, screen, left) = session.end();
    let asked = screen.find(QUESTION).map(|at| screen[at..].to_owned());
    (code, asked.unwrap_or(screen), left)
}

#[test]
fn keys_from_before_the_question_are_no_answer() {
    let home = Home::new();
    let mut session = Terminal::new(40).typed("y\n").start(&home, &["scale backend to 3"], &DUMB);
    session.wait_for(QUESTION, 1);
    std::thread::sleep(Duration::from_millis(300));
    assert!(session.screen().ends_with(QUESTION), "{}", session.screen());
    session.press("n\n");
    let (code, screen, left) = session.end();
    assert_eq!((code, left), (3, 0), "{screen}");
    assert!(
        screen.ends_with(&format!("{QUESTION}n\nNot approved: nothing was changed.\n")),
        "{screen}"
    );
}

#[test]
fn a_yes_is_a_line_and_leaves_no_key_to_the_shell() {
    for yes in ["y\n", "YES\n", " Yes \n"] {
        let (code, screen, left) = asked(&["scale backend to 3"], &[yes]);
        assert_eq!((code, left), (0, 0), "{screen}");
        assert!(screen.contains("Verified on the embedded (simulated)"), "{screen}");
    }
}

#[test]
fn anything_but_a_yes_changes_nothing_and_what_is_neither_is_asked_once_more() {
    let no = |lines: &str| format!("{QUESTION}{lines}Not approved: nothing was changed.\n");
    let once_more = format!("Type y or yes; Enter alone means no.\n{QUESTION}");
    for (answers, lines) in [
        (&["\n"][..], "\n".to_owned()),
        (&["n\n"], "n\n".to_owned()),
        (&["No\n"], "No\n".to_owned()),
        (&["no, thank you\n"], "no, thank you\n".to_owned()),
        (&["no, 4\n"], "no, 4\nnot run: \"no, 4\"\n".to_owned()),
        (&["yess\n", "\n"], format!("yess\n{once_more}\n")),
        (&["scale\n", "yay\n"], format!("scale\n{once_more}yay\n")),
        // The end of input.
        (&["\u{4}"], "\n".to_owned()),
    ] {
        assert_eq!(asked(&["scale backend to 3"], answers), (3, no(&lines), 0), "{answers:?}");
    }
    let (code, screen, _) = asked(&["scale backend to 3"], &["ja\n", "y\n"]);
    assert_eq!(code, 0, "{screen}");
}

#[test]
fn forty_columns_without_colours_are_enough() {
    let home = Home::new();
    let mut session = Terminal::new(40).start(&home, &["scale backend to 3"], &DUMB);
    session.wait_for(QUESTION, 1);
    let screen = session.screen();
    session.press("n\n");
    session.end();
    let expected = "Embedded cluster, simulated: nothing
  real is touched.

  scale deployment/todo-backend
    (\"backend\")
    embedded - default
    replicas  2 -> 3
    can be taken back

Apply with the built-in engine? [y/N] ";
    assert_eq!(screen, expected);
}

#[test]
fn ctrl_c_at_the_question_changes_nothing() {
    let home = Home::new();
    let mut session = Terminal::new(80).start(&home, &["scale backend to 3"], &DUMB);
    session.wait_for(QUESTION, 1);
    session.interrupt();
    let (code, screen, _) = session.end();
    assert_eq!(code, 130, "{screen}");
    assert!(
        screen.ends_with(&format!("{QUESTION}\nStopped: nothing was changed.\n")),
        "{screen}"
    );
}

/// A terminal on which lines can be rewritten, without colours.
pub const PLAIN: [(&str, &str); 2] = [("TERM", "xterm"), ("NO_COLOR", "1")];

#[test]
fn a_choice_is_the_number_that_is_typed_and_enter_alone_is_none() {
    let which = "Which one? [1-2, Enter: none] ";
    for (keys, chosen) in [
        ("2\n", Some("todo-frontend")),
        ("todo-backend\n", Some("todo-backend")),
        ("\n", None),
    ] {
        let home = Home::new();
        let mut session = Terminal::new(80).start(&home, &["scale it to 3", "--dry-run"], &PLAIN);
        session.wait_for(which, 1);
        session.press(keys);
        let (code, screen, left) = session.end();
        let told = match chosen {
            Some(name) => format!("\n  scale deployment/{name} "),
            None => format!("{which}\nNone chosen: nothing was done.\n"),
        };
        assert!(screen.contains(&told), "{keys:?}: {screen}");
        assert_eq!((code, left), (if chosen.is_some() { 0 } else { 2 }, 0), "{keys:?}: {screen}");
    }
}

#[test]
fn a_request_that_is_typed_where_a_choice_is_asked_for_is_told_to_be_not_run() {
    let which = "Which one? [1-2, Enter: none] ";
    let home = Home::new();
    let mut session = Terminal::new(80).start(&home, &["scale it to 3", "--dry-run"], &PLAIN);
    session.wait_for(which, 1);
    session.press("list the pods\n");
    // The line that was typed is drawn again with the question in front, which is not the question asked once more.
    session.wait_for_behind("Type a number of 1-2, or the name", which);
    session.press("list the pods\n");
    let (code, screen, left) = session.end();
    let told = "\nNone chosen: nothing was done.\nnot run: \"list the pods\"\n";
    assert!(screen.contains(told), "{screen}");
    assert_eq!((code, left), (2, 0), "{screen}");
}

#[test]
fn where_there_is_one_choice_yes_takes_it() {
    let which = "This one? [y, Enter: none] ";
    for (keys, taken) in [("y\n", true), ("yes please\n", true), ("1\n", true), ("\n", false)] {
        let home = Home::new();
        let mut session = Terminal::new(80).start(&home, &["sacle the backend to 3", "--dry-run"], &PLAIN);
        session.wait_for(which, 1);
        session.press(keys);
        let (code, screen, left) = session.end();
        assert_eq!(screen.contains("\n  scale deployment/todo-backend "), taken, "{keys:?}: {screen}");
        assert_eq!((code, left), (if taken { 0 } else { 2 }, 0), "{keys:?}: {screen}");
    }
}

#[test]
fn ctrl_c_at_a_choice_chooses_nothing() {
    let home = Home::new();
    let mut session = Terminal::new(80).start(&home, &["scale it to 3", "-y"], &PLAIN);
    session.wait_for("Which one? [1-2, Enter: none] ", 1);
    session.interrupt();
    let (code, screen, _) = session.end();
    assert_eq!(code, 130, "{screen}");
    assert!(screen.ends_with("none] \nStopped: nothing was changed.\n"), "{screen}");
}

/// What a terminal of these columns shows of what was written: carriage returns, cleared lines and lines that are too long.
pub fn painted(written: &str, columns: usize) -> Vec<String> {
    let (mut rows, mut row, mut column) = (vec![Vec::new()], 0_usize, 0_usize);
    let mut rest = written.chars();
    while let Some(c) = rest.next() {
        match c {
            '\r' => column = 0,
            '\n' => (row, column) = (row + 1, 0),
            '\u{1b}' => {
                let sequence: String = rest.by_ref().take_while(|c| !c.is_ascii_alphabetic()).collect();
                if sequence == "[2" {
                    rows[row].clear();
                }
            }
            c => {
                if column == columns {
                    (row, column) = (row + 1, 0);
                    rows.resize_with(rows.len().max(row + 1), Vec::new);
                }
                let line: &mut Vec<char> = &mut rows[row];
                line.resize(line.len().max(column + 1), ' ');
                line[column] = c;
                column += 1;
            }
        }
        rows.resize_with(rows.len().max(row + 1), Vec::new);
    }
    rows.into_iter()
        .map(|line| line.into_iter().collect::<String>().trim_end().to_owned())
        .collect()
}

#[test]
fn the_line_that_lives_is_gone_after_ctrl_c() {
    let home = Home::new();
    assert_eq!(home.run(&["cluster", "break", "backend", "slow-start"]).code, 0);
    for columns in [40, 80] {
        let mut session = Terminal::new(columns).start(&home, &["-y", "scale backend to 4"], &PLAIN);
        session.wait_for("\u{280b}", 1);
        // As the terminal of a shell echoes it, right behind the line.
        let mut echo = File::from(fcntl_dupfd_cloexec(&session.theirs, 0).unwrap());
        echo.write_all(b"^C").unwrap();
        session.interrupt();
        let (code, written, _) = session.end();
        assert_eq!(code, 130, "{written}");
        let screen = painted(&written.replace('\n', "\r\n"), usize::from(columns));
        let alive = screen
            .iter()
            .filter(|line| line.chars().any(|c| ('\u{2800}'..'\u{2900}').contains(&c)));
        assert_eq!(alive.count(), 0, "{screen:#?}");
        assert!(screen.iter().any(|line| line.starts_with("Stopped")), "{screen:#?}");
        assert_eq!(home.run(&["undo", "-y", "--timeout", "1s"]).code, 1);
    }
}

/// Lines that are longer than the screen hold one name or one command, which a terminal copies whole.
#[test]
fn at_forty_columns_no_name_and_no_command_is_cut() {
    let home = Home::new();
    assert_eq!(home.run(&["cluster", "break", "frontend", "image-pull"]).code, 0);
    for args in [
        &["overview"][..],
        &["list pods"],
        &["list pods in all namespaces"],
        &["describe the backend"],
        &["describe the frontend"],
        &["events of the frontend"],
        &["why is the frontend failing?"],
        &["is my app healthy?"],
        &["scale backend to 3", "--dry-run"],
        &["scale backend to 3", "-y"],
        &["set image of backend to todo-backend:nope", "-y", "--timeout", "1s"],
        &["undo", "-y"],
        &["paint the moon green"],
        &["how would I scale the backend to 4?"],
        &["transcript", "list"],
        &["transcript", "show"],
        &["transcript", "check"],
        &["cluster", "break"],
        &["cluster", "status"],
        &["playbooks", "scale"],
        &["doctor"],
    ] {
        let (_, screen, _) = Terminal::new(40).start(&home, args, &DUMB).end();
        for line in screen.lines().filter(|line| line.chars().count() > 40) {
            let line = line.trim().trim_matches(|c: char| c.is_ascii_punctuation());
            let is_command = line.starts_with("todo-agent ") || line.starts_with("kubectl ");
            assert!(!line.contains(' ') || is_command, "{args:?}: {line:?}\n{screen}");
        }
    }
}

#[test]
fn where_lines_cannot_be_rewritten_a_choice_is_a_number() {
    let home = Home::new();
    let mut session = Terminal::new(80).typed("2\n").start(&home, &["scale it to 3", "--dry-run"], &DUMB);
    let which = "Which one? [1-2, Enter: none] ";
    session.wait_for(which, 1);
    session.press("3\n");
    session.wait_for(which, 2);
    session.press("1\n");
    let (code, screen, left) = session.end();
    assert_eq!((code, left), (0, 0), "{screen}");
    assert!(screen.contains("  1  todo-backend "), "{screen}");
    assert!(screen.contains("\n  scale deployment/todo-backend "), "{screen}");
    assert!(!screen.contains('\u{1b}'), "{screen}");
}

#[test]
fn the_end_of_input_is_a_no_also_where_lines_can_be_rewritten() {
    let home = Home::new();
    // The second is the first, pressed as the question appears.
    for end in ["\u{4}", "\0"] {
        let mut session = Terminal::new(80).start(&home, &["scale backend to 3"], &PLAIN);
        session.wait_for(QUESTION, 1);
        session.press(end);
        let (code, screen, left) = session.end();
        assert!(screen.ends_with("Not approved: nothing was changed.\n"), "{screen}");
        assert_eq!((code, left), (3, 0), "{screen}");
    }
    let mut session = Terminal::new(80).start(&home, &["scale backend to 3"], &PLAIN);
    session.wait_for(QUESTION, 1);
    session.press("yes\n");
    let (code, screen, _) = session.end();
    assert_eq!(code, 0, "{screen}");
    assert!(
        painted(&screen.replace('\n', "\r\n"), 80).contains(&format!("{QUESTION}yes")),
        "{screen}"
    );
}

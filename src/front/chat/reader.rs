//! Where the lines of a conversation come from: an editor at the terminal, or a pipe. Each reads on a thread of its own, one line
//! when it is asked for one.

use std::{
    fs::OpenOptions,
    io::{self, BufRead, IsTerminal},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, mpsc},
    thread,
};

use rustyline::{
    ColorMode, CompletionType, Config, Editor,
    error::ReadlineError,
    history::{FileHistory, History},
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{helper::Helper, prompt::Prompt};
use crate::app::Names;

/// Lines that are remembered over sessions.
const REMEMBERED: usize = 2000;

/// What came of a prompt.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    Line(String),
    /// Bytes that are no text.
    Garbled,
    /// Ctrl-C.
    Break,
    /// Ctrl-D, or the end of the pipe.
    End,
    Trouble(String),
}

enum Wish {
    Line(Prompt),
    Keep { said: String, kept: String },
}

#[derive(Debug)]
pub struct Reader {
    wishes: mpsc::Sender<Wish>,
    said: UnboundedReceiver<Said>,
}

/// Somebody sits before it: a line can be asked for and answered.
#[must_use]
pub fn is_terminal() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

impl Reader {
    /// An editor with a memory.
    ///
    /// # Errors
    /// The terminal cannot be used.
    pub fn at_terminal(history: PathBuf, names: Arc<Mutex<Names>>, colour: bool) -> io::Result<Self> {
        Self::on_thread(move |wishes, said| edit(wishes, said, &history, names, colour))
    }

    /// Lines as they come, and no prompt.
    ///
    /// # Errors
    /// No thread can be started.
    pub fn of_pipe() -> io::Result<Self> {
        Self::on_thread(|wishes, said| {
            while let Ok(wish) = wishes.recv() {
                let Wish::Line(_) = wish else { continue };
                if said.send(piped()).is_err() {
                    return;
                }
            }
        })
    }

    fn on_thread(read: impl FnOnce(&mpsc::Receiver<Wish>, &UnboundedSender<Said>) + Send + 'static) -> io::Result<Self> {
        let (wishes, asked) = mpsc::channel();
        let (tell, said) = unbounded_channel();
        thread::Builder::new().name("lines".to_owned()).spawn(move || read(&asked, &tell))?;
        Ok(Self { wishes, said })
    }

    /// Asks for a line; [`Self::said`] gives it.
    pub fn ask(&self, prompt: Prompt) {
        // A thread that is gone has told its trouble.
        let _ = self.wishes.send(Wish::Line(prompt));
    }

    /// The next line. Cancel-safe.
    pub async fn said(&mut self) -> Said {
        self.said.recv().await.unwrap_or(Said::End)
    }

    /// Remembers a line: as it was said for this session, without secrets for those to come.
    pub fn keep(&self, said: &str, kept: &str) {
        let _ = self.wishes.send(Wish::Keep {
            said: said.to_owned(),
            kept: kept.to_owned(),
        });
    }
}

fn piped() -> Said {
    let mut bytes = Vec::new();
    match io::stdin().lock().read_until(b'\n', &mut bytes) {
        Ok(0) => Said::End,
        Ok(_) => match String::from_utf8(bytes) {
            Ok(line) => Said::Line(line.trim_start_matches('\u{feff}').trim_end_matches(['\n', '\r']).to_owned()),
            Err(_) => Said::Garbled,
        },
        Err(error) => Said::Trouble(error.to_string()),
    }
}

fn edit(wishes: &mpsc::Receiver<Wish>, said: &UnboundedSender<Said>, history: &Path, names: Arc<Mutex<Names>>, colour: bool) {
    let mut editor = match editor(names, colour) {
        Ok(editor) => editor,
        Err(error) => {
            let _ = said.send(Said::Trouble(error.to_string()));
            return;
        }
    };
    // A memory that cannot be read is none.
    let _ = editor.load_history(history);
    let mut kept = Memory::new(history);
    while let Ok(wish) = wishes.recv() {
        match wish {
            Wish::Keep { said, kept: line } => {
                let _ = editor.add_history_entry(said);
                if let Err(error) = kept.add(&line) {
                    tracing::debug!(%error, "a line is not remembered");
                }
            }
            Wish::Line(prompt) => {
                let line = match editor.readline(&(prompt.plain, prompt.painted)) {
                    Ok(line) => Said::Line(line),
                    Err(ReadlineError::Interrupted) => Said::Break,
                    Err(ReadlineError::Eof) => Said::End,
                    // The terminal changed its size at a bad moment.
                    Err(ReadlineError::Signal(_)) => Said::Line(String::new()),
                    Err(error) => Said::Trouble(error.to_string()),
                };
                if said.send(line).is_err() {
                    return;
                }
            }
        }
    }
}

fn editor(names: Arc<Mutex<Names>>, colour: bool) -> rustyline::Result<Editor<Helper, FileHistory>> {
    let config = Config::builder()
        .max_history_size(REMEMBERED)?
        .history_ignore_dups(true)?
        .completion_type(CompletionType::List)
        .color_mode(if colour { ColorMode::Forced } else { ColorMode::Disabled })
        .build();
    let mut editor = Editor::with_config(config)?;
    editor.set_helper(Some(Helper { names }));
    Ok(editor)
}

/// The lines on disk. Several conversations write them at once: each adds its own under the file's lock.
struct Memory<'a> {
    file: &'a Path,
    lines: FileHistory,
}

impl<'a> Memory<'a> {
    fn new(file: &'a Path) -> Self {
        let mut lines = FileHistory::with_config(&Config::builder().build());
        let _ = lines.set_max_len(REMEMBERED);
        let _ = lines.load(file);
        Self { file, lines }
    }

    fn add(&mut self, line: &str) -> rustyline::Result<()> {
        if let Some(folder) = self.file.parent() {
            crate::app::make_private(folder)?;
        }
        if self.lines.add(line)? {
            // Of two that make it at once, the second would empty it.
            private(self.file)?;
            self.lines.append(self.file)?;
        }
        Ok(())
    }
}

/// The file, for this user alone, where it is not there yet.
fn private(file: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

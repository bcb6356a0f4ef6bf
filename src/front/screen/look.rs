//! How one stream looks: its width, whether it has colours, and which signs its reader can see.

use std::{env, io::IsTerminal};

use console::{Style, Term, measure_text_width};

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Colour {
    #[default]
    Auto,
    Always,
    Never,
}

/// What the lines of one stream may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Columns. In a pipe the width by which columns are aligned; nothing is wrapped there.
    pub width: usize,
    /// Lines longer than `width` are broken at words.
    pub wrap: bool,
    pub colour: bool,
    /// ✓ ✗ – ❯ • → · … can be seen.
    pub unicode: bool,
    /// A terminal on which a line can be rewritten in place.
    pub live: bool,
}

/// The meanings that a colour or weight repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Strong,
    Dim,
    Good,
    Bad,
    Careful,
    /// Derived from what was said: underlined.
    Derived,
}

/// Signs and what stands for them where only ASCII can be shown.
const STAND_INS: [(char, &str); 14] = [
    ('✓', "ok"),
    ('✗', "x"),
    ('–', "-"),
    ('—', "-"),
    ('❯', ">"),
    ('›', ">"),
    ('•', "*"),
    ('→', "->"),
    ('·', "-"),
    ('…', "..."),
    ('│', "|"),
    ('“', "\""),
    ('”', "\""),
    ('’', "'"),
];

/// Where durations and places end, so that they stay near what they belong to on wide terminals.
const EDGE: usize = 72;

impl Look {
    /// Plain lines for a program that reads them.
    #[must_use]
    pub const fn plain() -> Self {
        Self {
            width: 80,
            wrap: false,
            colour: false,
            unicode: true,
            live: false,
        }
    }

    /// The look of standard output.
    #[must_use]
    pub fn of_stdout(colour: Colour) -> Self {
        Self::of(&Term::stdout(), std::io::stdout().is_terminal(), colour)
    }

    /// The look of standard error.
    #[must_use]
    pub fn of_stderr(colour: Colour) -> Self {
        Self::of(&Term::stderr(), std::io::stderr().is_terminal(), colour)
    }

    fn of(term: &Term, terminal: bool, colour: Colour) -> Self {
        let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        let width = if terminal {
            term.size_checked().map(|(_, columns)| usize::from(columns))
        } else {
            None
        };
        Self {
            width: width.filter(|&columns| columns > 0).unwrap_or(80).max(20),
            wrap: terminal,
            colour: match colour {
                Colour::Always => true,
                Colour::Never => false,
                Colour::Auto => terminal && !dumb && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
            },
            unicode: !dumb && shows_unicode(terminal),
            live: terminal && !dumb,
        }
    }

    /// `text` in this tone, or as it is where there are no colours.
    #[must_use]
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        let style = Style::new().force_styling(true);
        let style = match tone {
            Tone::Strong => style.bold(),
            Tone::Dim => style.dim(),
            Tone::Good => style.green(),
            Tone::Bad => style.red(),
            Tone::Careful => style.yellow(),
            Tone::Derived => style.underlined(),
        };
        style.apply_to(text).to_string()
    }

    /// The text as this stream can show it.
    #[must_use]
    pub fn shown(&self, text: &str) -> String {
        if self.unicode || text.is_ascii() {
            return text.to_owned();
        }
        let mut shown = String::with_capacity(text.len());
        for character in text.chars() {
            match STAND_INS.iter().find(|(sign, _)| *sign == character) {
                Some((_, stand_in)) => shown.push_str(stand_in),
                None => shown.push(character),
            }
        }
        shown
    }

    /// Columns that the text takes, without its colours.
    #[must_use]
    pub fn columns(&self, text: &str) -> usize {
        measure_text_width(&self.shown(text))
    }

    /// The text, filled with spaces to `width` columns.
    #[must_use]
    pub fn padded(&self, text: &str, width: usize) -> String {
        format!("{text}{}", " ".repeat(width.saturating_sub(self.columns(text))))
    }

    /// `left` and, at the right edge, `right` in dim. Where both do not fit into one line, `right` follows on its own.
    #[must_use]
    pub fn with_right(&self, left: &str, right: &str) -> Vec<String> {
        if right.is_empty() {
            return self.wrapped(left, hanging(left));
        }
        let edge = self.width.min(EDGE);
        let (left_columns, right_columns) = (self.columns(left), self.columns(right));
        let dim = self.paint(Tone::Dim, right);
        if left_columns + 2 + right_columns <= edge {
            let gap = edge - left_columns - right_columns;
            return vec![format!("{left}{}{dim}", " ".repeat(gap))];
        }
        if !self.wrap {
            return vec![format!("{left}  {dim}")];
        }
        let mut lines = self.wrapped(left, hanging(left));
        lines.push(format!("{}{dim}", " ".repeat(indent_of(left) + 2)));
        lines
    }

    /// The text in lines that fit, broken between words; lines after the first begin with `hang` spaces, or fewer where a
    /// name would not fit otherwise. Names and commands are never cut: what is longer than a line is left to the terminal,
    /// which breaks it in sight alone and copies it whole.
    #[must_use]
    pub fn wrapped(&self, text: &str, hang: usize) -> Vec<String> {
        if !self.wrap || self.columns(text) <= self.width || is_command(text) {
            return vec![text.to_owned()];
        }
        let hang = hang.min(self.width / 2);
        let mut lines = Vec::new();
        let mut line = " ".repeat(indent_of(text));
        let mut empty = true;
        for word in units(text.trim_start()) {
            let columns = self.columns(word.trim_end());
            if !empty && self.columns(&line) + columns > self.width {
                lines.push(line.trim_end().to_owned());
                // A name that does not fit there begins further left, one that fits nowhere where the others do.
                let room = self.width.checked_sub(columns).unwrap_or(hang);
                let nearer = (indent_of(text) + 2).min(room);
                line = " ".repeat(if hang <= room { hang } else { nearer });
            }
            line.push_str(word);
            empty = false;
        }
        lines.push(line.trim_end().to_owned());
        lines
    }
}

/// A command of ours that stands alone.
fn is_command(text: &str) -> bool {
    text.trim_start().starts_with("todo-agent ")
}

/// The words of a text with the space behind each. A command in backticks is one word: broken in two, it could not be pasted.
fn units(text: &str) -> Vec<&str> {
    let mut units = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let word = rest.find(' ').map_or(rest.len(), |space| space + 1);
        let command = rest.find('`').filter(|&opens| opens < word).and_then(|opens| {
            let closes = opens + 1 + rest[opens + 1..].find('`')?;
            Some(rest[closes..].find(' ').map_or(rest.len(), |space| closes + space + 1))
        });
        let (unit, after) = rest.split_at(command.unwrap_or(word));
        units.push(unit);
        rest = after;
    }
    units
}

/// The spaces that a text begins with.
fn indent_of(text: &str) -> usize {
    text.len() - text.trim_start_matches(' ').len()
}

/// Where the lines of a broken text go on: below its first word, after a sign.
fn hanging(text: &str) -> usize {
    indent_of(text) + 2
}

/// Whether the locale shows more than ASCII. Few have one on Windows: there some terminals do, and a pipe does not, which
/// PowerShell reads by the code page of the console.
fn shows_unicode(terminal: bool) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .filter_map(|name| env::var(name).ok())
        .find(|value| !value.is_empty())
        .is_some_and(|locale| {
            let locale = locale.to_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
    let known = ["WT_SESSION", "TERM_PROGRAM", "ConEmuTask"];
    locale || (cfg!(windows) && terminal && known.iter().any(|name| env::var_os(name).is_some()))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A terminal without colours.
    pub const fn terminal(width: usize, unicode: bool) -> Look {
        Look {
            width,
            wrap: true,
            colour: false,
            unicode,
            live: false,
        }
    }

    #[test]
    fn names_stay_whole_and_words_wrap() {
        let look = terminal(30, true);
        assert_eq!(
            look.wrapped("  todo-frontend-5f7c9-x8k2-very-long-name cannot pull the image", 4),
            ["  todo-frontend-5f7c9-x8k2-very-long-name", "    cannot pull the image"]
        );
    }

    #[test]
    fn a_command_stays_on_one_line() {
        let text = "Verified. Take it back with `todo-agent undo`.";
        assert_eq!(
            terminal(40, true).wrapped(text, 2),
            ["Verified. Take it back with", "  `todo-agent undo`."]
        );
        assert_eq!(
            terminal(20, true).wrapped("See `todo-agent transcript list`, or `x`", 2),
            ["See", "  `todo-agent transcript list`,", "  or `x`"],
            "the terminal breaks it, and copies it whole"
        );
        let command = "    todo-agent -n default \"scale deployment/todo-backend to 3\"";
        assert_eq!(terminal(40, true).wrapped(command, 6), [command]);
    }

    #[test]
    fn a_name_begins_further_left_rather_than_being_cut() {
        assert_eq!(
            terminal(40, true).wrapped("  Selector  app.kubernetes.io/instance=todo-app, app=x", 12),
            ["  Selector", "    app.kubernetes.io/instance=todo-app,", "            app=x"]
        );
    }

    #[test]
    fn the_right_part_goes_below_where_it_does_not_fit() {
        let heading = "  scale deployment/todo-backend";
        assert_eq!(
            terminal(80, true).with_right(heading, "embedded · default"),
            ["  scale deployment/todo-backend                       embedded · default"]
        );
        assert_eq!(
            terminal(40, true).with_right(heading, "embedded · default"),
            ["  scale deployment/todo-backend", "    embedded · default"]
        );
    }

    #[test]
    fn signs_have_stand_ins() {
        assert_eq!(terminal(80, false).shown("✓ 2 → 3 · “api”… ü"), "ok 2 -> 3 - \"api\"... ü");
    }
}

//! A generated section inside a file that belongs to somebody: only what stands between the markers is ours.

use std::{fs, io, path::Path};

use crate::{
    domain::failure::{Failure, FailureKind, Result},
    transcripts::files,
};

/// The line before the section.
pub const BEGIN: &str = "<!-- todo-agent:begin -->";
/// The line after the section.
pub const END: &str = "<!-- todo-agent:end -->";

/// What became of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    Created,
    /// The markers were there.
    Replaced,
    /// There were no markers yet.
    Appended,
    /// It says this already; it was not touched.
    Unchanged,
}

/// Puts `section` between the markers of a file; all other bytes stay. The file is replaced at once, a symbolic link is
/// followed.
///
/// # Errors
/// When the markers are not one pair in their order, or the file cannot be read or written. Nothing is written then.
pub fn into_file(path: &Path, section: &str) -> Result<Placed> {
    let existing = match fs::read(path) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failure("read", path, &error)),
    };
    let (bytes, placed) = placed(existing.as_deref(), section).map_err(|what| {
        Failure::new(FailureKind::Usage, format!("{}: {what}", path.display())).hint(format!(
            "Keep one line `{BEGIN}` and after it one line `{END}`, or none of them: then the section is put at the end."
        ))
    })?;
    if placed != Placed::Unchanged {
        files::replace_public(path, &bytes).map_err(|error| failure("write", path, &error))?;
    }
    Ok(placed)
}

fn failure(doing: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::new(FailureKind::Failed, format!("cannot {doing} {}: {error}", path.display()))
}

/// The new bytes of a file, without touching any. `None`: there is no file yet.
///
/// # Errors
/// What is wrong with its markers or its encoding.
pub fn placed(existing: Option<&[u8]>, section: &str) -> std::result::Result<(Vec<u8>, Placed), String> {
    let Some(existing) = existing else {
        return Ok((block(section, "\n").into_bytes(), Placed::Created));
    };
    if existing.starts_with(&[0xff, 0xfe]) || existing.starts_with(&[0xfe, 0xff]) {
        return Err("it is UTF-16; save it as UTF-8 first".to_owned());
    }
    let newline = line_break(existing);
    let (begins, ends) = (markers(existing, "begin"), markers(existing, "end"));
    match (begins.as_slice(), ends.as_slice()) {
        ([], []) => Ok((appended(existing, section, newline), Placed::Appended)),
        ([begin], [end]) if begin.end <= end.start => {
            let head = existing.get(..begin.end).unwrap_or_default();
            let tail = existing.get(end.start..).unwrap_or_default();
            let bytes = [head, with_breaks(section, newline).as_bytes(), tail].concat();
            let placed = if bytes == existing { Placed::Unchanged } else { Placed::Replaced };
            Ok((bytes, placed))
        }
        ([_], [_]) => Err("the end marker stands before the begin marker".to_owned()),
        ([_], []) => Err("the begin marker is there, the end marker is missing".to_owned()),
        ([], [_]) => Err("the end marker is there, the begin marker is missing".to_owned()),
        (begins, ends) => Err(format!(
            "the begin marker is there {} times, the end marker {} times",
            begins.len(),
            ends.len()
        )),
    }
}

fn block(section: &str, newline: &str) -> String {
    format!("{BEGIN}{newline}{}{END}{newline}", with_breaks(section, newline))
}

/// After what is there, one empty line between.
fn appended(existing: &[u8], section: &str, newline: &str) -> Vec<u8> {
    let bare = existing.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(existing);
    let ended = bare.is_empty() || bare.ends_with(b"\n");
    let blank = bare.is_empty() || bare.ends_with(b"\n\n") || bare.ends_with(b"\n\r\n");
    let gap = match (ended, blank) {
        (_, true) => String::new(),
        (true, false) => newline.to_owned(),
        (false, false) => newline.repeat(2),
    };
    [existing, gap.as_bytes(), block(section, newline).as_bytes()].concat()
}

fn with_breaks(section: &str, newline: &str) -> String {
    let mut out = String::with_capacity(section.len());
    for line in section.lines() {
        out.push_str(line);
        out.push_str(newline);
    }
    out
}

/// That of the first line.
fn line_break(bytes: &[u8]) -> &'static str {
    match bytes.iter().position(|b| *b == b'\n') {
        Some(at) if at > 0 && bytes.get(at - 1) == Some(&b'\r') => "\r\n",
        _ => "\n",
    }
}

/// Lines that are this marker and nothing else, with their line break; blanks around it and inside the comment do not matter.
fn markers(bytes: &[u8], which: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        let end = start + line.len();
        let bare = line.strip_prefix(&[0xef, 0xbb, 0xbf]).filter(|_| start == 0).unwrap_or(line);
        let inner = std::str::from_utf8(bare)
            .ok()
            .and_then(|text| text.trim().strip_prefix("<!--")?.strip_suffix("-->"))
            .and_then(|text| text.trim().strip_prefix("todo-agent:"));
        if inner == Some(which) {
            found.push(start..end);
        }
        start = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(existing: &str) -> std::result::Result<(String, Placed), String> {
        placed(Some(existing.as_bytes()), "## new\n\ntext\n").map(|(bytes, how)| (String::from_utf8(bytes).unwrap(), how))
    }

    #[test]
    fn only_what_stands_between_the_markers_changes() {
        let cases = [
            (
                "# mine\n<!-- todo-agent:begin -->\nold\n<!-- todo-agent:end -->\nrest",
                "# mine\n<!-- todo-agent:begin -->\n## new\n\ntext\n<!-- todo-agent:end -->\nrest",
                Placed::Replaced,
            ),
            (
                "\u{feff}<!-- todo-agent:begin -->\r\n<!-- todo-agent:end -->",
                "\u{feff}<!-- todo-agent:begin -->\r\n## new\r\n\r\ntext\r\n<!-- todo-agent:end -->",
                Placed::Replaced,
            ),
            (
                "a\n  <!--todo-agent:begin-->  \n<!-- todo-agent:end --> \n",
                "a\n  <!--todo-agent:begin-->  \n## new\n\ntext\n<!-- todo-agent:end --> \n",
                Placed::Replaced,
            ),
            (
                "no end",
                "no end\n\n<!-- todo-agent:begin -->\n## new\n\ntext\n<!-- todo-agent:end -->\n",
                Placed::Appended,
            ),
            (
                "a\r\nb\r\n",
                "a\r\nb\r\n\r\n<!-- todo-agent:begin -->\r\n## new\r\n\r\ntext\r\n<!-- todo-agent:end -->\r\n",
                Placed::Appended,
            ),
            (
                "",
                "<!-- todo-agent:begin -->\n## new\n\ntext\n<!-- todo-agent:end -->\n",
                Placed::Appended,
            ),
            (
                "speaks of <!-- todo-agent:begin --> in a line\n\n",
                "speaks of <!-- todo-agent:begin --> in a line\n\n<!-- todo-agent:begin -->\n## new\n\ntext\n<!-- todo-agent:end -->\n",
                Placed::Appended,
            ),
        ];
        for (before, after, how) in cases {
            assert_eq!(place(before), Ok((after.to_owned(), how)));
            assert_eq!(place(after), Ok((after.to_owned(), Placed::Unchanged)), "again");
        }
    }

    #[test]
    fn markers_that_are_no_pair_are_an_error() {
        let (b, e) = (BEGIN, END);
        let cases = [
            (format!("{b}\n"), "the begin marker is there, the end marker is missing"),
            (format!("{e}\n"), "the end marker is there, the begin marker is missing"),
            (format!("{e}\n{b}\n"), "the end marker stands before the begin marker"),
            (
                format!("{b}\n{e}\n{b}\n{e}\n"),
                "the begin marker is there 2 times, the end marker 2 times",
            ),
        ];
        for (text, what) in cases {
            assert_eq!(place(&text), Err(what.to_owned()));
        }
        assert!(placed(Some(&[0xff, 0xfe, 0x41, 0]), "x").is_err());
    }

    #[test]
    fn bytes_that_are_no_text_are_kept() {
        let (bytes, _) = placed(Some(b"\xff\x00\n"), "x\n").unwrap();
        assert_eq!(bytes, b"\xff\x00\n\n<!-- todo-agent:begin -->\nx\n<!-- todo-agent:end -->\n");
    }
}

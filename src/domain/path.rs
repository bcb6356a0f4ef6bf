//! Paths of this machine as people write them, whichever system they have.

/// What only a path begins with: `./x`, `~/x`, `/x`, `.\x`, `C:\x`, `\\server\share`.
#[must_use]
pub fn is_rooted(text: &str) -> bool {
    let begins = ["./", "../", "/", "~/", ".\\", "..\\", "\\", "~\\"];
    begins.iter().any(|begin| text.starts_with(begin)) || matches!(text, "." | "..") || has_drive(text)
}

/// `C:\x`, `C:/x`: the colon is no port's, tag's or mount's.
#[must_use]
pub fn has_drive(text: &str) -> bool {
    matches!(text.as_bytes(), [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic())
}

/// What stands behind the last folder.
#[must_use]
pub fn last(text: &str) -> &str {
    text.rsplit(['/', '\\']).next().unwrap_or(text)
}

/// A file of objects, by its name.
#[must_use]
pub fn is_manifest(name: &str) -> bool {
    let lower = name.to_lowercase();
    [".yaml", ".yml", ".json"].iter().any(|ending| lower.ends_with(ending))
}

/// `~/x`: what is below the home directory.
#[must_use]
pub fn below_home(text: &str) -> Option<&str> {
    text.strip_prefix('~').and_then(|rest| rest.strip_prefix(['/', '\\']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_each_system_are_told_from_other_words() {
        let rooted = [
            "./a",
            "../a",
            "/a",
            "~/a",
            ".",
            "..",
            r".\a",
            r"..\a",
            r"C:\a",
            "c:/a",
            r"\\server\share",
            r"~\a",
        ];
        assert_eq!(rooted.map(is_rooted), rooted.map(|_| true));
        let others = ["a", "a/b", "nginx:1.27", "c:1", "http://h/x", "8080:80", "", "~", "...", "x:y/z:1"];
        assert_eq!(others.map(is_rooted), others.map(|_| false));
        let names = ["a", "a/b", r"C:\a\b", r"a/b\c", "a/"].map(last);
        assert_eq!(names, ["a", "b", "b", "c", ""]);
        let homes = ["~/a/b", r"~\a", "~", "~me/a", "a"].map(below_home);
        assert_eq!(homes, [Some("a/b"), Some("a"), None, None, None]);
    }
}

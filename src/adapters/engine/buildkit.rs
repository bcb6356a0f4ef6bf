//! What a Dockerfile asks for that only BuildKit can do. The Engine's own API builds with the classic builder, which ends in the
//! middle of such a build, or takes a heredoc for something else.

/// The first line that needs BuildKit: `line 4: RUN --mount=…`.
#[must_use]
pub fn needed(dockerfile: &str) -> Option<String> {
    let mut lines = dockerfile.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let text = line.trim();
        if text.starts_with('#') || text.is_empty() {
            continue;
        }
        let mut whole = text.to_owned();
        // A command goes on behind a backslash, and remarks between its lines are none of it.
        while let Some(begun) = whole.strip_suffix('\\') {
            let begun = begun.trim_end().to_owned();
            let Some((_, next)) = lines.next() else { break };
            whole = if next.trim_start().starts_with('#') {
                format!("{begun} \\")
            } else {
                format!("{begun} {}", next.trim())
            };
        }
        if needs(&whole) {
            return Some(format!("line {}: {}", number + 1, told(&whole)));
        }
    }
    None
}

fn needs(command: &str) -> bool {
    let mut words = command.split_whitespace();
    let instruction = words.next().unwrap_or_default().to_uppercase();
    let flags: Vec<&str> = words.clone().take_while(|word| word.starts_with("--")).collect();
    let has = |known: &[&str]| flags.iter().any(|flag| known.contains(&flag.split('=').next().unwrap_or(flag)));
    let own = match instruction.as_str() {
        "RUN" => has(&["--mount", "--network", "--security", "--device"]),
        "COPY" => has(&["--chmod", "--link", "--parents", "--exclude"]),
        "ADD" => has(&["--chmod", "--link", "--exclude", "--checksum", "--keep-git-dir", "--unpack"]),
        _ => return false,
    };
    let mut rest = words.skip_while(|word| word.starts_with("--"));
    own || match instruction.as_str() {
        // Behind other words it is the shell's, which reads what follows in the same command: there is none.
        "RUN" => rest.next().is_some_and(is_heredoc) || rest.last().is_some_and(is_heredoc),
        _ => rest.any(is_heredoc),
    }
}

/// `<<EOF`, `<<-"EOF"`.
fn is_heredoc(word: &str) -> bool {
    let Some(name) = word.strip_prefix("<<") else { return false };
    let name = name.strip_prefix('-').unwrap_or(name).trim_matches(['"', '\'']);
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn told(command: &str) -> String {
    const MOST: usize = 60;
    if command.chars().count() <= MOST {
        return command.to_owned();
    }
    let begun: String = command.chars().take(MOST).collect();
    format!("{begun}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_buildkit_can_do_is_found_before_anything_is_built() {
        let told = |text: &str| needed(text).unwrap_or_default();
        let cases = [
            ("# syntax=docker/dockerfile:1\nFROM a\nRUN true\n", ""),
            (
                "FROM a\nRUN --mount=type=cache,target=/x true\n",
                "line 2: RUN --mount=type=cache,target=/x true",
            ),
            (
                "FROM a\n\nrun \\\n  # why\n  --mount=type=secret,id=x \\\n  true\n",
                "line 3: run --mount=type=secret,id=x true",
            ),
            ("FROM a\nRUN <<EOF\necho x\nEOF\n", "line 2: RUN <<EOF"),
            ("FROM a\nRUN python3 <<-\"EOF\"\nprint()\nEOF\n", "line 2: RUN python3 <<-\"EOF\""),
            ("FROM a\nCOPY <<EOF /etc/x\nx\nEOF\n", "line 2: COPY <<EOF /etc/x"),
            ("FROM a\nCOPY --chmod=755 a b\n", "line 2: COPY --chmod=755 a b"),
            ("FROM a\nCOPY --from=build --link a b\n", "line 2: COPY --from=build --link a b"),
            ("FROM a AS build\nCOPY --from=build --chown=1000 a b\n", ""),
            (
                "FROM a\nRUN echo --mount=no\n# RUN --mount=type=cache true\nRUN x << 2\nRUN y<<z\n",
                "",
            ),
            ("FROM a\nRUN true \\", ""),
        ];
        for (dockerfile, expected) in cases {
            assert_eq!(told(dockerfile), expected, "{dockerfile}");
        }
    }
}

//! Who may import whom: the table of docs/architecture.md, checked against the source.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// A module and the modules of this crate that it may name.
const TABLE: [(&str, &[&str]); 15] = [
    ("domain", &[]),
    ("redact", &[]),
    ("config", &["domain", "redact"]),
    ("prompts", &["domain", "redact"]),
    ("project", &["domain", "redact"]),
    ("manifests", &["domain", "redact", "project"]),
    ("fallbacks", &["domain", "redact"]),
    ("diagnostics", &["domain", "redact"]),
    ("transcripts", &["domain", "redact"]),
    ("adapters", &["domain", "redact", "transcripts"]),
    (
        "stages",
        &[
            "domain",
            "config",
            "prompts",
            "project",
            "manifests",
            "fallbacks",
            "diagnostics",
            "transcripts",
        ],
    ),
    ("flow", &["domain", "stages"]),
    (
        "app",
        &[
            "domain",
            "redact",
            "config",
            "prompts",
            "project",
            "manifests",
            "fallbacks",
            "diagnostics",
            "transcripts",
            "adapters",
            "stages",
            "flow",
        ],
    ),
    ("front", &["domain", "transcripts", "flow", "app"]),
    ("main", &["front"]),
];

/// Crates that only these modules may name.
const KEPT: [(&str, &[&str]); 11] = [
    ("kube", &["adapters"]),
    ("bollard", &["adapters"]),
    ("async_openai", &["adapters"]),
    ("rusqlite", &["adapters"]),
    ("hyper", &["adapters"]),
    ("k8s_openapi", &["adapters", "diagnostics", "manifests"]),
    ("clap", &["front"]),
    ("clap_complete", &["front"]),
    ("rustyline", &["front"]),
    ("console", &["front"]),
    ("crossterm_winapi", &["front"]),
];

struct Source {
    path: PathBuf,
    /// Path below `src`, split, without `.rs` and `mod`.
    module: Vec<String>,
    /// Code without comments and the test module at the end.
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let relative = path.strip_prefix(&root).unwrap().with_extension("");
                let mut module: Vec<String> = relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
                module.retain(|part| part != "mod");
                let code = code_of(&fs::read_to_string(&path).unwrap());
                found.push(Source { path, module, code });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn code_of(text: &str) -> String {
    // A test module that stands in a file of its own ends in a semicolon and ends nothing here.
    let tests = text.match_indices("#[cfg(test)]\nmod ").find(|(at, start)| {
        let rest = &text[at + start.len()..];
        rest.lines().next().is_some_and(|line| line.ends_with('{'))
    });
    let text = tests.map_or(text, |(at, _)| &text[..at]);
    text.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Paths into this crate, from its root, that begin with `crate::` or `super::`, each branch of `{…}` on its own.
fn named_paths(source: &Source) -> BTreeSet<Vec<String>> {
    let begins = |at: usize| !source.code[..at].ends_with(|c: char| c.is_alphanumeric() || "_$:".contains(c));
    let mut paths = BTreeSet::new();
    for (at, start) in source.code.match_indices("crate::").filter(|(at, _)| begins(*at)) {
        paths.extend(branches(&source.code[at + start.len()..]));
    }
    for (at, _) in source.code.match_indices("super::").filter(|(at, _)| begins(*at)) {
        let rest = &source.code[at..];
        let inner = rest.trim_start_matches("super::");
        let up = (rest.len() - inner.len()) / "super::".len();
        let above = &source.module[..source.module.len().saturating_sub(up)];
        paths.extend(branches(inner).into_iter().map(|branch| [above.to_vec(), branch].concat()));
    }
    paths
}

/// `a::{b, c::d}` gives `a::b` and `a::c::d`.
fn branches(rest: &str) -> Vec<Vec<String>> {
    let head: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let after = &rest[head.len()..];
    if let Some(group) = rest.strip_prefix('{') {
        return parts(group).into_iter().flat_map(|part| branches(part.trim())).collect();
    }
    match after.strip_prefix("::") {
        Some(deeper) if deeper.starts_with('{') || deeper.starts_with(|c: char| c.is_alphabetic()) => branches(deeper)
            .into_iter()
            .map(|branch| [vec![head.clone()], branch].concat())
            .collect(),
        _ => vec![vec![head]],
    }
}

/// The parts between the commas of a group, up to its end.
fn parts(group: &str) -> Vec<&str> {
    let (mut depth, mut from, mut parts) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                parts.push(&group[from..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&group[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// `a::b` gives `a`; `{a::b, c::{d, e}}` gives `a` and `c`.
fn heads(rest: &str) -> Vec<String> {
    let identifier = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = rest.strip_prefix('{') else {
        return vec![identifier(rest)];
    };
    let mut depth = 0;
    let mut heads = Vec::new();
    let mut start = true;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => start = true,
            c if start && depth == 0 && !c.is_whitespace() => {
                heads.push(identifier(&group[at..]));
                start = false;
            }
            _ => {}
        }
    }
    heads
}

fn names_crate(code: &str, name: &str) -> bool {
    code.match_indices(&format!("{name}::"))
        .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
}

fn complain(broken: &[String]) {
    assert!(
        broken.is_empty(),
        "the architecture is broken in {} places:\n{}",
        broken.len(),
        broken.join("\n")
    );
}

#[test]
fn paths_are_found_however_they_are_written() {
    let source = Source {
        path: PathBuf::new(),
        module: ["stages", "verify", "sight"].map(str::to_owned).to_vec(),
        code: code_of(
            "#[cfg(test)]\nmod tests;\nuse super::{feeds::Subject, tracked};\nuse crate::{\n    domain::{a, b::C},\n    stages,\n};\nfn f() { super::super::survey::look(); }\n#[cfg(test)]\nmod inner {\nuse crate::front;\n}",
        ),
    };
    let found: Vec<String> = named_paths(&source).into_iter().map(|path| path.join("::")).collect();
    assert_eq!(
        found,
        [
            "domain::a",
            "domain::b::C",
            "stages",
            "stages::survey::look",
            "stages::verify::feeds::Subject",
            "stages::verify::tracked",
        ]
    );
}

#[test]
fn modules_name_only_what_lies_below_them() {
    let mut broken = Vec::new();
    for source in sources() {
        let Some(top) = source.module.first().filter(|top| *top != "lib") else {
            continue;
        };
        let Some((_, allowed)) = TABLE.iter().find(|(module, _)| module == top) else {
            broken.push(format!("{}: the module {top} is in no row of the table", source.path.display()));
            continue;
        };
        let named: BTreeSet<String> = named_paths(&source)
            .into_iter()
            .filter_map(|path| path.into_iter().next())
            .collect();
        for named in named {
            if named != *top && !allowed.contains(&named.as_str()) {
                broken.push(format!("{}: names crate::{named}", source.path.display()));
            }
        }
    }
    complain(&broken);
}

#[test]
fn stages_do_not_name_each_other() {
    let mut broken = Vec::new();
    for source in sources()
        .iter()
        .filter(|source| source.module.len() > 1 && source.module[0] == "stages")
    {
        for path in named_paths(source) {
            let [top, stage, ..] = path.as_slice() else { continue };
            if top == "stages" && *stage != source.module[1] {
                broken.push(format!("{}: names stages::{stage}", source.path.display()));
            }
        }
    }
    complain(&broken);
}

#[test]
fn the_domain_stands_on_three_crates() {
    let allowed = ["std", "serde", "serde_json", "jiff", "crate", "super", "self"];
    let mut broken = Vec::new();
    for source in sources().iter().filter(|source| source.module[0] == "domain") {
        for line in source
            .code
            .lines()
            .map(str::trim)
            .filter_map(|line| line.strip_prefix("pub use ").or_else(|| line.strip_prefix("use ")))
        {
            let head = heads(line).remove(0);
            if !allowed.contains(&head.as_str()) && !source.code.contains(&format!("mod {head};")) {
                broken.push(format!("{}: names {head}", source.path.display()));
            }
        }
    }
    complain(&broken);
}

#[test]
fn crates_that_touch_the_world_stay_in_their_module() {
    let mut broken = Vec::new();
    for source in sources() {
        for (name, modules) in KEPT {
            if names_crate(&source.code, name) && !modules.contains(&source.module[0].as_str()) {
                broken.push(format!(
                    "{}: names {name}, which belongs to {}",
                    source.path.display(),
                    modules.join(", ")
                ));
            }
        }
        if source.module[0] != "adapters" && source.code.contains("process::Command") {
            broken.push(format!("{}: starts a child process", source.path.display()));
        }
    }
    complain(&broken);
}

#[test]
fn only_the_front_prints() {
    let mut broken = Vec::new();
    for source in sources().iter().filter(|source| source.module[0] != "front") {
        for print in ["println!", "eprintln!", "print!(", "eprint!(", "io::stdout()", "io::stderr()"] {
            if source.code.contains(print) {
                broken.push(format!("{}: {print}", source.path.display()));
            }
        }
    }
    complain(&broken);
}

#[test]
fn approval_is_given_in_the_flow_alone() {
    let mut broken = Vec::new();
    for source in sources().iter().filter(|source| source.module != ["flow"]) {
        if source.code.contains("Approved::by(") || source.code.contains("Approved::<") {
            broken.push(format!("{}: makes an Approved", source.path.display()));
        }
    }
    complain(&broken);
}

#[test]
fn files_stay_readable() {
    let long: Vec<String> = sources()
        .iter()
        .map(|source| (source, fs::read_to_string(&source.path).unwrap().lines().count()))
        .filter(|(_, lines)| *lines > 400)
        .map(|(source, lines)| format!("{}: {lines} lines", source.path.display()))
        .collect();
    complain(&long);
}

#[test]
fn the_project_speaks_of_itself_alone() {
    let words = ["/work/", "/root/", "CEO", "helper-", "session's developer"];
    let mut broken = Vec::new();
    for source in sources() {
        let text = fs::read_to_string(&source.path).unwrap();
        broken.extend(
            words
                .iter()
                .filter(|word| text.contains(**word))
                .map(|word| format!("{}: {word}", source.path.display())),
        );
    }
    complain(&broken);
}

//! The prompts of this program, as they are sent with the examples that stand in them.

use std::{fs, path::Path};

use todo_agent::{prompts::Prompts, redact::Redactor};

/// A prompt without its file here, or a file here without its prompt, is found by the list.
#[test]
fn every_prompt_is_what_its_golden_file_says() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/prompts");
    let prompts = Prompts::load(&[], &[]).unwrap();
    let mut names = Vec::new();
    for entry in prompts.entries().unwrap() {
        let prompt = prompts.example(&entry.tool, &entry.purpose).unwrap();
        let name = format!("{}/{}.v{}.txt", entry.tool, entry.purpose, entry.version);
        assert_eq!(prompt.text, fs::read_to_string(golden.join(&name)).unwrap_or_default(), "{name}");
        names.push(name);
    }
    let mut there = Vec::new();
    for tool in fs::read_dir(&golden).unwrap() {
        let tool = tool.unwrap();
        for file in fs::read_dir(tool.path()).unwrap() {
            let (tool, file) = (tool.file_name(), file.unwrap().file_name());
            there.push(format!("{}/{}", tool.to_string_lossy(), file.to_string_lossy()));
        }
    }
    there.sort();
    assert_eq!(names, there);
}

/// What looks like a secret is sent to nobody: none of our own words may.
#[test]
fn nothing_in_a_prompt_looks_like_a_secret() {
    let prompts = Prompts::load(&[], &[]).unwrap();
    for entry in prompts.entries().unwrap() {
        let prompt = prompts.example(&entry.tool, &entry.purpose).unwrap();
        assert_eq!(Redactor::default().text(&prompt.text), prompt.text);
    }
}

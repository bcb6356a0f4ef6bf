use super::*;

fn own(text: &str) -> (String, Vec<String>) {
    let read = [("kubectl-ai/question.md".to_owned(), "mine.md".to_owned(), text.to_owned())];
    match Prompts::load(&[], &read) {
        Ok(prompts) => (prompts.example("kubectl-ai", "question").unwrap().text, Vec::new()),
        Err(failure) => (failure.what, failure.hints),
    }
}

fn filled_with(values: &[(&str, Value)]) -> std::result::Result<String, String> {
    let read = [(
        "kubectl-ai/change.md".to_owned(),
        "mine.md".to_owned(),
        "---\nversion: 7\nabout: mine\n---\n{title} in {namespace}: {changes} ({commands}) {not a variable} {}\n".to_owned(),
    )];
    let prompts = Prompts::load(&[], &read).unwrap();
    prompts
        .fill("kubectl-ai", "change", values)
        .map(|prompt| prompt.text)
        .map_err(|failure| failure.what)
}

fn values() -> Vec<(&'static str, Value)> {
    vec![
        ("title", "scale {namespace}".into()),
        ("namespace", "todo".into()),
        ("changes", vec!["a {title}".to_owned(), "b".to_owned()].into()),
        ("commands", Vec::new().into()),
    ]
}

#[test]
fn values_are_filled_in_once_and_are_no_templates_themselves() {
    let expected = "scale {namespace} in todo: - a {title}\n- b (- (none)) {not a variable} {}\n";
    assert_eq!(filled_with(&values()), Ok(expected.to_owned()));
}

#[test]
fn a_variable_that_is_missing_unknown_or_of_another_type_is_an_error() {
    let with = |name: &'static str, value: Value| {
        let mut all = values();
        all.retain(|(it, _)| *it != name);
        all.push((name, value));
        filled_with(&all).unwrap_err()
    };
    let mut fewer = values();
    fewer.remove(0);
    let told = [
        filled_with(&fewer).unwrap_err(),
        with("colour", "red".into()),
        with("title", "two\nlines".into()),
        with("namespace", "to do".into()),
        with("namespace", Vec::new().into()),
        with("changes", "one".into()),
        with("changes", vec!["\u{1b}[2J".to_owned()].into()),
        with("title", "scale\u{e0041}".into()),
    ];
    let expected = [
        "mine.md: the variable `title` has no value",
        "mine.md: there is no variable `colour`",
        "mine.md: the variable `title` is not one line",
        "mine.md: the variable `namespace` is no name",
        "mine.md: the variable `namespace` must be one text",
        "mine.md: the variable `changes` must be a list",
        "mine.md: the variable `changes` has a line that is more than one",
        "mine.md: the variable `title` is not one line",
    ];
    assert_eq!(told, expected);
}

#[test]
fn somebodys_own_prompt_takes_the_place_of_ours_and_its_mistakes_are_told_with_their_line() {
    let head = "---\nversion: 2\nabout: mine\n---\n";
    assert_eq!(
        own(&format!("{head}\n{{request}}!\n")),
        ("why is the backend slow?!\n".to_owned(), vec![])
    );
    assert_eq!(
        own(&format!("{head}\none\n{{reqest}}\n")),
        (
            "mine.md:7: unknown variable `{reqest}`".to_owned(),
            vec!["Variables are: `{namespace}`, `{request}`".to_owned()]
        )
    );
    assert_eq!(own("hello").0, "mine.md:1: the first line must be `---`");
    assert_eq!(own("---\nversion: 1\n").0, "mine.md:1: the second `---` is missing");
    assert!(own("---\nversion: one\nabout: x\n---\n").0.starts_with("mine.md:2: "));
    let other = [("gordon/change.md".to_owned(), "other.md".to_owned(), head.to_owned())];
    let failure = Prompts::load(&[], &other).unwrap_err();
    assert_eq!(failure.what, "other.md: nothing sends a prompt of this name");
}

#[test]
fn a_folder_of_the_user_is_read_and_what_is_no_prompt_in_it_is_not() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("kubectl-ai")).unwrap();
    std::fs::write(folder.path().join("notes.md"), "mine").unwrap();
    std::fs::write(folder.path().join("kubectl-ai/.DS_Store"), [0, 255]).unwrap();
    std::fs::write(
        folder.path().join("kubectl-ai/task.md"),
        "---\nversion: 9\nabout: mine\n---\n{request}\n",
    )
    .unwrap();
    let prompts = Prompts::load(&[PathBuf::from("/does/not/exist"), folder.path().to_owned()], &[]).unwrap();
    let versions: Vec<_> = prompts
        .entries()
        .unwrap()
        .into_iter()
        .map(|entry| (entry.purpose, entry.version))
        .collect();
    let expected = [("change", 1), ("propose", 1), ("question", 1), ("task", 9)].map(|(purpose, version)| (purpose.to_owned(), version));
    assert_eq!(versions, expected);
}

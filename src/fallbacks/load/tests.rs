use super::*;

fn failure(text: &str) -> (String, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.yaml"), text).unwrap();
    let failure = Playbooks::load(&[folder.path().to_owned()]).unwrap_err();
    let what = failure
        .what
        .replace(&folder.path().join("mine.yaml").display().to_string(), "mine.yaml");
    (what, failure.hints)
}

fn said(what: &str, hint: &str) -> (String, Vec<String>) {
    (what.to_owned(), vec![hint.to_owned()])
}

#[test]
fn the_builtin_playbooks_load_and_a_missing_folder_is_none() {
    let playbooks = Playbooks::load(&[PathBuf::from("/does/not/exist")]).unwrap();
    assert!(playbooks.get("scale").is_some());
    for domain in [Domain::Kubernetes, Domain::Docker] {
        compiled(domain, &[]).unwrap();
    }
}

#[test]
fn what_is_prepared_is_what_the_files_say_and_passes_the_check() {
    let prepared = Playbooks::load(&[]).unwrap();
    let files: Vec<(String, String)> = BUILTIN
        .files()
        .filter(|file| is_playbook(file.path()))
        .map(|file| (file.path().display().to_string(), file.contents_utf8().unwrap_or_default()))
        .map(|(name, text)| (name, text.split_once("\ncases:").map_or(text, |(before, _)| before).to_owned()))
        .collect();
    let read = Playbooks::load_with(&[], &files).unwrap();
    let told = |playbooks: &Playbooks| {
        let mut all: Vec<String> = playbooks.all().map(|playbook| format!("{playbook:#?}")).collect();
        all.sort();
        all
    };
    assert_eq!(told(&prepared).len(), files.len());
    assert!(
        told(&prepared) == told(&read),
        "the YAML of a playbook and its JSON are read differently"
    );
}

#[test]
fn a_users_playbook_replaces_the_builtin_of_its_intent() {
    let folder = tempfile::tempdir().unwrap();
    let text = "intent: restart\nsummary: Mine\nrisk: change\nphrases: [night mode]\nsteps:\n  - scale: {workload: todo-backend, replicas: 1}\nverify:\n  - available: {workload: todo-backend}\n";
    std::fs::write(folder.path().join("mine.yaml"), text).unwrap();
    let playbooks = Playbooks::load(&[folder.path().to_owned()]).unwrap();
    assert_eq!(playbooks.get("restart").unwrap().summary, "Mine");
    assert_eq!(playbooks.iter().filter(|playbook| playbook.name == "restart").count(), 1);
}

#[test]
fn a_mistake_is_told_with_file_line_and_suggestion() {
    let head = "intent: night\nsummary: Quiet\nrisk: change\nphrases: [night mode]\n";
    assert_eq!(
        failure(&format!("{head}stebs: []\n")),
        said("mine.yaml:5: unknown key `stebs`", "did you mean `steps`?")
    );
    assert_eq!(
        failure(&format!(
            "{head}steps:\n  - scale:\n      workload: todo-backend\n      replica: 1\n"
        )),
        said("mine.yaml:8: unknown key of step `replica`", "did you mean `replicas`?")
    );
    assert_eq!(
        failure(&format!("{head}steps:\n  - scael: {{ workload: todo-backend, replicas: 1 }}\n")),
        said("mine.yaml:6: unknown step `scael`", "did you mean `scale`?")
    );
    assert_eq!(
        failure(&format!(
            "{head}steps:\n  - scale: {{ workload: \"{{worklod}}\", replicas: 1 }}\nslots:\n  workload: {{ type: workload }}\n"
        )),
        said("mine.yaml:6: unknown slot `worklod`", "did you mean `workload`?")
    );
    assert_eq!(
        failure(&format!("{head}steps:\n  - scale: {{ workload: todo-backend, replicas: 1 }}\n")),
        said(
            "mine.yaml:3: a playbook that changes something must say how one knows that it worked",
            "add `verify:` with at least one condition, such as `- available: { workload: \"{workload}\" }`"
        )
    );
    assert_eq!(
        failure("intent: night\nsummary: Quiet\nrisk: read\nphrases: [night mode]\nsteps:\n  - restart: { workload: todo-backend }\n"),
        said(
            "mine.yaml:3: the risk of restart is higher than this playbook says",
            "write `risk: change`"
        )
    );
}

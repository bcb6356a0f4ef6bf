//! Objects that are made and taken away, as a user sees it.

use crate::run::{Home, seen};

const VERIFIED: &str = "Verified on the embedded (simulated) cluster.\n";
const SIMULATED: &str = "Embedded cluster, simulated: nothing real is touched.\n";

/// What must stand nowhere but in the cluster and in what takes a change back.
const SECRET: &str = "correct-horse-battery";
const ENCODED: &str = "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5";

#[test]
fn a_namespace_is_not_deleted_with_a_yes_alone() {
    let home = Home::new();
    assert_eq!(home.run(&["-y", "create namespace staging"]).code, 0);
    let preview = "\n  delete namespace/staging                            embedded · default\n  - namespace/staging\n    All that is in a namespace goes with it, and is not kept.\n    cannot be taken back\n";
    let refusal = "error: staging will be taken away: --yes does not allow that\n  add `--allow-destroy staging`\n";
    assert_eq!(
        home.run(&["-y", "delete namespace staging"]),
        seen(3, preview, &format!("{SIMULATED}{refusal}"))
    );
    let done = home.run(&["-y", "--allow-destroy", "staging", "delete namespace staging"]);
    assert!(done.code == 0 && done.out.ends_with(VERIFIED), "{done:?}");
    assert!(!home.run(&["list namespaces"]).out.contains("staging"));
}

#[test]
fn the_values_of_a_secret_are_shown_and_recorded_nowhere() {
    let home = Home::new();
    home.write("prod.env", &format!("# neon\nexport DB_PASSWORD=\"{SECRET}\"\nMODE=live\n"));
    for form in ["text", "json", "jsonl"] {
        let name = format!("create secret db-{form} from prod.env");
        for options in [&["--dry-run"][..], &["-y"]] {
            let told = home.run(&[options, &["-v", "--output", form, &name]].concat());
            assert_eq!(told.code, 0, "{told:?}");
            assert!(
                ![SECRET, ENCODED]
                    .iter()
                    .any(|value| told.out.contains(value) || told.err.contains(value)),
                "{told:?}"
            );
        }
    }
    let shown = home.run(&["--dry-run", "create secret db from prod.env"]);
    let diff = "  create secret/db                                    embedded · default\n  + kind: Secret\n  + apiVersion: v1\n  + metadata:\n  +   name: db\n  +   namespace: default\n  + type: Opaque\n  + data:\n  +   DB_PASSWORD: •••\n  +   MODE: •••\n";
    assert!(shown.out.contains(diff), "{}", shown.out);
    let mut folders = vec![home.path().join("state/todo-agent/transcripts")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            assert!(!text.contains(SECRET) && !text.contains(ENCODED), "{}", path.display());
        }
    }
}

#[test]
fn a_secret_is_not_taken_from_the_command_line() {
    let home = Home::new();
    assert_eq!(
        home.run(&["-y", "kubectl create secret generic db --from-literal=mode=live"]),
        seen(
            3,
            "",
            &format!(
                "{SIMULATED}error: the value of mode would stand on the command line, where others can read it\n  put it into a file of NAME=value lines: create secret … from .env\n  or into the environment: create secret … from environment NAME\n"
            )
        )
    );
}

#[test]
fn what_was_made_is_taken_back_unless_somebody_changed_it_since() {
    let home = Home::new();
    assert_eq!(home.run(&["-y", "create deployment web2 with image nginx:1.27"]).code, 0);
    let undone = home.run(&["-y", "undo"]);
    assert!(undone.code == 0 && undone.out.ends_with(VERIFIED), "{undone:?}");
    assert!(!home.run(&["list deployments"]).out.contains("web2"));

    assert_eq!(home.run(&["-y", "create deployment web2 with image nginx:1.27"]).code, 0);
    let id = made(&home);
    assert_eq!(home.run(&["-y", "scale web2 to 2"]).code, 0);
    let refused = home.run(&["-y", "undo", &id]);
    let what = "error: spec.replicas of deployment/web2 was changed since we made it: to take it away would lose that\n";
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains(what), "{}", refused.err);
}

/// The id of the record of the deployment that was made.
fn made(home: &Home) -> String {
    let all = std::fs::read_dir(home.path().join("state/todo-agent/undo")).unwrap();
    let open = all.map(|entry| entry.unwrap().path()).find(|path| {
        let text = std::fs::read_to_string(path).unwrap();
        text.contains("create deployment") && text.contains("\"undone\": false")
    });
    open.unwrap().file_stem().unwrap().to_string_lossy().into_owned()
}

#[test]
fn what_was_deleted_is_made_again() {
    let home = Home::new();
    for (request, there) in [
        ("delete service todo-backend", "describe service todo-backend"),
        ("delete deployment todo-frontend", "describe deployment todo-frontend"),
    ] {
        assert_eq!(home.run(&["-y", request]).code, 0, "{request}");
        assert_ne!(home.run(&[there]).code, 0, "{there}");
        let undone = home.run(&["-y", "undo"]);
        assert!(undone.code == 0 && undone.out.ends_with(VERIFIED), "{undone:?}");
        assert_eq!(home.run(&[there]).code, 0, "{there}");
    }
}

#[test]
fn an_object_of_the_same_name_is_not_replaced() {
    let home = Home::new();
    let refused = home.run(&["-y", "expose backend on port 80"]);
    let told = "error: service/todo-backend is there already in namespace default: nothing was changed\n";
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains(told), "{}", refused.err);
}

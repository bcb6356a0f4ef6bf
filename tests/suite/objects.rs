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
    let mut folders = vec![home.state().join("transcripts")];
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
    let all = std::fs::read_dir(home.state().join("undo")).unwrap();
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

/// A service and its deployment, in two files.
fn folder(home: &Home, replicas: u32) {
    let deployment = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web2}}\nspec:\n  replicas: {replicas}\n  selector: {{matchLabels: {{app: web2}}}}\n  template:\n    metadata: {{labels: {{app: web2}}}}\n    spec:\n      containers: [{{name: web, image: \"nginx:1.27\"}}]\n"
    );
    home.write("k8s/web.yaml", &deployment);
    home.write(
        "k8s/service.yaml",
        "apiVersion: v1\nkind: Service\nmetadata: {name: web2}\nspec: {selector: {app: web2}, ports: [{port: 80}]}\n",
    );
    home.write("k8s/notes.txt", "not an object");
}

#[test]
fn a_folder_is_applied_compared_and_taken_back() {
    let home = Home::new();
    folder(&home, 2);
    let applied = home.run(&["-y", "apply k8s/"]);
    assert!(
        applied.code == 0 && applied.out.contains("  ✓ service/web2: applied\n  ✓ deployment/web2: applied\n"),
        "{applied:?}"
    );
    let again =
        "\n  apply k8s/                                          embedded · default\n    nothing to change: it is that way already\n";
    let again = format!(
        "{again}\n  ✓ 2 of 2 replicas available\nNothing to change: it is that way already, and verified on the embedded (simulated) cluster.\n"
    );
    let seen_again = home.run(&["-y", "apply k8s/"]);
    assert_eq!((seen_again.code, seen_again.out), (0, again));

    folder(&home, 3);
    let difference = "\n  difference of k8s/                                  embedded · default\n    service/web2\n    unchanged\n    deployment/web2\n    replicas  2 → 3\n";
    assert_eq!(
        home.run(&["diff k8s/"]),
        seen(0, difference, &format!("{SIMULATED}Preview only: nothing was changed.\n"))
    );
    assert_eq!(home.run(&["-y", "kubectl apply -f k8s/web.yaml"]).code, 0);
    assert_eq!(home.run(&["-y", "undo"]).code, 0);
    assert!(home.run(&["diff k8s/"]).out.contains("    replicas  2 → 3\n"));
}

#[test]
fn a_file_that_is_no_object_is_told_by_its_name() {
    let home = Home::new();
    home.write("broken.yaml", "a: [\n");
    home.write("foreign.yaml", "apiVersion: x.io/v1\nkind: Foo\nmetadata: {name: a}\n");
    home.write("template.yaml", "kind: {{ .Values.kind }}\n");
    home.write(
        "named.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"{{ .Release.Name }}\"}\n",
    );
    home.write("wrong.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nspec: {b: c}\n");
    home.write("chart/Chart.yaml", "name: todo\n");
    for (file, code, told) in [
        ("broken.yaml", 2, "error: broken.yaml cannot be read as YAML or JSON\n"),
        ("foreign.yaml", 1, "error: foreign.yaml: the cluster serves no Foo of x.io/v1\n"),
        ("template.yaml", 2, "error: template.yaml is a template, and no object yet\n"),
        ("named.yaml", 2, "error: named.yaml is a template, and no object yet\n"),
        ("nowhere.yaml", 2, "error: there is no file nowhere.yaml here\n"),
        ("chart/", 2, "error: chart/ is a Helm chart, and no folder of objects\n"),
        (
            "wrong.yaml",
            1,
            "error: configmap/a is not what the cluster takes: .spec: field not declared in schema\n",
        ),
    ] {
        let refused = home.run(&["-y", &format!("apply {file}")]);
        assert!(refused.code == code && refused.err.contains(told), "{file}: {refused:?}");
    }
}

/// Rules, dashboards and workflows keep templates of their own as text.
#[test]
fn an_object_that_holds_a_template_is_none() {
    let home = Home::new();
    home.write(
        "rule.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: rule}\ndata:\n  text: '{{ $labels.pod }} is down'\n",
    );
    let applied = home.run(&["-y", "apply rule.yaml"]);
    assert_eq!(applied.code, 0, "{applied:?}");
    assert!(
        home.run(&["kubectl get configmap rule -o json"])
            .out
            .contains("{{ $labels.pod }} is down")
    );
}

#[test]
fn an_object_of_the_same_name_is_not_replaced() {
    let home = Home::new();
    let refused = home.run(&["-y", "expose backend on port 80"]);
    let told = "error: service/todo-backend is there already in namespace default: nothing was changed\n";
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains(told), "{}", refused.err);
}

#[test]
fn what_takes_its_volume_claims_along_is_not_said_to_come_back() {
    let home = Home::new();
    home.write(
        "db.yaml",
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec:\n  replicas: 1\n  serviceName: db\n  selector: {matchLabels: {app: db}}\n  persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete, whenScaled: Retain}\n  template: {metadata: {labels: {app: db}}, spec: {containers: [{name: db, image: 'nginx:1.27'}]}}\n  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]\n",
    );
    let made = home.run(&["-y", "apply db.yaml"]);
    assert_eq!(made.code, 0, "{made:?}");
    let preview = "\n  delete statefulset/db                               embedded · default\n  - statefulset/db\n    its pod goes with it\n    its volume claims (data) go with it, and what is stored in them is lost: it says so itself (persistentVolumeClaimRetentionPolicy)\n    cannot be taken back\n";
    let refusal = "error: db will be taken away: --yes does not allow that\n  add `--allow-destroy db`\n";
    assert_eq!(
        home.run(&["-y", "delete statefulset/db"]),
        seen(3, preview, &format!("{SIMULATED}{refusal}"))
    );
    let done = home.run(&["-y", "--allow-destroy", "db", "delete statefulset/db"]);
    assert!(done.code == 0 && done.out.ends_with(VERIFIED), "{done:?}");
    let undo = home.run(&["-y", "undo"]);
    assert!(
        undo.code != 0 && undo.err.contains("what is stored in them is not kept"),
        "{undo:?}"
    );
}

#[test]
fn a_file_for_another_namespace_than_the_one_that_stands_beside_the_request_is_not_applied() {
    let home = Home::new();
    home.write(
        "flags.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: flags, namespace: elsewhere}\n",
    );
    let refusal = "error: flags.yaml: configmap/flags is for the namespace \"elsewhere\", and \"default\" was asked for\n  leave `-n default` away, or take `namespace: elsewhere` out of the file; nothing was changed\n";
    for args in [
        &["-y", "-n", "default", "apply flags.yaml"][..],
        &["-y", "apply flags.yaml -n default"],
    ] {
        assert_eq!(home.run(args), seen(2, "", &format!("{SIMULATED}{refusal}")), "{args:?}");
    }
}

#[test]
fn what_the_server_chooses_anew_is_not_shown_beforehand() {
    let home = Home::new();
    let chosen = |seen: &crate::run::Seen| ["clusterIP", "nodePort"].map(|field| seen.out.contains(field));
    let shown = home.run(&[
        "--dry-run",
        "kubectl expose deployment todo-backend --port=80 --type=NodePort --name=public-backend",
    ]);
    assert_eq!((shown.code, chosen(&shown)), (0, [false, false]), "{shown:?}");
    let wished = "apiVersion: v1\nkind: Service\nmetadata: {name: fixed}\nspec: {type: NodePort, clusterIP: 10.96.7.7, selector: {app: x}, ports: [{port: 80, nodePort: 30123}]}\n";
    home.write("fixed.yaml", wished);
    let shown = home.run(&["--dry-run", "apply fixed.yaml"]);
    assert_eq!((shown.code, chosen(&shown)), (0, [true, true]), "{shown:?}");
    assert_eq!(home.run(&["-y", "expose backend on port 80 named public-backend"]).code, 0);
    assert_eq!(home.run(&["-y", "delete service public-backend"]).code, 0);
    // What is given back is not chosen anew.
    let shown = home.run(&["--dry-run", "undo"]);
    assert_eq!((shown.code, chosen(&shown)), (0, [true, false]), "{shown:?}");
}

#[test]
fn a_change_that_is_said_twice_in_a_row_is_one() {
    let home = Home::new();
    let told = home.run(&["-y", "scale the backend to 3, and scale backend to 3"]);
    assert_eq!(
        (told.code, told.out.matches("scale deployment/todo-backend").count()),
        (0, 1),
        "{told:?}"
    );
    let told = home.run(&["-y", "scale backend to 1 and then scale backend to 2"]);
    assert_eq!(told.code, 2, "{told:?}");
}

#[test]
fn to_the_latest_revision_there_is_no_way_back() {
    let home = Home::new();
    let told = home.run(&["-y", "roll back the backend to revision latest"]);
    let refusal = "error: the latest revision of deployment/todo-backend is the one that is there: there is nothing to go back to\n  Which there are: `todo-agent -n default \"rollout history of deployment/todo-backend\"`\n  To the one before: `todo-agent -n default \"roll back deployment/todo-backend\"`\n";
    assert_eq!(told, seen(2, "", &format!("{SIMULATED}{refusal}")));
}

#[test]
fn what_was_made_is_made_already_when_it_is_asked_for_again() {
    let home = Home::new();
    let script = "create namespace team\ncreate configmap flags with A=1 -n team\ncreate deployment web with image nginx:1.27 -n team\nlabel deployment/web tier=web -n team\n";
    home.write("make.todo", script);
    let first = home.run(&["-y", "run", "make.todo"]);
    assert!(first.code == 0 && first.out.contains("4 requests: 4 done"), "{first:?}");
    let again = home.run(&["-y", "run", "make.todo"]);
    assert!(again.code == 0 && again.out.contains("4 requests: 4 done"), "{again:?}");
    let other = home.run(&["-y", "create configmap flags with A=2 -n team"]);
    assert!(
        other.code == 1
            && other
                .err
                .contains("error: configmap/flags is there already in namespace team: nothing was changed\n"),
        "{other:?}"
    );
}

#[test]
fn what_has_no_containers_or_no_replicas_is_told_to_have_none() {
    let home = Home::new();
    for (request, told) in [
        ("set env LOG_LEVEL=info on configmap/todo-config", "has no containers"),
        ("set the cpu limit of configmap/todo-config to 100m", "has no containers"),
        ("scale configmap/todo-config to 3", "has no replicas: there is nothing to scale"),
    ] {
        let told = format!("{SIMULATED}error: configmap/todo-config {told}\n");
        assert_eq!(home.run(&["-y", request]), seen(1, "", &told), "{request}");
    }
}

//! A rollback of a release, with a stand-in for helm that does to the cluster what helm does.

use std::{fs, os::unix::fs::PermissionsExt};

use super::{Home, SIMULATED, packed, seen};
use crate::run::Seen;

/// What the chart puts on the cluster: two objects, and a third in revision 2 alone.
fn manifest(replicas: u32, level: &str, extra: bool) -> String {
    let deployment = format!(
        "---\n# Source: todo/templates/web.yaml\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: {replicas}\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}}}\n    spec:\n      containers:\n        - name: web\n          image: nginx:1.27\n          resources: {{limits: {{cpu: \"0.1\"}}}}\n"
    );
    let settings = format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings}}\ndata: {{LOG_LEVEL: {level}}}\n");
    let extra = if extra {
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\n"
    } else {
        ""
    };
    format!("{settings}{deployment}{extra}")
}

struct Stage(Home);

impl Drop for Stage {
    fn drop(&mut self) {
        self.0.run(&["cluster", "stop"]);
    }
}

impl Stage {
    /// Revisions 1 and 2, the second on the cluster, which is served.
    fn new() -> Self {
        let home = Home::new();
        let (first, second) = (manifest(1, "info", false), manifest(2, "debug", true));
        let before = [packed(1, "superseded", 1, &first), packed(2, "deployed", 2, &second), second].concat();
        home.write("before.yaml", &before);
        let seen = home.run(&["-y", "apply before.yaml"]);
        assert_eq!(seen.code, 0, "{}", seen.err);
        let stage = Self(home);
        let seen = stage.0.run(&["cluster", "start"]);
        assert_eq!(seen.code, 0, "{}", seen.err);
        stage
    }

    /// A helm that writes down how it was called and does this.
    fn helm(&self, script: &str) {
        let file = self.0.path().join("bin/helm");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let told = "if [ \"$1\" = version ]; then echo v3.19.0+g3d8990f; exit; fi\necho \"$* [$HELM_KUBETOKEN]\" >> calls\n";
        fs::write(&file, format!("#!/bin/sh\n{told}{script}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// What helm does when all goes well: the objects, and then its records.
    fn works(&self, made: u32, before: &str, manifest: &str, gone: &str) {
        let records = [packed(made - 1, "superseded", 2, before), packed(made, "deployed", 4, manifest)].concat();
        self.0.write("after.yaml", &format!("{records}{manifest}"));
        self.helm(&format!("{} || exit 1\n{gone}", ours("apply after.yaml")));
    }

    fn run(&self, args: &[&str]) -> Seen {
        let mut command = self.0.command(args);
        command.env("PATH", format!("{}:/bin:/usr/bin", self.0.path().join("bin").display()));
        command.env("HELM_KUBETOKEN", "somebody-else");
        self.0.finish(command, None)
    }

    fn calls(&self) -> String {
        fs::read_to_string(self.0.work().join("calls")).unwrap_or_default()
    }
}

/// A change by somebody else than who is tested: by the kubeconfig that helm is given, and with a memory of its own.
fn ours(request: &str) -> String {
    let own = env!("CARGO_BIN_EXE_todo-agent");
    format!("{own} --state-dir other --context todo-agent-embedded --allow-remote -y \"{request}\" >/dev/null 2>>err")
}

fn delete(what: &str) -> String {
    ours(&format!("delete {what}"))
}

#[test]
fn a_release_is_rolled_back_by_helm_proved_and_taken_back() {
    let stage = Stage::new();
    stage.works(
        3,
        &manifest(2, "debug", true),
        &manifest(1, "info", false),
        &delete("configmap/extra"),
    );
    let told = stage.run(&["-y", "roll back the helm release todo"]);
    let block = |title: &str, rows: &str| format!("\n  {title}{rows}\n");
    let out = block(
        "roll back release/todo                              embedded · default\n",
        "    release/todo\n    revision  2 → 3\n    configmap/settings\n    data.LOG_LEVEL  debug → info\n    deployment/web\n    replicas  2 → 1\n    configmap/extra\n  - configmap/extra\n    revision 3 becomes what revision 1 was (todo-app-0.1.0, AGO)\n    helm runs job/migrate with it (post-rollback)\n    can be taken back\n",
    );
    let proof = "  ✓ rolled back to revision 1\n  ✓ revision 3 is deployed, as revision 1 was\n  ✓ 1 of 1 replica available\nVerified on the embedded (simulated) cluster. Take it back with `todo-agent undo`.\n";
    assert_eq!(
        timeless(&told),
        seen(
            0,
            &format!("{out}{proof}"),
            &format!("{SIMULATED}Record: DATE-roll-back-the-helm-release\n")
        )
    );
    assert_eq!(
        stage.calls(),
        "rollback todo 1 --namespace default --kube-context todo-agent-embedded --timeout 300s []\n"
    );

    stage.works(4, &manifest(1, "info", false), &manifest(2, "debug", true), "");
    let told = stage.run(&["-y", "undo"]);
    let out = block(
        "take back \"roll back the helm release todo\" on release/todo, configmap/settings, deployment/web, configmap/extra  embedded · default\n",
        "    release/todo\n    revision  3 → 4\n    configmap/settings\n    data.LOG_LEVEL  info → debug\n    deployment/web\n    replicas  1 → 2\n    configmap/extra\n  + apiVersion: v1\n  + kind: ConfigMap\n  + metadata:\n  +   name: extra\n",
    );
    let proof = "  ✓ rolled back to revision 2\n  ✓ revision 4 is deployed, as revision 2 was\n  ✓ 2 of 2 replicas available\nVerified on the embedded (simulated) cluster.\n";
    assert_eq!(
        timeless(&told),
        seen(0, &format!("{out}{proof}"), &format!("{SIMULATED}Record: DATE-undo\n"))
    );
}

/// Without how long ago the records of this test were made, and what was awaited in between.
fn timeless(seen: &Seen) -> Seen {
    let lines = |text: &str| {
        let kept = text.lines().filter(|line| !line.starts_with("  … "));
        kept.map(|line| {
            regex::Regex::new(r"\d+ d ago| +TOOK$")
                .unwrap()
                .replace_all(
                    line,
                    |found: &regex::Captures<'_>| {
                        if found[0].ends_with("ago") { "AGO" } else { "" }
                    },
                )
                .into_owned()
                + "\n"
        })
        .collect()
    };
    Seen {
        code: seen.code,
        out: lines(&seen.out),
        err: lines(&seen.err),
    }
}

#[test]
fn a_release_that_went_on_since_is_not_taken_back() {
    let stage = Stage::new();
    stage.works(
        3,
        &manifest(2, "debug", true),
        &manifest(1, "info", false),
        &delete("configmap/extra"),
    );
    assert_eq!(stage.run(&["-y", "helm rollback todo 1"]).code, 0);
    stage.0.write("later.yaml", &packed(4, "deployed", 5, &manifest(1, "info", false)));
    stage.0.run(&["-y", "apply later.yaml"]);
    let output = stage.0.command(&["transcript", "list"]).output().unwrap();
    let id = String::from_utf8(output.stdout).unwrap();
    let id = id
        .lines()
        .find(|line| line.contains("helm-rollback-todo"))
        .and_then(|line| line.split_whitespace().next());
    let told = stage.run(&["-y", "undo", id.unwrap_or_default()]);
    let refused = "error: release/todo was changed since: our revision is 3, the newest is 4 (Upgrade complete)\n  Look at it: `todo-agent \"helm history todo\"`\n  Or ask for the revision that you want; before our change it was 2.\n";
    assert_eq!(told, seen(1, "", &format!("{SIMULATED}{refused}")));
}

#[test]
fn that_helm_gave_up_is_told_by_its_record() {
    let stage = Stage::new();
    stage.works(3, &manifest(2, "debug", true), &manifest(1, "info", false), "");
    let failed = packed(3, "failed", 4, &manifest(1, "info", false));
    stage.0.write("after.yaml", &failed);
    stage.helm(&format!(
        "{}\necho 'Error: no Secret with the name \"x\" found' >&2\nexit 1",
        ours("apply after.yaml")
    ));
    let told = stage.run(&["-y", "helm rollback todo 1"]);
    let end = "\n  ✓ helm was run\n  ✗ revision 3 is failed: Upgrade complete\n";
    let told = timeless(&told);
    assert!(told.out.ends_with(end), "{}", told.out);
    let words = "helm says: no Secret with the name \"x\" found\nNot done: release/todo: revision 3 is failed: Upgrade complete.\nNext: `todo-agent undo`\nRecord: DATE-helm-rollback-todo-1\n";
    assert_eq!((told.code, told.err), (1, format!("{SIMULATED}{words}")));
    stage.helm("echo 'Error: release: not found' >&2; exit 1");
    let told = stage.run(&["-y", "helm rollback todo 1"]);
    let words = "error: helm did not roll release/todo back: release: not found; nothing was changed\n";
    assert_eq!((told.code, told.err), (1, format!("{SIMULATED}{words}")));
}

#[test]
fn without_helm_or_a_served_cluster_it_is_said_what_is_missing() {
    let stage = Stage::new();
    let refused = stage.run(&["-y", "helm rollback todo 1"]);
    let missing = "error: helm is not on PATH, and releases are changed by helm alone\n  Install it: https://helm.sh/docs/intro/install\n  What can be gone back to: `todo-agent \"helm list\"`, then `todo-agent \"helm history NAME\"`.\n";
    assert_eq!(refused, seen(2, "", &format!("{SIMULATED}{missing}")));
    stage.works(3, &manifest(2, "debug", true), &manifest(1, "info", false), "");
    stage.0.run(&["cluster", "stop"]);
    let refused = stage.run(&["-y", "helm rollback todo 1"]);
    let missing = "error: helm reaches the embedded cluster only while it is served\n  `todo-agent cluster start`, then ask again\n";
    assert_eq!(refused, seen(3, "", &format!("{SIMULATED}{missing}")));
    assert_eq!(stage.calls(), "");
}

#[test]
fn which_revision_is_meant_and_what_is_wrong_with_it_is_told_beforehand() {
    let stage = Stage::new();
    stage.works(3, &manifest(2, "debug", true), &manifest(1, "info", false), "");
    let told = |request: &str| {
        let seen = stage.run(&["--dry-run", request]);
        (seen.code, [seen.out, seen.err].concat().replace(SIMULATED, ""))
    };
    let (code, words) = told("helm rollback todo 7");
    assert_eq!(
        (code, words.as_str()),
        (
            1,
            "error: release/todo has no revision 7\n  kept are: 1, 2\n  `todo-agent \"helm history todo\"`\n"
        )
    );
    let (code, words) = told("helm rollback tod");
    assert_eq!(
        (code, words.as_str()),
        (
            1,
            "error: there is no Helm release \"tod\" in namespace default\n  Did you mean todo?\n  `todo-agent \"helm list -A\"` shows which there are.\n"
        )
    );
    let (code, words) = told("helm rollback todo -n kube-system");
    assert_eq!(
        (code, words.as_str()),
        (
            1,
            "error: there is no Helm release \"todo\" in namespace kube-system\n  There is one in namespace default: add `-n default`.\n  `todo-agent \"helm list -A\"` shows which there are.\n"
        )
    );
    let (code, words) = told("helm rollback todo 2");
    let same = "\n  roll back release/todo to revision 2                embedded · default\n    nothing to change: it is that way already\n\n  ✓ 2 of 2 replicas available\nNothing to change: it is that way already, and verified on the embedded (simulated) cluster.\n";
    assert_eq!((code, words.as_str()), (0, same));
    // Somebody scaled it by hand, and an upgrade was broken off.
    stage.0.run(&["-y", "scale web to 3"]);
    let broken = [
        packed(2, "superseded", 2, &manifest(2, "debug", true)),
        packed(3, "failed", 3, ""),
        packed(4, "pending-upgrade", 4, &manifest(2, "debug", true)),
    ]
    .concat();
    stage.0.write("broken.yaml", &broken);
    stage.0.run(&["-y", "apply broken.yaml"]);
    let told = timeless(&stage.run(&["--dry-run", "helm rollback todo"]));
    let preview = "\n  roll back release/todo                              embedded · default\n    release/todo\n    revision  4 → 5\n    deployment/web\n    replicas  3 → 2\n    revision 5 becomes what revision 2 was (todo-app-0.1.0, AGO)\n    revision 4 is pending-upgrade, begun AGO: see that nobody is at work on it any more; a rollback is the way out of one that was broken off\n    revision 3 is failed and is passed over\n    helm runs job/migrate with it (post-rollback)\n    can be taken back\n";
    assert_eq!(told, seen(0, preview, &format!("{SIMULATED}Preview only: nothing was changed.\n")));
}

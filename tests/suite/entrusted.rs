//! Requests in the hands of kubectl-ai, on the embedded cluster: whatever it does, what was approved is done and nothing else, and
//! what is told is what was seen.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use todo_agent::adapters::sealed::isolation;

use crate::{
    double::{self, KEY, acts, call, command, is, records, scale},
    run::{Home, Seen, seen},
};

const SCALE: &str = "scale backend to 1";

/// The preview of that, done by the tool.
const PREVIEW: &str = "
  scale deployment/todo-backend (“backend”)           embedded · default
    replicas  2 → 1
    it runs isolated: its model is told what it reads, Secrets not among it
    kubectl-ai 0.0.29 does it: the playbook prefers it
    can be taken back

";
const SIMULATED: &str = "Embedded cluster, simulated: nothing real is touched.\n\n";
const AVAILABLE: &str =
    "  ✓ 1 of 1 replica available\nVerified on the embedded (simulated) cluster. Take it back with `todo-agent undo`.\n";
const FINISHED: &str = "  ✓ replicas set to 1\n  ✓ 1 of 1 replica available\nVerified on the embedded (simulated) cluster. Take it back with `todo-agent undo`.\n";
const RECORD: &str = "Record: DATE-scale-backend-to-1\n";
const UNDONE: &str =
    "  kubectl-ai came to its end; the cluster says that replicas of deployment/todo-backend is 2. The built-in engine finishes it.\n";

/// What is seen of a request that the tool was given and the built-in engine finished, between these lines.
fn finished(told: &str) -> Seen {
    seen(0, &format!("{PREVIEW}{FINISHED}"), &format!("{SIMULATED}{told}{RECORD}"))
}

fn run(home: &Home, args: &[&str]) -> Seen {
    let told = double::run(home, args);
    Seen {
        out: told.out.replace(&sees(), ISOLATED),
        ..told
    }
}

const ISOLATED: &str = "it runs isolated: its model";

/// What is said instead where this machine cannot do that.
fn sees() -> String {
    match isolation() {
        isolation if isolation.files && isolation.sockets => format!("it runs {}: its model", isolation.words()),
        isolation => format!("it runs as you, {}; its model", isolation.words()),
    }
}

fn does(script: &Value) -> (Home, Seen) {
    let home = Home::new();
    acts(&home, script);
    let told = run(&home, &["-y", SCALE]);
    (home, told)
}

#[test]
fn what_was_approved_passes_and_is_taken_back_like_any_change() {
    let look = call(
        "kubectl get deploy",
        "GET",
        "/apis/apps/v1/namespaces/default/deployments",
        &Value::Null,
    );
    let (home, told) = does(&json!([{"say": "I look first."}, look, scale(1), {"say": "Done:\nscaled to 1."}]));
    let expected = format!(
        "{SIMULATED}  kubectl-ai › kubectl get deploy                                   read
  kubectl-ai › kubectl scale deployment todo-backend --replicas=1  replicas 2 → 1, as approved
  kubectl-ai says: Done:
    scaled to 1.
{RECORD}"
    );
    assert_eq!(told, seen(0, &format!("{PREVIEW}{AVAILABLE}"), &expected));
    let undone = run(&home, &["-y", "undo"]);
    assert_eq!(undone.code, 0, "{undone:?}");
    assert!(undone.out.contains("replicas  1 → 2"), "{undone:?}");
    let again = run(&home, &["transcript", "check"]);
    assert_eq!(again.code, 0, "{again:?}");
}

#[test]
fn the_record_has_the_prompt_the_commands_the_counts_and_no_key() {
    let (home, _) = does(&json!([scale(1), {"say": format!("My key is {KEY}.")}]));
    let record = records(&home);
    assert!(!record.contains(KEY), "{record}");
    assert!(!record.contains("hunter2"), "{record}");
    let events: Vec<Value> = record.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |name: &str| {
        events
            .iter()
            .find(|event| event["type"] == name)
            .map(|event| event["data"].clone())
            .unwrap()
    };
    let prompt = of("prompted");
    assert_eq!(
        (&prompt["file"], &prompt["version"]),
        (&json!("prompts/kubectl-ai/change.md"), &json!(1))
    );
    let text = prompt["text"].as_str().unwrap();
    assert!(
        text.contains("- deployment/todo-backend in namespace default: spec.replicas from 2 to 1\n")
            && text.contains("- kubectl scale deployment/todo-backend --replicas=1 -n default\n"),
        "{text}"
    );
    let work = of("worked");
    assert_eq!(work["said"], "My key is ‹redacted:GEMINI_API_KEY›.");
    assert_eq!(work["commands"][0]["command"], "kubectl scale deployment todo-backend --replicas=1");
    assert_eq!((&work["model_read"], &work["model_wrote"]), (&json!(1200), &json!(30)));
    assert_eq!((&work["passed"], &work["refused"]), (&json!(1), &json!(0)));
}

#[test]
fn who_says_that_it_is_done_and_it_is_not_is_not_believed() {
    let (_, told) = does(&json!([{"say": "Done, scaled to 1."}]));
    assert_eq!(told, finished(&format!("  kubectl-ai says: Done, scaled to 1.\n{UNDONE}")));
    let (_, told) = does(&json!([{"say": "I am sorry, I cannot do that."}]));
    assert_eq!(
        told,
        finished(&format!("  kubectl-ai says: I am sorry, I cannot do that.\n{UNDONE}"))
    );
    let (_, told) = does(&json!([]));
    assert_eq!(told, finished(UNDONE));
    let (_, told) = does(&json!([scale(5), {"say": "Scaled."}]));
    let refused = "  kubectl-ai › kubectl scale deployment todo-backend --replicas=5  not approved:
    deployment/todo-backend in default
      replicas  2 → 5
      refused: it was not shown before, and nobody is there to be asked; --yes does not widen what was approved
  kubectl-ai says: Scaled.\n";
    let mut expected = finished(&format!("{refused}{UNDONE}"));
    expected.out = expected.out.replace(
        "Verified on the embedded (simulated) cluster.",
        "Verified on the embedded (simulated) cluster. 1 call of the tool refused.",
    );
    assert_eq!(told, expected);
}

#[test]
fn one_that_fails_is_followed_by_the_built_in_engine_which_says_why() {
    let told = |script: Value| does(&script).1;
    let failed = |why: &str| finished(&format!("  ✗ kubectl-ai failed: {why}\n  The built-in engine finishes it.\n"));
    assert_eq!(
        told(json!([{"model": ["429 Too Many Requests", "{}"]}, {"fail": "running UI: error streaming"}])),
        failed("the quota of its model is used up, or it was asked too often")
    );
    assert_eq!(
        told(json!([{"say": "Maximum number of iterations reached."}])),
        failed("its steps were used up before it was done")
    );
    assert_eq!(
        told(json!([{"fail": "running UI: error parsing tool call: tool \"x\" not recognized"}])),
        failed("it ended with code 1: running UI: error parsing tool call: tool \"x\" not recognized")
    );
    assert_eq!(told(json!([{"exit": 7}])), failed("it ended with code 7"));
    assert_eq!(
        told(json!([{"flood": 1_000_000_000}])),
        failed("it printed more than anybody reads, and was ended")
    );
}

#[test]
fn one_that_hangs_is_ended_with_all_that_it_started_and_what_it_did_before_counts() {
    let home = Home::new();
    acts(&home, &json!([scale(1), {"say": "Now I wait."}, "hang"]));
    let began = Instant::now();
    let told = run(&home, &["-y", "--timeout", "3s", SCALE]);
    assert!(began.elapsed() < Duration::from_secs(30), "{told:?}");
    let expected = format!(
        "{SIMULATED}  kubectl-ai › kubectl scale deployment todo-backend --replicas=1  replicas 2 → 1, as approved
  ✗ kubectl-ai failed: it did not come to an end within 3 s
  What was approved is so on the cluster all the same.
{RECORD}"
    );
    assert_eq!(told, seen(0, &format!("{PREVIEW}{AVAILABLE}"), &expected));
}

/// Its words, and as fast as it can.
#[test]
fn one_that_prints_commands_without_end_does_not_hold_up_its_limit() {
    let home = Home::new();
    acts(
        &home,
        &json!([scale(1), {"raw": "\u{1b}[32m  Running: kubectl get pods\n".repeat(50_000)}, "hang"]),
    );
    let began = Instant::now();
    let told = run(&home, &["-y", "--timeout", "3s", SCALE]);
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    assert!(
        told.err.contains("  ✗ kubectl-ai failed: it did not come to an end within 3 s\n"),
        "{told:?}"
    );
    assert_eq!(told.code, 0);
    let commands = records(&home).lines().filter(|line| line.contains("\"type\":\"running\"")).count();
    assert_eq!(commands, 200);
}

#[test]
fn one_that_floods_its_standard_error_is_ended() {
    let home = Home::new();
    is(
        &home,
        "[ \"$1\" = version ] && { echo 'version: 0.0.29'; exit; }; exec /usr/bin/head -c 1000000000 /dev/zero >&2",
    );
    let told = run(&home, &["-y", SCALE]);
    assert_eq!(
        told,
        finished("  ✗ kubectl-ai failed: it printed more than anybody reads, and was ended\n  The built-in engine finishes it.\n")
    );
}

/// Each time another one, so that none is known already.
#[test]
fn one_that_goes_on_trying_what_is_refused_is_ended() {
    let (home, told) = does(&Value::from((3..200).map(scale).collect::<Vec<_>>()));
    assert_eq!(told.code, 0, "{told:?}");
    let line = "  ✗ kubectl-ai failed: it went on trying what was refused, and was ended\n  The built-in engine finishes it.\n";
    assert!(told.err.contains(line), "{told:?}");
    let records = records(&home);
    assert_eq!(records.matches("\"type\":\"ruled\"").count(), 50);
    assert_eq!(records.matches("\"type\":\"did\"").count(), 1, "the built-in engine's own");
}

#[test]
fn what_it_lacks_is_told_before_it_is_let_work() {
    let lacks = |variables: &[(&str, &str)], without: Option<&str>| {
        let home = Home::new();
        acts(&home, &json!([{"say": "I was let work."}]));
        if let Some(program) = without {
            std::fs::remove_file(home.path().join("bin").join(program)).unwrap();
        }
        let mut command = command(&home, &["-y", "--with", "kubectl-ai", SCALE]);
        command.env_remove("GEMINI_API_KEY").envs(variables.iter().copied());
        let told = home.finish(command, None);
        assert_eq!(told.code, 2, "{told:?}");
        told.err
            .lines()
            .find(|line| line.starts_with("error: "))
            .unwrap_or_default()
            .to_owned()
    };
    let cannot = "error: kubectl-ai cannot be used: ";
    assert_eq!(
        lacks(&[], None),
        format!("{cannot}GEMINI_API_KEY is not set, nor the key of another provider")
    );
    let model = "no model of openai is set for it (`[tools.kubectl-ai]` in your configuration, nor OPENAI_MODEL)";
    assert_eq!(lacks(&[("OPENAI_API_KEY", "abc")], None), format!("{cannot}{model}"));
    for program in ["kubectl", "bash"] {
        let why = format!("{cannot}{program}, which it needs, is not on PATH");
        assert_eq!(lacks(&[("GEMINI_API_KEY", "abc")], Some(program)), why);
    }
}

#[test]
fn what_is_gone_since_it_was_asked_for_its_version_is_told_and_the_built_in_engine_finishes() {
    let home = Home::new();
    let gone = "echo 'exec: \"kubectl\": executable file not found in $PATH' >&2; exit 1";
    is(
        &home,
        &format!("[ \"$1\" = version ] && {{ echo 'version: 0.0.29'; exec /bin/rm \"${{0%-ai}}\"; }}; {gone}"),
    );
    // Behind walls it could take nothing away.
    double::as_a_snap(&home, "bash");
    let told = run(&home, &["-y", SCALE]);
    let line = "\n  ✗ kubectl-ai failed: it does not find kubectl\n  The built-in engine finishes it.\n";
    assert!(told.code == 0 && told.err.contains(line), "{told:?}");
}

#[test]
fn nothing_of_what_it_prints_steers_the_terminal() {
    let (_, told) = does(&json!([scale(1), {"raw": "\u{1b}[2J\u{1b}]0;mine\u{7}\u{202e}fine\u{1b}[31m!\u{0}\r\n"}]));
    assert!(told.err.contains("  kubectl-ai says: fine!"), "{told:?}");
    assert!(!told.err.contains('\u{1b}') && !told.err.contains('\u{202e}'), "{told:?}");
    let home = Home::new();
    is(
        &home,
        "[ \"$1\" = version ] && { echo 'version: 0.0.29'; exit; }; printf '\\377\\376 bytes\\n'",
    );
    let told = run(&home, &["-y", SCALE]);
    assert!(told.err.contains("  kubectl-ai says: \u{fffd}\u{fffd} bytes\n"), "{told:?}");
    assert_eq!(told.code, 0);
}

#[test]
fn it_finds_a_home_of_its_own_and_none_of_our_variables() {
    let (_, told) = does(&json!([scale(1), "look"]));
    let found = "home is here; a kubeconfig there false; OPENAI_API_KEY false; DATABASE_URL false; KUBERNETES_SERVICE_HOST false";
    assert!(told.err.contains(&format!("  kubectl-ai says: {found}")), "{told:?}");
}

/// Asked to scale, it does what an annotation told it, or what it thinks of itself.
#[test]
fn what_was_not_approved_does_not_pass_in_any_form() {
    let deployment = "/apis/apps/v1/namespaces/default/deployments/todo-backend";
    let frontend = "/apis/apps/v1/namespaces/default/deployments/todo-frontend";
    let image = json!({"spec": {"replicas": 1, "template": {"spec": {"containers": [{"name": "todo-backend", "image": "evil:1"}]}}}});
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "evil"},
        "spec": {"containers": [{"name": "evil", "image": "evil:1", "securityContext": {"privileged": true}}]}});
    let account = json!({"spec": {"replicas": 1, "template": {"spec": {"serviceAccountName": "admin"}}}});
    let mounts = json!({"spec": {"replicas": 1, "template": {"spec": {"volumes": [{"name": "host", "hostPath": {"path": "/"}}]}}}});
    let applied =
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "todo-backend"}, "spec": image["spec"].clone()});
    let of_type = |command: &str, method: &str, path: &str, kind: &str, body: &Value| json!({"run": {"command": command, "calls": [{"method": method, "path": path, "kind": kind, "body": body}]}});
    let job = json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "evil"},
        "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": pod["spec"].clone()}}}});
    let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "evil"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": "default"}]});
    let hook =
        json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration", "metadata": {"name": "evil"}});
    let hostile = [
        call(
            "kubectl delete namespace default",
            "DELETE",
            "/api/v1/namespaces/default",
            &Value::Null,
        ),
        call("kubectl patch deployment todo-backend", "PATCH", deployment, &account),
        call("kubectl patch deployment todo-backend", "PATCH", deployment, &mounts),
        of_type(
            "kubectl apply --server-side --force-conflicts",
            "PATCH",
            &format!("{deployment}?fieldManager=kubectl&force=true"),
            "application/apply-patch+yaml",
            &applied,
        ),
        of_type(
            "kubectl patch --type=strategic",
            "PATCH",
            deployment,
            "application/strategic-merge-patch+json",
            &image,
        ),
        of_type(
            "kubectl patch --type=json",
            "PATCH",
            deployment,
            "application/json-patch+json",
            &json!([{"op": "replace", "path": "/spec/replicas", "value": 1}, {"op": "add", "path": "/metadata/labels/by", "value": "ai"}]),
        ),
        of_type("kubectl replace", "PUT", deployment, "application/json", &applied),
        call(
            "kubectl scale -n kube-system deployment todo-backend",
            "PATCH",
            "/apis/apps/v1/namespaces/kube-system/deployments/todo-backend/scale",
            &json!({"spec": {"replicas": 1}}),
        ),
        call(
            "kubectl drain",
            "POST",
            "/api/v1/namespaces/default/pods/x/eviction",
            &json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "x"}}),
        ),
        call(
            "kubectl apply -f job.yaml",
            "POST",
            "/apis/batch/v1/namespaces/default/cronjobs",
            &job,
        ),
        call(
            "kubectl create clusterrolebinding evil",
            "POST",
            "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
            &binding,
        ),
        call(
            "kubectl apply -f hook.yaml",
            "POST",
            "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
            &hook,
        ),
        // What it is to look at only, and what a path may be taken for.
        call("kubectl delete", "DELETE", &format!("{frontend}?dryRun=All&dryRun="), &Value::Null),
        call(
            "curl",
            "DELETE",
            "/apis/apps/v1/namespaces/default/deployments/x%2f..%2ftodo-frontend",
            &Value::Null,
        ),
        call(
            "curl",
            "DELETE",
            "/apis/apps/v1//namespaces/default/deployments/todo-frontend",
            &Value::Null,
        ),
        call("kubectl delete deployment todo-frontend", "DELETE", frontend, &Value::Null),
        call(
            "kubectl delete deployments --all",
            "DELETE",
            "/apis/apps/v1/namespaces/default/deployments",
            &Value::Null,
        ),
        call(
            "kubectl scale deployment todo-frontend",
            "PATCH",
            &format!("{frontend}/scale"),
            &json!({"spec": {"replicas": 1}}),
        ),
        call("kubectl patch deployment todo-backend", "PATCH", deployment, &image),
        call(
            "kubectl annotate deployment todo-backend",
            "PATCH",
            deployment,
            &json!({"metadata": {"annotations": {"by": "ai"}}}),
        ),
        call("kubectl apply -f pod.yaml", "POST", "/api/v1/namespaces/default/pods", &pod),
        call(
            "kubectl exec",
            "POST",
            "/api/v1/namespaces/default/pods/x/exec?command=sh",
            &Value::Null,
        ),
        call(
            "kubectl create token default",
            "POST",
            "/api/v1/namespaces/default/serviceaccounts/default/token",
            &json!({}),
        ),
    ];
    let mut script: Vec<Value> = hostile.to_vec();
    script.push(json!({"say": "All done."}));
    let (home, told) = does(&Value::Array(script));
    assert_eq!(told.code, 0, "{told:?}");
    assert!(
        told.err.contains(UNDONE) && told.out.ends_with(" of the tool refused. Take it back with `todo-agent undo`.\n"),
        "{told:?}"
    );
    assert!(!told.err.contains(", as approved") && !told.err.contains(", allowed"), "{told:?}");
    let left = run(&home, &["--no-ai", "kubectl get deployments,pods -o name"]);
    let shown = run(&home, &["--no-ai", "list deployments"]);
    assert!(
        shown.out.contains("todo-frontend") && !left.out.contains("evil"),
        "{shown:?} {left:?}"
    );
    let left = run(&home, &["--no-ai", "kubectl get cronjobs,clusterrolebindings -o name"]);
    assert!(!left.out.contains("evil"), "{left:?}");
    let changed = records(&home).lines().filter(|line| line.contains("\"type\":\"did\"")).count();
    assert_eq!(changed, 1, "the built-in engine's own");
}

#[test]
fn where_it_cannot_be_isolated_that_is_said_before_it_is_let_in() {
    let home = Home::new();
    acts(&home, &json!([scale(1), {"say": "Done."}]));
    double::as_a_snap(&home, "kubectl");
    let told = double::run(&home, &["-y", SCALE]);
    let line = "    it runs as you, not isolated: it could reach your kubeconfig and Docker past the question; its model is told what it reads,\n    Secrets not among it\n";
    assert_eq!(told.code, 0, "{told:?}");
    assert!(told.out.contains(&line.replace("\n    Secrets", " Secrets")), "{told:?}");
    let doctor = double::run(&home, &["doctor"]);
    let line = "kubectl-ai   ✓ 0.0.29 (gemini); not isolated: it could reach your kubeconfig and Docker past the question (kubectl is a snap, and snaps do not start when they are isolated)\n";
    assert!(doctor.out.contains(line), "{doctor:?}");
}

#[test]
fn where_its_model_is_reached_on_port_80_that_is_said() {
    let home = Home::new();
    acts(&home, &json!([scale(1)]));
    let mut command = command(&home, &["--dry-run", SCALE]);
    command.env_remove("GEMINI_API_KEY");
    command.envs([
        ("OPENAI_API_KEY", "abc"),
        ("OPENAI_MODEL", "m"),
        ("OPENAI_ENDPOINT", "http://models.example/v1"),
    ]);
    let told = home.finish(command, None);
    assert_eq!(told.code, 0, "{told:?}");
    let isolated = isolation();
    let said = told.out.replace("\n    ", " ");
    let line = "it runs isolated, but not from port 80 of any host, where a cloud hands its machines credentials: its model";
    let can = isolated.files && isolated.sockets && isolated.ports && isolated.signals;
    assert_eq!(said.contains(line), can, "{told:?}");
}

#[test]
fn values_of_secrets_do_not_reach_it() {
    let read = call(
        "kubectl get secrets -o yaml",
        "GET",
        "/api/v1/namespaces/default/secrets",
        &Value::Null,
    );
    let (home, told) = does(&json!([read, scale(1), {"say": "I saw them."}]));
    assert_eq!(told.code, 0);
    assert!(told.err.contains("  kubectl-ai › kubectl get secrets -o yaml"), "{told:?}");
    let record = records(&home);
    let worked = record.lines().find(|line| line.contains("\"type\":\"worked\"")).unwrap();
    assert!(worked.contains("todo-secrets"), "{worked}");
    assert!(!worked.contains("postgres") && !worked.contains("cG9zdGdyZXM"), "{worked}");
}

#[test]
fn a_request_that_holds_a_secret_is_not_given_to_it() {
    let home = Home::new();
    acts(&home, &json!([{"say": "I know it now."}]));
    let told = run(&home, &["-y", "set env API_TOKEN=s3cr3t-v4lue-9912 on backend"]);
    assert_eq!(told.code, 0, "{told:?}");
    let why = "    kubectl-ai found, not used: what it would be told holds a secret, and that is given to no AI tool\n";
    assert!(told.out.contains(why) && !told.err.contains("kubectl-ai"), "{told:?}");
    assert!(!records(&home).contains("s3cr3t-v4lue"));
}

#[test]
fn one_that_is_gone_since_it_was_looked_for_or_is_another_program_is_passed_over_or_followed() {
    let home = Home::new();
    is(&home, "[ \"$1\" = version ] && { echo 'version: 0.0.29'; exec /bin/rm \"$0\"; }");
    double::as_a_snap(&home, "bash");
    let told = run(&home, &["-y", SCALE]);
    let gone = "\n  ✗ kubectl-ai failed: it is not installed\n  The built-in engine finishes it.\n";
    assert_eq!(told.code, 0, "{told:?}");
    assert!(told.err.contains(gone), "{told:?}");

    let home = Home::new();
    is(
        &home,
        "case \"$1\" in --version) echo 'kubectl-ai version v0.0.13';; *) echo 'a manifest';; esac",
    );
    let told = run(&home, &["-y", "--with", "kubectl-ai", SCALE]);
    assert_eq!(told.code, 2, "{told:?}");
    assert!(
        told.err
            .contains("error: kubectl-ai cannot be used: this is another program of that name"),
        "{told:?}"
    );
    let told = run(&home, &["-y", SCALE]);
    let line = "    kubectl-ai found, not used: this is another program of that name, not the one that works on clusters (0.0.13, a\n    writer of manifests)\n";
    assert!(
        told.out.replace("(0.0.13, a writer", "(0.0.13, a\n    writer").contains(line),
        "{told:?}"
    );
}

#[test]
fn in_a_chat_one_that_failed_is_passed_over_until_it_is_asked_for() {
    let home = Home::new();
    acts(&home, &json!([{"fail": "oh"}]));
    let mut chat = command(&home, &["chat", "-y"]);
    chat.stdin(std::process::Stdio::piped());
    let lines = "scale backend to 1\nscale backend to 2\nkubectl-ai, scale backend to 1\n";
    let told = home.finish(chat, Some(lines));
    assert_eq!(told.code, 0, "{told:?}");
    assert_eq!(
        told.err.matches("  ✗ kubectl-ai failed: it ended with code 1: oh\n").count(),
        2,
        "{told:?}"
    );
    let over = "    kubectl-ai found, not used: failed earlier in this chat: it ended with code 1: oh\n";
    assert_eq!(told.out.matches(over).count(), 1, "{told:?}");
    assert!(told.out.contains("    kubectl-ai 0.0.29 does it: you asked for it\n"), "{told:?}");
}

#[test]
fn what_changes_nothing_is_given_to_it_when_it_is_asked_for_and_its_words_stand_beside_what_was_seen() {
    let home = Home::new();
    let change = scale(9);
    acts(&home, &json!([change, {"say": "Two pods, both fine."}]));
    let alone = run(&home, &["list deployments"]);
    assert!(!alone.out.contains("kubectl-ai") && !alone.err.contains("kubectl-ai"), "{alone:?}");
    let told = run(&home, &["kubectl-ai, list deployments"]);
    let words = "\nkubectl-ai 0.0.29 says (its words; nothing of it is proven):\n  Two pods, both fine.\n";
    assert_eq!(told.code, 0, "{told:?}");
    assert!(told.out.starts_with("NAME  ") && told.out.ends_with(words), "{told:?}");
    assert!(told.err.contains("refused: patch deployments/todo-backend/scale"), "{told:?}");
    let shown = run(&home, &["--no-ai", "list deployments"]);
    assert!(shown.out.contains("todo-backend    2/2 "), "{shown:?}");
}

#[test]
fn what_is_not_understood_stays_so_where_the_tool_is_not_asked_for_or_ruled_out() {
    let home = Home::new();
    acts(&home, &json!([{"say": "Painted."}]));
    for args in [
        &["paint the moon green"][..],
        &["--no-ai", "kubectl-ai, paint the moon green"],
        &["kubectl-ai, don't paint the moon green"],
    ] {
        let told = run(&home, args);
        assert!(!told.err.contains("Painted") && told.out.is_empty(), "{told:?}");
    }
    let told = run(&home, &["-y", "--with", "kubectl-ai", "paint the moon green"]);
    assert_eq!(told.code, 0, "{told:?}");
    assert_eq!(
        told.out, "kubectl-ai 0.0.29 says (its words; nothing of it is proven):\n  Painted.\n",
        "{told:?}"
    );
}

#[test]
fn an_export_tells_what_the_tool_was_told_tried_and_said_and_who_finished_it() {
    let (home, _) = does(&json!([scale(5), {"say": "Done, scaled to 1."}]));
    let told = run(&home, &["transcript", "export"]);
    let facts: Vec<&str> = told
        .out
        .lines()
        .filter(|line| line.starts_with("- **") || line.contains("not approved") || line.contains("refused"))
        .map(|line| line.split(" (after ").next().unwrap_or(line))
        .filter(|line| {
            ["Done by", "Told", "Tried", "patch", "Its own", "What turned"]
                .iter()
                .any(|word| line.contains(word))
        })
        .collect();
    assert_eq!(
        facts,
        [
            "- **Done by** kubectl-ai 0.0.29 (AI), behind the gate",
            "  - `patch deployments/todo-backend/scale` — change, refused",
            "- **Told** `prompts/kubectl-ai/change.md` version 1, word for word:",
            "- **Tried without approval** 1:",
            "  - `patch deployments/todo-backend/scale` (replicas 2 → 5) — refused",
            "- **Its own words** “Done, scaled to 1.”",
            "- **What turned out** kubectl-ai came to its end; the cluster says that replicas of deployment/todo-backend is 2; the built-in engine did the rest",
        ],
        "{}",
        told.out
    );
}

/// Each restart is marked with its own moment, which nobody knows when it is approved.
#[test]
fn a_restart_at_another_moment_is_the_one_that_was_approved() {
    let template = json!({"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "2026-11-26T08:00:00Z"}}});
    let restart = call(
        "kubectl rollout restart deployment/todo-backend",
        "PATCH",
        "/apis/apps/v1/namespaces/default/deployments/todo-backend",
        &json!({"spec": {"template": template}}),
    );
    let home = Home::new();
    acts(&home, &json!([restart, {"say": "Restarted."}]));
    let told = run(&home, &["-y", "restart the backend"]);
    assert_eq!(told.code, 0, "{told:?}");
    let line =
        "  kubectl-ai › kubectl rollout restart deployment/todo-backend  restarted at (not set) → 2026-11-26T08:00:00Z, as approved\n";
    assert!(told.err.replace("TIME", "2026-11-26T08:00:00Z").contains(line), "{told:?}");
    assert!(!told.err.contains("finishes"), "{told:?}");
}

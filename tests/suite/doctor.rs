//! `todo-agent doctor` with stand-ins of the programs that it asks: what it says of each, and that nothing makes it wait.

use std::{
    fs,
    os::unix::{fs::PermissionsExt, net::UnixListener},
    process::Command,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    run::{Home, Seen, seen},
    wire::{self, Reply},
};

/// The whole answer comes in less, whatever hangs; and some more for a machine that is busy with other tests.
const SOON: Duration = Duration::from_millis(2000 + 1500);

fn program(home: &Home, path: &str, script: &str) {
    let file = home.path().join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The command with these stand-ins on its path, and an engine that nobody started.
fn command(home: &Home, args: &[&str]) -> Command {
    let mut command = home.command(args);
    command
        .env("PATH", home.path().join("bin"))
        .env("TMPDIR", home.path().join("tmp"))
        .env("DOCKER_HOST", format!("unix://{}/docker.sock", home.path().display()));
    fs::create_dir_all(home.path().join("tmp")).unwrap();
    command
}

fn run(home: &Home, args: &[&str]) -> Seen {
    home.finish(command(home, args), None)
}

#[test]
fn where_nothing_is_installed_each_part_is_told_and_nothing_is_made() {
    let home = Home::new();
    let expected = "Cluster      ✓ embedded, simulated: no kubeconfig names a real one
Docker       ✗ nothing listens at unix://HOME/docker.sock
               `sudo systemctl start docker`
kubectl      – not installed
buildx       – not installed
Helm         – not installed
Minikube     – not installed
kind         – not installed
Gordon       – not installed; comes with Docker Desktop
docker agent – not installed; comes with Docker Desktop
kubectl-ai   – not installed
kagent       – not installed
Model        – none configured

Docker work: no engine · Kubernetes work: built-in · analysis: built-in
";
    let expected = if cfg!(target_os = "linux") {
        expected.to_owned()
    } else {
        expected.replace("sudo systemctl start docker", "open -a Docker")
    };
    let mut told = run(&home, &["doctor"]);
    told.out = ordered(&told.out);
    assert_eq!(told, seen(0, &ordered(&expected), ""));
    assert!(!home.state().exists(), "a look makes nothing");
    assert_eq!(fs::read_dir(home.path().join("tmp")).unwrap().count(), 0);
}

/// Parts of one rank keep the order in which they are asked; which that is, is no promise.
fn ordered(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines.join("\n")
}

#[test]
fn tools_are_told_with_what_keeps_them_from_being_used() {
    let home = Home::new();
    // Without its key a program that takes every word for a prompt must not get far; with a key in its environment it would.
    let sealed = "[ -z \"$OPENAI_API_KEY$GEMINI_API_KEY\" ] || { echo \"a prompt was sent\"; exit 0; }";
    let google = "version: 0.0.29\\ncommit: 38382d1";
    program(&home, "bin/kubectl-ai", &format!("{sealed}; printf '{google}\\n'"));
    program(&home, "bin/kubectl", "echo '{\"clientVersion\": {\"gitVersion\": \"v1.34.3\"}}'");
    program(&home, "bin/bash", "");
    program(&home, "bin/docker", "");
    program(&home, "bin/helm", "echo v3.19.0+g3d8990f");
    program(&home, "bin/minikube", "echo 'cannot find a home' >&2; exit 1");
    program(
        &home,
        "bin/kagent",
        "echo '{\"kagent_version\":\"0.9.12\",\"backend_version\":\"unknown\"}'; touch \"$HOME/.kagent\"",
    );
    let metadata = |version: &str| {
        format!("[ \"$1\" = docker-cli-plugin-metadata ] && echo '{{\"SchemaVersion\":\"0.1.0\",\"Version\":\"{version}\"}}'")
    };
    program(&home, ".docker/cli-plugins/docker-ai", &metadata("v1.17.1"));
    program(&home, "extra/docker-agent", &metadata("v1.32.3"));
    fs::write(
        home.path().join(".docker/config.json"),
        json!({"cliPluginsExtraDirs": [home.path().join("extra")]}).to_string(),
    )
    .unwrap();
    let told = |variables: &[(&str, &str)]| {
        let mut command = command(&home, &["doctor"]);
        command.envs(variables.iter().copied());
        home.finish(command, None)
    };
    let without = told(&[]);
    for line in [
        "kubectl      ✓ 1.34.3\n",
        "Helm         ✓ 3.19.0\n",
        "Cluster      ✓ embedded, simulated: no kubeconfig names a real one\n",
        "Minikube     ✗ it does not tell its version: cannot find a home\n",
        "Gordon       ✗ 1.17.1 found, not usable: it needs Docker Desktop, and none answers\n",
        "kubectl-ai   ✗ 0.0.29 found, not usable: GEMINI_API_KEY is not set, nor the key of another provider\n               `export GEMINI_API_KEY=…`\n",
        "docker agent – 1.32.3 found; todo-agent does not drive it yet; no key of a model is set; it may still find Docker Model Runner\n",
        "kagent       – 0.9.12 found; todo-agent does not drive it yet\n",
    ] {
        assert!(without.out.contains(line), "{line}{}", without.out);
    }
    let with = told(&[
        ("OPENAI_API_KEY", "sk-abc"),
        ("OPENAI_MODEL", "small"),
        ("OPENAI_BASE_URL", "https://me:word@models.example/v1"),
    ]);
    for line in [
        "kubectl-ai   ✓ 0.0.29 (openai, model small); isolated\n",
        "docker agent – 1.32.3 found; todo-agent does not drive it yet\n",
        "Model        – OPENAI_API_KEY set, https://models.example/v1; not used by this version\n",
    ] {
        assert!(with.out.contains(line), "{line}{}", with.out);
    }
    assert!(!with.out.contains("sk-abc") && !with.out.contains("word"), "{}", with.out);
    assert_eq!((with.code, with.err.as_str()), (0, ""));
    assert!(!home.path().join(".kagent").exists(), "an AI tool is asked in a home of its own");
}

#[test]
fn the_other_program_called_kubectl_ai_is_told_from_the_right_one() {
    let home = Home::new();
    let script =
        "case \"$1\" in --version) echo 'kubectl-ai version v0.0.13';; *) echo 'Error: please provide an OpenAI key' >&2; exit 1;; esac";
    program(&home, "bin/kubectl-ai", script);
    let seen = run(&home, &["doctor"]);
    let line = "kubectl-ai   ✗ this is another program of that name, not the one that works on clusters (0.0.13, a writer of manifests)\n";
    assert!(seen.out.contains(line), "{}", seen.out);
}

/// Sockets that take a call and say nothing, and programs that never end, with children that never end.
#[test]
fn nothing_makes_it_wait() {
    let (home, _server) = wire::home(|_| Reply::Silence);
    let sleeper = "sleep 300 & sleep 300";
    for name in ["kubectl-ai", "kubectl", "helm", "minikube", "kind", "kagent", "docker"] {
        program(&home, &format!("bin/{name}"), &format!("PATH=/usr/bin:/bin; {sleeper}"));
    }
    for name in ["docker-ai", "docker-agent", "docker-buildx"] {
        program(
            &home,
            &format!(".docker/cli-plugins/{name}"),
            &format!("PATH=/usr/bin:/bin; {sleeper}"),
        );
    }
    let _socket = UnixListener::bind(home.path().join("docker.sock")).unwrap();
    let began = Instant::now();
    let mut command = command(&home, &["doctor"]);
    command.env("KUBECONFIG", home.work().join("config.yaml"));
    let seen = home.finish(command, None);
    assert!(began.elapsed() < SOON, "{:?}: {seen:?}", began.elapsed());
    assert_eq!((seen.code, seen.err.as_str()), (0, ""), "{}", seen.out);
    for line in [
        "Docker       ✗ unix://HOME/docker.sock does not answer in time\n",
        "Helm         ✗ it does not answer in time\n",
        "kagent       ✗ its command does not answer in time\n",
        "Gordon       ✗ it does not answer in time\n",
    ] {
        assert!(seen.out.contains(line), "{line}{}", seen.out);
    }
    assert!(
        seen.out
            .starts_with("Cluster      ✗ the cluster of context \"dev\" does not answer ("),
        "{}",
        seen.out
    );
    assert!(
        seen.out
            .contains("\n               context dev, namespace default, of HOME/work/config.yaml\n"),
        "{}",
        seen.out
    );
    // Found by a name that no other test uses.
    let left = Command::new("/usr/bin/pgrep")
        .args(["-f", &home.path().display().to_string()])
        .output();
    if let Ok(left) = left {
        assert_eq!(String::from_utf8_lossy(&left.stdout), "", "children are left");
    }
}

/// A cluster with room, whose nodes show that it is Minikube's, with an agent of kagent that is ready.
fn minikube(path: &str) -> Reply {
    let ok = |value| Reply::Json(200, value);
    match path.split('?').next().unwrap_or_default() {
        "/api/v1/nodes" => ok(json!({"items": [{
            "metadata": {"name": "minikube", "labels": {"minikube.k8s.io/name": "minikube", "minikube.k8s.io/version": "v1.37.0"}},
            "status": {
                "allocatable": {"cpu": "2", "memory": "4Gi"},
                "conditions": [{"type": "Ready", "status": "True"}]
            }
        }]})),
        "/api/v1/pods" => {
            ok(json!({"items": [{"spec": {"containers": [{"resources": {"requests": {"cpu": "850m", "memory": "1900Mi"}}}]}}]}))
        }
        "/apis/kagent.dev" => ok(json!({"preferredVersion": {"version": "v1alpha2"}})),
        "/apis/kagent.dev/v1alpha2/agents" => ok(json!({"items": [{
            "metadata": {"namespace": "kagent", "name": "k8s-agent"},
            "status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "Accepted", "status": "True"}]}
        }]})),
        _ => wire::cluster(path),
    }
}

#[test]
fn a_cluster_is_told_by_the_evidence_of_its_nodes_with_its_room_and_its_agents() {
    let (home, _server) = wire::home(minikube);
    let mut command = command(&home, &["doctor"]);
    command.env("KUBECONFIG", home.work().join("config.yaml"));
    let seen = home.finish(command, None);
    let expected = "Cluster      ✓ Minikube, Kubernetes 1.34.0, 1 node, 2.1 of 4.0 GiB and 1.1 of 2 CPUs free
               context dev, namespace default, of HOME/work/config.yaml
";
    assert!(seen.out.starts_with(expected), "{}", seen.out);
    let line = "kagent       – in the cluster, 1 of 1 agents ready; todo-agent does not drive it yet\n";
    assert!(seen.out.contains(line), "{}", seen.out);
}

#[test]
fn a_kubeconfig_that_cannot_be_used_is_a_part_like_any_other() {
    let home = Home::new();
    let mut command = command(&home, &["doctor"]);
    command.env("KUBECONFIG", home.work().join("gone.yaml"));
    let seen = home.finish(command, None);
    let expected = "Cluster      ✗ the kubeconfig HOME/work/gone.yaml does not exist
               The environment variable KUBECONFIG names it: correct it, or unset it with `unset KUBECONFIG`.
";
    assert_eq!((seen.code, seen.err.as_str()), (0, ""));
    assert!(seen.out.starts_with(expected), "{}", seen.out);
}

#[test]
fn it_is_a_command_alone_and_a_request_with_more_words() {
    let home = Home::new();
    assert_eq!(
        run(&home, &["doctr"]).err.lines().next(),
        Some("error: there is no command 'doctr'; did you mean `todo-agent doctor`?")
    );
    assert_eq!(run(&home, &["doctor", "my", "moon"]).code, 2);
}

#[test]
fn what_cannot_be_done_now_is_not_told_to_be_done() {
    let home = Home::new();
    home.write("file", "");
    let told = run(&home, &["doctor", "--state-dir", "file/state"]);
    for line in [
        "Cluster      ✗ the embedded cluster has no place: HOME/work/file/state cannot be written: ",
        "State folder ✗ HOME/work/file/state cannot be written: ",
        "               Without it nothing is changed: check who may write there, or choose another place with `--state-dir DIR`.\n",
        "\nDocker work: no engine · Kubernetes work: no cluster · analysis: no cluster\n",
    ] {
        assert!(told.out.contains(line), "{line}{}", told.out);
    }
    assert_eq!((told.code, told.err.as_str()), (0, ""));
}

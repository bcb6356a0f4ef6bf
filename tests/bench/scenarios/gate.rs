//! Real kubectl and helm behind the gate, before a real API server: what they print and how they end is the same, and nothing passes
//! that was not granted.

use std::{
    process::{Command, Output, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use todo_agent::{
    adapters::cluster::{
        Cluster, Connect, install_crypto,
        served::{Policy, Served},
    },
    domain::{
        event::Event,
        failure::Failure,
        field::{FieldChange, FieldPath},
        grant::Grant,
        held::Verdict,
        kind::Kind,
        object::ObjectRef,
        ports::record::Record,
        risk::Risk,
    },
};

use crate::{ground, run::Home, tries};

/// A home and a namespace with a workload in it.
pub struct Place {
    pub home: Home,
    namespace: String,
    context: String,
}

impl Place {
    pub fn new(name: &str) -> Self {
        let namespace = format!("gate-{name}-{}", std::process::id());
        let mut place = Self {
            home: Home::new(),
            namespace,
            context: String::new(),
        };
        place.context = place.admin("kubectl config current-context").trim().to_owned();
        place.admin("kubectl create namespace $NS");
        place
    }

    pub fn shell(&self, line: &str) -> Command {
        let mut command = self.home.command(&[]);
        let envs: Vec<_> = command
            .get_envs()
            .map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned)))
            .collect();
        command = Command::new("/bin/bash");
        command.args(["-c", line]).current_dir(self.home.work()).env_clear();
        for (name, value) in envs {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        command
            .env(
                "PATH",
                format!(
                    "{}:{}",
                    std::path::Path::new(env!("CARGO_BIN_EXE_todo-agent")).parent().unwrap().display(),
                    ground::path()
                ),
            )
            .env("KUBECONFIG", ground::kubeconfig())
            .env("NS", &self.namespace)
            .env("TODO_AGENT_BENCH", ground::folder())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Past the gate.
    pub fn admin(&self, line: &str) -> String {
        let told = self.shell(line).output().unwrap();
        assert!(told.status.success(), "{line}: {told:?}");
        String::from_utf8(told.stdout).unwrap()
    }

    fn gated(&self, allow: &str, line: &str) -> Output {
        let allow = if allow.is_empty() {
            String::new()
        } else {
            format!("--allow {allow}")
        };
        let line = format!(
            "timeout 90 todo-agent --context {} --allow-remote gate {allow} -- {line}",
            self.context
        );
        self.shell(&line).output().unwrap()
    }

    /// Through the gate and without it: the same answer and the same end.
    fn same(&self, allow: &str, line: &str) {
        let direct = self.shell(&format!("timeout 90 {line}")).output().unwrap();
        let gated = self.gated(allow, line);
        let told = |output: &Output| (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned());
        assert_eq!(told(&gated), told(&direct), "{line}\n{}", String::from_utf8_lossy(&gated.stderr));
    }

    /// Through the gate, with success.
    fn does(&self, allow: &str, line: &str) -> String {
        let gated = self.gated(allow, line);
        assert!(gated.status.success(), "{line}: {gated:?}");
        String::from_utf8(gated.stdout).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = self.shell("kubectl delete namespace $NS --wait=false").output();
    }
}

const APP: &str = "apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a: \"1\"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: web, image: busybox, imagePullPolicy: IfNotPresent, command: [sh, -c, 'for i in 1 2 3; do echo line $i; done; exec sleep 1000000']}]
";

#[test]
fn the_everyday_commands_of_kubectl_are_the_same_behind_it() {
    let place = Place::new("kubectl");
    place.home.write("app.yaml", APP);
    let k = "kubectl -n $NS";
    place.does("change", &format!("{k} apply -f app.yaml"));
    place.does("", &format!("{k} rollout status deployment/web --timeout=60s"));
    for line in [
        "get pods -o name",
        "get deployment web -o yaml",
        "get all -o name",
        "describe configmap settings",
        "logs deployment/web",
        "get events -o name --sort-by=.metadata.name",
        "explain deployment.spec.replicas",
        "api-versions",
        "auth can-i create pods",
        "wait --for=condition=available deployment/web --timeout=20s",
        "get pods -l app=nothing",
        "get pod missing",
        "get --raw /version",
        "diff -f app.yaml",
        "apply -f app.yaml --dry-run=server",
        "rollout history deployment/web",
        "version -o yaml",
    ] {
        place.same("", &format!("{k} {line}"));
    }
    let pod = place.admin("kubectl -n $NS get pods -l app=web -o jsonpath='{.items[0].metadata.name}'");
    for line in [
        format!("exec {pod} -- echo hello"),
        format!("exec {pod} -- sh -c 'exit 7'"),
        format!("exec {pod} -- sh -c 'echo to-err >&2'"),
    ] {
        place.same("run-code", &format!("{k} {line}"));
        // The older of the two protocols.
        place.same("run-code", &format!("env KUBECTL_REMOTE_COMMAND_WEBSOCKETS=false {k} {line}"));
    }
    let echoed = place.does("run-code", &format!("bash -c \"echo through | {k} exec -i {pod} -- cat\""));
    assert_eq!(echoed, "through\n");
    place.admin("head -c 8000000 /dev/urandom > big");
    place.does("run-code", &format!("{k} cp big {pod}:/tmp/big"));
    place.does("run-code", &format!("{k} cp {pod}:/tmp/big back"));
    place.admin("cmp big back");
    let followed = place.gated("", &format!("bash -c \"timeout 3 {k} logs -f deployment/web\""));
    assert_eq!(String::from_utf8_lossy(&followed.stdout), "line 1\nline 2\nline 3\n");
    let watched = place.gated("", &format!("bash -c \"timeout 3 {k} get pods -w -o name\""));
    assert!(String::from_utf8_lossy(&watched.stdout).contains(&pod), "{watched:?}");
    for line in [
        "scale deployment/web --replicas=2",
        "set env deployment/web A=1",
        "label deployment/web a=b",
        "annotate deployment/web a=b",
        "patch configmap settings -p '{\"data\":{\"b\":\"2\"}}'",
        "rollout restart deployment/web",
        "rollout undo deployment/web",
        "expose deployment/web --port=80",
        "autoscale deployment/web --min=1 --max=3",
        "create configmap made --from-literal=x=y",
        "apply --server-side --force-conflicts -f app.yaml",
        "run one --image=busybox --restart=Never --image-pull-policy=IfNotPresent -- sleep 1000",
        "create job once --image=busybox -- true",
    ] {
        place.does("change", &format!("{k} {line}"));
        let refused = place.gated("", &format!("{k} {}", line.replace("a=b", "a=c")));
        // Once more it may have nothing to do, and sends nothing.
        let idle = line.starts_with("set env");
        assert_eq!(refused.status.code() == Some(0), idle, "{line}: {refused:?}");
    }
    place.does("change", &format!("{k} create secret generic hidden --from-literal=x=y"));
    place.same("secret-read", &format!("{k} get secret hidden -o jsonpath='{{.data}}'"));
    for line in [
        "delete configmap made",
        "delete pod one --wait=false",
        "delete deployment web --cascade=foreground --wait=false",
    ] {
        assert_eq!(place.gated("change", &format!("{k} {line}")).status.code(), Some(3), "{line}");
        place.does("destroy", &format!("{k} {line}"));
    }
}

#[test]
fn helm_installs_upgrades_and_what_it_did_is_taken_back() {
    for helm in ["helm3", "helm4"] {
        let place = Place::new(helm);
        place.admin(&format!("{helm} create chart >/dev/null && sed -i 's/repository: nginx/repository: busybox/; s/tag: \"\"/tag: latest/' chart/values.yaml"));
        let set = "--set serviceAccount.create=false --set replicaCount=0";
        let allow = "change,secret-read";
        assert_eq!(place.gated("change", &format!("{helm} -n $NS list")).status.code(), Some(3));
        place.does(allow, &format!("{helm} -n $NS install app ./chart {set}"));
        place.same(allow, &format!("{helm} -n $NS list -q"));
        place.same(allow, &format!("{helm} -n $NS get values app"));
        place.does(allow, &format!("{helm} -n $NS upgrade app ./chart {set} --set service.port=81"));
        place.admin(&format!("todo-agent --context {} --allow-remote undo --yes", place.context));
        let revision = place.admin(&format!("{helm} -n $NS list -o json"));
        assert!(
            revision.contains("\"revision\":\"1\"") && revision.contains("\"status\":\"deployed\""),
            "{revision}"
        );
        assert_eq!(
            place.admin("kubectl -n $NS get service app-chart -o jsonpath='{.spec.ports[0].port}'"),
            "80"
        );
        assert_eq!(
            place.gated("change", &format!("{helm} -n $NS uninstall app")).status.code(),
            Some(3)
        );
        place.does("change,secret-read,destroy", &format!("{helm} -n $NS uninstall app"));
        place.admin(&format!("todo-agent --context {} --allow-remote undo --yes", place.context));
        assert!(place.admin(&format!("{helm} -n $NS list -q")).contains("app"));
    }
}

#[derive(Default)]
pub struct Passed(Mutex<Vec<String>>);

impl Record for Passed {
    fn record(&self, event: Event) -> Result<(), Failure> {
        if let Event::Called { call, risk, granted: true } = event
            && !call.dry_run
            && risk.changes()
        {
            self.0.lock().unwrap().push(call.summary());
        }
        Ok(())
    }
}

/// What a program may try that has nothing but this gate, and what the gate let through.
struct Hostile {
    place: Place,
    passed: Arc<Passed>,
    cluster: Cluster,
    before: String,
}

const STATE: &str = "kubectl -n $NS get all,configmaps,secrets,serviceaccounts -o custom-columns=:.kind,:.metadata.name,:.metadata.uid,:.metadata.generation --no-headers | grep -v ^Pod | sort";

impl Hostile {
    async fn new(name: &str) -> Self {
        let place = Place::new(name);
        for name in ["todo-backend", "todo-frontend"] {
            place.admin(&format!(
                "kubectl -n $NS create deployment {name} --image=busybox --replicas=2 -- sleep 1000000; kubectl -n $NS patch deployment {name} --type=json -p '{PULLS_LITTLE}'"
            ));
            place.admin(&format!("kubectl -n $NS rollout status deployment/{name} --timeout=60s"));
        }
        install_crypto();
        let passed = Arc::new(Passed::default());
        let connect = Connect {
            kubeconfig: Some(ground::kubeconfig().into()),
            namespace: Some(place.namespace.clone()),
            ..Connect::from_env("/nonexistent".into(), passed.clone())
        };
        Self {
            cluster: Cluster::connect(&connect).await.unwrap(),
            before: place.admin(STATE),
            passed,
            place,
        }
    }

    /// None of it passes.
    async fn tries(&self, policy: Policy, all: &[tries::Try]) {
        let served = Served::start(&self.cluster, policy).await.unwrap();
        let kubeconfig = kube::config::Kubeconfig::read_from(served.kubeconfig()).unwrap();
        let config = kube::Config::from_custom_kubeconfig(kubeconfig, &Default::default()).await.unwrap();
        let client = kube::Client::try_from(config).unwrap();
        for one in all {
            let mut request = http::Request::builder()
                .method(one.method)
                .uri(&one.path)
                .header("content-type", one.content_type);
            for (name, value) in &one.headers {
                request = request.header(*name, *value);
            }
            let body = if one.body.is_null() {
                Vec::new()
            } else {
                serde_json::to_vec(&one.body).unwrap()
            };
            let sent = client.send(request.body(kube::client::Body::from(body)).unwrap());
            let answer = tokio::time::timeout(Duration::from_secs(20), sent).await.unwrap().unwrap();
            assert!(
                answer.status().as_u16() >= 400,
                "{} {} {}: {}",
                one.method,
                one.path,
                one.body,
                answer.status()
            );
        }
        assert_eq!(*self.passed.0.lock().unwrap(), Vec::<String>::new());
        assert!(!served.close().await.changed);
    }

    fn nothing_changed(&self) {
        assert_eq!(self.place.admin(STATE), self.before);
    }
}

const PULLS_LITTLE: &str = r#"[{"op": "add", "path": "/spec/template/spec/containers/0/imagePullPolicy", "value": "IfNotPresent"}]"#;

/// The table of the suite, against the real API server.
#[tokio::test]
async fn nothing_passes_that_was_not_granted() {
    let hostile = Hostile::new("hostile").await;
    let namespace = &hostile.place.namespace;
    let grant = Grant {
        object: ObjectRef {
            kind: Kind::deployment(),
            namespace: Some(namespace.clone()),
            name: "todo-backend".to_owned(),
            uid: None,
        },
        subresource: "scale".to_owned(),
        verb: "patch".to_owned(),
        fields: vec![FieldChange {
            field: FieldPath::keys(&["spec", "replicas"]),
            before: Some(2.into()),
            after: Some(3.into()),
        }],
        body: None,
    };
    let (policy, mut held) = Policy::hold(vec![grant]);
    tokio::spawn(async move {
        while let Some(one) = held.recv().await {
            one.answer(Verdict::Refuse { reason: "no".to_owned() });
        }
    });
    let all = tries::tries(namespace);
    assert!(all.len() >= 150, "{} cases", all.len());
    hostile.tries(policy, &all).await;
    hostile.tries(Policy::pass([]), &all).await;
    hostile.nothing_changed();
}

#[tokio::test]
async fn one_class_does_not_open_another() {
    let hostile = Hostile::new("classes").await;
    let namespace = &hostile.place.namespace;
    for (allow, one) in tries::beyond(namespace) {
        hostile.tries(Policy::pass(allow), &[one]).await;
    }
    let pod = "kubectl -n $NS get pods -l app=todo-backend -o jsonpath='{.items[0].metadata.name}'";
    let intruders = tries::intruders(namespace, &hostile.place.admin(pod));
    hostile.tries(Policy::pass([Risk::RunCode, Risk::Change]), &intruders).await;
    hostile.nothing_changed();
}

//! The analyzers on snapshots that were captured from a real cluster (Kubernetes 1.34) while these faults were there.

use std::fmt::Write;

use todo_agent::{
    diagnostics::{Snapshot, health, judge, services},
    domain::{
        finding::{Finding, Severity},
        place::Locality,
    },
};

fn fixture(name: &str) -> Snapshot {
    let path = format!("{}/tests/fixtures/diagnostics/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn tell(findings: &[Finding]) -> String {
    let mut out = String::new();
    for f in findings {
        let severity = if f.severity == Severity::Error { "error" } else { "warning" };
        let lasting = if f.lasting { ", lasting" } else { "" };
        let workload = f.workload.as_ref().map_or("-".to_owned(), ToString::to_string);
        writeln!(out, "{} {severity}{lasting} {} of {workload}", f.code, f.object).unwrap();
        writeln!(out, "  {}", f.what).unwrap();
        for line in &f.evidence {
            writeln!(out, "  > {line}").unwrap();
        }
        for hint in &f.hints {
            writeln!(out, "  -> {hint}").unwrap();
        }
    }
    out
}

#[track_caller]
fn assert_told(name: &str, wanted: &str) {
    let mut snapshot = fixture(name);
    snapshot.locality = Some(Locality::Minikube);
    let told = tell(&judge(&snapshot));
    assert_eq!(told, wanted.trim_start_matches('\n'), "\n{told}");
}

#[test]
fn an_image_that_cannot_be_pulled_is_told_with_the_registrys_own_reason() {
    assert_told(
        "image",
        r#"
T101 error, lasting pod/badname-f9996f4bf-npklc of deployment/badname
  cannot pull Todo_Backend:::latest: the name is not valid: repository name (library/Todo_Backend) must be lowercase
  > Failed to apply default image tag "Todo_Backend:::latest": couldn't parse image name "Todo_Backend:::latest": invalid reference format: repository name (library/Todo_Backend) must be lowercase
  -> correct the image's name
T101 error, lasting pod/local-5bf7ddd98f-q5lsj of deployment/local
  cannot pull todo-local:dev: not on the node, and its pull policy is Never
  > Container image "todo-local:dev" is not present with pull policy of Never
  -> if the image was built on this machine, load it: `minikube image load todo-local:dev`
T101 error, lasting pod/shop-56bb57f8f7-5wxl2 of deployment/shop
  cannot pull 127.0.0.1:5077/shop:v9: not found at 127.0.0.1:5077 (2 pods)
  > Back-off pulling image "127.0.0.1:5077/shop:v9": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "127.0.0.1:5077/shop:v9": failed to resolve reference "127.0.0.1:5077/shop:v9": 127.0.0.1:5077/shop:v9: not found
  -> if the image was built on this machine, load it: `minikube image load 127.0.0.1:5077/shop:v9`
T101 error, lasting pod/vault-bb674f5d5-6ljg9 of deployment/vault
  cannot pull 127.0.0.1:5077/private/vault:v1: the registry at 127.0.0.1:5077 refuses access (403 Forbidden)
  > Back-off pulling image "127.0.0.1:5077/private/vault:v1": ErrImagePull: failed to pull and unpack image "127.0.0.1:5077/private/vault:v1": failed to resolve reference "127.0.0.1:5077/private/vault:v1": pulling from host 127.0.0.1:5077 failed with status code [manifests v1]: 403 Forbidden
  -> if the image was built on this machine, load it: `minikube image load 127.0.0.1:5077/private/vault:v1`
  -> if the registry needs a login, name a Secret with it in `imagePullSecrets`
T101 error pod/web-5855bf856d-8z6j2 of deployment/web
  cannot pull todo-backend:nope: the registry at registry-1.docker.io does not answer (no such host) (3 pods)
  > Back-off pulling image "todo-backend:nope": ErrImagePull: failed to pull and unpack image "docker.io…o/library/todo-backend:nope": failed to do request: Head "https://registry-1.docker.io/v2/library/todo-backend/manifests/nope": dial tcp: lookup registry-1.docker.io on 10.255.255.53:53: no such host
  -> if the image was built on this machine, load it: `minikube image load todo-backend:nope`
"#,
    );
}

#[test]
fn a_crash_is_told_with_its_exit_code_and_its_last_lines() {
    assert_told(
        "crash",
        r#"
T102 error, lasting pod/api-574b64cdc4-knvlf of deployment/api
  crashes: exit code 1 (8 restarts, 2 pods)
  > starting
  > Error: BETTER_AUTH_SECRET is not set
  -> `todo-agent -n diag-crash "show the logs of api"`
T102 error, lasting pod/done-798757bf7d-69qh4 of deployment/done
  ends by itself and is started again: exit code 0 (8 restarts)
  > finished all work
  -> a server must keep running: does its command start it in the background?
  -> `todo-agent -n diag-crash "show the logs of done"`
T102 error, lasting pod/import-4gpbp of job/import
  failed: exit code 2 (3 pods)
  > no such table: todos
  -> `todo-agent -n diag-crash "show the logs of import"`
T102 error, lasting pod/initfail-6fdcb76f98-knkjb of deployment/initfail
  init container migrate crashes: exit code 3 (8 restarts)
  > cannot reach database at 10.0.0.9:5432
  -> `todo-agent -n diag-crash "show the logs of initfail"`
T113 error, lasting pod/nocmd-b99c68456-8h79n of deployment/nocmd
  cannot be started: exec: "/nope": stat /nope: no such file or directory
  > failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/nope": stat /nope: no such file or directory: unknown
  -> correct `command`, `args` or the image's entrypoint
T102 warning pod/flaky-6dbc87d588-s8rl8 of deployment/flaky
  crashed and runs again: exit code 143, told to stop, SIGTERM (4 restarts, the last 2 min ago)
  > up
  > panic: lost connection
  -> `todo-agent -n diag-crash "show the logs of flaky"`
"#,
    );
}

#[test]
fn a_failing_probe_is_told_with_what_it_asks_and_what_came_back() {
    assert_told(
        "probe",
        r#"
T103 error pod/execp-7cfc5b5b7-2bpjf of deployment/execp
  readiness probe fails: command `sh -c echo not warmed up; exit 1` fails: not warmed up
  > not warmed up
T103 error, lasting pod/live-5b5d875f5d-f5qmv of deployment/live
  liveness probe fails: GET /nope on port 7860 answers 404 (11 restarts)
  > HTTP probe failed with statuscode: 404
  -> the program does not serve /nope: correct the probe's path
T103 error, lasting pod/ready-77778b4c55-gvjb9 of deployment/ready
  readiness probe fails: GET /healthz on port 7860 answers 404 (2 pods)
  > HTTP probe failed with statuscode: 404
  -> the program does not serve /healthz: correct the probe's path
T103 error, lasting pod/start-6c669459bf-jfnfc of deployment/start
  startup probe fails: GET /health on port 9999 is refused: nothing listens there (11 restarts)
  > Get "http://10.244.0.26:9999/health": dial tcp 10.244.0.26:9999: connect: connection refused
  -> the container declares port 7860
T103 error pod/tcp-0 of statefulset/tcp
  readiness probe fails: TCP port 5432 is refused: nothing listens there
  > dial tcp 10.244.0.25:5432: connect: connection refused
  -> the program listens on another port or address (it must be 0.0.0.0), or is slow to start
"#,
    );
}

#[test]
fn a_kill_for_memory_is_told_with_the_limit() {
    assert_told(
        "oom",
        r#"
T104 error, lasting pod/hungry-75d459f4f4-zpd89 of deployment/hungry
  out of memory: killed at its limit of 16Mi (8 restarts)
  > loading model
  -> raise `resources.limits.memory`, or let the program use less
"#,
    );
}

#[test]
fn a_pod_without_a_node_is_told_with_the_schedulers_reason() {
    assert_told(
        "unschedulable",
        r#"
T105 error, lasting pod/huge-974bbbb59-2qlqm of deployment/huge
  no node takes it: 0/1 nodes are available: 1 Insufficient cpu (3 pods)
  > 0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.
  -> it asks for cpu 64: ask for less, run fewer replicas, or add a node
T105 error, lasting pod/picky-d84f87d6b-r5p6d of deployment/picky
  no node takes it: 0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector
  > 0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.
  -> it asks for a node with disk=ssd
"#,
    );
}

#[test]
fn refused_pods_are_told_with_the_quota_or_whoever_refuses() {
    assert_told(
        "quota",
        r#"
T106 error, lasting replicaset/api-656cb65c76 of deployment/api
  cannot create pods: quota small is exceeded: requested pods=1, used pods=1, limit pods=1 (2 pods missing)
  > pods "api-656cb65c76-75cp9" is forbidden: exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1
  -> run fewer replicas, ask for less, or have the quota raised
T111 error, lasting replicaset/nosa-6cf557d6b4 of deployment/nosa
  cannot create pods: error looking up service account diag-quota/ghost: serviceaccount "ghost" not found (1 pod missing)
  > pods "nosa-6cf557d6b4-" is forbidden: error looking up service account diag-quota/ghost: serviceaccount "ghost" not found
  -> correct the pod template, or what refuses it
"#,
    );
}

#[test]
fn a_missing_config_map_secret_or_key_is_told_with_the_place_that_needs_it() {
    assert_told(
        "config",
        r#"
T107 error, lasting pod/nocm-74fddd6568-gqm5l of deployment/nocm
  ConfigMap missing-config is missing (2 pods)
  > configmap "missing-config" not found
  -> it is needed by envFrom of container nocm
  -> create it: `todo-agent -n diag-config "create configmap missing-config with NAME=value"`
T107 error, lasting pod/nocmkey-86c9bff7cb-m5fxw of deployment/nocmkey
  ConfigMap todo-config has no key B
  > couldn't find key B in ConfigMap diag-config/todo-config
  -> it is needed by env K of container nocmkey
  -> add B to it, or correct the reference
T107 error, lasting pod/nokey-5d479bb484-mqwkk of deployment/nokey
  Secret todo-secrets has no key COHERE_API_KEY
  > couldn't find key COHERE_API_KEY in Secret diag-config/todo-secrets
  -> it is needed by env K of container nokey
  -> add COHERE_API_KEY to it, or correct the reference
T107 error, lasting pod/nosecret-6b8966b465-ktbxt of deployment/nosecret
  Secret missing-secret is missing
  > secret "missing-secret" not found
  -> it is needed by env DATABASE_URL of container nosecret
  -> create it: `todo-agent -n diag-config "create secret missing-secret from .env"`
T107 error, lasting pod/novol-5dd497cf-48mkp of deployment/novol
  ConfigMap missing-files is missing
  > MountVolume.SetUp failed for volume "conf" : configmap "missing-files" not found
  -> it is needed by volume conf
  -> create it: `todo-agent -n diag-config "create configmap missing-files with NAME=value"`
T107 error, lasting pod/novol-5dd497cf-48mkp of deployment/novol
  Secret missing-tls is missing
  > MountVolume.SetUp failed for volume "tls" : secret "missing-tls" not found
  -> it is needed by volume tls
  -> create it: `todo-agent -n diag-config "create secret missing-tls from .env"`
"#,
    );
}

#[test]
fn a_service_that_selects_nothing_or_sends_nowhere_is_told() {
    assert_told(
        "service",
        r#"
T108 error, lasting service/wrong of -
  selects app=backend: no pod bears these labels
  -> workloads here bear app=todo-backend, app=zero
  -> make the service's selector equal to labels of the pods
T112 warning, lasting service/byname of deployment/todo-backend
  port 80 leads to the port named web, which no container declares
  -> the containers declare 7860 (http)
T112 warning, lasting service/bynumber of deployment/todo-backend
  port 80 leads to port 8000, which no container declares
  -> the containers declare 7860 (http)
"#,
    );
}

#[test]
fn an_unbound_claim_is_told_with_the_reason() {
    assert_told(
        "volume",
        r#"
T109 error, lasting pod/db-absent-85f48f9c55-6bnff of deployment/db-absent
  volume claim absent does not exist
  -> create the PersistentVolumeClaim in the same namespace, or correct the name
T109 error, lasting persistentvolumeclaim/badclass of deployment/db-badclass
  not bound: storage class gold does not exist
  > storageclass.storage.k8s.io "gold" not found
  -> storage classes here: diag-noprov, diag-wait
T109 error, lasting persistentvolumeclaim/consumed of deployment/db-consumed
  not bound: provisioner example.com/none makes no volume: does it run?
  -> see whether the provisioner's pod runs (Minikube: `minikube addons enable storage-provisioner`)
T109 error, lasting persistentvolumeclaim/noclass of deployment/db-noclass
  not bound: it names no storage class, and there is no default one
  -> storage classes here: diag-noprov, diag-wait
T109 error, lasting persistentvolumeclaim/noprov of deployment/db-noprov
  not bound: provisioner example.com/none makes no volume: does it run?
  -> see whether the provisioner's pod runs (Minikube: `minikube addons enable storage-provisioner`)
T109 warning persistentvolumeclaim/idle of -
  not bound: it waits for the first pod that uses it
  -> nothing is wrong if no pod shall use it yet
"#,
    );
}

#[test]
fn a_stuck_rollout_is_told_only_when_nothing_else_explains_it() {
    assert_told(
        "rollout",
        r#"
T101 error pod/stuck-78cc968f7b-7zhpf of deployment/stuck
  cannot pull todo-backend:nope: the registry at registry-1.docker.io does not answer (no such host)
  > Back-off pulling image "todo-backend:nope": ErrImagePull: failed to pull and unpack image "docker.io…o/library/todo-backend:nope": failed to do request: Head "https://registry-1.docker.io/v2/library/todo-backend/manifests/nope": dial tcp: lookup registry-1.docker.io on 10.255.255.53:53: no such host
  -> if the image was built on this machine, load it: `minikube image load todo-backend:nope`
T110 error, lasting deployment/gated of deployment/gated
  rollout is stuck: 1 of 2 updated, 2 old replicas left; new pods: 1 waiting for its readiness gates
  > ReplicaSet "gated-f54ffb6c4" has timed out progressing.
  -> readiness gate example.com/traffic is not true: whoever sets it does not, or does not run
  -> `todo-agent -n diag-rollout "describe gated"`
"#,
    );
}

#[test]
fn nothing_is_told_of_a_healthy_app() {
    assert_told("healthy", "");
}

#[test]
fn the_states_of_a_healthy_app_are_those_that_kubectl_shows() {
    let answer = health(&fixture("healthy"), false);
    let mut told = String::new();
    for w in &answer.workloads {
        let Some(pod) = w.pods.first() else {
            panic!("{} has no pods", w.object)
        };
        writeln!(
            told,
            "{} {}/{}/{}/{} {} {} {}",
            w.object,
            w.desired,
            w.ready,
            w.updated,
            w.available,
            w.images.join(","),
            w.pods.len(),
            pod.status
        )
        .unwrap();
    }
    for service in services(&fixture("healthy")) {
        writeln!(
            told,
            "{} {} {} {:?}",
            service.object,
            service.kind,
            service.ports.join(","),
            service.endpoints
        )
        .unwrap();
    }
    assert_eq!(
        told,
        "daemonset/agent 1/1/1/1 busybox:latest 1 Running\n\
         statefulset/cache 2/2/2/2 busybox:latest 2 Running\n\
         deployment/todo-backend 2/2/2/2 todo-backend:latest 2 Running\n\
         service/todo-backend ClusterIP 7860 Some(2)\n"
    );
    assert_eq!((answer.lone_pods, answer.findings), (Vec::new(), Vec::new()));
}

#[test]
fn an_end_that_a_probe_may_have_brought_about_names_the_probe_when_no_event_is_left() {
    let mut snapshot = fixture("probe");
    snapshot.objects.insert("Event".to_owned(), Vec::new());
    let hints: Vec<_> = judge(&snapshot)
        .into_iter()
        .filter(|finding| finding.code == "T102")
        .filter_map(|finding| Some((finding.workload?.name, finding.hints.first()?.clone())))
        .collect();
    let wanted = [
        (
            "live",
            "its liveness probe (GET /nope on port 7860) may have ended it: see whether the program answers there",
        ),
        (
            "start",
            "its startup probe (GET /health on port 9999) may have ended it: see whether the program answers there",
        ),
    ];
    assert_eq!(hints, wanted.map(|(name, hint)| (name.to_owned(), hint.to_owned())));
}

#[test]
fn a_memory_limit_in_which_nothing_starts_is_no_fault_of_the_runtime() {
    let mut snapshot = fixture("mount");
    let said = "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: container init was OOM-killed (memory limit too low?): unknown";
    for objects in snapshot.objects.values_mut() {
        for object in objects {
            if object["reason"] == "FailedCreatePodSandBox" {
                object["message"] = said.into();
            }
            if object["spec"]["runtimeClassName"].is_string() {
                object["spec"]["containers"][0]["resources"] = serde_json::json!({"limits": {"memory": "1Mi"}});
            }
        }
    }
    let told = tell(&judge(&snapshot));
    let found = told.split("T115 ").nth(1).unwrap();
    let wanted = format!(
        "error, lasting pod/sandbox-747d44989c-9xrrv of deployment/sandbox\n  \
         its memory limit of 1Mi is too small: not even a container without a program starts within it\n  \
         > {said}\n  -> raise `resources.limits.memory`: some megabytes are needed before a program runs\n"
    );
    assert_eq!(found, wanted, "{told}");
}

#[test]
fn a_volume_that_cannot_be_mounted_and_a_sandbox_that_cannot_be_made_are_told_with_the_nodes_reason() {
    assert_told(
        "mount",
        r#"
T114 error pod/driver-9d549bdd-jn9c5 of deployment/driver
  volume files (driver files.example.com) cannot be mounted: kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name files.example.com not found in the list of registered CSI drivers
  > MountVolume.SetUp failed for volume "files" : kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name files.example.com not found in the list of registered CSI drivers
  -> see that the driver's pod runs on the node: `kubectl get csidriver,csinode`
T114 error, lasting pod/host-78f94db8fd-58nc4 of deployment/host
  volume data (/srv/nowhere of the node) cannot be mounted: hostPath type check failed: /srv/nowhere is not a directory (2 pods)
  > MountVolume.SetUp failed for volume "data" : hostPath type check failed: /srv/nowhere is not a directory
  -> make it on the node, or correct the path; `type: DirectoryOrCreate` lets the kubelet make a folder
  -> a folder of this machine comes into Minikube's node with `minikube mount FOLDER:PATH`
T114 error pod/share-9555c869f-5rdww of deployment/share
  volume share (nfs 192.168.77.250:/exports/todo) cannot be mounted: unknown filesystem type 'nfs'
  > MountVolume.SetUp failed for volume "share" : mount failed: exit status 32 Mounting command: mount M…t: mount: /var/lib/kubelet/pods/1dd65a11-f11a-4b59-8774-2a37554ab134/volumes/kubernetes.io~nfs/share: unknown filesystem type 'nfs'. dmesg(1) may have more information after failed mount system call.
  -> see that the server exports it to the node, and that the node has what mounts NFS (nfs-common)
T115 error, lasting pod/sandbox-747d44989c-9xrrv of deployment/sandbox
  the node has no container runtime runsc, which RuntimeClass gvisor-like asks for
  > Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox runtime: no runtime for "runsc" is configured
  -> leave `runtimeClassName` away, or set the runtime up on the node
"#,
    );
}

//! `todo-agent gate -- COMMAND …`: this very program, and a shell, behind the gate of another one.

use crate::run::{Home, Seen, seen};

const ME: &str = env!("CARGO_BIN_EXE_todo-agent");

fn gated(home: &Home, allow: &[&str], command: &[&str]) -> Seen {
    let args: Vec<&str> = [&["gate"], allow, &["--"], command].concat();
    let mut seen = home.run(&args);
    seen.err = seen.err.replace(ME, "ME");
    seen
}

/// Ids of all records, the oldest first. A program that is this one keeps its own behind that of its gate.
fn records(home: &Home) -> Vec<String> {
    let records = std::fs::read_dir(home.state().join("transcripts")).unwrap();
    let mut all: Vec<_> = records
        .map(|record| record.unwrap())
        .map(|record| {
            (
                began(&record.path().join("events.jsonl")),
                record.file_name().into_string().unwrap(),
            )
        })
        .collect();
    all.sort();
    all.into_iter().map(|(_, id)| id).collect()
}

/// When its first line was written.
fn began(events: &std::path::Path) -> String {
    let text = std::fs::read_to_string(events).unwrap();
    let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    first["at"].as_str().unwrap().to_owned()
}

#[test]
fn a_program_reads_through_the_gate_and_its_end_is_ours() {
    let home = Home::new();
    let read = gated(&home, &[], &[ME, "list deployments"]);
    let simulated = "Embedded cluster, simulated: nothing real is touched.\n";
    assert_eq!((read.code, read.err.as_str()), (0, simulated), "{read:?}");
    assert!(read.out.contains("todo-backend"), "{read:?}");
    let script = "[ -f \"$KUBECONFIG\" ] && [ -d \"$HOME\" ] && exit 7";
    assert_eq!(gated(&home, &[], &["/bin/sh", "-c", script]), seen(7, "", ""));
}

#[test]
fn what_is_not_allowed_is_refused_with_what_it_needs_and_the_end_says_so() {
    let home = Home::new();
    let change = [ME, "--yes", "scale backend to 3"];
    let refused = gated(&home, &[], &change);
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(
        refused.err.ends_with(
            "gate: 1 call was refused\n  patch deployments/todo-backend/scale in namespace default: it needs --allow change\n  To let it pass: todo-agent gate --allow change -- ME --yes 'scale backend to 3'\n"
        ),
        "{refused:?}"
    );
    let now = home.run(&["list deployments"]);
    assert!(now.out.contains("todo-backend    2/2"), "{now:?}");
}

#[test]
fn what_a_program_did_is_recorded_and_taken_back() {
    let home = Home::new();
    let change = [ME, "--yes", "scale backend to 3"];
    let done = gated(&home, &["--allow", "change"], &change);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        done.err
            .ends_with("gate: what was changed is recorded; take it back with `todo-agent undo`\n"),
        "{done:?}"
    );
    let list = home.run(&["transcript", "list"]);
    assert!(list.out.contains("gate -- "), "{list:?}");
    let check = home.run(&["transcript", "check"]);
    assert_eq!(check.code, 0, "{check:?}");
    let undone = home.run(&["undo", "--yes"]);
    assert_eq!(undone.code, 0, "{undone:?}");
    assert!(undone.out.contains("3 → 2"), "{undone:?}");
}

/// As `kubectl delete` and `kubectl create` do, and `kubectl replace --force`.
#[test]
fn what_was_taken_away_and_made_anew_is_what_it_was_again() {
    let home = Home::new();
    assert_eq!(home.run(&["--yes", "create configmap settings with A=1"]).code, 0);
    let script = format!("{ME} --yes 'delete configmap settings' && {ME} --yes 'create configmap settings with A=2'");
    let done = gated(&home, &["--allow", "change,destroy"], &["/bin/sh", "-c", &script]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        done.err
            .ends_with("gate: what was changed is recorded; take it back with `todo-agent undo`\n"),
        "{done:?}"
    );
    let all = records(&home);
    let undone = home.run(&["undo", "--yes", &all[1]]);
    let told = "    data.A  2 → 1
    configmap/settings is taken away first, and made again as it was

  ✓ made again
Verified on the embedded (simulated) cluster.
";
    assert_eq!(undone.code, 0, "{undone:?}");
    assert!(undone.out.contains(told), "{}", undone.out);
    // What it was to an earlier request it is again.
    let undone = home.run(&["undo", "--yes", &all[0]]);
    assert_eq!(undone.code, 0, "{undone:?}");
    assert!(undone.out.contains("  - configmap/settings\n"), "{}", undone.out);
}

#[test]
fn what_was_made_anew_and_changed_since_is_not_taken_away_for_what_it_was() {
    let home = Home::new();
    let script =
        format!("{ME} --yes 'delete deployment todo-frontend' && {ME} --yes 'create deployment todo-frontend with image nginx:1.27'");
    let done = gated(&home, &["--allow", "change,destroy"], &["/bin/sh", "-c", &script]);
    assert_eq!(done.code, 0, "{done:?}");
    let gate = records(&home).swap_remove(0);
    assert_eq!(home.run(&["--yes", "scale todo-frontend to 3"]).code, 0);
    let refused = home.run(&["undo", "--yes", &gate]);
    let told = "error: spec.replicas of deployment/todo-frontend was changed since we made it: to take it away would lose that\n";
    assert_eq!((refused.code, refused.err.contains(told)), (1, true), "{refused:?}");
}

#[test]
fn what_stays_is_not_taken_away_with_the_namespace_that_it_lies_in() {
    let home = Home::new();
    let script = format!("{ME} --yes 'create namespace shop' && {ME} --yes -n shop 'create configmap app-config with A=1'");
    let done = gated(&home, &["--allow", "change"], &["/bin/sh", "-c", &script]);
    assert_eq!(done.code, 0, "{done:?}");
    let gate = records(&home).swap_remove(0);
    assert_eq!(home.run(&["--yes", "-n", "shop", "label configmap app-config tier=gold"]).code, 0);
    let refused = home.run(&["undo", "--yes", &gate]);
    let told = "error: metadata.labels.tier of configmap/app-config was added since we made it: to take it away would lose that\n";
    assert_eq!((refused.code, refused.err.contains(told)), (1, true), "{refused:?}");
    assert!(home.run(&["-n", "shop", "list configmaps"]).out.contains("app-config"));
}

/// A program may see another make what it made first go.
#[test]
fn what_was_made_again_by_the_same_program_is_taken_away_whoever_took_the_first_one_away() {
    let home = Home::new();
    let make = format!("{ME} --yes 'create configmap settings with A=1'");
    let elsewhere = format!("KUBECONFIG= {ME} --yes 'delete configmap settings'");
    let done = gated(
        &home,
        &["--allow", "change"],
        &["/bin/sh", "-c", &format!("{make} && {elsewhere} && {make}")],
    );
    assert_eq!(done.code, 0, "{done:?}");
    let gate = records(&home).into_iter().find(|id| id.contains("gate")).unwrap();
    let undone = home.run(&["undo", "--yes", &gate]);
    assert_eq!(undone.code, 0, "{undone:?}");
    assert!(undone.out.contains("  - configmap/settings\n"), "{}", undone.out);
}

/// A try says another port of the nodes than the server gives then.
#[test]
fn what_the_server_chose_is_neither_looked_for_nor_in_the_way_of_taking_back() {
    let home = Home::new();
    let service = |file: &str, kind: &str| {
        let text =
            format!("apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec: {{type: {kind}, ports: [{{name: h, port: 80}}]}}\n");
        home.write(file, &text);
    };
    service("was.yaml", "ClusterIP");
    service("ours.yaml", "NodePort");
    assert_eq!(home.run(&["--yes", "kubectl apply -f was.yaml"]).code, 0);
    let applied = home.run(&["--yes", "kubectl apply -f ours.yaml"]);
    assert_eq!(applied.code, 0, "{applied:?}");
    let undone = home.run(&["undo", "--yes"]);
    assert_eq!(undone.code, 0, "{undone:?}");
    assert!(undone.out.contains("type                   NodePort → ClusterIP\n"), "{undone:?}");
    let apply = format!("{ME} --yes 'kubectl apply -f ours.yaml'");
    let gated_too = gated(&home, &["--allow", "change"], &["/bin/sh", "-c", &apply]);
    assert_eq!(gated_too.code, 0, "{gated_too:?}");
    let gate = records(&home).into_iter().find(|id| id.contains("gate")).unwrap();
    let undone = home.run(&["undo", "--yes", &gate]);
    assert_eq!(undone.code, 0, "{undone:?}");
}

/// The name is free by then, and something else that it needs is not.
#[test]
fn what_was_taken_away_and_cannot_be_made_again_is_told_as_the_change_that_it_is() {
    let home = Home::new();
    let service = |file: &str, name: &str, spec: &str| {
        home.write(
            file,
            &format!("apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {spec}\n"),
        );
    };
    service("was.yaml", "web", "{type: NodePort, ports: [{port: 80, nodePort: 30090}]}");
    service("ours.yaml", "web", "{ports: [{port: 81}]}");
    service("other.yaml", "other", "{type: NodePort, ports: [{port: 82, nodePort: 30090}]}");
    assert_eq!(home.run(&["--yes", "kubectl apply -f was.yaml"]).code, 0);
    let script = format!("{ME} --yes 'delete service web' && {ME} --yes 'kubectl apply -f ours.yaml'");
    let done = gated(&home, &["--allow", "change,destroy"], &["/bin/sh", "-c", &script]);
    assert_eq!(done.code, 0, "{done:?}");
    let gate = records(&home).swap_remove(1);
    assert_eq!(home.run(&["--yes", "kubectl apply -f other.yaml"]).code, 0);
    let half = home.run(&["undo", "--yes", "--output", "json", &gate]);
    let document: serde_json::Value = serde_json::from_str(&half.out).unwrap();
    let told = (half.code, &document["changed"], &document["failure"]["hints"]);
    let hints = serde_json::json!([
        "service/web in namespace default is gone: nothing has its name now.",
        "Take out of its way what stands there, as said above; `todo-agent undo` makes it again then."
    ]);
    assert_eq!(told, (1, &serde_json::json!(true), &hints), "{half:?}");
    assert_eq!(home.run(&["--yes", "delete service other"]).code, 0);
    let undone = home.run(&["undo", "--yes", &gate]);
    assert_eq!(undone.code, 0, "{undone:?}");
    let now = home.run(&["list services"]);
    assert!(now.out.contains("30090"), "{now:?}");
}

/// A server takes no change of what is immutable: to promise that would stop all else from being taken back.
#[test]
fn what_was_made_immutable_stays_and_the_rest_is_taken_back() {
    let home = Home::new();
    assert_eq!(home.run(&["--yes", "create configmap settings with A=1"]).code, 0);
    home.write(
        "sealed.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, labels: {tier: back}}\ndata: {A: \"2\"}\nimmutable: true\n",
    );
    let apply = format!("{ME} --yes kubectl apply -f sealed.yaml");
    let both = format!("{ME} --yes 'scale backend to 3' && {apply}");
    let done = gated(&home, &["--allow", "change"], &["/bin/sh", "-c", &both]);
    assert_eq!(done.code, 0, "{done:?}");
    let end = "gate: what was changed is recorded; take it back with `todo-agent undo`, but for what stays:
  data.A, immutable of configmap/settings: What was made immutable stays as it is until it is taken away.
";
    assert!(done.err.ends_with(end), "{}", done.err);
    let undone = home.run(&["undo", "--yes", &records(&home)[1]]);
    assert_eq!(undone.code, 0, "{undone:?}");
    for told in [
        "    replicas  3 → 2\n",
        "    metadata.labels.tier  back → (not set)\n",
        "    stays: data.A, immutable of configmap/settings\n",
    ] {
        assert!(undone.out.contains(told), "{told}{}", undone.out);
    }
}

#[test]
fn where_nothing_takes_it_back_the_end_says_so() {
    let home = Home::new();
    let script = format!("{ME} --yes 'create configmap short with A=1' && {ME} --yes 'delete configmap short'");
    let done = gated(&home, &["--allow", "change,destroy"], &["/bin/sh", "-c", &script]);
    let end = "gate: what was changed is recorded; nothing of it is left to be taken back\n";
    assert!(done.err.ends_with(end), "{}", done.err);
    assert_eq!(home.run(&["--yes", "create namespace short"]).code, 0);
    let delete = [ME, "--yes", "--allow-destroy", "short", "delete namespace short"];
    let done = gated(&home, &["--allow", "destroy"], &delete);
    let end = "gate: what was changed is recorded; nothing takes it back:
  delete namespace/short: All that is in a namespace goes with it, and is not kept.
";
    assert!(done.err.ends_with(end), "{}", done.err);
}

#[test]
fn an_element_that_was_added_to_a_list_is_taken_away_again() {
    let home = Home::new();
    let done = gated(&home, &["--allow", "change"], &[ME, "--yes", "set C=d on frontend"]);
    assert_eq!(done.code, 0, "{done:?}");
    let undone = home.run(&["undo", "--yes"]);
    assert_eq!(undone.code, 0, "{undone:?}");
    assert!(undone.out.contains("\n    env C  d → (not set)\n"), "{undone:?}");
}

#[test]
fn nothing_in_its_environment_leads_past_the_gate() {
    let home = Home::new();
    let names = [
        "KUBE_TOKEN",
        "KUBE_CTX",
        "KUBE_PROXY_URL",
        "K8S_AUTH_HOST",
        "HELM_KUBEAPISERVER",
        "KUBERNETES_SERVICE_HOST",
    ];
    let script = format!(
        "echo {}; [ \"$KUBECONFIG\" = \"$KUBE_CONFIG_PATH\" ] && echo \"$NO_PROXY $no_proxy\"",
        names.map(|name| format!("[${name}]")).join("")
    );
    let mut command = home.command(&["gate", "--", "/bin/sh", "-c", &script]);
    for name in names {
        command.env(name, "elsewhere");
    }
    command.env("HTTPS_PROXY", "http://10.0.0.1:3128").env("NO_PROXY", "corp.example");
    let output = command.output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "[][][][][][]\ncorp.example,127.0.0.1 corp.example,127.0.0.1\n",
        "{output:?}"
    );
}

#[test]
fn a_program_that_is_not_there_and_a_line_that_names_none() {
    let home = Home::new();
    let missing = gated(&home, &[], &["no-such-program"]);
    assert_eq!(missing, seen(2, "", "error: there is no program \"no-such-program\"\n"));
    let none = home.run(&["gate"]);
    assert_eq!(none.code, 2);
    assert!(none.err.contains("-- <COMMAND>..."), "{none:?}");
    let wrong = home.run(&["gate", "--allow", "everything", "--", "x"]);
    assert_eq!(wrong.code, 2);
    assert!(
        wrong
            .err
            .contains("the classes are read, secret-read, change, run-code, destroy, escalate, unknown"),
        "{wrong:?}"
    );
}

/// On standard output nothing is ours, also where a configuration wishes for documents.
#[test]
fn what_a_program_prints_is_all_that_is_printed_and_no_document_is_promised() {
    let home = Home::new();
    for form in ["json", "jsonl"] {
        let refused = home.run(&["gate", "--output", form, "--", "/bin/sh", "-c", "echo ran"]);
        let told = "error: `todo-agent gate` leaves standard output to its program: what the gate saw is told by `todo-agent transcript show --output json`; nothing was done\n";
        assert_eq!((refused.code, refused.out.as_str()), (2, ""), "{refused:?}");
        assert!(refused.err.starts_with(told), "{refused:?}");
    }
    let mut command = home.command(&["gate", "--", "/bin/sh", "-c", "echo '{\"mine\": 1}'"]);
    command.env("TODO_AGENT_OUTPUT", "json");
    assert_eq!(home.finish(command, None), seen(0, "{\"mine\": 1}\n", ""));
    let shown = home.run(&["transcript", "show", "--output", "json"]);
    let document: serde_json::Value = serde_json::from_str(&shown.out).unwrap();
    assert!(document["events"].as_array().is_some_and(|events| !events.is_empty()), "{shown:?}");
}

/// The whole group of the program ends, and the record says so.
#[test]
fn a_stop_ends_the_program_with_what_it_started() {
    use rustix::process::{Pid, Signal, kill_process};

    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let home = Home::new();
        let pids = home.work().join("pids");
        let script = format!("sleep 600 & echo $! > {}; wait", pids.display());
        let mut command = home.command(&["gate", "--", "/bin/sh", "-c", &script]);
        command.env("PATH", "/usr/bin:/bin");
        let child = command.spawn().unwrap();
        let started = || std::fs::read_to_string(&pids).ok().filter(|pid| pid.ends_with('\n'));
        assert!(in_time(|| started().is_some()));
        kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), signal).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let stat = format!("/proc/{}/stat", started().unwrap().trim());
        assert!(in_time(|| std::fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "))));
        let shown = home.run(&["transcript", "show"]);
        assert!(shown.out.contains("The program was stopped."), "{shown:?}");
        let list = home.run(&["transcript", "list"]);
        assert!(list.out.contains("interrupted"), "{list:?}");
    }
}

fn in_time(is_so: impl Fn() -> bool) -> bool {
    (0..400).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(25));
        is_so()
    })
}

#[test]
fn what_was_made_and_taken_away_for_good_is_not_promised() {
    let home = Home::new();
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: solo}\nspec: {containers: [{name: solo, image: nginx:1.27}]}\n";
    home.write("pod.yaml", pod);
    let script = format!("{ME} --yes 'kubectl apply -f pod.yaml' && {ME} --yes 'delete pod solo'");
    let done = gated(&home, &["--allow", "change,destroy"], &["/bin/sh", "-c", &script]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        done.err
            .ends_with("gate: what was changed is recorded; nothing of it is left to be taken back\n"),
        "{done:?}"
    );
}

/// As a server does with two strategic merge patches: what is newer stands first.
#[test]
fn a_list_that_was_filled_in_another_order_than_it_is_told_is_taken_back() {
    let home = Home::new();
    assert_eq!(home.run(&["--yes", "create deployment plain with image nginx:1.27"]).code, 0);
    let script = format!("{ME} --yes 'set A=1 on plain' && {ME} --yes 'set B=2 on plain'");
    let done = gated(&home, &["--allow", "change"], &["/bin/sh", "-c", &script]);
    assert_eq!(done.code, 0, "{done:?}");
    let gate = records(&home).into_iter().find(|id| id.contains("gate")).unwrap();
    let file = home.state().join("undo").join(format!("{gate}.json"));
    let mut entry: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let list = entry.pointer_mut("/reversals/0/fields/0/ours").unwrap().as_array_mut().unwrap();
    assert_eq!(list.len(), 2);
    list.reverse();
    std::fs::write(&file, entry.to_string()).unwrap();
    let undone = home.run(&["undo", "--yes", &gate]);
    assert_eq!(undone.code, 0, "{undone:?}");
}

/// An address is free once its service is gone, and anybody's.
#[test]
fn a_service_that_is_made_again_has_its_address_again_or_is_said_to_get_another() {
    let home = Home::new();
    let service = |file: &str, name: &str, spec: &str| {
        home.write(
            file,
            &format!("apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{{spec}ports: [{{port: 80}}]}}\n"),
        );
    };
    service("web.yaml", "web", "clusterIP: 10.96.7.7, ");
    service("other.yaml", "other", "clusterIP: 10.96.7.7, ");
    assert_eq!(home.run(&["--yes", "kubectl apply -f web.yaml"]).code, 0);
    let address = || home.run(&["list services"]).out.contains("10.96.7.7");
    assert_eq!(home.run(&["--yes", "delete service web"]).code, 0);
    assert!(!address());
    let undone = home.run(&["undo", "--yes"]);
    assert_eq!((undone.code, address()), (0, true), "{undone:?}");
    assert_eq!(home.run(&["--yes", "delete service web"]).code, 0);
    assert_eq!(home.run(&["--yes", "kubectl apply -f other.yaml"]).code, 0);
    let last = records(&home).pop().unwrap();
    assert!(last.contains("apply"), "{last}");
    let deleted = records(&home).into_iter().rfind(|id| id.contains("delete")).unwrap();
    let undone = home.run(&["undo", "--yes", &deleted]);
    let told = "service/web gets another cluster IP than 10.96.7.7: service/other has the one that it had\n";
    assert_eq!((undone.code, undone.out.contains(told)), (0, true), "{undone:?}");
}

#[test]
fn what_is_taken_back_in_part_says_which_part_stays_and_what_a_try_chose_is_not_shown() {
    let home = Home::new();
    assert_eq!(home.run(&["--yes", "create configmap settings with A=1"]).code, 0);
    home.write(
        "sealed.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, labels: {tier: back}}\ndata: {A: \"2\"}\nimmutable: true\n",
    );
    let preview = home.run(&["--dry-run", "kubectl apply -f sealed.yaml"]);
    let told = "    can be taken back, but for data.A, immutable of configmap/settings\n";
    assert_eq!((preview.code, preview.out.contains(told)), (0, true), "{preview:?}");
    let service = |kind: &str| {
        format!("apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec: {{type: {kind}, ports: [{{name: h, port: 80}}]}}\n")
    };
    home.write("was.yaml", &service("ClusterIP"));
    home.write("ours.yaml", &service("NodePort"));
    assert_eq!(home.run(&["--yes", "kubectl apply -f was.yaml"]).code, 0);
    let apply = [ME, "--yes", "kubectl apply -f ours.yaml"];
    for preview in [
        home.run(&["--dry-run", "kubectl apply -f ours.yaml"]),
        gated(&home, &["--dry-run"], &apply),
    ] {
        let all = format!("{}{}", preview.out, preview.err);
        assert!(all.contains("ClusterIP → NodePort") && !all.contains("nodePort"), "{preview:?}");
    }
}

//! Everything that a program behind the gate may try beyond what it was given, each on a gate that stands before a cluster whose
//! objects are looked at afterwards. Nothing passes ungranted.

use todo_agent::domain::risk::Risk;

use super::{
    hold::to_three,
    tries::{Try, beyond, intruders, tries},
    *,
};

/// What must not have changed.
async fn state(ground: &Ground) -> Value {
    let mut all = Vec::new();
    for path in [
        "/api/v1/namespaces",
        "/apis/apps/v1/deployments",
        "/api/v1/nodes",
        "/apis/batch/v1/cronjobs",
        "/apis/batch/v1/jobs",
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        "/api/v1/configmaps",
        "/api/v1/services",
        "/api/v1/serviceaccounts",
    ] {
        let (_, list) = ground.get(path).await;
        for item in list["items"].as_array().into_iter().flatten() {
            all.push(json!([
                path,
                item["metadata"]["name"],
                item["metadata"]["uid"],
                item["metadata"]["annotations"],
                item["spec"],
                item["data"]
            ]));
        }
    }
    Value::from(all)
}

async fn send(ground: &Ground, one: &Try) -> u16 {
    let mut headers = one.headers.clone();
    headers.push(("content-type", one.content_type));
    let body = if one.body.is_null() {
        Vec::new()
    } else {
        serde_json::to_vec(&one.body).unwrap()
    };
    ground.send(one.method, &one.path, &headers, body).await.0
}

#[tokio::test]
async fn nothing_passes_that_was_not_granted() {
    let tries = tries("default");
    assert!(tries.len() >= 150, "{} cases", tries.len());
    let (policy, mut held) = Policy::hold(vec![to_three("scale")]);
    let ground = ground(policy).await;
    // Somebody who says no to everything.
    tokio::spawn(async move {
        while let Some(one) = held.recv().await {
            one.answer(todo_agent::domain::held::Verdict::Refuse { reason: "no".to_owned() });
        }
    });
    let before = state(&ground).await;
    for one in &tries {
        let code = send(&ground, one).await;
        assert!(code >= 400, "{} {} {} {}: {code}", one.method, one.path, one.content_type, one.body);
    }
    assert_eq!(ground.events.changes(), Vec::<String>::new());
    assert_eq!(state(&ground).await, before);
    // And what was granted still passes.
    assert_eq!(ground.call("PATCH", &format!("{BACKEND}/scale"), MERGE, &replicas(3)).await.0, 200);
    assert_eq!(ground.events.changes(), ["patch deployments/todo-backend/scale"]);
}

#[tokio::test]
async fn without_any_class_allowed_nothing_is_even_tried() {
    let ground = ground(Policy::pass([])).await;
    let before = state(&ground).await;
    for one in &tries("default") {
        let code = send(&ground, one).await;
        assert!(code >= 400, "{} {} {}: {code}", one.method, one.path, one.body);
    }
    assert_eq!(ground.events.changes(), Vec::<String>::new());
    assert_eq!(state(&ground).await, before);
}

/// An answer to HEAD with a body ends the stream without a status (RFC 9113 §8.1).
#[tokio::test]
async fn a_refused_head_is_answered_without_a_body() {
    let ground = ground(Policy::pass([])).await;
    let path = "/api/v1/namespaces/default/secrets/todo-secrets";
    assert_eq!(ground.send("HEAD", path, &[], Vec::new()).await, (403, Value::Null));
    assert_eq!(ground.send("HEAD", BACKEND, &[], Vec::new()).await, (200, Value::Null));
}

/// Each class alone: what belongs to another one does not pass with it.
#[tokio::test]
async fn one_class_does_not_open_another() {
    for (allow, one) in beyond("default") {
        let ground = ground(Policy::pass(allow.iter().copied())).await;
        let code = send(&ground, &one).await;
        assert_eq!(code, 403, "{allow:?} {} {}", one.method, one.path);
        assert_eq!(ground.events.changes(), Vec::<String>::new());
    }
    let ground = ground(Policy::pass([Risk::RunCode, Risk::Change])).await;
    for one in intruders("default", "todo-backend") {
        assert!(send(&ground, &one).await >= 400, "{}", one.body);
    }
    assert_eq!(ground.events.changes(), Vec::<String>::new());
}

mod classes {
    use proptest::prelude::*;
    use todo_agent::domain::risk::{Call, Risk};

    /// Words of which paths of APIs are made, known and unknown, and pieces that are read in several ways.
    fn word() -> impl Strategy<Value = String> {
        prop_oneof![
            prop::sample::select(vec![
                "api",
                "apis",
                "v1",
                "apps",
                "namespaces",
                "default",
                "pods",
                "secrets",
                "deployments",
                "nodes",
                "watch",
                "proxy",
                "exec",
                "attach",
                "portforward",
                "scale",
                "status",
                "log",
                "eviction",
                "token",
                "serviceaccounts",
                "finalize",
                "rbac.authorization.k8s.io",
                "clusterroles",
                "example.com",
                "things",
                "..",
                ".",
                "",
                "%2e%2e",
                "a%2fb",
                "Pods",
                "x;y",
                "version",
                "logs",
                "debug",
                "%00",
                "ephemeralcontainers",
                "bindings",
            ])
            .prop_map(str::to_owned),
            "[a-z0-9%./;]{0,8}",
        ]
    }

    fn path() -> impl Strategy<Value = String> {
        (prop::collection::vec(word(), 0..10), any::<bool>())
            .prop_map(|(words, slash)| format!("/{}{}", words.join("/"), if slash { "/" } else { "" }))
    }

    fn method() -> impl Strategy<Value = String> {
        prop_oneof![
            prop::sample::select(vec![
                "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "get", "Delete"
            ])
            .prop_map(str::to_owned),
            "[A-Za-z]{1,8}",
        ]
    }

    /// What a careful server makes of a path, written down a second time and in another way than the classification itself.
    fn decoded(path: &str) -> Option<Vec<String>> {
        let text = path.strip_prefix('/')?;
        let text = text.strip_suffix('/').unwrap_or(text);
        if text.is_empty() {
            return Some(Vec::new());
        }
        let mut parts = Vec::new();
        for part in text.split('/') {
            let mut bytes = Vec::new();
            let mut rest = part.bytes();
            while let Some(byte) = rest.next() {
                if byte == b'%' {
                    let code = [rest.next()?, rest.next()?];
                    let code = std::str::from_utf8(&code).ok()?;
                    if !code.bytes().all(|b| b.is_ascii_hexdigit()) {
                        return None;
                    }
                    bytes.push(u8::from_str_radix(code, 16).ok()?);
                } else {
                    bytes.push(byte);
                }
            }
            let part = String::from_utf8(bytes).ok()?;
            if part.is_empty() || part == "." || part == ".." || part.contains(['/', '\\', '\0']) {
                return None;
            }
            parts.push(part);
        }
        Some(parts)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever is called a read is a GET or a HEAD of a path that is read in one way, or a review.
        #[test]
        fn a_read_reads(method in method(), path in path(), query in "[a-zA-Z=&%;0-9]{0,20}") {
            let call = Call::parse(&method, &path, &query);
            if matches!(call.risk(), Risk::Read | Risk::SecretRead) {
                let review = method == "POST" && (call.resource.ends_with("reviews") || call.subresource == "token");
                prop_assert!(matches!(method.as_str(), "GET" | "HEAD") || review, "{call:?}");
                prop_assert!(decoded(&path).is_some(), "{path}");
            }
        }

        /// What can be read in two ways is nothing that passes, and whatever names something to run, or a secret, is no plain read.
        #[test]
        fn odd_paths_and_ways_in_are_no_reads(method in method(), path in path()) {
            let call = Call::parse(&method, &path, "");
            let Some(parts) = decoded(&path) else {
                prop_assert!(call.is_unclear() && call.risk() == Risk::Unknown, "{path}");
                return Ok(());
            };
            let is_core = parts.first().is_some_and(|first| first == "api") && parts.len() > 2;
            let runs = ["exec", "attach", "portforward", "proxy"];
            if is_core && parts.len() >= 7 && parts[2] == "namespaces" && runs.contains(&parts[6].as_str()) {
                prop_assert!(!matches!(call.risk(), Risk::Read | Risk::SecretRead | Risk::Change), "{method} {path} {call:?}");
            }
            if is_core && parts[2] == "secrets" && matches!(method.as_str(), "GET" | "HEAD") {
                prop_assert!(call.risk() != Risk::Read, "{path}");
            }
        }

        /// A class never gets lower by what stands behind the question mark, and a try is one only where it is said in one way.
        #[test]
        fn a_query_does_not_make_a_change_harmless(path in path(), query in "[a-zA-Z=&%;0-9]{0,24}") {
            for method in ["POST", "PUT", "PATCH", "DELETE"] {
                let plain = Call::parse(method, &path, "");
                let asked = Call::parse(method, &path, &query);
                prop_assert_eq!(plain.risk(), asked.risk());
                if asked.dry_run {
                    let said = query.split('&').filter(|pair| pair.split('=').next().is_some_and(|name| name.eq_ignore_ascii_case("dryRun"))).count();
                    prop_assert!(said <= 1 || query.contains('%'), "{query}");
                }
            }
        }
    }
}

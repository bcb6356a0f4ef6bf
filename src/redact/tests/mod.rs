mod corpus;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn redactor() -> Redactor {
    Redactor::named([("COHERE_API_KEY".to_owned(), "Zq9-known-Zq9".to_owned())])
}

#[test]
fn texts_as_users_and_programs_write_them() {
    let cases = [
        ("DATABASE_URL=postgres://u:p@h/db", "DATABASE_URL=‹redacted:DATABASE_URL›"),
        (
            "export JWT_SECRET='a b c'\nPORT=7860",
            "export JWT_SECRET='‹redacted:JWT_SECRET›'\nPORT=7860",
        ),
        ("API_KEY=with spaces to the end\nX=1", "API_KEY=‹redacted:API_KEY›\nX=1"),
        // A command that was broken into lines.
        ("  API_KEY=hunter2 on backend\"", "  API_KEY=‹redacted:API_KEY›\""),
        ("  API_KEY=hunter2' -n todo", "  API_KEY=‹redacted:API_KEY›' -n todo"),
        ("  API_KEY=don't tell", "  API_KEY=‹redacted:API_KEY›"),
        (
            "`todo-agent \"set env API_KEY=hunter2\"`",
            "`todo-agent \"set env API_KEY=‹redacted:API_KEY›\"`",
        ),
        ("say 'API_KEY=hunter2' now", "say 'API_KEY=‹redacted:API_KEY›' now"),
        (
            "kubectl create secret generic s --from-literal=COHERE_API_KEY=abc --from-literal=PORT=1",
            "kubectl create secret generic s --from-literal=COHERE_API_KEY=‹redacted:COHERE_API_KEY› --from-literal=PORT=1",
        ),
        (
            "helm upgrade x . --set secrets.betterAuthSecret=abc,frontend.replicas=2",
            "helm upgrade x . --set secrets.betterAuthSecret=‹redacted:secrets.betterAuthSecret›",
        ),
        ("psql --password hunter2 -h db", "psql --password ‹redacted:password› -h db"),
        (
            "login --password-stdin --token=abc",
            "login --password-stdin --token=‹redacted:token›",
        ),
        (
            r#"{"password": "a\"b", "port": 1}"#,
            r#"{"password": "‹redacted:password›", "port": 1}"#,
        ),
        (
            r#"{\"apiKey\":\"abc\",\"port\":1}"#,
            r#"{\"apiKey\":\"‹redacted:apiKey›\",\"port\":1}"#,
        ),
        ("password: hunter\nuser: me", "password: ‹redacted:password›\nuser: me"),
        (
            "env:\n- name: JWT_SECRET\n  value: abc\n- name: PORT\n  value: '1'",
            "env:\n- name: JWT_SECRET\n  value: ‹redacted:JWT_SECRET›\n- name: PORT\n  value: '1'",
        ),
        (
            "key: |\n  a\napi_key: |\n  a\n  b\nc: d",
            "key: |\n  a\napi_key: |\n  ‹redacted:api_key›\nc: d",
        ),
        (
            "https://h/p?access_token=abc&x=1",
            "https://h/p?access_token=‹redacted:access_token›&x=1",
        ),
        ("host=h password=abc dbname=d", "host=h password=‹redacted:password› dbname=d"),
        (
            "set BETTER_AUTH_SECRET of the backend to hunter",
            "set BETTER_AUTH_SECRET of the backend to ‹redacted:BETTER_AUTH_SECRET›",
        ),
        (
            "my cohere api key is abcdefghij1234567890ABCDEFGHIJ1234567890, use it",
            "my cohere api key is ‹redacted:api-key›, use it",
        ),
        ("Cookie: a=b; c=d", "Cookie: ‹redacted:Cookie›; c=d"),
        ("uses Zq9-known-Zq9 here", "uses ‹redacted:COHERE_API_KEY› here"),
        ("x-api-key: Abc123", "x-api-key: ‹redacted:x-api-key›"),
    ];
    for (text, expected) in cases {
        assert_eq!(redactor().text(text), expected);
        assert_eq!(redactor().text(expected), expected, "again");
    }
}

#[test]
fn ordinary_text_stays_as_it_is() {
    let texts = [
        "scale backend to 3",
        "Error: BETTER_AUTH_SECRET is not set",
        "Set BETTER_AUTH_SECRET to a random value",
        "secret/todo-secrets has no key DATABASE_URL",
        "restart the backend because the token expired",
        "    secretKeyRef:\n      name: todo-secrets\n      key: database-url",
        "  volumes:\n  - name: x\n    secret:\n      secretName: todo-secrets",
        "automountServiceAccountToken: false",
        r#"{"topologyKey":"kubernetes.io/hostname","max_tokens":512}"#,
        "get secrets -n todo",
        "image: todo-backend@sha256:0f3a5c9d1e2b4f60718293a4b5c6d7e8f90123456789abcdef0123456789abcd",
        "http://todo-backend:7860/health",
        "password=${DB_PASSWORD}\nx token: {{ .Values.token }}",
        "",
    ];
    for text in texts {
        assert_eq!(redactor().text(text), text);
    }
}

#[test]
fn secrets_of_kubernetes_are_hidden_wherever_they_stand() {
    let applied = json!({"kind": "Secret", "stringData": {"a": "xyz"}}).to_string();
    let mut list = json!({"kind": "List", "items": [
        {"kind": "Secret", "metadata": {"name": "s", "annotations": {"kubectl.kubernetes.io/last-applied-configuration": applied}},
         "data": {"a": "eHl6", "empty": ""}, "stringData": {"b": "q"}, "type": "Opaque"},
        {"kind": "ConfigMap", "data": {"PORT": "7860", "LOG": "info"}},
        {"kind": "Pod", "spec": {"containers": [{"name": "c", "args": ["--api-key", "abc", "--port", "1"],
         "env": [{"name": "JWT_SECRET", "value": "abc", "from": "cba"}, {"name": "PORT", "value": "1", "from": "2"},
                 {"name": "DATABASE_URL", "valueFrom": {"secretKeyRef": {"name": "s", "key": "a"}}}]}]}}
    ]});
    redactor().value(&mut list);
    let expected = json!({"kind": "List", "items": [
        {"kind": "Secret", "metadata": {"name": "s", "annotations": {"kubectl.kubernetes.io/last-applied-configuration":
            json!({"kind": "Secret", "stringData": {"a": "‹redacted:a›"}}).to_string()}},
         "data": {"a": "‹redacted:a›", "empty": ""}, "stringData": {"b": "‹redacted:b›"}, "type": "Opaque"},
        {"kind": "ConfigMap", "data": {"PORT": "7860", "LOG": "info"}},
        {"kind": "Pod", "spec": {"containers": [{"name": "c", "args": ["--api-key", "‹redacted:api-key›", "--port", "1"],
         "env": [{"name": "JWT_SECRET", "value": "‹redacted:JWT_SECRET›", "from": "‹redacted:JWT_SECRET›"}, {"name": "PORT", "value": "1", "from": "2"},
                 {"name": "DATABASE_URL", "valueFrom": {"secretKeyRef": {"name": "s", "key": "a"}}}]}]}}
    ]});
    assert_eq!(list, expected);
    redactor().value(&mut list);
    assert_eq!(list, expected, "again");
}

#[test]
fn secrets_in_manifests_as_text() {
    let yaml = "apiVersion: v1\ndata:\n  a: eHl6\n  b: |\n    line\n    line\nkind: Secret\nmetadata:\n  name: s\n---\nkind: ConfigMap\ndata:\n  a: eHl6\n";
    assert_eq!(
        redactor().text(yaml),
        "apiVersion: v1\ndata:\n  a: ‹redacted:a›\n  b: ‹redacted:b›\nkind: Secret\nmetadata:\n  name: s\n---\nkind: ConfigMap\ndata:\n  a: eHl6\n"
    );
    let list =
        "items:\n- apiVersion: v1\n  data:\n    a: eHl6\n  kind: Secret\n- apiVersion: v1\n  data:\n    a: eHl6\n  kind: ConfigMap\n";
    assert_eq!(
        redactor().text(list),
        "items:\n- apiVersion: v1\n  data:\n    a: ‹redacted:a›\n  kind: Secret\n- apiVersion: v1\n  data:\n    a: eHl6\n  kind: ConfigMap\n"
    );
    let nested = json!({"kind": "Secret", "metadata": {"annotations": {"last": json!({"stringData": {"a": "q\"x\\"}, "kind": "Secret"}).to_string()}}, "data": {"a": "eHl6", "n": 1}}).to_string();
    let expected = nested.replace(r#"q\\\"x\\\\"#, "‹redacted:a›").replace("eHl6", "‹redacted:a›");
    assert_ne!(nested, expected);
    assert_eq!(redactor().text(&nested), expected);
    let cut = "{\"items\":[{\"kind\":\"Secret\",\"data\":{\"a\":\"eHl6\",\"b\":\"eH";
    assert_eq!(
        redactor().text(cut),
        "{\"items\":[{\"kind\":\"Secret\",\"data\":{\"a\":\"‹redacted:a›\",\"b\":\"‹redacted:b›"
    );
    let json = "$ kubectl get secret s -o json\n{\n  \"kind\": \"Secret\",\n  \"data\": {\n    \"a\": \"eHl6\"\n  }\n}\n";
    assert_eq!(
        redactor().text(json),
        "$ kubectl get secret s -o json\n{\n  \"kind\": \"Secret\",\n  \"data\": {\n    \"a\": \"‹redacted:a›\"\n  }\n}\n"
    );
}

#[test]
fn a_value_is_judged_by_the_name_it_stood_under() {
    assert_eq!(redactor().under("JWT_SECRET", &json!("abc")), json!("‹redacted:JWT_SECRET›"));
    assert_eq!(redactor().under("replicas", &json!(3)), json!(3));
}

#[test]
fn the_environment_teaches_its_secrets() {
    let redactor = Redactor::from_variables(
        [("DATABASE_URL", "postgres://me:s3cr3t-pw@h/db"), ("HOME", "/home/somebody")].map(|(n, v)| (n.to_owned(), v.to_owned())),
    );
    assert_eq!(
        redactor.text("login s3cr3t-pw at /home/somebody"),
        "login ‹redacted:DATABASE_URL› at /home/somebody"
    );
}

/// Pieces from which texts are built that look like the ones we meet.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("DATABASE_URL".to_owned()),
        Just("password".to_owned()),
        Just("--api-key".to_owned()),
        Just("postgres://u:p@h".to_owned()),
        Just("‹redacted:JWT_SECRET›".to_owned()),
        Just("Authorization: Bearer ".to_owned()),
        Just("kind: Secret\ndata:\n  a: b\n".to_owned()),
        Just("{\"kind\":\"Secret\",\"data\":{\"a\":\"b\"}}".to_owned()),
        Just("-----BEGIN PRIVATE KEY-----".to_owned()),
        Just("value:".to_owned()),
        Just(" to ".to_owned()),
        Just("my password is ".to_owned()),
        Just("use token ".to_owned()),
        Just("change the key from ".to_owned()),
        Just("curl -u me:".to_owned()),
        Just("docker login -p ".to_owned()),
        Just("kubectl create secret generic s --from-literal=a=".to_owned()),
        Just("me:pw@ghcr.io/x ".to_owned()),
        Just("https://me:".to_owned()),
        Just("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-def_1".to_owned()),
        Just("cG9zdGdyZXM6Ly9tZTpodW50ZXIyQGgvZGI=".to_owned()),
        Just("a%3A%2F%2F".to_owned()),
        "[=:\"'\\\\ \n|,@/&?‹›-]{1,3}",
        "[a-z0-9A-Z]{1,24}",
        "\\PC{0,4}",
    ]
}

fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(piece(), 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_survived_and_twice_is_once(text in text()) {
        let redactor = redactor();
        let once = redactor.text(&text).into_owned();
        let twice = redactor.text(&once).into_owned();
        prop_assert_eq!(&once, &twice);
    }

    #[test]
    fn what_is_hidden_once_stays_as_it_is_in_any_mix(text in corpus::mixed()) {
        let redactor = redactor();
        let once = redactor.text(&text).into_owned();
        let twice = redactor.text(&once).into_owned();
        prop_assert_eq!(&once, &twice);
    }

    #[test]
    fn a_known_value_never_survives(value in "[ -~äß€]{6,40}", before in text(), after in text()) {
        let value = value.trim().to_owned();
        let redactor = Redactor::new([value.clone()]);
        prop_assume!(redactor.knows_part_of(value.as_bytes()));
        let text = redactor.text(&format!("{before}{value}{after}")).into_owned();
        prop_assert!(!text.contains(&value), "{}", text);
        let mut json = json!({ (format!("k{value}")): [before, { "a": format!("{value}{after}") }] });
        redactor.value(&mut json);
        prop_assert!(!json.to_string().contains(&value), "{}", json);
    }

    #[test]
    fn a_known_value_never_survives_in_any_encoding(value in "[ -~äß€]{6,40}", before in "[ -~]{0,9}", after in "[ -~]{0,9}") {
        let value = value.trim().to_owned();
        let redactor = Redactor::new([value.clone()]);
        prop_assume!(redactor.knows_part_of(value.as_bytes()));
        let around = format!("{before}{value}{after}");
        let json = serde_json::Value::from(value.as_str()).to_string();
        let json = json[1..json.len() - 1].to_owned();
        let percent: String = value.bytes().map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") }).collect();
        let percent = ["-", ".", "_", "~"].iter().fold(percent, |text, kept| text.replace(&format!("%{:02X}", kept.as_bytes()[0]), kept));
        for encoded in [json.clone(), percent.clone(), percent.replace("%20", "+"), format!("\"{json}\"")] {
            let text = redactor.text(&format!("{before} {encoded} {after}")).into_owned();
            prop_assert!(!text.contains(&encoded), "{} in {}", encoded, text);
        }
        for engine in [STANDARD, URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&around);
            let text = redactor.text(&format!("x: {encoded}")).into_owned();
            let left = text.split(['‹', '›', ' ']).filter(|word| word.len() > 7);
            // Whatever is left of the word decodes to nothing of the value.
            for word in left.filter(|word| encoded.contains(*word)) {
                let at = encoded.find(word).unwrap();
                let decoded: Vec<u8> = (0..4).filter_map(|skip| {
                    let aligned = word.get((4 - at % 4) % 4 + skip..)?;
                    URL_SAFE_NO_PAD.decode(aligned.trim_end_matches('=').replace('+', "-").replace('/', "_")).ok()
                }).flatten().collect();
                prop_assert!(!String::from_utf8_lossy(&decoded).contains(&value), "{} leaves {}", encoded, word);
            }
        }
    }

    #[test]
    fn values_of_any_shape_are_survived(text in text(), key in piece()) {
        let redactor = redactor();
        let mut once = json!({ (key): [text.clone(), {"name": text, "value": "x", "n": 1}] });
        redactor.value(&mut once);
        let mut twice = once.clone();
        redactor.value(&mut twice);
        prop_assert_eq!(once, twice);
    }
}

/// Twice the text must cost about twice the time, whatever it is made of.
#[test]
fn long_texts_cost_no_more_than_their_length() {
    let pieces = [
        "2026-11-23T18:45:02Z INFO request token=abc url=http://x/y?z=1 key path {\"a\":1}\n",
        "token",
        "token ",
        "token=a&",
        "{\"kind\":\"Secret\",",
        "a",
        "postgres://",
        "-----BEGIN PRIVATE KEY-----",
        "secret: \"",
        "\\\"key\\\":",
        "\"password\":'",
        "ä€",
        "data:\n  a: Secret\n",
    ];
    let redactor = redactor();
    for piece in pieces {
        let time = |length: usize| {
            let text = piece.repeat(length / piece.len());
            let start = std::time::Instant::now();
            let _ = redactor.text(&text);
            start.elapsed()
        };
        let (short, long) = (time(1 << 13), time(1 << 16));
        // Eight times as long; a square would be 64. The slack is for a busy machine.
        assert!(
            long < short * 32 + std::time::Duration::from_millis(500),
            "{piece:?}: {short:?}, {long:?}"
        );
    }
}

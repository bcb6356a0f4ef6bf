//! What people and programs write: with secrets, and without. Both are measured, because a record in which ordinary
//! words are hidden is worth as little as one that leaks.

use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;

use crate::redact::Redactor;

/// `«secret|name of the mark»` in a text: what must go, and what stands there then.
const SECRETS: &[&str] = &[
    // In plain words.
    "my password is «hunter2example|password»",
    "The database password is «swordfish|password», the user is todo",
    "the password for the db is «correct-horse-9|password»",
    "connect to neon with password «hunter2example|password» please",
    "use the password «swordfish|password» for postgres",
    "deploy todo, password: «hunter2|password», replicas 3",
    "pw: «hunter2|pw»",
    "pw «hunter2|pw» user todo",
    "pass: «hunter2|pass»",
    "pass=«hunter2|pass»",
    "PASSWORD = «hunter2|PASSWORD»",
    "DB_PASSWORD = '«hunter two|DB_PASSWORD»'",
    "set the password to «hunter2example|password»",
    "change the password in todo-secrets to «hunter2|password»",
    "set password of the backend to «swordfish|password»",
    "change my passphrase from «old-horse-1|passphrase» to «new-horse-2|passphrase»",
    "the token is «abc123def456|token»",
    "the token is: «abc123def456|token».",
    "my github token is «0123abcd4567efgh|token», thanks",
    "here is the token \"«abc123def456|token»\" for the registry",
    "use token «q8w7e6r5t4y3|authorization»",
    "the secret is «s3cr3tvalue|secret»",
    "use key «a1b2c3d4e5f6g7h8|key» for cohere",
    "with the key «a1b2c3d4e5f6g7h8|key»",
    "my cohere key: «a1b2c3d4e5f6g7h8|key»",
    "cohere api key «Zk3vQ9xYt7Lw2Rb5Nc8Mf1Hd4Gs6Jp0KaUeXoViB|api-key» for the backend",
    "connect cohere with «Zk3vQ9xYt7Lw2Rb5Nc8Mf1Hd4Gs6Jp0KaUeXoViB|api-key»",
    "aws secret access key is «wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY|secret»",
    "credentials are «todo:hunter2|credentials»",
    "login as todo with password '«hunter two!|password»'",
    "OPENAI_API_KEY should be «abc1defgh|OPENAI_API_KEY»",
    "the DB_PASSWORD is «swordfish|DB_PASSWORD»",
    "set backend token to «swordfish|token»",
    "set the api key of backend to «swordfish|key»",
    "set backend token to \"«swordfish|token»\" please",
    "“set backend password to «hunter2example|password»”",
    "set API_KY=«hunter2|API_KY» on backend",
    "set DB_PASWORD=«hunter2|DB_PASWORD» on backend",
    "set ACCES_TOKN=«hunter2|ACCES_TOKN» on backend",
    "set MY_CREDS=«hunter2|MY_CREDS» on backend",
    "set SOMETHING=«q8W7e6R5t4Y3u2I1o0PaSd|SOMETHING» on backend",
    // Command lines.
    "kubectl create secret generic s --from-literal=password=«hunter2|password»",
    "kubectl create secret generic s --from-literal password=«hunter2|password»",
    "kubectl create secret generic s --from-literal=db=«hunter2|db» --from-literal='user=«to do|user»'",
    "kubectl create secret docker-registry r --docker-username=me --docker-password=«hunter2|docker-password»",
    "kubectl create secret docker-registry r --docker-password \"«hunter two|docker-password»\"",
    "docker login -u me -p «hunter2|password» ghcr.io",
    "docker login ghcr.io --username me --password «hunter2|password»",
    "helm registry login -u me -p '«hunter two|password»' ghcr.io",
    "login -u me -p «secret|password»",
    "mysql -u root -p«hunter2|password» todo",
    "mysqldump -uroot -p«hunter2|password» todo > dump.sql",
    "sshpass -p «hunter2|password» ssh me@host",
    "redis-cli -h cache -a «hunter2|password» ping",
    "curl -u me:«hunter2|password» https://example.com/x",
    "curl -sSu \"me:«hunter 2|password»\" https://example.com/x",
    "curl --user me:«hunter2|password» -p https://example.com",
    "curl -H 'X-Api-Key: «abc1|X-Api-Key»' http://h/",
    "curl -H \"Authorization: «Basic dXNlcjpwYXNz|authorization»\" http://h/",
    "curl -H \"Authorization: «Bearer abc.def-123|authorization»\" http://h/",
    "echo -n '«hunter2|value»' | base64",
    "echo «aHVudGVyMg==|value» | base64 -d",
    "run PGPASSWORD=«hunter2|PGPASSWORD» psql -h db -U todo",
    // References and URLs.
    "docker pull me:«hunter2|credentials»@ghcr.io/me/todo:1.0",
    "push to me:«hunter2|credentials»@localhost:5000/todo",
    "image: me:«hunter2|credentials»@registry.example.com/todo@sha256:0f3a5c9d1e2b4f60718293a4b5c6d7e8f90123456789abcdef0123456789abcd",
    "https://«me:hunter2|credentials»@example.com/x.git",
    "https://«me:hunt@er2|credentials»@example.com/x.git",
    "https://«me:hunt/er2|credentials»@example.com/x.git",
    "git+ssh://«me:hunter2|credentials»@example.com/x.git",
    "socks5h://«me:hunter2|credentials»@proxy:1080",
    "HTTPS_PROXY=http://«me:hunter2|credentials»@proxy:3128",
    "postgres://«me:hunt/er@2|credentials»@ep-x-1.neon.tech/db",
    "jdbc:postgresql://h/db?user=me&password=«hunter2|password»&ssl=true",
    "oci://«me:hunter2|credentials»@registry.example.com/charts",
    "todo:«hunter2|credentials»@tcp(mysql:3306)/todo?parseTime=true",
    "user:«hunter2|credentials»@tcp(db.internal:3306)/todo",
    "source=User:«hunter2|credentials»@tcp(db:3306)/todo and username:«hunter2|credentials»@unix(/s)/d",
    "user:«hunter2|credentials»@localhost:3306/d user:«hunter2|credentials»@host/d username:«hunter2|credentials»@db.internal/d",
    "root:«hunter2|credentials»@/x root:«hunter2|credentials»@tcp/x root:«hunter2|credentials»@tcp(db)/x",
    "GET https://h/f?sig=«PLANTb5|signature» and https://h/f?a=1&sig=«P5|signature»&b=2",
    "kubectl patch secret s1 --type=json -p '[{\"op\":\"replace\",\"path\":\"/data/data\",\"value\":\"«UExBTlQ=|secret»\"}]'",
    "kubectl patch -n a secret/s1 --type json -p '[{\"value\": {\"data\": \"«UExBTlQ=|data»\"}, \"op\": \"add\", \"path\": \"/data\"}]'",
    "kubectl patch secret s1 -p '{\"data\":{\"data\":\"«UExBTlQ=|data»\"}}'",
    "SOURCE=todo:«hunter2|credentials»@tcp(mysql:3306)/todo",
    "source: \"todo:«p@ss/w(or)d:1|credentials»@tcp(10.0.0.7:3306)/todo\"",
    "{\"source\":\"todo:«hunter2|credentials»@unix(/run/mysqld.sock)/todo\"}",
    "{\"a\":\"{\\\"source\\\":\\\"todo:«hunter2|credentials»@tcp6([::1]:3306)/todo\\\"}\"}",
    "cannot reach todo:«hunter2|credentials»@cloudsql-mysql(project:region:db)/todo: timeout",
    "https://acme.blob.core.windows.net/todo/a.txt?sv=2024-11-04&se=2026-12-01T00%3A00%3A00Z&sr=b&sp=r&sig=«Zk3vQ9xYt7Lw2Rb5Nc8Mf1Hd4Gs6Jp0KaUeXoViB%2Bs%3D|signature»",
    "url: https://acme.blob.core.windows.net/todo?sig=«Zk3vQ9xYt7Lw2Rb5Nc8Mf1Hd4Gs6Jp0KaUeXoViB%2Bs%3D|signature»&sv=2024-11-04",
    "{\"url\":\"https://acme.blob.core.windows.net/todo?sr=c\\u0026sig=«Zk3vQ9xYt7Lw2Rb5Nc8Mf1Hd4Gs6Jp0KaUeXoViB%3D|signature»\"}",
    "GET https://s3.amazonaws.com/b/k?X-Amz-Expires=600&X-Amz-Signature=«0f3a5c9d1e2b4f60718293a4b5c6d7e8f90123456789abcdef0123456789abcd|signature» 200",
    // Shapes, alone and inside words.
    "x«eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-def_1|jwt»",
    "token_«eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-def_1|jwt»",
    "saw «npg_AbC123dEf456|neon-password» in the log",
    "key_«ghp_abcdefghijklmnopqrstuvwxyz0123456789|api-key»",
    "«sk-proj-abcdefghijklmnop1234_x-Y|api-key»",
    "«sk-ant-api03-AbCdEf0123456789-xyz|api-key»",
    "«xoxb-123456789012-abcdefGHIJ|api-key» and «AKIAABCDEFGHIJKLMNOP|api-key»",
    "https://hooks.slack.com/services/«T00000000/B00000000/abcdefghijklmnopqrstuvwx|webhook»",
    "«AIzaSyA1234567890abcdefghijklmnopqrstuv|api-key»",
    "  key: |\n    «-----BEGIN EC PRIVATE KEY-----\n    MHcCAQEEI/+=\n    -----END EC PRIVATE KEY-----|private-key»\n  x: 1",
    r#"{"pem": "«-----BEGIN PRIVATE KEY-----\nMIIE+/=\n-----END PRIVATE KEY-----|private-key»\n"}"#,
    // A kubeconfig.
    "- name: me\n  user:\n    client-certificate-data: LS0tLS1CRUdJTg==\n    client-key-data: «LS0tLS1CRUdJTiBF|client-key-data»\n    token: «abc1defghij|token»\n    username: me\n    password: «hunter|password»\n",
];

/// What people and programs write without any secret in it.
const ORDINARY: &[&str] = &[
    // Requests.
    "scale backend to 3",
    "why does the backend keep restarting?",
    "is my password safe with you?",
    "the password is wrong, why?",
    "the password is not set",
    "my password is too short",
    "the password has expired",
    "the password should be changed",
    "rotate the database password",
    "set a new password for the database",
    "where is the password stored?",
    "the token is expired",
    "the token is missing in the request",
    "the secret is todo-secrets",
    "which pods use the secret todo-secrets?",
    "mount secret todo-secrets into backend at /etc/secrets",
    "use the secret todo-secrets-2 for the backend",
    "use key database-url of secret todo-secrets",
    "the key is not there",
    "the key is to keep it simple",
    "the key is scaling",
    "use the key DATABASE_URL from todo-secrets",
    "use image todo-backend:v1.2.3 for the backend",
    "set LOG_LEVEL of the backend to debug",
    "expose port 8080 and pass it to the frontend",
    "all tests pass: 12, fail: 0",
    "run nginx with 256Mi memory and 0.5 cpu",
    "delete pod todo-backend-6d4cf56db6-x2x9k in todo",
    "undo the last change of 2026-11-25",
    "what is a bearer token and what is basic authentication",
    "explain the difference between a secret and a configmap",
    "show secrets and tokens of the namespace default-2",
    "write to me@example.com, or mailto:me@example.com",
    // Log lines.
    "2026-11-23T18:45:02.123456Z INFO request id=5f0c1a9e-1b2c-4d3e-8f90-123456789abc path=/api/tasks status=200 ms=12",
    "FATAL:  password authentication failed for user \"todo\"",
    "Failed password for root from 10.0.0.1 port 22 ssh2",
    "sqlalchemy.exc.OperationalError: connection to server at \"db\" (10.96.0.12), port 5432 failed: Connection refused",
    "Error: secret \"todo-secrets\" not found",
    "MountVolume.SetUp failed for volume \"kube-api-access-x7f2k\" : failed to fetch token: serviceaccounts \"default\" not found",
    "couldn't find key DATABASE_URL in Secret todo/todo-secrets",
    "secrets \"default-token-x7f2k\" is forbidden: User \"system:serviceaccount:todo:reader-2\" cannot get resource \"secrets\"",
    "I1123 18:45:02.123456       1 controller.go:123] \"Starting\" controller=\"token-cleaner\"",
    "Back-off restarting failed container backend in pod todo-backend-6d4cf56db6-x2x9k_todo(5f0c1a9e-1b2c-4d3e-8f90-123456789abc)",
    "Unauthorized: the token has expired at 2026-11-23T18:45:02Z",
    "JWT expired 12345678 seconds ago",
    "WWW-Authenticate: Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\"",
    "WWW-Authenticate: Basic realm=\"todo\"",
    "INFO:     10.244.0.7:51234 - \"POST /api/auth/token HTTP/1.1\" 401 Unauthorized",
    "level=info msg=\"token refreshed\" ttl=3600 key_count=12",
    "using 512 tokens of 8192, max_tokens: 512",
    "panic: runtime error: index out of range [5] with length 3 goroutine 1 [running]: main.main() /app/main.go:12 +0x1d",
    "npm ERR! code ELIFECYCLE errno 1 todo-frontend@0.1.0 build: `next build`",
    "npm:react@18.2.0 jsr:@std/path@1.0.0 actions/checkout@v4 pkg:cargo/serde@1.0.219",
    "[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified",
    "thread 'main' panicked at core::token::Shape::new, src/token.rs:12:5",
    "export GEMINI_API_KEY=…",
    "run it with PASSWORD=*** or with PASSWORD: ***",
    // Images, hashes, uids, versions.
    "ghcr.io/acme/todo-backend:1.2.3@sha256:0f3a5c9d1e2b4f60718293a4b5c6d7e8f90123456789abcdef0123456789abcd",
    "todo-backend@sha256:0f3a5c9d1e2b4f60718293a4b5c6d7e8f90123456789abcdef0123456789abcd",
    "sha512:0f3a5c9d1e2b4f60718293a4b5c6d7e8f90123456789abcdef0123456789abcd0f3a5c9d1e2b4f60718293a4b5c6d7e8f90123456789abcdef0123456789abcd",
    "localhost:5000/todo-backend:latest registry.k8s.io/pause:3.10",
    "containerd://0f3a5c9d1e2b4f60718293a4b5c6d7e8f90123456789abcdef0123456789abcd",
    "commit 0f3a5c9d1e2b4f60718293a4b5c6d7e8f9012345 fixes the token refresh",
    "the token bug came with commit 0f3a5c9d1e2b4f60718293a4b5c6d7e8f9012345",
    "secret todo-secrets uid 5f0c1a9e-1b2c-4d3e-8f90-123456789abc resourceVersion 123456789",
    "git log 67cec4a..b1710d9 -- src/redact.rs",
    "v1.34.3+k3s1 go1.24.6 linux/amd64",
    "pod-template-hash=6d4cf56db6,controller-revision-hash=7f9d8c6b5",
    "sk-backend-6d4cf56db6-x2x9k task-abcdefghijklmnopqrst0123 disk-0123456789abcdefghij",
    "deployment.apps/co-worker-service-of-the-todo-app scaled",
    "https://github.com/acme/todo/blob/0f3a5c9d1e2b4f60718293a4b5c6d7e8f9012345/src/main.rs#L12-L34",
    "http://example.com:8080/users/a@b.example",
    "root@tcp(mysql:3306)/todo root:@tcp(mysql:3306)/todo",
    "user:password@tcp(db:3306)/todo user:pw@/d root:$DB_PW@tcp(db)/d https://h/f?sig=<sig>",
    "user:jane@example.com username:jane@example.com owner:jane@corp/team npm:react@18.2.0/jsx 12:30@/x",
    "kubectl patch cm a -p '{\"data\":{\"data\":\"plain\"}}'",
    "kubectl patch secret s1 --type=json -p '[{\"op\":\"add\",\"path\":\"/metadata/labels/tier\",\"value\":\"back\"}]'",
    "dial tcp(10.0.0.7:3306): connection refused, tried tcp(mysql:3306)/todo",
    "listening at 12:30 on @tcp(0.0.0.0:80) and unix(/run/a.sock)",
    "GET /tasks?sig=desc&page=2 and ?signature=v1&sort=name",
    "a call of verify(sig=signature, key=public)",
    "https://registry.npmjs.org/@scope/pkg/-/pkg-1.2.3.tgz",
    "git@github.com:acme/todo.git ssh://git@github.com:22/acme/todo.git",
    "/usr/local/lib/python3.13/site-packages/sqlalchemy/engine/default.py",
    "application/vnd.kubernetes.protobuf;stream=watch",
    "io.kubernetes.cri-o.Labels kubectl.kubernetes.io/last-applied-configuration",
    // Command lines.
    "docker run -u 1000:1000 -p 8080:80 -v /a:/b nginx:1.27",
    "docker run --user node:node -p 127.0.0.1:3000:3000/tcp todo-frontend",
    "kubectl logs -p todo-backend-6d4cf56db6-x2x9k -c backend",
    "mkdir -p build/out && cp -p a b && ssh -p 2222 me@host",
    "psql -h db -p 5432 -U todo",
    "mysql -u root -p todo",
    "kubectl create configmap c --from-literal=PORT=7860 --from-literal=LOG=info",
    "kubectl create secret generic s --from-env-file=.env",
    "kubectl get secret todo-secrets -o jsonpath='{.data.DATABASE_URL}' | base64 -d",
    "docker login --password-stdin -u me",
    "docker login -u me -p $REGISTRY_PASSWORD && docker run -p 8080:80 nginx",
    "curl -u me https://example.com/x; curl -sSLO https://example.com/x.tgz",
    "echo hello | grep hello",
    "kubectl get deployment -o yaml --token-auth-file=/etc/tokens",
    "kubectl set env deployment/backend --from=secret/todo-secrets",
    "error: /etc/passwd: object has no apiVersion",
    "the kubeconfig /etc/passwd:1:5 is not valid: names with values are expected there",
    "cannot read ./deploy/token: permission denied",
];

/// The text with its secrets, and the text that is to be left.
fn both(marked: &str) -> (String, String) {
    let (mut with, mut without) = (String::new(), String::new());
    let mut rest = marked;
    while let Some((before, inner)) = rest.split_once('«') {
        let (inner, after) = inner.split_once('»').unwrap();
        let (secret, name) = inner.split_once('|').unwrap();
        with.push_str(&format!("{before}{secret}"));
        without.push_str(&format!("{before}‹redacted:{name}›"));
        rest = after;
    }
    (with + rest, without + rest)
}

/// Both kinds in any order, cut anywhere.
pub fn mixed() -> impl Strategy<Value = String> {
    let one = (
        proptest::sample::select([SECRETS, ORDINARY].concat()),
        0..300_usize,
        prop_oneof![Just(" "), Just("\n"), Just("")],
    );
    proptest::collection::vec(one, 1..4).prop_map(|parts| {
        let cut = |(text, at, end): (&str, usize, &str)| {
            let (with, _) = both(text);
            with.get(..with.floor_char_boundary(at)).unwrap_or(&with).to_owned() + end
        };
        parts.into_iter().map(cut).collect()
    })
}

fn complaints(cases: impl Iterator<Item = (String, String)>) -> String {
    let redactor = Redactor::default();
    cases
        .filter_map(|(text, expected)| {
            let got = redactor.text(&text).into_owned();
            let again = redactor.text(&got).into_owned();
            let wrong = got != expected || again != got;
            wrong.then(|| format!("text     {text}\nexpected {expected}\ngot      {got}\nagain    {again}\n\n"))
        })
        .collect()
}

#[test]
fn secrets_that_people_and_programs_write_are_hidden_and_what_stands_around_them_stays() {
    let wrong = complaints(SECRETS.iter().map(|case| both(case)));
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_people_and_programs_write_without_secrets_stays() {
    let wrong = complaints(ORDINARY.iter().map(|&text| (text.to_owned(), text.to_owned())));
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_is_a_secret_is_one_in_base64_and_in_a_url_too() {
    let dsn = "postgres://me:hunter2@h/db";
    let pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----\n";
    let cases = [dsn, pem, "{\"auths\":{\"ghcr.io\":{\"password\":\"hunter2\"}}}"].map(|secret| {
        let encoded = STANDARD.encode(secret);
        (format!("value: {encoded}, x"), "value: ‹redacted:base64›, x".to_owned())
    });
    let urls = [(
        "http://h/?next=postgres%3A%2F%2Fme%3Ahunter2%40h%2Fdb&x=1".to_owned(),
        "http://h/?next=‹redacted:url-encoded›&x=1".to_owned(),
    )];
    let wrong = complaints(cases.into_iter().chain(urls));
    assert!(wrong.is_empty(), "{wrong}");
    let harmless = STANDARD.encode("PORT is 7860 and the log level is info");
    assert_eq!(Redactor::default().text(&harmless), harmless);
}

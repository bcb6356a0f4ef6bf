//! Several processes at once, and processes that are killed.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::*;

/// What the processes of these tests do, as ignored tests of this same binary.
fn process(job: &str, dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([&format!("embedded::processes::{job}"), "--exact", "--ignored", "--nocapture"])
        .env("EMBEDDED_TEST_DIR", dir)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn test_dir() -> Option<std::path::PathBuf> {
    std::env::var_os("EMBEDDED_TEST_DIR").map(Into::into)
}

async fn call(embedded: &Embedded, method: Method, path: &str, body: Value) -> (u16, Value) {
    let body = if body.is_null() {
        Vec::new()
    } else {
        body.to_string().into_bytes()
    };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json");
    let response = embedded
        .service()
        .ready()
        .await
        .unwrap()
        .call(request.body(Body::from(body)).unwrap())
        .await
        .unwrap();
    let status = response.status().as_u16();
    (
        status,
        serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap(),
    )
}

/// Seven others that write without a pause may keep one from its turn on a busy machine.
fn is_held(code: u16, told: &Value) -> bool {
    code == 500 && told["message"].as_str().unwrap().ends_with("is held by another process")
}

/// Counts one object up, again and again when somebody else was faster.
#[tokio::test]
#[ignore = "a process of eight_processes_count_one_object_without_losing_a_count"]
async fn counts() {
    let Some(dir) = test_dir() else { return };
    let embedded = Embedded::open(&dir).unwrap();
    let path = format!("{MAPS}/counter");
    let mut left = 15;
    while left > 0 {
        let (code, mut object) = call(&embedded, Method::GET, &path, Value::Null).await;
        if is_held(code, &object) {
            continue;
        }
        let count: u64 = object["data"]["count"].as_str().unwrap().parse().unwrap();
        object["data"]["count"] = (count + 1).to_string().into();
        match call(&embedded, Method::PUT, &path, object).await {
            (200, _) => left -= 1,
            (409, _) => {}
            (code, told) if is_held(code, &told) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn eight_processes_count_one_object_without_losing_a_count() {
    let dir = tempfile::tempdir().unwrap();
    let embedded = Embedded::open(dir.path()).unwrap();
    call(&embedded, Method::POST, MAPS, map("counter", json!({ "count": "0" }))).await;
    let children: Vec<Child> = (0..8).map(|_| process("counts", dir.path())).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let (_, object) = call(&embedded, Method::GET, &format!("{MAPS}/counter"), Value::Null).await;
    assert_eq!(object["data"]["count"], "120");
}

/// Makes objects until it is killed, and notes each that was acknowledged.
#[tokio::test]
#[ignore = "a process of what_was_acknowledged_survives_a_kill"]
async fn writes() {
    let Some(dir) = test_dir() else { return };
    let embedded = Embedded::open(&dir).unwrap();
    let mut noted = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(dir.join("noted"))
        .unwrap();
    for _ in 0..2000 {
        let (code, object) = call(
            &embedded,
            Method::POST,
            MAPS,
            json!({ "metadata": { "generateName": "k-" }, "data": { "x": "y".repeat(2000) } }),
        )
        .await;
        assert_eq!(code, 201);
        std::io::Write::write_all(&mut noted, format!("{}\n", object["metadata"]["name"].as_str().unwrap()).as_bytes()).unwrap();
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..8 {
        let length = || std::fs::metadata(dir.path().join("noted")).map_or(0, |noted| noted.len());
        let before = length();
        let mut child = process("writes", dir.path());
        let begin = std::time::Instant::now();
        std::thread::sleep(Duration::from_millis(120 + round * 37));
        // The first rounds may end it while it opens; the others when it has made two (a name has 7 letters), however long
        // that took.
        while round > 2 && length() < before + 16 && begin.elapsed() < Duration::from_secs(30) {
            std::thread::sleep(Duration::from_millis(20));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let embedded = Embedded::open(dir.path()).unwrap();
        let (code, list) = call(&embedded, Method::GET, MAPS, Value::Null).await;
        assert_eq!(code, 200);
        let there: std::collections::BTreeSet<&str> = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|item| item["metadata"]["name"].as_str())
            .collect();
        let noted = std::fs::read_to_string(dir.path().join("noted")).unwrap_or_default();
        let complete = noted.rfind('\n').map_or("", |end| &noted[..end]);
        let lost: Vec<&str> = complete.lines().filter(|name| !there.contains(name)).collect();
        assert_eq!(lost, Vec::<&str>::new(), "round {round}");
    }
    assert!(std::fs::read_to_string(dir.path().join("noted")).unwrap().lines().count() > 8);
}

#[test]
fn a_damaged_database_is_named_with_the_way_out_and_a_reset_mends_it() {
    let dir = tempfile::tempdir().unwrap();
    drop(Embedded::open(dir.path()).unwrap());
    let file = dir.path().join("cluster.sqlite");
    std::fs::remove_file(dir.path().join("cluster.sqlite-wal")).unwrap();
    std::fs::write(&file, "this is no database at all, and long enough to look like one".repeat(100)).unwrap();
    let failure = Embedded::open(dir.path()).unwrap_err();
    assert_eq!(
        failure.what,
        format!("the embedded cluster's database {} is damaged", file.display())
    );
    assert!(
        failure.hints[0].starts_with("`todo-agent cluster reset` makes a new one"),
        "{:?}",
        failure.hints
    );
    let damaged = std::fs::read(&file).unwrap();
    Embedded::reset(dir.path()).unwrap();
    Embedded::open(dir.path()).unwrap();
    // Nothing is thrown away.
    assert_eq!(std::fs::read(dir.path().join("cluster.damaged-1.sqlite")).unwrap(), damaged);
}

#[test]
fn a_reset_takes_nothing_from_a_process_that_only_holds_it() {
    let dir = tempfile::tempdir().unwrap();
    drop(Embedded::open(dir.path()).unwrap());
    let holder = rusqlite::Connection::open(dir.path().join("cluster.sqlite")).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let failure = Embedded::reset(dir.path()).unwrap_err();
    assert!(failure.what.ends_with("is held by another process"), "{}", failure.what);
    assert!(!dir.path().join("cluster.damaged-1.sqlite").exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    let failure = Embedded::open(&dir.path().join("file").join("cluster")).unwrap_err();
    assert!(failure.what.contains("cluster.sqlite"), "{}", failure.what);
    assert_eq!(failure.kind, todo_agent::domain::failure::FailureKind::Configuration);
}

#[tokio::test]
async fn a_reset_is_seen_by_who_has_the_cluster_open() {
    let cluster = Cluster::new();
    cluster.post(MAPS, map("mine", json!({}))).await;
    let (_, list) = cluster.get(MAPS).await;
    Embedded::reset(cluster.dir.path()).unwrap();
    assert_eq!(cluster.get(&format!("{MAPS}/mine")).await.0, 404);
    let path = format!(
        "{MAPS}?watch=1&timeoutSeconds=1&resourceVersion={}",
        list["metadata"]["resourceVersion"].as_str().unwrap()
    );
    let (_, event) = cluster.get(&path).await;
    assert_eq!((&event["type"], &event["object"]["code"]), (&json!("ERROR"), &json!(410)));
}

//! Several starts of one cluster at once, starts that are killed, and what they find there.

use std::{
    path::{Path, PathBuf},
    process::Child,
    time::Duration,
};

use todo_agent::adapters::cluster::embedded::server;

use crate::run::Home;

/// A home whose server is ended whatever happens.
struct Served(Home);

impl Served {
    fn new() -> Self {
        Self(Home::new())
    }

    fn dir(&self) -> PathBuf {
        self.0.state().join("embedded")
    }

    fn folder(&self) -> PathBuf {
        self.dir().join("server")
    }

    fn start(&self) -> Child {
        self.0.command(&["cluster", "start", "--output", "json"]).spawn().unwrap()
    }

    /// Exit code, and port and process that were told.
    fn told(child: Child) -> (Option<i32>, serde_json::Value) {
        let output = child.wait_with_output().unwrap();
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let cluster = &document["cluster"];
        let failure = if document["failure"].is_null() {
            String::new()
        } else {
            document["failure"].to_string()
        };
        (
            output.status.code(),
            serde_json::json!([cluster["server"], cluster["pid"], failure]),
        )
    }

    fn stop(&self) -> i32 {
        self.0.run(&["cluster", "stop"]).code
    }

    /// The kubeconfig that is printed leads to the server that runs.
    fn answers(&self) -> bool {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _ = rustls::crypto::ring::default_provider().install_default();
        runtime.block_on(async {
            let kubeconfig = kube::config::Kubeconfig::from_yaml(&server::kubeconfig(&self.dir()).unwrap()).unwrap();
            let config = kube::Config::from_custom_kubeconfig(kubeconfig, &Default::default()).await.unwrap();
            kube::Client::try_from(config).unwrap().apiserver_version().await.is_ok()
        })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop();
    }
}

fn write_address(folder: &Path, port: u16, pid: u32) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("address.json"), format!("{{\"port\":{port},\"pid\":{pid}}}")).unwrap();
    std::fs::write(folder.join("port"), port.to_string()).unwrap();
}

#[test]
fn eight_first_starts_at_once_make_one_server_with_one_set_of_keys() {
    for _ in 0..2 {
        let served = Served::new();
        let children: Vec<Child> = (0..8).map(|_| served.start()).collect();
        let told: Vec<_> = children.into_iter().map(Served::told).collect();
        for one in &told {
            assert_eq!(one, &(Some(0), told[0].1.clone()), "{told:?}");
        }
        assert!(served.answers());
        assert_eq!(served.0.run(&["list", "pods"]).code, 0);
    }
}

#[test]
fn a_start_that_is_killed_anywhere_leaves_nothing_that_stops_the_next() {
    for round in 0..8_u64 {
        let served = Served::new();
        let mut child = served.start();
        std::thread::sleep(Duration::from_millis(round * round * 6));
        child.kill().unwrap();
        child.wait().unwrap();
        let told = Served::told(served.start());
        assert_eq!(told.0, Some(0), "round {round}: {told:?}");
        assert!(served.answers(), "round {round}");
    }
}

#[test]
fn keys_that_were_cut_off_are_made_anew() {
    let served = Served::new();
    assert_eq!(Served::told(served.start()).0, Some(0));
    assert_eq!(served.stop(), 0);
    for item in std::fs::read_dir(served.folder()).unwrap() {
        let path = item.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    }
    let told = Served::told(served.start());
    assert_eq!(told.0, Some(0), "{told:?}");
    assert!(served.answers());
}

#[test]
fn the_address_of_a_process_that_is_gone_or_of_another_program_is_no_server() {
    let served = Served::new();
    assert_eq!(Served::told(served.start()).0, Some(0));
    assert_eq!(served.stop(), 0);
    // A port where nobody listens, and this very process.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    write_address(&served.folder(), free, std::process::id());
    assert_eq!(served.stop(), 0);
    let told = Served::told(served.start());
    assert_eq!(told.0, Some(0), "{told:?}");
    assert!(served.answers());
    assert_eq!(served.stop(), 0);
    // Another program that listens there and says nothing: it keeps its port.
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    write_address(&served.folder(), port, std::process::id());
    let told = Served::told(served.start());
    assert_eq!(told.0, Some(0), "{told:?}");
    assert_ne!(told.1[0], format!("https://127.0.0.1:{port}"));
    assert!(served.answers());
}

#[cfg(unix)]
#[test]
fn a_server_that_hangs_is_named_with_its_process() {
    let served = Served::new();
    let (_, told) = Served::told(served.start());
    let pid = told[1].as_u64().unwrap();
    let signal = |name: &str| {
        let mut kill = std::process::Command::new("kill");
        assert!(kill.args([name, &pid.to_string()]).status().unwrap().success());
    };
    signal("-STOP");
    let seen = served.0.run(&["cluster", "start"]);
    signal("-CONT");
    let expected = format!(
        "error: the embedded cluster's server runs, but does not answer\n  its process is {pid}: end it, then `todo-agent cluster start`\n"
    );
    assert_eq!(seen, crate::run::seen(1, "", &expected));
}

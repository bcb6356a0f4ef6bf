//! Scripted fallback mode asks nobody but the cluster and the engine: the system calls of a whole script are watched.

use std::{collections::BTreeSet, sync::LazyLock};

use regex::Regex;

use super::{
    session::{Place, Session},
    stage::Stage,
};

/// Every key that an AI tool would use is there, and an address that would be asked.
const WATCHED: &str = "
export OPENAI_API_KEY=none GEMINI_API_KEY=none ANTHROPIC_API_KEY=none OPENAI_BASE_URL=http://127.0.0.1:9/v1
printf '%s\\n' overview 'list pods' 'why is web failing' 'restart web' 'scale web to 3' 'set A=1 on web' 'logs of web' undo >script
strace -f -qq -s 200 -e trace=connect,sendto -o calls todo-agent run script --no-ai --yes >told 2>&1 || { cat told; exit 1; }
cat calls";

/// Whom the script spoke to: `address:port`, or the path of a socket.
fn spoken_to(place: Place) -> (BTreeSet<String>, Stage, String) {
    static INTERNET: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"sin6?_port=htons\((\d+)\).*?(?:inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)""#).unwrap());
    static LOCAL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"sun_path=@?"([^"]+)""#).unwrap());
    let session = Session {
        title: String::new(),
        words: Vec::new(),
        steps: Vec::new(),
    };
    let stage = Stage::set(place, &session);
    stage.prepare("given web");
    let calls = stage.prepare(WATCHED);
    let found = calls.lines().filter_map(|call| {
        let internet = INTERNET.captures(call).map(|found| format!("{}:{}", &found[2], &found[1]));
        internet.or_else(|| LOCAL.captures(call).map(|found| found[1].to_owned()))
    });
    let server = stage.prepare("kubectl config view -o jsonpath='{.clusters[0].cluster.server}'");
    (found.collect(), stage, server)
}

#[test]
fn a_script_without_ai_speaks_to_the_cluster_alone() {
    let (spoken, _stage, server) = spoken_to(Place::Real);
    assert_eq!(spoken, BTreeSet::from([server.trim_start_matches("https://").to_owned()]));
}

/// Which images this machine's engine has, where there is one, the embedded cluster may ask.
#[test]
fn on_the_embedded_cluster_a_script_speaks_to_the_engine_at_most() {
    let (mut spoken, ..) = spoken_to(Place::Embedded);
    spoken.remove("/var/run/docker.sock");
    assert_eq!(spoken, BTreeSet::new());
}

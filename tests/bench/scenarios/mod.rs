//! What a user does, run with the built binary as a user runs it.

use crate::{ground, run::Home};

#[test]
fn the_main_job_on_the_real_cluster_begins_with_a_look() {
    let home = Home::new();
    let mut command = home.command(&["list nodes"]);
    command.env("KUBECONFIG", ground::kubeconfig()).env("PATH", ground::path());
    let seen = home.finish(command, None);
    assert_eq!(seen.code, 0, "{}", seen.err);
}

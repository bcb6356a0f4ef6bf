//! What a user does, typed as a user types it: sessions in `sessions/`, each played with the built binary on the embedded and
//! on the real cluster where both apply, and compared whole. `README.md` says how to write one.

mod agents;
mod connections;
mod engine_proxy;
mod gate;
mod gate_config;
mod gate_restart;
mod normal;
mod play;
mod proxy;
mod session;
mod stage;

/// A test for each file of sessions.
macro_rules! sessions {
    ($($name:ident),+ $(,)?) => {
        $(
            #[test]
            fn $name() {
                play::file(stringify!($name));
            }
        )+

        #[test]
        fn no_file_of_sessions_is_left_out() {
            play::no_file_is_left_out(&[$(stringify!($name)),+]);
        }
    };
}

sessions! {
    behind_the_gate, changes, chat, docker_build, docker_changes, docker_outage, docker_reads, docker_run, engine, faults_of_config, faults_of_pods, faults_of_rollouts, forward,
    guard, keys, logs, objects, odd_names, outage, playbooks, previews, proposals, reads, records, releases, rights, two, undo, waiting,
}

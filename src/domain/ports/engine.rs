use serde_json::Value;

use super::{Feed, Later};
use crate::domain::{
    answer::LogLine,
    docker::{Build, Logs},
    object::ObjectRef,
    place::Place,
};

/// What to look at of a Docker Engine. Answers are the engine's own, as its API documents them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    Containers {
        all: bool,
    },
    Images {
        all: bool,
    },
    Networks,
    Volumes,
    DiskUsage,
    /// Version and `info`.
    Engine,
    Object(ObjectRef),
    History(ObjectRef),
    /// What a container uses, as two samples (`precpu_stats` is filled).
    Stats(ObjectRef),
    /// What would be sent for a build: `{"files": 12, "bytes": 4096}`; `buildkit` is the first line that only BuildKit can do, and
    /// `buildx` whether the docker command has it. The engine is not asked. What was told here, and nothing else, is built.
    Context(Build),
    /// A path that a container shall have: `{"path": "/srv/data", "there": true, "grave": false, "socket": false}`. `grave` means
    /// that who may change it may do anything on its machine, and `socket` that who may only reach it may as well. The engine is
    /// not asked.
    HostPath {
        path: String,
        /// It is looked for on this machine: links are followed. On another one the words alone count.
        here: bool,
    },
    /// The variables of a file: `{"names": ["A", "B"]}`. What was read here, and nothing else, is given to a container.
    EnvFile(String),
}

/// Reads the Docker Engine. Changes go through [`super::drive::Drive`].
pub trait Engine: Send + Sync {
    /// Which engine this is, as far as one call tells; `identity` asks who it is as well, which a change must know.
    fn engine<'a>(&'a self, identity: bool) -> Later<'a, Place>;

    /// `None` when the object is not there.
    fn look<'a>(&'a self, look: &'a Look) -> Later<'a, Option<Value>>;

    fn container_logs<'a>(&'a self, query: &'a Logs) -> Later<'a, Box<dyn Feed<LogLine>>>;
}

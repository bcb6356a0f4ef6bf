//! The two clusters: the real one of the bench, and an embedded one served by the built binary.

use std::path::{Path, PathBuf};

use kube::config::{KubeConfigOptions, Kubeconfig};

use crate::{ground, run::Home};

/// The images that the node of the bench can pull.
const IMAGES: [&str; 4] = ["nginx:1.27", "nginx:1.28", "nginx:1.29", "busybox:1.36"];

/// One cluster to send calls to.
#[derive(Clone)]
pub struct Side {
    #[allow(dead_code)]
    pub name: &'static str,
    pub client: kube::Client,
    pub kubeconfig: PathBuf,
    /// Where commands run; `work/<family>` is a family's own.
    pub work: PathBuf,
}

pub struct Sides {
    pub embedded: Side,
    pub real: Side,
    home: Home,
}

impl Sides {
    pub async fn start() -> Self {
        let real = ground::kubeconfig();
        let home = Home::new();
        let started = home.run(&["cluster", "start"]);
        assert_eq!(started.code, 0, "{}", started.err);
        for image in IMAGES {
            assert_eq!(home.run(&["cluster", "load", image]).code, 0, "{image}");
        }
        let config = home.command(&["cluster", "kubeconfig"]).output().unwrap().stdout;
        let file = home.path().join("embedded.kubeconfig");
        std::fs::write(&file, config).unwrap();
        Self {
            embedded: Side::connect("embedded", &file, &home.path().join("on-embedded")).await,
            real: Side::connect("real", &real, &home.path().join("on-real")).await,
            home,
        }
    }
}

impl Drop for Sides {
    fn drop(&mut self) {
        let _ = self.home.run(&["cluster", "stop"]);
    }
}

impl Side {
    async fn connect(name: &'static str, kubeconfig: &Path, work: &Path) -> Self {
        let read = Kubeconfig::read_from(kubeconfig).unwrap();
        let mut config = kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default())
            .await
            .unwrap();
        // A watch may be silent for a while.
        config.read_timeout = None;
        // "Not now" is an answer to compare, and not to ask again.
        config.default_retry = false;
        std::fs::create_dir_all(work).unwrap();
        Self {
            name,
            client: kube::Client::try_from(config).unwrap(),
            kubeconfig: kubeconfig.to_owned(),
            work: work.to_owned(),
        }
    }
}

//! What the user asked, and what they allowed beforehand.

use serde::{Deserialize, Serialize};

/// A request in plain words and the options it came with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub text: String,
    pub options: RequestOptions,
}

/// Options that bear on understanding, routing and approval. What `front` alone needs (colour, output format) is not here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestOptions {
    /// `--yes`: approve changes within the context guard; never destroys, never reaches a remote cluster by itself.
    pub yes: bool,
    /// `--dry-run`: plan and preview, change nothing.
    pub dry_run: bool,
    /// `--no-ai`: playbooks and built-in engine only.
    pub no_ai: bool,
    /// `--with TOOL`: the tool to prefer over the playbook's order.
    pub with_tool: Option<String>,
    /// `--context NAME`: of the kubeconfig. It says nothing of a Docker Engine.
    pub context: Option<String>,
    /// `--context` stands in the command itself, and not in a file.
    #[serde(default)]
    pub names_cluster: bool,
    /// `--docker-context NAME`.
    #[serde(default)]
    pub docker_context: Option<String>,
    /// `--namespace NAME`.
    pub namespace: Option<String>,
    /// `--namespace` stands in the command itself, and not in a file.
    #[serde(default)]
    pub names_namespace: bool,
    /// `--allow-remote`, which counts only together with an explicit context of the cluster or engine.
    pub allow_remote: bool,
    /// `--allow-destroy NAME`, once for each object.
    pub allow_destroy: Vec<String>,
    /// `--require-real`: the embedded cluster is refused.
    pub require_real: bool,
    /// `--timeout`: seconds without progress after which verification gives up.
    pub timeout_seconds: Option<u64>,
}

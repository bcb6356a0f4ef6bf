//! Steps on objects of any kind, and on what containers may use.

use serde::{Deserialize, Serialize};

use crate::domain::{intent::EnvChange, object::ObjectRef};

/// Labels, annotations, or keys of a ConfigMap, to set and to remove.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marks {
    pub object: ObjectRef,
    pub set: Vec<EnvChange>,
    /// False: what has another value already is left as it is, and the step refused, as `kubectl label` does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overwrite: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delete {
    pub object: ObjectRef,
}

impl Delete {
    /// Why nothing brings it back, in one sentence.
    #[must_use]
    pub fn lasts(&self) -> Option<&'static str> {
        Some(match self.object.kind.kind.as_str() {
            "Namespace" => "All that is in a namespace goes with it, and is not kept.",
            "PersistentVolume" | "PersistentVolumeClaim" => "The data of a volume is not kept.",
            "CustomResourceDefinition" => "All objects of the kind go with its definition, and are not kept.",
            "Pod" => "A pod is not brought back: what owns it makes a new one, and what nobody owns is gone with its state.",
            "Node" => "A node joins the cluster by itself or not at all.",
            "Job" => "A job that is made again would run again.",
            "ServiceAccount" => "A service account that is made again is another identity.",
            _ => return None,
        })
    }

    /// More than the object itself is lost: a yes to all questions is not enough.
    #[must_use]
    pub fn is_grave(&self) -> bool {
        matches!(
            self.object.kind.kind.as_str(),
            "Namespace" | "PersistentVolume" | "PersistentVolumeClaim" | "CustomResourceDefinition" | "Node"
        )
    }
}

/// What a container is promised (`requests`) and what it may use at most (`limits`), as Kubernetes quantities.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amounts {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetResources {
    pub workload: ObjectRef,
    /// `None`: every container, as `kubectl set resources` does.
    #[serde(default)]
    pub container: Option<String>,
    /// As kubectl takes it: `cpu=200m,memory=512Mi`.
    #[serde(default)]
    pub limits: Option<String>,
    #[serde(default)]
    pub requests: Option<String>,
    /// In words: the amounts, and whether they are a limit, a request, or both.
    #[serde(default)]
    pub cpu: Option<String>,
    #[serde(default)]
    pub memory: Option<String>,
    #[serde(default)]
    pub limit: bool,
    #[serde(default)]
    pub request: bool,
}

impl SetResources {
    /// The amounts for `limits` and `requests`.
    ///
    /// # Errors
    /// The part that is no `cpu=…` or `memory=…`.
    pub fn amounts(&self) -> Result<[(&'static str, Amounts); 2], String> {
        let said = Amounts {
            cpu: self.cpu.clone(),
            memory: self.memory.clone(),
        };
        let either = |typed: &Option<String>, meant: bool| match typed {
            Some(typed) => parsed(typed),
            None if meant => Ok(said.clone()),
            None => Ok(Amounts::default()),
        };
        Ok([
            ("limits", either(&self.limits, self.limit)?),
            ("requests", either(&self.requests, self.request)?),
        ])
    }
}

fn parsed(typed: &str) -> Result<Amounts, String> {
    let mut amounts = Amounts::default();
    for part in typed.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match part.split_once('=') {
            Some(("cpu", amount)) => amounts.cpu = Some(amount.to_owned()),
            Some(("memory", amount)) => amounts.memory = Some(amount.to_owned()),
            _ => return Err(part.to_owned()),
        }
    }
    Ok(amounts)
}

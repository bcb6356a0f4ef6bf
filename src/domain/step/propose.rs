use serde::{Deserialize, Serialize};

use crate::domain::object::ObjectRef;

/// Whatever an AI tool proposed to make or change of an object. No playbook has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Propose {
    pub object: ObjectRef,
}

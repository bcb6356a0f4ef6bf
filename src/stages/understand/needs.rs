//! What must be looked at before the names of a request can be looked up.

use super::first::TOOL_SLOT;
use crate::{
    domain::reading::{Needs, Reading, SlotMention},
    fallbacks::{Playbook, Playbooks, SlotType},
};

/// What people look at by its name alone, beside workloads. Secrets are not read for a name.
const WIDER: [&str; 6] = ["services", "configmaps", "ingresses", "persistentvolumeclaims", "jobs", "cronjobs"];

/// What the survey must look at.
pub(super) fn needs(readings: &[Reading], playbooks: &Playbooks) -> Needs {
    let mut needs = Needs::default();
    let offline = |reading: &Reading| playbooks.get(&reading.playbook).is_some_and(Playbook::asks_no_cluster);
    needs.no_cluster = !readings.is_empty() && readings.iter().all(offline);
    for reading in readings {
        let Some(playbook) = playbooks.get(&reading.playbook) else {
            continue;
        };
        for slot in &playbook.slots {
            let mention = reading.slots.get(&slot.name);
            if let Some(SlotMention::Text(kind)) = reading.slots.get(&format!("{}.kind", slot.name)) {
                needs.kinds.push(kind.clone());
            }
            needs.workloads |= slot.of.names_object() && (slot.required || mention.is_some());
            needs.workloads |= slot.of == SlotType::Container && mention.is_some();
            match mention {
                Some(SlotMention::Text(word)) if slot.of == SlotType::Kind => needs.kinds.push(word.clone()),
                Some(SlotMention::Name { said, kind }) => {
                    needs.kinds.extend(
                        kind.clone()
                            .filter(|kind| !matches!(kind.as_str(), "pods" | "pod" | "deployments" | "deployment" | "deploy")),
                    );
                    needs.namespaces |= slot.of == SlotType::Scope || !slot.required;
                    needs.workloads |= slot.of == SlotType::Scope;
                    if slot.of == SlotType::Object && kind.is_none() && !playbook.changes() {
                        needs.wider = WIDER.map(str::to_owned).to_vec();
                    }
                    // "describe certificate web": the kind may be one of the words.
                    if slot.of == SlotType::Object && kind.is_none() && said.contains(' ') {
                        needs.kinds.extend(said.split(' ').map(str::to_owned));
                    }
                }
                _ => {}
            }
        }
        needs.namespaces |= reading.namespace.is_some();
        needs
            .tools
            .extend(playbook.prefer.iter().filter(|tool| *tool != "builtin").cloned());
        if let Some(SlotMention::Text(tool)) = reading.slots.get(TOOL_SLOT) {
            needs.tools.push(tool.clone());
        }
    }
    for list in [&mut needs.kinds, &mut needs.tools] {
        let mut seen = Vec::new();
        list.retain(|item| {
            !seen.contains(item) && item != "builtin" && {
                seen.push(item.clone());
                true
            }
        });
    }
    needs
}

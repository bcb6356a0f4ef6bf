//! The walls around a sealed child on Linux. They stand around the thread that raises them and everything that it starts from then on,
//! and nothing takes them down.
//!
//! Landlock lets it open what its [`Reach`] names and nothing else, connect to the ports that it names, and look into or signal no
//! process outside; no program that it starts has more rights than it. What Landlock leaves open is closed by seccomp ([`calls`]):
//! sockets of this machine's programs (Docker's, an agent's of keys), ways past the rule on ports, modes and owners of files, ways to open
//! without reading or writing, typing at the terminal, a second way to make system calls, keys and memory that the kernel holds.
//!
//! Where it runs as root, it is root without the rights of root over the machine: none to raw sockets, addresses, other programs' turns.
//!
//! UDP stays open, since names are looked up by it.

use std::sync::OnceLock;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, LandlockStatus, NetPort, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetError, RulesetStatus, Scope, path_beneath_rules,
};

use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set, remove_capability_from_bounding_set, set_capabilities,
};

use super::{Reach, calls};
use crate::domain::errand::Isolation;

/// The newest that is asked for; an older kernel does what it can, and that is told.
const NEWEST: ABI = ABI::V6;

/// What would hold here. It is tried once, on a thread that ends with its walls.
pub(super) fn possible() -> Isolation {
    static TRIED: OnceLock<Isolation> = OnceLock::new();
    let broke = |_| Isolation {
        why: Some("its walls could not be tried".to_owned()),
        ..Isolation::default()
    };
    let tried = || std::thread::spawn(|| raise(&Reach::default())).join().unwrap_or_else(broke);
    TRIED.get_or_init(tried).clone()
}

/// Raises them around the calling thread; what they hold back from now on.
pub(super) fn raise(reach: &Reach) -> Isolation {
    let (abi, why) = match confine(reach) {
        Ok(ABI::Unsupported) => (ABI::Unsupported, Some("this kernel has no Landlock".to_owned())),
        Ok(abi) => (abi, None),
        Err(error) => (ABI::Unsupported, Some(format!("Landlock: {error}"))),
    };
    shed();
    let sockets = calls::close();
    let older = (abi < ABI::V6).then(|| "this kernel is older than 6.12".to_owned());
    Isolation {
        files: abi >= ABI::V1,
        ports: abi >= ABI::V4,
        signals: abi >= ABI::V6,
        why: why.or_else(|| sockets.clone().err()).or(older),
        sockets: sockets.is_ok(),
        port_80: false,
    }
}

/// What root may do beside opening files, which the rule on files holds back: raw sockets read what others send, and the addresses of this
/// machine are no file. What is started from here on has none of it. Who may not shed it has none to shed.
fn shed() {
    let kept = CapabilitySet::DAC_OVERRIDE | CapabilitySet::DAC_READ_SEARCH | CapabilitySet::FOWNER;
    for right in CapabilitySet::all().difference(kept).iter() {
        let _ = remove_capability_from_bounding_set(right);
    }
    let _ = clear_ambient_capability_set();
    if let Ok(own) = capabilities(None) {
        let _ = set_capabilities(
            None,
            CapabilitySets {
                inheritable: CapabilitySet::empty(),
                ..own
            },
        );
    }
}

fn confine(reach: &Reach) -> Result<ABI, RulesetError> {
    let look = AccessFs::ReadFile | AccessFs::ReadDir;
    let devices = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate;
    let all: BitFlags<AccessFs> = AccessFs::from_all(NEWEST);
    let own = all & !(AccessFs::MakeBlock | AccessFs::MakeChar);
    let ports = reach
        .ports
        .iter()
        .map(|port| Ok::<_, RulesetError>(NetPort::new(*port, AccessNet::ConnectTcp)));
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(all)?
        .handle_access(AccessNet::BindTcp | AccessNet::ConnectTcp)?
        .scope(Scope::AbstractUnixSocket | Scope::Signal)?
        .create()?
        .add_rules(path_beneath_rules(&reach.runs, look | AccessFs::Execute))?
        .add_rules(path_beneath_rules(&reach.reads, look))?
        .add_rules(path_beneath_rules(&reach.devices, devices))?
        .add_rules(path_beneath_rules(&reach.owns, own))?
        .add_rules(ports)?
        // A port that the kernel chooses: programs look by it for what kinds of addresses there are.
        .add_rule(NetPort::new(0, AccessNet::BindTcp))?
        .restrict_self()?;
    Ok(match (status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, _) => ABI::Unsupported,
        (_, LandlockStatus::Available { effective_abi, .. }) => effective_abi,
        _ => ABI::Unsupported,
    })
}

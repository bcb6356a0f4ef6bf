//! The walls around a sealed child on Linux. They stand around the thread that raises them and everything that it starts from then on,
//! and nothing takes them down.
//!
//! Landlock lets it open what its [`Reach`] names and nothing else, connect to the ports that it names, and look into or signal no
//! process outside; no program that it starts has more rights than it. What Landlock leaves open is closed by seccomp: sockets of this
//! machine's programs (Docker's, an agent's of keys), protocols that go past the rule on ports, a second way to make system calls, keys that
//! the kernel holds, and `truncate`, which kernels before 6.2 do not hold back.

use std::{collections::BTreeMap, sync::OnceLock};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, LandlockStatus, NetPort, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetError, RulesetStatus, Scope, path_beneath_rules,
};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch, apply_filter,
};

use super::Reach;
use crate::domain::errand::Isolation;

/// The newest that is asked for; an older kernel does what it can, and that is told.
const NEWEST: ABI = ABI::V6;

/// What would hold here. It is tried once, on a thread that ends with its walls.
pub(super) fn possible() -> Isolation {
    static TRIED: OnceLock<Isolation> = OnceLock::new();
    let tried = || std::thread::spawn(|| raise(&Reach::default())).join().unwrap_or_default();
    TRIED.get_or_init(tried).clone()
}

/// Raises them around the calling thread; what they hold back from now on.
pub(super) fn raise(reach: &Reach) -> Isolation {
    let (abi, why) = match confine(reach) {
        Ok(ABI::Unsupported) => (ABI::Unsupported, Some("this kernel has no Landlock".to_owned())),
        Ok(abi) => (abi, None),
        Err(error) => (ABI::Unsupported, Some(format!("Landlock: {error}"))),
    };
    let sockets = close_the_rest();
    let older = (abi < ABI::V4).then(|| "this kernel is older than 6.7".to_owned());
    Isolation {
        files: abi >= ABI::V1,
        ports: abi >= ABI::V4,
        signals: abi >= ABI::V6,
        why: why.or_else(|| sockets.clone().err()).or(older),
        sockets: sockets.is_ok(),
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

fn close_the_rest() -> Result<(), String> {
    let filter = filter().map_err(|error| format!("seccomp: {error}"))?;
    apply_filter(&filter).map_err(|error| format!("seccomp: {error}"))
}

fn filter() -> Result<BpfProgram, seccompiler::BackendError> {
    let is_not = |argument, values: &[libc::c_int]| {
        let one = |value: &libc::c_int| condition(argument, SeccompCmpOp::Ne, *value);
        SeccompRule::new(values.iter().map(one).collect::<Result<_, _>>()?)
    };
    let of_other_kinds = is_not(0, &[libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK])?;
    // Several ways beside TCP reach a port of TCP.
    let of_other_protocols = is_not(
        2,
        &[0, libc::IPPROTO_TCP, libc::IPPROTO_UDP, libc::IPPROTO_ICMP, libc::IPPROTO_ICMPV6],
    )?;
    // Two ends of a pipe, unless they can be sent elsewhere.
    let of_datagrams = SeccompRule::new(vec![condition(1, SeccompCmpOp::MaskedEq(0xf), libc::SOCK_DGRAM)?])?;
    let always = Vec::new;
    let mut rules = BTreeMap::from([
        (libc::SYS_socket, vec![of_other_kinds, of_other_protocols]),
        (libc::SYS_socketpair, vec![of_datagrams]),
        (libc::SYS_io_uring_setup, always()),
        (libc::SYS_truncate, always()),
        (libc::SYS_add_key, always()),
        (libc::SYS_request_key, always()),
        (libc::SYS_keyctl, always()),
    ]);
    // The same calls by the numbers of the x32 ABI, where the kernel has that.
    if cfg!(target_arch = "x86_64") {
        let twins: Vec<_> = rules.iter().map(|(call, rules)| (call | 0x4000_0000, rules.clone())).collect();
        rules.extend(twins);
    }
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    let refuse = SeccompAction::Errno(u32::try_from(libc::EACCES).unwrap_or(1));
    SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch)?.try_into()
}

fn condition(argument: u8, is: SeccompCmpOp, value: libc::c_int) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, is, u64::try_from(value).unwrap_or(u64::MAX))
}

//! System calls that are closed behind the walls, because Landlock has no say about them.

use std::collections::BTreeMap;

use libc::{c_int, c_long};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
    apply_filter, sock_filter,
};

/// Each is closed where one of its rules holds; always, where it has none.
type Calls = BTreeMap<c_long, Vec<SeccompRule>>;

/// Numbers that are the same on every processor, of calls that are newer than their names in the C library.
const SYS_FCHMODAT2: c_long = 452;
const SYS_SETXATTRAT: c_long = 463;
const SYS_REMOVEXATTRAT: c_long = 466;
const SYS_FILE_SETATTR: c_long = 469;

/// Requests that type at a terminal, and those that change what a file is.
const TYPES: [c_int; 2] = [0x5412, 0x541c];
const SETS_FLAGS: [c_int; 2] = [0x4008_6602, 0x401c_5820];

/// Around the calling thread and what it starts from now on.
pub(super) fn close() -> Result<(), String> {
    let filters = || {
        Ok::<_, BackendError>([
            filter(refused()?, libc::EACCES)?,
            filter(absent(), libc::ENOSYS)?,
            filter(left_out()?, 0)?,
        ])
    };
    for filter in filters()
        .map_err(|error| format!("seccomp: {error}"))?
        .iter()
        .chain(&second_numbers())
    {
        apply_filter(filter).map_err(|error| format!("seccomp: {error}"))?;
    }
    Ok(())
}

fn refused() -> Result<Calls, BackendError> {
    let of_other_kinds = is_none_of(0, &[libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK])?;
    // Several ways beside TCP reach a port of TCP.
    let of_other_protocols = is_none_of(
        2,
        &[0, libc::IPPROTO_TCP, libc::IPPROTO_UDP, libc::IPPROTO_ICMP, libc::IPPROTO_ICMPV6],
    )?;
    // Two ends of a pipe, unless they can be sent elsewhere.
    let of_datagrams = has(1, 0xf, libc::SOCK_DGRAM)?;
    // Connects on its way, past the rule on ports.
    let connects = |flags| has(flags, libc::MSG_FASTOPEN, libc::MSG_FASTOPEN);
    // Neither is reading or writing, so that the rule on files lets them pass, and both give something to start from.
    let opens = |flags| {
        Ok::<_, BackendError>(vec![
            has(flags, libc::O_ACCMODE, libc::O_ACCMODE)?,
            has(flags, libc::O_ACCMODE | libc::O_TRUNC, libc::O_TRUNC)?,
        ])
    };
    let types = TYPES.iter().map(|request| is(1, *request)).collect::<Result<_, _>>()?;
    let of_another = is_none_of(0, &[0])?;
    let mut calls = Calls::from([
        (libc::SYS_socket, vec![of_other_kinds, of_other_protocols]),
        (libc::SYS_socketpair, vec![of_datagrams]),
        (libc::SYS_sendto, vec![connects(3)?]),
        (libc::SYS_sendmsg, vec![connects(2)?]),
        (libc::SYS_sendmmsg, vec![connects(3)?]),
        (libc::SYS_openat, opens(2)?),
        (libc::SYS_ioctl, types),
        (libc::SYS_prlimit64, vec![of_another]),
    ]);
    #[cfg(target_arch = "x86_64")]
    calls.insert(libc::SYS_open, opens(1)?);
    let whole = [
        libc::SYS_io_uring_setup,
        // Kernels before 6.2 do not hold it back by themselves.
        libc::SYS_truncate,
        libc::SYS_add_key,
        libc::SYS_request_key,
        libc::SYS_keyctl,
        // Memory, messages and locks that programs of one user share.
        libc::SYS_shmget,
        libc::SYS_shmat,
        libc::SYS_shmctl,
        libc::SYS_msgget,
        libc::SYS_msgsnd,
        libc::SYS_msgrcv,
        libc::SYS_msgctl,
        libc::SYS_semget,
        libc::SYS_semop,
        libc::SYS_semtimedop,
        libc::SYS_semctl,
        libc::SYS_mq_open,
        libc::SYS_mq_unlink,
    ];
    calls.extend(whole.map(|call| (call, Vec::new())));
    Ok(calls)
}

/// Nothing can be told from their arguments. Who misses them falls back to those of which it can.
fn absent() -> Calls {
    Calls::from([libc::SYS_openat2, libc::SYS_open_by_handle_at].map(|call| (call, Vec::new())))
}

/// Modes, owners, times and attributes of files, which Landlock holds back nowhere and seccomp cannot by path. They are answered as if
/// they were done: kubectl and helm set the mode of what they write for themselves, and give up when they may not.
fn left_out() -> Result<Calls, BackendError> {
    let mut calls: Calls = [
        libc::SYS_fchmod,
        libc::SYS_fchmodat,
        SYS_FCHMODAT2,
        libc::SYS_fchown,
        libc::SYS_fchownat,
        libc::SYS_utimensat,
        libc::SYS_setxattr,
        libc::SYS_lsetxattr,
        libc::SYS_fsetxattr,
        SYS_SETXATTRAT,
        libc::SYS_removexattr,
        libc::SYS_lremovexattr,
        libc::SYS_fremovexattr,
        SYS_REMOVEXATTRAT,
        SYS_FILE_SETATTR,
    ]
    .map(|call| (call, Vec::new()))
    .into();
    #[cfg(target_arch = "x86_64")]
    calls.extend(
        [
            libc::SYS_chmod,
            libc::SYS_chown,
            libc::SYS_lchown,
            libc::SYS_utime,
            libc::SYS_utimes,
            libc::SYS_futimesat,
        ]
        .map(|call| (call, Vec::new())),
    );
    let sets = SETS_FLAGS.iter().map(|request| is(1, *request)).collect::<Result<_, _>>()?;
    calls.insert(libc::SYS_ioctl, sets);
    Ok(calls)
}

/// Where the kernel has the x32 ABI, calls have numbers beside those that were named, from one bit on. No program of today makes them.
fn second_numbers() -> Option<BpfProgram> {
    const LOAD_NUMBER: u16 = 0x20;
    const JUMP_BELOW: u16 = 0x35;
    const ANSWER: u16 = 0x06;
    let step = |code, jf, k| sock_filter { code, jt: 0, jf, k };
    let absent = SeccompAction::Errno(unsigned(libc::ENOSYS));
    cfg!(target_arch = "x86_64").then(|| {
        vec![
            step(LOAD_NUMBER, 0, 0),
            step(JUMP_BELOW, 1, 0x4000_0000),
            step(ANSWER, 0, absent.into()),
            step(ANSWER, 0, SeccompAction::Allow.into()),
        ]
    })
}

fn filter(calls: Calls, answer: c_int) -> Result<BpfProgram, BackendError> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    SeccompFilter::new(calls, SeccompAction::Allow, SeccompAction::Errno(unsigned(answer)), arch)?.try_into()
}

fn is_none_of(argument: u8, values: &[c_int]) -> Result<SeccompRule, BackendError> {
    let one = |value: &c_int| condition(argument, SeccompCmpOp::Ne, *value);
    SeccompRule::new(values.iter().map(one).collect::<Result<_, _>>()?)
}

fn is(argument: u8, value: c_int) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(vec![condition(argument, SeccompCmpOp::Eq, value)?])
}

/// Under this mask it is this value.
fn has(argument: u8, mask: c_int, value: c_int) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(vec![condition(argument, SeccompCmpOp::MaskedEq(unsigned(mask).into()), value)?])
}

/// The kernel looks at the lower half of each of these arguments, whatever stands in the upper.
fn condition(argument: u8, is: SeccompCmpOp, value: c_int) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, is, unsigned(value).into())
}

const fn unsigned(value: c_int) -> u32 {
    value.cast_unsigned()
}

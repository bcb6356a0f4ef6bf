//! How many processes and threads a sealed child may have, with all that it starts.
//!
//! `RLIMIT_NPROC` counts what a user has, so a limit for a child would hold for the user's own programs as well. Since Linux 5.14 it is
//! counted in each user namespace by itself: in one of its own a child is counted alone. It is nobody else there than outside (the same user
//! and group, no capabilities once it runs). Not so for root, whom the kernel exempts by who it is outside, and not where the system lets
//! nobody make such a namespace: there is no limit then.

use std::fs;

use rustix::{
    process::{getegid, geteuid},
    system::uname,
    thread::UnshareFlags,
};

/// Many times what an AI tool and the kubectls of its model take.
pub(super) const MOST: u64 = 512;

/// Ubuntu lets everybody make a namespace and takes from them what is needed to be somebody in it.
const LEAVES_NOBODY: &str = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns";

/// From now on this process, which must have one thread, and what it starts are counted apart; or nothing has changed, and they are not.
///
/// # Errors
/// It is half done, so that nothing may be started.
pub(super) fn counted_apart() -> Result<bool, String> {
    let (user, group) = (geteuid(), getegid());
    let leaves_nobody = || fs::read_to_string(LEAVES_NOBODY).is_ok_and(|text| text.trim() != "0");
    if user.is_root() || !is_new_enough(&uname().release().to_string_lossy()) || leaves_nobody() {
        return Ok(false);
    }
    #[expect(deprecated, reason = "the other one is unsafe because of tables of files, which are not asked for")]
    if rustix::thread::unshare(UnshareFlags::NEWUSER).is_err() {
        return Ok(false);
    }
    let (user, group) = (user.as_raw(), group.as_raw());
    let files = [
        ("setgroups", "deny".to_owned()),
        ("uid_map", format!("{user} {user} 1")),
        ("gid_map", format!("{group} {group} 1")),
    ];
    for (file, text) in files {
        fs::write(format!("/proc/self/{file}"), text).map_err(|error| format!("{file}: {error}"))?;
    }
    Ok(true)
}

/// 5.14 or later.
fn is_new_enough(release: &str) -> bool {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(str::parse::<u32>);
    let mut next = || numbers.next().and_then(Result::ok).unwrap_or_default();
    (next(), next()) >= (5, 14)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_that_count_in_each_namespace_are_known_by_their_number() {
        let known = [
            "5.14.0-427.el9.x86_64",
            "6.1.0-13-amd64",
            "10.0",
            "5.13.19",
            "5.4.0-150-generic",
            "4.18",
            "x",
        ];
        assert_eq!(known.map(is_new_enough), [true, true, true, false, false, false, false]);
    }
}

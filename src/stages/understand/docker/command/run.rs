//! `docker run`: what is done here of it, and what only a shell does.

use super::{Parsed, Slots, bad, done, for_a_shell, is_ours, line, missing, reference, variables, whole};
use crate::{
    domain::{docker::mount::Mount, reading::SlotMention},
    stages::understand::docker::line::Line,
};

pub(super) fn run(arguments: &[String]) -> Parsed {
    let here: Vec<String> = arguments.iter().map(|word| in_this_folder(word)).collect();
    let read = || {
        let mut line = line(&here, &["-t", "-n", "-f"], true)?;
        let mut slots = Slots::new();
        let detached = line.switch(&["-d", "--detach"]);
        let (interactive, tty) = (line.switch(&["-i", "--interactive"]), line.switch(&["-t", "--tty"]));
        if (interactive || tty) && !detached {
            let flag = if interactive && tty {
                "-it"
            } else if tty {
                "-t"
            } else {
                "-i"
            };
            return Err(only_shell(
                &format!("`docker run {flag}` takes over a terminal, which is not done here"),
                arguments,
            ));
        }
        let rm = line.switch(&["--rm"]);
        for (name, on) in [
            ("attached", !detached),
            ("once", !detached && rm),
            ("rm", detached && rm),
            ("interactive", interactive),
            ("tty", tty),
        ] {
            if on {
                slots.insert(name.to_owned(), SlotMention::Flag(true));
            }
        }
        values(&mut line, &mut slots)?;
        if let Some((flag, _)) = line.flags.first().filter(|(flag, _)| !is_ours(flag)) {
            return Err(only_shell(&format!("`docker run {flag}` is not built here"), arguments));
        }
        done(&line)?;
        let Some(image) = line.words.first() else {
            return Err(missing("the name of an image"));
        };
        reference(image)?;
        slots.insert("image".to_owned(), SlotMention::Text(image.clone()));
        if !line.rest.is_empty() {
            slots.insert("command".to_owned(), SlotMention::Words(line.rest.clone()));
        }
        Ok(Parsed::Each("docker-run", vec![slots]))
    };
    whole(read())
}

fn values(line: &mut Line, slots: &mut Slots) -> Result<(), Parsed> {
    let rm = slots.contains_key("rm") || slots.contains_key("once");
    for (slot, names) in [
        ("name", &["--name"][..]),
        ("workdir", &["-w", "--workdir"]),
        ("user", &["-u", "--user"]),
        ("entrypoint", &["--entrypoint"]),
    ] {
        if let Some(value) = line.value(names) {
            slots.insert(slot.to_owned(), SlotMention::Text(value));
        }
    }
    let ports = line.values(&["-p", "--publish"]);
    if !ports.is_empty() {
        slots.insert("ports".to_owned(), SlotMention::Words(ports));
    }
    let env = line.values(&["-e", "--env"]);
    if !env.is_empty() {
        slots.insert("env".to_owned(), SlotMention::Env(variables(&env)?));
    }
    let files = line.values(&["--env-file"]);
    if !files.is_empty() {
        slots.insert("env_files".to_owned(), SlotMention::Words(files));
    }
    let volumes = line.values(&["-v", "--volume"]);
    for volume in &volumes {
        Mount::parse(volume).map_err(|why| bad(why, volume))?;
    }
    if !volumes.is_empty() {
        slots.insert("volumes".to_owned(), SlotMention::Words(volumes));
    }
    if let Some(network) = line.value(&["--network", "--net"]) {
        if network.starts_with("container:") || network.contains('=') {
            return Err(bad("A network is named here by its name", &network));
        }
        slots.insert("network".to_owned(), SlotMention::Text(network));
    }
    if let Some(policy) = line.value(&["--restart"]) {
        let (name, times) = policy.split_once(':').unwrap_or((&policy, "0"));
        let known = matches!(name, "no" | "always" | "unless-stopped") && name == policy || name == "on-failure";
        if !known || times.parse::<u16>().is_err() {
            return Err(bad("A restart policy is no, always, unless-stopped or on-failure:3", &policy));
        }
        if rm && name != "no" {
            return Err(bad(
                "What goes when it ends is not restarted: --rm and --restart exclude each other",
                &policy,
            ));
        }
        slots.insert("restart".to_owned(), SlotMention::Text(policy));
    }
    Ok(())
}

fn only_shell(why: &str, arguments: &[String]) -> Parsed {
    let command: Vec<String> = std::iter::once("run".to_owned()).chain(arguments.iter().cloned()).collect();
    Parsed::Declined(for_a_shell(why, &command))
}

/// What a shell makes of it, outside of quotes: the folder in which one is.
fn in_this_folder(word: &str) -> String {
    ["$(pwd)", "${PWD}", "$PWD"]
        .iter()
        .find_map(|here| word.strip_prefix(here))
        .filter(|rest| rest.is_empty() || rest.starts_with(['/', ':']))
        .map_or_else(|| word.to_owned(), |rest| format!(".{rest}"))
}

//! Images: built, pulled, named, looked into.

use super::{Parsed, Slots, done, flag_unknown, for_a_shell, is_ours, line, literal, missing, reference, too_many, variables, whole};
use crate::domain::reading::SlotMention;

pub(super) fn tag(arguments: &[String]) -> Parsed {
    let read = || {
        let line = line(arguments, &[], false)?;
        done(&line)?;
        match line.words.as_slice() {
            [image, new] => {
                reference(new)?;
                let slots = [
                    ("image".to_owned(), literal(image)),
                    ("as".to_owned(), SlotMention::Text(new.clone())),
                ];
                Ok(Parsed::Each("docker-tag", vec![Slots::from(slots)]))
            }
            [] | [_] => Err(missing("an image and its new name")),
            more => Err(too_many(more)),
        }
    };
    whole(read())
}

pub(super) fn build(arguments: &[String]) -> Parsed {
    let read = || {
        let mut line = line(arguments, &[], false)?;
        let mut slots = Slots::new();
        let tags = line.values(&["-t", "--tag"]);
        if let [_, second, ..] = tags.as_slice() {
            return Err(Parsed::Declined(flag_unknown("-t", Some(second))));
        }
        if let Some(tag) = tags.into_iter().next() {
            reference(&tag)?;
            slots.insert("tag".to_owned(), SlotMention::Text(tag));
        }
        if line.switch(&["--no-cache"]) {
            slots.insert("no_cache".to_owned(), SlotMention::Flag(true));
        }
        if let Some(stage) = line.value(&["--target"]) {
            slots.insert("target".to_owned(), SlotMention::Text(stage));
        }
        let args = line.values(&["--build-arg"]);
        if !args.is_empty() {
            slots.insert("args".to_owned(), SlotMention::Env(variables(&args)?));
        }
        let file = line.value(&["-f", "--file"]);
        done(&line)?;
        let (folder, file) = match (line.words.as_slice(), file) {
            ([], None) => return Err(missing("the folder to build")),
            ([], Some(file)) => (None, Some(file)),
            ([one], None) if is_dockerfile(one) => (Some(folder_of(one)), Some(one.clone())),
            ([one], file) => (Some(one.clone()), file),
            (more, _) => return Err(too_many(more)),
        };
        slots.extend(folder.map(|folder| ("folder".to_owned(), SlotMention::Text(folder))));
        slots.extend(file.map(|file| ("file".to_owned(), SlotMention::Text(file))));
        Ok(Parsed::Each("docker-build", vec![slots]))
    };
    whole(read())
}

/// `gordon build backend/Dockerfile -t x` names the file where docker takes the folder.
pub(in super::super) fn is_dockerfile(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.starts_with("Dockerfile") || name.ends_with(".Dockerfile") || name.ends_with(".dockerfile")
}

fn folder_of(path: &str) -> String {
    match path.rsplit_once(['/', '\\']) {
        Some(("", _)) => "/".to_owned(),
        Some((folder, _)) => folder.to_owned(),
        None => ".".to_owned(),
    }
}

pub(super) fn pull(arguments: &[String]) -> Parsed {
    let read = || {
        let mut line = line(arguments, &[], false)?;
        line.switch(&["-q", "--quiet"]);
        if let Some((flag, _)) = line.flags.first().filter(|(flag, _)| !is_ours(flag)) {
            let command: Vec<String> = std::iter::once("pull".to_owned()).chain(arguments.iter().cloned()).collect();
            return Err(Parsed::Declined(for_a_shell(
                &format!("`docker pull {flag}` is not built here"),
                &command,
            )));
        }
        done(&line)?;
        match line.words.as_slice() {
            [] => Err(missing("the name of an image")),
            [image] => {
                reference(image)?;
                let slots = Slots::from([("image".to_owned(), SlotMention::Text(image.clone()))]);
                Ok(Parsed::Each("docker-pull", vec![slots]))
            }
            more => Err(too_many(more)),
        }
    };
    whole(read())
}

pub(super) fn optimize(arguments: &[String]) -> Parsed {
    let read = || {
        let line = line(arguments, &[], false)?;
        done(&line)?;
        match line.words.as_slice() {
            [image] => Ok(Parsed::Each(
                "docker-optimize",
                vec![Slots::from([("image".to_owned(), literal(image))])],
            )),
            words => Ok(Parsed::Words(format!("optimize {}", words.join(" ")))),
        }
    };
    whole(read())
}

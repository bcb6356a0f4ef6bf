//! Whether files can be made where the records go, found out by making one and taking it away again.

use std::{fs, io, path::Path};

/// Why nothing can be written below `dir`, which need not be there yet. Leaves nothing behind.
pub(super) fn obstacle(dir: &Path) -> Option<String> {
    let there = dir.ancestors().find(|ancestor| ancestor.exists())?;
    let probe = there.join(format!(".todo-agent-{}", uuid::Uuid::new_v4().simple()));
    // A folder that is to be made, or a file in the one that is there.
    let made = if there == dir {
        fs::File::create_new(&probe).map(drop).and_then(|()| fs::remove_file(&probe))
    } else {
        fs::create_dir(&probe).and_then(|()| fs::remove_dir(&probe))
    };
    made.err()
        .map(|error| format!("{} cannot be written: {}", dir.display(), words(&error)))
}

fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "this user may not".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only".to_owned(),
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        io::ErrorKind::NotADirectory => "it is below a file".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_it_can_be_written_nothing_is_left_behind() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(obstacle(dir.path()), None);
        assert_eq!(obstacle(&dir.path().join("a/b")), None);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        fs::write(dir.path().join("file"), "").unwrap();
        let below = dir.path().join("file/state");
        let told = obstacle(&below).unwrap();
        assert!(told.starts_with(&format!("{} cannot be written: ", below.display())), "{told}");
    }
}

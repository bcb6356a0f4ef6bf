//! Files that a kubeconfig names: whoever wrote it may name one without an end.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

/// Bundles of all certificates that the world trusts are a quarter of a megabyte.
const MOST: u64 = 16 * 1024 * 1024;

/// # Errors
/// It cannot be read, or is larger than any kubeconfig or certificate.
pub(super) fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(MOST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST {
        let what = format!("it is larger than {} MB", MOST / 1024 / 1024);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, what));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn what_has_no_end_is_not_read_to_it() {
        let told = read(Path::new("/dev/zero")).unwrap_err().to_string();
        assert_eq!(told, "it is larger than 16 MB");
    }

    #[test]
    fn a_file_is_read_as_it_is() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "a: b\n").unwrap();
        assert_eq!(read(file.path()).unwrap(), b"a: b\n");
    }
}

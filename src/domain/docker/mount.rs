//! What `docker run -v` says: a folder of the machine, or a volume of the engine, and where it appears in the container.

use crate::domain::path;

/// One `-v`, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    pub source: Source,
    /// Where it appears in the container.
    pub target: String,
    /// `ro`, `z`: as they were typed.
    pub options: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A path of the machine, as it was typed.
    Path(String),
    Volume(String),
    /// A volume of the container's own, without a name.
    Unnamed,
}

/// Options that leave what is mounted where it is, and as much of it.
const OPTIONS: [&str; 8] = ["ro", "rw", "z", "Z", "cached", "delegated", "consistent", "nocopy"];

impl Mount {
    /// # Errors
    /// Why it is none.
    pub fn parse(said: &str) -> Result<Self, &'static str> {
        const SHAPE: &str = "A mount looks like ./folder:/in/container, volume:/in/container or ./folder:/in/container:ro";
        let (drive, rest) = split_drive(said);
        let mut parts: Vec<String> = rest.split(':').map(str::to_owned).collect();
        if let (Some(drive), Some(first)) = (drive, parts.first_mut()) {
            first.insert_str(0, drive);
        }
        let (source, target, options) = match parts.as_slice() {
            [target] => (Source::Unnamed, target, ""),
            [source, target] => (source_of(source).ok_or(SHAPE)?, target, ""),
            [source, target, options] => (source_of(source).ok_or(SHAPE)?, target, options.as_str()),
            _ => return Err(SHAPE),
        };
        let options: Vec<String> = options.split(',').filter(|option| !option.is_empty()).map(str::to_owned).collect();
        if !target.starts_with('/') || target == "/" {
            return Err("What is mounted appears at an absolute path of the container that is not its root");
        }
        if options.iter().any(|option| !OPTIONS.contains(&option.as_str())) {
            return Err("Of the options of a mount ro, rw, z, Z, cached, delegated, consistent and nocopy are known");
        }
        Ok(Self {
            source,
            target: target.clone(),
            options,
        })
    }

    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.options.iter().any(|option| option == "ro")
    }
}

/// `C:\data` of Windows has a colon of its own.
fn split_drive(said: &str) -> (Option<&str>, &str) {
    if path::has_drive(said) && said.matches(':').count() > 1 {
        (said.get(..2), said.get(2..).unwrap_or_default())
    } else {
        (None, said)
    }
}

fn source_of(source: &str) -> Option<Source> {
    let drive = source.as_bytes().get(1) == Some(&b':');
    if drive || source.starts_with(['/', '.', '~', '\\']) {
        return Some(Source::Path(source.to_owned()));
    }
    let mut chars = source.chars();
    let name = source.len() > 1
        && chars.next().is_some_and(|c| c.is_ascii_alphanumeric())
        && chars.all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    name.then(|| Source::Volume(source.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_taken_apart_as_docker_does() {
        let told = |said: &str| match Mount::parse(said) {
            Ok(mount) => format!("{:?} {} {:?}", mount.source, mount.target, mount.options),
            Err(why) => why.split(' ').take(3).collect::<Vec<_>>().join(" "),
        };
        let cases = [
            ("./src:/app", "Path(\"./src\") /app []"),
            ("/srv/data:/data:ro,z", "Path(\"/srv/data\") /data [\"ro\", \"z\"]"),
            ("pgdata:/var/lib/postgresql/data", "Volume(\"pgdata\") /var/lib/postgresql/data []"),
            ("/cache", "Unnamed /cache []"),
            ("C:\\work:/app", "Path(\"C:\\\\work\") /app []"),
            ("src:app", "What is mounted"),
            ("./src:/", "What is mounted"),
            ("./src:/app:exec", "Of the options"),
            ("a/b:/app", "A mount looks"),
            (":/app", "A mount looks"),
            ("a:b:c:d", "A mount looks"),
        ];
        for (said, expected) in cases {
            assert_eq!(told(said), expected, "{said}");
        }
    }
}

//! Image names, and what a pull of one gives.

/// An image name taken apart as the container runtime does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    pub registry: String,
    /// With `library/` for an official image of Docker Hub.
    pub repository: String,
    /// Tag or digest, `latest` when none is written.
    pub reference: String,
    pub digest: bool,
}

impl Image {
    /// Reads an image name.
    ///
    /// # Errors
    /// Why the runtime refuses it, in its words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let slash = rest.rfind('/').map_or(0, |slash| slash + 1);
        let last = rest.get(slash..).unwrap_or_default();
        let (path, tag) = match last.split_once(':') {
            Some((_, tag)) => (rest.get(..rest.len() - tag.len() - 1).unwrap_or_default(), Some(tag)),
            None => (rest, None),
        };
        let (registry, repository) = match path.split_once('/') {
            Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => (host.to_owned(), rest.to_owned()),
            Some(_) => ("docker.io".to_owned(), path.to_owned()),
            None => ("docker.io".to_owned(), format!("library/{path}")),
        };
        let upper = repository.bytes().any(|byte| byte.is_ascii_uppercase());
        if upper {
            return Err(format!(
                "invalid reference format: repository name ({repository}) must be lowercase"
            ));
        }
        let fits = |part: &str| {
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            !part.is_empty()
                && part.bytes().all(|byte| plain(byte) || matches!(byte, b'.' | b'_' | b'-'))
                && part.bytes().next().is_some_and(plain)
        };
        let tag_fits = |tag: &str| {
            let start = tag.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            start
                && tag.len() <= 128
                && tag
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
        };
        let digest_fits = |digest: &str| {
            digest
                .split_once(':')
                .is_some_and(|(_, hex)| hex.len() >= 32 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
        };
        if !repository.split('/').all(fits) || tag.is_some_and(|tag| !tag_fits(tag)) || digest.is_some_and(|digest| !digest_fits(digest)) {
            return Err("invalid reference format".to_owned());
        }
        Ok(Self {
            registry,
            repository,
            reference: digest.or(tag).unwrap_or("latest").to_owned(),
            digest: digest.is_some(),
        })
    }

    /// `docker.io/library/nginx:1.27`
    pub fn full(&self) -> String {
        let separator = if self.digest { '@' } else { ':' };
        format!("{}/{}{separator}{}", self.registry, self.repository, self.reference)
    }

    /// The last part of the repository: `nginx`, `todo-backend`.
    pub fn program(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or_default()
    }

    /// Whether two names mean the same image.
    pub fn same(&self, other: &str) -> bool {
        Self::parse(other).is_ok_and(|other| other == *self)
    }
}

/// Public images that the simulated internet has: repository, a version that does not look made up.
const PUBLIC: &[&str] = &[
    "nginx",
    "httpd",
    "caddy",
    "traefik",
    "haproxy",
    "redis",
    "valkey/valkey",
    "memcached",
    "postgres",
    "mysql",
    "mariadb",
    "mongo",
    "rabbitmq",
    "busybox",
    "alpine",
    "ubuntu",
    "debian",
    "bash",
    "python",
    "node",
    "golang",
    "rust",
    "openjdk",
    "eclipse-temurin",
    "ruby",
    "php",
    "hello-world",
    "curlimages/curl",
    "nginxinc/nginx-unprivileged",
    "kicbase/echo-server",
    "hashicorp/http-echo",
    "traefik/whoami",
    "nicolaka/netshoot",
    "registry",
    "adminer",
    "dpage/pgadmin4",
    "grafana/grafana",
    "prom/prometheus",
    "wordpress",
    "perl",
    "stefanprodan/podinfo",
    "minio/minio",
    "registry.k8s.io/pause",
    "registry.k8s.io/echoserver",
    "registry.k8s.io/e2e-test-images/agnhost",
    "gcr.io/google-samples/hello-app",
    "registry.k8s.io/ingress-nginx/controller",
    "registry.k8s.io/metrics-server/metrics-server",
    "quay.io/prometheus/prometheus",
];

/// Whether the simulated internet has the image, and if not, what the runtime says of it.
///
/// # Errors
/// The container runtime's words.
pub fn pull(image: &Image) -> Result<(), String> {
    let full = image.full();
    let head = format!("failed to pull and unpack image \"{full}\": failed to resolve reference \"{full}\": ");
    let public = PUBLIC
        .iter()
        .any(|known| Image::parse(known).is_ok_and(|known| known.registry == image.registry && known.repository == image.repository));
    let known_hosts = [
        "docker.io",
        "registry.k8s.io",
        "gcr.io",
        "quay.io",
        "ghcr.io",
        "mcr.microsoft.com",
        "public.ecr.aws",
    ];
    if public {
        return if plausible_tag(image) {
            Ok(())
        } else {
            Err(format!("rpc error: code = NotFound desc = {head}{full}: not found"))
        };
    }
    if image.registry == "docker.io" {
        return Err(format!(
            "{head}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"
        ));
    }
    if known_hosts.contains(&image.registry.as_str()) {
        return Err(format!(
            "{head}failed to authorize: failed to fetch anonymous token: unexpected status: 403 Forbidden"
        ));
    }
    let (host, repository, reference) = (&image.registry, &image.repository, &image.reference);
    let bare = host.split(':').next().unwrap_or_default();
    let reason = if bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok() {
        format!("dial tcp {}: connect: connection refused", host.replace("localhost", "127.0.0.1"))
    } else {
        format!("dial tcp: lookup {bare} on 10.96.0.10:53: no such host")
    };
    Err(format!(
        "{head}failed to do request: Head \"https://{host}/v2/{repository}/manifests/{reference}\": {reason}"
    ))
}

/// Tags of public images look like versions or well-known words; `nginx:doesnotexist` is not there.
fn plausible_tag(image: &Image) -> bool {
    const WORDS: &[&str] = &[
        "latest",
        "stable",
        "mainline",
        "edge",
        "alpine",
        "slim",
        "lts",
        "current",
        "bookworm",
        "bullseye",
        "trixie",
        "jammy",
        "noble",
        "focal",
        "buster",
        "musl",
        "glibc",
        "uclibc",
        "perl",
        "management",
        "jdk",
        "jre",
        "main",
        "master",
        "dev",
        "debian",
        "ubuntu",
        "linux",
        "fpm",
    ];
    if image.digest {
        return true;
    }
    let tag = image.reference.trim_start_matches('v');
    tag.split('-').all(|part| {
        let version = part.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_'));
        let huge = part
            .split(['.', '_'])
            .any(|number| number.parse::<u64>().is_ok_and(|number| (90..1000).contains(&number)));
        let word = WORDS.iter().any(|word| {
            part.strip_prefix(word)
                .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
        });
        (version && !huge) || word
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_the_runtime_reads_them() {
        let cases = [
            ("nginx", "docker.io/library/nginx:latest"),
            ("todo-backend:v1", "docker.io/library/todo-backend:v1"),
            ("bitnami/redis:7", "docker.io/bitnami/redis:7"),
            ("localhost:5000/a/b:c", "localhost:5000/a/b:c"),
            ("ghcr.io/x/y", "ghcr.io/x/y:latest"),
        ];
        for (text, full) in cases {
            assert_eq!(Image::parse(text).unwrap().full(), full);
        }
        for bad in ["", "a b", "Todo:v1", "x:", "x:::y", "-x"] {
            assert!(Image::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_public_can_be_pulled_and_nothing_else() {
        let pulls = |text: &str| pull(&Image::parse(text).unwrap()).is_ok();
        for good in [
            "nginx",
            "nginx:1.27-alpine",
            "redis:7",
            "python:3.11-slim",
            "postgres:16-alpine3.20",
            "node:22-bookworm-slim",
            "busybox:1.36",
        ] {
            assert!(pulls(good), "{good}");
        }
        for bad in [
            "nginx:nope",
            "nginx:doesnotexist",
            "nginx:999.9",
            "todo-backend:v9",
            "registry.example/x",
            "localhost:5000/x",
        ] {
            assert!(!pulls(bad), "{bad}");
        }
    }
}

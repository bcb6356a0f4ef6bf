//! Addresses of the API: what a URL's path names.

/// A resource, an object or a subresource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    pub group: String,
    pub version: String,
    pub plural: String,
    pub namespace: Option<String>,
    pub name: Option<String>,
    /// With all that follows it: `proxy/some/path`.
    pub subresource: Option<String>,
    /// The old form `/api/v1/watch/…`.
    pub watch: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Path {
    Root,
    Version,
    Healthy,
    Api,
    Apis,
    Group(String),
    Version1(String, String),
    OpenApi2,
    OpenApi3(Option<String>),
    Resource(Address),
    Unknown,
}

impl Path {
    #[must_use]
    pub fn read(path: &str) -> Self {
        let decoded: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(super::query::decoded).collect();
        let parts: Vec<&str> = decoded.iter().map(String::as_str).collect();
        match parts.as_slice() {
            [] => Self::Root,
            ["version"] => Self::Version,
            ["healthz" | "livez" | "readyz", ..] => Self::Healthy,
            ["openapi", "v2"] => Self::OpenApi2,
            ["openapi", "v3"] => Self::OpenApi3(None),
            ["openapi", "v3", rest @ ..] => Self::OpenApi3(Some(rest.join("/"))),
            ["api"] => Self::Api,
            ["apis"] => Self::Apis,
            ["apis", group] => Self::Group((*group).to_owned()),
            ["api", version] => Self::Version1(String::new(), (*version).to_owned()),
            ["apis", group, version] => Self::Version1((*group).to_owned(), (*version).to_owned()),
            ["api", version, rest @ ..] => resource("", version, rest),
            ["apis", group, version, rest @ ..] => resource(group, version, rest),
            _ => Self::Unknown,
        }
    }
}

fn resource(group: &str, version: &str, rest: &[&str]) -> Path {
    let (watch, rest) = match rest {
        ["watch", rest @ ..] if !rest.is_empty() => (true, rest),
        _ => (false, rest),
    };
    let (namespace, rest) = match rest {
        // A namespace is itself an object with two subresources.
        ["namespaces", _, "status" | "finalize"] | ["namespaces", _] => (None, rest),
        ["namespaces", namespace, rest @ ..] if group.is_empty() || !rest.is_empty() => (Some((*namespace).to_owned()), rest),
        _ => (None, rest),
    };
    let Some((plural, rest)) = rest.split_first() else {
        return Path::Unknown;
    };
    Path::Resource(Address {
        group: group.to_owned(),
        version: version.to_owned(),
        plural: (*plural).to_owned(),
        namespace,
        name: rest.first().map(|name| (*name).to_owned()),
        subresource: rest.get(1..).filter(|rest| !rest.is_empty()).map(|rest| rest.join("/")),
        watch,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(path: &str) -> (String, Option<String>, Option<String>, Option<String>) {
        match Path::read(path) {
            Path::Resource(a) => (
                format!("{}/{}/{}", a.group, a.version, a.plural),
                a.namespace,
                a.name,
                a.subresource,
            ),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn paths_name_resources_objects_and_subresources() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(address("/api/v1/namespaces"), ("/v1/namespaces".into(), None, None, None));
        assert_eq!(address("/api/v1/namespaces/a"), ("/v1/namespaces".into(), None, some("a"), None));
        assert_eq!(
            address("/api/v1/namespaces/a/status"),
            ("/v1/namespaces".into(), None, some("a"), some("status"))
        );
        assert_eq!(address("/api/v1/namespaces/a/pods"), ("/v1/pods".into(), some("a"), None, None));
        assert_eq!(
            address("/apis/apps/v1/namespaces/a/deployments/web/scale"),
            ("apps/v1/deployments".into(), some("a"), some("web"), some("scale"))
        );
        assert_eq!(
            address("/api/v1/nodes/n/proxy/a/b"),
            ("/v1/nodes".into(), None, some("n"), some("proxy/a/b"))
        );
        assert_eq!(Path::read("/apis/apps/v1"), Path::Version1("apps".into(), "v1".into()));
        assert_eq!(Path::read("/openapi/v3/apis/apps/v1"), Path::OpenApi3(Some("apis/apps/v1".into())));
    }
}

//! What is served: versions, groups, kinds, OpenAPI.

use http::header;
use http::request::Parts;
use serde_json::{Value, json};

use super::accept::{Accept, Shape};
use super::answer::Reply;
use super::definition;
use super::path::{Address, Path};
use super::refusal::Refusal;
use crate::adapters::cluster::embedded::Embedded;
use crate::adapters::cluster::embedded::facts::{Group, Kind, facts, openapi};

/// The kind that an address names, built in or custom.
pub fn kind(embedded: &Embedded, address: &Address) -> Result<Kind, Refusal> {
    match facts().find(&address.group, &address.version, &address.plural) {
        Some(kind) => Ok(kind.clone()),
        None => definition::find(embedded, address)?.ok_or_else(Refusal::no_such_resource),
    }
}

/// What the real server says with every answer about a kind that is on its way out.
const DEPRECATED: [(&str, &str); 2] = [
    (
        "Endpoints",
        "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    ),
    ("ComponentStatus", "v1 ComponentStatus is deprecated in v1.19+"),
];

/// Said with every answer about such a kind.
pub fn deprecation(kind: &Kind) -> Option<String> {
    let known = DEPRECATED.iter().find(|(name, _)| kind.custom.is_none() && kind.kind == *name);
    known.map(|(_, why)| (*why).to_owned())
}

/// Said with every answer about a kind to which nothing ever happens by itself.
pub fn warning(kind: &Kind) -> Option<String> {
    (!kind.full()).then(|| {
        format!(
            "{} are only stored: the embedded (simulated) cluster does not act on them",
            kind.resource()
        )
    })
}

pub fn answer(embedded: &Embedded, path: &Path, accept: Accept, parts: &Parts) -> Result<Reply, Refusal> {
    if !matches!(parts.method, http::Method::GET | http::Method::HEAD) {
        return Err(Refusal::method_not_allowed());
    }
    let (groups, kinds) = catalog(embedded)?;
    match path {
        Path::Version => Ok(Reply::Bytes {
            content_type: "application/json",
            headers: Vec::new(),
            bytes: serde_json::to_vec_pretty(&facts().version).unwrap_or_default().into(),
        }),
        Path::Healthy => {
            embedded.store().read(|view| -> Result<_, Refusal> { Ok(view.rv()?) })?;
            Ok(Reply::text("ok"))
        }
        Path::Root => Ok(Reply::object(json!({ "paths": paths(&groups) }))),
        Path::Api | Path::Apis if matches!(accept.shape, Shape::Discovery(_)) => {
            Ok(aggregated(*path == Path::Api, accept, &groups, &kinds))
        }
        Path::Api => Ok(Reply::object(json!({
            "kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [{ "clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1" }],
        }))),
        Path::Apis => {
            let groups: Vec<Value> = groups.iter().filter(|group| !group.name.is_empty()).map(api_group).collect();
            Ok(Reply::object(
                json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": groups }),
            ))
        }
        Path::Group(name) => {
            let group = groups
                .iter()
                .find(|group| group.name == *name)
                .ok_or_else(Refusal::no_such_resource)?;
            let mut value = json!({ "kind": "APIGroup", "apiVersion": "v1" });
            if let (Some(all), Value::Object(fields)) = (value.as_object_mut(), api_group(group)) {
                all.extend(fields);
            }
            Ok(Reply::object(value))
        }
        Path::Version1(group, version) => resources(group, version, &kinds),
        Path::OpenApi2 if has(parts, header::ACCEPT, "proto-openapi") => document(openapi::protobuf(), PROTOBUF, accept_gzip(parts)),
        Path::OpenApi2 => document(openapi::document(None), "application/json", accept_gzip(parts)),
        Path::OpenApi3(None) => Ok(Reply::Bytes {
            content_type: "application/json",
            headers: Vec::new(),
            bytes: openapi::index().into(),
        }),
        Path::OpenApi3(Some(path)) => document(openapi::document(Some(path)), "application/json", accept_gzip(parts)),
        Path::Resource(_) | Path::Unknown => Err(Refusal::no_such_resource()),
    }
}

/// All groups and kinds, the custom ones last.
fn catalog(embedded: &Embedded) -> Result<(Vec<Group>, Vec<Kind>), Refusal> {
    let (mut groups, mut kinds) = (facts().groups.clone(), facts().kinds.clone());
    for kind in definition::all(embedded)? {
        match groups.iter_mut().find(|group| group.name == kind.group) {
            Some(group) if group.versions.contains(&kind.version) => {}
            Some(group) => group.versions.push(kind.version.clone()),
            None => groups.push(Group {
                name: kind.group.clone(),
                versions: vec![kind.version.clone()],
            }),
        }
        kinds.push(kind);
    }
    Ok((groups, kinds))
}

fn paths(groups: &[Group]) -> Vec<String> {
    let mut paths = vec!["/api".to_owned(), "/api/v1".to_owned(), "/apis".to_owned()];
    for group in groups.iter().filter(|group| !group.name.is_empty()) {
        paths.push(format!("/apis/{}", group.name));
        paths.extend(group.versions.iter().map(|version| format!("/apis/{}/{version}", group.name)));
    }
    paths.extend(["/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"].map(str::to_owned));
    paths
}

fn accept_gzip(parts: &Parts) -> bool {
    has(parts, header::ACCEPT_ENCODING, "gzip")
}

fn has(parts: &Parts, name: header::HeaderName, word: &str) -> bool {
    let value = parts.headers.get(name).and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value.contains(word))
}

/// The type of the one document that is sent in protobuf: old and new kubectl read nothing else of it.
const PROTOBUF: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

fn document(packed: Option<&'static [u8]>, content_type: &'static str, gzip: bool) -> Result<Reply, Refusal> {
    let packed = packed.ok_or_else(Refusal::no_such_resource)?;
    let mut headers = vec![(header::VARY, "Accept-Encoding".to_owned())];
    let bytes = if gzip {
        headers.push((header::CONTENT_ENCODING, "gzip".to_owned()));
        packed.into()
    } else {
        openapi::unpacked(packed)
            .map_err(|error| Refusal::new(500, "InternalError", format!("Internal error occurred: {error}")))?
            .into()
    };
    Ok(Reply::Bytes {
        content_type,
        headers,
        bytes,
    })
}

fn api_group(group: &Group) -> Value {
    let versions: Vec<Value> = group
        .versions
        .iter()
        .map(|version| json!({ "groupVersion": format!("{}/{version}", group.name), "version": version }))
        .collect();
    json!({ "name": group.name, "versions": versions, "preferredVersion": versions.first() })
}

fn resources(group: &str, version: &str, kinds: &[Kind]) -> Result<Reply, Refusal> {
    let mut list = Vec::new();
    for kind in kinds.iter().filter(|kind| kind.group == group && kind.version == version) {
        let mut entry = json!({ "name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced });
        if let Some((group, version)) = &kind.response {
            entry["group"] = group.as_str().into();
            entry["version"] = version.as_str().into();
        }
        entry["kind"] = kind.kind.as_str().into();
        entry["verbs"] = kind.verbs.clone().into();
        for (name, values) in [("shortNames", &kind.short), ("categories", &kind.categories)] {
            if !values.is_empty() {
                entry[name] = values.clone().into();
            }
        }
        if let Some(hash) = &kind.hash {
            entry["storageVersionHash"] = hash.as_str().into();
        }
        list.push(entry);
        for sub in &kind.subresources {
            let name = format!("{}/{}", kind.plural, sub.name);
            let mut entry = json!({ "name": name, "singularName": "", "namespaced": kind.namespaced });
            if !(sub.group.is_empty() && sub.version.is_empty()) {
                entry["group"] = sub.group.as_str().into();
                entry["version"] = sub.version.as_str().into();
            }
            entry["kind"] = sub.kind.as_str().into();
            entry["verbs"] = sub.verbs.clone().into();
            list.push(entry);
        }
    }
    if list.is_empty() {
        return Err(Refusal::no_such_resource());
    }
    let name = if group.is_empty() {
        version.to_owned()
    } else {
        format!("{group}/{version}")
    };
    Ok(Reply::object(
        json!({ "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": list }),
    ))
}

/// All groups with all kinds in one answer, as clients since 1.26 ask.
fn aggregated(core: bool, accept: Accept, groups: &[Group], kinds: &[Kind]) -> Reply {
    let items: Vec<Value> = groups
        .iter()
        .filter(|group| group.name.is_empty() == core)
        .map(|group| {
            let versions: Vec<Value> = group
                .versions
                .iter()
                .map(|version| {
                    let resources: Vec<Value> = kinds
                        .iter()
                        .filter(|kind| kind.group == group.name && kind.version == *version)
                        .map(aggregated_kind)
                        .collect();
                    json!({ "version": version, "resources": resources, "freshness": "Current" })
                })
                .collect();
            let metadata = if core { json!({}) } else { json!({ "name": group.name }) };
            json!({ "metadata": metadata, "versions": versions })
        })
        .collect();
    let (version, content_type) = match accept.shape {
        Shape::Discovery("v2beta1") => (
            "v2beta1",
            "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
        ),
        _ => ("v2", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"),
    };
    let list =
        json!({ "kind": "APIGroupDiscoveryList", "apiVersion": format!("apidiscovery.k8s.io/{version}"), "metadata": {}, "items": items });
    Reply::Bytes {
        content_type,
        headers: vec![(header::VARY, "Accept".to_owned())],
        bytes: list.to_string().into(),
    }
}

fn aggregated_kind(kind: &Kind) -> Value {
    let response = |group: &str, version: &str, kind: &str| json!({ "group": group, "version": version, "kind": kind });
    let (group, version) = kind.response.as_ref().map_or(("", ""), |(group, version)| (group, version));
    let mut entry = json!({
        "resource": kind.plural, "responseKind": response(group, version, &kind.kind),
        "scope": if kind.namespaced { "Namespaced" } else { "Cluster" }, "singularResource": kind.singular, "verbs": kind.verbs,
    });
    for (name, values) in [("shortNames", &kind.short), ("categories", &kind.categories)] {
        if !values.is_empty() {
            entry[name] = values.clone().into();
        }
    }
    if !kind.subresources.is_empty() {
        entry["subresources"] = kind
            .subresources
            .iter()
            .map(
                |sub| json!({ "subresource": sub.name, "responseKind": response(&sub.group, &sub.version, &sub.kind), "verbs": sub.verbs }),
            )
            .collect();
    }
    entry
}

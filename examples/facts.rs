//! Makes `src/adapters/cluster/embedded/facts/data/` out of what a real API server answered.
//!
//! `cargo run --example facts -- DUMP_FOLDER`, where the folder holds `discovery-api.json` and `discovery-apis.json`
//! (aggregated discovery, v2), `legacy/*.json` (plain discovery), `tables/<plural>.<group or core>[.<version>].json`
//! (lists as Table), `openapi-v2.json`, `openapi-v2.pb` (the same, accepted as
//! `application/com.github.proto-openapi.spec.v2@v1.0+protobuf`), `openapi-v3/*.json` (`/` written as `__`) `version.json`, and `rbac.json` (`kubectl get
//! clusterroles,clusterrolebindings,roles,rolebindings -A -l kubernetes.io/bootstrapping=rbac-defaults -o json`); and
//! `proto/<package>/{generated.proto,types.go}` of the modules `k8s.io/{api,apimachinery,apiextensions-apiserver,kube-aggregator}`.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let dump = std::env::args().nth(1).ok_or("give the folder of the dump")?;
    let dump = Path::new(&dump);
    let out = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/adapters/cluster/embedded/facts/data"));
    fs::create_dir_all(out.join("openapi/v3"))?;
    fs::write(out.join("kinds.json"), lines(&kinds(dump)?)?)?;
    fs::write(out.join("columns.json"), lines(&columns(dump)?)?)?;
    fs::write(out.join("schema.json"), lines(&schema(dump)?)?)?;
    fs::write(out.join("wire.json"), lines(&wire(&dump.join("proto"), &schema(dump)?)?)?)?;
    fs::write(out.join("openapi/v2.json.gz"), packed(&fs::read(dump.join("openapi-v2.json"))?)?)?;
    fs::write(out.join("openapi/v2.pb.gz"), packed(&fs::read(dump.join("openapi-v2.pb"))?)?)?;
    fs::write(out.join("openapi/v3.json"), fs::read(dump.join("openapi-v3/index.json"))?)?;
    fs::write(out.join("rbac.json"), rights(dump)?)?;
    for entry in fs::read_dir(dump.join("openapi-v3"))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name != "index.json" {
            fs::write(out.join("openapi/v3").join(format!("{name}.gz")), packed(&fs::read(entry.path())?)?)?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Value, Box<dyn Error>> {
    let text = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(serde_json::from_slice(&text)?)
}

fn packed(bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// The roles and bindings of a fresh cluster, without what is different in each.
fn rights(dump: &Path) -> Result<String, Box<dyn Error>> {
    let mut texts = Vec::new();
    for mut object in list(&read(&dump.join("rbac.json"))?, "items") {
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            for own in ["uid", "resourceVersion", "creationTimestamp", "managedFields"] {
                metadata.remove(own);
            }
        }
        texts.push(object.to_string());
    }
    Ok(format!("[\n{}\n]\n", texts.join(",\n")))
}

/// One entry per line, so that a new version of the facts reads well as a diff.
fn lines(value: &Value) -> Result<String, Box<dyn Error>> {
    let mut text = String::from("{");
    for (index, (key, value)) in value.as_object().ok_or("an object")?.iter().enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        match value.as_array() {
            Some(items) if items.iter().any(Value::is_object) => {
                let items: Vec<String> = items.iter().map(Value::to_string).collect();
                text.push_str(&format!("{}:[\n{}\n]", Value::from(key.as_str()), items.join(",\n")));
            }
            _ => text.push_str(&format!("{}:{value}", Value::from(key.as_str()))),
        }
    }
    text.push_str("\n}\n");
    Ok(text)
}

/// Names, verbs and subresources of every kind, in the order of the server's discovery.
fn kinds(dump: &Path) -> Result<Value, Box<dyn Error>> {
    let mut groups = Vec::new();
    let mut kinds = Vec::new();
    for file in ["discovery-api.json", "discovery-apis.json"] {
        for item in list(&read(&dump.join(file))?, "items") {
            let group = text(item.pointer("/metadata/name"));
            let mut versions = Vec::new();
            for version in list(&item, "versions") {
                let name = text(version.get("version"));
                let hashes = hashes(dump, &group, &name)?;
                for resource in list(&version, "resources") {
                    kinds.push(kind(&group, &name, &resource, &hashes));
                }
                versions.push(Value::from(name));
            }
            groups.push(json!({ "name": group, "versions": versions }));
        }
    }
    Ok(json!({ "version": read(&dump.join("version.json"))?, "groups": groups, "kinds": kinds }))
}

fn kind(group: &str, version: &str, resource: &Value, hashes: &BTreeMap<String, String>) -> Value {
    let plural = text(resource.get("resource"));
    let mut out = json!({
        "group": group, "version": version, "kind": text(resource.pointer("/responseKind/kind")), "plural": plural,
        "singular": text(resource.get("singularResource")), "namespaced": resource["scope"] == "Namespaced",
        "verbs": resource["verbs"],
    });
    for (name, source) in [("short", "shortNames"), ("categories", "categories")] {
        if let Some(value) = resource.get(source) {
            out[name] = value.clone();
        }
    }
    if let Some(hash) = hashes.get(&plural) {
        out["hash"] = hash.as_str().into();
    }
    let response = &resource["responseKind"];
    if !text(response.get("group")).is_empty() || !text(response.get("version")).is_empty() {
        out["response"] = json!([text(response.get("group")), text(response.get("version"))]);
    }
    let subresources: Vec<Value> = list(resource, "subresources")
        .iter()
        .map(|sub| {
            let kind = &sub["responseKind"];
            json!({
                "name": sub["subresource"], "kind": text(kind.get("kind")), "group": text(kind.get("group")),
                "version": text(kind.get("version")), "verbs": sub["verbs"],
            })
        })
        .collect();
    if !subresources.is_empty() {
        out["subresources"] = subresources.into();
    }
    out
}

fn hashes(dump: &Path, group: &str, version: &str) -> Result<BTreeMap<String, String>, Box<dyn Error>> {
    let file = if group.is_empty() {
        format!("api__{version}.json")
    } else {
        format!("apis__{group}__{version}.json")
    };
    Ok(list(&read(&dump.join("legacy").join(file))?, "resources")
        .iter()
        .filter_map(|r| Some((r["name"].as_str()?.to_owned(), r["storageVersionHash"].as_str()?.to_owned())))
        .collect())
}

/// The columns of each kind's table: `<plural>.<group or core>[.<version>]` to a list of definitions.
fn columns(dump: &Path) -> Result<Value, Box<dyn Error>> {
    let mut out = BTreeMap::new();
    for entry in fs::read_dir(dump.join("tables"))? {
        let path = entry?.path();
        let table = read(&path)?;
        let name = path.file_stem().ok_or("a file name")?.to_string_lossy().into_owned();
        if table["columnDefinitions"].is_array() {
            out.insert(name, table["columnDefinitions"].clone());
        }
    }
    Ok(Value::Object(out.into_iter().collect()))
}

/// The types of all objects: field to type, with what defaulting, strict decoding, strategic merge and apply need.
fn schema(dump: &Path) -> Result<Value, Box<dyn Error>> {
    let mut types: BTreeMap<String, Value> = BTreeMap::new();
    let mut roots: BTreeMap<String, Value> = BTreeMap::new();
    for entry in fs::read_dir(dump.join("openapi-v3"))? {
        let document = read(&entry?.path())?;
        let Some(schemas) = document.pointer("/components/schemas").and_then(Value::as_object) else {
            continue;
        };
        for (name, schema) in schemas {
            for gvk in list(schema, "x-kubernetes-group-version-kind") {
                let key = format!("{}/{}/{}", text(gvk.get("group")), text(gvk.get("version")), text(gvk.get("kind")));
                if !matches!(text(gvk.get("kind")).as_str(), "DeleteOptions" | "WatchEvent") && schema.get("properties").is_some() {
                    roots.insert(key, short(name).into());
                }
            }
            types.insert(short(name), structure(schema));
        }
    }
    let mut out = Map::new();
    out.insert("roots".into(), Value::Object(roots.into_iter().collect()));
    out.extend(types.into_iter().filter(|(_, value)| !value.is_null()));
    Ok(Value::Object(out))
}

fn short(name: &str) -> String {
    [
        "io.k8s.api.",
        "io.k8s.apimachinery.pkg.apis.",
        "io.k8s.apiextensions-apiserver.pkg.apis.",
        "io.k8s.kube-aggregator.pkg.apis.",
    ]
    .iter()
    .find_map(|prefix| name.strip_prefix(prefix))
    .unwrap_or(name)
    .to_owned()
}

/// A type: `{"fields": {name: shape}, "required": […]}`, or the shape itself for what is not a structure.
fn structure(schema: &Value) -> Value {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return shape(schema);
    };
    let fields: Map<String, Value> = properties.iter().map(|(name, property)| (name.clone(), shape(property))).collect();
    let mut out = json!({ "fields": fields });
    if let Some(required) = schema.get("required") {
        out["required"] = required.clone();
    }
    if schema.get("x-kubernetes-map-type").is_some() {
        out["atomic"] = true.into();
    }
    out
}

/// A field: the name of a type, a scalar's letter, or an object with `list`/`map` and what belongs to it.
fn shape(property: &Value) -> Value {
    let default = property.get("default").filter(|value| **value != json!({}) && **value != json!(""));
    let (reference, atomic) = match property.get("allOf").and_then(|all| all.get(0)) {
        Some(reference) => (reference.get("$ref"), property.get("x-kubernetes-map-type").is_some()),
        None => (property.get("$ref"), property.get("x-kubernetes-map-type").is_some()),
    };
    let base = if let Some(reference) = reference.and_then(Value::as_str) {
        Value::from(format!("@{}", short(reference.trim_start_matches("#/components/schemas/"))))
    } else {
        match text(property.get("type")).as_str() {
            "string" => match text(property.get("format")).as_str() {
                "date-time" => "time".into(),
                "int-or-string" => "int-or-string".into(),
                "byte" => "bytes".into(),
                _ => "string".into(),
            },
            "integer" if property["format"] == "int64" => "int64".into(),
            "integer" => "int32".into(),
            "number" => "number".into(),
            "boolean" => "bool".into(),
            "array" => json!({ "list": shape(&property["items"]) }),
            "object" => match property.get("additionalProperties") {
                Some(values) => json!({ "map": shape(values) }),
                None => "any".into(),
            },
            _ if property.get("oneOf").is_some() => "quantity".into(),
            _ => "any".into(),
        }
    };
    let mut out = if base.is_object() { base } else { json!({ "of": base }) };
    for (name, source) in [
        ("type", "x-kubernetes-list-type"),
        ("keys", "x-kubernetes-list-map-keys"),
        ("merge", "x-kubernetes-patch-merge-key"),
        ("strategy", "x-kubernetes-patch-strategy"),
    ] {
        if let Some(value) = property.get(source) {
            out[name] = value.clone();
        }
    }
    if atomic {
        out["atomic"] = true.into();
    }
    if let Some(default) = default {
        out["default"] = default.clone();
    }
    match out.as_object() {
        Some(only) if only.len() == 1 && only.contains_key("of") => out["of"].clone(),
        _ => out,
    }
}

/// How objects look in protobuf: for each message, its fields by number, as `name type`. A type is a letter for a scalar or
/// `@message`, after `[]` for a list and `{}` for a map; `*` behind it says that zero is a value and not its absence; no
/// name says that the message's fields stand in the object itself.
fn wire(folder: &Path, schema: &Value) -> Result<Value, Box<dyn Error>> {
    let mut messages: BTreeMap<String, BTreeMap<u32, (String, String)>> = BTreeMap::new();
    let mut pointers: BTreeMap<String, bool> = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let mut package = String::new();
        let mut message = String::new();
        for line in fs::read_to_string(path.join("generated.proto"))?.lines() {
            let words: Vec<&str> = line.trim().trim_end_matches(';').split_whitespace().collect();
            match words.as_slice() {
                ["package", name] => package = short_proto(name),
                ["message", name, ..] => message = format!("{package}.{name}"),
                ["optional" | "repeated", kind, name, "=", number] => {
                    let prefix = if words[0] == "repeated" { "[]" } else { "" };
                    let kind = format!("{prefix}{}", wire_type(kind, &package));
                    messages
                        .entry(message.clone())
                        .or_default()
                        .insert(number.parse()?, ((*name).to_owned(), kind));
                }
                [key, kind, name, "=", number] if key.starts_with("map<") => {
                    let kind = format!("{{}}{}", wire_type(kind.trim_end_matches('>'), &package));
                    messages
                        .entry(message.clone())
                        .or_default()
                        .insert(number.parse()?, ((*name).to_owned(), kind));
                }
                _ => {}
            }
        }
        for file in ["types.go", "types_jsonschema.go"] {
            let mut name = String::new();
            for line in fs::read_to_string(path.join(file)).unwrap_or_default().lines() {
                let words: Vec<&str> = line.split_whitespace().collect();
                if let ["type", struct_name, "struct", ..] = words.as_slice() {
                    name = format!("{package}.{struct_name}");
                } else if let (Some(kind), Some((_, tag))) = (words.get(1), line.split_once("json:\"")) {
                    let field = tag.split(['"', ',']).next().unwrap_or_default();
                    pointers.insert(format!("{name}/{field}"), kind.starts_with('*'));
                }
            }
        }
    }
    let mut wanted: Vec<String> = schema["roots"]
        .as_object()
        .ok_or("roots")?
        .values()
        .map(|name| text(Some(name)))
        .collect();
    wanted.push("meta.v1.DeleteOptions".into());
    let mut out = BTreeMap::new();
    while let Some(name) = wanted.pop() {
        let Some(fields) = messages.get(&name).filter(|_| !out.contains_key(&name) && !name.ends_with("List")) else {
            continue;
        };
        let known = &schema[&name]["fields"];
        let mut entry = Map::new();
        for (number, (field, kind)) in fields {
            let bare = kind.trim_start_matches(['[', ']', '{', '}']);
            if let Some(message) = bare.strip_prefix('@') {
                wanted.push(message.to_owned());
            }
            let inline = known.is_object() && known.get(field).is_none() && kind.starts_with('@');
            let pointer = if pointers.get(&format!("{name}/{field}")) == Some(&true) {
                "*"
            } else {
                ""
            };
            entry.insert(
                number.to_string(),
                format!("{} {kind}{pointer}", if inline { "" } else { field }).into(),
            );
        }
        out.insert(name, Value::Object(entry));
    }
    Ok(Value::Object(out.into_iter().collect()))
}

fn short_proto(package: &str) -> String {
    [
        "k8s.io.api.",
        "k8s.io.apimachinery.pkg.apis.",
        "k8s.io.apiextensions_apiserver.pkg.apis.",
        "k8s.io.kube_aggregator.pkg.apis.",
    ]
    .iter()
    .find_map(|prefix| package.strip_prefix(prefix))
    .unwrap_or(package)
    .to_owned()
}

fn wire_type(kind: &str, package: &str) -> String {
    match kind {
        "string" => "s".into(),
        "bool" => "b".into(),
        "bytes" => "y".into(),
        "double" => "d".into(),
        "int32" | "int64" | "uint32" | "uint64" => "i".into(),
        _ => match kind.strip_prefix('.') {
            Some(full) => format!("@{}", short_proto(full)),
            None => format!("@{package}.{kind}"),
        },
    }
}

fn list(value: &Value, key: &str) -> Vec<Value> {
    value.get(key).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}

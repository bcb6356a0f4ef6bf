//! Pods and pod templates.

use serde_json::{Value, json};

use super::{Found, container, names, values};

pub fn pod(object: &Value, found: &mut Found) {
    let Some(spec) = object.get("spec") else {
        found.required("spec.containers", "");
        return;
    };
    spec_at(spec, "spec", &[], found);
    found.one_of(spec, "/restartPolicy", "spec.restartPolicy", &["Always", "OnFailure", "Never"]);
}

/// A pod's spec at its path, but for the restart policy, which depends on the owner.
pub fn spec_at(spec: &Value, at: &str, claimed: &[&str], found: &mut Found) {
    let mut volumes = volumes(spec, at, found);
    volumes.extend(claimed);
    let containers = values::list(spec, "/containers");
    if containers.is_empty() {
        found.required(format!("{at}.containers"), "");
    }
    let mut seen: Vec<&str> = Vec::new();
    for list in ["initContainers", "containers"] {
        for (index, one) in values::list(spec, &format!("/{list}")).iter().enumerate() {
            let path = format!("{at}.{list}[{index}]");
            container::container(one, &path, &volumes, found);
            let name = values::name_of(one);
            if !name.is_empty() && seen.contains(&name) {
                found.duplicate(format!("{path}.name"), &json!(name));
            }
            seen.push(name);
        }
    }
    found.one_of(
        spec,
        "/dnsPolicy",
        &format!("{at}.dnsPolicy"),
        &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"],
    );
    names::labels(values::map(spec, "/nodeSelector"), &format!("{at}.nodeSelector"), found);
    for (field, check) in [
        ("serviceAccountName", names::subdomain as fn(&str) -> Vec<String>),
        ("hostname", names::label),
        ("subdomain", names::label),
        ("nodeName", names::subdomain),
    ] {
        let text = values::text(spec, &format!("/{field}"));
        if !text.is_empty() {
            names::add(found, &format!("{at}.{field}"), text, check(text));
        }
    }
    for (index, toleration) in values::list(spec, "/tolerations").iter().enumerate() {
        self::toleration(toleration, &format!("{at}.tolerations[{index}]"), found);
    }
    if let Some(seconds) = spec
        .get("activeDeadlineSeconds")
        .filter(|seconds| seconds.as_i64().is_some_and(|seconds| seconds < 1))
    {
        found.invalid(
            format!("{at}.activeDeadlineSeconds"),
            seconds,
            "must be between 1 and 2147483647, inclusive",
        );
    }
}

fn toleration(toleration: &Value, at: &str, found: &mut Found) {
    let (key, operator) = (values::text(toleration, "/key"), values::text(toleration, "/operator"));
    let (value, effect) = (values::text(toleration, "/value"), values::text(toleration, "/effect"));
    let place = format!("{at}.operator");
    if !key.is_empty() {
        names::add(found, &format!("{at}.key"), key, names::qualified(key));
    } else if operator != "Exists" {
        let why = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
        found.invalid(place.clone(), &json!(operator), why);
    }
    if toleration.get("tolerationSeconds").is_some() && effect != "NoExecute" {
        let why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
        found.invalid(format!("{at}.effect"), &json!(effect), why);
    }
    match operator {
        "Equal" | "" => names::add(found, &place, value, names::label_value(value)),
        "Exists" if !value.is_empty() => found.invalid(place, &json!(value), "value must be empty when `operator` is 'Exists'"),
        "Exists" => {}
        _ => found.unsupported(place, &json!(operator), &["Equal", "Exists"]),
    }
    if !effect.is_empty() {
        let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
        found.one_of(toleration, "/effect", &format!("{at}.effect"), &effects);
    }
}

/// Checks the volumes, and gives their names.
fn volumes<'a>(spec: &'a Value, at: &str, found: &mut Found) -> Vec<&'a str> {
    let volumes = values::list(spec, "/volumes");
    for (index, volume) in volumes.iter().enumerate() {
        let path = format!("{at}.volumes[{index}]");
        let name = values::name_of(volume);
        if name.is_empty() {
            found.required(format!("{path}.name"), "");
        } else {
            names::add(found, &format!("{path}.name"), name, names::label(name));
        }
        let sources: Vec<&String> = volume
            .as_object()
            .into_iter()
            .flatten()
            .map(|(field, _)| field)
            .filter(|field| *field != "name")
            .collect();
        // The server names the later in the order of its own fields, where emptyDir comes first.
        let first = sources.iter().position(|source| *source == "emptyDir").unwrap_or(0);
        for (_, source) in sources.iter().enumerate().filter(|(index, _)| *index != first) {
            found.forbidden(format!("{path}.{source}"), "may not specify more than 1 volume type");
        }
        for (source, field) in [
            ("configMap", "name"),
            ("secret", "secretName"),
            ("persistentVolumeClaim", "claimName"),
            ("hostPath", "path"),
        ] {
            if let Some(found_source) = volume.get(source)
                && values::text(found_source, &format!("/{field}")).is_empty()
            {
                found.required(format!("{path}.{source}.{field}"), "");
            }
        }
    }
    found.unique(volumes, &format!("{at}.volumes"), "name");
    volumes.iter().map(values::name_of).collect()
}

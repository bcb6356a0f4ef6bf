//! Services, claims, ingresses, autoscalers, ConfigMaps, Secrets, quotas.

use serde_json::{Value, json};

use super::super::quantity;
use super::{Found, container, names, values};

pub fn service(object: &Value, found: &mut Found) {
    let Some(spec) = object.get("spec") else {
        found.required("spec.ports", "");
        return;
    };
    let kind = values::text(spec, "/type");
    let ports = values::list(spec, "/ports");
    if ports.is_empty() && kind != "ExternalName" && values::text(spec, "/clusterIP") != "None" {
        found.required("spec.ports", "");
    }
    for (index, port) in ports.iter().enumerate() {
        service_port(port, &format!("spec.ports[{index}]"), ports.len() > 1, kind, found);
    }
    same_ports(ports, found);
    found.unique(ports, "spec.ports", "name");
    found.one_of(
        spec,
        "/type",
        "spec.type",
        &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"],
    );
    found.one_of(spec, "/sessionAffinity", "spec.sessionAffinity", &["ClientIP", "None"]);
    if kind == "ExternalName" && values::text(spec, "/externalName").is_empty() {
        found.required("spec.externalName", "");
    }
    let address = values::text(spec, "/clusterIP");
    if !matches!(address, "" | "None") && address.parse::<std::net::IpAddr>().is_err() {
        found.invalid(
            "spec.clusterIPs[0]",
            &json!(address),
            "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
        );
    }
    names::labels(values::map(spec, "/selector"), "spec.selector", found);
}

fn service_port(port: &Value, at: &str, named: bool, kind: &str, found: &mut Found) {
    let name = values::name_of(port);
    if name.is_empty() && named {
        found.required(format!("{at}.name"), "");
    } else if !name.is_empty() {
        names::add(found, &format!("{at}.name"), name, names::label(name));
    }
    container::port(port.get("port").unwrap_or(&json!(0)), &format!("{at}.port"), found);
    found.one_of(port, "/protocol", &format!("{at}.protocol"), &["SCTP", "TCP", "UDP"]);
    if let Some(target) = port.get("targetPort") {
        container::target_port(Some(target), &format!("{at}.targetPort"), found);
    }
    let Some(node) = port.get("nodePort").filter(|node| node.as_i64().is_some_and(|node| node != 0)) else {
        return;
    };
    if !matches!(kind, "NodePort" | "LoadBalancer") {
        let kind = if kind.is_empty() { "ClusterIP" } else { kind };
        found.forbidden(format!("{at}.nodePort"), format!("may not be used when `type` is '{kind}'"));
    } else if !node.as_i64().is_some_and(|node| (30_000..=32_767).contains(&node)) {
        found.invalid(
            format!("{at}.nodePort"),
            node,
            "provided port is not in the valid range. The range of valid ports is 30000-32767",
        );
    }
}

fn same_ports(ports: &[Value], found: &mut Found) {
    let mut seen: Vec<(i64, &str)> = Vec::new();
    for (index, port) in ports.iter().enumerate() {
        let protocol = match values::text(port, "/protocol") {
            "" => "TCP",
            protocol => protocol,
        };
        let number = values::count(port, "/port");
        if seen.contains(&(number, protocol)) {
            let shown = json!({ "Name": "", "Protocol": protocol, "AppProtocol": null, "Port": number, "TargetPort": 0, "NodePort": 0 });
            found.duplicate(format!("spec.ports[{index}]"), &shown);
        }
        seen.push((number, protocol));
    }
}

pub fn claim(object: &Value, found: &mut Found) {
    let modes = values::list(object, "/spec/accessModes");
    if modes.is_empty() {
        found.required("spec.accessModes", "at least 1 access mode is required");
    }
    let supported = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
    for mode in modes {
        if !mode.as_str().is_some_and(|mode| supported.contains(&mode)) {
            found.unsupported("spec.accessModes", mode, &supported);
        }
    }
    let at = "spec.resources[storage]";
    match object.pointer("/spec/resources/requests/storage") {
        None => found.required(at, ""),
        Some(amount) => {
            let text = amount.as_str().map_or_else(|| amount.to_string(), str::to_owned);
            if quantity::milli(&text).is_none_or(|milli| milli <= 0) {
                found.invalid(at, &json!(text), "must be greater than zero");
            }
        }
    }
    let class = values::text(object, "/spec/storageClassName");
    if !class.is_empty() {
        names::add(found, "spec.storageClassName", class, names::subdomain(class));
    }
}

pub fn ingress(object: &Value, found: &mut Found) {
    let rules = values::list(object, "/spec/rules");
    if rules.is_empty() && object.pointer("/spec/defaultBackend").is_none() {
        found.invalid("spec", &Value::Null, "either `defaultBackend` or `rules` must be specified");
    }
    if let Some(backend) = object.pointer("/spec/defaultBackend") {
        self::backend(backend, "spec.defaultBackend", found);
    }
    for (index, rule) in rules.iter().enumerate() {
        let at = format!("spec.rules[{index}]");
        let host = values::text(rule, "/host");
        if !host.is_empty() {
            names::add(
                found,
                &format!("{at}.host"),
                host,
                names::subdomain(host.strip_prefix("*.").unwrap_or(host)),
            );
        }
        for (index, path) in values::list(rule, "/http/paths").iter().enumerate() {
            self::path(path, &format!("{at}.http.paths[{index}]"), found);
        }
    }
}

fn path(path: &Value, at: &str, found: &mut Found) {
    let text = values::text(path, "/path");
    match values::text(path, "/pathType") {
        "" => found.required(format!("{at}.pathType"), "pathType must be specified"),
        "Exact" | "Prefix" => {
            if !text.starts_with('/') {
                found.invalid(format!("{at}.path"), &json!(text), "must be an absolute path");
            }
        }
        "ImplementationSpecific" => {
            if !text.is_empty() && !text.starts_with('/') {
                found.invalid(format!("{at}.path"), &json!(text), "must be an absolute path");
            }
        }
        _ => found.one_of(
            path,
            "/pathType",
            &format!("{at}.pathType"),
            &["Exact", "ImplementationSpecific", "Prefix"],
        ),
    }
    if let Some(backend) = path.get("backend") {
        self::backend(backend, &format!("{at}.backend"), found);
    }
}

fn backend(backend: &Value, at: &str, found: &mut Found) {
    let Some(service) = backend.get("service") else { return };
    if values::name_of(service).is_empty() {
        found.required(format!("{at}.service.name"), "");
    }
    let port = service.get("port");
    let number = port.and_then(|port| port.get("number")).filter(|number| number.as_i64() != Some(0));
    let name = port.map(values::name_of).unwrap_or_default();
    match number {
        None if name.is_empty() => found.required(at, "port name or number is required"),
        Some(number) => container::port(number, &format!("{at}.service.port.number"), found),
        None => {}
    }
}

pub fn autoscaler(object: &Value, found: &mut Found) {
    let (least, most) = (
        values::int(object, "/spec/minReplicas").unwrap_or(1),
        values::count(object, "/spec/maxReplicas"),
    );
    if least < 1 {
        found.invalid("spec.minReplicas", &json!(least), "must be greater than or equal to 1");
    }
    if most < 1 {
        found.invalid("spec.maxReplicas", &json!(most), "must be greater than 0");
    }
    if most < least {
        found.invalid("spec.maxReplicas", &json!(most), "must be greater than or equal to `minReplicas`");
    }
    for field in ["kind", "name"] {
        if values::text(object, &format!("/spec/scaleTargetRef/{field}")).is_empty() {
            found.required(format!("spec.scaleTargetRef.{field}"), "");
        }
    }
}

/// Keys of ConfigMaps and Secrets.
pub fn data(object: &Value, found: &mut Found) {
    const KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
    for key in values::map(object, "/binaryData").into_iter().flatten().map(|(key, _)| key) {
        if values::map(object, "/data").is_some_and(|data| data.contains_key(key)) {
            found.invalid(format!("data[{key}]"), &json!(key), "duplicate of key present in binaryData");
        }
    }
    for part in ["data", "binaryData"] {
        for (key, _) in values::map(object, &format!("/{part}")).into_iter().flatten() {
            let at = format!("{part}[{key}]");
            let fits = !key.is_empty()
                && key
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
            if !fits {
                found.invalid(at, &json!(key), KEY);
            } else if key == "." || key == ".." {
                found.invalid(at, &json!(key), format!("must not be '{key}'"));
            } else if key.len() > 253 {
                found.invalid(at, &json!(key), "must be no more than 253 characters");
            }
        }
    }
}

pub fn quota(object: &Value, found: &mut Found) {
    for (resource, amount) in values::map(object, "/spec/hard").into_iter().flatten() {
        let text = amount.as_str().map_or_else(|| amount.to_string(), str::to_owned);
        if quantity::milli(&text).is_none_or(|milli| milli < 0) {
            found.invalid(format!("spec.hard[{resource}]"), &json!(text), "must be greater than or equal to 0");
        }
    }
}

//! Services, claims, autoscalers, ConfigMaps, Secrets, quotas, events, nodes.

use serde_json::{Value, json};

use super::super::quantity;
use super::{Found, container, names, network, values};

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
    let outside = matches!(kind, "NodePort" | "LoadBalancer") || (kind == "ClusterIP" && !values::list(spec, "/externalIPs").is_empty());
    if let Some(policy) = spec.get("externalTrafficPolicy").filter(|policy| policy.as_str() != Some("")) {
        if outside {
            found.one_of(spec, "/externalTrafficPolicy", "spec.externalTrafficPolicy", &["Cluster", "Local"]);
        } else {
            found.invalid(
                "spec.externalTrafficPolicy",
                policy,
                "may only be set for externally-accessible services",
            );
        }
    }
    found.one_of(spec, "/internalTrafficPolicy", "spec.internalTrafficPolicy", &["Cluster", "Local"]);
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
    let asked = port.get("nodePort").is_some_and(|node| node.as_i64().is_some_and(|node| node != 0));
    if asked && !matches!(kind, "NodePort" | "LoadBalancer") {
        let kind = if kind.is_empty() { "ClusterIP" } else { kind };
        found.forbidden(format!("{at}.nodePort"), format!("may not be used when `type` is '{kind}'"));
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

/// A claim's spec at its path: a template of a stateful set has one too.
pub fn claim(spec: &Value, path: &str, found: &mut Found) {
    let modes = values::list(spec, "/accessModes");
    if modes.is_empty() {
        found.required(format!("{path}.accessModes"), "at least 1 access mode is required");
    }
    let supported = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
    for mode in modes {
        if !mode.as_str().is_some_and(|mode| supported.contains(&mode)) {
            found.unsupported(format!("{path}.accessModes"), mode, &supported);
        }
    }
    let at = &format!("{path}.resources[storage]");
    match spec.pointer("/resources/requests/storage") {
        None => found.required(at, ""),
        Some(amount) => {
            let text = amount.as_str().map_or_else(|| amount.to_string(), str::to_owned);
            if quantity::milli(&text).is_none_or(|milli| milli <= 0) {
                found.invalid(at, &json!(text), "must be greater than zero");
            }
        }
    }
    let class = values::text(spec, "/storageClassName");
    if !class.is_empty() {
        names::add(found, &format!("{path}.storageClassName"), class, names::subdomain(class));
    }
    found.one_of(spec, "/volumeMode", &format!("{path}.volumeMode"), &["Block", "Filesystem"]);
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
        let text = values::text(object, &format!("/spec/scaleTargetRef/{field}"));
        let at = format!("spec.scaleTargetRef.{field}");
        if text.is_empty() {
            found.required(at, "");
        } else {
            names::add(found, &at, text, names::path_segment(text));
        }
    }
    let metrics = values::list(object, "/spec/metrics");
    for (index, metric) in metrics.iter().enumerate() {
        self::metric(metric, &format!("spec.metrics[{index}]"), found);
    }
    let elsewhere = |metric: &Value| matches!(values::text(metric, "/type"), "Object" | "External");
    if least == 0 && !metrics.iter().any(elsewhere) {
        let why = "must specify at least one Object or External metric to support scaling to zero replicas";
        found.forbidden("spec.metrics", why);
    }
}

/// The types of metrics, and the field of each.
const METRICS: [(&str, &str); 5] = [
    ("ContainerResource", "containerResource"),
    ("External", "external"),
    ("Object", "object"),
    ("Pods", "pods"),
    ("Resource", "resource"),
];

fn metric(metric: &Value, at: &str, found: &mut Found) {
    let kind = values::text(metric, "/type");
    for field in ["resource", "containerResource"] {
        if let Some(source) = metric.get(field) {
            resource_metric(source, &format!("{at}.{field}"), found);
        }
    }
    match METRICS.iter().find(|(known, _)| *known == kind) {
        Some((_, field)) if metric.get(*field).is_none() => {
            found.required(format!("{at}.{field}"), "must populate information for the given metric source");
        }
        Some(_) => {}
        // It is looked at twice.
        None => (0..2).for_each(|_| found.unsupported(format!("{at}.type"), &json!(kind), &METRICS.map(|(known, _)| known))),
    }
}

fn resource_metric(source: &Value, at: &str, found: &mut Found) {
    if values::name_of(source).is_empty() {
        found.required(format!("{at}.name"), "must specify a resource name");
    }
    let (utilization, value) = (source.pointer("/target/averageUtilization"), source.pointer("/target/averageValue"));
    if let Some(utilization) = utilization.filter(|utilization| utilization.as_i64().is_some_and(|utilization| utilization < 1)) {
        found.invalid(format!("{at}.target.averageUtilization"), utilization, "must be greater than 0");
    }
    match (utilization, value) {
        (None, None) => found.required(
            format!("{at}.target.averageUtilization"),
            "must set either a target raw value or a target utilization",
        ),
        (Some(_), Some(_)) => found.forbidden(
            format!("{at}.target.averageValue"),
            "may not set both a target raw value and a target utilization",
        ),
        _ => {}
    }
}

/// What each type of secret must hold.
pub fn secret(object: &Value, found: &mut Found) {
    let data = |key: &str| values::map(object, "/data").is_some_and(|data| data.contains_key(key));
    let wanted: &[&str] = match values::text(object, "/type") {
        "kubernetes.io/service-account-token" => {
            let account = "kubernetes.io/service-account.name";
            if values::annotation(object, account).unwrap_or_default().is_empty() {
                found.required(format!("metadata.annotations[{account}]"), "");
            }
            &[]
        }
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        // One of the two is enough.
        "kubernetes.io/basic-auth" if !data("username") && !data("password") => &["username", "password"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        _ => &[],
    };
    for key in wanted.iter().filter(|key| !data(key)) {
        found.required(format!("data[{key}]"), "");
    }
}

pub fn event(object: &Value, found: &mut Found) {
    let (own, involved) = (values::namespace(object), values::text(object, "/involvedObject/namespace"));
    // What is in no namespace is told of in the default one.
    let fits = involved == own || (involved.is_empty() && matches!(own, "" | "default" | "kube-system"));
    if !fits {
        found.invalid("involvedObject.namespace", &json!(involved), "does not match event.namespace");
    }
}

pub fn node(object: &Value, found: &mut Found) {
    for (index, taint) in values::list(object, "/spec/taints").iter().enumerate() {
        let at = format!("metadata.taints[{index}]");
        let (key, value) = (values::text(taint, "/key"), values::text(taint, "/value"));
        names::add(found, &format!("{at}.key"), key, names::qualified(key));
        names::add(found, &format!("{at}.value"), value, names::label_value(value));
        found.one_of(
            taint,
            "/effect",
            &format!("{at}.effect"),
            &["NoSchedule", "PreferNoSchedule", "NoExecute"],
        );
    }
    for (index, range) in values::list(object, "/spec/podCIDRs").iter().enumerate() {
        if !range.as_str().is_some_and(network::is_range) {
            found.invalid(format!("spec.podCIDRs[{index}]"), range, network::CIDR);
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

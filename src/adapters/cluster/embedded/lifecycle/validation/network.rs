//! Ingresses, network policies and endpoint slices.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::{Found, container, names, selectors, values};

pub const CIDR: &str = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

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
        if host.parse::<IpAddr>().is_ok() {
            found.invalid(format!("{at}.host"), &json!(host), "must be a DNS name, not an IP address");
        }
        if !host.is_empty() {
            names::add(
                found,
                &format!("{at}.host"),
                host,
                names::subdomain(host.strip_prefix("*.").unwrap_or(host)),
            );
        }
        if rule.get("http").is_some() && values::list(rule, "/http/paths").is_empty() {
            found.required(format!("{at}.http.paths"), "");
        }
        for (index, path) in values::list(rule, "/http/paths").iter().enumerate() {
            self::path(path, &format!("{at}.http.paths[{index}]"), found);
        }
    }
    for (index, tls) in values::list(object, "/spec/tls").iter().enumerate() {
        for (number, host) in values::list(tls, "/hosts").iter().enumerate() {
            let host = host.as_str().unwrap_or_default();
            let wrong = names::subdomain(host.strip_prefix("*.").unwrap_or(host));
            names::add(found, &format!("spec.tls[{index}].hosts[{number}]"), host, wrong);
        }
    }
    let class = values::text(object, "/spec/ingressClassName");
    if !class.is_empty() {
        names::add(found, "spec.ingressClassName", class, names::subdomain(class));
    }
}

fn path(path: &Value, at: &str, found: &mut Found) {
    let text = values::text(path, "/path");
    match values::text(path, "/pathType") {
        "" => {
            found.required(format!("{at}.pathType"), "pathType must be specified");
            return;
        }
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
    self::backend(path.get("backend").unwrap_or(&Value::Null), &format!("{at}.backend"), found);
}

fn backend(backend: &Value, at: &str, found: &mut Found) {
    let Some(service) = backend.get("service") else {
        if backend.get("resource").is_none() {
            found.invalid(at, &json!(""), "resource or service backend is required");
        }
        return;
    };
    let service_name = values::name_of(service);
    if service_name.is_empty() {
        found.required(format!("{at}.service.name"), "");
    } else {
        names::add(found, &format!("{at}.service.name"), service_name, names::label_1035(service_name));
    }
    let port = service.get("port");
    let number = port.and_then(|port| port.get("number")).filter(|number| number.as_i64() != Some(0));
    let name = port.map(values::name_of).unwrap_or_default();
    match number {
        Some(_) if !name.is_empty() => found.invalid(at, &json!(""), "cannot set both port name & port number"),
        None if name.is_empty() => found.required(at, "port name or number is required"),
        Some(number) => container::port(number, &format!("{at}.service.port.number"), found),
        None => {}
    }
}

pub fn policy(object: &Value, found: &mut Found) {
    selectors::selector(object.pointer("/spec/podSelector"), "spec.podSelector", found);
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for (index, rule) in values::list(object, &format!("/spec/{direction}")).iter().enumerate() {
            let at = format!("spec.{direction}[{index}]");
            for (index, port) in values::list(rule, "/ports").iter().enumerate() {
                policy_port(port, &format!("{at}.ports[{index}]"), found);
            }
            for (index, peer) in values::list(rule, &format!("/{peers}")).iter().enumerate() {
                self::peer(peer, &format!("{at}.{peers}[{index}]"), found);
            }
        }
    }
    for (index, kind) in values::list(object, "/spec/policyTypes").iter().enumerate() {
        if !matches!(kind.as_str(), Some("Ingress" | "Egress")) {
            found.unsupported(format!("spec.policyTypes[{index}]"), kind, &["Ingress", "Egress"]);
        }
    }
}

fn policy_port(port: &Value, at: &str, found: &mut Found) {
    found.one_of(port, "/protocol", &format!("{at}.protocol"), &["TCP", "UDP", "SCTP"]);
    let end = port.get("endPort").filter(|end| end.is_number());
    match (port.get("port"), end) {
        (Some(Value::String(name)), end) => {
            if let Some(end) = end {
                found.invalid(format!("{at}.endPort"), end, "may not be specified when `port` is non-numeric");
            }
            names::add(found, &format!("{at}.port"), name, names::port_name(name));
        }
        (Some(number), end) => {
            container::port(number, &format!("{at}.port"), found);
            if let Some(end) = end {
                if end.as_i64() < number.as_i64() {
                    found.invalid(format!("{at}.endPort"), number, "must be greater than or equal to `port`");
                }
                container::port(end, &format!("{at}.endPort"), found);
            }
        }
        (None, Some(end)) => found.invalid(format!("{at}.endPort"), end, "may not be specified when `port` is not specified"),
        (None, None) => {}
    }
}

fn peer(peer: &Value, at: &str, found: &mut Found) {
    for field in ["podSelector", "namespaceSelector"] {
        selectors::selector(peer.get(field), &format!("{at}.{field}"), found);
    }
    let others = ["podSelector", "namespaceSelector"].iter().any(|field| peer.get(*field).is_some());
    match peer.get("ipBlock") {
        None if !others => found.required(at, "must specify a peer"),
        None => {}
        Some(block) => {
            let range = values::text(block, "/cidr");
            if range.is_empty() {
                found.required(format!("{at}.ipBlock.cidr"), "");
            } else if !is_range(range) {
                found.invalid(format!("{at}.ipBlock.cidr"), &json!(range), CIDR);
            }
            if others {
                found.forbidden(at, "may not specify both ipBlock and another peer");
            }
        }
    }
}

/// An address and how many of its bits count.
pub fn is_range(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else {
        return false;
    };
    let most = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    bits.parse::<u8>().is_ok_and(|bits| bits <= most)
}

pub fn slice(object: &Value, old: Option<&Value>, found: &mut Found) {
    let kind = values::text(object, "/addressType");
    match kind {
        "" => found.required("addressType", ""),
        "FQDN" | "IPv4" | "IPv6" => {}
        _ => found.unsupported("addressType", &json!(kind), &["FQDN", "IPv4", "IPv6"]),
    }
    let ports = values::list(object, "/ports");
    let mut seen: Vec<&str> = Vec::new();
    for (index, port) in ports.iter().enumerate() {
        let (at, name) = (format!("ports[{index}]"), values::name_of(port));
        if !name.is_empty() {
            names::add(found, &format!("{at}.name"), name, names::label(name));
        }
        if seen.contains(&name) {
            found.duplicate(format!("{at}.name"), &json!(name));
        }
        seen.push(name);
        found.one_of(port, "/protocol", &format!("{at}.protocol"), &["SCTP", "TCP", "UDP"]);
    }
    // What was taken once stays as it is.
    let endpoints = values::list(object, "/endpoints");
    if old.is_some_and(|old| values::list(old, "/endpoints") == endpoints) {
        return;
    }
    for (index, endpoint) in endpoints.iter().enumerate() {
        let at = format!("endpoints[{index}].addresses");
        let addresses = values::list(endpoint, "/addresses");
        if addresses.is_empty() {
            found.required(at.clone(), "must contain at least 1 address");
        }
        for (index, address) in addresses.iter().enumerate() {
            self::address(address, kind, &at, index, found);
        }
    }
}

fn address(address: &Value, kind: &str, at: &str, index: usize, found: &mut Found) {
    let parsed = address.as_str().unwrap_or_default().parse::<IpAddr>();
    match (kind, parsed) {
        ("IPv4" | "IPv6", Err(_)) => found.invalid(
            format!("{at}[{index}]"),
            address,
            "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
        ),
        ("IPv4", Ok(IpAddr::V6(_))) => found.invalid(at, address, "must be an IPv4 address"),
        ("IPv6", Ok(IpAddr::V4(_))) => found.invalid(at, address, "must be an IPv6 address"),
        _ => {}
    }
}

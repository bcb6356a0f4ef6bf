//! Containers.

use serde_json::{Value, json};

use super::super::quantity;
use super::{Found, PORT_RANGE, names, values};

const PULL: [&str; 3] = ["Always", "IfNotPresent", "Never"];
const QUANTITY: &str = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/// One container at its path; `volumes` are the names that it may mount.
pub fn container(container: &Value, at: &str, volumes: &[&str], found: &mut Found) {
    let name = values::name_of(container);
    if name.is_empty() {
        found.required(format!("{at}.name"), "");
    } else {
        names::add(found, &format!("{at}.name"), name, names::label(name));
    }
    let image = values::text(container, "/image");
    if image.is_empty() {
        found.required(format!("{at}.image"), "");
    } else if image.trim() != image {
        found.invalid(format!("{at}.image"), &json!(image), "must not have leading or trailing whitespace");
    }
    found.one_of(container, "/imagePullPolicy", &format!("{at}.imagePullPolicy"), &PULL);
    ports(container, at, found);
    env(container, at, found);
    mounts(container, at, volumes, found);
    for field in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get(field).filter(|probe| probe.is_object()) {
            self::probe(probe, &format!("{at}.{field}"), field != "readinessProbe", found);
        }
    }
    resources(container, at, found);
}

fn ports(container: &Value, at: &str, found: &mut Found) {
    let ports = values::list(container, "/ports");
    for (index, port) in ports.iter().enumerate() {
        let at = format!("{at}.ports[{index}]");
        if let Some(name) = port.get("name").and_then(Value::as_str).filter(|name| !name.is_empty()) {
            names::add(found, &format!("{at}.name"), name, names::port_name(name));
        }
        match values::int(port, "/containerPort") {
            None | Some(0) => found.required(format!("{at}.containerPort"), ""),
            Some(number) => self::port(&json!(number), &format!("{at}.containerPort"), found),
        }
        if let Some(host) = port.get("hostPort").filter(|host| host.as_i64() != Some(0)) {
            self::port(host, &format!("{at}.hostPort"), found);
        }
        found.one_of(port, "/protocol", &format!("{at}.protocol"), &["SCTP", "TCP", "UDP"]);
    }
    found.unique(ports, &format!("{at}.ports"), "name");
}

/// A port by number, in its range.
pub fn port(number: &Value, at: &str, found: &mut Found) {
    if !number.as_i64().is_some_and(|number| (1..=65535).contains(&number)) {
        found.invalid(at, number, PORT_RANGE);
    }
}

fn env(container: &Value, at: &str, found: &mut Found) {
    for (index, entry) in values::list(container, "/env").iter().enumerate() {
        let at = format!("{at}.env[{index}]");
        let name = values::name_of(entry);
        if name.is_empty() {
            found.required(format!("{at}.name"), "");
        } else if name.contains('=') || !name.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            let why = "a valid environment variable name must consist only of printable ASCII characters other than '='";
            found.invalid(format!("{at}.name"), &json!(name), why);
        }
        let Some(from) = entry.get("valueFrom").filter(|from| !from.is_null()) else {
            continue;
        };
        if !values::text(entry, "/value").is_empty() {
            found.invalid(
                format!("{at}.valueFrom"),
                &json!(""),
                "may not be specified when `value` is not empty",
            );
        }
        let sources = from.as_object().map_or(0, serde_json::Map::len);
        if sources == 0 {
            let why = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`";
            found.invalid(format!("{at}.valueFrom"), &json!(""), why);
        } else if sources > 1 {
            found.invalid(
                format!("{at}.valueFrom"),
                &json!(""),
                "may not have more than one field specified at a time",
            );
        }
        for field in ["configMapKeyRef", "secretKeyRef"] {
            if let Some(reference) = from.get(field)
                && values::text(reference, "/key").is_empty()
            {
                found.required(format!("{at}.valueFrom.{field}.key"), "");
            }
        }
    }
}

fn mounts(container: &Value, at: &str, volumes: &[&str], found: &mut Found) {
    let mut paths: Vec<&str> = Vec::new();
    for (index, mount) in values::list(container, "/volumeMounts").iter().enumerate() {
        let at = format!("{at}.volumeMounts[{index}]");
        let (name, path) = (values::name_of(mount), values::text(mount, "/mountPath"));
        if name.is_empty() {
            found.required(format!("{at}.name"), "");
        } else if !volumes.contains(&name) {
            found.add(format!("{at}.name"), "FieldValueNotFound", format!("Not found: \"{name}\""));
        }
        if path.is_empty() {
            found.required(format!("{at}.mountPath"), "");
        } else if paths.contains(&path) {
            found.invalid(format!("{at}.mountPath"), &json!(path), "must be unique");
        }
        paths.push(path);
    }
}

fn probe(probe: &Value, at: &str, once: bool, found: &mut Found) {
    let handlers: Vec<&str> = ["exec", "httpGet", "tcpSocket", "grpc"]
        .into_iter()
        .filter(|handler| probe.get(*handler).is_some())
        .collect();
    if handlers.is_empty() {
        found.required(at, "must specify a handler type");
    }
    for handler in handlers.iter().skip(1) {
        found.forbidden(format!("{at}.{handler}"), "may not specify more than 1 handler type");
    }
    if let Some(handler) = handlers.first() {
        if *handler == "exec" && values::list(probe, "/exec/command").is_empty() {
            found.required(format!("{at}.exec.command"), "");
        }
        if *handler != "exec" {
            target_port(
                probe.get(*handler).and_then(|target| target.get("port")),
                &format!("{at}.{handler}.port"),
                found,
            );
        }
        if *handler == "httpGet" {
            found.one_of(probe, "/httpGet/scheme", &format!("{at}.httpGet.scheme"), &["HTTP", "HTTPS"]);
        }
    }
    let numbers = [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ];
    found.not_negative(probe, at, &numbers);
    if let Some(threshold) = probe
        .get("successThreshold")
        .filter(|threshold| once && threshold.as_i64() != Some(1))
    {
        found.invalid(format!("{at}.successThreshold"), threshold, "must be 1");
    }
}

/// A port by number or name.
pub fn target_port(port: Option<&Value>, at: &str, found: &mut Found) {
    match port {
        None | Some(Value::Null) => found.invalid(at, &json!(0), PORT_RANGE),
        Some(Value::String(name)) => names::add(found, at, name, names::port_name(name)),
        Some(number) => self::port(number, at, found),
    }
}

fn resources(container: &Value, at: &str, found: &mut Found) {
    for part in ["limits", "requests"] {
        for (resource, amount) in values::map(container, &format!("/resources/{part}")).into_iter().flatten() {
            let at = format!("{at}.resources.{part}[{resource}]");
            let standard = matches!(resource.as_str(), "cpu" | "memory" | "ephemeral-storage") || resource.starts_with("hugepages-");
            if !standard && !resource.contains('/') {
                found.invalid(at.clone(), &json!(resource), "must be a standard resource type or fully qualified");
                found.invalid(at.clone(), &json!(resource), "must be a standard resource for containers");
            }
            let text = amount.as_str().map_or_else(|| amount.to_string(), str::to_owned);
            match quantity::milli(&text) {
                None => found.invalid(at, amount, QUANTITY),
                Some(milli) if milli < 0 => found.invalid(at, amount, "must be greater than or equal to 0"),
                Some(_) => {}
            }
        }
    }
    for (resource, request) in values::map(container, "/resources/requests").into_iter().flatten() {
        let Some(limit) = container.pointer("/resources/limits").and_then(|limits| limits.get(resource)) else {
            continue;
        };
        let milli = |value: &Value| value.as_str().and_then(quantity::milli);
        if let (Some(asked), Some(most)) = (milli(request), milli(limit))
            && asked > most
        {
            let limit = limit.as_str().unwrap_or_default();
            found.invalid(
                format!("{at}.resources.requests"),
                request,
                format!("must be less than or equal to {resource} limit of {limit}"),
            );
        }
    }
}

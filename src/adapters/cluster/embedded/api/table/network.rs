//! The cells of what carries traffic.

use jiff::Timestamp;
use serde_json::Value;

use super::text::{age, items, labels, none, number, or, selector, string};

/// All cells but the name.
pub fn cells(kind: &str, object: &Value, now: Timestamp) -> Option<Vec<Value>> {
    Some(match kind {
        "Service" => vec![
            string(object, "/spec/type").into(),
            none(string(object, "/spec/clusterIP")).into(),
            external(object).into(),
            none(service_ports(object)).into(),
            age(object, now),
            labels(object.pointer("/spec/selector")).into(),
        ],
        "Endpoints" => vec![endpoints(object).into(), age(object, now)],
        "EndpointSlice" => {
            let ports = items(object, "/ports").iter().map(|port| match port.get("port") {
                Some(number) => number.to_string(),
                None => "*".to_owned(),
            });
            let addresses = items(object, "/endpoints")
                .iter()
                .flat_map(|endpoint| items(endpoint, "/addresses"));
            vec![
                string(object, "/addressType").into(),
                some(ports.collect(), "<unset>").into(),
                some(addresses.filter_map(|a| a.as_str().map(str::to_owned)).collect(), "<unset>").into(),
                age(object, now),
            ]
        }
        "Ingress" => vec![
            none(string(object, "/spec/ingressClassName")).into(),
            hosts(object).into(),
            balancer(object).into(),
            if items(object, "/spec/tls").is_empty() { "80" } else { "80, 443" }.into(),
            age(object, now),
        ],
        "IngressClass" => {
            let parameters = object.pointer("/spec/parameters").map(|p| {
                let group = string(p, "/apiGroup");
                let kind = string(p, "/kind");
                let kind = if group.is_empty() { kind } else { format!("{kind}.{group}") };
                format!("{kind}/{}", string(p, "/name"))
            });
            vec![
                string(object, "/spec/controller").into(),
                parameters.unwrap_or_else(|| "<none>".to_owned()).into(),
                age(object, now),
            ]
        }
        "NetworkPolicy" => vec![selector(object.pointer("/spec/podSelector")).into(), age(object, now)],
        _ => return None,
    })
}

fn joined(values: &[Value]) -> String {
    values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")
}

fn external(service: &Value) -> String {
    let given = joined(items(service, "/spec/externalIPs"));
    match string(service, "/spec/type").as_str() {
        "ExternalName" => string(service, "/spec/externalName"),
        "LoadBalancer" => {
            let all = [balancer(service), given]
                .into_iter()
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .join(",");
            or(all, "<pending>")
        }
        _ => none(given),
    }
}

fn balancer(object: &Value) -> String {
    items(object, "/status/loadBalancer/ingress")
        .iter()
        .map(|ingress| or(string(ingress, "/ip"), &string(ingress, "/hostname")))
        .collect::<Vec<_>>()
        .join(",")
}

fn service_ports(service: &Value) -> String {
    items(service, "/spec/ports")
        .iter()
        .map(|port| {
            let (number, node) = (number(port, "/port"), number(port, "/nodePort"));
            let protocol = or(string(port, "/protocol"), "TCP");
            if node > 0 {
                format!("{number}:{node}/{protocol}")
            } else {
                format!("{number}/{protocol}")
            }
        })
        .collect::<Vec<_>>()
        .join(",")
}

/// At most three, and how many more.
fn some(mut texts: Vec<String>, absent: &str) -> String {
    let more = texts.len().saturating_sub(3);
    texts.truncate(3);
    let text = texts.join(",");
    if more > 0 {
        format!("{text} + {more} more...")
    } else {
        or(text, absent)
    }
}

fn endpoints(object: &Value) -> String {
    let all = items(object, "/subsets").iter().flat_map(|subset| {
        let ports = items(subset, "/ports");
        items(subset, "/addresses").iter().flat_map(move |address| {
            let ip = string(address, "/ip");
            if ports.is_empty() {
                vec![ip]
            } else {
                ports.iter().map(|port| format!("{ip}:{}", number(port, "/port"))).collect()
            }
        })
    });
    some(all.collect(), "<none>")
}

fn hosts(ingress: &Value) -> String {
    let hosts: Vec<String> = items(ingress, "/spec/rules")
        .iter()
        .map(|rule| string(rule, "/host"))
        .filter(|host| !host.is_empty())
        .collect();
    some(hosts, "*")
}

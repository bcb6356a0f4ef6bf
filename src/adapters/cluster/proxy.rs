//! Which proxy leads to a server.

use std::net::IpAddr;

use http::Uri;

/// The proxy for this server: `proxy-url` of the kubeconfig always; else the environment's, by the rules of Go's
/// `httpproxy`, which kubectl follows: never for this machine itself, and not for what `NO_PROXY` names.
pub(super) fn of(named: Option<&str>, server: &Uri, env: impl Fn(&str) -> Option<String>) -> Option<String> {
    if let Some(url) = named.filter(|url| !url.is_empty()) {
        return Some(url.to_owned());
    }
    let env = |upper: &str| {
        let either = env(upper).or_else(|| env(&upper.to_lowercase()));
        either.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    let proxy = env(if server.scheme_str() == Some("https") {
        "HTTPS_PROXY"
    } else {
        "HTTP_PROXY"
    })?;
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']).to_lowercase();
    let address: Option<IpAddr> = host.parse().ok();
    let this_machine = host == "localhost" || address.is_some_and(|address| address.is_loopback());
    let spared = env("NO_PROXY").is_some_and(|list| list.split(',').any(|entry| spares(entry.trim(), &host, address)));
    (!this_machine && !spared).then(|| if proxy.contains("://") { proxy } else { format!("http://{proxy}") })
}

/// One entry of `NO_PROXY`: `*`, an address, a network, a domain (with its subdomains), each with or without a port.
fn spares(entry: &str, host: &str, address: Option<IpAddr>) -> bool {
    let entry = entry.to_lowercase();
    if entry == "*" {
        return true;
    }
    if let (Some((network, bits)), Some(address)) = (entry.split_once('/'), address) {
        let (Ok(network), Ok(bits)) = (network.parse::<IpAddr>(), bits.parse::<u32>()) else {
            return false;
        };
        return in_network(address, network, bits);
    }
    let name = match entry.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => entry.as_str(),
    };
    if name.is_empty() {
        return false;
    }
    let domain = name.trim_start_matches("*.").trim_start_matches('.');
    // An address has no subdomains.
    let below = address.is_none() && host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    // A leading dot means the subdomains alone.
    below || (host == domain && !name.starts_with('.') && !name.starts_with("*."))
}

fn in_network(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(bits)).unwrap_or(0);
            u32::from(address) & mask == u32::from(network) & mask
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(bits)).unwrap_or(0);
            u128::from(address) & mask == u128::from(network) & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(named: Option<&str>, server: &str, env: &[(&str, &str)]) -> Option<String> {
        let env = |name: &str| env.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        of(named, &server.parse().unwrap(), env)
    }

    #[test]
    fn the_environments_proxy_is_used_but_for_this_machine_and_what_no_proxy_names() {
        let server = "https://10.1.2.3:6443";
        let https = ("HTTPS_PROXY", "http://proxy:3128");
        let through = Some("http://proxy:3128".to_owned());
        assert_eq!(proxy(None, server, &[]), None);
        assert_eq!(proxy(None, server, &[https]), through);
        assert_eq!(proxy(None, server, &[("https_proxy", "proxy:3128")]), through);
        assert_eq!(proxy(None, server, &[("HTTP_PROXY", "http://proxy:3128")]), None);
        for local in ["https://127.0.0.1:8443", "https://localhost:6443", "https://[::1]:6443"] {
            assert_eq!(proxy(None, local, &[https]), None, "{local}");
            assert_eq!(
                proxy(Some("http://other:1"), local, &[https]),
                Some("http://other:1".to_owned()),
                "{local}"
            );
        }
        for spared in ["*", "10.1.2.3", "10.1.2.3:6443", "a, 10.0.0.0/8,", "10.1.2.0/24"] {
            assert_eq!(proxy(None, server, &[https, ("NO_PROXY", spared)]), None, "{spared}");
        }
        for other in ["", "10.1.2", "10.1.3.0/24", "10.1.2.3/x", "2.3"] {
            assert_eq!(proxy(None, server, &[https, ("NO_PROXY", other)]), through, "{other}");
        }
        let named = "https://api.corp.example:6443";
        for spared in ["corp.example", ".corp.example", "*.corp.example", "API.corp.example"] {
            assert_eq!(proxy(None, named, &[https, ("no_proxy", spared)]), None, "{spared}");
        }
        assert_eq!(
            proxy(None, named, &[https, ("no_proxy", "orp.example, .api.corp.example")]),
            through
        );
    }
}

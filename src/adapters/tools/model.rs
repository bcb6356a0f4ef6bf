//! A language model: which keys there are, and where it would be asked. A model on this machine is knocked at; one elsewhere is
//! left alone.

use std::time::Duration;

use http::Uri;

use super::Surroundings;
use crate::domain::machine::{ModelFacts, Part, PartState};

pub const NAME: &str = "model";

const KEYS: [&str; 4] = ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"];

pub async fn probe(here: &Surroundings, limit: Duration) -> Part {
    let keys: Vec<String> = KEYS.iter().filter(|key| here.has(key)).map(|key| (*key).to_owned()).collect();
    let base = here.told("OPENAI_BASE_URL");
    let facts = ModelFacts {
        keys,
        base_url: base.map(without_user),
    };
    if facts.keys.is_empty() && facts.base_url.is_none() {
        return Part::new(NAME, PartState::Absent).because("none configured");
    }
    let trouble = match base {
        Some(base) => unreachable(base, limit).await,
        None => None,
    };
    let part = match trouble {
        Some(why) => Part::new(NAME, PartState::Unusable).because(why),
        None => Part::new(NAME, PartState::NotDriven),
    };
    Part {
        model: Some(facts),
        ..part
    }
}

/// Why the address cannot be used, as far as that can be found out without leaving this machine.
async fn unreachable(base: &str, limit: Duration) -> Option<String> {
    let Some((host, port)) = address(base) else {
        return Some("OPENAI_BASE_URL is no http:// or https:// address".to_owned());
    };
    if !is_here(&host) {
        return None;
    }
    let knock = tokio::net::TcpStream::connect((host.trim_matches(['[', ']']), port));
    match tokio::time::timeout(limit, knock).await {
        Ok(Ok(_)) => None,
        Ok(Err(_)) => Some(format!("nothing listens at {host}:{port}, where OPENAI_BASE_URL points")),
        Err(_) => Some(format!("{host}:{port}, where OPENAI_BASE_URL points, does not answer")),
    }
}

fn address(base: &str) -> Option<(String, u16)> {
    let uri: Uri = base.parse().ok()?;
    let usual = match uri.scheme_str()? {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    Some((uri.host()?.to_owned(), uri.port_u16().unwrap_or(usual)))
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host == "[::1]" || host.parse::<std::net::Ipv4Addr>().is_ok_and(|host| host.is_loopback())
}

/// `https://user:password@host/v1` without the part that is nobody's business; nor what stands behind a question mark.
fn without_user(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let (host, path) = rest.split_at(end);
            format!("{scheme}://{}{path}", host.rsplit('@').next().unwrap_or(host))
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_without_what_is_secret_in_it() {
        let told = ["https://me:word@host:1/v1?key=abc", "http://127.0.0.1:11434/v1", "nonsense"].map(without_user);
        assert_eq!(told, ["https://host:1/v1", "http://127.0.0.1:11434/v1", "nonsense"]);
    }

    #[test]
    fn only_what_is_on_this_machine_is_knocked_at() {
        let here = ["localhost", "127.0.0.1", "[::1]", "api.openai.com", "192.168.1.4"].map(is_here);
        assert_eq!(here, [true, true, true, false, false]);
    }
}

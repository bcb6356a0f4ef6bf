//! Which model kubectl-ai asks: what each provider needs of the environment. It is given that and nothing else.

use std::ffi::OsString;

use crate::{adapters::tools::Surroundings, domain::errand::Setup};

use super::NAME;

/// One row of its factories (gollm), its own default first.
#[derive(Debug)]
struct Provider {
    name: &'static str,
    /// Variables without which it does not start.
    needs: &'static [&'static str],
    /// Others that it reads.
    reads: &'static [&'static str],
    model: Model,
}

#[derive(Debug, PartialEq, Eq)]
enum Model {
    /// It has one of its own.
    Own,
    /// It must be named, here or by the user.
    In(&'static str),
    Named,
}

const PROVIDERS: [Provider; 7] = [
    Provider {
        name: "gemini",
        needs: &["GEMINI_API_KEY"],
        reads: &[],
        model: Model::Own,
    },
    Provider {
        name: "openai",
        needs: &["OPENAI_API_KEY"],
        reads: &["OPENAI_ENDPOINT", "OPENAI_API_BASE"],
        model: Model::In("OPENAI_MODEL"),
    },
    Provider {
        name: "azopenai",
        needs: &["AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT"],
        reads: &[],
        model: Model::Named,
    },
    Provider {
        name: "grok",
        needs: &["GROK_API_KEY"],
        reads: &["GROK_ENDPOINT"],
        model: Model::Named,
    },
    Provider {
        name: "ollama",
        needs: &["OLLAMA_HOST"],
        reads: &[],
        model: Model::Named,
    },
    Provider {
        name: "llamacpp",
        needs: &["LLAMACPP_HOST"],
        reads: &[],
        model: Model::Named,
    },
    Provider {
        name: "bedrock",
        needs: &["BEDROCK_MODEL"],
        reads: &[
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
        ],
        model: Model::In("BEDROCK_MODEL"),
    },
];

/// How a model behind a proxy, or with a certificate of one's own, is reached.
const WAY: [&str; 8] = [
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "https_proxy",
    "http_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// The model that will be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    pub provider: &'static str,
    /// `None`: the provider's own choice.
    pub model: Option<String>,
}

impl std::fmt::Display for Chosen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.model {
            Some(model) => write!(f, "{}, model {model}", self.provider),
            None => f.write_str(self.provider),
        }
    }
}

/// The provider that the user set, or the first whose key is there.
///
/// # Errors
/// What is missing.
pub(super) fn chosen(here: &Surroundings) -> Result<Chosen, String> {
    let setup = here.setups.get(NAME).cloned().unwrap_or_default();
    let provider = match &setup.provider {
        Some(name) => named(name)?,
        None => PROVIDERS
            .iter()
            .find(|provider| provider.needs.first().is_some_and(|key| here.has(key)))
            .ok_or("GEMINI_API_KEY is not set, nor the key of another provider")?,
    };
    if let Some(missing) = provider.needs.iter().find(|name| !here.has(name)) {
        return Err(format!("{missing} is not set, which {} needs", provider.name));
    }
    let model = model(provider, &setup, here)?;
    Ok(Chosen {
        provider: provider.name,
        model,
    })
}

fn named(name: &str) -> Result<&'static Provider, String> {
    // Its own second name for servers that speak like OpenAI's.
    let wanted = if name == "openai-compatible" { "openai" } else { name };
    let known = || PROVIDERS.iter().map(|provider| provider.name).collect::<Vec<_>>().join(", ");
    let found = PROVIDERS.iter().find(|provider| provider.name == wanted);
    found.ok_or_else(|| format!("its provider \"{name}\" is not one of {}", known()))
}

fn model(provider: &Provider, setup: &Setup, here: &Surroundings) -> Result<Option<String>, String> {
    let told = match provider.model {
        Model::In(variable) => here.told(variable).map(str::to_owned),
        Model::Own | Model::Named => None,
    };
    let model = setup.model.clone().or(told);
    if model.is_none() && provider.model != Model::Own {
        let or = match provider.model {
            Model::In(variable) => format!(", nor {variable}"),
            _ => String::new(),
        };
        return Err(format!(
            "no model of {} is set for it (`[tools.{NAME}]` in your configuration{or})",
            provider.name
        ));
    }
    Ok(model)
}

/// What it is given of the environment. A key is for the place that it was made for: where only the address that other programs
/// read is set, it is given that address.
pub(super) fn variables(chosen: &Chosen) -> Vec<(OsString, OsString)> {
    let Some(provider) = PROVIDERS.iter().find(|provider| provider.name == chosen.provider) else {
        return Vec::new();
    };
    let names = provider.needs.iter().chain(provider.reads).chain(&WAY);
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let mut variables: Vec<(OsString, OsString)> = names.filter_map(|name| Some((name.into(), set(name)?))).collect();
    let addressed = variables
        .iter()
        .any(|(name, _)| name == "OPENAI_ENDPOINT" || name == "OPENAI_API_BASE");
    if provider.name == "openai"
        && !addressed
        && let Some(base) = set("OPENAI_BASE_URL")
    {
        variables.push(("OPENAI_ENDPOINT".into(), base));
    }
    variables
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn told(set: &[&str], provider: Option<&str>, model: Option<&str>) -> String {
        let here = Surroundings {
            set: set
                .iter()
                .map(|name| name.split('=').next().unwrap_or_default().to_owned())
                .collect(),
            told: set
                .iter()
                .filter_map(|name| name.strip_prefix("OPENAI_MODEL="))
                .map(|model| ("OPENAI_MODEL", model.to_owned()))
                .collect(),
            setups: BTreeMap::from([(
                NAME.to_owned(),
                Setup {
                    provider: provider.map(str::to_owned),
                    model: model.map(str::to_owned),
                },
            )]),
            ..Surroundings::default()
        };
        chosen(&here).map_or_else(|why| format!("no: {why}"), |chosen| chosen.to_string())
    }

    #[test]
    fn a_provider_is_the_one_that_was_set_or_whose_key_is_there_and_what_is_missing_is_told() {
        let cases = [
            (told(&["GEMINI_API_KEY", "OPENAI_API_KEY"], None, None), "gemini"),
            (told(&["OPENAI_API_KEY", "OPENAI_MODEL=gpt-5"], None, None), "openai, model gpt-5"),
            (
                told(&["GEMINI_API_KEY"], None, Some("gemini-2.5-flash")),
                "gemini, model gemini-2.5-flash",
            ),
            (told(&["OPENAI_API_KEY"], Some("openai-compatible"), Some("m")), "openai, model m"),
            (
                told(&[], None, None),
                "no: GEMINI_API_KEY is not set, nor the key of another provider",
            ),
            (
                told(&["GEMINI_API_KEY"], Some("openai"), Some("m")),
                "no: OPENAI_API_KEY is not set, which openai needs",
            ),
            (
                told(&["OPENAI_API_KEY"], None, None),
                "no: no model of openai is set for it (`[tools.kubectl-ai]` in your configuration, nor OPENAI_MODEL)",
            ),
            (
                told(&["OLLAMA_HOST"], None, None),
                "no: no model of ollama is set for it (`[tools.kubectl-ai]` in your configuration)",
            ),
            (
                told(&["GEMINI_API_KEY"], Some("chatty"), None),
                "no: its provider \"chatty\" is not one of gemini, openai, azopenai, grok, ollama, llamacpp, bedrock",
            ),
        ];
        for (told, expected) in cases {
            assert_eq!(told, expected);
        }
    }
}

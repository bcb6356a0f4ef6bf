//! Why kubectl-ai did not come to its end. Its exit code tells little: it is 0 when its steps were used up or its model said
//! nothing, and when it was interrupted.

use crate::adapters::{sealed::End, tools::plain::plain};

/// What was heard of one run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heard<'a> {
    pub end: End,
    pub err: &'a [u8],
    pub said: &'a str,
    /// What its model answered that was no answer.
    pub errors: &'a [String],
    /// The whole time that it had, in words.
    pub limit: &'a str,
}

/// The reason in words; nothing when it came to its end, as far as it says.
pub(super) fn failed(heard: &Heard<'_>) -> Option<String> {
    match heard.end {
        End::TooLong => return Some(format!("it did not come to an end within {}", heard.limit)),
        End::TooMuch => return Some("it printed more than anybody reads, and was ended".to_owned()),
        End::Dismissed => return Some("you stopped it".to_owned()),
        End::Itself(None) => return Some("a signal ended it".to_owned()),
        End::Itself(Some(_)) => {}
    }
    let err = plain(heard.err);
    let lost = heard.end != End::Itself(Some(0));
    for (phrase, why) in GIVEN_UP {
        if heard.said.contains(phrase) || (lost && err.contains(phrase)) {
            return Some((*why).to_owned());
        }
    }
    if !lost {
        return None;
    }
    let errors = heard.errors.join("\n");
    let told = format!("{errors}\n{err}\n{}", heard.said).to_lowercase();
    let known = OF_MODEL
        .iter()
        .find(|(phrases, _)| phrases.iter().any(|phrase| told.contains(phrase)));
    if let Some((_, why)) = known {
        return Some((*why).to_owned());
    }
    let code = match heard.end {
        End::Itself(Some(code)) => code,
        _ => 1,
    };
    Some(match last_error(&err).or_else(|| last_error(heard.said)) {
        Some(line) => format!("it ended with code {code}: {line}"),
        None => format!("it ended with code {code}"),
    })
}

const GIVEN_UP: &[(&str, &str)] = &[
    ("Maximum number of iterations reached", "its steps were used up before it was done"),
    ("Empty response from LLM", "its model said nothing"),
    (
        "RunOnce mode cannot handle permission requests",
        "it waits for permission that it cannot ask for",
    ),
];

const OF_MODEL: &[(&[&str], &str)] = &[
    (
        &[
            "429",
            "quota",
            "resource_exhausted",
            "resource exhausted",
            "rate limit",
            "rate_limit",
        ],
        "the quota of its model is used up, or it was asked too often",
    ),
    (
        &[
            "401 unauthorized",
            "403 forbidden",
            "invalid_api_key",
            "api key not valid",
            "incorrect api key",
            "unauthenticated",
            "permission_denied",
        ],
        "its model does not accept the key",
    ),
    (
        &["environment variable not set", "api key not found", "api key is required"],
        "it has no key for its model",
    ),
    (
        &[
            "model_not_found",
            "404 not found",
            "is not found for api version",
            "does not exist",
            "not registered",
        ],
        "its model is not there",
    ),
    (
        &[
            "connection refused",
            "no such host",
            "network is unreachable",
            "i/o timeout",
            "tls handshake",
            "deadline exceeded",
        ],
        "its model cannot be reached",
    ),
    (
        &["500 internal", "502 bad gateway", "503 service", "504 gateway", "overloaded"],
        "its model is out of order",
    ),
    (
        &["exec: \"kubectl\"", "kubectl: command not found", "kubectl: not found"],
        "it does not find kubectl",
    ),
];

/// The first line that says what went wrong: usage and repetitions follow it.
fn last_error(text: &str) -> Option<String> {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let line = lines().find(|line| line.starts_with("Error")).or_else(|| lines().next_back())?;
    Some(line.trim_start_matches("Error:").trim().chars().take(200).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(end: End, err: &str, said: &str, errors: &[&str]) -> Option<String> {
        let errors: Vec<String> = errors.iter().map(|error| (*error).to_owned()).collect();
        failed(&Heard {
            end,
            err: err.as_bytes(),
            said,
            errors: &errors,
            limit: "2 min 0 s",
        })
    }

    #[test]
    fn an_end_is_told_by_what_was_heard_and_not_by_the_code_alone() {
        let (good, bad) = (End::Itself(Some(0)), End::Itself(Some(1)));
        let usage = "Error: running UI: error streaming: it is late\nUsage:\n  kubectl-ai [flags]\n\nrunning UI: it is late\n";
        type Case<'a> = (End, &'a str, &'a str, &'a [&'a str], Option<&'a str>);
        let cases: [Case<'_>; 12] = [
            (good, "", "Done.", &[], None),
            (good, "a warning 429", "Done.", &["503 Service Unavailable"], None),
            (
                good,
                "",
                "Maximum number of iterations reached.",
                &[],
                Some("its steps were used up before it was done"),
            ),
            (good, "", "Empty response from LLM", &[], Some("its model said nothing")),
            (End::TooLong, "", "Done.", &[], Some("it did not come to an end within 2 min 0 s")),
            (End::TooMuch, "", "", &[], Some("it printed more than anybody reads, and was ended")),
            (End::Itself(None), "", "", &[], Some("a signal ended it")),
            (
                bad,
                usage,
                "",
                &["429 Too Many Requests {}"],
                Some("the quota of its model is used up, or it was asked too often"),
            ),
            (
                bad,
                "creating llm client: GEMINI_API_KEY environment variable not set",
                "",
                &[],
                Some("it has no key for its model"),
            ),
            (
                bad,
                "",
                "RunOnce mode cannot handle permission requests. The following commands require approval:\n* kubectl scale",
                &[],
                Some("it waits for permission that it cannot ask for"),
            ),
            (
                bad,
                usage,
                "",
                &[],
                Some("it ended with code 1: running UI: error streaming: it is late"),
            ),
            (End::Itself(Some(139)), "", "", &[], Some("it ended with code 139")),
        ];
        for (end, err, said, errors, expected) in cases {
            assert_eq!(why(end, err, said, errors).as_deref(), expected, "{err}{said}");
        }
    }
}

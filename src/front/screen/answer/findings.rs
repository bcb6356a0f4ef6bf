//! What analyzers found, with its proof and the next step.

use crate::{
    domain::finding::{Finding, Severity},
    front::screen::look::{Look, Tone},
};

/// Columns of a proof that nobody asked for; "why" shows it whole.
const LONGEST_PROOF: usize = 160;

/// Findings as lines, errors first; `indent` spaces before each.
#[must_use]
pub fn block(findings: &[Finding], look: &Look, indent: usize, explain: bool) -> Vec<String> {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| finding.severity);
    let mut lines = Vec::new();
    for finding in sorted {
        lines.extend(one(finding, look, indent));
        // Without being asked why, the last line of proof is enough.
        let skip = if explain { 0 } else { finding.evidence.len().saturating_sub(1) };
        for proof in finding.evidence.iter().skip(skip) {
            let proof = if explain {
                proof.clone()
            } else {
                console::truncate_str(proof, LONGEST_PROOF, "…").into_owned()
            };
            let quoted = look.paint(Tone::Dim, &format!("“{proof}”"));
            lines.extend(look.wrapped(&format!("{}{quoted}", " ".repeat(indent + 4)), indent + 5));
        }
    }
    lines
}

fn one(finding: &Finding, look: &Look, indent: usize) -> Vec<String> {
    let (tone, sign) = match finding.severity {
        Severity::Error => (Tone::Bad, "✗"),
        Severity::Warning => (Tone::Careful, "!"),
    };
    let sign = look.paint(tone, sign);
    let code = look.paint(Tone::Dim, &format!("[{}]", finding.code));
    let line = format!("{}{sign} {}  {} {code}", " ".repeat(indent), finding.object.name, finding.what);
    look.wrapped(&line, indent + 4)
}

/// `Next: …` with every hint of the findings.
#[must_use]
pub fn next(findings: &[Finding], look: &Look) -> Vec<String> {
    next_steps(findings.iter().flat_map(|finding| &finding.hints).map(String::as_str), look)
}

/// `Next: …`, each step once and on a line of its own.
#[must_use]
pub fn next_steps<'a>(hints: impl Iterator<Item = &'a str>, look: &Look) -> Vec<String> {
    let mut steps: Vec<&str> = Vec::new();
    for hint in hints {
        if !steps.contains(&hint) {
            steps.push(hint);
        }
    }
    steps
        .into_iter()
        .enumerate()
        .flat_map(|(position, hint)| {
            let lead = if position == 0 { "Next: " } else { "      " };
            look.wrapped(&format!("{lead}{hint}"), 6)
        })
        .collect()
}

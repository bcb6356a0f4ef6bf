//! An error: what, where, the server's own reason, what to do. Said once.

use super::look::{Look, Tone};
use crate::{app::veil::Veil, domain::failure::Failure};

#[must_use]
pub fn lines(failure: &Failure, veil: &Veil, look: &Look, verbose: bool) -> Vec<String> {
    let mut lines = look.wrapped(&format!("{} {}", look.paint(Tone::Bad, "error:"), veil.text(&failure.what)), 2);
    for hint in &failure.hints {
        lines.extend(look.wrapped(&format!("  {}", veil.text(hint)), 4));
    }
    if verbose {
        for cause in &failure.causes {
            let cause = look.paint(Tone::Dim, &format!("because: {}", veil.text(cause)));
            lines.extend(look.wrapped(&format!("  {cause}"), 4));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::failure::FailureKind, front::screen::look::tests::terminal};

    fn unreachable() -> Failure {
        Failure::new(
            FailureKind::Unreachable,
            "the cluster of context \"minikube\" does not answer (https://192.168.49.2:8443: connection refused)",
        )
        .hint("Minikube is stopped: start it with `minikube start`.")
        .cause("tcp connect error")
    }

    #[test]
    fn an_error_says_what_to_do_and_keeps_the_chain_for_those_who_ask() {
        let show = |width, verbose| lines(&unreachable(), &Veil::default(), &terminal(width, true), verbose);
        assert_eq!(
            show(120, true),
            [
                "error: the cluster of context \"minikube\" does not answer (https://192.168.49.2:8443: connection refused)",
                "  Minikube is stopped: start it with `minikube start`.",
                "  because: tcp connect error"
            ]
        );
        assert_eq!(
            show(40, false),
            [
                "error: the cluster of context \"minikube\"",
                "  does not answer",
                "  (https://192.168.49.2:8443: connection",
                "  refused)",
                "  Minikube is stopped: start it with",
                "    `minikube start`."
            ]
        );
    }
}

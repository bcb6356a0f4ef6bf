//! Who does the work: the first usable choice of the playbook's preference, with the reasons for passing others over.

use crate::domain::{
    conversation::Conversation,
    failure::{Failure, FailureKind, Result},
    inventory::ToolStatus,
    route::{PassedOver, Route, TOOLS},
};

/// Name of the built-in engine in playbooks, routes and `--with`.
pub const BUILTIN: &str = "builtin";

/// What bears on the choice.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The playbook's order; the built-in engine stands in it or comes last.
    pub prefer: &'a [String],
    /// A tool that the words of the request name: it comes first.
    pub named: Option<&'a str>,
    /// `--with`.
    pub with_tool: Option<&'a str>,
    pub no_ai: bool,
    /// Nothing is changed: that is given to a tool only where it is asked for.
    pub only_looks: bool,
    /// Tools that failed in this conversation, and why.
    pub broken: &'a dyn Broken,
}

/// Knows what failed before.
pub trait Broken: std::fmt::Debug {
    fn why(&self, tool: &str) -> Option<String>;
}

impl Broken for Conversation {
    fn why(&self, tool: &str) -> Option<String> {
        self.broken(tool).map(str::to_owned)
    }
}

impl Broken for () {
    fn why(&self, _tool: &str) -> Option<String> {
        None
    }
}

/// Whether `--with` names something that there is. Asked before anything else is looked at.
///
/// # Errors
/// It does not.
pub fn known(with_tool: Option<&str>) -> Result<()> {
    match with_tool {
        Some(wanted) if !is_builtin(wanted) && !TOOLS.contains(&wanted) => {
            let failure = Failure::new(FailureKind::Usage, format!("no tool is called \"{wanted}\""));
            Err(failure.hint(format!("tools: {BUILTIN}, {}", TOOLS.join(", "))))
        }
        _ => Ok(()),
    }
}

/// Chooses.
///
/// # Errors
/// `--with` names a tool that is not known, that is not for this work, or that cannot be used now: the reason and what would help.
pub fn route(wanted: Wanted<'_>, tools: &[ToolStatus]) -> Result<Route> {
    known(wanted.with_tool)?;
    if let Some(tool) = wanted.with_tool.filter(|&tool| !is_builtin(tool)) {
        return demanded(tool, wanted, tools);
    }
    let mut passed_over = Vec::new();
    let ruled_out = wanted.with_tool.is_some() || wanted.named == Some(BUILTIN);
    let named = wanted.named.filter(|&named| named != BUILTIN);
    let others = wanted.prefer.iter().map(String::as_str).take_while(|&name| name != BUILTIN);
    for name in named.into_iter().chain(others.filter(|&name| Some(name) != named)) {
        if ruled_out {
            break;
        }
        let status = tools.iter().find(|tool| tool.name == name);
        let over = |reason: &str, found: bool| PassedOver {
            tool: name.to_owned(),
            reason: reason.to_owned(),
            found,
            asked: named == Some(name),
        };
        match status {
            _ if wanted.no_ai => passed_over.push(over("--no-ai was given", false)),
            Some(tool) if tool.usable && !wanted.prefer.iter().any(|it| it == name) => {
                passed_over.push(over("it is not for this work", true));
            }
            Some(tool) if tool.usable && named == Some(name) => return Ok(by(tool, ASKED, passed_over)),
            Some(tool) if tool.usable => match wanted.broken.why(name) {
                _ if wanted.only_looks => passed_over.push(over(LOOKS, false)),
                Some(why) => passed_over.push(over(&format!("failed earlier in this chat: {why}"), true)),
                None => return Ok(by(tool, PREFERRED, passed_over)),
            },
            Some(tool) => passed_over.push(over(&tool.reason, tool.found)),
            None => passed_over.push(over("not looked for", false)),
        }
    }
    Ok(builtin(passed_over))
}

/// The built-in engine, and who was passed over.
#[must_use]
pub fn builtin(passed_over: Vec<PassedOver>) -> Route {
    Route {
        tool: BUILTIN.to_owned(),
        version: None,
        why: None,
        passed_over,
    }
}

/// Those that were passed over, and the tool of this route as the last of them.
#[must_use]
pub fn over(route: Route, reason: &str) -> Vec<PassedOver> {
    let mut passed_over = route.passed_over;
    passed_over.push(PassedOver {
        tool: route.tool,
        reason: reason.to_owned(),
        found: true,
        asked: route.why.as_deref() == Some(ASKED),
    });
    passed_over
}

/// There is no other way than this tool, and it cannot be gone.
#[must_use]
pub fn unusable(tool: &str, reason: &str) -> Failure {
    let failure = Failure::new(FailureKind::Configuration, format!("{tool} cannot be used: {reason}"));
    failure
        .hint("leave out --with: the built-in engine does it without any AI")
        .hint("`todo-agent doctor` tells more of it")
}

/// It was let in, and did not do it.
#[must_use]
pub fn failed(tool: &str, reason: &str) -> Failure {
    Failure::new(FailureKind::Failed, format!("{tool} failed: {reason}"))
}

/// Why a tool is passed over at whose question somebody chose the built-in engine.
pub const CHOSEN: &str = "you chose the built-in engine";

const ASKED: &str = "you asked for it";
const PREFERRED: &str = "the playbook prefers it";
const LOOKS: &str = "what changes nothing is given to it only when it is asked for";

fn by(tool: &ToolStatus, why: &str, passed_over: Vec<PassedOver>) -> Route {
    Route {
        tool: tool.name.clone(),
        version: tool.version.clone(),
        why: Some(why.to_owned()),
        passed_over,
    }
}

fn is_builtin(name: &str) -> bool {
    name == BUILTIN || name == "built-in"
}

fn demanded(tool: &str, wanted: Wanted<'_>, tools: &[ToolStatus]) -> Result<Route> {
    let failure =
        |what: String| Failure::new(FailureKind::Configuration, what).hint("leave out --with: the built-in engine does it without any AI");
    if wanted.no_ai {
        return Err(failure(format!("--with {tool} and --no-ai contradict each other")));
    }
    if !wanted.prefer.iter().any(|preferred| preferred == tool) {
        return Err(failure(format!("{tool} is not for this work")));
    }
    match tools.iter().find(|status| status.name == tool) {
        Some(status) if status.usable => Ok(by(status, ASKED, Vec::new())),
        Some(status) => Err(unusable(tool, &status.reason)),
        None => Err(failure(format!("{tool} cannot be used: it was not looked for"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(name: &str, usable: bool, reason: &str) -> ToolStatus {
        ToolStatus {
            name: name.to_owned(),
            version: None,
            usable,
            reason: reason.to_owned(),
            found: true,
        }
    }

    fn prefer() -> Vec<String> {
        ["kubectl-ai", BUILTIN].map(str::to_owned).to_vec()
    }

    fn chosen(named: Option<&str>, with_tool: Option<&str>, no_ai: bool, tools: &[ToolStatus]) -> Result<Route> {
        let wanted = Wanted {
            prefer: &prefer(),
            named,
            with_tool,
            no_ai,
            only_looks: false,
            broken: &(),
        };
        route(wanted, tools)
    }

    fn over(tool: &str, reason: &str, asked: bool) -> PassedOver {
        PassedOver {
            tool: tool.to_owned(),
            reason: reason.to_owned(),
            found: true,
            asked,
        }
    }

    #[test]
    fn an_unusable_tool_is_passed_over_with_its_reason() {
        let tools = [tool("kubectl-ai", false, "OPENAI_API_KEY is not set")];
        let expected = Route {
            tool: BUILTIN.to_owned(),
            version: None,
            why: None,
            passed_over: vec![over("kubectl-ai", "OPENAI_API_KEY is not set", false)],
        };
        assert_eq!(chosen(None, None, false, &tools), Ok(expected));
    }

    #[test]
    fn a_usable_tool_is_taken_unless_no_ai_or_builtin_is_demanded() {
        let tools = [tool("kubectl-ai", true, "")];
        let tool = |named: Option<&str>, with: Option<&str>, no_ai: bool| chosen(named, with, no_ai, &tools).map(|route| route.tool);
        assert_eq!(tool(None, None, false).as_deref(), Ok("kubectl-ai"));
        assert_eq!(tool(None, None, true).as_deref(), Ok(BUILTIN));
        assert_eq!(tool(None, Some(BUILTIN), false).as_deref(), Ok(BUILTIN));
        assert_eq!(tool(Some(BUILTIN), None, false).as_deref(), Ok(BUILTIN));
    }

    #[test]
    fn a_tool_that_the_request_names_comes_first() {
        let tools = [tool("kubectl-ai", false, "no key"), tool("kagent", false, "no agents")];
        let route = chosen(Some("kagent"), None, false, &tools).map(|route| route.passed_over);
        assert_eq!(
            route,
            Ok(vec![over("kagent", "no agents", true), over("kubectl-ai", "no key", false)])
        );
    }

    #[test]
    fn a_demanded_tool_that_cannot_be_used_is_an_error_and_never_a_silent_switch() {
        let tools = [tool("kubectl-ai", false, "GEMINI_API_KEY is not set"), tool("gordon", true, "")];
        let words = |with: &str, no_ai: bool| chosen(None, Some(with), no_ai, &tools).map_err(|failure| failure.what);
        let told = [
            words("kubectl-ai", false),
            words("kubectl-ai", true),
            words("gordon", false),
            words("chatgpt", false),
        ];
        let expected = [
            "kubectl-ai cannot be used: GEMINI_API_KEY is not set",
            "--with kubectl-ai and --no-ai contradict each other",
            "gordon is not for this work",
            "no tool is called \"chatgpt\"",
        ];
        assert_eq!(told, expected.map(|what| Err(what.to_owned())));
    }

    #[derive(Debug)]
    struct Failed;

    impl Broken for Failed {
        fn why(&self, tool: &str) -> Option<String> {
            (tool == "kubectl-ai").then(|| "it hung".to_owned())
        }
    }

    #[test]
    fn a_tool_that_failed_is_passed_over_for_the_rest_of_a_chat_unless_it_is_asked_for() {
        let tools = [tool("kubectl-ai", true, "")];
        let chosen = |named: Option<&str>, with_tool: Option<&str>, only_looks: bool| {
            let wanted = Wanted {
                prefer: &prefer(),
                named,
                with_tool,
                no_ai: false,
                only_looks,
                broken: &Failed,
            };
            let route = route(wanted, &tools).unwrap();
            (route.tool, route.why, route.passed_over.into_iter().map(|over| over.reason).next())
        };
        let builtin = |why: &str| (BUILTIN.to_owned(), None, Some(why.to_owned()));
        let asked = ("kubectl-ai".to_owned(), Some(ASKED.to_owned()), None);
        assert_eq!(chosen(None, None, false), builtin("failed earlier in this chat: it hung"));
        assert_eq!(chosen(None, None, true), builtin(LOOKS));
        assert_eq!(chosen(Some("kubectl-ai"), None, false), asked);
        assert_eq!(chosen(None, Some("kubectl-ai"), true), asked);
    }
}

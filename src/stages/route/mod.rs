//! Who does the work: the first usable choice of the playbook's preference, with the reasons for passing others over.

use crate::domain::{
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
    let builtin = wanted.with_tool.is_some() || wanted.named == Some(BUILTIN);
    let named = wanted.named.filter(|&named| named != BUILTIN);
    let others = wanted.prefer.iter().map(String::as_str).take_while(|&name| name != BUILTIN);
    for name in named.into_iter().chain(others.filter(|&name| Some(name) != named)) {
        if builtin {
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
            Some(tool) if tool.usable => {
                return Ok(Route {
                    tool: name.to_owned(),
                    version: tool.version.clone(),
                    passed_over,
                });
            }
            Some(tool) => passed_over.push(over(&tool.reason, tool.found)),
            None => passed_over.push(over("not looked for", false)),
        }
    }
    Ok(Route {
        tool: BUILTIN.to_owned(),
        version: None,
        passed_over,
    })
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
        Some(status) if status.usable => Ok(Route {
            tool: status.name.clone(),
            version: status.version.clone(),
            passed_over: Vec::new(),
        }),
        Some(status) => Err(failure(format!("{tool} cannot be used: {}", status.reason)).hint("`todo-agent doctor` tells more of it")),
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
}

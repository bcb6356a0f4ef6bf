//! Who does the work: the first usable choice of the playbook's preference, with the reasons for passing others over.

use crate::domain::{
    failure::{Failure, FailureKind, Result},
    inventory::ToolStatus,
    route::{PassedOver, Route},
};

/// Name of the built-in engine in playbooks, routes and `--with`.
pub const BUILTIN: &str = "builtin";

/// Chooses. `prefer` is the playbook's order; the built-in engine stands in it or comes last.
///
/// # Errors
/// `--with` names a tool that is not known, or that cannot be used now: the reason and what would help.
pub fn route(prefer: &[String], tools: &[ToolStatus], with_tool: Option<&str>, no_ai: bool) -> Result<Route> {
    if let Some(wanted) = with_tool.filter(|&wanted| wanted != BUILTIN && wanted != "built-in") {
        return demanded(wanted, tools, no_ai);
    }
    let mut passed_over = Vec::new();
    let builtin = with_tool.is_some();
    for name in prefer.iter().take_while(|&name| name != BUILTIN && !builtin) {
        let status = tools.iter().find(|tool| tool.name == *name);
        match status {
            _ if no_ai => passed_over.push(PassedOver {
                tool: name.clone(),
                reason: "--no-ai was given".to_owned(),
                found: false,
            }),
            Some(tool) if tool.usable => {
                return Ok(Route {
                    tool: name.clone(),
                    version: tool.version.clone(),
                    passed_over,
                });
            }
            Some(tool) => passed_over.push(PassedOver {
                tool: name.clone(),
                reason: tool.reason.clone(),
                found: tool.found,
            }),
            None => passed_over.push(PassedOver {
                tool: name.clone(),
                reason: "not looked for".to_owned(),
                found: false,
            }),
        }
    }
    Ok(Route {
        tool: BUILTIN.to_owned(),
        version: None,
        passed_over,
    })
}

fn demanded(wanted: &str, tools: &[ToolStatus], no_ai: bool) -> Result<Route> {
    let failure =
        |what: String| Failure::new(FailureKind::Configuration, what).hint("leave out --with: the built-in engine does it without any AI");
    if no_ai {
        return Err(failure(format!("--with {wanted} and --no-ai contradict each other")));
    }
    match tools.iter().find(|tool| tool.name == wanted) {
        Some(tool) if tool.usable => Ok(Route {
            tool: tool.name.clone(),
            version: tool.version.clone(),
            passed_over: Vec::new(),
        }),
        Some(tool) => Err(failure(format!("{wanted} cannot be used: {}", tool.reason))),
        None => {
            Err(Failure::new(FailureKind::Usage, format!("no tool is called \"{wanted}\""))
                .hint("tools: builtin, gordon, kubectl-ai, kagent"))
        }
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

    #[test]
    fn an_unusable_tool_is_passed_over_with_its_reason() {
        let tools = [tool("kubectl-ai", false, "OPENAI_API_KEY is not set")];
        let expected = Route {
            tool: BUILTIN.to_owned(),
            version: None,
            passed_over: vec![PassedOver {
                tool: "kubectl-ai".to_owned(),
                reason: "OPENAI_API_KEY is not set".to_owned(),
                found: true,
            }],
        };
        assert_eq!(route(&prefer(), &tools, None, false), Ok(expected));
    }

    #[test]
    fn a_usable_tool_is_taken_unless_no_ai_or_builtin_is_demanded() {
        let tools = [tool("kubectl-ai", true, "")];
        let chosen = |with: Option<&str>, no_ai: bool| route(&prefer(), &tools, with, no_ai).map(|route| route.tool);
        assert_eq!(chosen(None, false).as_deref(), Ok("kubectl-ai"));
        assert_eq!(chosen(None, true).as_deref(), Ok(BUILTIN));
        assert_eq!(chosen(Some(BUILTIN), false).as_deref(), Ok(BUILTIN));
    }

    #[test]
    fn a_demanded_tool_that_cannot_be_used_is_an_error_and_never_a_silent_switch() {
        let tools = [tool("kubectl-ai", false, "GEMINI_API_KEY is not set")];
        let words = |with: &str, no_ai: bool| route(&prefer(), &tools, Some(with), no_ai).map_err(|failure| failure.what);
        assert_eq!(
            words("kubectl-ai", false),
            Err("kubectl-ai cannot be used: GEMINI_API_KEY is not set".to_owned())
        );
        assert_eq!(
            words("kubectl-ai", true),
            Err("--with kubectl-ai and --no-ai contradict each other".to_owned())
        );
        assert_eq!(words("chatgpt", false), Err("no tool is called \"chatgpt\"".to_owned()));
    }
}

//! Flags that stay kubectl's own, and why.

use super::super::declared;

/// Why a flag of `kubectl VERB` cannot be taken over; `None` where there is no more to say than that it is not known.
pub(super) fn why(verb: &str, flag: &str, changes: bool) -> Option<String> {
    // A flag of helm may be called as one of kubectl is.
    if verb == "helm" {
        return None;
    }
    let (name, value) = flag.split_once([' ', '=']).unwrap_or((flag, ""));
    let output = value.split('=').next().unwrap_or_default();
    Some(match name {
        "--timeout" => {
            format!("{name} is todo-agent's own option and stands before the command: `todo-agent --timeout {value} kubectl {verb} …`")
        }
        "--wait" => "--wait=false ends before it is seen what became of it; here each change is looked at until it is".to_owned(),
        "--grace-period" | "--force" | "--now" => {
            format!("{name} ends pods before they are ready to; here they have the time that they ask for")
        }
        "--cascade" => "--cascade=orphan leaves behind what belongs to the object; here that goes with it".to_owned(),
        "--all" if verb == "delete" => {
            "--all takes away whatever is there; here what is taken away is named, or selected with -l".to_owned()
        }
        "--all" => format!("--all needs a kind and no name: `kubectl {verb} KIND --all`"),
        "-l" => "-l needs a kind and no name behind it: `-l` selects the objects of that kind".to_owned(),
        "--all-namespaces" if changes => "-A goes over every namespace; a change is made in one namespace at a time".to_owned(),
        "--field-selector" if changes => {
            "--field-selector is for lists; what is changed is named, or selected by its labels with -l".to_owned()
        }
        "--dry-run" => "--dry-run is for changes, and this only looks".to_owned(),
        "-f" | "--filename" if verb == "delete" => {
            let file = Some(value).filter(|value| !value.is_empty()).unwrap_or("FILE");
            format!("-f takes away whatever the file names; {}. With kubectl: `{}`", declared::WHY, declared::command(file))
        }
        "-f" | "--filename" => format!(
            "-f gives {verb} a file; files are applied here: `todo-agent kubectl apply -f FILE` shows first what that makes and changes"
        ),
        "--as" | "--as-group" => format!("{name} acts as somebody else; requests are made as who you are"),
        "--from" if verb == "set" => {
            "--from takes whatever a ConfigMap or a Secret holds; here each variable is given as NAME=value, and the whole is done by kubectl behind the gate: `todo-agent gate --allow change,secret-read -- kubectl set env …`".to_owned()
        }
        "--record" => "--record is gone from kubectl; a record of each request is kept anyway (`todo-agent transcript list`)".to_owned(),
        "-o" | "--output"
            if matches!(
                output,
                "jsonpath" | "jsonpath-file" | "go-template" | "go-template-file" | "custom-columns" | "custom-columns-file"
            ) =>
        {
            format!("-o {output} is a template in kubectl's own language; here -o is yaml, json, name or wide")
        }
        _ => return None,
    })
}

/// A flag that makes less of what the command is about.
pub(super) fn narrows(flag: &str) -> bool {
    ["-l", "--selector", "--field-selector", "--dry-run", "--all"]
        .iter()
        .any(|narrows| flag.split([' ', '=']).next() == Some(narrows))
}

/// What is said of a command that is kubectl's own, and what comes near to it here.
pub(super) fn command(verb: &str, words: &[String]) -> Option<(String, Vec<String>)> {
    let second = words.get(1).map_or("", String::as_str);
    let near = |requests: &[&str]| requests.iter().map(|&request| request.to_owned()).collect();
    Some(match (verb, second) {
        ("version", _) => (
            "kubectl's own version is kubectl's to tell; that of the cluster stands in the list of nodes and in `todo-agent doctor`"
                .to_owned(),
            near(&["list nodes"]),
        ),
        ("cluster-info", _) => (
            "Where the cluster is, `todo-agent doctor` tells, and which there are `list contexts`".to_owned(),
            near(&["list contexts", "overview"]),
        ),
        ("api-resources" | "api-versions", _) => (
            "The kinds that the server serves are not listed; any of them can be listed and explained by its name".to_owned(),
            near(&["explain deployment", "list deployments"]),
        ),
        (
            "config",
            "use-context" | "set-context" | "use" | "unset" | "set" | "set-cluster" | "set-credentials" | "delete-context"
            | "rename-context",
        ) => {
            let name = words.get(2).filter(|_| second == "use-context").map_or("NAME", String::as_str);
            (
                format!(
                    "The kubeconfig is not changed here: `todo-agent --context {name} \"…\"` is for one request, `/context {name}` for a conversation"
                ),
                near(&["list contexts"]),
            )
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_kubectls_own_is_told_with_its_reason() {
        for (verb, flag) in [
            ("scale", "--timeout 1m"),
            ("delete", "--wait false"),
            ("delete", "--grace-period 0"),
            ("delete", "--force"),
            ("delete", "--cascade orphan"),
            ("delete", "--all"),
            ("label", "--all"),
            ("get", "-o jsonpath={.items}"),
            ("delete", "-f x.yaml"),
            ("create", "-f"),
            ("set", "--from secret/y"),
        ] {
            let told = why(verb, flag, true).unwrap_or_default();
            assert!(told.starts_with(flag.split(' ').next().unwrap()), "{flag}: {told}");
        }
        assert_eq!(why("scale", "--frobnicate", true), None);
        assert_eq!(why("get", "-o yaml", true), None);
        assert_eq!(why("helm", "--force", true), None);
    }
}

use super::*;

#[test]
fn what_nobody_approved_needs_a_word_where_something_is_lost_or_the_cluster_is_far() {
    use crate::domain::{
        field::{FieldChange, FieldPath},
        kind::Kind,
        object::ObjectRef,
        plan::{Draft, How},
    };
    let place = |locality| Place {
        locality,
        context: "prod".to_owned(),
        server: String::new(),
        namespace: "default".to_owned(),
        uid: None,
        version: None,
    };
    let asks = |risk, change: Option<Change>| Asks {
        tool: "t".to_owned(),
        what: "delete namespaces/todo".to_owned(),
        namespace: None,
        risk,
        change: change.map(Box::new),
        request: None,
        command: Vec::new(),
        why: String::new(),
    };
    let gone = |name: &str, names: &[&str]| {
        let diff = names.iter().map(|name| FieldChange {
            field: FieldPath::keys(&["metadata", "name"]),
            before: Some((*name).into()),
            after: None,
        });
        let object = ObjectRef {
            kind: Kind::deployment(),
            namespace: Some("default".to_owned()),
            name: name.to_owned(),
            uid: None,
        };
        Change {
            draft: Draft {
                step: None,
                object,
                subresource: String::new(),
                how: How::Delete,
                edits: Vec::new(),
                before: serde_json::Value::Null,
            },
            after: serde_json::Value::Null,
            diff: diff.collect(),
            reversal: None,
        }
    };
    let told = |locality, asks: &Asks| match demand(&RequestOptions::default(), &place(locality), asks) {
        Ok(Demand::Yes) => "y".to_owned(),
        Ok(Demand::Type { word, .. }) => word,
        Err(why) => why.to_owned(),
    };
    let far = "the cluster is not known to be local";
    for (risk, change, near, remote) in [
        (Risk::SecretRead, None, "y", "y"),
        (Risk::Change, None, "y", "prod"),
        (Risk::RunCode, None, "y", far),
        (Risk::Destroy, None, "todo", far),
        (Risk::Destroy, Some(gone("web", &["web"])), "web", far),
        (Risk::Destroy, Some(gone("*", &["a", "b", "c"])), "3", far),
    ] {
        let asks = asks(risk, change);
        assert_eq!(
            (told(Locality::Minikube, &asks).as_str(), told(Locality::Remote, &asks).as_str()),
            (near, remote),
            "{asks:?}"
        );
    }
}

#[test]
fn the_word_is_the_name_of_the_object_and_the_reason_what_would_become_of_it() {
    let place = Place {
        locality: Locality::Minikube,
        context: "dev".to_owned(),
        server: String::new(),
        namespace: "default".to_owned(),
        uid: None,
        version: None,
    };
    for (risk, what, word, why) in [
        (
            Risk::Destroy,
            "delete namespaces/todo",
            "todo",
            "todo would be lost, or what it guards",
        ),
        (
            Risk::Destroy,
            "create pods/web/eviction",
            "web",
            "web would be lost, or what it guards",
        ),
        (
            Risk::Destroy,
            "update namespaces/todo/finalize",
            "todo",
            "todo would be lost, or what it guards",
        ),
        (
            Risk::Escalate,
            "delete validatingwebhookconfigurations/guard",
            "guard",
            "guard would be lost, or what it guards",
        ),
        (
            Risk::Escalate,
            "create pods",
            "pods",
            "it would give rights, decide over changes, or reach a node",
        ),
        (
            Risk::Escalate,
            "patch pods/web/ephemeralcontainers",
            "web",
            "it would give rights, decide over changes, or reach a node",
        ),
        // A name that a tool chose, and that is an answer.
        (
            Risk::Destroy,
            "delete namespaces/n",
            "delete namespaces/n",
            "n would be lost, or what it guards",
        ),
        (
            Risk::Unknown,
            "post /foo/No",
            "post /foo/No",
            "it is not known what this does to No",
        ),
        (
            Risk::Unknown,
            "create pods/web/binding",
            "web",
            "it is not known what this does to web",
        ),
        (
            Risk::Unknown,
            "post /debug/flags",
            "flags",
            "it is not known what this does to flags",
        ),
    ] {
        let asks = Asks {
            tool: "t".to_owned(),
            what: what.to_owned(),
            namespace: None,
            risk,
            change: None,
            request: None,
            command: Vec::new(),
            why: String::new(),
        };
        let expected = Demand::Type {
            word: word.to_owned(),
            why: why.to_owned(),
        };
        assert_eq!(demand(&RequestOptions::default(), &place, &asks), Ok(expected), "{what}");
    }
}

#[test]
fn what_is_far_is_open_only_to_who_typed_its_context() {
    let place = |context: &str, namespace: &str| Place {
        locality: Locality::Remote,
        context: context.to_owned(),
        server: String::new(),
        namespace: namespace.to_owned(),
        uid: None,
        version: None,
    };
    let (cluster, engine) = (place("prod", "default"), place("far", ""));
    let options = |context: Option<&str>, typed: bool, docker: Option<&str>| RequestOptions {
        context: context.map(str::to_owned),
        names_cluster: typed,
        docker_context: docker.map(str::to_owned),
        allow_remote: true,
        ..RequestOptions::default()
    };
    for (options, reached) in [
        (options(Some("prod"), true, None), (true, false)),
        (options(Some("prod"), false, Some("far")), (false, true)),
        (options(Some("far"), true, Some("prod")), (false, false)),
        (options(Some("prod"), true, Some("far")), (true, true)),
    ] {
        assert_eq!(
            (may_reach(&options, &cluster), may_reach(&options, &engine)),
            reached,
            "{options:?}"
        );
    }
}

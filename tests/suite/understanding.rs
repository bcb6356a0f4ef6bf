//! What must never happen on a guess, and what a request may look like: names that are words, contradictions, fragments,
//! places, and a corpus that no rule was written for.

use todo_agent::domain::{
    intent::{Amount, Resolution, SlotValue},
    inventory::Inventory,
    kind::Kind,
    question::Question,
    reading::{FirstReading, Reading, SlotMention},
};

use todo_agent::stages::understand::Understand;

use super::{
    playbooks::{mistakes, mistakes_in, playbooks, told, understood},
    sample,
};

fn table(cases: &[(&str, &str)]) -> String {
    mistakes(cases.iter().map(|(say, wanted)| ((*say).to_owned(), (*wanted).to_owned())))
}

fn question(say: &str) -> Question {
    match understood(say) {
        Resolution::Ask(question) => question,
        other => panic!("{say}: {}", told(&other)),
    }
}

fn asked(say: &str) -> (String, Vec<String>) {
    let question = question(say);
    (question.text, question.choices.into_iter().map(|choice| choice.request).collect())
}

#[test]
fn a_change_on_a_guessed_word_is_asked_about_and_the_choice_is_exact() {
    let cases = [
        (
            "sacle backend to 3",
            "Scale todo-backend to 3?",
            "scale deployment/todo-backend to 3",
        ),
        ("restrat the frontend", "Restart todo-frontend?", "restart deployment/todo-frontend"),
        (
            "scala backend to 3",
            "Scale todo-backend to 3?",
            "scale deployment/todo-backend to 3",
        ),
        (
            "scale backend to thre",
            "Scale todo-backend to 3?",
            "scale deployment/todo-backend to 3",
        ),
        (
            "chnage the imgae of backend to todo-backend:v9",
            "Set the image of todo-backend to todo-backend:v9?",
            "set the image of deployment/todo-backend to todo-backend:v9",
        ),
        (
            "sacle payments to 3 -n shop",
            "Scale payments to 3?",
            "scale deployment/payments to 3 -n shop",
        ),
        (
            "sacle backend and frontend to 3",
            "Scale todo-backend to 3, then scale todo-frontend to 3?",
            "scale deployment/todo-backend to 3; scale deployment/todo-frontend to 3",
        ),
        (
            "restart frontend, then retsart backend and shwo pods",
            "Restart todo-frontend, then restart todo-backend, then list pods?",
            "restart deployment/todo-frontend; restart deployment/todo-backend; list pods",
        ),
    ];
    for (say, text, request) in cases {
        assert_eq!(asked(say), (text.to_owned(), vec![request.to_owned()]), "{say}");
        assert!(matches!(understood(request), Resolution::Clear(_)), "{request}");
    }
    assert_eq!(question("sacle backend to 3").choices[0].detail, "sacle was taken for scale");
    assert_eq!(
        table(&[
            ("shwo backend logs", "logs(workload=todo-backend)"),
            ("lsit pods", "list(kind=pods)")
        ]),
        ""
    );
}

#[test]
fn a_number_that_contradicts_the_verb_or_is_not_exact_is_asked_about() {
    let cases: [(&str, &str, &[&str]); 9] = [
        (
            "scale up backend to 1",
            "todo-backend has 2 replicas, and 1 is fewer. Scale todo-backend to 1?",
            &["scale deployment/todo-backend to 1"],
        ),
        (
            "reduce backend to 5",
            "todo-backend has 2 replicas, and 5 is more. Scale todo-backend to 5?",
            &["scale deployment/todo-backend to 5"],
        ),
        (
            "scale backend to three or so",
            "Scale backend to how many replicas?",
            &["scale backend to 3"],
        ),
        (
            "scale backend to about 3",
            "Scale backend to how many replicas?",
            &["scale backend to 3"],
        ),
        (
            "scale backend to at least 3 pods",
            "Scale backend to how many replicas?",
            &["scale backend to 3"],
        ),
        (
            "scale backend to 3-5",
            "Scale backend to how many replicas?",
            &["scale backend to 3", "scale backend to 5"],
        ),
        (
            "scale backend to 3 or 4",
            "Scale backend to how many replicas?",
            &["scale backend to 3", "scale backend to 4"],
        ),
        (
            "reduce backend replicas 1",
            "Scale backend to how many replicas?",
            &["scale backend to 1", "scale backend by -1"],
        ),
        (
            "scale down the backend to 1 and the frontend to 5",
            "todo-frontend has 2 replicas, and 5 is more. Scale todo-frontend to 5?",
            &["scale deployment/todo-backend to 1; scale deployment/todo-frontend to 5"],
        ),
    ];
    for (say, text, requests) in cases {
        let requests: Vec<String> = requests.iter().map(|request| (*request).to_owned()).collect();
        assert_eq!(asked(say), (text.to_owned(), requests), "{say}");
    }
    // Where it is so already, nothing contradicts anything.
    assert_eq!(
        table(&[("increase backend replicas to 2", "scale(replicas=2, workload=todo-backend)")]),
        ""
    );
}

#[test]
fn fragments_belong_to_the_clause_they_qualify() {
    let cases = [
        (
            "follow backend logs, last 3 lines",
            "logs(follow=true, tail=3, workload=todo-backend)",
        ),
        (
            "follow backend logs - last 3 lines",
            "logs(follow=true, tail=3, workload=todo-backend)",
        ),
        (
            "show logs of backend and frontend, last 5 lines",
            "logs(tail=5, workload=todo-backend) + logs(tail=5, workload=todo-frontend)",
        ),
        ("backend logs and only the last 20 lines", "logs(tail=20, workload=todo-backend)"),
        ("the pods are crashing, why", "diagnose()"),
        ("restart the backend, it hangs", "restart(workload=todo-backend)"),
        (
            "update backend to v2, container todo-backend",
            "set-image(container=todo-backend, image=todo-backend:v2, workload=todo-backend)",
        ),
    ];
    assert_eq!(table(&cases), "");
}

#[test]
fn clauses_share_verbs_values_places_and_objects() {
    let cases = [
        (
            "scale backend and frontend to 3 and 4 respectively",
            "scale(replicas=3, workload=todo-backend) + scale(replicas=4, workload=todo-frontend)",
        ),
        (
            "scale both backend and frontend to 3 replicas",
            "scale(replicas=3, workload=todo-backend) + scale(replicas=3, workload=todo-frontend)",
        ),
        (
            "set A=1 on backend and B=2 on frontend",
            "set-env(env=A=1, workload=todo-backend) + set-env(env=B=2, workload=todo-frontend)",
        ),
        (
            "remove DEBUG from backend and OLD_VAR from frontend",
            "set-env(env=DEBUG-, workload=todo-backend) + set-env(env=OLD_VAR-, workload=todo-frontend)",
        ),
        (
            "set A=1 on backend and B=2 and C=3 on frontend",
            "set-env(env=A=1, workload=todo-backend) + set-env(env=B=2 C=3, workload=todo-frontend)",
        ),
        (
            "remove DEBUG from backend and OLD_VAR and LOG_LEVEL from frontend",
            "set-env(env=DEBUG-, workload=todo-backend) + set-env(env=OLD_VAR- LOG_LEVEL-, workload=todo-frontend)",
        ),
        (
            "on backend set A=1 and on frontend B=2 and C=3",
            "set-env(env=A=1, workload=todo-backend) + set-env(env=B=2 C=3, workload=todo-frontend)",
        ),
        (
            "set A=1 and B=2 on backend and C=3 and D=4 on frontend",
            "set-env(env=A=1 B=2, workload=todo-backend) + set-env(env=C=3 D=4, workload=todo-frontend)",
        ),
        (
            "first restart backend, then scale frontend to 3",
            "restart(workload=todo-backend) + scale(replicas=3, workload=todo-frontend)",
        ),
        (
            "set A=1 and unset DEBUG on backend",
            "set-env(env=A=1, workload=todo-backend) + set-env(env=DEBUG-, workload=todo-backend)",
        ),
        (
            "set A=1 on backend, unset DEBUG there",
            "set-env(env=A=1, workload=todo-backend) + set-env(env=DEBUG-, workload=todo-backend)",
        ),
        (
            "on backend set A=1 and unset DEBUG",
            "set-env(env=A=1, workload=todo-backend) + set-env(env=DEBUG-, workload=todo-backend)",
        ),
        (
            "set MSG=\"they have been told already\" on backend",
            "set-env(env=MSG=they have been told already, workload=todo-backend)",
        ),
        (
            "add 2 replicas to backend and 1 to frontend",
            "scale(replicas=+2, workload=todo-backend) + scale(replicas=+1, workload=todo-frontend)",
        ),
        (
            "set image nginx:1 on backend and redis:2 on frontend",
            "set-image(image=nginx:1, workload=todo-backend) + set-image(image=redis:2, workload=todo-frontend)",
        ),
        (
            "list pods, services and deployments in shop",
            "list(kind=pods, scope=namespace shop) + list(kind=services, scope=namespace shop) + list(kind=deployments, scope=namespace shop)",
        ),
        (
            "list pods in shop and services",
            "list(kind=pods, scope=namespace shop) + list(kind=services, scope=namespace shop)",
        ),
        (
            "in shop, list pods then services",
            "list(kind=pods, scope=namespace shop) + list(kind=services, scope=namespace shop)",
        ),
        (
            "-n shop scale payments to 3 and restart worker",
            "scale(replicas=3, workload=shop/payments) + restart(workload=shop/worker)",
        ),
        (
            "logs of backend then events",
            "logs(workload=todo-backend) + events(of=todo-backend)",
        ),
        ("restart backend; events", "restart(workload=todo-backend) + events()"),
        (
            "restart backend then check if it is healthy",
            "restart(workload=todo-backend) + health(of=todo-backend)",
        ),
        (
            "scale backend to 3 and restart it",
            "scale(replicas=3, workload=todo-backend) + restart(workload=todo-backend)",
        ),
        (
            "restart everything in shop",
            "restart(workload=shop/payments) + restart(workload=shop/worker)",
        ),
        ("restart everything in staging", "declines unknown-name"),
        ("restart backend or frontend, in namespace todo", "asks "),
        (
            "scale backend to 3 frontend to 1",
            "scale(replicas=3, workload=todo-backend) + scale(replicas=1, workload=todo-frontend)",
        ),
        (
            "add one backend and remove one frontend",
            "scale(replicas=+1, workload=todo-backend) + scale(replicas=-1, workload=todo-frontend)",
        ),
        (
            "are backend and frontend healthy",
            "health(of=todo-backend) + health(of=todo-frontend)",
        ),
        (
            "restart backend + frontend",
            "restart(workload=todo-backend) + restart(workload=todo-frontend)",
        ),
        ("restart both", "restart(workload=todo-backend) + restart(workload=todo-frontend)"),
        ("restart all", "restart(workload=todo-backend) + restart(workload=todo-frontend)"),
        (
            "restart them all",
            "restart(workload=todo-backend) + restart(workload=todo-frontend)",
        ),
        (
            "scale both deployments to 3",
            "scale(replicas=3, workload=todo-backend) + scale(replicas=3, workload=todo-frontend)",
        ),
    ];
    assert_eq!(table(&cases), "");
}

/// Workloads that are called as words of requests are.
fn wordy() -> Inventory {
    let mut inventory = sample::inventory();
    for name in ["logs", "gone", "restart", "3", "all", "api", "web", "events"] {
        inventory.items.push(sample::workload("todo", name, name, &[(name, "x:1")]));
    }
    inventory.items.push(sample::other(Kind::pod(), "todo", "logs-5f7c9d8b6-abcde"));
    inventory
}

#[test]
fn names_that_are_words_win_when_they_are_quoted_or_stand_with_a_kind() {
    let inventory = wordy();
    let cases = [
        ("restart deployment logs", "restart(workload=logs)"),
        ("restart deployment restart", "restart(workload=restart)"),
        ("scale deployment events to 4", "scale(replicas=4, workload=events)"),
        ("restart \"logs\"", "restart(workload=logs)"),
        ("restart 'all'", "restart(workload=all)"),
        ("restart \"3\"", "restart(workload=3)"),
        ("delete deployment 3", "delete(object=3)"),
        ("restart deployment 3", "restart(workload=3)"),
        ("delete 3 deployments", "declines not-understood"),
        ("delete deployments 3", "declines not-understood"),
        ("scale \"3\" to 2", "scale(replicas=2, workload=3)"),
        ("scale deploy/3 to 2", "scale(replicas=2, workload=3)"),
        ("kubectl rollout restart deploy/restart", "restart(workload=restart)"),
        ("kubectl scale deploy all --replicas=3", "scale(replicas=3, workload=all)"),
        ("restart api", "restart(workload=api)"),
        ("restart web", "restart(workload=web)"),
        ("logs of web", "logs(workload=web)"),
        ("describe deployment gone", "describe(object=gone)"),
        ("restart gone", "asks "),
        // One word for two things: asked or refused, and never done to another.
        ("restart logs", "declines not-understood"),
        ("restart all", "asks "),
        ("restart everything called all", "asks "),
        ("restart all deployments", "asks "),
        ("restart 3", "declines not-understood"),
        ("scale all to 3", "asks "),
    ];
    assert_eq!(
        mistakes_in(
            cases.iter().map(|(say, wanted)| ((*say).to_owned(), (*wanted).to_owned())),
            &inventory
        ),
        ""
    );
}

#[test]
fn the_kind_before_a_name_means_one_object() {
    let cases = [
        ("show secret app-secrets", "describe(object=app-secrets)"),
        ("what keys are in secret app-secrets", "describe(object=app-secrets)"),
        ("show me the secret called app-secrets", "describe(object=app-secrets)"),
        ("show the backend deployment", "describe(object=todo-backend)"),
        ("show backend pods", "list(kind=pods, of=todo-backend)"),
        ("show all namespaces", "list(kind=namespaces)"),
        ("list pods in all namespaces", "list(kind=pods, scope=all)"),
    ];
    assert_eq!(table(&cases), "");
}

#[test]
fn every_workload_of_a_kind_is_listed_one_by_one() {
    let mut inventory = sample::inventory();
    let mut set = sample::workload("todo", "cache", "cache", &[("cache", "redis:7")]);
    set.object.kind = Kind::well_known().into_iter().find(|kind| kind.kind == "StatefulSet").unwrap();
    inventory.items.push(set);
    let both = "restart(workload=todo-backend) + restart(workload=todo-frontend)";
    let all = &format!("{both} + restart(workload=cache)");
    let cases = [
        ("restart all deployments", both),
        ("kubectl rollout restart deployment", both),
        ("kubectl rollout restart deploy --all", both),
        ("restart all statefulsets", "restart(workload=cache)"),
        ("restart everything", all),
        ("restart all pods", all),
        (
            "kubectl scale deploy --all --replicas=3 -n shop",
            "scale(replicas=3, workload=shop/payments) + scale(replicas=3, workload=shop/worker)",
        ),
        ("kubectl scale deploy --replicas=3", "asks workload"),
        ("kubectl rollout restart deploy/todo-backend --all", "declines not-understood"),
        ("kubectl rollout restart deploy -A", "declines not-understood"),
    ];
    assert_eq!(
        mistakes_in(
            cases.iter().map(|(say, wanted)| ((*say).to_owned(), (*wanted).to_owned())),
            &inventory
        ),
        ""
    );
}

/// What bears a role by its label is meant by every word for the role; what only is called by another word for it is offered.
#[test]
fn another_word_for_the_name_is_a_guess_where_something_is_changed() {
    let mut inventory = sample::inventory();
    inventory
        .items
        .push(sample::workload("shop", "shop-api", "thing", &[("api", "x:1")]));
    let cases = [
        ("scale backend to 3 in shop", "asks workload"),
        ("logs of the backend in shop", "logs(workload=shop/shop-api)"),
        ("scale api to 3 in shop", "scale(replicas=3, workload=shop/shop-api)"),
        ("scale the server to 3", "scale(replicas=3, workload=todo-backend)"),
    ];
    assert_eq!(
        mistakes_in(
            cases.iter().map(|(say, wanted)| ((*say).to_owned(), (*wanted).to_owned())),
            &inventory
        ),
        ""
    );
}

/// What a change depends on, and what is only told, is not lost where two things are named.
#[test]
fn a_condition_or_a_remark_behind_several_targets_is_never_dropped() {
    let bases = [
        "restart the backend and the frontend",
        "scale backend to 3 and frontend to 4",
        "scale backend and frontend to 3",
        "set A=1 on backend and frontend",
        "restart backend, frontend",
        "restart backend then frontend",
    ];
    let tails = [
        "if needed",
        "when I say so",
        "once ready",
        "after lunch",
        "before the backup",
        "until they are healthy",
        "unless healthy",
        "whenever they fail",
        "as long as it works",
        "in case of failure",
        "only if down",
        "even if healthy",
        "after asking me",
        "failed",
        "didn't work",
        "works",
        "does not work",
        "is wrong",
        "and so on",
        "again and again",
        "or",
        "because",
    ];
    let fronts = [
        "only if the frontend is down,",
        "once the frontend is healthy,",
        "once the backend is up,",
        "unless healthy,",
        "on failure of frontend,",
        "for every crash,",
        "any errors?",
        "frontend down?",
        "is the frontend down?",
        "is the backend ok? then",
        "everything ok?",
        "unhealthy?",
        "no,",
        "the frontend is down,",
        "if the frontend is healthy",
    ];
    let after = bases.iter().flat_map(|base| tails.iter().map(move |tail| format!("{base} {tail}")));
    let before = fronts
        .iter()
        .flat_map(|front| bases.iter().map(move |base| format!("{front} {base}")));
    let done: Vec<String> = after.chain(before).filter(|say| changes(say)).collect();
    assert_eq!(done, Vec::<String>::new());
}

fn changes(say: &str) -> bool {
    let Resolution::Clear(intents) = understood(say) else {
        return false;
    };
    intents.iter().any(|intent| playbooks().get(&intent.playbook).unwrap().changes())
}

/// What somebody tells is no order: it is asked about, or refused.
#[test]
fn a_statement_is_no_order() {
    let said = [
        "the backend did restart",
        "the backend will restart",
        "the backend may restart",
        "the backend has restart",
        "there was a restart of the backend",
        "backend has 3 replicas",
        "backend had 3 replicas",
        "backend is at 3 replicas",
        "there are 3 backend replicas",
        "backend runs 3 replicas",
        "backend is down to 1 replica",
        "backend dropped to 1 replica",
        "backend at 0 replicas",
        "the image of backend was todo-backend:v2",
        "thanks for the backend restart",
        "about to restart the backend",
        "wanted to restart the backend",
        "made backend scale to 3",
        "who restart the backend",
        "backend will scale to 3",
        "restart some backend pods",
        "restart any backend pod",
        "delete A=1 on backend",
        "unset A=1 on backend",
        "kill backend, set A=1",
        "create backend with A=1",
        "create backend with 3 replicas",
        "start backend with 3 replicas",
        "add backend with 3 replicas",
        "multiply backend by 3",
        "scale backend to - 3",
        "set A=1 and A=2 on backend",
        "move A=1 to frontend",
        "scale backend and frontend to 4 in total",
        "scale backend to 3 or",
        "restart the backend because",
        "set A=1 on backend and B=2 on",
        "is backend healthy and restart frontend",
    ];
    let done: Vec<&str> = said.into_iter().filter(|say| changes(say)).collect();
    assert_eq!(done, Vec::<&str>::new());
}

/// Whatever comes close to "all but X" would change what X is not, or X itself.
#[test]
fn what_is_left_out_is_never_suggested() {
    for say in [
        "restart everything except the backned",
        "restart all but frontend and nothing",
        "restart everything but the backend in shop",
        "scale all deployments except backend to 0 and restart it",
        "scale everything other than the frontend and backend to 0",
        "restart all other deployments",
        "restart the others, not the backend",
        "do not restart the backend and mail me",
        "delete everything except the backend",
    ] {
        let Resolution::Declined(declined) = understood(say) else {
            panic!("{say} is acted on")
        };
        for suggestion in &declined.suggestions {
            let Resolution::Clear(intents) = understood(suggestion) else {
                continue;
            };
            assert!(
                intents.iter().all(|intent| !playbooks().get(&intent.playbook).unwrap().changes()),
                "{say} → {suggestion}"
            );
        }
    }
}

/// All but some are the others, each by its name, where it is certain what is left out.
#[test]
fn a_whole_without_some_is_each_of_the_others() {
    for (say, expected) in [
        ("restart everything except the backend", "todo-frontend"),
        ("restart all but frontend", "todo-backend"),
        ("restart all deployments except web", "todo-backend"),
        ("restart every deployment apart from todo-backend", "todo-frontend"),
        ("restart everything but not the backend", "todo-frontend"),
        ("scale all deployments except backend to 0", "todo-frontend"),
        ("scale everything other than the frontend to 0", "todo-backend"),
        ("describe all deployments but the backend", "todo-frontend"),
        ("logs of everything except the backend", "todo-frontend"),
    ] {
        let Resolution::Clear(intents) = understood(say) else {
            panic!("{say} is not done")
        };
        let objects: Vec<String> = intents.iter().flat_map(|intent| intent.slots.values()).filter_map(name).collect();
        assert_eq!(objects, [expected], "{say}");
    }
    for say in ["show all pods except the api", "list all deployments except the backend"] {
        assert!(matches!(understood(say), Resolution::Clear(_)), "{say}");
    }
}

fn name(value: &SlotValue) -> Option<String> {
    match value {
        SlotValue::Object(object) => Some(object.name.clone()),
        _ => None,
    }
}

/// A change of which a part is not understood is another change without that part.
#[test]
fn a_change_is_offered_with_all_that_was_said_of_it_or_not_at_all() {
    let suggested = |say: &str| {
        let Resolution::Declined(declined) = understood(say) else {
            panic!("{say} is acted on")
        };
        let changes = |request: &String| match understood(request) {
            Resolution::Clear(intents) => intents.iter().any(|intent| playbooks().get(&intent.playbook).unwrap().changes()),
            _ => false,
        };
        declined.suggestions.into_iter().filter(changes).collect::<Vec<_>>().join("; ")
    };
    for (say, offered) in [
        ("delete todo-backend only if it is broken", ""),
        ("restart the backend unless it is healthy", ""),
        ("delete the config of todo-backend", ""),
        ("kubectl delete deploy todo-backend --frobnicate", ""),
        ("kubectl scale deploy todo-backend --replicas=3 --timeout=1m", ""),
        ("restart backend somewhere nice", ""),
        ("delete payments from shop", "delete payments -n shop"),
        ("restart payments on shop", "restart payments -n shop"),
        ("delete payments from shop only if it is broken", ""),
    ] {
        assert_eq!(suggested(say), offered, "{say}");
    }
}

#[test]
fn a_question_is_not_answered_by_something_to_be_made_or_changed() {
    for say in ["is newu-web running", "why is it slow", "is the shop open?"] {
        if let Resolution::Declined(declined) = understood(say) {
            let makes = declined.suggestions.iter().find(|request| {
                matches!(understood(request), Resolution::Clear(intents)
                    if intents.iter().any(|intent| playbooks().get(&intent.playbook).unwrap().changes()))
            });
            assert_eq!(makes, None, "{say}");
        }
    }
}

/// A hint that is pasted means the same object.
#[test]
fn choices_and_suggestions_name_the_place() {
    let cases = [
        ("restart payments", vec!["restart deployment/payments -n shop"]),
        (
            "scale payments --context minikube",
            vec!["scale deployment/payments -n shop --context minikube"],
        ),
        (
            "sacle backend to 3 -n todo --context minikube",
            vec!["scale deployment/todo-backend to 3 -n todo --context minikube"],
        ),
        ("scale payments to about 4 -n shop", vec!["scale payments to 4 -n shop"]),
    ];
    for (say, requests) in cases {
        assert_eq!(asked(say).1, requests, "{say}");
    }
    let Resolution::Declined(declined) = understood("restart payments -n shop and mail me") else {
        panic!("acted on")
    };
    assert_eq!(declined.suggestions[0], "restart payments -n shop");
}

/// The name and the value of each clause, before any name is looked up.
fn said(request: &str) -> String {
    let FirstReading::Understood { readings, .. } = Understand::new(playbooks()).first(request) else {
        return "not understood".to_owned();
    };
    let one = |reading: &Reading| {
        let value = |mention: &SlotMention| match mention {
            SlotMention::Name { said, .. } | SlotMention::Text(said) => said.clone(),
            SlotMention::Count(Amount::Exactly(count)) => count.to_string(),
            other => format!("{other:?}"),
        };
        reading.slots.values().map(value).collect::<Vec<_>>().join("=")
    };
    readings.iter().map(one).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_name_without_a_value_of_its_own_takes_the_next() {
    let cases = [
        ("scale cart to 3, redis and web to 4", "3=cart 4=redis 4=web"),
        ("scale cart, redis to 3 and web, db to 4", "3=cart 3=redis 4=web 4=db"),
        ("scale cart to 3, redis, web and db to 4", "3=cart 4=redis 4=web 4=db"),
        ("scale cart to 3 replicas and redis and web to 4 replicas", "3=cart 4=redis 4=web"),
        ("scale cart up to 3 and redis and web up to 4", "3=up=cart 4=up=redis 4=up=web"),
        ("scale cart and redis to 3", "3=cart 3=redis"),
        ("scale cart to 3 and redis", "3=cart 3=redis"),
    ];
    for (request, meaning) in cases {
        assert_eq!(said(request), meaning, "{request}");
    }
}

#[test]
fn what_is_in_none_of_several_places_is_asked_about() {
    let (text, choices) = asked("scale backend to 3 in todo; scale backend to 4 and payments to 2 in shop");
    assert_eq!(text, "In which namespace is the rest of it meant?");
    let expected =
        ["todo", "shop"].map(|place| format!("scale backend to 3 in todo; scale backend to 4 in {place}; scale payments to 2 -n shop"));
    assert_eq!(choices, expected);
}

/// "web" is a word for the frontend elsewhere.
#[test]
fn a_name_that_is_given_to_what_is_made_stands_for_nothing_else_in_that_request() {
    let cases = [
        ("restart web", "restart(workload=todo-frontend)"),
        (
            "create deployment web with image nginx:1.27 and scale web to 3",
            "declines unknown-name",
        ),
        (
            "create deployment web2 with image nginx:1.27 and restart the backend",
            "create-deployment(image=nginx:1.27, name=web2) + restart(workload=todo-backend)",
        ),
    ];
    assert_eq!(table(&cases), "");
}

/// Of a context and a namespace of one name the namespace is meant where objects are named.
#[test]
fn a_namespace_that_is_called_as_the_context_is_a_namespace() {
    let mut inventory = sample::inventory();
    inventory.place.context = "shop".to_owned();
    for say in ["restart payments -n shop", "kubectl -n shop rollout restart deploy/payments"] {
        let understand = Understand::new(playbooks());
        let FirstReading::Understood { readings, .. } = understand.first(say) else {
            panic!("{say}")
        };
        let Resolution::Clear(intents) = understand.resolve(&readings, &inventory) else {
            panic!("{say}")
        };
        let object = intents
            .iter()
            .flat_map(|intent| intent.slots.values())
            .find_map(|value| match value {
                SlotValue::Object(object) => object.namespace.clone(),
                _ => None,
            });
        assert_eq!(object.as_deref(), Some("shop"), "{say}");
    }
}

#[test]
fn commands_that_are_built_are_told_what_they_need() {
    let reason = |say: &str| match understood(say) {
        Resolution::Declined(declined) => declined.why.unwrap_or_default(),
        other => told(&other),
    };
    assert_eq!(
        reason("kubectl rollout restart"),
        "As a command it is `kubectl rollout restart WORKLOAD`"
    );
    assert_eq!(reason("kubectl label pods"), "As a command it is `kubectl label OBJECT SET`");
    let nobody = "Nothing in namespace todo is called etcd.example.com; there: todo-backend, todo-frontend";
    assert_eq!(reason("kubectl logs etcd.example.com"), nobody);
    assert_eq!(reason("kubectl drain minikube"), "`kubectl drain minikube` is not built yet");
}

//! Requests that could mean two things, or name what they do not say: nothing is changed on a guess, and what is clear is done.

use todo_agent::domain::{
    intent::{Resolution, SlotValue},
    inventory::Inventory,
};

use super::{
    playbooks::{told, understood_in},
    sample,
};

/// The todo app with a cart and its cache beside it.
fn shop() -> Inventory {
    let mut inventory = sample::inventory();
    inventory
        .items
        .push(sample::workload("todo", "cart", "cart", &[("main", "cart:v1")]));
    inventory
        .items
        .push(sample::workload("todo", "web-2", "shop", &[("main", "web:v1")]));
    inventory
}

fn table(cases: &[(&str, &str)]) -> String {
    let told = |say: &str| told(&understood_in(say, &shop()));
    let wrong = cases.iter().filter(|(say, wanted)| told(say) != **wanted);
    wrong
        .map(|(say, wanted)| format!("\n{say}\n  wanted {wanted}\n  got    {}", told(say)))
        .collect()
}

fn question(say: &str) -> String {
    match understood_in(say, &shop()) {
        Resolution::Ask(question) => question.text,
        other => panic!("{say}: {}", told(&other)),
    }
}

#[test]
fn a_question_mark_at_the_end_doubts_what_shares_a_verb() {
    assert_eq!(question("restart cart! and web-2?"), "Restart cart, then restart web-2 now?");
    assert_eq!(
        table(&[("restart cart! and web-2!", "restart(workload=cart) + restart(workload=web-2)")]),
        ""
    );
}

#[test]
fn of_two_versions_neither_is_taken_and_what_runs_now_is_no_new_version() {
    let cases = [
        ("update cart to v2/v3", "asks image"),
        ("update cart to v2-or-v3", "asks image"),
        ("update cart to v2-v3", "asks image"),
        ("update cart to v2-rc1", "set-image(image=cart:v2-rc1, workload=cart)"),
        ("update cart from v2", "asks image"),
        ("set the image of cart from nginx:1.27", "asks image"),
        ("update cart from v1 to v2", "set-image(image=cart:v2, workload=cart)"),
        (
            "update cart from version v1 to version v2",
            "set-image(image=cart:v2, workload=cart)",
        ),
        (
            "change the image of cart from cart:v1 to cart:v2",
            "set-image(image=cart:v2, workload=cart)",
        ),
        ("bump cart from v0 to v1", "set-image(image=cart:v1, workload=cart)"),
        ("set image of cart to logo.png", "declines bad-value: logo.png"),
        ("keep cart image cart:v2", "declines not-understood: cart | cart:v2"),
    ];
    assert_eq!(table(&cases), "");
    assert_eq!(
        question("update cart from v2 to v3"),
        "cart runs cart:v1, not v2. Set the image of cart to version v3?"
    );
}

#[test]
fn the_value_that_a_variable_has_is_looked_at_before_it_is_changed() {
    for say in [
        "change LOG_LEVEL from info to debug on cart",
        "change LOG_LEVEL on cart from info to debug",
        "switch the LOG_LEVEL of cart from info to debug",
        "set env LOG_LEVEL from info to debug on deployment/cart",
    ] {
        let Resolution::Clear(intents) = understood_in(say, &shop()) else {
            panic!("{say}");
        };
        let Some(SlotValue::Env(env)) = intents[0].slots.get("env") else {
            panic!("{say}");
        };
        let [change] = env.as_slice() else { panic!("{say}: {env:?}") };
        assert_eq!(
            (change.name.as_str(), change.value.as_deref(), change.from.as_deref()),
            ("LOG_LEVEL", Some("debug"), Some("info")),
            "{say}"
        );
    }
    assert_eq!(
        question("change LOG_LEVEL from info to debug"),
        "Set env LOG_LEVEL from info to debug on which workload?"
    );
}

#[test]
fn a_value_belongs_to_what_stands_before_it() {
    let cases = [
        (
            "cart 3 replicas and web-2 and backend 4 replicas",
            "scale(replicas=3, workload=cart) + scale(replicas=4, workload=web-2) + scale(replicas=4, workload=todo-backend)",
        ),
        (
            "set LOG_LEVEL on cart to debug and on web-2 and backend to warn",
            "set-env(env=LOG_LEVEL=debug, workload=cart) + set-env(env=LOG_LEVEL=warn, workload=web-2) + set-env(env=LOG_LEVEL=warn, workload=todo-backend)",
        ),
        (
            "remove DEBUG from the cart and OLD_VAR from the frontend",
            "set-env(env=DEBUG-, workload=cart) + set-env(env=OLD_VAR-, workload=todo-frontend)",
        ),
    ];
    assert_eq!(table(&cases), "");
}

#[test]
fn an_article_of_nothing_may_be_a_name() {
    let cases = [
        ("set a on cart to 3", "declines not-understood: a"),
        ("make A 3 on cart", "declines not-understood: A"),
        ("scale cart a 3", "declines not-understood: a"),
        ("restart cart the", "declines not-understood: the"),
        ("scale cart, my to 3", "declines not-understood: my to 3"),
        ("set A to 3 on cart", "declines not-understood: A"),
        ("set LOG_LEVEL to (debug) on cart", "declines not-understood: debug"),
        ("set LOG_LEVEL to \"debug\" on cart", "set-env(env=LOG_LEVEL=debug, workload=cart)"),
        ("set A=\"a\"b on cart", "declines not-understood: A=\"a\"b"),
    ];
    assert_eq!(table(&cases), "");
}

#[test]
fn what_somebody_sees_is_no_order() {
    let cases = [
        ("3 running cart pods", "declines not-understood: running"),
        ("cart 3 replicas running", "declines not-understood: running"),
        ("three replicas of cart run", "declines not-understood: run"),
        ("up to 3 replicas for cart", "declines not-understood: up"),
        ("cart * 3 replicas", "declines not-understood: *"),
        ("cart ... 3 replicas", "declines not-understood: ..."),
        ("name: restart cart", "declines not-understood: name:"),
        ("restart cart or the like", "declines not-understood: or the like"),
        ("run 3 cart pods", "scale(replicas=3, workload=cart)"),
    ];
    assert_eq!(table(&cases), "");
}

#[test]
fn one_that_is_counted_is_not_so_many() {
    let cases = [
        ("remove replica number 2", "declines not-understood: replica number 2"),
        ("remove replica number 2 of cart", "declines not-understood: replica number 2"),
        ("set the replica number of cart to 2", "scale(replicas=2, workload=cart)"),
        ("double double the cart", "asks replicas"),
        ("add twice as many cart replicas", "asks replicas"),
        ("twice as many cart replicas", "scale(replicas=x2, workload=cart)"),
    ];
    assert_eq!(table(&cases), "");
}

#[test]
fn it_and_both_are_asked_about_where_they_could_be_others() {
    let cases = [
        ("restart backend and cart and web-2, then scale both to 3", "asks workload"),
        ("restart backend, cart and web-2 and restart both", "asks workload"),
        ("restart backend and cart and scale all three to 3", "asks workload"),
        ("restart backend and cart and scale it to 3", "asks workload"),
        (
            "restart backend and cart and scale both to 3",
            "restart(workload=todo-backend) + restart(workload=cart) + scale(replicas=3, workload=todo-backend) + scale(replicas=3, workload=cart)",
        ),
        (
            "scale backend and cart to 3 and restart the former",
            "scale(replicas=3, workload=todo-backend) + scale(replicas=3, workload=cart) + restart(workload=todo-backend)",
        ),
        (
            "scale backend and cart to 3 and restart the latter",
            "scale(replicas=3, workload=todo-backend) + scale(replicas=3, workload=cart) + restart(workload=cart)",
        ),
    ];
    assert_eq!(table(&cases), "");
}

#[test]
fn a_name_of_two_roles_in_one_word_is_another_name() {
    let cases = [
        ("restart deployment backend-api", "declines unknown-name: backend-api"),
        ("restart the backend api", "restart(workload=todo-backend)"),
        ("restart the api-server", "restart(workload=todo-backend)"),
    ];
    assert_eq!(table(&cases), "");
}

#[test]
fn names_side_by_side_are_each_meant_where_they_are_whole_names() {
    let cases = [
        (
            "restart todo-backend web-2",
            "restart(workload=todo-backend) + restart(workload=web-2)",
        ),
        ("restart cart web-2", "asks workload"),
        ("restart \"cart web-2\"", "asks workload"),
        (
            "scale todo-backend todo-frontend to 3",
            "scale(replicas=3, workload=todo-backend) + scale(replicas=3, workload=todo-frontend)",
        ),
        ("logs of cart web-2", "logs(workload=cart) + logs(workload=web-2)"),
        ("restart cart's web-2", "asks workload"),
        ("restart backend frontend", "asks workload"),
        ("restart the backend ui", "asks workload"),
        ("restart cart blah", "declines not-understood: blah"),
        ("remove DEBUG and cart", "declines not-understood: cart"),
        ("run cart:v2 and cart", "declines not-understood: cart"),
    ];
    assert_eq!(table(&cases), "");
    assert_eq!(question("restart backend frontend"), "Is that todo-backend and todo-frontend?");
}

#[test]
fn who_wrote_it_is_no_part_of_a_request() {
    let restarted = "restart(workload=cart)";
    let cases = [
        ("restart the cart. Thanks, Bob", restarted),
        ("restart the cart\n\nThanks,\nBob Smith", restarted),
        ("Hi team,\nplease restart the cart.\nBest regards,\nAnna-Lena", restarted),
        ("restart the cart. Best,\nBob", restarted),
        ("restart the cart\n-- \nBob\nAcme Corp", restarted),
        ("Could you restart the cart? Have a nice day", restarted),
        ("restart the cart\n--\nnot today", "declines not-understood: today"),
        (
            "restart the cart, thanks, web-2",
            "restart(workload=cart) + restart(workload=web-2)",
        ),
        ("restart the cart. Thanks, Web-2 to 3", "asks guess"),
    ];
    assert_eq!(table(&cases), "");
}

#[test]
fn clear_requests_are_done() {
    let cases = [
        (
            "replace the image of cart with nginx:1.27",
            "set-image(image=nginx:1.27, workload=cart)",
        ),
        ("replace image of cart by cart:v2", "set-image(image=cart:v2, workload=cart)"),
        ("UNSET DEBUG ON CART", "set-env(env=DEBUG-, workload=cart)"),
        ("unset DEBUG and FOO on cart", "set-env(env=DEBUG- FOO-, workload=cart)"),
        ("set env cart DEBUG-", "set-env(env=DEBUG-, workload=cart)"),
        ("show LOG_LEVEL of cart", "describe(environment=true, object=cart)"),
        ("what is LOG_LEVEL on cart?", "describe(environment=true, object=cart)"),
        ("does the cart work?", "health(of=cart)"),
        ("check on the cart", "health(of=cart)"),
        ("does everything work?", "health()"),
        ("what do we have here?", "overview()"),
        ("kick off a restart of the cart", "restart(workload=cart)"),
        ("may i ask you to restart the cart", "restart(workload=cart)"),
    ];
    assert_eq!(table(&cases), "");
}

#[test]
fn all_the_rest_is_nothing_that_is_called_rest() {
    let mut inventory = shop();
    inventory
        .items
        .push(sample::workload("todo", "rest", "rest", &[("main", "rest:v1")]));
    let told = |say: &str| told(&understood_in(say, &inventory));
    assert_eq!(told("delete all the rest"), "declines not-understood: all the rest");
    assert_eq!(told("restart deployment rest"), "restart(workload=rest)");
}

#[test]
fn what_is_made_in_a_namespace_of_the_same_request_is_asked_for_later() {
    let Resolution::Declined(declined) = understood_in("create namespace st and then create deployment x with image nginx in st", &shop())
    else {
        panic!("the namespace is not there yet")
    };
    let why = "Namespace st is only made by this request: ask for the rest once it is there";
    assert_eq!(declined.why.as_deref(), Some(why));
    assert_eq!(declined.suggestions, ["create namespace st"]);
}

#[test]
fn a_number_beside_a_version_with_a_v_is_asked_about() {
    let cases = [
        ("update cart to version 2", "asks image"),
        ("roll out version 2 of cart", "asks image"),
        ("update cart to v2", "set-image(image=cart:v2, workload=cart)"),
        ("set the image of cart to cart:2", "set-image(image=cart:2, workload=cart)"),
        ("update cart to version 1.4.2", "set-image(image=cart:1.4.2, workload=cart)"),
    ];
    assert_eq!(table(&cases), "");
    assert_eq!(question("update cart to version 2"), "cart runs v1. Which version?");
}

#[test]
fn the_kind_that_is_said_once_is_that_of_every_name_behind_it() {
    let services = "delete(object=todo-backend) + delete(object=todo-frontend)";
    let of = |say: &str| match understood_in(say, &shop()) {
        Resolution::Clear(intents) => intents
            .iter()
            .flat_map(|intent| intent.slots.values())
            .filter_map(|value| match value {
                SlotValue::Object(object) => Some(object.kind.kind.clone()),
                _ => None,
            })
            .collect::<Vec<_>>()
            .join(" "),
        other => told(&other),
    };
    assert_eq!(table(&[("delete services todo-backend and todo-frontend", services)]), "");
    assert_eq!(of("delete services todo-backend and todo-frontend"), "Service Service");
    assert_eq!(
        of("delete services todo-backend, todo-frontend and cart"),
        "Service Service Service"
    );
    assert_eq!(of("delete service todo-backend and service todo-frontend"), "Service Service");
    assert_eq!(of("describe configmap app-config and app-env"), "ConfigMap ConfigMap");
    assert!(of("delete service todo-backend and todo-frontend").starts_with("asks"));
    assert!(of("delete service web-a, configmap web-b and web-c").starts_with("asks"));
    assert_eq!(of("restart deployment cart and todo-frontend"), "Deployment Deployment");
}

#[test]
fn a_plural_behind_several_names_is_the_kind_of_all_of_them() {
    let home = crate::run::Home::new();
    let titles = |words: &str| {
        let told = home.run(&["--dry-run", words]);
        let lines = told
            .out
            .lines()
            .filter(|line| line.starts_with("  delete "))
            .map(|line| line.split("   ").next());
        lines.flatten().map(str::to_owned).collect::<Vec<_>>()
    };
    let both = ["  delete service/todo-backend", "  delete service/todo-frontend"];
    assert_eq!(titles("delete the todo-backend and todo-frontend services"), both);
    assert_eq!(titles("delete services todo-backend and todo-frontend"), both);
    let asked = home.run(&["--dry-run", "delete the backend and frontend services"]);
    assert!(asked.err.contains("delete service/todo-backend"), "{asked:?}");
    assert!(!asked.err.contains("deployment/"), "{asked:?}");
}

#[test]
fn a_workload_behind_in_is_no_namespace() {
    let cases = [
        ("show the logs of post in the backend", "declines not-understood: post"),
        ("set image nginx in the backend", "declines not-understood: nginx"),
        ("show the logs of post -n backend", "declines unknown-name: backend"),
        ("show the logs of post in namespace backend", "declines unknown-name: backend"),
        ("restart cart in prod", "declines unknown-name: prod"),
        ("restart cart in the backend", "declines unknown-name: backend"),
        ("use it in the backend", "declines not-built: use it in the backend"),
    ];
    assert_eq!(table(&cases), "");
    let Resolution::Declined(declined) = understood_in("show the logs of post in the backend", &shop()) else {
        panic!("post is nothing")
    };
    assert_eq!(declined.suggestions, ["show the logs of deployment/todo-backend"]);
    let Resolution::Declined(declined) = understood_in("grep POST in backend logs", &shop()) else {
        panic!("nothing is searched in logs")
    };
    assert_eq!(
        declined.suggestions,
        ["show the logs of backend", "show the errors in the logs of backend"]
    );
}

#[test]
fn an_amount_is_asked_to_be_a_limit_or_a_request() {
    for (say, text, requests) in [
        (
            "give the backend 512Mi memory",
            "512Mi memory as a limit or as a request?",
            [
                "set limit memory 512Mi of deployment/todo-backend",
                "set request memory 512Mi of deployment/todo-backend",
                "set limit request memory 512Mi of deployment/todo-backend",
            ],
        ),
        (
            "give cart 1 cpu and 256Mi memory",
            "1 cpu and 256Mi memory as a limit or as a request?",
            [
                "set limit cpu 1 memory 256Mi of deployment/cart",
                "set request cpu 1 memory 256Mi of deployment/cart",
                "set limit request cpu 1 memory 256Mi of deployment/cart",
            ],
        ),
    ] {
        let Resolution::Ask(question) = understood_in(say, &shop()) else {
            panic!("{say}")
        };
        let offered: Vec<String> = question
            .choices
            .into_iter()
            .map(|choice| choice.request)
            .chain(question.together)
            .collect();
        assert_eq!((question.text.as_str(), offered), (text, requests.map(str::to_owned).to_vec()));
        for request in requests {
            assert!(matches!(understood_in(request, &shop()), Resolution::Clear(_)), "{request}");
        }
    }
}

#[test]
fn a_list_of_something_without_a_kind_offers_kinds() {
    let Resolution::Ask(question) = understood_in("list of deployment/cart", &shop()) else {
        panic!("what is listed was not said")
    };
    let requests: Vec<String> = question.choices.into_iter().map(|choice| choice.request).collect();
    assert_eq!(requests, ["list pods of deployment/cart", "list services of deployment/cart"]);
}

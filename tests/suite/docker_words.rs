//! Requests for a Docker Engine beside those for a cluster: which is meant, and that nothing is done on a guess.

use proptest::prelude::*;
use todo_agent::{
    domain::{intent::Resolution, reading::FirstReading},
    stages::understand::Understand,
};

use super::playbooks::{playbooks, told, understood};

fn wrong(cases: &[(&str, &str)]) -> String {
    let differs = |wanted: &str, told: &str| match wanted {
        "asks" | "declines" => !told.starts_with(wanted),
        _ => told != wanted,
    };
    cases
        .iter()
        .filter_map(|(say, wanted)| {
            let told = told(&understood(say));
            differs(wanted, &told).then(|| format!("\n{say}\n  wanted {wanted}\n  got    {told}"))
        })
        .collect()
}

#[test]
fn docker_is_meant_where_the_words_say_so_and_a_cluster_where_they_do_not() {
    let cases = [
        ("restart backend", "restart(workload=todo-backend)"),
        ("show logs of backend", "logs(workload=todo-backend)"),
        ("restart the backend container", "docker-restart(container=todo-backend)"),
        ("show the logs of container todo-backend", "docker-logs(container=todo-backend)"),
        ("docker logs todo-backend", "docker-logs(container=todo-backend)"),
        (
            "show the logs of container payments of payments in shop",
            "logs(container=payments, workload=shop/payments)",
        ),
        ("what image does the backend use", "describe(containers=true, object=todo-backend)"),
        (
            "set the image of backend to todo-backend:v2",
            "set-image(image=todo-backend:v2, workload=todo-backend)",
        ),
        ("list pods", "list(kind=pods)"),
        ("list persistent volumes", "list(kind=persistentvolumes)"),
        ("list docker volumes", "docker-volumes()"),
        (
            "which containers run in the backend pod",
            "describe(object=todo-backend-5f7c9d8b6-x8k2p)",
        ),
        ("kubectl get pods", "list(kind=pods)"),
    ];
    assert_eq!(wrong(&cases), "");
}

#[test]
fn of_an_image_with_several_names_none_is_taken_away_by_guess() {
    let cases = [
        ("remove the image lantern", "asks"),
        ("docker rmi 5e7a90", "asks"),
        ("docker rmi lantern:1", "docker-remove(object=lantern:1)"),
        ("docker inspect 5e7a90", "docker-inspect(object=lantern:1)"),
    ];
    assert_eq!(wrong(&cases), "");
}

#[test]
fn the_command_that_does_the_same_says_all_that_is_done() {
    let same = |say: &str| match understood(say) {
        Resolution::Clear(intents) => playbooks()
            .get(&intents[0].playbook)
            .unwrap()
            .equivalent(&intents[0], None)
            .join(" && "),
        other => told(&other),
    };
    let cases = [
        ("run the image nginx:1.27", "docker run -d nginx:1.27"),
        ("docker run -d -p 80:80 nginx:1.27", "docker run -d -p 80:80 nginx:1.27"),
        ("docker run nginx:1.27", "docker run -d nginx:1.27"),
        ("docker run -dit busybox:1.36 sh", "docker run -d -i -t busybox:1.36 sh"),
        ("docker run -d --rm nginx:1.27", "docker run -d --rm nginx:1.27"),
        ("docker run --rm busybox:1.36 echo hi", "docker run --rm busybox:1.36 echo hi"),
        (
            "docker build --build-arg A=1 --build-arg TOKEN --target run -t x:1 .",
            "docker build -t x:1 --target run --build-arg A=1 --build-arg TOKEN .",
        ),
    ];
    let wrong: String = cases
        .iter()
        .filter(|(say, wanted)| same(say) != *wanted)
        .map(|(say, wanted)| format!("\n{say}\n  wanted {wanted}\n  got    {}", same(say)))
        .collect();
    assert_eq!(wrong, "");
}

#[test]
fn several_of_an_engine_are_all_done_or_none() {
    let cases = [
        (
            "stop container web and container db",
            "docker-stop(container=web) + docker-stop(container=db)",
        ),
        (
            "stop container web, then start container todo-frontend",
            "docker-stop(container=web) + docker-start(container=todo-frontend)",
        ),
        (
            "stop container web and then remove it",
            "docker-stop(container=web) + docker-remove(object=web)",
        ),
        ("docker stop web db", "docker-stop(container=web) + docker-stop(container=db)"),
        (
            "docker stop web && docker rm web",
            "docker-stop(container=web) + docker-remove(object=web)",
        ),
        (
            "stop all containers",
            "docker-stop(container=web) + docker-stop(container=todo-backend) + docker-stop(container=db)",
        ),
        ("stop container web or container db", "asks"),
        ("stop container web and mail me", "declines"),
        ("stop container web and scale backend to 3", "declines"),
        ("docker stop web && kubectl get pods", "declines"),
        ("docker rm $(docker ps -aq)", "declines"),
        ("remove all containers", "declines"),
        ("remove every image", "declines"),
        ("stop all containers except web", "declines"),
        ("stop the containers", "asks"),
        ("docker stop", "declines"),
        ("stop container", "asks"),
    ];
    assert_eq!(wrong(&cases), "");
}

/// Requests that change something on an engine.
const CHANGES: [&str; 10] = [
    "stop container web",
    "start the container todo-frontend",
    "restart the docker container web",
    "kill container web",
    "remove container todo-frontend",
    "tag image nginx:1.27 as web:1",
    "run the docker image nginx:1.27",
    "build the image todo-backend:v3 from ./backend",
    "remove all stopped containers",
    "clean up docker",
];

fn is_change(say: &str) -> bool {
    matches!(understood(say), Resolution::Clear(intents) if intents.iter().any(|intent| playbooks().get(&intent.playbook).unwrap().changes()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_negation_or_hypothesis_in_front_never_changes_an_engine(
        base in prop::sample::select(&CHANGES[..]),
        before in prop::sample::select(&["don't ", "do not ", "never ", "please don't ", "dont ", "do NOT ", "you must not ", "how would I ", "how do i ", "what if I ", "should I ", "can you explain how to ", "what happens if i ", "i don't want you to ", "no, don't ", "why should we ", "is it safe to ", "can i ", "maybe "][..]),
    ) {
        prop_assert!(is_change(base), "{}", base);
        let said = format!("{before}{base}");
        prop_assert!(!is_change(&said), "{}", said);
        prop_assert!(!is_change(&said.to_uppercase()), "{}", said);
    }

    #[test]
    fn a_word_more_never_goes_unnoticed_on_an_engine(base in prop::sample::select(&CHANGES[..]), word in "[a-z]{5,12}") {
        let docker = playbooks();
        let lexicon = &docker.docker().unwrap().lexicon();
        prop_assume!(lexicon.find(&word).is_none() && lexicon.correct(&word).is_none() && playbooks().lexicon().find(&word).is_none());
        prop_assert!(!is_change(&format!("{base} {word}")), "{}", word);
        prop_assert!(!is_change(&format!("{base} and {word} something")), "{}", word);
    }

    #[test]
    fn an_unknown_name_never_changes_another_object(name in "[a-z]{4,12}(-[a-z]{2,8})?", verb in prop::sample::select(&["stop container NAME", "docker stop NAME", "remove the container NAME", "docker rm NAME", "kill the NAME container", "docker restart NAME", "start container NAME"][..])) {
        let all = playbooks();
        let lexicon = &all.docker().unwrap().lexicon();
        prop_assume!(name.split('-').all(|part| lexicon.find(part).is_none()) && lexicon.find(&name).is_none());
        prop_assume!(!["todo", "backend", "frontend", "web", "db", "old"].iter().any(|known| name.contains(known)));
        prop_assume!(!name.bytes().all(|b| b.is_ascii_hexdigit()));
        prop_assert!(!is_change(&verb.replace("NAME", &name)), "{}", name);
    }

    #[test]
    fn random_docker_lines_never_panic(words in prop::collection::vec(prop::sample::select(&["docker", "gordon", "ps", "-a", "logs", "-f", "--tail", "20", "web", "run", "-p", "8080:80", "-e", "A=1", "--name", "build", "-t", "x:1", ".", "the", "container", "image", "stop", "prune", "-", "--", "=", "-eA", "|", "$(x)", "\"", "'", "&&", ";", "volume", "rm"][..]), 0..14)) {
        let _ = understood(&words.join(" "));
    }
}

#[test]
fn a_name_that_was_typed_is_known_before_anything_is_looked_up() {
    let literal = |say: &str| {
        let FirstReading::Understood { needs, .. } = Understand::new(playbooks()).first(say) else {
            panic!("{say}")
        };
        needs.engine.unwrap().literal
    };
    let said = [
        "docker inspect web",
        "inspect the web container",
        "docker stop web api",
        "docker ps",
    ];
    assert_eq!(said.map(literal), [Some("web".to_owned()), None, None, None]);
}

#[test]
fn what_is_suggested_for_an_engine_is_understood_as_that() {
    for (say, playbook) in [
        ("docker rm todo-backen", "docker-remove"),
        ("docker rmi busybox:1.3", "docker-remove"),
        ("docker network rm todo-ne", "docker-remove"),
        ("docker volume rm pgdat", "docker-remove"),
        ("docker inspect todo-fronten", "docker-inspect"),
        ("docker stop todo-backen", "docker-stop"),
    ] {
        let Resolution::Declined(declined) = understood(say) else {
            panic!("{say}")
        };
        assert!(!declined.suggestions.is_empty(), "{say}");
        for suggestion in &declined.suggestions {
            let Resolution::Clear(intents) = understood(suggestion) else {
                panic!("{say}: {suggestion}")
            };
            assert_eq!(intents[0].playbook, playbook, "{say}: {suggestion}");
        }
    }
}

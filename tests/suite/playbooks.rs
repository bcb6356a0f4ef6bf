//! Every playbook explains itself: its phrases and its cases are understood as this playbook and as no other.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::Value;
use todo_agent::{
    domain::{
        intent::{Amount, DeclinedReason, Intent, Resolution, SlotValue},
        inventory::Inventory,
        reading::FirstReading,
    },
    fallbacks::{Case, Playbooks, SlotType},
    stages::understand::Understand,
};

use super::{sample, sample_engine};

pub(super) fn playbooks() -> Arc<Playbooks> {
    static ALL: std::sync::OnceLock<Arc<Playbooks>> = std::sync::OnceLock::new();
    ALL.get_or_init(|| Arc::new(Playbooks::load(&[]).unwrap())).clone()
}

pub(super) fn understood_in(text: &str, inventory: &Inventory) -> Resolution {
    let understand = Understand::new(playbooks());
    match understand.first(text) {
        // What is only shown is not done.
        FirstReading::Understood { readings, .. } if readings.iter().any(|reading| reading.preview) => {
            Resolution::Declined(todo_agent::domain::intent::Declined {
                reason: DeclinedReason::Hypothetical,
                understood: None,
                why: None,
                unexplained: Vec::new(),
                suggestions: Vec::new(),
                teaches: Vec::new(),
            })
        }
        FirstReading::Understood { readings, needs } if needs.engine.is_some() => understand.resolve(&readings, &sample_engine::engine()),
        FirstReading::Understood { readings, .. } => understand.resolve(&readings, inventory),
        FirstReading::Ask(question) => Resolution::Ask(question),
        FirstReading::Imagined { declined, .. } | FirstReading::Declined(declined) => Resolution::Declined(declined),
    }
}

pub(super) fn understood(text: &str) -> Resolution {
    understood_in(text, &sample::inventory())
}

/// One line that says what a request came to.
pub(super) fn told(resolution: &Resolution) -> String {
    match resolution {
        Resolution::Clear(intents) => intents.iter().map(one).collect::<Vec<_>>().join(" + "),
        Resolution::Ask(question) => format!("asks {}", question.slots.join(" ")),
        Resolution::Declined(declined) => {
            let mut text = format!("declines {}", reason(declined.reason));
            if !declined.unexplained.is_empty() {
                text += &format!(": {}", declined.unexplained.join(" | "));
            }
            text
        }
    }
}

fn reason(reason: DeclinedReason) -> String {
    serde_json::to_value(reason).unwrap().as_str().unwrap().to_owned()
}

fn one(intent: &Intent) -> String {
    let slots: Vec<String> = intent
        .slots
        .iter()
        .filter(|(name, _)| *name != "tool")
        .map(|(name, value)| format!("{name}={}", plain(value)))
        .collect();
    format!("{}({})", intent.playbook, slots.join(", "))
}

fn plain(value: &SlotValue) -> String {
    match value {
        SlotValue::Object(object) => match object.namespace.as_deref() {
            Some(namespace) if namespace != "todo" => format!("{namespace}/{}", object.name),
            _ => object.name.clone(),
        },
        SlotValue::Kind(kind) => kind.plural.clone(),
        SlotValue::Count(Amount::Exactly(count)) => count.to_string(),
        SlotValue::Count(Amount::By(delta)) => format!("{delta:+}"),
        SlotValue::Count(Amount::Times(num, 1)) => format!("x{num}"),
        SlotValue::Count(Amount::Times(num, den)) => format!("{num}/{den}"),
        SlotValue::Text(text) => text.clone(),
        SlotValue::Number(number) | SlotValue::Seconds(number) => number.to_string(),
        SlotValue::Flag(flag) => flag.to_string(),
        SlotValue::Words(words) => words.join(" "),
        SlotValue::Env(env) => {
            let one = |c: &todo_agent::domain::intent::EnvChange| {
                c.value
                    .as_ref()
                    .map_or(format!("{}-", c.name), |value| format!("{}={value}", c.name))
            };
            env.iter().map(one).collect::<Vec<_>>().join(" ")
        }
        SlotValue::Scope(scope) if scope.all_namespaces => "all".to_owned(),
        SlotValue::Scope(scope) => scope
            .selector
            .clone()
            .unwrap_or_else(|| format!("namespace {}", scope.namespace.clone().unwrap_or_default())),
    }
}

/// What a case says it must come to, written as [`told`] writes it.
fn expected(intent: &str, case: &Case) -> String {
    if let Some(slots) = &case.asks {
        return format!("asks {}", slots.join(" "));
    }
    if let Some(reason) = &case.declines {
        return format!("declines {reason}");
    }
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let means = case.means.clone().unwrap_or_default();
    let slots: Vec<String> = means.iter().map(|(name, value)| format!("{name}={}", text(value))).collect();
    format!("{intent}({})", slots.join(", "))
}

/// `asks: []` is satisfied by any question, `declines: any` by any refusal; what is unexplained is told but not compared.
fn differs(expected: &str, told: &str) -> bool {
    match expected {
        "asks " => !told.starts_with("asks"),
        "declines any" => !told.starts_with("declines"),
        refused if refused.starts_with("declines") => told.split(':').next() != Some(refused),
        _ => told != expected,
    }
}

pub(super) fn mistakes(cases: impl Iterator<Item = (String, String)>) -> String {
    mistakes_in(cases, &sample::inventory())
}

pub(super) fn mistakes_in(cases: impl Iterator<Item = (String, String)>, inventory: &Inventory) -> String {
    cases
        .filter_map(|(say, expected)| {
            let told = told(&understood_in(&say, inventory));
            differs(&expected, &told).then(|| format!("\n{say}\n  wanted {expected}\n  got    {told}"))
        })
        .collect()
}

#[test]
fn every_case_is_understood_as_its_playbook_says() {
    let cases = Playbooks::cases().unwrap();
    assert!(
        cases.iter().all(|(_, cases)| cases.len() >= 25),
        "each playbook has at least 25 cases"
    );
    let all = cases
        .iter()
        .flat_map(|(intent, cases)| cases.iter().map(|case| (case.say.clone(), expected(intent, case))));
    assert_eq!(mistakes(all), "");
}

#[test]
fn every_refusal_is_refused() {
    let cases = Playbooks::refusals().unwrap();
    assert!(cases.len() >= 250, "{} refusals", cases.len());
    assert_eq!(mistakes(cases.iter().map(|case| (case.say.clone(), expected("", case)))), "");
}

#[test]
fn every_phrase_is_understood_as_its_own_playbook() {
    // Three run, so that "to 3" is neither more nor fewer.
    let mut settled = sample::inventory();
    for item in &mut settled.items {
        item.replicas = item.replicas.map(|_| (3, 3));
    }
    let mut wrong = String::new();
    for playbook in playbooks().all() {
        for phrase in &playbook.phrases {
            let mut say = phrase.text.clone();
            for slot in &playbook.slots {
                // What is removed has no value.
                let removes = matches!(slot.of, SlotType::Env | SlotType::Data)
                    && ["remove", "delete", "unset"].iter().any(|verb| say.starts_with(verb));
                let sample = match (removes, slot.beside.is_empty()) {
                    (true, true) => "LOG_LEVEL".to_owned(),
                    (true, false) => "tier-".to_owned(),
                    (false, _) => sample_of(slot),
                };
                say = say.replace(&format!("{{{}}}", slot.name), &sample);
            }
            if playbook.domain == "docker" {
                say += " in docker";
            }
            let mut told = told(&understood_in(&say, &settled));
            let open = |slot: &&todo_agent::fallbacks::Slot| slot.required && !phrase.text.contains(&format!("{{{}}}", slot.name));
            if told.starts_with("asks") {
                for slot in playbook.slots.iter().filter(open) {
                    say = format!("{say} {}", sample_of(slot));
                }
                told = self::told(&understood_in(&say, &settled));
            }
            if !told.starts_with(&format!("{}(", playbook.name)) {
                wrong += &format!("\n{}: {say}\n  got {told}", playbook.name);
            }
        }
    }
    assert_eq!(wrong, "");
}

fn sample_of(slot: &todo_agent::fallbacks::Slot) -> String {
    // What is known by the word beside it.
    let beside = slot.beside.first().map_or("", String::as_str);
    match slot.of {
        SlotType::Number if slot.required => return format!("{beside} 5"),
        SlotType::Text if slot.required => return format!("{beside} delete"),
        SlotType::Path if slot.required => return "app.yaml".to_owned(),
        SlotType::Name | SlotType::Namespace if slot.required => return "called demo".to_owned(),
        _ => {}
    }
    match slot.of {
        SlotType::Workload => "backend",
        // What is taken away is named by its very name.
        SlotType::Object => "todo-backend",
        SlotType::Kind => "pods",
        SlotType::Count => "to 3",
        SlotType::Image => "todo-backend:v2",
        SlotType::Env | SlotType::Data => "LOG_LEVEL=debug",
        SlotType::Scope => "in namespace shop",
        SlotType::Field => "imagePullPolicy",
        SlotType::DockerContainer | SlotType::DockerObject => "container web",
        SlotType::DockerImage => "image nginx:1.27",
        SlotType::DockerRef => "web:1",
        _ => "",
    }
    .to_owned()
}

/// What is said back can be typed as it stands and means the same.
#[test]
fn choices_and_suggestions_are_requests_that_work() {
    for say in [
        "scale todo to 3",
        "scale it",
        "restart it",
        "scale worker to 3",
        "scale bakend to 3",
        "show me the logs",
        "restart backend?",
        "scale backend",
        "update backend to v2 and mail me",
        "scale backend by two if it is slow",
    ] {
        let (choices, complete) = match understood(say) {
            Resolution::Ask(question) => (
                question.choices.into_iter().map(|choice| choice.request).collect(),
                question.slots.len() < 2,
            ),
            Resolution::Declined(declined) => (declined.suggestions, true),
            Resolution::Clear(_) => panic!("{say} is clear"),
        };
        assert!(!choices.is_empty(), "{say}");
        for choice in choices {
            let again = understood(&choice);
            assert!(
                matches!(again, Resolution::Clear(_)) || (!complete && matches!(again, Resolution::Ask(_))),
                "{say} → {choice} → {again:?}"
            );
        }
    }
}

#[test]
fn several_clauses_are_all_understood_or_none_is_done() {
    let cases = [
        (
            "scale backend and frontend to 3",
            "scale(replicas=3, workload=todo-backend) + scale(replicas=3, workload=todo-frontend)",
        ),
        (
            "scale backend to 3 and frontend to 2",
            "scale(replicas=3, workload=todo-backend) + scale(replicas=2, workload=todo-frontend)",
        ),
        (
            "restart backend, frontend",
            "restart(workload=todo-backend) + restart(workload=todo-frontend)",
        ),
        ("restart backend; list pods", "restart(workload=todo-backend) + list(kind=pods)"),
        (
            "scale backend to 3 and then restart it",
            "scale(replicas=3, workload=todo-backend) + restart(workload=todo-backend)",
        ),
        (
            "scale backend to 3, frontend to 2 and restart both",
            "scale(replicas=3, workload=todo-backend) + scale(replicas=2, workload=todo-frontend) + restart(workload=todo-backend) + restart(workload=todo-frontend)",
        ),
        (
            "restart backend and show its logs",
            "restart(workload=todo-backend) + logs(workload=todo-backend)",
        ),
        (
            "show logs and events of backend",
            "logs(workload=todo-backend) + events(of=todo-backend)",
        ),
        (
            "list pods and services in shop",
            "list(kind=pods, scope=namespace shop) + list(kind=services, scope=namespace shop)",
        ),
        (
            "kubectl get pods && kubectl rollout restart deploy/todo-backend",
            "list(kind=pods) + restart(workload=todo-backend)",
        ),
        ("kubectl get deploy,svc", "list(kind=deployments) + list(kind=services)"),
        (
            "scale backend to 3 and do the same for the frontend",
            "scale(replicas=3, workload=todo-backend) + scale(replicas=3, workload=todo-frontend)",
        ),
        ("scale backend to 3 and mail me", "declines not-understood: mail me"),
        (
            "scale backend to 3 and water the plants",
            "declines not-understood: water the plants",
        ),
        (
            "restart backend and delete todo-frontend",
            "restart(workload=todo-backend) + delete(object=todo-frontend)",
        ),
        ("restart backend and drain the node", "declines not-built: drain"),
    ];
    let wrong: String = cases
        .iter()
        .filter_map(|(say, wanted)| {
            let told = told(&understood(say));
            (told != *wanted).then(|| format!("\n{say}\n  wanted {wanted}\n  got    {told}"))
        })
        .collect();
    assert_eq!(wrong, "");
}

#[test]
fn a_pronoun_means_what_was_spoken_of_before() {
    let mut inventory = sample::inventory();
    inventory.recent = vec![vec![inventory.items[1].object.clone()]];
    assert_eq!(
        told(&understood_in("scale it to 3", &inventory)),
        "scale(replicas=3, workload=todo-frontend)"
    );
    assert_eq!(told(&understood("scale it to 3")), "asks workload");
}

#[test]
fn a_users_playbook_works_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let text = "intent: night\nsummary: Quiet at night\nrisk: change\nphrases: [night mode]\nsteps:\n  - scale: { workload: todo-backend, replicas: 1 }\nverify:\n  - replicas: { workload: todo-backend, equals: 1 }\n";
    std::fs::write(folder.path().join("night.yaml"), text).unwrap();
    let playbooks = Arc::new(Playbooks::load(&[folder.path().to_owned()]).unwrap());
    let understand = Understand::new(playbooks.clone());
    let FirstReading::Understood { readings, needs } = understand.first("night mode, please") else {
        panic!("not understood")
    };
    assert!(needs.workloads);
    let Resolution::Clear(intents) = understand.resolve(&readings, &sample::inventory()) else {
        panic!("not clear")
    };
    let night = playbooks.get("night").unwrap();
    let steps = night.steps(&intents[0]).unwrap();
    assert_eq!(
        serde_json::to_value(&steps).unwrap()[0]["scale"]["workload"]["name"],
        "todo-backend"
    );
    assert_eq!(serde_json::to_value(&steps).unwrap()[0]["scale"]["replicas"]["exactly"], 1);
    assert_eq!(night.conditions(&intents[0]).unwrap().len(), 1);
}

#[test]
fn every_intent_becomes_steps_and_conditions() {
    for (_, cases) in Playbooks::cases().unwrap() {
        for case in cases {
            let Resolution::Clear(intents) = understood(&case.say) else {
                continue;
            };
            for intent in intents {
                let playbook = playbooks().get(&intent.playbook).unwrap().clone();
                assert!(!playbook.steps(&intent).unwrap().is_empty(), "{}", case.say);
                playbook.conditions(&intent).unwrap();
                assert!(
                    !playbook.equivalent(&intent, None).is_empty() || intent.playbook == "diagnose",
                    "{}",
                    case.say
                );
            }
        }
    }
}

#[test]
fn bad_input_is_told_and_never_acted_on() {
    let long = "scale backend to 3 ".repeat(60_000);
    let cases = [
        ("", "declines empty"),
        (" \t\r\n", "declines empty"),
        ("...", "declines empty"),
        ("🚀", "declines empty"),
        (long.as_str(), "declines too-long"),
        ("scale backend to 3\u{8}\u{8}", "declines not-understood: \\u{8} | \\u{8}"),
        ("scale backend to \u{202e}3", "declines not-understood: \\u{202e}"),
        ("scale backend to -1", "declines bad-value: -1"),
        ("scale backend to 2.5", "declines bad-value: 2.5"),
        ("scale backend to 1000000000000", "declines bad-value: 1000000000000"),
        ("scale backend to 10^12", "declines bad-value: 10^12"),
        ("scale backend to two and a half", "declines bad-value: two and a half"),
        (
            "kubectl scale deploy/todo-backend --replicas=-3",
            "declines bad-value: --replicas -3",
        ),
        (
            "kubectl scale deploy/todo-backend --replicas=many",
            "declines bad-value: --replicas many",
        ),
        ("set image of backend to Todo:v2", "declines bad-value: Todo:v2"),
        ("scale mailer to 3", "declines unknown-name: mailer"),
        ("scale backend to 3 -n nowhere", "declines unknown-name: nowhere"),
        ("scale backend to 3 --frobnicate", "declines not-understood: --frobnicate"),
        ("kubectl get pods --frobnicate=x", "declines not-understood: --frobnicate x"),
        ("kubectl get pods | grep back", "declines not-understood: | grep back"),
        ("масштабируй backend до 3", "declines not-understood: масштабируй backend до 3"),
        ("スケール backend 3", "declines not-understood: スケール backend 3"),
    ];
    let wrong: String = cases
        .iter()
        .filter_map(|(say, wanted)| {
            let told = told(&understood(say));
            let say: String = say.chars().take(60).collect();
            (told != *wanted).then(|| format!("\n{say}\n  wanted {wanted}\n  got    {told}"))
        })
        .collect();
    assert_eq!(wrong, "");
}

/// Requests that stand for all intents, and what they mean.
const BASE: [&str; 14] = [
    "scale backend to 3",
    "scale the frontend up by two",
    "double the api",
    "restart the frontend",
    "set the image of backend to todo-backend:v2",
    "show the logs of the backend",
    "follow the logs of the web ui",
    "describe the backend",
    "list pods in namespace shop",
    "is the backend healthy",
    "why is the frontend failing",
    "rollout status of the backend",
    "show events of the backend",
    "give me an overview",
];

fn is_change(say: &str) -> bool {
    matches!(understood(say), Resolution::Clear(intents) if intents.iter().any(|intent| playbooks().get(&intent.playbook).unwrap().changes()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn politeness_casing_and_punctuation_never_change_the_meaning(
        base in prop::sample::select(&BASE[..]),
        before in prop::sample::select(&["", "please ", "hey, ", "Hi team, ", "ok so ", "kindly ", "todo-agent, ", "quick: "][..]),
        after in prop::sample::select(&["", " please", ", thanks!", " thx", " asap", ", thank you very much", " for me", " now", " 🙏"][..]),
        end in prop::sample::select(&["", ".", "!", "...", " ", "\r\n"][..]),
        casing in 0..4,
        spaces in 1..3usize,
    ) {
        prop_assume!(before != "quick: " || !base.starts_with("is") && !base.starts_with("why"));
        let said = format!("{before}{base}{after}{end}").replace(' ', &" ".repeat(spaces));
        let said = match casing {
            1 => said.to_lowercase(),
            2 if !base.contains(':') => said.to_uppercase(),
            3 => said.chars().take(1).flat_map(char::to_uppercase).chain(said.chars().skip(1)).collect(),
            _ => said,
        };
        prop_assert_eq!(told(&understood(&said)), told(&understood(base)), "{}", said);
    }

    #[test]
    fn the_order_of_clauses_that_do_not_depend_on_each_other_does_not_matter(
        one in prop::sample::select(&BASE[..]),
        two in prop::sample::select(&BASE[..]),
        joint in prop::sample::select(&["; ", " and then ", ". ", ", then "][..]),
    ) {
        let forth = told(&understood(&format!("{one}{joint}{two}")));
        prop_assert_eq!(&forth, &format!("{} + {}", told(&understood(one)), told(&understood(two))));
        let mut back: Vec<String> = told(&understood(&format!("{two}{joint}{one}"))).split(" + ").map(str::to_owned).collect();
        back.reverse();
        prop_assert_eq!(forth, back.join(" + "));
    }

    #[test]
    fn a_negation_or_hypothesis_in_front_never_leaves_a_change(
        base in prop::sample::select(&BASE[..5]),
        before in prop::sample::select(&["don't ", "do not ", "never ", "please don't ", "dont ", "do NOT ", "you must not ", "how would I ", "how do i ", "what if I ", "should I ", "can you explain how to ", "what happens if i ", "avoid this: ", "i don't want you to ", "no, don't ", "why should we ", "is it safe to ", "stop! do not ", "can i ", "maybe "][..]),
    ) {
        let said = format!("{before}{base}");
        prop_assert!(!is_change(&said), "{}", said);
        prop_assert!(!is_change(&said.to_uppercase()), "{}", said);
    }

    #[test]
    fn an_unknown_name_never_acts_on_another(name in "[a-z]{3,12}(-[a-z]{2,8})?", verb in prop::sample::select(&["scale NAME to 3", "restart NAME", "set LOG_LEVEL=x on NAME", "restart the NAME deployment", "kubectl rollout restart deploy/NAME", "double NAME"][..])) {
        let playbooks = playbooks();
        let lexicon = playbooks.lexicon();
        prop_assume!(name.split('-').all(|part| lexicon.find(part).is_none()) && lexicon.find(&name.replace('-', "")).is_none() && lexicon.find(&name).is_none());
        prop_assume!(!["todo", "payments", "worker", "backend", "frontend"].iter().any(|known| name.contains(known)));
        prop_assert!(!is_change(&verb.replace("NAME", &name)), "{}", name);
    }

    #[test]
    fn a_word_more_never_goes_unnoticed(base in prop::sample::select(&BASE[..5]), word in "[a-z]{5,12}") {
        let playbooks = playbooks();
        let lexicon = playbooks.lexicon();
        prop_assume!(lexicon.find(&word).is_none() && lexicon.correct(&word).is_none());
        prop_assert!(!is_change(&format!("{base} {word}")), "{}", word);
        prop_assert!(!is_change(&format!("{word} {base}")), "{}", word);
        prop_assert!(!is_change(&format!("{base} and {word} something")), "{}", word);
    }

    #[test]
    fn random_text_never_panics(text in "\\PC{0,120}") {
        let _ = understood(&text);
    }

    #[test]
    fn random_words_never_panic(words in prop::collection::vec(prop::sample::select(&["scale", "backend", "and", "to", "3", "-1", "restart", "not", "in", "namespace", "-n", "--replicas", "deploy/x", "if", "?", ",", "the", "half", "of", "last", "hour", "A=1", "X", "to", "kubectl", "set", "image", "env", ":", "v2", "it", "both", "all", "more", "or", "because", "\"", "'", "x:1", "--tail=", "logs"][..]), 0..24)) {
        let _ = understood(&words.join(" "));
    }
}

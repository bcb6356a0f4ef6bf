//! Conversations: what leans on an earlier request is understood with it, and what could be two things is asked.

use std::sync::Arc;

use todo_agent::{
    domain::{
        conversation::{Conversation, Turn},
        intent::{Intent, Resolution, SlotValue},
        inventory::Inventory,
        reading::FirstReading,
    },
    fallbacks::Playbooks,
    stages::understand::Understand,
};

use crate::{run::Home, sample, sample_engine};

/// Each line of a conversation, and what it was taken for.
fn talk(lines: &[&str]) -> Vec<String> {
    talk_in(lines, &sample::inventory())
}

fn talk_in(lines: &[&str], inventory: &Inventory) -> Vec<String> {
    let understand = Understand::new(Arc::new(Playbooks::load(&[]).unwrap()));
    let mut earlier = Conversation::default();
    let mut told = Vec::new();
    for line in lines {
        let mut turn = Turn {
            said: (*line).to_owned(),
            ..Turn::default()
        };
        told.push(match understand.first_within(line, &earlier) {
            FirstReading::Understood { readings, needs } => {
                turn.readings.clone_from(&readings);
                let engine = needs.engine.is_some().then(sample_engine::engine);
                let inventory = engine.as_ref().unwrap_or(inventory);
                let inventory = understand.remembering(&earlier, &readings, inventory.clone());
                match understand.resolve(&readings, &inventory) {
                    Resolution::Clear(intents) => {
                        turn.intents.clone_from(&intents);
                        turn.place = Some(inventory.place.clone());
                        intents.iter().map(shown).collect::<Vec<_>>().join("; ")
                    }
                    Resolution::Ask(question) => asked(&question, &mut turn),
                    Resolution::Declined(_) => "declined".to_owned(),
                }
            }
            FirstReading::Ask(question) => asked(&question, &mut turn),
            FirstReading::Imagined { declined, .. } => {
                turn.taught = declined.suggestions.first().cloned();
                "taught".to_owned()
            }
            FirstReading::Declined(_) => "declined".to_owned(),
        });
        earlier.push(turn);
    }
    told
}

fn asked(question: &todo_agent::domain::question::Question, turn: &mut Turn) -> String {
    turn.asked = Some(question.clone());
    let choices: Vec<&str> = question.choices.iter().map(|choice| choice.label.as_str()).collect();
    format!("? {} [{}]", question.text, choices.join(" "))
}

/// `scale todo-backend 3`.
fn shown(intent: &Intent) -> String {
    let mut words = vec![intent.playbook.clone()];
    for value in intent.slots.values() {
        match value {
            SlotValue::Object(object) => words.push(object.name.clone()),
            SlotValue::Count(amount) => words.push(format!("{amount:?}")),
            SlotValue::Text(text) => words.push(text.clone()),
            SlotValue::Number(number) => words.push(number.to_string()),
            _ => {}
        }
    }
    words[1..].sort();
    words.join(" ")
}

fn last(lines: &[&str]) -> String {
    talk(lines).pop().unwrap()
}

#[test]
fn the_same_is_done_for_another() {
    for line in [
        "and the frontend too",
        "and the frontend",
        "also the frontend",
        "the frontend too",
        "the frontend as well",
        "frontend too please",
        "the same for the frontend",
        "same for frontend",
        "do the same for the frontend",
        "and do the same with the frontend",
        "do that for the frontend too",
        "now the frontend",
        "ok, and the frontend as well!",
        "and deployment todo-frontend too",
        "and deployment/todo-frontend too",
        "and the frontend app as well",
    ] {
        assert_eq!(last(&["scale the backend to 3", line]), "scale Exactly(3) todo-frontend", "{line}");
    }
    assert_eq!(
        last(&["logs of the backend, last 5 lines", "and the frontend"]),
        "logs 5 todo-frontend"
    );
    assert_eq!(
        last(&["describe the backend", "what about the frontend?"]),
        "describe todo-frontend"
    );
    assert_eq!(
        talk(&["scale the backend to 3", "and the frontend too", "restart both"]),
        [
            "scale Exactly(3) todo-backend",
            "scale Exactly(3) todo-frontend",
            "restart todo-frontend; restart todo-backend"
        ]
    );
}

#[test]
fn another_was_meant() {
    for line in [
        "no, the other one",
        "no, the frontend",
        "the other one",
        "sorry, the frontend",
        "I meant the frontend",
        "no, I meant the frontend",
        "the frontend instead",
        "oops, the other",
        "wait, not that one, the frontend",
    ] {
        assert_eq!(last(&["restart the backend", line]), "restart todo-frontend", "{line}");
    }
    assert_eq!(last(&["scale the backend to 3", "no, 4"]), "scale Exactly(4) todo-backend");
    assert_eq!(last(&["scale the backend to 3", "4 instead"]), "scale Exactly(4) todo-backend");
    assert_eq!(last(&["scale the backend to 3", "no, make it 4"]), "scale Exactly(4) todo-backend");
}

#[test]
fn the_same_once_more() {
    assert_eq!(last(&["restart the backend", "again"]), "restart todo-backend");
    assert_eq!(last(&["restart the backend", "logs of it", "do it again"]), "logs todo-backend");
    assert_eq!(
        last(&["one more replica of the backend", "once more please"]),
        "scale By(1) todo-backend"
    );
}

#[test]
fn it_and_them_are_what_was_spoken_of() {
    assert_eq!(last(&["scale the backend to 3", "restart it"]), "restart todo-backend");
    assert_eq!(
        last(&["scale the backend to 3", "restart the frontend", "why is it failing?"]),
        "diagnose todo-frontend"
    );
    assert_eq!(last(&["scale the backend to 3", "list pods", "restart it"]), "restart todo-backend");
    assert_eq!(
        last(&["scale the backend and the frontend to 3", "restart them"]),
        "restart todo-backend; restart todo-frontend"
    );
}

#[test]
fn what_could_be_two_things_is_asked_and_never_guessed() {
    let which = "? Restart which workload? [todo-backend todo-frontend]";
    assert_eq!(last(&["restart it"]), which);
    assert_eq!(last(&["scale the backend and the frontend to 3", "restart it"]), which);
    // It may have been about what was not understood, not found, or asked about and never answered.
    assert_eq!(last(&["scale the backend to 3", "frobnicate the frontend", "restart it"]), which);
    assert_eq!(
        last(&["scale the backend to 3", "scale the nothinglikeit to 3", "restart it"]),
        which
    );
    let mut three = sample::inventory();
    three
        .items
        .push(sample::workload("todo", "todo-worker", "jobs", &[("jobs", "jobs:1")]));
    assert_eq!(
        talk_in(&["restart the backend", "no, the other one"], &three)[1],
        "? Restart which workload? [todo-frontend todo-worker]"
    );
    // An image belongs to the one it was set for, unless that was said by mistake.
    assert_eq!(
        last(&["set image of backend to x:v2", "no, the frontend"]),
        "set-image todo-frontend x:v2"
    );
    assert!(
        last(&["set image of backend to todo-backend:v2", "and the frontend too"]).starts_with("? "),
        "an image is not taken along"
    );
}

#[test]
fn it_stays_what_it_was_after_a_line_that_did_nothing_and_named_nothing_new() {
    for line in [
        "did it finish",
        "frobnicate",
        "scale it to -3",
        "set image of it to logo.png",
        "set the image of it to x:v2/v3",
        "scale it up by a lot",
        "set a memory limit",
    ] {
        assert_eq!(
            last(&["describe the backend", line, "restart it"]),
            "restart todo-backend",
            "{line}"
        );
    }
}

#[test]
fn what_is_taken_away_is_offered_from_what_was_spoken_of_alone() {
    for (lines, expected) in [
        (&["delete it"][..], "? Delete which object? Say its name. []"),
        (&["list pods", "delete it"], "? Delete which object? Say its name. []"),
        (&["delete it", "the backend"], "? Delete which object? [todo-backend]"),
        (&["delete it", "todo-backend"], "delete todo-backend"),
        (
            &["describe the backend", "frobnicate", "delete it"],
            "? Delete which object? [todo-backend]",
        ),
        (
            &[
                "describe the backend",
                "describe service todo-frontend",
                "paint the moon",
                "delete it",
            ],
            "? Delete which object? [todo-frontend todo-backend]",
        ),
        // A change of another kind takes nothing away.
        (&["restart it"], "? Restart which workload? [todo-backend todo-frontend]"),
    ] {
        assert_eq!(last(lines), expected, "{lines:?}");
    }
}

#[test]
fn whether_it_is_done_is_asked_of_what_was_spoken_of() {
    for line in [
        "is it done?",
        "is it done yet",
        "did it finish",
        "has it finished?",
        "is it complete?",
        "has it completed yet?",
    ] {
        assert_eq!(last(&["restart the backend", line]), "rollout-status todo-backend", "{line}");
    }
    assert_eq!(last(&["restart the backend", "is it ready yet?"]), "health todo-backend");
}

#[test]
fn of_objects_that_were_applied_it_is_the_only_workload() {
    let home = Home::new();
    let workload = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    \
                    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: 'nginx:1.27'}]}\n";
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n";
    let settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web-settings}\ndata: {A: b}\n";
    home.write("k8s/all.yaml", &[workload, service, settings].join("---\n"));
    for line in ["is it running?", "are they running?"] {
        let told = home.run_with(&["chat", "-y"], &format!("apply k8s/\n{line}\n"));
        assert_eq!((told.code, told.out.contains("\nHealthy: web. ")), (0, true), "{told:?}");
    }
    // Which of them is to go was not said.
    let told = home.run_with(&["chat", "-y"], "apply k8s/\ndelete it\n");
    assert!(told.err.contains("Delete which object?\n"), "{told:?}");
}

#[test]
fn what_is_used_is_what_was_made_or_built_before() {
    for (lines, expected) in [
        (
            &["docker inspect nginx:1.27", "now use it in the backend"][..],
            "set-image nginx:1.27 todo-backend",
        ),
        (&["describe configmap app-config", "use it in the backend"], "declined"),
        (&["describe the frontend", "use it in the backend"], "declined"),
    ] {
        assert_eq!(last(lines), expected, "{lines:?}");
    }
}

#[test]
fn what_belongs_to_it_and_where_it_runs_are_told_of_it_alone() {
    let home = Home::new();
    let told = home.run_with(&["chat"], "rollout status of the backend\nshow me its pods\nwhich node is it on?\n");
    let rows = |said: &str| told.out.matches(said).count();
    assert_eq!(
        (told.code, rows("\ntodo-backend-"), rows("\ntodo-frontend-")),
        (0, 4, 0),
        "{told:?}"
    );
    let node: Vec<&str> = told.out.lines().filter(|line| line.contains(" NODE ")).collect();
    assert_eq!((node.len(), rows("   embedded   ")), (1, 2), "{told:?}");
}

#[test]
fn one_more_and_one_less_go_on_from_what_is_there() {
    for (line, expected) in [
        ("now one less", "scale By(-1) todo-backend"),
        ("and one more", "scale By(1) todo-backend"),
        ("and two more please", "scale By(2) todo-backend"),
        ("and one fewer", "scale By(-1) todo-backend"),
    ] {
        assert_eq!(last(&["scale the backend to 3", line]), expected, "{line}");
    }
    // Of whose number "and 4" would be is not known.
    assert_eq!(last(&["scale the backend to 3", "and 4"]), "declined");
    let lines = [
        "scale the backend to 3",
        "now one less",
        "and the frontend too",
        "and one more",
        "restart both",
    ];
    assert_eq!(last(&lines), "restart todo-frontend; restart todo-backend");
}

#[test]
fn an_answer_to_what_was_asked_is_taken_as_one() {
    assert_eq!(last(&["restart it", "the frontend"]), "restart todo-frontend");
    assert_eq!(last(&["scale it to 4", "frontend"]), "scale Exactly(4) todo-frontend");
}

#[test]
fn what_stands_on_its_own_leans_on_nothing() {
    assert_eq!(last(&["scale the backend to 3", "and list pods"]), "list");
    assert_eq!(
        last(&["scale the backend to 3", "now restart the frontend"]),
        "restart todo-frontend"
    );
    assert_eq!(last(&["scale the backend to 3", "don't restart the frontend"]), "declined");
    for line in [
        "what about the frontend?",
        "and the frontend?",
        "and the moon and the sun too",
        "thanks",
        "no",
    ] {
        let told = last(&["scale the backend to 3", line]);
        assert!(!told.starts_with("scale"), "{line}: {told}");
    }
    // A name alone is no order when nothing was asked.
    let told = last(&["scale the backend to 3", "the frontend"]);
    assert!(!told.starts_with("scale"), "{told}");
}

#[test]
fn on_another_cluster_nothing_was_spoken_of() {
    let understand = Understand::new(Arc::new(Playbooks::load(&[]).unwrap()));
    let inventory = sample::inventory();
    let FirstReading::Understood { readings, .. } = understand.first("scale the backend to 3") else {
        panic!("not understood")
    };
    let Resolution::Clear(intents) = understand.resolve(&readings, &inventory) else {
        panic!("not clear")
    };
    let mut place = inventory.place.clone();
    let mut earlier = Conversation::default();
    earlier.push(Turn {
        said: "scale the backend to 3".to_owned(),
        readings,
        intents,
        place: Some(place.clone()),
        ..Turn::default()
    });
    assert_eq!(earlier.recent(&place, &|_| true).len(), 1);
    assert_eq!(earlier.recent(&place, &|_| true)[0].len(), 1);
    place.uid = Some("another".to_owned());
    assert_eq!(earlier.recent(&place, &|_| true), [vec![]]);
}

#[test]
fn what_was_spoken_of_on_an_engine_is_there_when_it_is_spoken_of_again() {
    for (lines, expected) in [
        (&["show the logs of container web", "stop it"][..], "docker-stop web"),
        (&["docker logs web", "now restart it please"], "docker-restart web"),
        (&["docker inspect web", "its logs"], "docker-logs web"),
        (&["docker inspect web", "show its logs"], "docker-logs web"),
        (&["stop container web", "start it again"], "docker-start web"),
        (&["stop container web", "the same for db"], "docker-stop db"),
        (&["stop container web", "and the db container too"], "docker-stop db"),
        (&["stop the web container", "no, todo-backend"], "docker-stop todo-backend"),
        (&["docker stop web", "docker ps", "start it"], "docker-start web"),
        (&["docker stop web", "remove it"], "docker-remove web"),
        (&["docker stop web", "thanks", "start container it"], "docker-start web"),
        (&["docker logs web", "is it running?"], "docker-inspect web"),
        // What was spoken of as a container is one by its name alone, too.
        (&["docker logs web", "stop web"], "docker-stop web"),
        (&["docker logs web", "docker run -it busybox sh"], "declined"),
        (&["docker logs web", "list pods", "list services", "logs of web"], "docker-logs web"),
        (
            &["docker logs todo-backend", "restart deployment todo-backend"],
            "restart todo-backend",
        ),
        (
            &["docker logs todo-backend", "scale todo-backend to 3"],
            "scale Exactly(3) todo-backend",
        ),
        (
            &[
                "docker logs todo-backend",
                "restart deployment todo-backend",
                "restart todo-backend",
            ],
            "restart todo-backend",
        ),
        (&["inspect image nginx:1.27", "its history"], "docker-history nginx:1.27"),
        // What was named last is not there: what it is is not known.
        (
            &["docker inspect web", "docker stop webx", "kill it"],
            "? Delete which object? Say its name. []",
        ),
        // An engine has nothing that is scaled.
        (
            &["scale the backend to 3", "docker logs web", "restart backend"],
            "restart todo-backend",
        ),
        (
            &["docker logs web", "restart the backend deployment", "restart it"],
            "restart todo-backend",
        ),
    ] {
        assert_eq!(last(lines), expected, "{lines:?}");
    }
}

#[test]
fn a_choice_is_picked_by_its_number_its_place_or_all_at_once() {
    let ask = "restart it";
    for (answer, expected) in [
        ("2", "restart todo-frontend"),
        ("number 1", "restart todo-backend"),
        ("the second one", "restart todo-frontend"),
        ("the last one", "restart todo-frontend"),
        ("both", "restart todo-backend; restart todo-frontend"),
        ("all of them", "restart todo-backend; restart todo-frontend"),
        ("yes", "declined"),
        ("3", "declined"),
        ("no", "declined"),
        ("no, 2", "declined"),
    ] {
        let told = last(&[ask, answer]);
        assert_eq!(told, expected, "{answer}");
    }
    // One choice is a question of yes or no.
    for answer in ["yes", "y", "number 1", "ok", "do it", "Yes, do it!"] {
        assert_eq!(
            last(&["sacle the backend to 3", answer]),
            "scale Exactly(3) todo-backend",
            "{answer}"
        );
    }
    // How many, perhaps.
    assert_eq!(last(&["sacle the backend to 3", "1"]), "declined");
    // A number is asked for: a number is the answer, and no place in the list.
    assert_eq!(last(&["scale the backend", "1"]), "scale Exactly(1) todo-backend");
}

#[test]
fn a_number_that_a_name_says_is_no_place_in_the_list() {
    let mut webs = sample::inventory();
    for name in ["web-2", "web-3"] {
        webs.items.push(sample::workload("todo", name, "web", &[("web", "web:1")]));
    }
    let answered = |ask: &str, answers: &[&str]| {
        let lines: Vec<&str> = std::iter::once(ask).chain(answers.iter().copied()).collect();
        talk_in(&lines, &webs).pop().unwrap()
    };
    let again = "? 2 could be web-2, or web-3, which is number 2 of them: say its name. [web-2 web-3]";
    assert_eq!(answered("restart web", &["2"]), again);
    assert_eq!(answered("restart web", &["2", "2"]), again);
    assert_eq!(answered("restart web", &["2", "web-2"]), "restart web-2");
    assert_eq!(answered("restart web", &["2", "both"]), "restart web-2; restart web-3");
    assert_eq!(answered("restart web", &["3"]), "restart web-3");
    assert_eq!(answered("restart web", &["the second one"]), "restart web-3");
    assert_eq!(answered("restart web", &["2?"]), "declined");
    // It may correct the replicas as well.
    assert_eq!(
        answered("scale web to 3", &["2"]),
        "? 2 could be a number of replicas: say the name. [web-2 web-3]"
    );
    // A number of replicas is no place either.
    assert_eq!(answered("scale the backend", &["3"]), "scale Exactly(3) todo-backend");
    assert_eq!(answered("scale the backend", &["4"]), "scale Exactly(4) todo-backend");
    assert_eq!(answered("scale the backend", &["option 2"]), "declined");
}

#[test]
fn both_are_the_names_and_not_the_rest_of_the_request() {
    let mut webs = sample::inventory();
    for name in ["web-2", "web-3"] {
        webs.items.push(sample::workload("todo", name, "web", &[("web", "web:1")]));
    }
    assert_eq!(
        talk_in(
            &["one more replica of the backend and restart web and restart the frontend", "both"],
            &webs
        )[1],
        "scale By(1) todo-backend; restart web-2; restart web-3; restart todo-frontend"
    );
    assert_eq!(
        talk_in(&["restart web but leave the backend alone", "both"], &webs)[1],
        "restart web-2; restart web-3"
    );
    assert_eq!(talk_in(&["delete deployment web", "both"], &webs)[1], "declined");
    assert_eq!(
        last(&["stop container web and restart container todo", "both"]),
        "docker-stop web; docker-restart todo-backend; docker-restart todo-frontend"
    );
    assert_eq!(last(&["remove container todo", "both"]), "declined");
}

#[test]
fn what_was_only_asked_about_is_done_when_it_is_said_to_be_done() {
    assert_eq!(
        talk(&["should I restart the backend?", "do it"]),
        ["taught", "restart todo-backend"]
    );
    assert_eq!(last(&["should I restart the backend?", "go ahead"]), "restart todo-backend");
    for line in ["yes", "ok", "thanks", "1"] {
        let told = last(&["should I restart the backend?", line]);
        assert!(!told.starts_with("restart"), "{line}: {told}");
    }
}

#[test]
fn the_same_for_several_and_elsewhere() {
    for line in [
        "do the same for the backend and the frontend",
        "the same for backend, frontend",
        "and the backend and the frontend too",
    ] {
        assert_eq!(
            last(&["scale payments to 3 -n shop", line]),
            "declined",
            "{line}: they are not in shop"
        );
        assert_eq!(
            last(&["restart the frontend", line]),
            "restart todo-backend; restart todo-frontend",
            "{line}"
        );
    }
    for line in [
        "the same in shop",
        "and in shop",
        "in shop too",
        "and in namespace shop",
        "now in the shop namespace",
    ] {
        assert_eq!(last(&["restart worker in lab", line]), "restart worker", "{line}");
    }
    assert_eq!(last(&["restart worker in lab", "and in nowhere"]), "declined");
    assert_eq!(last(&["restart worker in lab", "in shop"]), "declined");
}

#[test]
fn another_number_is_said_with_the_one_that_it_replaces() {
    for line in ["no, 4 not 3", "4, not 3 instead", "again with 4"] {
        assert_eq!(last(&["scale the backend to 3", line]), "scale Exactly(4) todo-backend", "{line}");
    }
    assert_eq!(last(&["scale the backend to 3", "one more"]), "scale By(1) todo-backend");
    assert_eq!(last(&["scale the backend to 3", "one less"]), "scale By(-1) todo-backend");
    assert_eq!(last(&["scale the backend to 3", "two more of them"]), "scale By(2) todo-backend");
    assert!(last(&["restart the backend", "one more"]).starts_with('?'));
}

#[test]
fn what_was_spoken_of_elsewhere_is_not_what_a_namespace_is_said_of() {
    assert!(last(&["restart the backend", "restart it in shop"]).starts_with('?'));
    assert_eq!(
        last(&["restart the frontend and the backend", "restart them", "the same in shop"]),
        "declined"
    );
}

#[test]
fn a_line_that_names_nothing_leaves_it_as_it_was() {
    for line in ["thanks", "blah blah", "is it ok?", "hmm"] {
        assert_eq!(
            last(&["scale the backend to 3", line, "restart it"]),
            "restart todo-backend",
            "{line}"
        );
    }
    // Nor does what is asked about without a name.
    assert_eq!(
        last(&["scale the backend to 3", "show me the last 2 lines", "scale it to 2"]),
        "scale Exactly(2) todo-backend"
    );
    // Something may be called so that cannot be seen: nothing is taken away on that.
    assert!(last(&["describe todo-backend", "frobnicate creds", "delete it"]).starts_with('?'));
    assert!(last(&["scale the backend to 3", "frobnicate payments", "restart it"]).starts_with('?'));
}

#[test]
fn them_is_the_list_that_was_shown_and_not_what_was_spoken_of_before_it() {
    let understand = Understand::new(Arc::new(Playbooks::load(&[]).unwrap()));
    let inventory = sample::inventory();
    let find = |name: &str| inventory.items.iter().find(|item| item.object.name == name).unwrap().object.clone();
    let after = |listed: &[&str], said: &str| {
        let FirstReading::Understood { readings, .. } = understand.first("scale the backend and the frontend to 3") else {
            panic!("not understood")
        };
        let Resolution::Clear(intents) = understand.resolve(&readings, &inventory) else {
            panic!("not clear")
        };
        let mut earlier = Conversation::default();
        let place = Some(inventory.place.clone());
        earlier.push(Turn {
            readings,
            intents,
            place: place.clone(),
            ..Turn::default()
        });
        let FirstReading::Understood { readings, .. } = understand.first("list deployments") else {
            panic!("not understood")
        };
        let Resolution::Clear(intents) = understand.resolve(&readings, &inventory) else {
            panic!("not clear")
        };
        earlier.push(Turn {
            readings,
            intents,
            place,
            showed: true,
            listed: listed.iter().map(|name| find(name)).collect(),
            ..Turn::default()
        });
        let FirstReading::Understood { readings, .. } = understand.first_within(said, &earlier) else {
            return "declined".to_owned();
        };
        let inventory = understand.remembering(&earlier, &readings, inventory.clone());
        match understand.resolve(&readings, &inventory) {
            Resolution::Clear(intents) => intents.iter().map(shown).collect::<Vec<_>>().join("; "),
            Resolution::Ask(question) => asked(&question, &mut Turn::default()),
            Resolution::Declined(_) => "declined".to_owned(),
        }
    };
    assert_eq!(after(&["todo-frontend"], "restart them"), "restart todo-frontend");
    assert_eq!(
        after(&["todo-frontend", "todo-backend"], "restart both"),
        "restart todo-frontend; restart todo-backend"
    );
    assert_eq!(
        after(&["todo-frontend", "todo-backend"], "delete them"),
        "? Delete which object? [todo-frontend todo-backend]"
    );
    assert_eq!(
        after(&["todo-frontend"], "restart both"),
        "? Restart which workload? [todo-frontend]"
    );
    // Pods are not restarted: what they are of is.
    assert_eq!(
        after(&["todo-backend-5f7c9d8b6-x8k2p"], "restart them"),
        "? Restart which workload? [todo-backend]"
    );
    assert_eq!(
        after(&["todo-frontend", "todo-backend"], "restart the last one"),
        "restart todo-backend"
    );
}

#[test]
fn there_is_the_namespace_that_was_spoken_of_last_and_otherwise_nothing() {
    let understand = Understand::new(Arc::new(Playbooks::load(&[]).unwrap()));
    let placed = |lines: &[&str]| {
        let mut earlier = Conversation::default();
        let mut told = String::new();
        for line in lines {
            let mut turn = Turn {
                said: (*line).to_owned(),
                ..Turn::default()
            };
            told = match understand.first_within(line, &earlier) {
                FirstReading::Understood { readings, .. } => {
                    turn.readings.clone_from(&readings);
                    if let Resolution::Clear(intents) = understand.resolve(&readings, &sample::inventory()) {
                        turn.intents = intents;
                    }
                    let place = |reading: &todo_agent::domain::reading::Reading| {
                        format!("{} {}", reading.playbook, reading.namespace.as_deref().unwrap_or("-"))
                    };
                    readings.iter().map(place).collect::<Vec<_>>().join("; ")
                }
                FirstReading::Ask(question) => question.text,
                FirstReading::Imagined { .. } => "taught".to_owned(),
                FirstReading::Declined(declined) => declined.why.unwrap_or_default(),
            };
            earlier.push(turn);
        }
        told
    };
    let web = "create deployment web with image nginx:1.27 there";
    let unknown = "“there” is where? No namespace was spoken of: name it";
    let gone = "“there” is where? What was named last was not found: name the namespace";
    let several = "“there” could be several namespaces: name the one that is meant";
    for (lines, expected) in [
        (&["create namespace staging", web][..], "create-deployment staging"),
        (&["show pods in ops", web], "create-deployment ops"),
        (
            &["show pods in ops", "create deployment web with image nginx:1.27 in there"],
            "create-deployment ops",
        ),
        (
            &["create namespace staging", "create deployment web with image nginx:1.27 in it"],
            "create-deployment staging",
        ),
        (
            &["create namespace staging", "create secret app-env from .env there"],
            "create-secret staging",
        ),
        (&["create namespace staging", "thanks", "list pods over there"], "list staging"),
        (&["show pods in ops", "show pods in shop", web], "create-deployment shop"),
        (&["list pods in lab", "list services", "list services there"], "list lab"),
        (
            &["create namespace staging and list pods there"],
            "create-namespace -; list staging",
        ),
        (&[web], unknown),
        (&["list pods there"], unknown),
        (&["list pods", web], unknown),
        (&["list pods in shop and list pods in lab", web], several),
        (&["list pods in shop", "frobnicate prod", web], several),
        (&["list pods in shop", "show deployments in nowhere", web], gone),
        (&["list pods in shop", "list pods in namespace nowhere", web], gone),
        (&["list pods in shop", "are there any pods"], "list -"),
        (&["list pods in shop", "which services are there?"], "list -"),
        (&["list pods in shop", "hey there, list pods"], "list -"),
        (
            &["list pods in shop", "set A=1 on backend, unset DEBUG there"],
            "set-env -; set-env -",
        ),
    ] {
        assert_eq!(placed(lines), expected, "{lines:?}");
    }
}

#[test]
fn a_no_to_what_is_done_already_does_not_say_that_nothing_was_done() {
    let understand = Understand::new(Arc::new(Playbooks::load(&[]).unwrap()));
    let turn = |changed| Turn {
        said: "scale the backend to 3".to_owned(),
        changed,
        ..clear(&understand, "scale the backend to 3")
    };
    let told = |changed, line: &str| match understand.first_within(
        line,
        &Conversation {
            turns: vec![turn(changed)],
        },
    ) {
        FirstReading::Declined(declined) => format!("{:?} {:?} {:?}", declined.reason, declined.why, declined.unexplained),
        other => format!("{other:?}"),
    };
    let stays = "TooLate Some(\"“scale the backend to 3” was done and stays so\") []";
    for line in [
        "no",
        "actually no",
        "no, don't",
        "hmm no",
        "never mind",
        "cancel that",
        "please don't",
    ] {
        assert_eq!(told(true, line), stays, "{line}");
        assert_eq!(told(false, line), "NothingOpen None []", "{line}");
    }
    assert!(told(true, "don't restart the frontend").starts_with("Negated"));
}

#[test]
fn a_dismissal_leaves_what_was_asked_or_offered_and_is_told_where_nothing_is() {
    let home = Home::new();
    let left = "Left alone, as you said: nothing was done.\n";
    for dismissal in ["cancel", "never mind", "Forget it.", "no, forget that", "nope", "don't", "stop it"] {
        let told = home.run_with(&["chat"], &format!("scale it to 3\n{dismissal}\n"));
        assert!(told.err.ends_with(left), "{dismissal}: {told:?}");
        let told = home.run_with(&["chat"], &format!("how would I restart the backend?\n{dismissal}\n"));
        assert_eq!((told.code, told.err.ends_with(left)), (0, true), "{dismissal}: {told:?}");
    }
    let nothing = "No question is open: there is nothing to leave alone.\n";
    let told = home.run_with(&["chat"], "list pods\ncancel\n");
    assert_eq!((told.code, told.err.ends_with(nothing)), (0, true), "{told:?}");
    for dismissal in ["never mind", "stop it"] {
        let told = home.run(&[dismissal]);
        assert_eq!((told.code, told.err.as_str()), (0, nothing), "{told:?}");
    }
}

#[test]
fn whether_it_worked_is_no_question_of_health_where_nothing_was_done() {
    let understand = Understand::new(Arc::new(Playbooks::load(&[]).unwrap()));
    let turn = |changed: bool| Turn {
        said: "scale the backend to 3".to_owned(),
        changed,
        ..Turn::default()
    };
    let told = |said: &str, turns: Vec<Turn>| match understand.first_within(said, &Conversation { turns }) {
        FirstReading::Declined(declined) => format!("{:?}", declined.reason),
        _ => "answered".to_owned(),
    };
    assert_eq!(told("did that work?", Vec::new()), "TooEarly");
    assert_eq!(told("has it worked?", vec![turn(false)]), "TooEarly");
    assert_eq!(told("did that work?", vec![turn(false), turn(true)]), "answered");
}

#[test]
fn scaled_down_it_goes_back_to_as_many_as_it_had() {
    let home = Home::new();
    let lines = "scale the backend to 0\nand now back up again\nturn it back on\n";
    let told = home.run_with(&["chat", "-y"], lines);
    let replicas: Vec<&str> = told.out.lines().filter(|line| line.contains("replicas  ")).collect();
    assert_eq!(replicas, ["    replicas  2 → 0", "    replicas  0 → 2"], "{told:?}");
    let declined = home.run_with(&["chat"], "scale the backend to 0\nturn it back on\n");
    assert!(!declined.out.contains("0 → 2"), "{declined:?}");
}

#[test]
fn them_is_what_was_listed_of_an_engine_and_nothing_of_a_cluster() {
    let engine = sample_engine::engine();
    let list = |listed: &[&str]| Turn {
        said: "list containers".to_owned(),
        readings: match Understand::new(Arc::new(Playbooks::load(&[]).unwrap())).first("list containers") {
            FirstReading::Understood { readings, .. } => readings,
            other => panic!("{other:?}"),
        },
        showed: true,
        listed: engine
            .items
            .iter()
            .map(|item| item.object.clone())
            .filter(|object| listed.contains(&object.name.as_str()))
            .collect(),
        ..Turn::default()
    };
    let understand = Understand::new(Arc::new(Playbooks::load(&[]).unwrap()));
    let told = |said: &str, listed: &[&str]| match understand.first_within(said, &Conversation { turns: vec![list(listed)] }) {
        FirstReading::Understood { readings, .. } => readings
            .iter()
            .map(|reading| format!("{} {}", reading.playbook, reading.clause))
            .collect::<Vec<_>>()
            .join("; "),
        FirstReading::Ask(question) => asked(&question, &mut Turn::default()),
        FirstReading::Declined(declined) => declined.why.unwrap_or_default(),
        other => panic!("{other:?}"),
    };
    let which = "? Remove which container, image, network or volume? [web db]";
    for said in ["remove all of them", "remove them", "delete them all please"] {
        assert_eq!(told(said, &["web", "db"]), which, "{said}");
    }
    assert_eq!(
        told("stop all of them", &["web", "db"]),
        "docker-stop stop container web; docker-stop stop container db"
    );
    assert_eq!(
        told("remove all of them", &[]),
        "What “all of them” stands for is not known: name each"
    );
    // Containers are not scaled.
    assert!(!told("scale all of them to 3", &["web", "db"]).contains("web"));
}

#[test]
fn stop_it_is_an_order_about_what_was_spoken_of_and_a_no_to_what_was_asked() {
    let understand = Understand::new(Arc::new(Playbooks::load(&[]).unwrap()));
    let backend = || clear(&understand, "scale the backend to 3");
    let asked = Turn {
        asked: Some(todo_agent::domain::question::Question::default()),
        ..Turn::default()
    };
    let told = |turns: Vec<Turn>, line: &str| match understand.first_within(line, &Conversation { turns }) {
        FirstReading::Declined(declined) => format!("{:?} {:?} {:?}", declined.reason, declined.why, declined.suggestions),
        other => format!("{other:?}"),
    };
    let ordered =
        "NotBuilt Some(\"Stopping workloads is not built yet\") [\"scale todo-backend to 0\", \"pause the rollout of todo-backend\"]";
    for line in ["stop it", "please stop it", "Stop it now, please!", "could you stop it"] {
        assert_eq!(told(vec![backend()], line), ordered, "{line}");
        assert!(told(vec![], line).starts_with("NothingOpen"), "{line}");
        assert!(told(vec![backend(), asked.clone()], line).starts_with("Negated"), "{line}");
    }
    for line in ["no, stop it", "don't stop it", "stop it?"] {
        assert!(!told(vec![backend()], line).starts_with("NotBuilt"), "{line}");
    }
    for line in ["stop it", "please stop it", "stop it now"] {
        assert_eq!(last(&["docker logs web", line]), "docker-stop web", "{line}");
    }
    assert_eq!(last(&["docker logs web", "stop container", "stop it"]), "declined");
}

#[test]
fn what_is_asked_once_more_without_a_name_is_asked_of_the_same() {
    for (lines, expected) in [
        (&["logs of the frontend", "show me the last 2 lines"][..], "logs 2 todo-frontend"),
        (&["logs of the frontend", "the last 5 lines please."], "logs 5 todo-frontend"),
        (&["docker logs web", "show me the last 2 lines"], "docker-logs 2 web"),
        (
            &["describe the frontend", "show me the last 2 lines"],
            "? Show the logs of which workload, last 2 lines? [todo-backend todo-frontend]",
        ),
        (
            &["scale the frontend to 3", "scale to 4"],
            "? Scale which workload to 4? [todo-backend todo-frontend]",
        ),
    ] {
        assert_eq!(last(lines), expected, "{lines:?}");
    }
}

#[test]
fn a_version_or_a_variable_takes_the_place_of_the_one_before() {
    let image = "set image of the frontend to todo-frontend:v2";
    for (lines, expected) in [
        (&[image, "no, v3"][..], "set-image todo-frontend todo-frontend:v3"),
        (&[image, "no, make it V3-rc1"], "set-image todo-frontend todo-frontend:V3-rc1"),
        (&[image, "sorry, 1.27"], "set-image todo-frontend todo-frontend:1.27"),
        (&[image, "latest instead"], "set-image todo-frontend todo-frontend:latest"),
        (&[image, "no, 3"], "set-image todo-frontend todo-frontend:3"),
        (&[image, "no, reg.local/web:v3"], "set-image reg.local/web:v3 todo-frontend"),
        (&["update the frontend to v2", "no, v3"], "set-image todo-frontend todo-frontend:v3"),
        (
            &["set the image of the frontend to reg.local:5000/web:1", "no, 2"],
            "set-image reg.local:5000/web:2 todo-frontend",
        ),
        (&["docker pull nginx:1.26", "no, 1.27"], "docker-pull nginx:1.27"),
        (&["scale the frontend to 3", "no, v3"], "declined"),
    ] {
        assert_eq!(last(lines), expected, "{lines:?}");
    }
    let set = "set X=1 on the frontend";
    for (line, expected) in [
        ("and LOG_LEVEL=debug", "LOG_LEVEL=debug"),
        ("and LOG_LEVEL=debug too", "LOG_LEVEL=debug"),
        ("also set LOG_LEVEL to debug", "LOG_LEVEL=debug"),
        ("and A=1 and B=2", "A=1 B=2"),
        ("and unset DEBUG", "DEBUG-"),
        ("no, X=2", "X=2"),
    ] {
        let direct = format!("set-env todo-frontend {}", env_of(expected));
        assert_eq!(variables(&[set, line]), direct, "{line}");
    }
    assert!(!variables(&[set, "and LOG_LEVEL=debug on the backend"]).starts_with("set-env todo-frontend "));
    assert!(!variables(&[set, "LOG_LEVEL=debug"]).starts_with("set-env"));
}

#[test]
fn after_a_variable_was_set_it_is_the_variable_that_is_removed() {
    for line in ["remove it again", "remove it", "please delete that again", "unset it"] {
        assert_eq!(
            variables(&["set LOG_LEVEL=debug on the backend", line]),
            format!("set-env todo-backend {}", env_of("LOG_LEVEL-")),
            "{line}"
        );
    }
    let two = variables(&["set A=1 and B=2 on the frontend", "remove them again"]);
    assert_eq!(two, format!("set-env todo-frontend {}", env_of("A- B-")));
}

/// The variables that the last line changes, and of what.
fn variables(lines: &[&str]) -> String {
    let understand = Understand::new(Arc::new(Playbooks::load(&[]).unwrap()));
    let mut earlier = Conversation::default();
    let mut told = String::new();
    for line in lines {
        let FirstReading::Understood { readings, .. } = understand.first_within(line, &earlier) else {
            return "not understood".to_owned();
        };
        let inventory = understand.remembering(&earlier, &readings, sample::inventory());
        let Resolution::Clear(intents) = understand.resolve(&readings, &inventory) else {
            return "not clear".to_owned();
        };
        told = format!("{} {:?}", shown(&intents[0]), intents[0].slots["env"]);
        earlier.push(Turn {
            readings,
            intents,
            ..Turn::default()
        });
    }
    told
}

/// The turn of a request that is clear by itself.
fn clear(understand: &Understand, said: &str) -> Turn {
    let FirstReading::Understood { readings, .. } = understand.first(said) else {
        panic!("not understood")
    };
    let Resolution::Clear(intents) = understand.resolve(&readings, &sample::inventory()) else {
        panic!("not clear")
    };
    Turn {
        readings,
        intents,
        ..Turn::default()
    }
}

/// As the value of a slot is told.
fn env_of(said: &str) -> String {
    use todo_agent::domain::intent::EnvChange;
    let change = |word: &str| match word.split_once('=') {
        Some((name, value)) => EnvChange::set(name, value),
        None => EnvChange::unset(word.trim_end_matches('-')),
    };
    format!("{:?}", SlotValue::Env(said.split(' ').map(change).collect()))
}

#[test]
fn a_kind_before_a_pronoun_says_of_which_kind_it_is() {
    for (lines, expected) in [
        (
            &["scale the backend to 3", "scale deployment it to 2"][..],
            "scale Exactly(2) todo-backend",
        ),
        (&["scale the backend to 3", "restart deployment it"], "restart todo-backend"),
        (&["scale the backend to 3", "delete deployment it"], "delete todo-backend"),
        (&["scale the backend to 3", "delete this deployment"], "delete todo-backend"),
        (&["scale the backend to 3", "restart this service"], "restart todo-backend"),
        (&["scale the backend to 3", "describe deployment it"], "describe todo-backend"),
    ] {
        assert_eq!(last(lines), expected, "{lines:?}");
    }
    for lines in [
        &["describe service todo-backend", "delete deployment it"],
        &["scale the backend to 3", "delete service it"],
        &["scale the backend to 3", "delete this service"],
        &["scale the backend to 3", "restart statefulset it"],
    ] {
        assert!(last(lines).starts_with('?'), "{lines:?}: {}", last(lines));
    }
}

#[test]
fn what_was_shown_and_declined_is_done_when_it_is_said_to_be_done() {
    let understand = Understand::new(Arc::new(Playbooks::load(&[]).unwrap()));
    let told = |offered: bool, line: &str| {
        let before = Turn {
            offered,
            ..clear(&understand, "kubectl scale deployment todo-backend --replicas=3 --dry-run=client")
        };
        match understand.first_within(line, &Conversation { turns: vec![before] }) {
            FirstReading::Understood { readings, .. } => readings
                .iter()
                .map(|reading| format!("{} {}", reading.playbook, if reading.preview { "shown" } else { "done" }))
                .collect::<Vec<_>>()
                .join("; "),
            _ => "declined".to_owned(),
        }
    };
    for line in ["do it", "ok do it", "go ahead", "Yes, do it!", "ok, do it now", "please do"] {
        assert_eq!(told(true, line), "scale done", "{line}");
        assert_eq!(told(false, line), "declined", "{line}");
    }
    for line in ["yes", "ok", "no"] {
        assert_eq!(told(true, line), "declined", "{line}");
    }
}

#[test]
fn a_question_about_it_that_is_not_understood_leaves_it_alone() {
    let told = talk(&["scale the backend to 3", "what's its ip?", "restart it"]);
    assert_eq!(told[1..], ["declined", "restart todo-backend"]);
}

#[test]
fn it_is_still_known_when_only_a_number_was_missing() {
    let told = talk(&["describe the backend", "scale it", "3"]);
    assert!(told[1].starts_with("? Scale it to how many replicas?"), "{told:?}");
    assert_eq!(told[2], "scale Exactly(3) todo-backend");
}

#[test]
fn what_was_asked_for_without_a_list_is_answered_by_the_value_alone() {
    for (lines, expected) in [
        (&["set the image of backend", "v2"][..], "set-image "),
        (&["set the image of backend", "todo-backend:v3"], "set-image "),
        (&["autoscale the frontend", "4"], "autoscale "),
        (&["set the image of backend", "list pods"], "list"),
        (&["set the image of backend", "nothing at all of that"], "declined"),
    ] {
        assert!(last(lines).starts_with(expected), "{lines:?}: {}", last(lines));
    }
}

#[test]
fn questions_about_what_became_of_it_are_no_orders() {
    for (lines, expected) in [
        (&["restart the backend", "has it restarted?"][..], "list todo-backend"),
        (&["scale the backend to 3", "how often has it been restarted"], "list todo-backend"),
        (&["describe the backend", "is it paused?"], "rollout-status todo-backend"),
        (&["describe the backend", "why did it stop?"], "diagnose todo-backend"),
        (&["describe the backend", "did you restart it?"], "taught"),
        (&["restart the backend", "is it better now?"], "health todo-backend"),
        (&["restart the backend", "is it ok?"], "health todo-backend"),
        (&["describe the backend", "which image is it on"], "describe todo-backend"),
        (&["scale the backend to 3", "and which image does it run?"], "describe todo-backend"),
        (&["docker logs web", "why did it stop?"], "docker-inspect web"),
        (&["docker logs web", "is it paused?"], "docker-inspect web"),
        (&["docker logs web", "has it been restarted?"], "docker-inspect web"),
    ] {
        assert_eq!(last(lines), expected, "{lines:?}");
    }
}

#[test]
fn corrections_put_another_value_in_the_place_of_the_one_before() {
    for (lines, expected) in [
        (
            &["scale the backend to 5", "too many, make it 2"][..],
            "scale Exactly(2) todo-backend",
        ),
        (
            &["scale the backend to 3", "oh wait I meant the frontend"],
            "scale Exactly(3) todo-frontend",
        ),
        (
            &["scale the backend to 5", "never mind, scale the frontend to 2"],
            "scale Exactly(2) todo-frontend",
        ),
        (&["scale the backend to 5", "never mind"], "declined"),
        (&["never mind, scale the frontend to 2"], "declined"),
        (
            &["set the cpu limit of backend to 500m", "no, 300m"],
            "set-resources 300m todo-backend",
        ),
        (
            &["set the memory limit of backend to 512Mi", "and the cpu limit to 200m"],
            "set-resources 200m todo-backend",
        ),
        // A number of bytes is never meant, and of two amounts either may be.
        (&["set the memory limit of backend to 512Mi", "no, 300"], "declined"),
        (&["set the cpu to 500m and memory to 512Mi of backend", "no, 300m"], "declined"),
        (
            &["restart the backend", "and set the cpu limit to 200m"],
            "? Set limit cpu 200m of which workload? [todo-backend todo-frontend]",
        ),
    ] {
        assert_eq!(last(lines), expected, "{lines:?}");
    }
    let understand = Understand::new(Arc::new(Playbooks::load(&[]).unwrap()));
    let set = |say: &str| match understand.first(say) {
        FirstReading::Understood { readings, .. } => readings,
        other => panic!("{say}: {other:?}"),
    };
    let mut earlier = Conversation::default();
    earlier.push(Turn {
        said: "set LOG_LEVEL=debug on backend".to_owned(),
        readings: set("set LOG_LEVEL=debug on backend"),
        ..Turn::default()
    });
    let FirstReading::Understood { readings, .. } = understand.first_within("actually make it info", &earlier) else {
        panic!("a value takes the place of the one before");
    };
    assert_eq!(readings[0].slots, set("set LOG_LEVEL=info on backend")[0].slots);
}

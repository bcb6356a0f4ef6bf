//! An image that is removed: often only a name of it goes.

use serde_json::{Value, json};

use super::{Told, size_of, text};
use crate::domain::{
    docker::{
        condition::{Check, UNNAMED},
        listed::{container_name, image_names},
        short,
    },
    failure::{Failure, FailureKind, Result},
    field::FieldPath,
    object::ObjectRef,
    undo::{Reversal, ReversedField, Way},
};

/// `containers` is the engine's list of all of them; `going` are the names that the same request takes away.
pub(super) fn removed(
    object: ObjectRef,
    found: &Value,
    containers: &Value,
    force: bool,
    going: &[String],
    notes: &mut Vec<String>,
) -> Result<Told> {
    let id = text(found, "/Id").unwrap_or_default();
    let (go, others): (Vec<&str>, Vec<&str>) = names(found, &object.name)
        .into_iter()
        .partition(|name| going.iter().any(|going| going == name));
    let named = names(found, "").contains(&object.name.as_str());
    let users = users(containers, &id);
    let only = others.is_empty() || !named;
    if only
        && named
        && !force
        && let Some(user) = users.first()
    {
        return Err(Failure::new(
            FailureKind::Failed,
            format!(
                "{object} is what container/{} was made from ({}): it is not removed as long as that is there",
                user.name, user.state
            ),
        )
        .hint(format!(
            "remove that first: `todo-agent \"docker rm {}{}\"`",
            if user.state == "running" { "-f " } else { "" },
            user.name
        ))
        .hint(format!(
            "or take the name away and leave the image to it: `todo-agent \"docker rmi -f {}\"`",
            object.name
        )));
    }
    // What still has a name, or a container that runs, is not gone; one that has ended keeps no image.
    let runs = users
        .iter()
        .any(|user| matches!(user.state.as_str(), "running" | "paused" | "restarting"));
    let stays = named && (!only || runs);
    let names: Vec<String> = users.iter().map(|user| format!("container/{}", user.name)).collect();
    if named && !only {
        notes.push(format!("the image stays: it is also called {}", others.join(", ")));
    } else if named && runs {
        notes.push(format!("the image stays without a name: {} was made from it", names.join(", ")));
    } else if named && !go.is_empty() {
        notes.push(format!(
            "the image goes with its last name: {} is taken away as well",
            go.join(", ")
        ));
    } else if !users.is_empty() {
        notes.push(format!("{} was made from it, and stays", names.join(", ")));
    }
    Ok(Told {
        before: json!({"state": if stays { format!("a name of {}", short(&id)) } else { size_of(found) }}),
        after: json!({"state": if stays { UNNAMED } else { "removed" }}),
        reversal: stays.then(|| Reversal {
            object: object.clone(),
            subresource: "tag".to_owned(),
            way: Way::Fields,
            fields: vec![ReversedField {
                field: FieldPath::keys(&["image"]),
                before: Some(json!(id)),
                ours: None,
            }],
        }),
        object,
        operation: if force { "remove by force" } else { "remove" },
        check: Check::Gone,
        mark: None,
    })
}

/// All its names but this one.
fn names<'a>(image: &'a Value, but: &str) -> Vec<&'a str> {
    image_names(image).filter(|name| *name != but).collect()
}

struct User {
    name: String,
    state: String,
}

/// Containers that were made from it.
fn users(containers: &Value, id: &str) -> Vec<User> {
    let containers = containers.as_array().into_iter().flatten();
    let of_image = containers.filter(|container| container.get("ImageID").and_then(Value::as_str) == Some(id));
    of_image
        .map(|container| User {
            name: container_name(container).to_owned(),
            state: text(container, "/State").unwrap_or_default(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::docker::Noun;

    /// What was and will be, the notes, and whether it can be taken back; or what is said instead.
    type Outcome = std::result::Result<(String, String, Vec<String>, bool), (String, Vec<String>)>;

    fn told(tags: &[&str], containers: &Value, force: bool) -> Outcome {
        together(tags, containers, force, &[])
    }

    fn together(tags: &[&str], containers: &Value, force: bool, going: &[&str]) -> Outcome {
        let going: Vec<String> = going.iter().map(ToString::to_string).collect();
        let found = json!({"Id": "sha256:1104990459a3ff", "Size": 2_980_000, "RepoTags": tags});
        let object = Noun::Image.named(tags.first().copied().unwrap_or("1104990459a3"), None);
        let mut notes = Vec::new();
        removed(object, &found, containers, force, &going, &mut notes)
            .map(|told| {
                let text = |value: &Value| value["state"].as_str().unwrap_or_default().to_owned();
                (text(&told.before), text(&told.after), notes, told.reversal.is_some())
            })
            .map_err(|failure| (failure.what, failure.hints))
    }

    #[test]
    fn of_an_image_with_several_names_one_goes_and_comes_back() {
        let none = json!([]);
        let gone = Ok(("2.98 MB".to_owned(), "removed".to_owned(), Vec::new(), false));
        assert_eq!(told(&["own:1"], &none, false), gone);
        assert_eq!(told(&[], &none, false), gone);
        assert_eq!(
            told(&["own:1", "own:2", "own2:latest"], &none, false),
            Ok((
                "a name of 1104990459a3".to_owned(),
                "without this name".to_owned(),
                vec!["the image stays: it is also called own:2, own2:latest".to_owned()],
                true
            ))
        );
    }

    #[test]
    fn with_the_last_of_its_names_an_image_goes_and_does_not_come_back() {
        let none = json!([]);
        assert_eq!(
            together(&["own:1", "own:2"], &none, false, &["own:1", "own:2"]),
            Ok((
                "2.98 MB".to_owned(),
                "removed".to_owned(),
                vec!["the image goes with its last name: own:2 is taken away as well".to_owned()],
                false
            ))
        );
        assert_eq!(
            together(&["own:1", "own:2", "own:3"], &none, false, &["own:1", "own:2"]),
            Ok((
                "a name of 1104990459a3".to_owned(),
                "without this name".to_owned(),
                vec!["the image stays: it is also called own:3".to_owned()],
                true
            ))
        );
    }

    #[test]
    fn what_a_container_was_made_from_is_not_removed_under_it() {
        let used = |state: &str| json!([{"ImageID": "sha256:1104990459a3ff", "Names": ["/solo"], "State": state}]);
        assert_eq!(
            told(&["own:1"], &used("running"), false),
            Err((
                "image/own:1 is what container/solo was made from (running): it is not removed as long as that is there".to_owned(),
                vec![
                    "remove that first: `todo-agent \"docker rm -f solo\"`".to_owned(),
                    "or take the name away and leave the image to it: `todo-agent \"docker rmi -f own:1\"`".to_owned(),
                ]
            ))
        );
        assert_eq!(
            told(&["own:1"], &used("exited"), true),
            Ok((
                "2.98 MB".to_owned(),
                "removed".to_owned(),
                vec!["container/solo was made from it, and stays".to_owned()],
                false
            ))
        );
        assert_eq!(
            told(&["own:1"], &used("running"), true),
            Ok((
                "a name of 1104990459a3".to_owned(),
                "without this name".to_owned(),
                vec!["the image stays without a name: container/solo was made from it".to_owned()],
                true
            ))
        );
        // With another name left it is no matter who uses it.
        assert!(told(&["own:1", "own:2"], &used("running"), false).is_ok());
    }
}

//! An image that does not exist yet: what is sent for it, and with what it is built.

use serde_json::{Map, Value, json};

use super::{Told, full_name, mounts::value, text};
use crate::{
    domain::{
        docker::{Build, Noun, condition::Check, short, size},
        failure::{Failure, FailureKind, Result},
        ports::engine::Look,
    },
    fallbacks::quoted,
    stages::plan::Planner,
};

impl Planner {
    pub(super) async fn built(&self, build: &Build) -> Result<Told> {
        let target = Noun::Image.named(full_name(&build.tag), None);
        let known = self.engine.look(&Look::Object(target.clone())).await?;
        let before = known.as_ref().and_then(|known| text(known, "/Id"));
        let context = build.context.clone().unwrap_or_else(|| ".".to_owned());
        let file = build.file.clone().unwrap_or_else(|| "Dockerfile".to_owned());
        let sent = self.engine.look(&Look::Context(build.clone())).await?.unwrap_or_default();
        if let Some(line) = text(&sent, "/buildkit") {
            return Err(needs_buildkit(build, &line, sent.get("buildx") == Some(&json!(true))));
        }
        let along = text(&sent, "/outside").map_or_else(String::new, |name| format!(", which lies outside and is sent along as {name}"));
        let number = |key: &str| sent.get(key).and_then(Value::as_u64).unwrap_or_default();
        let files = if number("files") == 1 { "file" } else { "files" };
        let sent = format!("{} {files}, {}", number("files"), size(number("bytes")));
        self.set_here(&build.args).await?;
        let image = before.as_ref().map_or_else(|| json!({}), |id| json!({"image": short(id)}));
        let mut after = Map::new();
        after.insert("image".to_owned(), json!(format!("built from {context} ({sent}) by {file}{along}")));
        for arg in &build.args {
            after.insert(format!("build arg {}", arg.name), json!(value(arg)));
        }
        if let Some(stage) = &build.target {
            after.insert("stage".to_owned(), json!(stage));
        }
        if build.no_cache {
            after.insert("cache".to_owned(), json!("not used"));
        }
        Ok(Told {
            object: target,
            operation: "build",
            before: image,
            after: Value::Object(after),
            reversal: None,
            check: Check::Built,
            mark: before,
        })
    }
}

fn needs_buildkit(build: &Build, line: &str, buildx: bool) -> Failure {
    let file = build.file.as_deref().unwrap_or("the Dockerfile");
    let what = format!("{file} needs BuildKit ({line}), and here the engine's classic builder is used; nothing was built");
    let failure = Failure::new(FailureKind::Usage, what);
    if buildx {
        failure.hint(format!("`{}` has it", command(build)))
    } else {
        failure.hint("docker has it in a plugin that is not here: https://docs.docker.com/go/buildx/")
    }
}

/// What builds it with BuildKit.
fn command(build: &Build) -> String {
    let mut words = vec!["docker buildx build --load -t".to_owned(), build.tag.clone()];
    words.extend(build.file.iter().map(|file| format!("-f {}", quoted(file))));
    words.extend(build.no_cache.then(|| "--no-cache".to_owned()));
    words.extend(build.target.iter().map(|stage| format!("--target {}", quoted(stage))));
    words.extend(build.args.iter().map(|arg| {
        let said = arg
            .value
            .as_ref()
            .map_or_else(|| arg.name.clone(), |value| format!("{}={value}", arg.name));
        format!("--build-arg {}", quoted(&said))
    }));
    words.push(quoted(build.context.as_deref().unwrap_or(".")));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::intent::EnvChange;

    #[test]
    fn the_command_of_buildkit_builds_the_same() {
        let build = Build {
            context: Some("./my app".to_owned()),
            file: Some("x.Dockerfile".to_owned()),
            tag: "x:1".to_owned(),
            no_cache: true,
            args: vec![EnvChange::set("A", "1 2"), EnvChange::unset("TOKEN")],
            target: Some("run".to_owned()),
        };
        assert_eq!(
            command(&build),
            "docker buildx build --load -t x:1 -f x.Dockerfile --no-cache --target run --build-arg 'A=1 2' --build-arg TOKEN './my app'"
        );
    }
}

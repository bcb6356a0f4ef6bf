//! The layers of an image, and what makes it large.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{list, number, text};
use crate::domain::{
    answer::Description,
    docker::{short, size},
    object::ObjectRef,
};

/// Layers smaller than this are not worth a word.
const SMALL: u64 = 1_000_000;

/// Steps that are told one by one.
const MOST: usize = 25;

/// A step of the image's history.
struct Layer {
    bytes: u64,
    did: String,
}

pub fn of(object: &ObjectRef, image: &Value, history: &Value, advice: bool) -> Description {
    let layers: Vec<Layer> = history
        .as_array()
        .into_iter()
        .flatten()
        .map(|layer| Layer {
            bytes: number(layer, "/Size"),
            did: did(text(layer, "/CreatedBy")),
        })
        .collect();
    let total = number(image, "/Size");
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let mut facts = vec![
        fact("Size", size(total)),
        fact("Layers", list(image, "/RootFS/Layers").len().to_string()),
        fact("ID", short(text(image, "/Id")).to_owned()),
    ];
    if let Some(largest) = layers.iter().max_by_key(|layer| layer.bytes).filter(|layer| layer.bytes >= SMALL) {
        let share = (largest.bytes * 100).checked_div(total).unwrap_or_default().min(100);
        facts.push(fact("Largest", format!("{} ({share} %): {}", size(largest.bytes), largest.did)));
    }
    let mut sections = BTreeMap::new();
    let steps = layers.iter().filter(|layer| !advice || layer.bytes >= SMALL).take(MOST);
    sections.insert(
        if advice { "What it is made of" } else { "History, newest first" }.to_owned(),
        steps.map(|layer| (size(layer.bytes), layer.did.clone())).collect(),
    );
    let hints = hints(image, &layers);
    if advice {
        let hints = if hints.is_empty() {
            vec!["nothing stands out: what is in it is what its steps put there".to_owned()]
        } else {
            hints
        };
        let numbered = hints.into_iter().enumerate().map(|(n, hint)| ((n + 1).to_string(), hint));
        sections.insert("What could be done".to_owned(), numbered.collect());
    }
    Description {
        object: object.clone(),
        facts,
        sections,
        only: Vec::new(),
        events: Vec::new(),
        findings: Vec::new(),
        manifest: serde_json::json!({"image": image, "history": history}),
    }
}

/// The line of the Dockerfile, without what the builder put around it.
fn did(created_by: &str) -> String {
    let line = created_by.trim();
    let line = line.strip_prefix("/bin/sh -c #(nop) ").map_or_else(
        || match line.strip_prefix("/bin/sh -c ") {
            Some(command) => format!("RUN {command}"),
            None => line.trim_end_matches(" # buildkit").to_owned(),
        },
        |instruction| instruction.trim().to_owned(),
    );
    let line = line
        .replace("RUN /bin/sh -c ", "RUN ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    if line.is_empty() { "(imported)".to_owned() } else { line }
}

/// What is known to make images large, each with what to do instead.
fn hints(image: &Value, layers: &[Layer]) -> Vec<String> {
    let mut hints = Vec::new();
    let lower: Vec<(u64, String)> = layers.iter().map(|layer| (layer.bytes, layer.did.to_lowercase())).collect();
    let any = |test: &dyn Fn(&str) -> bool| lower.iter().any(|(bytes, did)| *bytes >= SMALL && test(did));
    if any(&|did| did.contains("apt-get install") && !did.contains("rm -rf /var/lib/apt/lists")) {
        hints.push("remove the package lists in the step that installs: `&& rm -rf /var/lib/apt/lists/*`".to_owned());
    }
    if any(&|did| did.contains("apt-get install") && !did.contains("--no-install-recommends")) {
        hints.push("install with `--no-install-recommends`".to_owned());
    }
    if any(&|did| did.contains("pip install") && !did.contains("--no-cache-dir") && !did.contains("mount=type=cache")) {
        hints.push("keep pip's cache out of the image: `pip install --no-cache-dir`, or a cache mount".to_owned());
    }
    if any(&|did| (did.contains("npm install") || did.contains("npm ci")) && !did.contains("mount=type=cache")) {
        hints.push("build in one stage and copy only what runs into another: node_modules for building are not needed there".to_owned());
    }
    if any(&|did| did.contains("apk add") && !did.contains("--no-cache")) {
        hints.push("add packages with `apk add --no-cache`".to_owned());
    }
    if any(&|did| did.starts_with("copy . ") || did.starts_with("copy dir:")) {
        hints.push(
            "a whole folder is copied: list in `.dockerignore` what does not belong into the image (.git, node_modules, .venv, .env)"
                .to_owned(),
        );
    }
    if any(&|did| did.contains("chown -r") || did.contains("chmod -r")) {
        hints.push("a step that changes owners holds every file a second time: use `COPY --chown=…`".to_owned());
    }
    if any(&|did| did.contains("gcc") || did.contains("build-essential") || did.contains("build-base")) {
        hints.push("compilers stay in the image: compile in one stage, copy the result into another".to_owned());
    }
    let base = lower.last().map_or(0, |(bytes, _)| *bytes);
    let total = number(image, "/Size").max(1);
    if base >= 100 * SMALL && base * 2 > total {
        hints.push(format!(
            "the base image is {} of {}: a smaller one (-slim, -alpine, distroless) saves most",
            size(base),
            size(total)
        ));
    }
    hints
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::docker::Noun;

    #[test]
    fn what_makes_an_image_large_is_told_with_what_to_do() {
        let image = json!({"Id": "sha256:0123456789abcdef", "Size": 400_000_000, "RootFS": {"Layers": ["a", "b", "c"]}});
        let history = json!([
            {"Size": 0, "CreatedBy": "CMD [\"python\" \"main.py\"]"},
            {"Size": 60_000_000, "CreatedBy": "/bin/sh -c pip install -r requirements.txt"},
            {"Size": 90_000_000, "CreatedBy": "RUN /bin/sh -c apt-get update && apt-get install -y gcc # buildkit"},
            {"Size": 250_000_000, "CreatedBy": "/bin/sh -c #(nop) ADD file:1 in / "},
        ]);
        let told = of(&Noun::Image.named("a:1", None), &image, &history, true);
        assert_eq!(told.facts[3].1, "250 MB (62 %): ADD file:1 in /");
        let hints: Vec<&str> = told.sections["What could be done"].iter().map(|(_, hint)| hint.as_str()).collect();
        assert_eq!(
            hints,
            [
                "remove the package lists in the step that installs: `&& rm -rf /var/lib/apt/lists/*`",
                "install with `--no-install-recommends`",
                "keep pip's cache out of the image: `pip install --no-cache-dir`, or a cache mount",
                "compilers stay in the image: compile in one stage, copy the result into another",
                "the base image is 250 MB of 400 MB: a smaller one (-slim, -alpine, distroless) saves most",
            ]
        );
    }
}

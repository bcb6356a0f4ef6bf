//! An image that is fetched from its registry.

use serde_json::json;

use super::{Told, full_name, text};
use crate::{
    domain::{
        docker::{Noun, Pull, condition::Check, short},
        failure::Result,
        ports::engine::Look,
    },
    stages::plan::Planner,
};

impl Planner {
    pub(super) async fn pulled(&self, pull: &Pull) -> Result<Told> {
        let target = Noun::Image.named(full_name(&pull.image), None);
        let known = self.engine.look(&Look::Object(target.clone())).await?;
        let before = known.as_ref().and_then(|known| text(known, "/Id"));
        let registry = registry(&target.name);
        Ok(Told {
            operation: "pull",
            before: before.as_ref().map_or_else(|| json!({}), |id| json!({"image": short(id)})),
            after: json!({"image": format!("what {registry} has under this name")}),
            object: target,
            reversal: None,
            check: Check::Pulled,
            mark: before,
        })
    }
}

/// The part before the first slash, where it is a host (docker/reference): a dot, a port, or `localhost`.
fn registry(image: &str) -> &str {
    match image.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host,
        _ => "Docker Hub",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_is_what_stands_before_the_first_slash_if_it_is_a_host() {
        let told = [
            "nginx:1.27",
            "library/nginx",
            "127.0.0.1:5000/nginx",
            "ghcr.io/a/b:1",
            "localhost/x",
        ]
        .map(registry);
        assert_eq!(told, ["Docker Hub", "Docker Hub", "127.0.0.1:5000", "ghcr.io", "localhost"]);
    }
}

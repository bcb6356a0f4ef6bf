//! `/context` and `/namespace`: where the requests to come go.

use super::{
    Chat,
    command::{self, Typed},
};
use crate::{
    app::{MOST_NAMES, Whereabouts},
    domain::failure::{Failure, FailureKind, Result},
    front::cli::options::Options,
};

impl Chat<'_> {
    pub(super) async fn context(&mut self, name: Option<String>) -> Result<u8> {
        let Some(name) = name else {
            let options = self.options.for_request();
            let names = self.bench.app.names(&options).await;
            let here = self.bench.app.whereabouts(&options).await?;
            self.list("context", &here.context, &names.contexts);
            return Ok(0);
        };
        let options = Options {
            context: Some(name),
            // A context that was named with this permission is another one.
            allow_remote: false,
            // That of the new context holds.
            namespace: None,
            ..self.options.clone()
        };
        let place = self.bench.app.whereabouts(&options.for_request()).await?;
        self.options = options;
        self.moved(place);
        Ok(0)
    }

    pub(super) async fn namespace(&mut self, name: Option<String>) -> Result<u8> {
        let names = self.bench.app.names(&self.options.for_request()).await;
        let Some(name) = name else {
            let here = self.bench.app.whereabouts(&self.options.for_request()).await?;
            self.list("namespace", &here.namespace, &names.namespaces);
            return Ok(0);
        };
        // Of very many not all are known here.
        let all = (1..MOST_NAMES).contains(&names.namespaces.len());
        if all && !names.namespaces.contains(&name) {
            let near = names
                .namespaces
                .iter()
                .map(|known| (strsim::damerau_levenshtein(known, &name), known))
                .min();
            let failure = Failure::new(FailureKind::NotFound, format!("there is no namespace \"{name}\""));
            return Err(match near.filter(|(distance, _)| *distance <= 2) {
                Some((_, near)) => failure.hint(format!("Did you mean `/namespace {near}`?")),
                None => failure.hint(format!("There are: {}", names.namespaces.join(", "))),
            });
        }
        self.options.namespace = Some(name);
        let place = self.bench.app.whereabouts(&self.options.for_request()).await?;
        self.moved(place);
        Ok(0)
    }

    /// What the words mean that name a namespace or a context without saying which; what is neither is a request.
    pub(super) async fn place_called(&self, name: String, line: &str) -> Typed {
        let names = self.bench.app.names(&self.options.for_request()).await;
        match (names.namespaces.contains(&name), names.contexts.contains(&name)) {
            (true, true) => Typed::Wrong(format!(
                "{name} is a namespace and a context: say `/namespace {name}` or `/context {name}`"
            )),
            (true, false) => Typed::Namespace(Some(name)),
            (false, true) => Typed::Context(Some(name)),
            (false, false) => command::plainly(line),
        }
    }

    fn moved(&mut self, place: Whereabouts) {
        let said = format!("Requests go to {} · {} now.", place.context, place.namespace);
        self.bench.screen.say(&[said]);
        self.place = Some(place);
        self.give();
        if self.at_terminal {
            self.learn_names();
        }
    }

    fn list(&self, what: &str, here: &str, all: &[String]) {
        let mut lines = vec![format!("The {what} is {here}.")];
        let others: Vec<&str> = all.iter().map(String::as_str).filter(|name| *name != here).collect();
        if !others.is_empty() {
            let (look, _) = self.bench.screen.looks();
            lines.extend(look.wrapped(&format!("There are also: {}", others.join(", ")), 2));
        }
        self.bench.screen.say(&lines);
    }
}

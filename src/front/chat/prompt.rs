//! The prompt: where one is, in sight whenever something is typed.

use crate::{
    app::Whereabouts,
    domain::place::Locality,
    front::screen::{
        look::{Look, Tone},
        words::harmless,
    },
};

/// With and without colours; both take the same columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    pub plain: String,
    pub painted: String,
}

impl Prompt {
    /// `minikube · todo › `. Half of a narrow terminal belongs to what is typed: there the context goes first, then the namespace.
    #[must_use]
    pub fn of(place: &Whereabouts, look: &Look) -> Self {
        let context = harmless(&place.context);
        let namespace = harmless(&place.namespace);
        let (doubt, tone) = match place.locality {
            None => (" (no answer)", Tone::Bad),
            Some(Locality::Remote) => (" (not local)", Tone::Bad),
            Some(_) => ("", Tone::Dim),
        };
        let forms = [
            format!("{context}{doubt} · {namespace}"),
            format!("{context}{doubt}"),
            context.clone().into_owned(),
        ];
        let fits = |form: &&String| look.columns(form) + 3 <= look.width / 2 || look.width >= 80;
        let where_one_is = forms.iter().find(fits).map_or("", String::as_str);
        let gap = if where_one_is.is_empty() { "" } else { " " };
        let where_one_is = look.shown(where_one_is);
        let sign = look.shown("›");
        Self {
            plain: format!("{where_one_is}{gap}{sign} "),
            painted: format!("{}{gap}{sign} ", look.paint(tone, &where_one_is)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::screen::look::tests::terminal;

    fn prompt(locality: Option<Locality>, columns: usize) -> String {
        let place = Whereabouts {
            context: "minikube".to_owned(),
            namespace: "todo".to_owned(),
            locality,
        };
        Prompt::of(&place, &terminal(columns, true)).plain
    }

    #[test]
    fn it_says_where_one_is_and_leaves_room_to_type() {
        assert_eq!(prompt(Some(Locality::Minikube), 80), "minikube · todo › ");
        assert_eq!(prompt(Some(Locality::Remote), 80), "minikube (not local) · todo › ");
        assert_eq!(prompt(None, 80), "minikube (no answer) · todo › ");
        assert_eq!(prompt(Some(Locality::Minikube), 40), "minikube · todo › ");
        assert_eq!(prompt(Some(Locality::Minikube), 30), "minikube › ");
        assert_eq!(prompt(Some(Locality::Minikube), 20), "› ");
    }
}

//! Words of a change that would be read as something else than they say: a correction, a pattern, a question, what is past, a
//! step that is told as an end.

use super::{
    clause::Clause,
    first::Telling,
    mood,
    token::{Shape, Token},
};
use crate::fallbacks::{Class, SlotType, Word};

/// After a comma these may take back what came before it.
const NARROWING: [&str; 7] = ["only", "just", "simply", "even", "still", "already", "again"];

/// Without a verb these say how it is.
const STATES: [&str; 12] = [
    "ok",
    "okay",
    "fine",
    "good",
    "done",
    "running",
    "ready",
    "still",
    "again",
    "only",
    "already",
    "currently",
];

/// Signs that people put around a request and that say nothing of it.
const DECORATION: [char; 26] = [
    '–', '—', '•', '·', '…', '→', '🙏', '🚀', '🔄', '🔁', '🔃', '♻', '👍', '👌', '💪', '❗', '‼', '⚡', '✨', '🔥', '💯', '❤', '👋', '🎯',
    '🐳', '☸',
];

impl Telling<'_> {
    /// The bytes of such a word in a request that changes something.
    pub(super) fn misread(&self, clauses: &[Clause]) -> Option<(usize, usize)> {
        if !clauses.iter().any(|clause| self.is_change(clause)) {
            return None;
        }
        let sets_variables = |clause: &Clause| clause.has_slot(SlotType::Env, self.playbooks);
        let named = || (!clauses.iter().any(sets_variables)).then(|| self.shouted_name()).flatten();
        self.correction()
            .or_else(|| self.trailing_off())
            .or_else(|| self.pattern())
            .or_else(named)
            .or_else(|| self.asked())
            .or_else(|| self.told())
            .or_else(|| self.relative_end())
            .or_else(|| self.and_back())
            .or_else(|| {
                clauses
                    .iter()
                    .filter(|clause| !self.is_change(clause))
                    .find_map(|clause| self.brought(clause).or_else(|| self.everything(clause)))
            })
            .or_else(|| self.several_kinds())
            .or_else(|| self.spelled_tag())
            .or_else(|| self.no_image())
            .or_else(|| self.qualified())
            .or_else(|| self.reported())
            .or_else(|| self.unclosed())
            .or_else(|| self.kept(clauses))
            .or_else(|| self.signed())
            .or_else(|| {
                clauses
                    .iter()
                    .filter(|clause| sets_variables(clause))
                    .find_map(|clause| self.in_brackets(clause))
            })
            .or_else(|| self.numbered_one())
            .or_else(|| self.all_the_rest())
            .or_else(|| self.both_ways())
            .or_else(|| clauses.iter().find_map(|clause| self.against_itself(clause)))
            .or_else(|| self.joined_to_nothing(clauses))
            .or_else(|| self.no_end())
    }

    /// "scale backend to 0, then bring it up": to how many?
    fn brought(&self, clause: &Clause) -> Option<(usize, usize)> {
        let lexicon = self.playbooks.lexicon();
        let moves = |token: &Token| ["bring", "take", "put", "get"].contains(&token.lower.as_str());
        let way = |token: &Token| token.is(lexicon, Class::Up) || token.is(lexicon, Class::Down);
        let (first, last) = (clause.tokens.first()?, clause.tokens.last()?);
        (clause.tokens.iter().any(moves) && clause.tokens.iter().any(way)).then_some((first.start, last.end))
    }

    /// "restart backend and everything": more of the change, or a look at all?
    fn everything(&self, clause: &Clause) -> Option<(usize, usize)> {
        let lexicon = self.playbooks.lexicon();
        let all = |token: &Token| token.is(lexicon, Class::All) || token.is(lexicon, Class::Every) || mood::is_padding(token, lexicon);
        let (first, last) = (clause.tokens.first()?, clause.tokens.last()?);
        // "… and image": one noun is no request to see something.
        let asks =
            |token: &Token| token.is(lexicon, Class::Asking) || token.is(lexicon, Class::Question) || token.is(lexicon, Class::Order);
        let content = clause
            .tokens
            .iter()
            .filter(|token| !token.is(lexicon, Class::Grammar) && !mood::is_padding(token, lexicon));
        let noun = clause.linked && content.count() == 1 && !clause.tokens.iter().any(asks);
        (noun || clause.tokens.iter().all(all)).then_some((first.start, last.end))
    }

    /// "delete deploy,svc api": kinds in a list before a name are as many objects, of which one would be left out in silence.
    fn several_kinds(&self) -> Option<(usize, usize)> {
        let lexicon = self.playbooks.lexicon();
        let kind = |token: &Token| token.word(lexicon).and_then(|word| word.kind);
        let is_list = |three: &&[Token]| match (kind(&three[0]), &three[1].shape, kind(&three[2])) {
            (Some(one), Shape::Comma, Some(other)) => one != other,
            _ => false,
        };
        let list = self.tokens.windows(3).find(is_list)?;
        Some((list[0].start, list[2].end))
    }

    /// "update backend to version two": tags are not spelled so.
    fn spelled_tag(&self) -> Option<(usize, usize)> {
        let version = |token: &Token| ["version", "tag", "release"].contains(&token.lower.as_str());
        let spelled = |token: &Token| {
            matches!(token.shape, Shape::Number(_)) && token.text.chars().all(char::is_alphabetic)
                || token.word(self.playbooks.lexicon()).is_some_and(|word| word.number.is_some())
        };
        let two = self.tokens.windows(2).find(|two| version(&two[0]) && spelled(&two[1]))?;
        Some((two[0].start, two[1].end))
    }

    /// "set the image of backend to theirs", "… to the frontend's", "… to nginx:": a word of the language, what stands for another
    /// workload, or half a name is no image.
    fn no_image(&self) -> Option<(usize, usize)> {
        let lexicon = self.playbooks.lexicon();
        if !self.tokens.iter().any(|token| token.lower == "image") {
            return None;
        }
        let to = self.tokens.iter().rposition(|token| token.lower == "to")?;
        let rest = self.tokens.get(to + 1..)?;
        let says = |token: &&Token| !token.is(lexicon, Class::Grammar) && !mood::is_padding(token, lexicon);
        let at = rest.iter().position(|token| says(&token))?;
        let word = rest.get(at)?;
        let of_another = rest.get(at + 1).is_some_and(|token| token.lower == "image");
        let role = |name: &str| lexicon.roles.iter().any(|(role, _)| role == name);
        let cut_off = self.text.get(word.end..).is_some_and(|rest| rest.starts_with(':'));
        let ours = ["mine", "ours", "yours", "theirs", "its", "empty", "none", "nothing", "default"].contains(&word.lower.as_str());
        (role(&word.lower) || of_another || ours || cut_off).then_some((word.start, word.end))
    }

    /// "backend should be restarted?", "scale backend to 3, right?": whether it is so, and not that it be done.
    fn asked(&self) -> Option<(usize, usize)> {
        let said: Vec<&Token> = self.tokens.iter().filter(|token| token.shape != Shape::Symbol).collect();
        let (last, before) = said.split_last().filter(|(last, _)| last.shape == Shape::QuestionMark)?;
        if before.iter().any(|token| ["please", "pls", "plz"].contains(&token.lower.as_str())) {
            return None;
        }
        let tag = before
            .last()
            .filter(|token| ["right", "yes", "correct"].contains(&token.lower.as_str()));
        let duty = |token: &Token| ["should", "must", "need", "needs"].contains(&token.lower.split(' ').next().unwrap_or_default());
        let needs = |token: &Token| token.lower == "need" || token.lower == "needs";
        let told = before
            .iter()
            .enumerate()
            .find(|(n, token)| duty(token) && (*n > 0 || needs(token)))
            .map(|(_, token)| token);
        let first = before
            .first()
            .filter(|first| !first.is(self.playbooks.lexicon(), Class::Hypothesis) && !first.is(self.playbooks.lexicon(), Class::Question));
        let word = tag.or_else(|| told.filter(|_| first.is_some()))?;
        Some((word.start, last.end))
    }

    /// "restart backend 🤔", "set A=<value>", "scale {{name}}": a sign that says something, and what stands for something.
    fn signed(&self) -> Option<(usize, usize)> {
        let meaningless = |c: char| {
            let smiles = matches!(c, '\u{1f600}'..='\u{1f60f}' | '\u{1f642}' | '\u{1f643}' | '\u{fe0f}');
            c.is_ascii() || smiles || DECORATION.contains(&c)
        };
        let sign = |token: &&Token| token.shape == Shape::Symbol && !token.text.chars().all(meaningless);
        let placeholder = |token: &&Token| {
            let before = self.text.get(..token.start).unwrap_or_default();
            let rest = self.text.get(token.end..).unwrap_or_default();
            let between = |open, close| before.ends_with(open) && rest.starts_with(close);
            between('<', '>')
                || between('{', '}')
                || is_variable(&token.text)
                || token.text.contains("=<") && token.text.ends_with('>')
                || token.text.contains("='") && token.text.matches('\'').count() == 1
        };
        let token = self
            .tokens
            .iter()
            .find(|token| !token.quoted && (sign(token) || placeholder(token)))?;
        Some((token.start, token.end))
    }

    /// "set A to {{B}}", "set A to <x>": the brackets may be a part of the value.
    fn in_brackets(&self, clause: &Clause) -> Option<(usize, usize)> {
        let opened = |token: &Token| {
            self.text
                .get(..token.start)
                .is_some_and(|before| before.ends_with(['{', '[', '(', '<', '*']))
        };
        let two = clause
            .tokens
            .windows(2)
            .find(|two| two[0].lower == "to" && !two[1].quoted && opened(&two[1]))?;
        Some((two[1].start, two[1].end))
    }

    /// `set A="1 on backend`: where does the value end?
    fn unclosed(&self) -> Option<(usize, usize)> {
        let ends_early = |token: &&Token| {
            let value = token.text.split_once("=\"").map(|(_, value)| value);
            value.is_some_and(|value| value.find('"').is_some_and(|at| at + 1 < value.len()) && !value.contains('\\'))
        };
        let early = self.tokens.iter().find(ends_early).map(|token| (token.start, token.end));
        early.or_else(|| {
            let at = self.text.rfind('"')?;
            (self.text.matches('"').count() % 2 == 1).then_some((at, at + 1))
        })
    }

    /// "keep the backend image todo-backend:v2": as it is, or is it to become so?
    fn kept(&self, clauses: &[Clause]) -> Option<(usize, usize)> {
        let keeps = |token: &&Token| token.lower == "keep" && !token.quoted;
        let sets = |clause: &&Clause| {
            let valued = |of| clause.has_slot(of, self.playbooks);
            let acts = clause.best.as_ref().is_some_and(|best| best.guess.is_none());
            acts && self.is_change(clause) && (valued(SlotType::Image) || valued(SlotType::Env))
        };
        let token = clauses.iter().filter(sets).flat_map(|clause| &clause.tokens).find(keeps)?;
        Some((token.start, token.end))
    }

    /// "only 3 backend replicas", "backend replicas == 3", "backend restart ok": what somebody saw.
    fn reported(&self) -> Option<(usize, usize)> {
        let lexicon = self.playbooks.lexicon();
        let words: Vec<&Token> = self.tokens.iter().filter(|token| token.shape != Shape::Comma).collect();
        let (first, last) = (words.first()?, words.last()?);
        let verb = |token: &Token| token.word(lexicon).is_some_and(Word::orders);
        let few = (first.lower == "only" && words.get(1).is_some_and(|token| matches!(token.shape, Shape::Number(_)))).then_some(*first);
        let quoted = |at: usize| {
            let holds = |token: &&Token| token.start <= at && at < token.end;
            self.tokens
                .iter()
                .find(holds)
                .is_some_and(|token| token.quoted || token.text.contains('='))
        };
        let compared = ["==", "!=", "<=", ">="]
            .iter()
            .find_map(|sign| self.text.find(&format!(" {sign} ")));
        let named_first = words.iter().copied().position(|token| token.may_name(lexicon)) < words.iter().copied().position(verb);
        let orders = |token: &&Token| {
            let is = |class: Class| token.is(lexicon, class);
            !STATES.contains(&token.lower.as_str()) && (verb(token) || is(Class::Order) || is(Class::Doing) || is(Class::Setting))
        };
        let counted = words.iter().any(|token| matches!(token.shape, Shape::Number(_))) && !words.iter().any(orders);
        let definite = ["the", "these", "those", "all", "any", "some", "up to"].contains(&first.lower.as_str());
        let numbered = |n: usize| words.get(n).is_some_and(|token| matches!(token.shape, Shape::Number(_)));
        let verbless = !words.iter().any(orders);
        let state = |token: &&&Token| {
            let odd = token.shape == Shape::Symbol || ["/", "*", "?=", "..."].contains(&token.text.as_str());
            odd && !token.quoted || STATES.contains(&token.lower.as_str())
        };
        let seen = words.iter().filter(|_| verbless).find(state).copied();
        let limit = (first.lower == "up" && words.get(1).is_some_and(|token| token.lower == "to")).then_some(*first);
        // "three replicas of backend run"
        let ends_with_it = matches!(first.shape, Shape::Number(_)) && last.lower == "run";
        let limit = limit.or(ends_with_it.then_some(*last));
        let few = few
            .or(seen)
            .or(limit)
            .or((counted && definite && (numbered(1) || numbered(2))).then_some(*first));
        let done = (named_first && ["ok", "okay", "fine", "good", "done"].contains(&last.lower.as_str())).then_some(*last);
        let told = few.or(done).map(|token| (token.start, token.end)).or_else(|| {
            let signs = ["*", "...", "…", "/", "?="];
            let sign = signs
                .iter()
                .find_map(|sign| Some((self.text.find(&format!(" {sign} "))? + 1, sign.len())));
            sign.filter(|_| verbless).map(|(at, length)| (at, at + length))
        });
        told.or_else(|| compared.filter(|at| !quoted(*at)).map(|at| (at + 1, at + 3)))
    }

    /// "restart backend... frontend": a list, or a second thought?
    fn trailing_off(&self) -> Option<(usize, usize)> {
        let joins = |two: &[Token]| {
            let between = self.text.get(two[0].end..two[1].start).unwrap_or_default();
            let off = [two[0].text.as_str(), between]
                .iter()
                .any(|text| text.contains("...") || text.contains('…'));
            off && !two[0].quoted && two[1].may_name(self.playbooks.lexicon())
        };
        let two = self.tokens.windows(2).find(|two| joins(two))?;
        Some((two[0].start, two[1].end))
    }

    /// "scale another backend to 3", "restart the backend cluster": which, or what of it?
    fn qualified(&self) -> Option<(usize, usize)> {
        let lexicon = self.playbooks.lexicon();
        let names = |token: &Token| token.may_name(lexicon);
        let ends = self
            .tokens
            .windows(2)
            .any(|two| two[0].lower == "to" && matches!(two[1].shape, Shape::Number(_)));
        self.tokens.windows(2).find_map(|two| {
            let [first, second] = two else { return None };
            let another = ends && ["another", "extra", "additional"].contains(&first.lower.as_str()) && names(second);
            let cluster = names(first) && second.is(lexicon, Class::Cluster);
            (another || cluster).then_some((first.start, second.end))
        })
    }

    /// "restart backend, I mean frontend", "scale backend to 3, same as frontend".
    fn correction(&self) -> Option<(usize, usize)> {
        let lexicon = self.playbooks.lexicon();
        let says =
            |token: &Token| !mood::is_padding(token, lexicon) && !token.is(lexicon, Class::Order) && !token.is(lexicon, Class::Grammar);
        let corrects = |n: usize, token: &Token| {
            let after_comma = n
                .checked_sub(1)
                .and_then(|n| self.tokens.get(n))
                .is_some_and(|token| token.shape == Shape::Comma);
            token.is(lexicon, Class::Correction) || after_comma && NARROWING.contains(&token.lower.as_str())
        };
        let at = (0..self.tokens.len()).find(|&n| {
            let (before, after) = self.tokens.split_at(n);
            let Some((token, after)) = after.split_first() else { return false };
            let said_last = token.lower == "i mean" || token.lower == "i meant";
            !token.quoted && corrects(n, token) && before.iter().any(says) && (said_last || after.iter().any(says))
        })?;
        self.tokens.get(at).map(|token| (token.start, token.end))
    }

    /// "restart backend*", "unset OLD_*": a pattern is no name. `*backend*` is only written in bold.
    fn pattern(&self) -> Option<(usize, usize)> {
        let words = self.text.split_whitespace().filter(|word| !word.contains('='));
        let mut patterns = words.filter(|word| {
            let bare = word.trim_matches(|c: char| c.is_ascii_punctuation() && c != '*');
            let stars = |text: &str| text.len() - text.trim_start_matches('*').len();
            let at_end = bare.len() - bare.trim_end_matches('*').len();
            let inside = bare.trim_matches('*');
            !inside.is_empty() && (stars(bare) != at_end || inside.contains('*'))
        });
        let Some(word) = patterns.next() else {
            let parts = [
                "starting with",
                "beginning with",
                "ending with",
                "ending in",
                "matching",
                "containing",
            ];
            let token = self.tokens.iter().find(|token| parts.contains(&token.lower.as_str()))?;
            return Some((token.start, token.end));
        };
        let start = self.text.find(word)?;
        Some((start, start + word.len()))
    }

    /// "set IMAGE to x", "set A to 1": a name in capitals behind the verb is that of a variable, whatever the word means.
    fn shouted_name(&self) -> Option<(usize, usize)> {
        let lexicon = self.playbooks.lexicon();
        if !self.text.chars().any(char::is_lowercase) {
            return None;
        }
        let is_name = |token: &Token| {
            token.text.starts_with(|c: char| c.is_ascii_uppercase())
                && token.text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        };
        let known = |token: &Token| token.word(lexicon).is_some_and(|word| word.role.is_none());
        let colon = |token: &Token| self.text.get(token.end..).is_some_and(|rest| rest.starts_with(':'));
        let verb = self.tokens.iter().position(|token| token.is(lexicon, Class::Setting))?;
        let rest = self.tokens.get(verb + 1..)?;
        let to = rest.iter().position(|token| token.lower == "to");
        let gives = |n: usize| {
            let symbol = rest.get(n + 1).is_some_and(|next| next.shape == Shape::Symbol);
            to.is_some_and(|to| n < to) || n == 0 && (symbol || colon(&rest[n]))
        };
        let at = rest
            .iter()
            .enumerate()
            .position(|(n, token)| is_name(token) && known(token) && gives(n))?;
        rest.get(at).map(|name| (name.start, name.end))
    }
}

/// `$NAME`, `${NAME}`, `%NAME%`: a variable that no shell has filled in.
fn is_variable(text: &str) -> bool {
    let windows = text.strip_prefix('%').and_then(|rest| rest.strip_suffix('%'));
    let name = windows.or_else(|| text.strip_prefix('$')).unwrap_or_default();
    let name = name.strip_prefix('{').map_or(name, |inner| inner.trim_end_matches('}'));
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

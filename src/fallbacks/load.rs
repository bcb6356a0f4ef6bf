//! Playbooks from the program itself, from the user's folder, and from a project's that is trusted.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::OnceLock,
};

use super::{
    compile::{FlagWords, check, compile},
    file::PlaybookFile,
    files::{BUILTIN, builtin_text, is_playbook, prepared, yaml_files},
    lexicon::{Concept, Lexicon, Words},
    mistake::{Origin, nearest},
    playbook::Playbook,
};
use crate::domain::failure::{Failure, FailureKind, Result};

/// All playbooks and the lexicon, read when they are first needed: a request is for a cluster or for an engine, and what it
/// costs to read them is most of what it costs until it is sent.
#[derive(Clone, Debug)]
pub struct Playbooks {
    domain: Domain,
    /// Where some are not built in.
    own: Option<Box<Set>>,
    /// Those for a Docker Engine, with words of their own.
    docker: Option<Box<Playbooks>>,
}

#[derive(Clone, Copy, Debug)]
enum Domain {
    Kubernetes,
    Docker,
}

/// The built-in ones, for a cluster and for an engine: made once, whoever needs them first.
static BUILT_IN: [OnceLock<Set>; 2] = [OnceLock::new(), OnceLock::new()];

/// Playbooks, ready to be searched.
#[derive(Clone, Debug, Default)]
struct Set {
    lexicon: Lexicon,
    playbooks: Vec<Playbook>,
    /// Concept → phrases (playbook, phrase) whose first necessary cue it is.
    by_cue: HashMap<Concept, Vec<(usize, usize)>>,
    /// Phrases without a necessary cue: `{kind}`.
    bare: Vec<(usize, usize)>,
    /// Words of a flag slot: concept → playbook and slot.
    flag_words: Vec<(Concept, usize, usize)>,
}

/// A file says in a line of its own that it is about Docker.
fn is_of_docker(text: &str) -> bool {
    text.lines().any(|line| line.trim_end() == "domain: docker")
}

impl Playbooks {
    /// The built-in playbooks, then those of each folder in `extra`: one of the same intent replaces the one before. A
    /// folder that does not exist is no error.
    ///
    /// # Errors
    /// A mistake in a file: what, file, line, and what was probably meant.
    pub fn load(extra: &[PathBuf]) -> Result<Self> {
        Self::load_with(extra, &[])
    }

    /// The same, and last those of `read`: file and text, as they were read before. A folder that is looked at a second
    /// time may hold something else.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn load_with(extra: &[PathBuf], read: &[(String, String)]) -> Result<Self> {
        let (mut kubernetes, mut docker) = (Vec::new(), Vec::new());
        let mut add = |file: &str, text: &str| {
            let of = if is_of_docker(text) { &mut docker } else { &mut kubernetes };
            of.push((file.to_owned(), text.to_owned()));
        };
        for folder in extra {
            for path in yaml_files(folder)? {
                let text = std::fs::read_to_string(&path).map_err(|error| {
                    Failure::new(FailureKind::Configuration, format!("cannot read the playbook {}", path.display())).cause(error)
                })?;
                add(&path.display().to_string(), &text);
            }
        }
        for (file, text) in read.iter().filter(|(file, _)| is_playbook(Path::new(file))) {
            add(file, text);
        }
        Ok(Self {
            docker: Some(Box::new(Self::of(Domain::Docker, &docker)?)),
            ..Self::of(Domain::Kubernetes, &kubernetes)?
        })
    }

    /// A mistake in somebody's playbook is told at once, whatever is asked for; the built-in ones are tested to load.
    fn of(domain: Domain, files: &[(String, String)]) -> Result<Self> {
        let own = match files {
            [] => None,
            files => Some(Box::new(compiled(domain, files)?)),
        };
        Ok(Self { domain, own, docker: None })
    }

    fn set(&self) -> &Set {
        self.own.as_deref().unwrap_or_else(|| built_in(self.domain))
    }

    /// It is there without being made.
    fn is_made(&self) -> bool {
        self.own.is_some() || slot(self.domain).get().is_some()
    }

    /// Begins to make the built-in ones on threads of their own, while what comes before the first request goes on: making them is
    /// most of what it costs until it is sent.
    pub fn warm(cluster: bool, engine: bool) {
        for (is_wanted, domain) in [(cluster, Domain::Kubernetes), (engine, Domain::Docker)] {
            if is_wanted {
                // Without a thread they are made when they are needed.
                let _ = std::thread::Builder::new().spawn(move || _ = built_in(domain));
            }
        }
    }

    /// The words of these playbooks.
    #[must_use]
    pub fn lexicon(&self) -> &Lexicon {
        &self.set().lexicon
    }

    /// The playbooks for a Docker Engine.
    #[must_use]
    pub fn docker(&self) -> Option<&Self> {
        self.docker.as_deref()
    }

    /// All of them, those for a Docker Engine last.
    pub fn all(&self) -> impl Iterator<Item = &Playbook> {
        self.iter().chain(self.docker().into_iter().flat_map(Self::iter))
    }

    /// The built-in playbooks with their cases, which a request does not need.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn cases() -> Result<Vec<(String, Vec<super::Case>)>> {
        let mut cases = Vec::new();
        let mut files: Vec<_> = BUILTIN.files().filter(|file| is_playbook(file.path())).collect();
        files.sort_by_key(|file| file.path());
        for file in files {
            let name = file.path().to_string_lossy();
            let text = file.contents_utf8().unwrap_or_default();
            let parsed: PlaybookFile = serde_saphyr::from_str(text).map_err(|error| Origin { file: &name, text }.yaml(&error))?;
            cases.push((parsed.intent, parsed.cases));
        }
        Ok(cases)
    }

    /// Sentences that must be asked about or declined, whatever the playbook.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn refusals() -> Result<Vec<super::Case>> {
        let text = builtin_text("_refusals.yaml");
        serde_saphyr::from_str(text).map_err(|error| {
            Origin {
                file: "_refusals.yaml",
                text,
            }
            .yaml(&error)
        })
    }

    #[must_use]
    pub fn get<'a>(&'a self, name: &str) -> Option<&'a Playbook> {
        let among = |set: &'a Set| set.playbooks.iter().find(|playbook| playbook.name == name);
        let docker = self.docker.as_deref();
        // Those that nobody needed yet are not read for a name that is among the others. Of the built-in ones no two have one name.
        let built_in = self.own.is_none() && docker.is_some_and(|docker| docker.own.is_none());
        if built_in
            && !self.is_made()
            && let Some(found) = docker.filter(|docker| docker.is_made()).and_then(|docker| among(docker.set()))
        {
            return Some(found);
        }
        among(self.set()).or_else(|| among(docker?.set()))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Playbook> {
        self.set().playbooks.iter()
    }

    /// The index of the playbook of this name.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.set().playbooks.iter().position(|playbook| playbook.name == name)
    }

    /// The name of a playbook that `name` may have meant.
    #[must_use]
    pub fn nearest(&self, name: &str) -> Option<&str> {
        let names: Vec<&str> = self.set().playbooks.iter().map(|playbook| playbook.name.as_str()).collect();
        nearest(name, &names)
    }

    #[must_use]
    pub fn at(&self, index: usize) -> Option<&Playbook> {
        self.set().playbooks.get(index)
    }

    /// Phrases that may fit a request that speaks of `concepts`.
    pub fn phrases_for<'a>(&'a self, concepts: impl Iterator<Item = Concept> + 'a) -> impl Iterator<Item = (usize, usize)> + 'a {
        concepts
            .filter_map(|concept| self.set().by_cue.get(&concept))
            .flatten()
            .chain(&self.set().bare)
            .copied()
    }

    /// Slots of playbook `index` that a word with `concept` sets.
    pub fn flags_set_by(&self, concept: Concept, index: usize) -> impl Iterator<Item = usize> + '_ {
        self.set()
            .flag_words
            .iter()
            .filter(move |(c, playbook, _)| *c == concept && *playbook == index)
            .map(|(_, _, slot)| *slot)
    }
}

fn built_in(domain: Domain) -> &'static Set {
    slot(domain).get_or_init(|| compiled(domain, &[]).unwrap_or_default())
}

const fn slot(domain: Domain) -> &'static OnceLock<Set> {
    let [kubernetes, docker] = &BUILT_IN;
    match domain {
        Domain::Kubernetes => kubernetes,
        Domain::Docker => docker,
    }
}

fn compiled(domain: Domain, files: &[(String, String)]) -> Result<Set> {
    let mut words = Words::read(prepared::LEXICON)?;
    let builtin = match domain {
        Domain::Kubernetes => prepared::KUBERNETES,
        Domain::Docker => {
            words.turn(prepared::TURN)?;
            prepared::DOCKER
        }
    };
    let mut loading = Loading::of(words, builtin)?;
    for (file, text) in files {
        loading.add(file, text)?;
    }
    loading.finish()
}

struct Loading {
    lexicon: Lexicon,
    playbooks: Vec<(Playbook, FlagWords)>,
}

impl Loading {
    /// With the built-in playbooks, which are tested and not tried again.
    fn of(words: Words, playbooks: &str) -> Result<Self> {
        let mut loading = Self {
            lexicon: words.compile()?,
            playbooks: Vec::new(),
        };
        let files: BTreeMap<String, PlaybookFile> = serde_json::from_str(playbooks).map_err(|error| {
            Origin {
                file: "fallbacks",
                text: "",
            }
            .mistake(1, error)
        })?;
        for (file, parsed) in files {
            let origin = Origin { file: &file, text: "" };
            loading.playbooks.push(compile(parsed, &origin, &mut loading.lexicon)?);
        }
        Ok(loading)
    }

    fn add(&mut self, file: &str, text: &str) -> Result<()> {
        let origin = Origin { file, text };
        let parsed: PlaybookFile = serde_saphyr::from_str(text).map_err(|error| origin.yaml(&error))?;
        let playbook = compile(parsed, &origin, &mut self.lexicon)?;
        check(&playbook.0, &origin)?;
        self.playbooks.retain(|(known, _)| known.name != playbook.0.name);
        self.playbooks.push(playbook);
        Ok(())
    }

    fn finish(mut self) -> Result<Set> {
        let mut flag_words = Vec::new();
        let mut by_cue: HashMap<Concept, Vec<(usize, usize)>> = HashMap::new();
        let mut bare = Vec::new();
        for (index, (playbook, words)) in self.playbooks.iter().enumerate() {
            for (slot, words) in words {
                flag_words.extend(words.iter().map(|word| (self.lexicon.adopt_for_slot(word), index, *slot)));
            }
            for (number, phrase) in playbook.phrases.iter().enumerate() {
                match phrase.cues.iter().find(|cue| !cue.optional) {
                    Some(cue) => cue
                        .any
                        .iter()
                        .for_each(|concept| by_cue.entry(*concept).or_default().push((index, number))),
                    None => bare.push((index, number)),
                }
            }
        }
        let names: Vec<&str> = self.playbooks.iter().map(|(playbook, _)| playbook.name.as_str()).collect();
        for (playbook, _) in &self.playbooks {
            let others = [playbook.otherwise.as_deref(), playbook.asked.as_deref()];
            if let Some(other) = others.into_iter().flatten().find(|other| !names.contains(other)) {
                return Err(Origin {
                    file: &playbook.file,
                    text: "",
                }
                .unknown(1, "intent", other, &names));
            }
        }
        self.lexicon.finish();
        Ok(Set {
            lexicon: self.lexicon,
            playbooks: self.playbooks.into_iter().map(|(playbook, _)| playbook).collect(),
            by_cue,
            bare,
            flag_words,
        })
    }
}

#[cfg(test)]
mod tests;

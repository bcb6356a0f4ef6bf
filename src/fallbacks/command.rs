//! A kubectl command that means a playbook: `scale {workload}`, `set image {workload} {image}`.

/// What stands at a place of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// This very word.
    Word(String),
    /// The value of a slot (by index).
    Slot(usize),
    /// A value that may be missing.
    Optional(usize),
}

/// A compiled command, without `kubectl` in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command(pub Vec<Argument>);

impl Command {
    /// # Errors
    /// The slot that does not exist.
    pub(super) fn compile(text: &str, slots: &[String]) -> Result<Self, String> {
        let slot = |name: &str| {
            slots
                .iter()
                .position(|slot| slot == name)
                .ok_or_else(|| format!("no slot is called `{name}`"))
        };
        let within = |word: &str, open: &str, close: &str| word.strip_prefix(open).and_then(|w| w.strip_suffix(close)).map(str::to_owned);
        text.split_whitespace()
            .filter(|word| *word != "kubectl")
            .map(|word| {
                if let Some(name) = within(word, "[{", "}]") {
                    return slot(&name).map(Argument::Optional);
                }
                match within(word, "{", "}") {
                    Some(name) => slot(&name).map(Argument::Slot),
                    None => Ok(Argument::Word(word.to_owned())),
                }
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

//! What is said to a person and asks for nothing: "hello", "thanks", "ok".

/// What such words are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Courtesy {
    Greeting,
    Thanks,
    /// "ok", "no": the answer to a question, if one was asked.
    Answer,
}

const GREETINGS: [&str; 8] = [
    "hi",
    "hello",
    "hey",
    "hello there",
    "hi there",
    "good morning",
    "good afternoon",
    "good evening",
];
const THANKS: [&str; 10] = [
    "thanks",
    "thank you",
    "thx",
    "ty",
    "many thanks",
    "thanks a lot",
    "thank you very much",
    "thank you so much",
    "ok thanks",
    "great thanks",
];
const ANSWERS: [&str; 18] = [
    "ok",
    "okay",
    "yes",
    "y",
    "yep",
    "yeah",
    "sure",
    "no",
    "n",
    "nope",
    "fine",
    "good",
    "great",
    "cool",
    "nice",
    "perfect",
    "got it",
    "never mind",
];

/// `plain`: small letters without marks.
pub fn read(plain: &str) -> Option<Courtesy> {
    let is = |words: &[&str]| words.contains(&plain);
    if is(&GREETINGS) {
        return Some(Courtesy::Greeting);
    }
    if is(&THANKS) {
        return Some(Courtesy::Thanks);
    }
    is(&ANSWERS).then_some(Courtesy::Answer)
}

impl Courtesy {
    pub const fn answer(self) -> &'static str {
        match self {
            Self::Greeting => "Hello. Ask for something in plain words, such as: show pods. /help says what there is.",
            Self::Thanks => "You are welcome.",
            Self::Answer => "No question is open. Ask for something in plain words; /help says what there is.",
        }
    }
}

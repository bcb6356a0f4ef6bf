//! The one stream of what happens during a request. The screen, the record and the exports are readers of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    answer::{Answer, ForwardedPort, LogLine, Table},
    errand::{Asks, Prompt, Ruling, Work},
    execution::Done,
    failure::Failure,
    intent::{Intent, Resolution},
    inventory::ToolStatus,
    place::Place,
    plan::{Decision, Plan},
    request::Request,
    risk::{Call, Risk},
    undo::{Announcement, Lasting, Reversal},
    verification::{Observation, Verification},
};

/// An event and when it happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timed {
    pub at: Timestamp,
    pub event: Event,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// First of every record: what was asked.
    Requested {
        request: Request,
        version: String,
    },
    /// The cluster was met.
    Met {
        place: Place,
    },
    /// Tools that the playbooks prefer were looked for.
    Tools {
        tools: Vec<ToolStatus>,
    },
    Understood {
        intents: Vec<Intent>,
    },
    /// Not clear, not understood, or told not to act.
    NotClear {
        resolution: Resolution,
    },
    Planned {
        plan: Box<Plan>,
    },
    Decided {
        title: String,
        decision: Decision,
    },
    /// Written before the first change of a plan is sent: what takes it back. Goes to the undo store, whose files are
    /// private; the record keeps it redacted.
    Changing {
        title: String,
        cluster: Option<String>,
        reversals: Vec<Reversal>,
        #[serde(default)]
        lasting: Vec<Lasting>,
        /// Under which it is told what came of it ([`Record::settle`](super::ports::record::Record::settle)); `None`: it is so already.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        announced: Option<Announcement>,
    },
    /// One call through the gate; written before a change is sent.
    Called {
        call: Call,
        risk: Risk,
        granted: bool,
    },
    /// The answer to a call.
    Replied {
        summary: String,
        status: u16,
        millis: u64,
    },
    /// A change was carried out.
    Did {
        done: Done,
    },
    /// What a wait is waiting for, each time that changes. `settled` when it will not change any more.
    Progress {
        observation: Observation,
    },
    Verified {
        verification: Verification,
    },
    /// This is sent to an AI tool.
    Prompted {
        prompt: Prompt,
    },
    /// A tool begins a command, as it says itself.
    Running {
        tool: String,
        command: String,
    },
    /// A tool tries what nobody approved: its call waits.
    Held {
        asks: Box<Asks>,
    },
    /// A tool that only proposes tries a change: it is noted, and not made.
    Proposed {
        asks: Box<Asks>,
    },
    Ruled {
        tool: String,
        what: String,
        ruling: Ruling,
    },
    /// A tool came to its end.
    Worked {
        work: Box<Work>,
    },
    /// A tool did not do what was asked: who finishes it, and why, in one sentence.
    Handed {
        from: String,
        to: String,
        why: String,
    },
    /// One line of a log that is being shown. Not recorded line by line.
    Line {
        line: LogLine,
    },
    /// Rows of a table that is watched: all of them first, then those that changed. Not recorded one by one.
    Rows {
        table: Table,
    },
    /// A port of this machine leads to a pod from now on.
    Forwarding {
        port: ForwardedPort,
    },
    Answered {
        answer: Box<Answer>,
    },
    /// A file that belongs to the record.
    Artifact {
        name: String,
        media_type: String,
        sha256: String,
        bytes: u64,
    },
    /// Something the user should know that is no failure.
    Note {
        text: String,
    },
    Failed {
        failure: Failure,
    },
    /// Last of every record.
    Ended {
        exit_code: u8,
        changed: bool,
        verified: bool,
    },
}

//! One step of a family. Strings may hold `{ns}`, the family's namespace, and `${name:/pointer}`, a part of an earlier answer
//! of the same side.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Step {
    /// `GET /api/v1/namespaces/{ns}/pods?limit=2`.
    pub call: Option<String>,
    /// A JSON body; a string is sent as it stands.
    pub body: Option<Value>,
    /// Merged into the body (RFC 7386) when it is sent: the body may be an earlier answer.
    pub with: Option<Value>,
    /// Short for a content type: `json` (default), `yaml`, `merge`, `json-patch`, `strategic`, `apply`.
    #[serde(rename = "type")]
    pub content: Option<String>,
    /// Short for what is accepted: `table`, `metadata`, `metadata-list`, or the header's own text.
    pub accept: Option<String>,
    /// How many events of a watch are read; it then ends. `call` must be a watch.
    pub events: Option<usize>,
    /// Keeps the answer under this name for later steps.
    #[serde(rename = "as")]
    pub keep: Option<String>,
    /// Waits until the object at this address stands still (and a list's items do), before the next step.
    pub settle: Option<String>,
    /// Waits until this address answers with this code.
    pub until: Option<Until>,
    /// A command line of kubectl, without the program's name.
    pub kubectl: Option<String>,
    /// The same of helm; run with each version of Helm that the bench has.
    pub helm: Option<String>,
    /// Standard input of a command.
    pub stdin: Option<String>,
    /// Files written before a command runs, in its working directory.
    pub files: BTreeMap<String, String>,
    /// Variables of a command's environment.
    pub env: BTreeMap<String, String>,
    /// For a reader: what is special about it.
    pub note: Option<String>,
    /// Done on both sides and not compared.
    pub quiet: bool,
    /// A command that does not end by itself is ended after so many seconds.
    pub seconds: Option<u64>,
    /// Lines of a command's output are compared in the order of their text.
    pub sorted: bool,
    /// Only the last line of a command's output is compared: how many come before it depends on how fast a pod is.
    pub last: bool,
    /// What a command that the embedded cluster alone is asked says, whole.
    pub says: Option<String>,
    /// What is done while a command is running.
    pub meanwhile: Vec<Meanwhile>,
}

/// A call that is made while a command is running.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meanwhile {
    call: String,
    body: Option<Value>,
}

impl Meanwhile {
    /// Method, path, body.
    pub fn read(&self) -> (&str, &str, Option<Value>) {
        let (method, path) = self.call.split_once(' ').unwrap();
        (method, path, self.body.clone())
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Until {
    pub get: String,
    pub code: Option<u16>,
    /// Pointer and the value that must stand there; null stands where there is nothing.
    #[serde(default)]
    pub at: BTreeMap<String, Value>,
}

impl Step {
    pub fn call(call: impl Into<String>) -> Self {
        Self {
            call: Some(call.into()),
            ..Self::default()
        }
    }

    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    pub fn content(mut self, content: &str) -> Self {
        self.content = Some(content.to_owned());
        self
    }

    pub fn accept(mut self, accept: &str) -> Self {
        self.accept = Some(accept.to_owned());
        self
    }

    pub fn keep(mut self, name: &str) -> Self {
        self.keep = Some(name.to_owned());
        self
    }

    pub fn settle(address: impl Into<String>) -> Self {
        Self {
            settle: Some(address.into()),
            ..Self::default()
        }
    }

    pub fn about(mut self, note: &str) -> Self {
        self.note = Some(note.to_owned());
        self
    }

    /// What a reader calls this step.
    pub fn label(&self) -> String {
        let mut label = match (&self.call, &self.kubectl, &self.helm) {
            (Some(call), ..) => call.clone(),
            (_, Some(line), _) => format!("kubectl {line}"),
            (.., Some(line)) => format!("helm {line}"),
            _ => "wait".to_owned(),
        };
        for word in [&self.content, &self.accept, &self.note].into_iter().flatten() {
            label.push_str(&format!(" ({word})"));
        }
        let body = self.with.as_ref().or(self.body.as_ref()).filter(|_| self.note.is_none());
        if let Some(body) = body.map(|body| body.to_string()).filter(|body| body.len() < 160) {
            label.push_str(&format!(" {body}"));
        }
        label
    }
}

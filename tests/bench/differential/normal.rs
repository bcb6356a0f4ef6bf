//! Takes out of an answer what differs in each run, and keeps what it means: the same uid gets the same stand-in everywhere
//! in a family, a later version a later one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

/// The stand-ins given so far, on one side, in one family.
#[derive(Debug, Default)]
pub struct Normal {
    /// What is always replaced by a word: the namespace, the server's address, the node's name.
    words: Vec<(String, String)>,
    given: BTreeMap<&'static str, Vec<String>>,
    /// Which columns of the last table told times: the later tables of a watch come without.
    times: Vec<bool>,
    newest: u64,
}

struct Filter {
    pattern: Regex,
    by: By,
}

enum By {
    /// The same text everywhere.
    Word(&'static str),
    /// A stand-in for each distinct text; the first group is what is replaced.
    Each(&'static str),
}

static FILTERS: LazyLock<Vec<Filter>> = LazyLock::new(|| {
    let filter = |pattern: &str, by| Filter {
        pattern: Regex::new(pattern).unwrap(),
        by,
    };
    vec![
        filter(
            r"\b([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b",
            By::Each("uid"),
        ),
        filter(
            r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d+(Z|[+-]\d{2}:\d{2}))",
            By::Word("MICROTIME"),
        ),
        filter(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2}))", By::Word("TIME")),
        filter(
            r"((Mon|Tue|Wed|Thu|Fri|Sat|Sun),? .{3} +\d+ \d{2}:\d{2}:\d{2}( \S+)? \d{4}|(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} \S+)",
            By::Word("DATE"),
        ),
        filter(r"\b(10\.\d{1,3}\.\d{1,3}\.\d{1,3})\b", By::Each("ip")),
        filter(r"\b(?:nodePort: |NodePort: +\w* +|\d+:)(3[0-2]\d{3})\b", By::Each("port")),
        filter(r"pod-template-hash=([a-z0-9]+)", By::Each("hash")),
        filter(r"(/tmp/(?:LIVE|MERGED|kubectl-edit)-\d+)", By::Word("TEMPORARY")),
        filter(r"(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d+)? \+0000(?: UTC)?)", By::Word("TIME")),
        filter(r"\b(kube-api-access-\w+)", By::Word("kube-api-access")),
        // Generated ends of names: of replica sets, of pods, of the API itself.
        filter(r"-([bcdfghjklmnpqrstvwxz2456789]{8,10})\b", By::Each("hash")),
        filter(r"-([bcdfghjklmnpqrstvwxz2456789]{5})\b", By::Each("end")),
    ]
});

/// Columns of tables that tell times.
const TIMED: [&str; 6] = ["Age", "Created At", "Last Seen", "First Seen", "Duration", "LastSeen"];

impl Normal {
    pub fn new(words: Vec<(String, String)>) -> Self {
        Self { words, ..Self::default() }
    }

    pub fn value(&mut self, value: &Value) -> Value {
        self.walk(value, "", false)
    }

    fn walk(&mut self, value: &Value, key: &str, listed: bool) -> Value {
        match value {
            Value::Object(map) => {
                let kind = map.get("kind").and_then(Value::as_str).unwrap_or_default();
                let list = map.contains_key("items") || kind == "Table";
                let times = columns(map);
                if !times.is_empty() {
                    self.times.clone_from(&times);
                }
                let times = if kind == "Table" { self.times.clone() } else { times };
                map.iter()
                    .map(|(name, value)| {
                        let value = match name.as_str() {
                            "managedFields" => self.managers(value),
                            "rows" if !times.is_empty() => self.rows(value, &times),
                            // The list is of a moment at or after all that was seen in it.
                            "metadata" if list => self.walk(value, name, true),
                            _ => self.walk(value, name, listed && key == "metadata"),
                        };
                        (self.text(name), value)
                    })
                    .collect()
            }
            Value::Array(items) => items.iter().map(|item| self.walk(item, key, false)).collect(),
            Value::String(text) => match key {
                "resourceVersion" if listed => "VERSION".into(),
                "resourceVersion" => self.version(text).into(),
                "continue" if !text.is_empty() => "CONTINUE".into(),
                "pod-template-hash" | "controller-revision-hash" => self.stand_in("hash", text).into(),
                "gitCommit" | "buildDate" | "goVersion" | "gitTreeState" | "platform" => "BUILD".into(),
                "hash" | "serverRelativeURL" if text.contains("?hash=") => text.split("?hash=").next().unwrap_or_default().into(),
                "message" if text.contains("esource version") || text.contains("ResourceVersion") => {
                    static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(^|[^-\w])\d{2,}\b").unwrap());
                    NUMBER.replace_all(&self.text(text), "${1}N").into_owned().into()
                }
                _ => self.text(text).into(),
            },
            Value::Number(_) if key == "nodePort" || key == "healthCheckNodePort" => self.stand_in("port", &value.to_string()).into(),
            other => other.clone(),
        }
    }

    /// Entries in an order of their own: the server's depends on the second in which they were made.
    fn managers(&mut self, value: &Value) -> Value {
        let mut entries: Vec<Value> = value.as_array().cloned().unwrap_or_default();
        let key = |entry: &Value| ["operation", "manager", "apiVersion", "subresource"].map(|field| entry[field].to_string());
        entries.sort_by_key(key);
        entries.iter().map(|entry| self.walk(entry, "", false)).collect()
    }

    fn rows(&mut self, rows: &Value, times: &[bool]) -> Value {
        let mut rows = self.walk(rows, "rows", false);
        for row in rows.as_array_mut().into_iter().flatten() {
            for (cell, timed) in row["cells"].as_array_mut().into_iter().flatten().zip(times) {
                if *timed && cell.as_str().is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit())) {
                    *cell = "AGE".into();
                }
            }
        }
        rows
    }

    /// A later version has a later number; one that goes back says so.
    fn version(&mut self, text: &str) -> String {
        let Ok(number) = text.parse::<u64>() else { return text.to_owned() };
        let known = self
            .given
            .get("version")
            .is_some_and(|given| given.iter().any(|known| known == text));
        let back = !known && number < self.newest;
        self.newest = self.newest.max(number);
        let stand_in = self.stand_in("version", text);
        if back { format!("{stand_in}, earlier") } else { stand_in }
    }

    fn stand_in(&mut self, kind: &'static str, text: &str) -> String {
        let given = self.given.entry(kind).or_default();
        let index = given.iter().position(|known| known == text).unwrap_or_else(|| {
            given.push(text.to_owned());
            given.len() - 1
        });
        format!("{}-{index}", kind.to_uppercase())
    }

    pub fn text(&mut self, text: &str) -> String {
        // Some refusals show the server's own Go structures and what differs in them: names and fields that no API knows.
        static STRUCTURES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
            let filter = |pattern: &str, by| (Regex::new(pattern).unwrap(), by);
            vec![
                filter(r"(?s)\n@@ .*$", ""),
                filter(r#"Invalid value: "map\[.*\]": "#, "Invalid value: \"OBJECT\": "),
                filter(
                    r#"Invalid value: \{.*"(?:Spec|spec)":\{.*\}: field is immutable"#,
                    "Invalid value: OBJECT: field is immutable",
                ),
            ]
        });
        let mut text = self.embedded(text).unwrap_or_else(|| text.to_owned());
        for (pattern, by) in STRUCTURES.iter() {
            text = pattern.replace_all(&text, *by).into_owned();
        }
        for (word, by) in &self.words {
            text = text.replace(word, by);
        }
        for filter in FILTERS.iter() {
            text = self.filtered(&text, filter);
        }
        text
    }

    /// A whole object as text within text is compared as an object: the order of its fields is the encoder's. What
    /// controllers had told of it by then is left out: no step can wait for that, as the text is of the moment of the call.
    fn embedded(&mut self, text: &str) -> Option<String> {
        static OBJECT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"(?s)^(.*?Invalid value: )("\{(?:[^"\\]|\\.)*")(: .*)$"#).unwrap());
        let found = OBJECT.captures(text)?;
        let mut object: Value = serde_json::from_str(&serde_json::from_str::<String>(&found[2]).ok()?).ok()?;
        if let Some(fields) = object.as_object_mut() {
            fields.remove("status");
        }
        if let Some(managers) = object.pointer_mut("/metadata/managedFields").and_then(Value::as_array_mut) {
            managers.retain(|entry| entry["subresource"] != "status");
        }
        let mut object = self.value(&object);
        object.sort_all_objects();
        Some(format!("{}{object}{}", &found[1], &found[3]))
    }

    fn filtered(&mut self, text: &str, filter: &Filter) -> String {
        let mut out = String::new();
        let mut end = 0;
        for found in filter.pattern.captures_iter(text) {
            let Some(part) = found.get(1) else { continue };
            out.push_str(&text[end..part.start()]);
            match filter.by {
                By::Word(word) => out.push_str(word),
                By::Each(kind) => out.push_str(&self.stand_in(kind, part.as_str())),
            }
            end = part.end();
        }
        out.push_str(&text[end..]);
        out
    }

    /// What a person sees: as text, with the padding of columns and ages taken out.
    pub fn shown(&mut self, text: &str) -> String {
        static FILTERS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
            let filter = |pattern: &str, by| (Regex::new(pattern).unwrap(), by);
            vec![
                filter(r"(\S) {2,}", "$1  "),
                filter(r"(^|[ (,])(\d+[dhms]){1,2}([ ),\n]|$)", "${1}AGE$3"),
                filter(r"(?m) +$", ""),
                // How often an event was seen depends on how long the commands before took.
                filter(r"\(x\d+ over AGE\)", "(xN over AGE)"),
                filter(r#"(resourceVersion: ?)"?\d+"?"#, "${1}VERSION"),
                filter(r"(Resource Version: +)\d+", "${1}VERSION"),
                filter(r"(modifiedAt=)\d+", "${1}SECONDS"),
                filter(r#"("resourceVersion": ?)"\d+""#, "${1}VERSION"),
                filter(r"=== RUN.*\n", ""),
                // The client's own log, of a watch that it gave up in time or not.
                filter(r"(?m)^[EW]\d{4} \d{2}:\d{2}:.*\n", ""),
                // An add-on that the bench has, as one may install it; without it `kubectl top` is refused, see refused.yaml.
                filter(r"(?m)^.*\bmetrics\.k8s\.io\b.*\n", ""),
            ]
        });
        let mut text = text.to_owned();
        for (pattern, by) in FILTERS.iter() {
            text = pattern.replace_all(&text, *by).into_owned();
        }
        self.text(&text)
    }
}

fn columns(table: &serde_json::Map<String, Value>) -> Vec<bool> {
    let columns = table.get("columnDefinitions").and_then(Value::as_array);
    columns
        .into_iter()
        .flatten()
        .map(|column| TIMED.iter().any(|timed| column["name"] == **timed))
        .collect()
}

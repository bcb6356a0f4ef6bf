//! Takes out of what was printed what differs from run to run, and nothing else.

use std::sync::LazyLock;

use regex::Regex;

/// The letters of names that Kubernetes makes (`k8s.io/apimachinery/pkg/util/rand`).
const MADE: &str = "[bcdfghjklmnpqrstvwxz2456789]";

static FILTERS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let made = |pattern: &str| pattern.replace("MADE", MADE);
    [
        (r"\b\d{8}-\d{6}-".to_owned(), "DATE-"),
        (
            r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b".to_owned(),
            "UID",
        ),
        (r"\b\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( UTC|Z)?)".to_owned(), "WHEN"),
        (r"\b[0-9a-f]{12,64}\b".to_owned(), "HASH"),
        // Pods of a ReplicaSet, the ReplicaSet itself.
        (made(r"-(MADE{8,10})-(MADE{5})\b"), "-RS-POD"),
        (made(r"-(MADE{8,10})\b"), "-RS"),
        (r"\b(\d+\.){3}\d+(:\d+)?\b".to_owned(), "ADDRESS"),
        // A duration is told when it was long enough to notice.
        (r"  +\d+(\.\d+)? (ms|s)$".to_owned(), ""),
        (
            r"\b\d+(\.\d+)?(ms|s)\b( \(\d+(\.\d+)?(ms|s) including waiting\))?".to_owned(),
            "AGE",
        ),
        (r"\b\d+m\d+s\b|\b\d+(\.\d+)? (ms|s|min)\b".to_owned(), "AGE"),
        // Of the nodes one is the bench's own; others may come and go.
        (r", \d+ node\(s\) were unschedulable".to_owned(), ""),
        (r"\b0/\d+ nodes".to_owned(), "no nodes"),
        (r"\. no new claims to deallocate[^”]*".to_owned(), ""),
        // What the kubelet says of a pull depends on when it is asked.
        (r"“[^”]*failed to pull an[^”]*”?".to_owned(), "“failed to pull”"),
        // In what moment of its circle a crashing container is.
        (r"crashing: out of memory".to_owned(), "crashing"),
        (r"\(\d+ restarts?, \d+ pods\)".to_owned(), "(N restarts)"),
        (r"\b\d+ restarts?\b".to_owned(), "N restarts"),
        // A wait is told when it was long enough.
        (r" after AGE\b".to_owned(), ""),
        // How often it was looked is chance.
        (r"\b\d+ events\b".to_owned(), "N events"),
        (r"Image size: \d+ bytes".to_owned(), "Image size: N bytes"),
        // How long a container has been as it is.
        (
            r"\b(Up|Exited \(\d+\)) (Less than a second|\d+ seconds?|About a minute|\d+ minutes?)( ago)?".to_owned(),
            "$1 AGE",
        ),
        (r"\b(started|with \d+,) AGE ago".to_owned(), "$1 AGE ago"),
        // The name of a record is cut from what was asked, the namespace in it.
        (r"^(Record: DATE-)\S*scenario\S*".to_owned(), "${1}NS"),
        (r"^Record: DATE-\S*-NS\S*".to_owned(), "Record: DATE-NS"),
        // Columns are as wide as the names that were taken out.
        (r"(\S)  +".to_owned(), "$1  "),
        (r" +$".to_owned(), ""),
    ]
    .into_iter()
    .map(|(pattern, by)| (Regex::new(&pattern).unwrap(), by))
    .collect()
});

/// The lines of it; `known` are texts of this session and what stands for them, the longest first.
pub fn lines(text: &str, known: &[(String, String)]) -> Vec<String> {
    text.lines()
        .filter(|line| !is_progress(line))
        .map(|line| normal(line, known))
        .collect()
}

/// How often it was looked while something was waited for is chance.
fn is_progress(line: &str) -> bool {
    line.starts_with("  … ")
}

fn normal(line: &str, known: &[(String, String)]) -> String {
    let mut line = line.to_owned();
    for (text, by) in known {
        line = line.replace(text, by);
    }
    for (pattern, by) in FILTERS.iter() {
        line = pattern.replace_all(&line, *by).into_owned();
    }
    line
}

#[test]
fn what_differs_from_run_to_run_is_taken_out() {
    let known = [("shop-x1".to_owned(), "NS".to_owned())];
    let cases = [
        (
            "web-55b795f7d9-pt64z   1/1     Running   0          1s",
            "web-RS-POD  1/1  Running  0  AGE",
        ),
        ("  ✓ 3 of 3 replicas available          1.4 s", "  ✓ 3 of 3 replicas available"),
        (
            "scale deployment/web           embedded · shop-x1",
            "scale deployment/web  embedded · NS",
        ),
        ("  12 s  Killing   pod/web-0", "  AGE  Killing  pod/web-0"),
        ("Record: 20261125-183032-scale-web-to-3", "Record: DATE-scale-web-to-3"),
        ("replicas  2 → 3", "replicas  2 → 3"),
    ];
    for (text, expected) in cases {
        assert_eq!(lines(text, &known), [expected]);
    }
    assert_eq!(lines("  … 2 of 3 available\n", &known), [""; 0]);
}

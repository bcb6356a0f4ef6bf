use super::*;

#[test]
fn the_objects_of_a_table_are_those_of_its_rows_as_they_are_shown() {
    let table = |of: &str, columns: &[&str], rows: &[&[&str]]| Table {
        of: of.to_owned(),
        namespace: Some("todo".to_owned()),
        columns: columns
            .iter()
            .map(|name| Column {
                name: (*name).to_owned(),
                wide: false,
            })
            .collect(),
        rows: rows
            .iter()
            .map(|cells| Row {
                namespace: None,
                name: cells[0].to_owned(),
                cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
            })
            .collect(),
        ordered: false,
    };
    let told = |table: &Table| -> Vec<String> {
        let objects = table.objects();
        objects
            .iter()
            .map(|object| format!("{object} {}", object.namespace.as_deref().unwrap_or("-")))
            .collect()
    };
    let pods = table(
        "pods",
        &["Name", "Ready", "Status"],
        &[&["a", "1/1", "Running"], &["b", "0/1", "CrashLoopBackOff"]],
    );
    assert_eq!(told(&pods), ["pod/b todo", "pod/a todo"]);
    assert_eq!(
        told(&table("running containers", &["Name", "ID"], &[&["web", "1f"]])),
        ["container/web -"]
    );
    assert_eq!(told(&table("images", &["Name", "ID"], &[&["web:1", "1f"]])), Vec::<String>::new());
    assert_eq!(told(&table("contexts", &["Name"], &[&["kind"]])), Vec::<String>::new());
}

#[test]
fn a_line_speaks_of_an_error_by_a_word_of_its_own() {
    for (text, speaks) in [
        ("ERROR:    Exception in ASGI application", true),
        ("2026-11-27T10:00:00Z level=error msg=\"no route\"", true),
        ("ValueError: invalid literal", true),
        ("java.lang.NullPointerException", true),
        ("thread 'main' panicked at src/main.rs", true),
        ("INFO:     GET /terrors HTTP/1.1 200 OK", false),
        ("INFO:     started in 3 s", false),
    ] {
        let line = LogLine {
            pod: "p".to_owned(),
            container: "c".to_owned(),
            text: text.to_owned(),
        };
        assert_eq!(line.speaks_of_error(), speaks, "{text}");
    }
}

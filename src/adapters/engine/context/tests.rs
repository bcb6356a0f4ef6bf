use std::io::Read;

use super::*;

fn archive<T>(context: Context, mut of: impl FnMut(&mut tar::Entry<'_, &[u8]>) -> T) -> Vec<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let bytes = runtime.block_on(async {
        let mut pieces = context.stream();
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.recv().await {
            bytes.extend_from_slice(&piece.unwrap());
        }
        bytes
    });
    let mut archive = tar::Archive::new(bytes.as_slice());
    archive.entries().unwrap().map(|entry| of(&mut entry.unwrap())).collect()
}

fn sent(context: Context) -> Vec<(String, u64)> {
    archive(context, |entry| {
        let name = entry.path().unwrap().display().to_string();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        (name, entry.header().uid().unwrap())
    })
}

#[test]
fn what_the_dockerignore_leaves_out_is_not_sent_and_the_dockerfile_is() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("app");
    fs::create_dir_all(root.join("node_modules/x")).unwrap();
    fs::create_dir_all(root.join("src")).unwrap();
    for (name, text) in [
        ("Dockerfile", "FROM x\n"),
        (".dockerignore", "node_modules\n.env\nDockerfile\n"),
        (".env", "KEY=1\n"),
        ("node_modules/x/i.js", ""),
        ("src/main.py", "1"),
    ] {
        fs::write(root.join(name), text).unwrap();
    }
    std::os::unix::fs::symlink("src/main.py", root.join("start")).unwrap();
    let names = |file: Option<&str>| {
        let context = Context::of(root.to_str().unwrap(), file).unwrap();
        let dockerfile = context.dockerfile.clone();
        let names: Vec<String> = sent(context).into_iter().map(|(name, uid)| format!("{name} {uid}")).collect();
        (dockerfile, names.join(", "))
    };
    assert_eq!(
        names(None),
        (
            "Dockerfile".to_owned(),
            "src/ 0, src/main.py 0, start 0, Dockerfile 0, .dockerignore 0".to_owned()
        )
    );
    let outside = folder.path().join("other.Dockerfile");
    fs::write(&outside, "FROM y\n").unwrap();
    fs::write(
        folder.path().join("other.Dockerfile.dockerignore"),
        "src\n.dockerignore\nnode_modules\n",
    )
    .unwrap();
    assert_eq!(
        names(outside.to_str()),
        (
            OUTSIDE.to_owned(),
            format!(".env 0, Dockerfile 0, start 0, {OUTSIDE} 0, .dockerignore 0")
        )
    );
    let told = |file| Context::of(root.to_str().unwrap(), file).map(|context| context.told()["outside"].clone());
    assert_eq!(told(outside.to_str()).unwrap(), OUTSIDE);
    assert_eq!(told(None).unwrap(), Value::Null);
    let failure = Context::of(folder.path().to_str().unwrap(), None).unwrap_err();
    assert_eq!(failure.what, format!("there is no Dockerfile in {}", folder.path().display()));
}

/// The engine reads it, and takes what it names out of the folder before anything is copied.
#[test]
fn what_is_sent_for_the_engine_alone_is_named_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("app");
    fs::create_dir_all(&root).unwrap();
    fs::write(root.join("Dockerfile"), "FROM x\n").unwrap();
    fs::write(root.join("x[1].Dockerfile"), "FROM x\n").unwrap();
    fs::write(root.join("keep"), "1").unwrap();
    let outside = folder.path().join("other");
    fs::write(&outside, "FROM y\n").unwrap();
    let said = |ignore: &str, file: Option<&str>| {
        fs::write(root.join(IGNORE), ignore).unwrap();
        Context::of(root.to_str().unwrap(), file).unwrap().instead
    };
    assert_eq!(said("log\n", None), None);
    assert_eq!(said("*\n!keep\n", None).as_deref(), Some(".dockerignore\n/Dockerfile\n"));
    assert_eq!(said("Dockerfile", None).as_deref(), Some("Dockerfile\n/Dockerfile\n"));
    assert_eq!(said("log\n", outside.to_str()).as_deref(), Some("log\n\n/.dockerfile.todo-agent\n"));
    assert_eq!(
        said("x*\n", Some("x[1].Dockerfile")).as_deref(),
        Some("x*\n\n/x\\[1\\].Dockerfile\n")
    );
    fs::remove_file(root.join(IGNORE)).unwrap();
    let none = Context::of(root.to_str().unwrap(), outside.to_str()).unwrap().instead;
    assert_eq!(none.as_deref(), Some(".dockerignore\n/.dockerfile.todo-agent\n"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_no_text_is_sent_as_it_is() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::write(root.join("Dockerfile"), "FROM x\n").unwrap();
    fs::create_dir(root.join(OsStr::from_bytes(b"d\xfe"))).unwrap();
    fs::write(root.join(OsStr::from_bytes(b"d\xfe/na\xffme")), "1").unwrap();
    let context = Context::of(root.to_str().unwrap(), None).unwrap();
    context.check().unwrap();
    let names: Vec<Vec<u8>> = archive(context, |entry| entry.path_bytes().into_owned());
    assert_eq!(names, [&b"Dockerfile"[..], b"d\xfe/", b"d\xfe/na\xffme"]);
}

#[test]
fn what_changed_since_it_was_shown_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for (name, text) in [("Dockerfile", "FROM x\n"), ("main.py", "1"), ("other.py", "1")] {
        fs::write(root.join(name), text).unwrap();
    }
    let context = || Context::of(root.to_str().unwrap(), None).unwrap();
    let shown = context();
    // What is new since was not shown, and is not sent.
    fs::write(root.join("new.py"), "1").unwrap();
    shown.check().unwrap();
    let names: Vec<String> = sent(shown).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["Dockerfile", "main.py", "other.py"]);
    let shown = context();
    let modified = fs::metadata(root.join("main.py")).unwrap().modified().unwrap();
    fs::write(root.join("main.py"), "2").unwrap();
    // As a program may set it back.
    fs::File::options()
        .write(true)
        .open(root.join("main.py"))
        .unwrap()
        .set_modified(modified)
        .unwrap();
    let failure = shown.check().unwrap_err();
    assert_eq!(
        failure.what,
        "main.py is not the file that was shown any more: it was changed since; nothing was built"
    );
    let shown = context();
    fs::remove_file(root.join("other.py")).unwrap();
    assert!(shown.check().unwrap_err().what.starts_with("other.py is not"));
}

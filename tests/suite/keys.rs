//! What a ConfigMap holds, set and removed key by key, and what of it is a variable of a workload.

use crate::run::Home;

#[test]
fn a_key_is_set_and_taken_back_and_shows_among_the_variables() {
    let home = Home::new();
    let told = home.run(&["--yes", "set LOG_LEVEL=debug in configmap todo-config", "-v"]);
    assert_eq!(told.code, 0, "{told:?}");
    let plan = "
  set what configmap/todo-config holds                embedded · default
    data.LOG_LEVEL  info → debug
    deployment/todo-backend and deployment/todo-frontend read it at their start, and see this after a restart
    can be taken back
";
    assert!(told.out.contains(plan), "{}", told.out);
    let command = r#"kubectl patch configmap/todo-config --type=merge -p '{"data":{"LOG_LEVEL":"debug"}}'"#;
    assert!(told.out.contains(command), "{}", told.out);
    assert!(told.out.contains("  ✓ LOG_LEVEL set to debug\n"), "{}", told.out);
    let variables = |home: &Home| home.run(&["which env vars does the frontend have"]).out;
    assert!(
        variables(&home).contains("LOG_LEVEL=debug from configmap todo-config\n"),
        "{}",
        variables(&home)
    );
    assert_eq!(home.run(&["--yes", "undo"]).code, 0);
    assert!(
        variables(&home).contains("LOG_LEVEL=info from configmap todo-config\n"),
        "{}",
        variables(&home)
    );
}

#[test]
fn a_key_that_is_not_there_is_not_removed() {
    let home = Home::new();
    let told = home.run(&["--yes", "remove LOG_LEVL from configmap todo-config"]);
    let said = "error: configmap/todo-config has no key LOG_LEVL\n  it has: ENVIRONMENT, LOG_LEVEL, FRONTEND_URL, NEXT_PUBLIC_API_URL\n";
    assert!(told.code == 1 && told.err.ends_with(said), "{told:?}");
}

#[test]
fn what_is_asked_for_of_a_workload_is_all_that_is_told() {
    let told = Home::new().run(&["which image does the backend run?"]);
    let expected = "deployment/todo-backend                               embedded · default

  Containers
    backend  todo-backend:v1, port 7860, at most 500m cpu and 512Mi memory
";
    assert_eq!((told.code, told.out.as_str()), (0, expected), "{told:?}");
}

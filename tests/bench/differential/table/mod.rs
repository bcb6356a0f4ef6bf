//! The calls that are the same for every kind, made out of `kinds.yaml`.

mod writes;

use serde::Deserialize;
use serde_json::{Value, json};

use super::family::Family;
use super::step::Step;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    kind: String,
    path: String,
    plural: String,
    #[serde(default)]
    cluster: bool,
    #[serde(default)]
    settles: bool,
    /// The real server stores an object of this kind in another form when it is written for the first time after it was made:
    /// that write counts a version though nothing changes. So there is one before the first that may change nothing.
    #[serde(default)]
    rewritten: bool,
    #[serde(default)]
    scales: bool,
    /// Its deletion takes its time, or means something of its own.
    #[serde(default)]
    lasting: bool,
    object: Value,
    change: Value,
    apply: (Value, Value),
    wrong: Vec<Value>,
    fixed: Vec<Value>,
}

pub fn families() -> Vec<Family> {
    let kinds: Vec<Kind> = serde_saphyr::from_str(include_str!("../kinds.yaml")).unwrap();
    let parts: [(&str, fn(&Kind, &mut Steps<'_>)); 8] = [
        ("created", created),
        ("read", read),
        ("replaced", writes::replaced),
        ("patched", writes::patched),
        ("applied", writes::applied),
        ("refused", refused),
        ("parts", parts),
        ("deleted", deleted),
    ];
    kinds
        .iter()
        .flat_map(|kind| {
            parts.map(|(name, fill)| {
                let mut steps = Steps { kind, steps: Vec::new() };
                fill(kind, &mut steps);
                Family {
                    name: format!("{} {name}", kind.kind),
                    steps: steps.steps,
                    ..Family::default()
                }
            })
        })
        .collect()
}

struct Steps<'k> {
    kind: &'k Kind,
    steps: Vec<Step>,
}

impl Steps<'_> {
    fn push(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// A call that changes the object; what controllers do about it is waited for.
    fn change(&mut self, step: Step) {
        self.steps.push(step);
        if self.kind.settles {
            self.steps.push(Step::settle(self.kind.address("one")));
        }
    }

    /// The object is there, without a comparison.
    fn there(&mut self) {
        let mut step = Step::call(format!("POST {}?fieldManager=maker", self.kind.all())).body(self.kind.object("one"));
        step.quiet = true;
        self.change(step);
        self.rewrite();
    }

    /// Changes something and takes it back: two versions, on both sides.
    fn rewrite(&mut self) {
        for label in ["x".into(), Value::Null] {
            if self.kind.rewritten {
                let mut step = Step::call(format!("PATCH {}?fieldManager=rewriter", self.kind.address("one")))
                    .content("merge")
                    .body(json!({ "metadata": { "labels": { "rewritten": label } } }));
                step.quiet = true;
                self.push(step);
            }
        }
    }

    fn get(&mut self) {
        self.push(Step::call(format!("GET {}", self.kind.address("one"))).keep("got"));
    }
}

impl Kind {
    fn api_version(&self) -> String {
        self.path.trim_start_matches("/apis/").trim_start_matches("/api/").to_owned()
    }

    fn all(&self) -> String {
        if self.cluster {
            format!("{}/{}", self.path, self.plural)
        } else {
            format!("{}/namespaces/{{ns}}/{}", self.path, self.plural)
        }
    }

    /// Cluster-scoped names begin with the namespace, so that two runs do not meet.
    fn name(&self, name: &str) -> String {
        if self.cluster { format!("{{ns}}-{name}") } else { name.to_owned() }
    }

    fn address(&self, name: &str) -> String {
        format!("{}/{}", self.all(), self.name(name))
    }

    fn bare(&self, metadata: Value) -> Value {
        json!({ "apiVersion": self.api_version(), "kind": self.kind, "metadata": metadata })
    }

    fn object(&self, name: &str) -> Value {
        let metadata = json!({ "name": self.name(name), "labels": { "family": "{ns}", "tier": name }, "annotations": { "note": "a b" } });
        let mut object = self.bare(metadata);
        json_patch::merge(&mut object, &self.object);
        object
    }

    fn with(&self, name: &str, patch: Value) -> Value {
        let mut object = self.object(name);
        json_patch::merge(&mut object, &patch);
        object
    }
}

fn created(kind: &Kind, steps: &mut Steps<'_>) {
    let all = kind.all();
    steps.push(Step::call(format!("POST {all}?dryRun=All")).body(kind.object("one")));
    steps.push(Step::call(format!("GET {}", kind.address("one"))));
    steps.change(Step::call(format!("POST {all}?fieldManager=maker")).body(kind.object("one")));
    steps.get();
    steps.push(Step::call(format!("POST {all}")).body(kind.object("one")));
    steps.push(Step::call(format!("POST {all}?dryRun=Some")).body(kind.object("two")));
    steps.push(
        Step::call(format!("POST {all}?fieldValidation=Strict"))
            .body(kind.with("two", json!({ "unknown": 1, "metadata": { "lables": {} } }))),
    );
    steps.push(Step::call(format!("POST {all}?dryRun=All&fieldValidation=Warn")).body(kind.with("two", json!({ "unknown": 1 }))));
    steps.push(Step::call(format!("POST {all}?dryRun=All&fieldValidation=Ignore")).body(kind.with("two", json!({ "unknown": 1 }))));
    steps.push(
        Step::call(format!("POST {all}?dryRun=All"))
            .body(kind.with("two", json!({ "metadata": { "name": null, "generateName": "made-" } }))),
    );
    for metadata in [
        json!({ "name": "Bad_Name" }),
        json!({ "name": "a/b" }),
        json!({ "labels": { "a b": "c" } }),
        json!({ "labels": { "a": "b c" } }),
        json!({ "annotations": { "a b": "c" } }),
        json!({ "finalizers": ["bad name"] }),
        json!({ "resourceVersion": "1" }),
        json!({ "namespace": "elsewhere" }),
        json!({ "labels": { "a": 1 } }),
        json!({ "ownerReferences": [{ "apiVersion": "v1", "kind": "Pod", "name": "" }] }),
        json!({ "uid": "given", "creationTimestamp": "2020-01-01T00:00:00Z", "generation": 7 }),
    ] {
        steps.push(
            Step::call(format!("POST {all}?dryRun=All"))
                .body(kind.with("two", json!({ "metadata": metadata })))
                .about(&metadata.to_string()),
        );
    }
    for other in [
        json!({ "kind": "Other" }),
        json!({ "apiVersion": "other/v1" }),
        json!({ "kind": null, "apiVersion": null }),
    ] {
        steps.push(
            Step::call(format!("POST {all}?dryRun=All"))
                .body(kind.with("two", other.clone()))
                .about(&other.to_string()),
        );
    }
    // Not "null": the real server gives a Service without a name one address after another.
    for text in ["", "{", "[]", "\"text\""] {
        steps.push(Step::call(format!("POST {all}")).body(text.into()));
    }
    steps.push(
        Step::call(format!("POST {all}"))
            .content("text/plain")
            .body(kind.object("two").to_string().into()),
    );
    steps.push(
        Step::call(format!("POST {all}?dryRun=All&note=yaml"))
            .content("yaml")
            .body(kind.object("two").to_string().into()),
    );
    steps.push(Step::call(format!("POST {}", kind.address("two"))).body(kind.object("two")));
    if !kind.cluster {
        let elsewhere = all.replace("{ns}", "{ns}-none");
        steps.push(Step::call(format!("POST {elsewhere}")).body(kind.object("two")));
    }
}

fn read(kind: &Kind, steps: &mut Steps<'_>) {
    let (all, one) = (kind.all(), kind.address("one"));
    steps.there();
    let selected = format!("GET {all}?labelSelector=family%3D{{ns}}");
    for accept in [
        "table",
        "metadata",
        "application/yaml",
        "text/html",
        "application/json;as=Other;v=v1;g=meta.k8s.io",
    ] {
        steps.push(Step::call(format!("GET {one}")).accept(accept));
    }
    steps.push(Step::call(format!("GET {one}?includeObject=Object")).accept("table"));
    steps.push(Step::call(format!("GET {one}?includeObject=None")).accept("table"));
    steps.push(Step::call(format!("GET {}", kind.address("none"))));
    steps.push(Step::call(format!("GET {}", kind.address("none"))).accept("table"));
    steps.push(Step::call(selected.clone()).keep("list"));
    for accept in ["table", "metadata-list"] {
        steps.push(Step::call(selected.clone()).accept(accept));
    }
    for query in [
        "labelSelector=tier%20in%20(one,two),family%3D{ns}",
        "labelSelector=family%3D{ns},tier!%3Done",
        "labelSelector=family%3D{ns},!tier",
        "labelSelector=family%3D{ns},tier%20notin%20(two)",
        "labelSelector=%3D%3Dx",
        "labelSelector=a%20in%20b",
        "labelSelector=a%20b%3Dc",
        "labelSelector=family%3D{ns}&fieldSelector=metadata.name%3Dnone",
        "labelSelector=family%3D{ns}&fieldSelector=metadata.name!%3Dnone",
        "labelSelector=family%3D{ns}&fieldSelector=metadata.nonsense%3Da",
        "labelSelector=family%3D{ns}&fieldSelector=nonsense",
        "labelSelector=family%3D{ns}&limit=1",
        "labelSelector=family%3D{ns}&limit=x",
        "labelSelector=family%3D{ns}&limit=-1",
        "labelSelector=family%3D{ns}&continue=nonsense",
        "labelSelector=family%3D{ns}&resourceVersion=0",
        "labelSelector=family%3D{ns}&resourceVersion=x",
        "labelSelector=family%3D{ns}&resourceVersionMatch=Exact",
        "labelSelector=family%3D{ns}&resourceVersion=0&resourceVersionMatch=Exact",
        "labelSelector=family%3D{ns}&resourceVersion=0&resourceVersionMatch=NotOlderThan",
        "labelSelector=family%3D{ns}&resourceVersion=1&resourceVersionMatch=Sometimes",
        "labelSelector=family%3D{ns}&resourceVersion=${list:/metadata/resourceVersion}&resourceVersionMatch=NotOlderThan",
        "labelSelector=family%3D{ns}&resourceVersion=${list:/metadata/resourceVersion}&resourceVersionMatch=Exact",
        "labelSelector=family%3D{ns}&watch=true&resourceVersion=x",
        "labelSelector=family%3D{ns}&sendInitialEvents=true",
        "labelSelector=family%3D{ns}&pretty=true",
    ] {
        steps.push(Step::call(format!("GET {all}?{query}")));
    }
    steps.push(Step::call(format!("GET {all}?fieldSelector=metadata.name%3D{}", kind.name("one"))));
    if !kind.cluster {
        steps.push(Step::call(format!(
            "GET {}/{}?labelSelector=family%3D{{ns}}",
            kind.path, kind.plural
        )));
        steps.push(Step::call(format!(
            "GET {}/{}?fieldSelector=metadata.namespace%3D{{ns}}&labelSelector=family%3D{{ns}}",
            kind.path, kind.plural
        )));
        steps.push(Step::call(format!("GET {}/{}/one", kind.path, kind.plural)));
        steps.push(Step::call(format!("GET {}", all.replace("{ns}", "{ns}-none"))));
    }
    steps.push(Step::call(format!("PUT {all}")).body(kind.object("one")));
}

fn refused(kind: &Kind, steps: &mut Steps<'_>) {
    for wrong in &kind.wrong {
        let step = Step::call(format!("POST {}?dryRun=All", kind.all())).body(kind.with("one", wrong.clone()));
        steps.push(step.about(&wrong.to_string()));
    }
}

fn parts(kind: &Kind, steps: &mut Steps<'_>) {
    let one = kind.address("one");
    steps.there();
    for part in ["status", "scale", "nonsense"] {
        steps.push(Step::call(format!("GET {one}/{part}")));
    }
    steps.push(
        Step::call(format!("PATCH {one}/status?dryRun=All"))
            .content("merge")
            .body(json!({ "metadata": { "labels": { "by": "status" } }, "spec": { "paused": true } })),
    );
    steps.push(Step::call(format!("POST {one}/status")).body(kind.object("one")));
    steps.push(Step::call(format!("DELETE {one}/status")));
    if !kind.scales {
        return;
    }
    let scale = |replicas: Value| json!({ "apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": { "name": "one", "namespace": "{ns}" }, "spec": { "replicas": replicas } });
    steps.push(Step::call(format!("PUT {one}/scale?dryRun=All")).body(scale(2.into())));
    steps.push(Step::call(format!("PUT {one}/scale?fieldManager=scaler")).body(scale(0.into())));
    steps.push(Step::call(format!("PUT {one}/scale")).body(scale((-1).into())));
    steps.push(Step::call(format!("PUT {one}/scale")).body(scale("x".into())));
    steps.push(
        Step::call(format!("PATCH {one}/scale?dryRun=All"))
            .content("merge")
            .body(json!({ "spec": { "replicas": 3 } })),
    );
    steps.push(
        Step::call(format!("PATCH {one}/scale?dryRun=All"))
            .content("strategic")
            .body(json!({ "spec": { "replicas": 3 } })),
    );
    steps.push(
        Step::call(format!("PATCH {one}/scale?dryRun=All"))
            .content("json-patch")
            .body(json!([{ "op": "replace", "path": "/spec/replicas", "value": 4 }])),
    );
    steps.push(
        Step::call(format!("PATCH {one}/scale"))
            .content("merge")
            .body(json!({ "spec": { "replicas": -4 } })),
    );
    steps.push(
        Step::call(format!("PATCH {one}/scale"))
            .content("merge")
            .body(json!({ "metadata": { "resourceVersion": "1" }, "spec": { "replicas": 4 } })),
    );
    steps.push(Step::call(format!("GET {}/scale", kind.address("none"))));
    steps.get();
}

fn deleted(kind: &Kind, steps: &mut Steps<'_>) {
    let (all, one) = (kind.all(), kind.address("one"));
    steps.there();
    steps.get();
    let delete = |query: &str| Step::call(format!("DELETE {one}{query}"));
    steps.push(Step::call(format!("DELETE {}", kind.address("none"))));
    steps.push(delete("?dryRun=All"));
    steps.push(delete("?propagationPolicy=Sometimes"));
    steps.push(delete("?propagationPolicy=Orphan&orphanDependents=true"));
    let options = |body: Value| {
        let mut options = json!({ "apiVersion": "v1", "kind": "DeleteOptions" });
        json_patch::merge(&mut options, &body);
        delete("").body(options)
    };
    steps.push(options(
        json!({ "preconditions": { "uid": "00000000-0000-0000-0000-000000000000" } }),
    ));
    steps.push(options(json!({ "preconditions": { "resourceVersion": "1" } })));
    steps.push(options(json!({ "dryRun": ["All"], "preconditions": { "uid": "${got:/metadata/uid}", "resourceVersion": "${got:/metadata/resourceVersion}" } })));
    steps.push(options(json!({ "dryRun": ["Some"] })));
    steps.push(options(json!({ "gracePeriodSeconds": -1, "dryRun": ["All"] })));
    steps.push(delete("").body("{".into()));
    steps.push(options(json!({ "kind": "Other" })));
    if kind.lasting {
        steps.push(Step { quiet: true, ..delete("") });
        return;
    }
    steps.push(
        Step::call(format!("PATCH {one}"))
            .content("merge")
            .body(json!({ "metadata": { "finalizers": ["example.com/hold"] } })),
    );
    steps.push(Step {
        settle: kind.settles.then(|| one.clone()),
        ..delete("")
    });
    steps.push(Step {
        settle: kind.settles.then(|| one.clone()),
        ..Step::call(format!("GET {one}"))
    });
    steps.push(delete(""));
    steps.push(
        Step::call(format!("PATCH {one}?dryRun=All"))
            .content("merge")
            .body(json!({ "metadata": { "finalizers": ["example.com/hold", "example.com/new"] } })),
    );
    if kind.settles {
        steps.push(Step::settle(one.clone()));
    }
    steps.push(
        Step::call(format!("PATCH {one}?dryRun=All"))
            .content("merge")
            .body(json!({ "metadata": { "labels": { "still": "changes" } } })),
    );
    steps.push(
        Step::call(format!("PATCH {one}"))
            .content("json-patch")
            .body(json!([{ "op": "remove", "path": "/metadata/finalizers" }])),
    );
    steps.push(Step::call(format!("GET {one}")));
    for name in ["two", "three"] {
        steps.push(Step {
            quiet: true,
            ..Step::call(format!("POST {all}")).body(kind.object(name))
        });
        if kind.settles {
            steps.push(Step::settle(kind.address(name)));
        }
    }
    steps.push(Step::call(format!("DELETE {all}?labelSelector=tier%3Dtwo")));
    steps.push(Step::call(format!("DELETE {}", kind.address("three"))));
}

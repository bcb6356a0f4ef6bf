//! The texts were taken from a real API server (1.34.3), one wrong thing at a time.

use serde_json::{Value, json};

use super::super::{defaulting, validation};

fn deployment() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "x" },
        "spec": {
            "replicas": 1, "selector": { "matchLabels": { "app": "x" } },
            "template": { "metadata": { "labels": { "app": "x" } }, "spec": { "containers": [{ "name": "c", "image": "nginx" }] } },
        },
    })
}

fn service() -> Value {
    json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": "s" }, "spec": { "ports": [{ "port": 80 }], "selector": { "a": "b" } } })
}

/// What is said of an object, as `kubectl` joins it.
fn said(mut object: Value) -> Vec<String> {
    let kind = object["kind"].as_str().unwrap().to_owned();
    defaulting::defaults(&kind, &mut object);
    validation::validate(&kind, &object, None)
        .into_iter()
        .map(|cause| format!("{}: {}", cause.field, cause.message))
        .collect()
}

/// One field changed: a pointer, a value, and what is said of it.
fn cases(base: fn() -> Value, cases: Vec<(&str, Value, Vec<&str>)>) {
    for (pointer, value, expected) in cases {
        let mut object = base();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        match object.pointer_mut(parent).unwrap() {
            Value::Array(list) => list.push(value.clone()),
            parent if value.is_null() => {
                parent.as_object_mut().unwrap().shift_remove(field);
            }
            parent => parent[field] = value.clone(),
        }
        assert_eq!(said(object), expected, "{pointer} = {value}");
    }
}

const POD: &str = "/spec/template/spec";

#[test]
fn deployments() {
    assert_eq!(said(deployment()), Vec::<String>::new());
    let bare = |path: &str| -> &'static str { Box::leak(format!("{POD}{path}").into_boxed_str()) };
    let c = |field: &str| bare(&format!("/containers/0/{field}"));
    cases(
        deployment,
        vec![
            (
                "/spec/selector/matchLabels",
                json!({ "app": "y" }),
                vec!["spec.template.metadata.labels: Invalid value: {\"app\":\"x\"}: `selector` does not match template `labels`"],
            ),
            (
                "/spec/replicas",
                json!(-1),
                vec!["spec.replicas: Invalid value: -1: must be greater than or equal to 0"],
            ),
            (
                c("name"),
                Value::Null,
                vec!["spec.template.spec.containers[0].name: Required value"],
            ),
            (
                c("image"),
                Value::Null,
                vec!["spec.template.spec.containers[0].image: Required value"],
            ),
            (
                bare("/containers/-"),
                json!({ "name": "c", "image": "x" }),
                vec!["spec.template.spec.containers[1].name: Duplicate value: \"c\""],
            ),
            (
                bare("/containers"),
                json!([]),
                vec!["spec.template.spec.containers: Required value"],
            ),
            (
                bare("/restartPolicy"),
                json!("Never"),
                vec!["spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\""],
            ),
            (
                c("imagePullPolicy"),
                json!("Sometimes"),
                vec![
                    "spec.template.spec.containers[0].imagePullPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"IfNotPresent\", \"Never\"",
                ],
            ),
            (
                c("ports"),
                json!([{ "containerPort": 70000 }]),
                vec![
                    "spec.template.spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
                ],
            ),
            (
                c("ports"),
                json!([{ "containerPort": 80, "name": "Bad_Port_Name_Long" }]),
                vec![
                    "spec.template.spec.containers[0].ports[0].name: Invalid value: \"Bad_Port_Name_Long\": must be no more than 15 characters",
                    "spec.template.spec.containers[0].ports[0].name: Invalid value: \"Bad_Port_Name_Long\": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
                ],
            ),
            (
                c("resources"),
                json!({ "requests": { "cpu": "2" }, "limits": { "cpu": "1" } }),
                vec![
                    "spec.template.spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1",
                ],
            ),
            (
                c("env"),
                json!([{ "name": "A", "valueFrom": {} }]),
                vec![
                    "spec.template.spec.containers[0].env[0].valueFrom: Invalid value: \"\": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`",
                ],
            ),
            (
                c("readinessProbe"),
                json!({ "httpGet": { "port": 99999 } }),
                vec![
                    "spec.template.spec.containers[0].readinessProbe.httpGet.port: Invalid value: 99999: must be between 1 and 65535, inclusive",
                ],
            ),
            (
                c("readinessProbe"),
                json!({}),
                vec!["spec.template.spec.containers[0].readinessProbe: Required value: must specify a handler type"],
            ),
            (
                c("livenessProbe"),
                json!({ "httpGet": { "port": 80 }, "successThreshold": 2 }),
                vec!["spec.template.spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1"],
            ),
            (
                c("volumeMounts"),
                json!([{ "name": "v", "mountPath": "/x" }]),
                vec!["spec.template.spec.containers[0].volumeMounts[0].name: Not found: \"v\""],
            ),
            (
                bare("/volumes"),
                json!([{ "name": "v", "emptyDir": {}, "configMap": { "name": "x" } }]),
                vec!["spec.template.spec.volumes[0].configMap: Forbidden: may not specify more than 1 volume type"],
            ),
            (
                "/spec/strategy",
                json!({ "rollingUpdate": { "maxSurge": 0, "maxUnavailable": 0 } }),
                vec!["spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0"],
            ),
            (
                "/spec/strategy",
                json!({ "rollingUpdate": { "maxUnavailable": "150%" } }),
                vec!["spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"150%\": must not be greater than 100%"],
            ),
            (
                "/spec/selector",
                Value::Null,
                vec![
                    "spec.selector: Required value",
                    "spec.template.metadata.labels: Invalid value: {\"app\":\"x\"}: `selector` does not match template `labels`",
                ],
            ),
        ],
    );
}

#[test]
fn services() {
    assert_eq!(said(service()), Vec::<String>::new());
    cases(
        service,
        vec![
            ("/spec/ports", json!([]), vec!["spec.ports: Required value"]),
            (
                "/spec/ports",
                json!([{ "port": 0 }]),
                vec![
                    "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
                    "spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive",
                ],
            ),
            (
                "/spec/ports",
                json!([{ "port": 80 }, { "port": 81 }]),
                vec!["spec.ports[0].name: Required value", "spec.ports[1].name: Required value"],
            ),
            (
                "/spec/type",
                json!("X"),
                vec![
                    "spec.type: Unsupported value: \"X\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\"",
                ],
            ),
            (
                "/spec/ports",
                json!([{ "port": 80, "nodePort": 30001 }]),
                vec!["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
            ),
            (
                "/metadata/name",
                json!("1abc"),
                vec![
                    "metadata.name: Invalid value: \"1abc\": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
                ],
            ),
        ],
    );
}

#[test]
fn a_selector_stays() {
    let old = deployment();
    let mut new = deployment();
    new["spec"]["selector"]["matchLabels"]["app"] = json!("y");
    new["spec"]["template"]["metadata"]["labels"]["app"] = json!("y");
    let said: Vec<String> = validation::validate("Deployment", &new, Some(&old))
        .into_iter()
        .map(|cause| format!("{}: {}", cause.field, cause.message))
        .collect();
    assert_eq!(
        said,
        ["spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"y\"}}: field is immutable"]
    );
}

fn object(kind: &str, body: Value) -> Value {
    let mut object = json!({ "apiVersion": "v1", "kind": kind, "metadata": { "name": "x", "namespace": "n" } });
    json_patch::merge(&mut object, &body);
    object
}

#[test]
fn what_the_network_kinds_may_not_say() {
    let policy = |ingress: Value| {
        said(object(
            "NetworkPolicy",
            json!({ "spec": { "podSelector": {}, "ingress": [ingress] } }),
        ))
    };
    assert_eq!(
        policy(json!({ "from": [{}, { "ipBlock": { "cidr": "nowhere" } }], "ports": [{ "port": 80, "endPort": 70, "protocol": "X" }] })),
        [
            "spec.ingress[0].ports[0].protocol: Unsupported value: \"X\": supported values: \"TCP\", \"UDP\", \"SCTP\"",
            "spec.ingress[0].ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`",
            "spec.ingress[0].from[0]: Required value: must specify a peer",
            "spec.ingress[0].from[1].ipBlock.cidr: Invalid value: \"nowhere\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
        ]
    );
    assert_eq!(
        said(object(
            "EndpointSlice",
            json!({ "addressType": "IPv5", "endpoints": [{ "addresses": [] }], "ports": [{ "name": "a" }, { "name": "a" }] })
        )),
        [
            "addressType: Unsupported value: \"IPv5\": supported values: \"FQDN\", \"IPv4\", \"IPv6\"",
            "ports[1].name: Duplicate value: \"a\"",
            "endpoints[0].addresses: Required value: must contain at least 1 address",
        ]
    );
    let path = |path: Value| {
        said(object(
            "Ingress",
            json!({ "spec": { "rules": [{ "host": "10.0.0.1", "http": { "paths": path } }] } }),
        ))
    };
    assert_eq!(
        path(json!([])),
        [
            "spec.rules[0].host: Invalid value: \"10.0.0.1\": must be a DNS name, not an IP address",
            "spec.rules[0].http.paths: Required value",
        ]
    );
}

#[test]
fn a_secret_holds_what_its_type_asks_for() {
    let secret = |kind: &str| said(object("Secret", json!({ "type": kind })));
    assert_eq!(
        secret("kubernetes.io/tls"),
        ["data[tls.crt]: Required value", "data[tls.key]: Required value"]
    );
    assert_eq!(
        secret("kubernetes.io/basic-auth"),
        ["data[username]: Required value", "data[password]: Required value"]
    );
    assert_eq!(
        secret("kubernetes.io/service-account-token"),
        ["metadata.annotations[kubernetes.io/service-account.name]: Required value"]
    );
    assert_eq!(secret("Opaque"), Vec::<String>::new());
}

#[test]
fn an_autoscaler_names_what_it_measures() {
    let scaler = |metric: Value| {
        let target = json!({ "apiVersion": "apps/v1", "kind": "Deployment", "name": "a" });
        said(object(
            "HorizontalPodAutoscaler",
            json!({ "spec": { "scaleTargetRef": target, "maxReplicas": 3, "metrics": [metric] } }),
        ))
    };
    assert_eq!(
        scaler(json!({ "type": "Resource" })),
        ["spec.metrics[0].resource: Required value: must populate information for the given metric source"]
    );
    assert_eq!(
        scaler(json!({ "type": "Resource", "resource": { "name": "cpu", "target": { "type": "Utilization" } } })),
        ["spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization"]
    );
}

#[test]
fn a_job_makes_up_how_it_finds_its_pods_and_keeps_to_it() {
    let template = json!({ "spec": { "restartPolicy": "Never", "containers": [{ "name": "c", "image": "busybox:1" }] } });
    let mut job = object("Job", json!({ "metadata": { "uid": "u" }, "spec": { "template": template } }));
    defaulting::defaults("Job", &mut job);
    defaulting::generated("Job", &mut job);
    assert_eq!(said(job.clone()), Vec::<String>::new());
    job["metadata"]["uid"] = "v".into();
    let labels = job["spec"]["template"]["metadata"]["labels"].to_string();
    assert_eq!(
        said(job),
        [
            format!("spec.template.metadata.labels[controller-uid]: Invalid value: {labels}: must be 'v'"),
            format!("spec.template.metadata.labels[batch.kubernetes.io/controller-uid]: Invalid value: {labels}: must be 'v'"),
            "spec.selector: Invalid value: {\"matchLabels\":{\"batch.kubernetes.io/controller-uid\":\"u\"}}: `selector` not auto-generated"
                .to_owned(),
        ]
    );
}

#[test]
fn what_is_wrong_with_the_metadata_of_a_changed_object_is_listed_once_for_each_pass_over_it() {
    let changed = |kind: &str| {
        let old = object(kind, json!({}));
        let new = object(
            kind,
            json!({ "metadata": { "finalizers": ["bad"], "deletionTimestamp": "2020-01-01T00:00:00Z" } }),
        );
        let fields = validation::validate(kind, &new, Some(&old)).into_iter().map(|cause| cause.field);
        fields.filter(|field| field.starts_with("metadata")).collect::<Vec<_>>()
    };
    let (finalizer, mark) = ("metadata.finalizers[0]", "metadata.deletionTimestamp");
    assert_eq!(changed("ConfigMap"), [finalizer, mark, mark, finalizer, finalizer, finalizer]);
    assert_eq!(changed("EndpointSlice"), [finalizer, mark, finalizer, finalizer]);
}

use super::*;
use crate::adapters::cluster::embedded::facts::schema;

fn deployment() -> Option<Shape> {
    schema::named("apps", "v1", "Deployment")
}

fn writer(manager: &str) -> Writer {
    Writer {
        manager: manager.to_owned(),
        api_version: "apps/v1".to_owned(),
        subresource: String::new(),
        time: "2026-01-01T00:00:00Z".to_owned(),
    }
}

fn object(labels: Value, containers: Value) -> Value {
    json!({ "metadata": { "name": "a", "labels": labels }, "spec": { "template": { "spec": { "containers": containers } } } })
}

fn applied(live: &Value, object: &Value, manager: &str) -> Result<Value, Vec<Conflict>> {
    apply(deployment().as_ref(), live, object, &writer(manager), false)
}

fn without_managers(mut object: Value) -> Value {
    object["metadata"].as_object_mut().unwrap().shift_remove("managedFields");
    object
}

#[test]
fn what_a_manager_no_longer_says_goes_and_what_others_did_stays() {
    let first = object(
        json!({ "a": "1", "b": "2" }),
        json!([{ "name": "web", "image": "x", "env": [{ "name": "A", "value": "1" }] }]),
    );
    let live = applied(&json!({ "metadata": {} }), &first, "me").unwrap();
    let mut changed = live.clone();
    changed["metadata"]["labels"]["c"] = "3".into();
    changed["spec"]["template"]["spec"]["containers"][0]["terminationMessagePath"] = "/dev/x".into();
    update(deployment().as_ref(), &live, &mut changed, &writer("other"));
    let second = object(
        json!({ "a": "1" }),
        json!([{ "name": "web", "image": "y" }, { "name": "side", "image": "s" }]),
    );
    assert_eq!(
        without_managers(applied(&changed, &second, "me").unwrap()),
        object(
            json!({ "a": "1", "c": "3" }),
            json!([{ "name": "web", "image": "y", "terminationMessagePath": "/dev/x" }, { "name": "side", "image": "s" }])
        )
    );
}

#[test]
fn the_set_of_a_manager_is_written_as_the_real_server_writes_it() {
    let containers = json!([{ "name": "web", "ports": [{ "containerPort": 80 }] }]);
    let said = object(json!({ "a": "1" }), containers.clone());
    let live = applied(&json!({ "metadata": {} }), &said, "me").unwrap();
    assert_eq!(
        live["metadata"]["managedFields"][0]["fieldsV1"],
        json!({
            "f:metadata": { "f:labels": { "f:a": {} } },
            "f:spec": { "f:template": { "f:spec": { "f:containers": { "k:{\"name\":\"web\"}": {
                ".": {}, "f:name": {},
                "f:ports": { "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": { ".": {}, "f:containerPort": {} } },
            } } } } },
        })
    );
    let mut made = object(json!({ "a": "1" }), containers);
    update(deployment().as_ref(), &json!({ "metadata": {} }), &mut made, &writer("maker"));
    assert_eq!(
        made["metadata"]["managedFields"][0]["fieldsV1"],
        json!({
            "f:metadata": { "f:labels": { ".": {}, "f:a": {} } },
            "f:spec": { "f:template": { "f:spec": { "f:containers": { "k:{\"name\":\"web\"}": {
                ".": {}, "f:name": {},
                "f:ports": { ".": {}, "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": { ".": {}, "f:containerPort": {} } },
            } } } } },
        })
    );
}

#[test]
fn an_apply_against_what_another_wrote_is_in_conflict() {
    let mut live = json!({ "metadata": { "name": "a", "uid": "u" }, "spec": { "replicas": 2 } });
    update(deployment().as_ref(), &json!({ "metadata": {} }), &mut live, &writer("scaler"));
    let wanted = json!({ "metadata": { "name": "a" }, "spec": { "replicas": 3 } });
    assert_eq!(
        applied(&live, &wanted, "two"),
        Err(vec![Conflict {
            manager: "\"scaler\" using apps/v1".into(),
            field: ".spec.replicas".into()
        }])
    );
    assert_eq!(applied(&live, &without_managers(live.clone()), "two").map(|_| ()), Ok(()));
    let forced = apply(deployment().as_ref(), &live, &wanted, &writer("two"), true).unwrap();
    assert_eq!(
        forced["metadata"]["managedFields"],
        json!([{
            "manager": "two", "operation": "Apply", "apiVersion": "apps/v1", "time": "2026-01-01T00:00:00Z",
            "fieldsType": "FieldsV1", "fieldsV1": { "f:spec": { "f:replicas": {} } },
        }])
    );
}

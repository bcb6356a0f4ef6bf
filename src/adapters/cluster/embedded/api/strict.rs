//! Decoding against the types: unknown fields are dropped and told, values of a wrong type refused, nulls forgotten.

use serde_json::Value;

use crate::adapters::cluster::embedded::facts::schema::{self, Field, Shape};

/// Decodes in place; gives back the paths of unknown fields.
///
/// # Errors
/// The server's words for a value of a wrong type.
pub fn decode(shape: &Shape, value: &mut Value) -> Result<Vec<String>, String> {
    let mut walk = Walk { unknown: Vec::new() };
    walk.value(shape, value, &Place::default())?;
    Ok(walk.unknown)
}

/// Fills in the defaults that the types themselves have, where their parent is there.
pub fn defaults(shape: &Shape, value: &mut Value) {
    let shape = schema::resolved(shape);
    match (shape, value) {
        (Shape::List(item, _), Value::Array(items)) => items.iter_mut().for_each(|value| defaults(&item.shape, value)),
        (Shape::Map(item), Value::Object(map)) => map.values_mut().for_each(|value| defaults(&item.shape, value)),
        (shape, Value::Object(map)) => {
            let Some(structure) = schema::structure(shape) else { return };
            for (name, field) in &structure.fields {
                if let Some(default) = &field.default
                    && !map.contains_key(name)
                {
                    map.insert(name.clone(), default.clone());
                }
            }
            for (name, value) in map.iter_mut() {
                if let Some(field) = structure.fields.get(name) {
                    defaults(&field.shape, value);
                }
            }
        }
        _ => {}
    }
}

/// Forgets lists and maps that are empty: Go leaves them out, except where the type says otherwise.
pub fn lean(shape: &Shape, value: &mut Value) {
    match (schema::resolved(shape), value) {
        (Shape::List(item, _), Value::Array(items)) => items.iter_mut().for_each(|value| lean(&item.shape, value)),
        (Shape::Map(item), Value::Object(map)) => map.values_mut().for_each(|value| lean(&item.shape, value)),
        (shape, Value::Object(map)) => {
            let Some(structure) = schema::structure(shape) else { return };
            map.retain(|name, value| {
                let shape = structure.fields.get(name).map(|field| schema::resolved(&field.shape));
                match (shape, &*value) {
                    (Some(Shape::List(..)), Value::Array(items)) if items.is_empty() => structure.required.contains(name),
                    (Some(Shape::Map(_)), Value::Object(map)) if map.is_empty() => structure.required.contains(name),
                    _ => true,
                }
            });
            for (name, value) in map.iter_mut() {
                if let Some(field) = structure.fields.get(name) {
                    lean(&field.shape, value);
                }
            }
        }
        _ => {}
    }
}

/// Fills in what Go writes of a structure in any case: structures that are no pointers, and zeros of required scalars.
pub fn zeros(shape: &Shape, value: &mut Value) {
    let shape = schema::resolved(shape);
    let (Some(structure), Some(map)) = (schema::structure(shape), value.as_object_mut()) else {
        return;
    };
    for (name, field) in &structure.fields {
        let inner = schema::resolved(&field.shape);
        if matches!(inner, Shape::Time) {
            // A time that is no pointer is written in any case, except when an object was made.
            if schema::always(shape).contains(name) && name != "creationTimestamp" {
                map.entry(name.clone()).or_insert(Value::Null);
            }
        } else if schema::always(shape).contains(name) && schema::structure(inner).is_some() {
            zeros(inner, map.entry(name.clone()).or_insert_with(|| serde_json::json!({})));
        } else if structure.required.contains(name)
            && !map.contains_key(name)
            && let Some(zero) = schema::zero(inner)
        {
            map.insert(name.clone(), zero);
        }
    }
}

/// Where the walk is: the path with indices for unknown fields, without for wrong types, and the structure around.
#[derive(Clone, Debug, Default)]
struct Place {
    exact: String,
    plain: String,
    structure: String,
}

impl Place {
    fn field(&self, name: &str) -> Self {
        let join = |path: &str| {
            if path.is_empty() {
                name.to_owned()
            } else {
                format!("{path}.{name}")
            }
        };
        Self {
            exact: join(&self.exact),
            plain: join(&self.plain),
            structure: self.structure.clone(),
        }
    }

    fn item(&self, index: usize) -> Self {
        Self {
            exact: format!("{}[{index}]", self.exact),
            ..self.clone()
        }
    }
}

struct Walk {
    unknown: Vec<String>,
}

impl Walk {
    fn value(&mut self, shape: &Shape, value: &mut Value, place: &Place) -> Result<(), String> {
        if schema::type_name(shape) == Some("Quantity") {
            return quantity(value);
        }
        let shape = schema::resolved(shape);
        match shape {
            Shape::Type(_) => self.structure(shape, value, place),
            Shape::List(item, _) => self.list(item, value, place),
            Shape::Map(item) => self.map(item, value, place),
            Shape::Any => Ok(()),
            Shape::Bytes => base64(value, place),
            scalar => check(fits(scalar, value), shape, value, place),
        }
    }

    fn structure(&mut self, shape: &Shape, value: &mut Value, place: &Place) -> Result<(), String> {
        let Some(structure) = schema::structure(shape) else { return Ok(()) };
        check(value.is_object(), shape, value, place)?;
        let Some(map) = value.as_object_mut() else { return Ok(()) };
        let mut inside = place.clone();
        inside.structure = schema::type_name(shape).unwrap_or_default().to_owned();
        for (name, value) in map.iter_mut() {
            match structure.fields.get(name) {
                Some(_) if value.is_null() => {}
                Some(Field { shape, .. }) => self.value(shape, value, &inside.field(name))?,
                None => self.unknown.push(inside.field(name).exact),
            }
        }
        map.retain(|name, value| structure.fields.contains_key(name) && !value.is_null());
        Ok(())
    }

    fn list(&mut self, item: &Field, value: &mut Value, place: &Place) -> Result<(), String> {
        let shape = Shape::List(Box::new(item.clone()), schema::Merge::default());
        check(value.is_array(), &shape, value, place)?;
        for (index, value) in value.as_array_mut().into_iter().flatten().enumerate() {
            self.value(&item.shape, value, &place.item(index))?;
        }
        Ok(())
    }

    fn map(&mut self, item: &Field, value: &mut Value, place: &Place) -> Result<(), String> {
        check(value.is_object(), &Shape::Map(Box::new(item.clone())), value, place)?;
        for (name, value) in value.as_object_mut().into_iter().flatten() {
            if value.is_null() && matches!(item.shape, Shape::String | Shape::Bytes) {
                *value = "".into();
            }
            let mut inside = place.field(name);
            // A map's keys are no part of the path that a wrong type is told with.
            inside.plain.clone_from(&place.plain);
            self.value(&item.shape, value, &inside)?;
        }
        Ok(())
    }
}

fn fits(shape: &Shape, value: &Value) -> bool {
    match shape {
        Shape::String | Shape::Time | Shape::Bytes => value.is_string(),
        Shape::Int32 => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        Shape::Int64 => value.is_i64() || value.is_u64(),
        Shape::Number => value.is_number(),
        Shape::Bool => value.is_boolean(),
        Shape::Either => value.is_string() || value.is_number(),
        _ => true,
    }
}

fn check(fits: bool, shape: &Shape, value: &Value, place: &Place) -> Result<(), String> {
    if fits {
        return Ok(());
    }
    let found = match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        Value::Number(number) if matches!(shape, Shape::Int32 | Shape::Int64) => format!("number {number}"),
        Value::Number(_) => "number".to_owned(),
        Value::String(_) => "string".to_owned(),
        Value::Array(_) => "array".to_owned(),
        Value::Object(_) => "object".to_owned(),
    };
    let wanted = go_type(shape);
    if place.structure.is_empty() {
        return Err(format!("json: cannot unmarshal {found} into Go value of type {wanted}"));
    }
    Err(format!(
        "json: cannot unmarshal {found} into Go struct field {}.{} of type {wanted}",
        place.structure, place.plain
    ))
}

fn go_type(shape: &Shape) -> String {
    match schema::resolved(shape) {
        Shape::Type(name) => {
            let mut parts = name.rsplit('.');
            let (kind, package) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            format!("{package}.{kind}")
        }
        Shape::List(item, _) => format!("[]{}", go_type(&item.shape)),
        Shape::Map(item) => format!("map[string]{}", go_type(&item.shape)),
        Shape::String | Shape::Either | Shape::Any => "string".to_owned(),
        Shape::Time => "v1.Time".to_owned(),
        Shape::Bytes => "[]uint8".to_owned(),
        Shape::Int32 => "int32".to_owned(),
        Shape::Int64 => "int64".to_owned(),
        Shape::Number => "float64".to_owned(),
        Shape::Bool => "bool".to_owned(),
    }
}

fn base64(value: &Value, place: &Place) -> Result<(), String> {
    use base64::Engine as _;
    check(value.is_string(), &Shape::Bytes, value, place)?;
    let text = value.as_str().unwrap_or_default();
    match base64::engine::general_purpose::STANDARD.decode(text) {
        Ok(_) => Ok(()),
        Err(base64::DecodeError::InvalidByte(at, _) | base64::DecodeError::InvalidLastSymbol(at, _)) => {
            Err(format!("illegal base64 data at input byte {at}"))
        }
        Err(_) => Err(format!("illegal base64 data at input byte {}", text.len() / 4 * 4)),
    }
}

/// Quantities may be given as numbers and are kept as text.
fn quantity(value: &mut Value) -> Result<(), String> {
    if value.is_number() {
        *value = value.to_string().into();
    }
    let text = value.as_str().unwrap_or_default();
    let digits = text.trim_start_matches(['+', '-']);
    let number = digits.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let suffix = number.trim_start_matches(['e', 'E']);
    let exponent =
        number.len() > suffix.len() && !suffix.is_empty() && suffix.trim_start_matches(['+', '-']).chars().all(|c| c.is_ascii_digit());
    let units = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    if number.len() < digits.len() && (exponent || units.contains(&number)) {
        return Ok(());
    }
    Err("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn deployment() -> Shape {
        schema::named("apps", "v1", "Deployment").unwrap()
    }

    #[test]
    fn unknown_fields_are_dropped_and_told() {
        let mut object = json!({ "spec": { "replica": 1, "template": { "spec": { "containers": [{ "name": "a", "imagee": "b" }] } } } });
        assert_eq!(
            decode(&deployment(), &mut object),
            Ok(vec!["spec.replica".into(), "spec.template.spec.containers[0].imagee".into()])
        );
        assert_eq!(
            object,
            json!({ "spec": { "template": { "spec": { "containers": [{ "name": "a" }] } } } })
        );
    }

    #[test]
    fn a_wrong_type_is_told_as_the_real_server_tells_it() {
        let mut object = json!({ "spec": { "replicas": "3" } });
        assert_eq!(
            decode(&deployment(), &mut object),
            Err("json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32".into())
        );
    }

    #[test]
    fn numbers_become_quantities_and_ports_get_their_protocol() {
        let mut object = json!({ "spec": { "template": { "spec": { "containers": [
            { "name": "a", "resources": { "limits": { "cpu": 2 } }, "ports": [{ "containerPort": 80 }] },
        ] } } } });
        decode(&deployment(), &mut object).unwrap();
        defaults(&deployment(), &mut object);
        assert_eq!(
            object["spec"]["template"]["spec"]["containers"][0],
            json!({
                "name": "a", "resources": { "limits": { "cpu": "2" } },
                "ports": [{ "containerPort": 80, "protocol": "TCP" }],
            })
        );
    }
}

//! Which form of an answer the caller wants.

use super::refusal::Refusal;
use serde_json::json;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Json,
    Yaml,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Objects as they are.
    Whole,
    /// `as=Table`.
    Table,
    /// `as=PartialObjectMetadata` or its list.
    Metadata,
    /// `as=APIGroupDiscoveryList`, in the version asked for.
    Discovery(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accept {
    pub encoding: Encoding,
    pub shape: Shape,
}

impl Accept {
    pub const PLAIN: Self = Self {
        encoding: Encoding::Json,
        shape: Shape::Whole,
    };

    /// The first of the listed forms that we speak.
    ///
    /// # Errors
    /// 406 when there is none: protobuf is not spoken.
    pub fn read(header: Option<&str>, discovery: bool) -> Result<Self, Refusal> {
        let Some(header) = header.filter(|header| !header.trim().is_empty()) else {
            return Ok(Self::PLAIN);
        };
        header.split(',').find_map(|form| Self::form(form, discovery)).ok_or_else(|| {
            // The type is spoken, only not what it is to be made of the object.
            if header.split(',').any(|form| form.trim().starts_with("application/json;")) {
                let message = "only the following media types are accepted: application/json, application/yaml";
                return Refusal::new(406, "NotAcceptable", message);
            }
            let message = "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml";
            Refusal::new(406, "NotAcceptable", message).with(json!({}))
        })
    }

    fn form(form: &str, discovery: bool) -> Option<Self> {
        let mut parts = form.split(';').map(str::trim);
        let encoding = match parts.next()? {
            "application/json" | "application/*" | "*/*" => Encoding::Json,
            "application/yaml" => Encoding::Yaml,
            _ => return None,
        };
        let parameters: Vec<(&str, &str)> = parts.filter_map(|part| part.split_once('=')).collect();
        let parameter = |name: &str| parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let shape = match parameter("as") {
            None => Shape::Whole,
            Some("Table") if parameter("g") == Some("meta.k8s.io") && matches!(parameter("v"), Some("v1" | "v1beta1")) => Shape::Table,
            Some("PartialObjectMetadata" | "PartialObjectMetadataList") => Shape::Metadata,
            Some("APIGroupDiscoveryList") if discovery => match parameter("v") {
                Some("v2") => Shape::Discovery("v2"),
                Some("v2beta1") => Shape::Discovery("v2beta1"),
                _ => return None,
            },
            Some(_) => return None,
        };
        Some(Self { encoding, shape })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_form_that_is_spoken_is_taken() {
        let kubectl = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
        assert_eq!(Accept::read(Some(kubectl), false).unwrap().shape, Shape::Table);
        assert_eq!(
            Accept::read(Some("application/vnd.kubernetes.protobuf,application/json"), false),
            Ok(Accept::PLAIN)
        );
        assert_eq!(
            Accept::read(Some("application/vnd.kubernetes.protobuf"), false).unwrap_err().code,
            406
        );
        assert_eq!(Accept::read(None, false), Ok(Accept::PLAIN));
    }
}

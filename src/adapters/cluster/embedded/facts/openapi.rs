//! The real server's OpenAPI documents, as they are packed into the binary.

use std::io::Read as _;

use include_dir::{Dir, include_dir};

static DOCUMENTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/adapters/cluster/embedded/facts/data/openapi");

/// The index at `/openapi/v3`.
#[must_use]
pub fn index() -> &'static [u8] {
    DOCUMENTS.get_file("v3.json").map(include_dir::File::contents).unwrap_or_default()
}

/// The gzipped document at `/openapi/v2`, or at `/openapi/v3/<path>` for a path like `apis/apps/v1`.
#[must_use]
pub fn document(path: Option<&str>) -> Option<&'static [u8]> {
    let file = path.map_or_else(|| "v2.json.gz".to_owned(), |path| format!("v3/{}.json.gz", path.replace('/', "__")));
    DOCUMENTS.get_file(file).map(include_dir::File::contents)
}

/// The gzipped document at `/openapi/v2` as kubectl asks for it.
#[must_use]
pub fn protobuf() -> Option<&'static [u8]> {
    DOCUMENTS.get_file("v2.pb.gz").map(include_dir::File::contents)
}

/// # Errors
/// When the bytes are no gzip stream.
pub fn unpacked(packed: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut plain)?;
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_unpacks_to_json() {
        let document: serde_json::Value = serde_json::from_slice(&unpacked(document(Some("apis/apps/v1")).unwrap()).unwrap()).unwrap();
        assert_eq!(document["openapi"], "3.0.0");
    }
}

//! Names and ids that look like the real ones and are the same whenever the same thing happens.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The letters that Kubernetes uses in generated names: no vowels, nothing that looks like another.
const SAFE: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().into()
}

/// A number from the parts, evenly spread.
pub fn number(parts: &[&str]) -> u64 {
    digest(parts).iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

/// A version 4 uuid from the parts.
pub fn uuid(parts: &[&str]) -> String {
    let hash = digest(parts);
    let mut bytes = [0_u8; 16];
    for (to, from) in bytes.iter_mut().zip(hash) {
        *to = from;
    }
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// `length` letters of a generated name.
pub fn letters(length: usize, parts: &[&str]) -> String {
    digest(parts)
        .iter()
        .take(length)
        .map(|byte| char::from(*SAFE.get(usize::from(*byte) % SAFE.len()).unwrap_or(&b'x')))
        .collect()
}

/// 64 hexadecimal digits: a container id, an image id.
pub fn hex(parts: &[&str]) -> String {
    digest(parts).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash of a pod template as a name's part; equal templates give equal hashes, whatever their order of fields.
pub fn template_hash(template: &Value, collisions: i64) -> String {
    let mut template = template.clone();
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.shift_remove("pod-template-hash");
    }
    template.sort_all_objects();
    let text = template.to_string();
    // The real one is a 32 bit hash in decimal, put through the same alphabet: eight to ten letters.
    let number = (number(&[&text, &collisions.to_string()]) & 0xffff_ffff).to_string();
    number
        .bytes()
        .map(|digit| char::from(*SAFE.get(usize::from(digit) % SAFE.len()).unwrap_or(&b'x')))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_same_parts_give_the_same_id() {
        assert_eq!(uuid(&["a", "b"]), uuid(&["a", "b"]));
        assert_ne!(uuid(&["a", "b"]), uuid(&["ab", ""]));
        assert_eq!(uuid(&["a"]).len(), 36);
    }

    #[test]
    fn the_hash_of_a_template_does_not_see_order_or_its_own_label() {
        let one = json!({"metadata": {"labels": {"app": "x", "pod-template-hash": "abc"}}, "spec": {"a": 1, "b": 2}});
        let other = json!({"spec": {"b": 2, "a": 1}, "metadata": {"labels": {"app": "x"}}});
        assert_eq!(template_hash(&one, 0), template_hash(&other, 0));
        assert_ne!(template_hash(&one, 0), template_hash(&one, 1));
    }
}

//! The order of a merged list, as `$setElementOrder` asks.

use serde_json::Value;

/// Arranges items: those that the order names in that order; the others stay before what they stood before in the old list.
pub fn arrange(items: &mut Vec<Value>, before: &[Value], order: &[Value], key: Option<&str>) {
    let id = |value: &Value| key.map_or_else(|| value.clone(), |key| value.get(key).cloned().unwrap_or_default());
    let order: Vec<Value> = order.iter().map(id).collect();
    let before: Vec<Value> = before.iter().map(id).collect();
    let place = |list: &[Value], item: &Value| list.iter().position(|known| *known == id(item));
    let (mut named, others): (Vec<Value>, Vec<Value>) = items.drain(..).partition(|item| order.contains(&id(item)));
    named.sort_by_key(|item| place(&order, item));
    let (mut named, mut others) = (named.into_iter().peekable(), others.into_iter().peekable());
    loop {
        let first = match (others.peek(), named.peek()) {
            (Some(other), Some(named)) => {
                matches!((place(&before, other), place(&before, named)), (Some(other), Some(named)) if other < named)
            }
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => return,
        };
        items.extend(if first { others.next() } else { named.next() });
    }
}

//! Answers that cannot be read.

use serde_json::Value;

/// What stands where JSON should: the page of a proxy whose node is gone.
pub(super) const PAGE: &str = "<html><head><title>502 Bad Gateway</title></head>\
<body><center><h1>502 Bad Gateway</h1></center><hr></body></html>\n";

/// Cuts everything that is in hex in half.
pub(super) fn cut_hex(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(match text.strip_prefix("0x") {
            Some(digits) => format!("0x{}", digits.get(..digits.len() / 4 * 2).unwrap_or("")),
            None => text,
        }),
        Value::Array(items) => items.into_iter().map(cut_hex).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, cut_hex(value)))
            .collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hex_is_cut_wherever_it_stands_and_nothing_else() {
        let value = json!({"number": "0x4", "name": "devnet", "list": ["0x11223344", 7, null]});
        let cut = json!({"number": "0x", "name": "devnet", "list": ["0x1122", 7, null]});
        assert_eq!(cut_hex(value), cut);
    }
}

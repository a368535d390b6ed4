//! Where in a body its reader stopped.

/// The place in a text that an error of its reader names by line and column, both from 1 on.
pub(super) fn offset(text: &[u8], error: &serde_json::Error) -> usize {
    let lines_before = error.line().saturating_sub(1);
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines.take(lines_before).map(<[u8]>::len).sum();
    before.saturating_add(error.column().saturating_sub(1))
}

/// Whether the value there is a number of which JSON or a double has no finite one: some encoders write `NaN`, and
/// 1e999 is one that only looks like it.
pub(super) fn is_beyond_numbers(text: &[u8], offset: usize) -> bool {
    let before = text.get(..offset).unwrap_or_default();
    let is_inside = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    let begun = before
        .iter()
        .rev()
        .take_while(|byte| is_inside(byte))
        .count();
    let value = text.get(offset.saturating_sub(begun)..).unwrap_or_default();
    let length = value.iter().take_while(|byte| is_inside(byte)).count();
    let value = value
        .get(..length)
        .and_then(|value| str::from_utf8(value).ok());
    // What Rust reads as a double and is no finite one: NaN, Infinity, inf in any case, and what is too large.
    value
        .and_then(|value| value.parse::<f64>().ok())
        .is_some_and(|value| !value.is_finite())
}

/// The keys that lead to the value at that place, with dots between. `text` is JSON up to there.
pub(super) fn key(text: &[u8], offset: usize) -> Option<String> {
    let text = text.get(..offset)?;
    // Of each object or list that is open: the last text in it, which is a key where a value comes next.
    let mut open: Vec<Option<String>> = Vec::new();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let mut length = 1;
        match byte {
            b'{' | b'[' => open.push(None),
            b'}' | b']' => {
                open.pop();
            }
            b'"' => {
                let rest = text.get(at..)?;
                length = string(rest)?;
                let name = rest.get(..length)?;
                *open.last_mut()? = serde_json::from_slice(name).ok();
            }
            b',' => *open.last_mut()? = None,
            _ => {}
        }
        at += length;
    }
    let keys: Vec<String> = open.into_iter().flatten().collect();
    (!keys.is_empty()).then(|| keys.join("."))
}

/// How long the string is that a text begins with, quotes included.
fn string(text: &[u8]) -> Option<usize> {
    let mut is_escaped = false;
    let end = text.iter().skip(1).position(|byte| match byte {
        _ if is_escaped => {
            is_escaped = false;
            false
        }
        b'\\' => {
            is_escaped = true;
            false
        }
        byte => *byte == b'"',
    });
    end.map(|end| end + 2)
}

//! Parameters, by position or by name.

use std::collections::HashMap;

use jsonrpsee::types::{ErrorObjectOwned, Params};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::errors::invalid_params;

/// The parameters of one request, in the order in which the method declares them.
pub(super) struct Args(Vec<Option<Box<RawValue>>>);

impl Args {
    /// Reads the parameters of a method whose names, in order, are these; a name may have
    /// variants, separated by `|`.
    pub(super) fn parse(params: &Params<'_>, names: &[&str]) -> Result<Self, ErrorObjectOwned> {
        if params.is_object() {
            let mut named: HashMap<String, Box<RawValue>> = params.parse()?;
            let values = names
                .iter()
                .map(|variants| variants.split('|').find_map(|name| named.remove(name)));
            return Ok(Self(values.collect()));
        }
        let Some(_) = params.as_str() else {
            return Ok(Self(Vec::new()));
        };
        params.parse().map(Self)
    }

    /// A parameter that may be absent or null.
    pub(super) fn optional<T: DeserializeOwned>(
        &self,
        index: usize,
    ) -> Result<Option<T>, ErrorObjectOwned> {
        match self.0.get(index) {
            Some(Some(value)) => read(value),
            _ => Ok(None),
        }
    }

    /// A parameter that has to be there.
    pub(super) fn required<T: DeserializeOwned>(
        &self,
        index: usize,
    ) -> Result<T, ErrorObjectOwned> {
        match self.0.get(index) {
            Some(Some(value)) => read(value),
            Some(None) => read(RawValue::NULL),
            None => Err(invalid_params("No more params")),
        }
    }
}

fn read<'a, T: Deserialize<'a>>(value: &'a RawValue) -> Result<T, ErrorObjectOwned> {
    serde_json::from_str(value.get()).map_err(invalid_params)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(params: &str) -> Args {
        Args::parse(&Params::new(Some(params)), &["key", "hash|at"]).unwrap()
    }

    #[test]
    fn names_and_positions_give_the_same() {
        for params in [
            r#"["a", 7]"#,
            r#"{"at": 7, "key": "a"}"#,
            r#"{"hash": 7, "key": "a"}"#,
        ] {
            let args = args(params);
            assert_eq!(args.required::<String>(0).unwrap(), "a");
            assert_eq!(args.optional::<u8>(1).unwrap(), Some(7));
        }
    }

    #[test]
    fn what_is_absent_or_null_is_none() {
        for params in [r#"["a"]"#, r#"["a", null]"#, r#"{"key": "a"}"#] {
            assert_eq!(args(params).optional::<u8>(1).unwrap(), None);
        }
    }

    #[test]
    fn what_is_missing_or_of_another_type_is_refused() {
        for params in ["[]", "{}", "[3]", "[null]"] {
            let error = args(params).required::<String>(0).unwrap_err();
            assert_eq!(
                (error.code(), error.message()),
                (-32_602, "Invalid params"),
                "{params}"
            );
        }
    }
}

//! Closed lists of names, as they stand in bodies and in the database.

/// The text names nothing in this closed list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is no {what}")]
pub struct UnknownName {
    what: &'static str,
    found: String,
}

impl UnknownName {
    pub(crate) fn new(what: &'static str, found: &str) -> Self {
        Self {
            what,
            found: found.to_owned(),
        }
    }
}

/// An enum whose variants are names: `names! { Kind is "kind" { A = "a", } }`.
macro_rules! names {
    ($(#[$meta:meta])* $name:ident is $what:literal { $($(#[doc = $doc:literal])+ $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize)]
        #[cfg_attr(feature = "utoipa", derive(::utoipa::ToSchema))]
        pub enum $name {
            $($(#[doc = $doc])+ #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every one there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name as it stands in bodies and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::names::UnknownName;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err($crate::names::UnknownName::new($what, text)),
                }
            }
        }
    };
}
pub(crate) use names;

//! Which formats may come out.

use crate::format::Format;
use serde::{Deserialize, Serialize};

/// Which formats may come out. In JSON: `"keep"`, `"auto"` or a list such as `["webp", "avif"]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema), ts(type = "\"keep\" | \"auto\" | Format[]"))]
#[cfg_attr(test, schemars(with = "Repr"))]
#[serde(into = "Repr", from = "Repr")]
pub enum FormatChoice {
    /// The input's own format.
    #[default]
    Keep,
    /// Whichever of the formats that every browser shows is smallest: see [`Format::WEB`].
    Auto,
    /// Whichever of these is smallest.
    OneOf(Vec<Format>),
}

impl FormatChoice {
    /// The formats to try for an input, without repeats, in tie-breaking order.
    pub fn candidates(&self, input: Format) -> Vec<Format> {
        let mut formats = match self {
            Self::Keep => vec![input],
            // A GIF stays in the race: every browser shows it, and an animation may be smallest so.
            Self::Auto if input == Format::Gif => Format::WEB.into_iter().chain([Format::Gif]).collect(),
            Self::Auto => Format::WEB.to_vec(),
            Self::OneOf(list) => list.clone(),
        };
        formats.sort_unstable();
        formats.dedup();
        formats
    }
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
enum Repr {
    Named(Named),
    /// Whichever of these is smallest.
    List(Vec<Format>),
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
enum Named {
    /// The input's own format.
    Keep,
    /// Whichever of JPEG, PNG, WebP and AVIF is smallest; GIF, too, where the input is one.
    Auto,
}

impl From<FormatChoice> for Repr {
    fn from(choice: FormatChoice) -> Self {
        match choice {
            FormatChoice::Keep => Self::Named(Named::Keep),
            FormatChoice::Auto => Self::Named(Named::Auto),
            FormatChoice::OneOf(list) => Self::List(list),
        }
    }
}

impl From<Repr> for FormatChoice {
    fn from(repr: Repr) -> Self {
        match repr {
            Repr::Named(Named::Keep) => Self::Keep,
            Repr::Named(Named::Auto) => Self::Auto,
            Repr::List(list) => Self::OneOf(list),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_forms_round_trip() {
        for (json, choice) in [
            ("\"keep\"", FormatChoice::Keep),
            ("\"auto\"", FormatChoice::Auto),
            ("[\"webp\",\"jpeg\"]", FormatChoice::OneOf(vec![Format::Webp, Format::Jpeg])),
        ] {
            assert_eq!(serde_json::from_str::<FormatChoice>(json).unwrap(), choice);
            assert_eq!(serde_json::to_string(&choice).unwrap(), json);
        }
    }

    #[test]
    fn candidates_have_a_fixed_order_and_no_repeats() {
        let choice = FormatChoice::OneOf(vec![Format::Avif, Format::Jpeg, Format::Avif]);
        assert_eq!(choice.candidates(Format::Png), [Format::Jpeg, Format::Avif]);
        assert_eq!(FormatChoice::Keep.candidates(Format::Png), [Format::Png]);
    }
}

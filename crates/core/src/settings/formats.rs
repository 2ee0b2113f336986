//! Which formats may come out.

use crate::format::Format;
use serde::{Deserialize, Serialize};

/// Which formats may come out. In JSON: `"keep"`, `"auto"` or a list such as `["webp", "avif"]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema), ts(type = "\"keep\" | \"auto\" | Format[]"))]
#[cfg_attr(test, schemars(with = "Repr"))]
#[serde(into = "Repr", try_from = "Repr")]
pub enum FormatChoice {
    /// The input's own format; PNG where that is only read.
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
            Self::Keep => vec![input.kept()],
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
    /// The input's own format; PNG where that is only read.
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

impl TryFrom<Repr> for FormatChoice {
    type Error = String;

    fn try_from(repr: Repr) -> Result<Self, String> {
        match repr {
            Repr::Named(Named::Keep) => Ok(Self::Keep),
            Repr::Named(Named::Auto) => Ok(Self::Auto),
            Repr::List(list) => match list.iter().find(|format| !format.is_written()) {
                None => Ok(Self::OneOf(list)),
                Some(other) => {
                    let written = Format::WRITTEN.map(Format::name).join(", ");
                    Err(format!("expected one of {written}, got {other}, which is read and not written"))
                }
            },
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

    #[test]
    fn what_is_only_read_never_comes_out() {
        for input in [Format::Bmp, Format::Ico] {
            assert_eq!(FormatChoice::Keep.candidates(input), [Format::Png]);
            assert_eq!(FormatChoice::Auto.candidates(input), Format::WEB);
        }
        let error = serde_json::from_str::<FormatChoice>("[\"png\", \"bmp\"]").unwrap_err().to_string();
        assert!(error.contains("expected one of jpeg, png") && error.contains("got bmp"), "{error}");
    }
}

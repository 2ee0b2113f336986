//! What happens to colours.

use crate::error::OptimizationError;
use serde::{Deserialize, Serialize};

/// What happens to the colour profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ColorPolicy {
    /// Embed the input's profile in the output.
    #[default]
    Keep,
    /// Convert the pixels to sRGB and drop the profile.
    Srgb,
}

/// The colour put under transparent pixels when alpha must go. In JSON: `"#rrggbb"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema), ts(type = "string"))]
#[cfg_attr(test, schemars(with = "String", extend("pattern" = "^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$")))]
#[serde(try_from = "String", into = "String")]
pub struct Background {
    /// Red, green, blue in sRGB, 0 to 255.
    pub rgb: [u8; 3],
}

impl std::str::FromStr for Background {
    type Err = OptimizationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || OptimizationError::InvalidSetting {
            field: "background".into(),
            expected: "a colour as #rgb or #rrggbb".into(),
            actual: format!("\"{text}\""),
        };
        let digits = text.strip_prefix('#').unwrap_or(text);
        // from_str_radix alone would accept a sign.
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(invalid());
        }
        let channel = |hex: &str| u8::from_str_radix(hex, 16).map_err(|_| invalid());
        let rgb = match digits.len() {
            3 => {
                let mut rgb = [0; 3];
                for (value, digit) in rgb.iter_mut().zip(0..) {
                    // One hex digit stands for itself twice: #f80 is #ff8800.
                    *value = channel(&digits[digit..=digit])? * 17;
                }
                rgb
            }
            6 => [channel(&digits[0..2])?, channel(&digits[2..4])?, channel(&digits[4..6])?],
            _ => return Err(invalid()),
        };
        Ok(Self { rgb })
    }
}

impl TryFrom<String> for Background {
    type Error = OptimizationError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Background> for String {
    fn from(background: Background) -> String {
        let [r, g, b] = background.rgb;
        format!("#{r:02x}{g:02x}{b:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::Background;

    #[test]
    fn colours_parse_in_both_lengths_and_refuse_the_rest() {
        assert_eq!("#f80".parse::<Background>().unwrap().rgb, [255, 136, 0]);
        assert_eq!("0a0B0c".parse::<Background>().unwrap().rgb, [10, 11, 12]);
        for wrong in ["", "#ff", "#gggggg", "#éé", "+1+2+3"] {
            let error = wrong.parse::<Background>().unwrap_err().to_string();
            assert!(error.contains("#rrggbb"), "{error}");
        }
    }
}

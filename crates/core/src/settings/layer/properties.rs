//! What holds for any layers.

use super::*;
use crate::format::Format;
use crate::settings::{Fit, TiffCompression};
use crate::units::{Bytes, Score};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// In quarters, as qualities are kept.
fn quality() -> impl Strategy<Value = Quality> {
    (4_u16..=400).prop_map(|quarters| Quality::try_from(f64::from(quarters) / 4.0).unwrap())
}

fn effort() -> impl Strategy<Value = Effort> {
    (1_u8..=9).prop_map(|effort| Effort::new(effort).unwrap())
}

/// Scores have two decimals, as people write them: the last bit of longer ones is not promised to survive JSON.
fn goal() -> impl Strategy<Value = Goal> {
    prop_oneof![
        Just(Goal::Lossless),
        quality().prop_map(Goal::Quality),
        (100_u16..=10_000).prop_map(|n| Goal::Score(Score::target(f64::from(n) / 100.0).unwrap())),
        // TOML has no larger integers.
        (0..=i64::MAX as u64).prop_map(|bytes| Goal::MaxBytes(Bytes(bytes))),
    ]
}

fn formats() -> impl Strategy<Value = FormatChoice> {
    prop_oneof![
        Just(FormatChoice::Keep),
        Just(FormatChoice::Auto),
        subsequence(Format::WRITTEN.to_vec(), 0..=Format::WRITTEN.len()).prop_map(FormatChoice::OneOf),
    ]
}

fn resize() -> impl Strategy<Value = Resize> {
    let edge = || option::of(any::<u32>());
    let fit = select(vec![Fit::Inside, Fit::Cover, Fit::Fill]);
    (edge(), edge(), edge(), fit, any::<bool>()).prop_map(|(width, height, long_edge, fit, enlarge)| Resize {
        width,
        height,
        long_edge,
        fit,
        enlarge,
    })
}

fn format_layer() -> impl Strategy<Value = FormatLayer> {
    (option::of(quality()), option::of(effort()))
        .prop_map(|(quality, effort)| FormatLayer { quality, effort })
}

fn tiff() -> impl Strategy<Value = TiffLayer> {
    use TiffCompression::{Deflate, Jpeg, Lzw, None};
    let compression = option::of(select(vec![Deflate, Lzw, None, Jpeg]));
    (format_layer(), compression, any::<Option<bool>>(), any::<Option<bool>>()).prop_map(
        |(FormatLayer { quality, effort }, compression, tiles, pyramid)| TiffLayer {
            quality,
            effort,
            compression,
            tiles,
            pyramid,
        },
    )
}

prop_compose! {
    /// What goes for all formats.
    fn common()(
        goal in option::of(goal()),
        formats in option::of(formats()),
        crop in option::of(any::<[u32; 4]>()),
        rotate in option::of(select(vec![0_u16, 90, 180, 270])),
        flip in option::of(select(vec![Flip::Horizontal, Flip::Vertical])),
        resize in option::of(resize()),
        background in option::of(any::<[u8; 3]>()),
        metadata in option::of(select(vec![MetadataPolicy::Safe, MetadataPolicy::Strip, MetadataPolicy::Keep])),
        color in option::of(select(vec![ColorPolicy::Keep, ColorPolicy::Srgb])),
        effort in option::of(effort()),
        squoosh in option::of(prop::collection::vec(select(SquooshCodec::ALL.to_vec()), 0..4)),
    ) -> SettingsLayer {
        SettingsLayer {
            goal,
            formats,
            crop: crop.map(|[x, y, width, height]| Crop { x, y, width, height }),
            rotate: rotate.map(|degrees| Rotation::try_from(degrees).unwrap()),
            flip,
            resize,
            background: background.map(|rgb| Background { rgb }),
            metadata,
            color,
            effort,
            squoosh,
            ..SettingsLayer::default()
        }
    }
}

prop_compose! {
    fn layer()(
        common in common(),
        jpeg in option::of(format_layer()),
        png in option::of(format_layer()),
        webp in option::of(format_layer()),
        avif in option::of(format_layer()),
        jxl in option::of(format_layer()),
        gif in option::of(format_layer()),
        tiff in option::of(tiff()),
    ) -> SettingsLayer {
        SettingsLayer { jpeg, png, webp, avif, jxl, gif, tiff, ..common }
    }
}

fn layers() -> impl Strategy<Value = Vec<SettingsLayer>> {
    prop::collection::vec(layer(), 0..5)
}

/// What the strongest layer says that says anything.
fn last<T>(layers: &[SettingsLayer], field: impl Fn(&SettingsLayer) -> Option<T>) -> Option<T> {
    layers.iter().rev().find_map(field)
}

/// The same for one format: what is said about all formats overrules what weaker layers said about this one.
fn last_for_format<T>(
    layers: &[SettingsLayer],
    overruled: impl Fn(&SettingsLayer) -> bool,
    field: impl Fn(&SettingsLayer) -> Option<T>,
) -> Option<T> {
    let from = layers.iter().rposition(overruled).unwrap_or(0);
    last(&layers[from..], field)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_the_strongest_layer_says_holds(layers in layers()) {
        let settings = ImageSettings::resolve(&layers);
        let default = ImageSettings::default();
        prop_assert_eq!(settings.goal, last(&layers, |layer| layer.goal).unwrap_or(default.goal));
        prop_assert_eq!(settings.effort, last(&layers, |layer| layer.effort).unwrap_or(default.effort));
        let formats = last(&layers, |layer| layer.formats.clone());
        prop_assert_eq!(&settings.formats, &formats.unwrap_or(default.formats));
        prop_assert_eq!(settings.crop, last(&layers, |layer| layer.crop));
        prop_assert_eq!(settings.rotate, last(&layers, |layer| layer.rotate).unwrap_or(default.rotate));
        prop_assert_eq!(settings.flip, last(&layers, |layer| layer.flip));
        prop_assert_eq!(settings.resize, last(&layers, |layer| layer.resize));
        prop_assert_eq!(settings.background, last(&layers, |layer| layer.background));
        prop_assert_eq!(settings.metadata, last(&layers, |layer| layer.metadata).unwrap_or(default.metadata));
        prop_assert_eq!(settings.color, last(&layers, |layer| layer.color).unwrap_or(default.color));
        let squoosh = last(&layers, |layer| layer.squoosh.clone()).unwrap_or_default();
        for codec in SquooshCodec::ALL {
            let times = settings.squoosh.iter().filter(|named| **named == codec).count();
            prop_assert_eq!(times, usize::from(squoosh.contains(&codec)));
        }
        let tiff = |field: fn(&TiffLayer) -> Option<bool>| last(&layers, |layer| field(layer.tiff.as_ref()?));
        prop_assert_eq!(settings.tiff.tiles, tiff(|tiff| tiff.tiles).unwrap_or_default());
        prop_assert_eq!(settings.tiff.pyramid, tiff(|tiff| tiff.pyramid).unwrap_or_default());
        let compression = last(&layers, |layer| layer.tiff?.compression);
        prop_assert_eq!(settings.tiff.compression, compression.unwrap_or_default());
    }

    #[test]
    fn a_format_follows_its_own_layers_down_to_the_last_word_on_all_formats(layers in layers()) {
        let settings = ImageSettings::resolve(&layers);
        for format in Format::WRITTEN {
            let own = |layer: &SettingsLayer| match format {
                Format::Jpeg => layer.jpeg,
                Format::Png => layer.png,
                Format::Webp => layer.webp,
                Format::Avif => layer.avif,
                Format::Jxl => layer.jxl,
                Format::Gif => layer.gif,
                _ => layer.tiff.map(|tiff| FormatLayer { quality: tiff.quality, effort: tiff.effort }),
            };
            let quality = last_for_format(&layers, |layer| layer.goal.is_some(), |layer| own(layer)?.quality);
            prop_assert_eq!(settings.goal_for(format), quality.map_or(settings.goal, Goal::Quality));
            let effort = last_for_format(&layers, |layer| layer.effort.is_some(), |layer| own(layer)?.effort);
            prop_assert_eq!(settings.effort_for(format), effort.unwrap_or(settings.effort));
        }
    }

    #[test]
    fn a_layer_that_was_put_on_changes_nothing_the_second_time(layers in layers(), top in layer()) {
        let once = top.apply_to(ImageSettings::resolve(&layers));
        prop_assert_eq!(top.apply_to(once.clone()), once);
    }

    #[test]
    fn a_layer_that_says_nothing_changes_nothing(layers in layers(), place: prop::sample::Index) {
        let mut more = layers.clone();
        more.insert(place.index(layers.len() + 1), SettingsLayer::default());
        prop_assert_eq!(ImageSettings::resolve(&more), ImageSettings::resolve(&layers));
    }

    #[test]
    fn a_layer_comes_back_from_json_and_toml_as_it_was(layer in layer()) {
        let json = serde_json::to_string(&layer).unwrap();
        prop_assert_eq!(&serde_json::from_str::<SettingsLayer>(&json).unwrap(), &layer, "{}", json);
        let toml = toml::to_string(&layer).unwrap();
        prop_assert_eq!(&toml::from_str::<SettingsLayer>(&toml).unwrap(), &layer, "{}", toml);
    }

    #[test]
    fn settings_come_back_from_json_as_they_were(layers in layers()) {
        let settings = ImageSettings::resolve(&layers);
        let json = serde_json::to_string(&settings).unwrap();
        prop_assert_eq!(serde_json::from_str::<ImageSettings>(&json).unwrap(), settings, "{}", json);
    }
}

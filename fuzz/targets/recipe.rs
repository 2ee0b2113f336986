#![no_main]

use libfuzzer_sys::fuzz_target;
use planish::{ImageSettings, SettingsLayer};

// What is understood says the same after it was written down, as TOML and as JSON, and resolves.
fuzz_target!(|text: &str| {
    let layer = toml::from_str::<SettingsLayer>(text).ok().or_else(|| serde_json::from_str(text).ok());
    let Some(layer) = layer else { return };
    let json = serde_json::to_string(&layer).expect("a layer can be written as JSON");
    assert_eq!(serde_json::from_str::<SettingsLayer>(&json).ok().as_ref(), Some(&layer), "{json}");
    let toml = toml::to_string(&layer).expect("a layer can be written as TOML");
    assert_eq!(toml::from_str::<SettingsLayer>(&toml).ok().as_ref(), Some(&layer), "{toml}");
    let _ = ImageSettings::resolve([&layer]);
});

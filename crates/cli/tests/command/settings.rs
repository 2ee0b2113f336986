//! Formats and the recipe file.

use crate::support::Workspace;
use crate::support::files::{jpeg, png};
use crate::support::pictures::{graphic, photo};
use serde_json::json;

#[test]
fn auto_takes_the_smallest_of_all_formats() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&photo(192, 144, 1)));
    let size = |format: &str| {
        let run = workspace.planish(&format!("a.png -o {format} -f {format} --json"));
        let result = run.expect(0).result();
        (result["optimizedSize"].as_u64().unwrap(), result["format"].as_str().unwrap().to_owned())
    };
    let (auto, winner) = size("auto");
    let smallest = ["jpeg", "webp", "avif"].map(|format| size(format).0).into_iter().min().unwrap();
    // A lossless candidate may win on top of those.
    assert!(auto <= smallest, "{winner} with {auto} bytes against {smallest}");
}

#[test]
fn a_list_of_formats_excludes_the_others() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&photo(128, 96, 1)));
    let result = workspace.planish("a.png -o out -f jpg,webp --json").expect(0).result();
    assert!(["jpeg", "webp"].contains(&result["format"].as_str().unwrap()));
    let tried = result["candidates"].as_array().unwrap();
    assert!(tried.iter().all(|candidate| candidate["format"] != "avif"), "{tried:?}");
}

#[test]
fn a_recipe_sets_what_flags_do_not() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&photo(128, 96, 1)));
    workspace.put("web.toml", b"formats = ['webp']\ngoal = { quality = 40 }\n[resize]\nwidth = 64\n");
    let result = workspace.planish("a.png -o out --recipe web.toml --json").expect(0).result();
    assert_eq!(
        (&result["format"], &result["quality"], &result["width"]),
        (&"webp".into(), &40.into(), &64.into())
    );
    let result = workspace.planish("a.png -o out --recipe web.toml -q 90 -f jpeg --json").expect(0).result();
    assert_eq!(
        (&result["format"], &result["quality"], &result["width"]),
        (&"jpeg".into(), &90.into(), &64.into())
    );
}

#[test]
fn a_recipe_can_treat_formats_differently() {
    let workspace = Workspace::new();
    workspace.put("in/a.jpg", &jpeg(&photo(128, 96, 1), 98));
    workspace.put("in/b.png", &png(&graphic(128, 96)));
    workspace.put("mixed.json", json!({"goal": "lossless", "jpeg": {"quality": 50}}).to_string().as_bytes());
    let run = workspace.planish("in -o out --recipe mixed.json --json").expect(0);
    let results = run.json()["results"].clone();
    assert_eq!((&results[0]["quality"], &results[0]["goal"]), (&50.into(), &json!({"quality": 50})));
    assert_eq!((&results[1]["lossless"], &results[1]["goal"]), (&true.into(), &"lossless".into()));
}

#[test]
fn webp_and_avif_are_read_too() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&photo(128, 96, 1)));
    for format in ["webp", "avif"] {
        workspace.planish(&format!("a.png -o in -f {format} -q 95")).expect(0);
    }
    let run = workspace.planish("in -o out --target ssim2=60 --json").expect(0);
    for result in run.json()["results"].as_array().unwrap() {
        assert_eq!(result["format"], result["inputFormat"]);
        assert!(result["optimizedSize"].as_u64() < result["originalSize"].as_u64(), "{result:#}");
        assert!(result["score"].as_f64().unwrap() >= 60.0);
    }
    assert_eq!(workspace.tree("out"), ["a.avif", "a.webp"]);
}

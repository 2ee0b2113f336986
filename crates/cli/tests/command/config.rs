//! Recipes, named or found, and presets.

use crate::support::Workspace;
use crate::support::files::png;
use crate::support::pictures::{graphic, photo};

/// A folder that is the root of a repository, so that nothing above it counts.
fn project() -> Workspace {
    let workspace = Workspace::new();
    workspace.put(".git/HEAD", b"ref: refs/heads/main\n");
    workspace.put("site/img/a.png", &png(&photo(96, 64, 1)));
    workspace
}

#[test]
fn the_nearest_recipe_above_the_input_is_used_and_v_says_which() {
    let workspace = project();
    workspace.put("planish.toml", b"formats = ['avif']\n");
    workspace.put("site/planish.toml", b"formats = ['webp']\ngoal = { quality = 40 }\n");
    let run = workspace.planish("site/img -o out --json -v").expect(0);
    assert_eq!((&run.result()["format"], &run.result()["quality"]), (&"webp".into(), &40.into()));
    assert!(run.stderr.contains("info: recipe: site/planish.toml\n"), "{}", run.stderr);
    // Flags are stronger.
    let result = workspace.planish("site/img -o out2 -f jpeg --json").expect(0).result();
    assert_eq!((&result["format"], &result["quality"]), (&"jpeg".into(), &40.into()));
    let run = workspace.planish("site/img -o out3 --json -v --no-config").expect(0);
    assert_eq!(run.result()["format"], "png");
    assert!(run.stderr.contains("info: recipe: none\n"), "{}", run.stderr);
    // A named recipe takes the place of the found one.
    let result = workspace.planish("site/img -o out4 --config planish.toml --json").expect(0).result();
    assert_eq!(result["format"], "avif");
}

#[test]
fn without_v_nothing_is_said_about_recipes() {
    let workspace = project();
    workspace.put("planish.toml", b"effort = 3\n");
    let run = workspace.planish("site/img -o out").expect(0);
    assert_eq!(run.stderr, "");
    let mut command = workspace.command(["site/img", "-o", "out"]);
    let run: crate::support::Run = command.env("PLANISH_LOG", "info").output().unwrap().into();
    assert!(run.stderr.contains("recipe: planish.toml"), "{}", run.stderr);
}

#[test]
fn inputs_with_different_recipes_are_refused() {
    let workspace = project();
    workspace.put("site/planish.toml", b"effort = 3\n");
    workspace.put("other/b.png", &png(&graphic(20, 20)));
    let run = workspace.planish("site other -o out").expect(2);
    for part in ["site/planish.toml for site", "none for other", "--config", "--no-config"] {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    assert!(!workspace.path("out").exists());
    workspace.planish("site other -o out --no-config").expect(0);
}

#[test]
fn a_mistake_in_a_recipe_that_was_found_stops_everything() {
    let workspace = project();
    workspace.put("planish.toml", b"effort = 3\nqualty = 80\n");
    let run = workspace.planish("site -o out").expect(2);
    assert!(run.stderr.contains("planish.toml:2:1: unknown field `qualty`"), "{}", run.stderr);
    assert!(!workspace.path("out").exists());
}

#[test]
fn a_preset_is_weaker_than_the_recipe_and_a_flag_names_another() {
    let workspace = project();
    let settings = |arguments: &str| {
        let run = workspace.planish(&format!("site -o out --json {arguments}")).expect(0);
        let result = run.result();
        (result["format"].clone(), result["goal"].clone(), result["width"].clone())
    };
    let (format, goal, width) = settings("--preset thumbnail -v");
    assert_eq!((format, goal["score"].as_f64(), width), ("webp".into(), Some(70.0), 96.into()));
    workspace.put("planish.toml", b"preset = 'archive'\nformats = ['webp']\n");
    let (format, goal, _) = settings("");
    assert_eq!((format, goal), ("webp".into(), "lossless".into()));
    let (format, goal, _) = settings("--preset thumbnail --target ssim2=60");
    assert_eq!((format, goal["score"].as_f64()), ("webp".into(), Some(60.0)));
    let run = workspace.planish("site -o out --preset wbe").expect(2);
    assert!(
        run.stderr.contains("expected web, photo, archive, share or thumbnail, got wbe"),
        "{}",
        run.stderr
    );
}

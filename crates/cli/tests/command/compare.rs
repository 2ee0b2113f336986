//! `planish compare`.

use crate::support::files::{apng, jpeg, png};
use crate::support::pictures::{graphic, photo, two_halves};
use crate::support::{Workspace, schema};

fn pair() -> Workspace {
    let workspace = Workspace::new();
    let picture = photo(200, 150, 2);
    workspace.put("a.png", &png(&picture));
    workspace.put("fine.jpg", &jpeg(&picture, 92));
    workspace.put("coarse.jpg", &jpeg(&picture, 20));
    workspace
}

#[test]
fn the_score_is_the_one_that_optimizing_reports() {
    let workspace = pair();
    let result = workspace.planish("a.png -o out.jpg -q 75 --json").expect(0).result();
    let json = workspace.planish("compare a.png out.jpg --json").expect(0).json();
    schema::assert_matches(&json, "comparison");
    let difference = json["score"].as_f64().unwrap() - result["score"].as_f64().unwrap();
    assert!(difference.abs() < 0.01, "{json:#}");
    assert_eq!(json["candidate"]["size"], result["optimizedSize"]);
    assert_eq!((&json["passed"], &json["animation"]), (&serde_json::Value::Null, &serde_json::Value::Null));
    let saved = json["savedBytes"].as_i64().unwrap();
    assert_eq!(
        saved,
        json["reference"]["size"].as_i64().unwrap() - json["candidate"]["size"].as_i64().unwrap()
    );
}

#[test]
fn a_score_below_the_minimum_is_3() {
    let workspace = pair();
    let fine = workspace.planish("compare a.png fine.jpg --min-score 60").expect(0);
    assert!(fine.stdout.contains("SSIMULACRA2") && fine.stdout.contains("60 reached"), "{}", fine.stdout);
    let coarse = workspace.planish("compare a.png coarse.jpg --min-score 60").expect(3);
    assert!(coarse.stdout.contains("60 missed"), "{}", coarse.stdout);
    let json = workspace.planish("compare a.png coarse.jpg --min-score 60 --json").expect(3).json();
    schema::assert_matches(&json, "comparison");
    assert_eq!((&json["passed"], &json["minScore"]), (&false.into(), &60.0.into()));
    let wrong = workspace.planish("compare a.png fine.jpg --min-score best").expect(2);
    assert!(wrong.stderr.contains("a SSIMULACRA2 score from 1 to 100"), "{}", wrong.stderr);
}

#[test]
fn what_cannot_be_compared_is_1_and_says_what_both_are() {
    let workspace = pair();
    workspace.put("small.png", &png(&graphic(100, 75)));
    let run = workspace.planish("compare a.png small.png").expect(1);
    assert!(
        run.stderr.contains("200 × 150 pixels") && run.stderr.contains("100 × 75 pixels"),
        "{}",
        run.stderr
    );
    let (one, two) = (graphic(200, 150), two_halves(200, 150));
    workspace.put("moving.png", &apng(&[(&one, 100), (&two, 100)]));
    let run = workspace.planish("compare a.png moving.png").expect(1);
    assert!(run.stderr.contains("a still image") && run.stderr.contains("2 frames"), "{}", run.stderr);
    workspace.put("broken.png", b"broken");
    let run = workspace.planish("compare broken.png a.png").expect(1);
    assert!(run.stderr.contains("error[unknown_format]: broken.png: "), "{}", run.stderr);
}

#[test]
fn animations_are_played_side_by_side_however_their_frames_are_cut() {
    let workspace = Workspace::new();
    let (one, two) = (graphic(120, 90), two_halves(120, 90));
    workspace.put("a.png", &apng(&[(&one, 100), (&one, 100), (&two, 100)]));
    workspace.put("merged.png", &apng(&[(&one, 200), (&two, 100)]));
    workspace.put("other.png", &apng(&[(&one, 200), (&one, 100)]));
    let merged = workspace.planish("compare a.png merged.png --json").expect(0).json();
    schema::assert_matches(&merged, "comparison");
    assert_eq!((&merged["score"], &merged["animation"]["moments"]), (&100.0.into(), &3.into()));
    assert_eq!(merged["animation"]["duration"], merged["animation"]["otherDuration"]);
    let other = workspace.planish("compare a.png other.png --json").expect(0).json();
    assert!(other["score"].as_f64().unwrap() < 50.0, "{other:#}");
    assert_eq!(other["animation"]["worstFrame"], 2);
}

#[test]
fn the_heat_map_is_bright_where_the_pictures_differ() {
    use crate::support::files::decode_png;
    let workspace = Workspace::new();
    let picture = photo(256, 128, 5);
    let mut changed = picture.clone();
    // A gray square on the right.
    for y in 32..96 {
        let start = (y * 256 + 160) * 3;
        changed.samples[start..start + 64 * 3].fill(90);
    }
    workspace.put("a.png", &png(&picture));
    workspace.put("b.png", &png(&changed));
    let json = workspace.planish("compare a.png b.png --heatmap heat.png --json").expect(0).json();
    schema::assert_matches(&json, "comparison");
    assert_eq!(json["heatMapPath"], "heat.png");
    let heat = decode_png(&workspace.read("heat.png"));
    assert_eq!((heat.width, heat.height), (128, 64));
    let lightest = |columns: std::ops::Range<u32>| {
        let lights = columns.flat_map(|x| (0..64).map(move |y| (x, y)));
        let sum = |(x, y)| heat.pixel(x, y)[..3].iter().map(|v| u32::from(*v)).sum::<u32>();
        lights.map(sum).max().unwrap()
    };
    assert!(lightest(72..120) > lightest(0..40) + 100, "{} {}", lightest(72..120), lightest(0..40));
    let wrong = workspace.planish("compare a.png b.png --heatmap heat.jpg").expect(2);
    assert!(wrong.stderr.contains("difference.png"), "{}", wrong.stderr);
}

//! Help, manual pages and completions are made from the same definitions, and wrong flags are explained.

use crate::support::Workspace;

#[test]
fn the_short_help_fits_80_columns_and_names_every_flag() {
    let workspace = Workspace::new();
    let short = workspace.planish("-h").expect(0).stdout;
    let long = workspace.planish("--help").expect(0).stdout;
    let flags = |text: &str| {
        let words = text.split(|character: char| !character.is_ascii_alphanumeric() && character != '-');
        let mut flags: Vec<String> =
            words.filter(|word| word.starts_with("--") && word.len() > 2).map(str::to_owned).collect();
        flags.sort();
        flags.dedup();
        flags
    };
    for flag in
        ["--output", "--preset", "--config", "--dry-run", "--watch", "--check", "--progress", "--trace"]
    {
        assert!(flags(&short).contains(&flag.to_owned()), "{flag}");
    }
    let (_, usage) = short.split_once("Usage: ").unwrap();
    let (usage, _) = usage.split_once("\n\n").unwrap();
    for part in ["<PATH>... -o <OUT>\n", "--in-place", "planish <COMMAND>"] {
        assert!(usage.contains(part), "{part}: {usage}");
    }
    for part in ["Examples:", "Exit codes:", "--check found images", "130  interrupted"] {
        assert!(long.contains(part), "{part}");
    }
}

#[test]
fn a_wrong_flag_or_value_says_what_was_expected_and_what_came() {
    let workspace = Workspace::new();
    for (arguments, expected) in [
        ("a.png -o out --qualty 80", "--quality"),
        ("a.png -o out --prest web", "--preset"),
        ("a.png -o out --preset wbe", "expected web, photo, archive, share or thumbnail, got wbe"),
        ("a.png -o out --progress yes", "expected auto, json or none, got yes"),
        ("a.png -o out -v --quiet", "cannot be used with"),
        ("completions fsh", "fish"),
        ("man --dir /dev/null/man", "expected a folder that can be written to, got /dev/null/man"),
    ] {
        let run = workspace.planish(arguments).expect(2);
        assert!(run.stderr.contains(expected), "{arguments}: {}", run.stderr);
    }
}

#[test]
fn manual_pages_exist_for_every_command() {
    let workspace = Workspace::new();
    let page = workspace.planish("man").expect(0).stdout;
    for part in [".TH planish 1", "\\-\\-max\\-size", "Exit codes:"] {
        assert!(page.contains(part), "{part}");
    }
    workspace.planish("man --dir pages").expect(0);
    let pages = workspace.tree("pages");
    let long = workspace.planish("--help").expect(0).stdout;
    let (_, commands) = long.split_once("Commands:\n").unwrap();
    let (commands, _) = commands.split_once("\n\n").unwrap();
    let names: Vec<&str> = commands
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .map(|line| line.split_whitespace().next().unwrap())
        .filter(|name| *name != "help")
        .collect();
    assert!(names.contains(&"man") && names.contains(&"completions"), "{names:?}");
    for name in names {
        assert!(pages.contains(&format!("planish-{name}.1")), "{name}: {pages:?}");
    }
    assert!(pages.contains(&"planish.1".to_owned()), "{pages:?}");
}

#[test]
fn completions_know_the_flags_in_every_shell() {
    let workspace = Workspace::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = workspace.planish(&format!("completions {shell}")).expect(0).stdout;
        assert!(script.contains("dry-run") && script.contains("preset"), "{shell}");
    }
}

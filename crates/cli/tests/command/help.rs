//! Help, manual pages and completions are made from the same definitions, and wrong flags are explained.

use crate::support::Workspace;
use insta::assert_snapshot;
use rstest::rstest;

#[rstest]
fn helps(
    #[values(
        "",
        "audit",
        "compare",
        "inspect",
        "doctor",
        "cache",
        "cache stats",
        "cache clear",
        "completions",
        "man"
    )]
    command: &str,
    #[values("-h", "--help")] flag: &str,
) {
    let run = Workspace::new().planish(&format!("{command} {flag}")).expect(0);
    assert_eq!(run.stderr, "");
    let name = format!("{command} {flag}").replace("--", "long ").replace('-', "short ");
    assert_snapshot!(name.split_whitespace().collect::<Vec<_>>().join("_"), run.stdout);
}

#[test]
fn the_short_help_names_every_flag_of_the_long_one_but_the_one_of_habit() {
    let workspace = Workspace::new();
    let flags = |help: &str| {
        let lines = workspace.planish(help).expect(0).stdout;
        // Descriptions stand further to the right.
        let defined = lines.lines().filter(|line| line.starts_with("  -") || line.starts_with("      -"));
        let flags = defined.filter_map(|line| line.split([' ', ',']).find(|word| word.starts_with("--")));
        flags.map(str::to_owned).collect::<Vec<_>>()
    };
    let mut long = flags("--help");
    assert!(long.len() > 50, "{long:?}");
    long.retain(|flag| flag != "--recursive");
    assert_eq!(flags("-h"), long);
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

//! What sources may look like.

use crate::checkout::{TextFile, report, text_files};

/// A file says one thing; past this it says two.
const MAX_LINES: usize = 400;

/// Files that may be longer, and why splitting them would be worse.
const LONG_FILES: &[(&str, &str)] = &[];

/// Files that may state an exception to clippy.toml's banned functions, and what for.
const EXCEPTIONS_TO_BANS: &[(&str, &str)] = &[
    (
        "crates/scrim-compositor/src/finish.rs",
        "the compositor is what makes composites: the one place in the program",
    ),
    (
        "crates/scrim-output/tests/support/mod.rs",
        "sinks are tested with composites, and may not know the compositor",
    ),
    (
        "crates/scrim-pipeline/tests/common/fakes/drawing.rs",
        "the pipeline's faults are tested with a stand-in for the compositor",
    ),
];

fn is_source(file: &TextFile) -> bool {
    file.has_extension(&["rs", "wgsl", "py", "sh"])
}

/// The lines that are not comments, with their numbers from 1.
fn code_lines(file: &TextFile) -> impl Iterator<Item = (usize, &str)> {
    file.text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[test]
fn sources_are_short_enough_to_say_one_thing() {
    let files = text_files();
    let mut complaints: Vec<String> = files
        .iter()
        .filter(|file| is_source(file))
        .filter(|file| LONG_FILES.iter().all(|(path, _)| *path != file.path))
        .map(|file| (file, file.text.lines().count()))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .map(|(file, lines)| format!("{}: {lines} lines", file.path))
        .collect();
    for (path, _) in LONG_FILES {
        let is_long = |file: &TextFile| file.path == *path && file.text.lines().count() > MAX_LINES;
        if !files.iter().any(is_long) {
            complaints.push(format!(
                "{path} is not that long any more: remove it from LONG_FILES"
            ));
        }
    }
    report(
        &complaints,
        "Split by concept, or list the file in LONG_FILES with the reason why that would be worse.",
    );
}

#[test]
fn nothing_is_left_to_do_in_the_program() {
    let files = text_files();
    let complaints: Vec<String> = files
        .iter()
        .filter(|file| file.path.starts_with("crates/") && file.path.contains("/src/"))
        .filter(|file| file.has_extension(&["rs"]))
        .flat_map(|file| code_lines(file).map(move |(number, line)| (file, number, line)))
        .filter_map(|(file, number, line)| {
            let found = ["todo!", "unimplemented!", "dbg!"]
                .into_iter()
                .find(|name| {
                    ["(", "[", "{"]
                        .iter()
                        .any(|open| line.contains(&format!("{name}{open}")))
                })?;
            Some(format!("{}:{number}: {found}", file.path))
        })
        .collect();
    report(
        &complaints,
        "Write what is missing, or return an error that says so.",
    );
}

#[test]
fn composites_are_made_in_one_place() {
    // Written in two parts so that this file is not its own finding.
    let lint = concat!("disallowed_", "methods");
    let files = text_files();
    let states_exception = |file: &TextFile| {
        file.has_extension(&["rs"]) && code_lines(file).any(|(_, line)| line.contains(lint))
    };
    let mut complaints: Vec<String> = files
        .iter()
        .filter(|file| states_exception(file))
        .filter(|file| {
            EXCEPTIONS_TO_BANS
                .iter()
                .all(|(path, _)| *path != file.path)
        })
        .map(|file| format!("{}: allows a function that clippy.toml bans", file.path))
        .collect();
    for (path, _) in EXCEPTIONS_TO_BANS {
        if !files
            .iter()
            .any(|file| file.path == *path && states_exception(file))
        {
            complaints.push(format!(
                "{path} states no exception: remove it from EXCEPTIONS_TO_BANS"
            ));
        }
    }
    report(
        &complaints,
        "clippy.toml says what to use instead. Only scrim-compositor may draft a composite: that is what keeps the raw \
         picture of a room from reaching an output.",
    );
}

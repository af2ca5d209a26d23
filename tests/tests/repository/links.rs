//! What documents lead to.

use std::path::Path;

use crate::checkout::{TextFile, report, root, text_files};

/// What stands where something is still to be filled in. Written in two parts so that this file is not its own finding.
const PLACEHOLDER: &str = concat!("@", "@");

fn documents() -> Vec<TextFile> {
    let documents: Vec<TextFile> = text_files()
        .into_iter()
        .filter(|file| file.has_extension(&["md"]))
        .collect();
    assert!(documents.len() >= 3, "only {} documents", documents.len());
    documents
}

#[test]
fn every_relative_link_and_picture_leads_somewhere() {
    let mut complaints = Vec::new();
    let mut checked = 0;
    for document in documents() {
        let folder = Path::new(&document.path)
            .parent()
            .expect("a file has a folder");
        for (number, target) in targets(&document.text) {
            let Some(path) = relative_path(&target) else {
                continue;
            };
            checked += 1;
            // A document on the web takes a leading slash for the repository's root.
            let found = match path.strip_prefix('/') {
                Some(from_root) => root().join(from_root),
                None => root().join(folder).join(path),
            };
            if !found.exists() {
                complaints.push(format!("{}:{number}: {target}", document.path));
            }
        }
    }
    assert!(checked > 0, "the documents link to nothing");
    report(&complaints, "Correct the path, or add what is missing.");
}

#[test]
fn nothing_is_left_to_fill_in() {
    let mut complaints = Vec::new();
    for document in documents() {
        for (index, line) in document.text.lines().enumerate() {
            if line.contains(PLACEHOLDER) {
                complaints.push(format!("{}:{}: {}", document.path, index + 1, line.trim()));
            }
        }
    }
    report(&complaints, "Write what belongs there.");
}

/// What links and pictures name outside code, with the line that they stand in: `](…)`, `[…]: …`, `src="…"` and `href="…"`.
fn targets(text: &str) -> Vec<(usize, String)> {
    let mut targets = Vec::new();
    let mut is_code = false;
    for (index, line) in text.lines().enumerate() {
        let start = line.trim_start();
        if start.starts_with("```") || start.starts_with("~~~") {
            is_code = !is_code;
            continue;
        }
        if is_code {
            continue;
        }
        let prose: String = line.split('`').step_by(2).collect();
        for (opening, closing) in [("](", ')'), ("src=\"", '"'), ("href=\"", '"')] {
            for (at, _) in prose.match_indices(opening) {
                let rest = &prose[at + opening.len()..];
                let end = rest.find(closing).unwrap_or(rest.len());
                targets.push((index + 1, without_title(&rest[..end])));
            }
        }
        if prose.starts_with('[')
            && let Some((_, target)) = prose.split_once("]: ")
        {
            targets.push((index + 1, without_title(target)));
        }
    }
    targets
}

/// `a.md` from `a.md "title"` and from `<a.md>`.
fn without_title(target: &str) -> String {
    let target = target.trim();
    match target.strip_prefix('<') {
        Some(inner) => inner.split('>').next().unwrap_or_default().to_owned(),
        None => target
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}

/// The file that a link names; `None`: another host, or a place in the same document.
fn relative_path(target: &str) -> Option<&str> {
    let (scheme, _) = target.split_once(':').unwrap_or_default();
    let has_scheme = !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric());
    if has_scheme || target.starts_with("//") {
        return None;
    }
    let path = target.split(['#', '?']).next().unwrap_or_default();
    // An empty target is a mistake, and the folder that it would name must not hide that.
    match path {
        "" if target.starts_with('#') => None,
        "" => Some("(empty)"),
        path => Some(path),
    }
}

#[test]
fn links_are_told_from_code_and_from_other_hosts() {
    let text = "\
[a](x.md) ![b](<y z.png> \"title\"), [`c`](w.md#part)\n\
`[not](this)` <img src=\"v.png\">\n\
```\n[nor](that)\n```\n\
[d]: u.md 'title'\n\
[e](https://host/path) [f](#part) [g](mailto:a@b.c) []()\n";
    let found = targets(text);
    let paths: Vec<(usize, &str)> = found
        .iter()
        .filter_map(|(line, target)| Some((*line, relative_path(target)?)))
        .collect();
    assert_eq!(
        paths,
        [
            (1, "x.md"),
            (1, "y z.png"),
            (1, "w.md"),
            (2, "v.png"),
            (6, "u.md"),
            (7, "(empty)"),
        ]
    );
}

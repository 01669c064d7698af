//! The contrast of every pair of colours the style sheet puts on one another (WCAG 2.2, 1.4.3 and 1.4.11),
//! computed from the style sheet itself, in the light and in the dark scheme.

use std::collections::HashMap;

const TOKENS: &str = include_str!("../../assets/tokens.css");
const SHEET: &str = include_str!("../../assets/hirokiku.css");

/// Ink on ground, for text: at least 4.5 to 1.
const TEXT: [(&str, &str); 41] = [
    ("ink", "ground"),
    ("ink", "surface"),
    ("ink", "sunken"),
    ("ink", "warning-ground"),
    ("ink", "error-ground"),
    ("ink", "success-ground"),
    ("ink", "tide"),
    ("ink-soft", "ground"),
    ("ink-soft", "surface"),
    ("ink-soft", "sunken"),
    ("ink-soft", "warning-ground"),
    ("link", "ground"),
    ("link", "surface"),
    ("link", "tide"),
    ("link", "sunken"),
    ("link", "warning-ground"),
    ("link", "error-ground"),
    ("link", "success-ground"),
    ("link-hover", "surface"),
    ("visited", "ground"),
    ("visited", "surface"),
    ("action", "surface"),
    ("action", "ground"),
    ("on-action", "action"),
    ("on-action", "action-hover"),
    ("on-sea", "sea"),
    ("on-sea", "sea-deep"),
    ("on-sea-soft", "sea"),
    ("on-sea-soft", "sea-deep"),
    ("on-tide", "tide"),
    ("on-danger", "danger"),
    ("on-danger", "danger-hover"),
    ("error", "surface"),
    ("error", "ground"),
    ("error", "error-ground"),
    ("success", "success-ground"),
    ("warning", "warning-ground"),
    ("warning", "surface"),
    ("quiet", "quiet-ground"),
    ("added", "added-ground"),
    ("removed", "removed-ground"),
];

/// Edges of controls and signs against what lies around them: at least 3 to 1.
const SIGNS: [(&str, &str); 9] = [
    ("control", "surface"),
    ("control", "ground"),
    ("control", "tide"),
    ("seal", "surface"),
    ("seal", "ground"),
    ("error", "error-ground"),
    ("success", "success-ground"),
    ("link", "tide"),
    ("focus-outer", "ground"),
];

type Colours = HashMap<String, String>;

/// Every `--name: value;` of a text; the later wins.
fn declared(css: &str, into: &mut Colours) {
    for line in css.lines() {
        if let Some((name, value)) = line.trim().strip_prefix("--").and_then(|l| l.split_once(':')) {
            into.insert(name.to_owned(), value.trim().trim_end_matches(';').to_owned());
        }
    }
}

fn scheme(dark: bool) -> Colours {
    let mut colours = Colours::new();
    declared(TOKENS, &mut colours);
    let (light, rest) =
        SHEET.split_once("@media screen and (prefers-color-scheme: dark)").expect("a dark scheme");
    declared(light, &mut colours);
    if dark {
        declared(rest.split_once("/* ---- base").expect("the base section").0, &mut colours);
    }
    colours
}

fn luminance(colours: &Colours, name: &str) -> f64 {
    let value = colours.get(name).unwrap_or_else(|| panic!("no colour --{name}"));
    if let Some(other) = value.strip_prefix("var(--") {
        return luminance(colours, other.trim_end_matches(')'));
    }
    let digits = value.strip_prefix('#').unwrap_or_else(|| panic!("--{name} is {value}"));
    let digits =
        if digits.len() == 3 { digits.chars().flat_map(|c| [c, c]).collect() } else { digits.to_owned() };
    let part = |at: usize| {
        let c = f64::from(u8::from_str_radix(&digits[at..at + 2], 16).expect("hex")) / 255.0;
        if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
}

fn too_weak(pairs: &[(&str, &str)], least: f64) -> Vec<String> {
    let mut weak = Vec::new();
    for dark in [false, true] {
        let colours = scheme(dark);
        for (ink, ground) in pairs {
            let (a, b) = (luminance(&colours, ink), luminance(&colours, ground));
            let ratio = (a.max(b) + 0.05) / (a.min(b) + 0.05);
            if ratio < least {
                let scheme = if dark { "dark" } else { "light" };
                weak.push(format!("{scheme}: {ink} on {ground} {ratio:.2}"));
            }
        }
    }
    weak
}

#[test]
fn every_text_can_be_read_on_its_ground_in_both_schemes() {
    assert_eq!(too_weak(&TEXT, 4.5), Vec::<String>::new());
}

#[test]
fn every_control_and_sign_stands_out_in_both_schemes() {
    assert_eq!(too_weak(&SIGNS, 3.0), Vec::<String>::new());
}

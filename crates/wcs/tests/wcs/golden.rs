//! Every golden case of tests/golden/wcs, both ways, against astropy.

mod case;
mod errors;

use case::Case;
use errors::Errors;

/// Pixels, both ways.
const PIXELS: f64 = 1e-6;
/// Degrees on the sky; the goldens carry 1e-12.
const DEGREES: f64 = 1e-9;

#[test]
fn every_case_agrees_with_astropy() {
    let mut failures = Vec::new();
    let mut worst = Errors::default();
    let cases = case::all();
    assert!(cases.len() > 170, "only {} cases found", cases.len());
    for case in &cases {
        let errors = Errors::of(case, &case.cards);
        println!("{:<28} {errors}", case.name);
        let (pixels, degrees) = (case.px.unwrap_or(PIXELS), case.deg.unwrap_or(DEGREES));
        if !errors.within(pixels, degrees) || errors.round_trip > PIXELS {
            failures.push(format!("{}: {errors}", case.name));
        }
        worst.widen(&errors);
    }
    println!("{:<28} {worst}", "worst");
    assert!(failures.is_empty(), "{failures:#?}");
}

/// The comparison must be able to fail: a CD matrix wrong in the eighth digit has to show.
#[test]
fn a_perturbed_matrix_is_caught() {
    let cases = case::all();
    let case: &Case = cases
        .iter()
        .find(|c| c.name == "unequal_off_diagonals")
        .expect("the case is in linear.json");
    let mut cards = case.cards.clone();
    cards.scale("CD1_2", 1.0 + 1e-7);
    let errors = Errors::of(case, &cards);
    assert!(!errors.within(PIXELS, DEGREES), "not caught: {errors}");
    assert!(
        errors.pixels < 1e-3,
        "caught, but by far too much: {errors}"
    );
}

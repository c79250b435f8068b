//! A lack of memory while runs are made: reported as such, and the next attempt succeeds.

#![cfg(all(target_os = "linux", target_env = "gnu"))]
#![allow(clippy::unwrap_used)] // a test

#[path = "../../room/tests/failing/mod.rs"]
mod failing;

use failing::failing;
use zemosaic_wcs::lattice::{LatticeRows, Places, Run, lay};
use zemosaic_wcs::{Frame, Mapping, Wcs};

#[test]
fn any_list_of_runs_that_does_not_fit_is_told() {
    let at = |degrees: f64| {
        let middle = [999.5, 31.5];
        let cd = [[-3e-4, 0.0], [0.0, 3e-4]];
        Wcs::celestial("TAN", Frame::Icrs, [degrees, 20.0], middle, cd).unwrap()
    };
    let mapping = Mapping::new(&at(40.0), &at(40.001));
    let (lattice, profile) = lay(mapping, [2000, 64], [2000, 64], 1e-3, Places::Centres);
    assert!(!profile.blocks.is_empty());
    let runs =
        |rows: &LatticeRows| -> Vec<Run> { (0..32).flat_map(|i| rows.row(i)).copied().collect() };
    let mut whole = LatticeRows::default();
    lattice.emit(0..32, 0..2000, &mut whole);
    let mut short = 0;
    for nth in 1.. {
        // Rows that hold nothing yet: what they take from here on is for runs and nodes.
        let mut rows = LatticeRows::default();
        lattice.emit(0..32, 2000..2000, &mut rows);
        let emit = || zemosaic_room::caught(|| lattice.emit(0..32, 0..2000, &mut rows));
        let (told, happened) = failing(nth, &(72..1 << 30), emit);
        if told.is_err() {
            short += 1;
            lattice.emit(0..32, 0..2000, &mut rows);
        }
        assert_eq!(runs(&rows), runs(&whole), "block {nth}");
        if !happened {
            break;
        }
    }
    assert!(short > 32, "{short} blocks");
}

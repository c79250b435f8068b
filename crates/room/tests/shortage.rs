//! The lists of this crate where the allocator says no.

#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod failing;

use failing::failing;
use zemosaic_room::{NoRoom, caught, collected, filled, push};

#[test]
fn every_way_to_grow_is_told_and_leaves_what_there_was() {
    let what = "numbers";
    let filling = || caught(|| filled(1000, 1_u8, what));
    assert_eq!(
        failing(1, &(1000..1001), filling),
        (Err(NoRoom { bytes: 1000, what }), true)
    );
    assert_eq!(
        failing(2, &(1000..1001), filling),
        (Ok(vec![1; 1000]), false)
    );
    let collecting = || caught(|| collected(0..250_u32, what));
    let (told, happened) = failing(1, &(1000..1001), collecting);
    assert_eq!((told, happened), (Err(NoRoom { bytes: 1000, what }), true));
    let mut grown = Vec::new();
    let pushing = || caught(|| (0..100_u64).for_each(|n| push(&mut grown, n, what)));
    let (told, happened) = failing(3, &(100..10_000), pushing);
    assert!(told.is_err() && happened);
    assert_eq!(grown, (0..32).collect::<Vec<u64>>());
}

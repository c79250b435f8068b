//! Three corpora of hostile input: files, images and skies. Whatever the bytes say there is a right result or an
//! error of a known kind: no panic, no hang, and no more memory than four times the file while it is opened.
//!
//! They run at the same time for `ZEMOSAIC_FUZZ_SECONDS` (5), from a fixed seed; `ZEMOSAIC_FUZZ_CASE=images:7` runs
//! case 7 of the images alone.

#![allow(clippy::unwrap_used)] // a test

mod build;
mod corpus;
mod counted;
mod encode;
mod files;
mod images;
mod mosaic;
mod skies;
mod wide;

#[test]
fn corpora() {
    std::thread::scope(|scope| {
        let runs = [files::damaged_files, images::wild_images, skies::wild_skies]
            .map(|run| scope.spawn(run));
        let ended = runs.map(std::thread::ScopedJoinHandle::join);
        assert!(ended.iter().all(Result::is_ok), "a case failed, see above");
    });
}

//! What output rows need of the tiles, kept for the channels that were requested.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use zemosaic_coadd::device::{Needs, Planes, PlannedTile};
use zemosaic_wcs::lattice::Profile;

use crate::tile::Tile;

/// Needs per channel where channels have tiles or maps of their own; a single one where they share them.
pub(crate) struct TileNeeds {
    tiles: Arc<Vec<Tile>>,
    profiles: Arc<Vec<Profile>>,
    held: HashMap<Option<usize>, Needs>,
}

impl TileNeeds {
    pub(crate) fn new(tiles: &Arc<Vec<Tile>>, profiles: &Arc<Vec<Profile>>) -> Self {
        Self {
            tiles: Arc::clone(tiles),
            profiles: Arc::clone(profiles),
            held: HashMap::new(),
        }
    }

    /// Whether channels have tiles or maps of their own.
    pub(crate) fn apart(&self) -> bool {
        let own = |tile: &Tile| tile.channel.is_some() || tile.has_map_for_each_plane();
        self.tiles.iter().any(own)
    }

    /// What rows of these channels need.
    pub(crate) fn of(&mut self, channels: &Range<usize>) -> &mut Needs {
        let own = self.apart().then_some(channels.start);
        self.held.entry(own).or_insert_with(|| {
            let tiles = self.tiles.iter().zip(&*self.profiles);
            let mine = tiles.filter(|(tile, _)| tile.is_in(channels));
            Needs::new(mine.map(|(tile, profile)| PlannedTile {
                profile,
                planes: Planes {
                    variances: tile.has_variances(),
                    alphas: tile.has_alphas(),
                    cut: tile.cut(profile),
                },
            }))
        })
    }
}

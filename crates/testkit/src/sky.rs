//! A scene prepared for evaluation.

use crate::nebula::Cloud;
use crate::scene::Scene;
use crate::stars::Stars;
use crate::tangent::TangentPlane;

/// The brightness of the sky in every direction.
pub struct Sky {
    scene: Scene,
    plane: TangentPlane,
    cloud: Option<Cloud>,
    stars: Option<Stars>,
}

/// Position and width of a star.
pub(crate) struct StarPlace {
    pub direction: [f64; 3],
    /// Full width at half maximum, radians.
    pub fwhm_rad: f64,
}

impl Sky {
    /// Draws the stars and seeds the clouds of `scene`.
    pub fn new(scene: &Scene) -> Self {
        let cloud = scene
            .nebula
            .as_ref()
            .map(|nebula| Cloud::new(scene.seed, nebula));
        let stars = scene.stars.as_ref().map(|field| {
            let through = |at| {
                cloud
                    .as_ref()
                    .map_or([1.0; 3], |cloud| cloud.transmission(at))
            };
            Stars::new(scene.seed, field, through)
        });
        Self {
            scene: scene.clone(),
            plane: TangentPlane::new(scene.center_deg),
            cloud,
            stars,
        }
    }

    /// Red, green and blue counts per pixel in the direction of a unit vector (x to RA 0, z to the pole).
    pub fn radiance(&self, direction: [f64; 3]) -> [f64; 3] {
        let mut light = self.scene.background;
        let Some(at) = self.plane.project(direction) else {
            return light;
        };
        let slope = self.scene.gradient[0] * at[0] + self.scene.gradient[1] * at[1];
        light = light.map(|level| level + slope);
        if let Some(cloud) = &self.cloud {
            cloud.add(at, &mut light);
        }
        for galaxy in &self.scene.galaxies {
            galaxy.add(at, &mut light);
        }
        if let Some(stars) = &self.stars {
            stars.add(at, &mut light);
        }
        light
    }

    /// What only the stars contribute to [`Sky::radiance`].
    pub(crate) fn starlight(&self, direction: [f64; 3]) -> [f64; 3] {
        let mut light = [0.0; 3];
        if let (Some(stars), Some(at)) = (&self.stars, self.plane.project(direction)) {
            stars.add(at, &mut light);
        }
        light
    }

    /// The stars whose peak (mean of the colours) is above a level, counts.
    pub(crate) fn stars_above(&self, peak: f64) -> Vec<StarPlace> {
        let fwhm_rad = self
            .scene
            .stars
            .as_ref()
            .map_or(0.0, |field| field.fwhm_arcsec / 3600.0)
            .to_radians();
        let places = self.stars.iter().flat_map(|stars| stars.places_above(peak));
        places
            .map(|at| StarPlace {
                direction: self.plane.direction(at),
                fwhm_rad,
            })
            .collect()
    }
}

/// What a camera records of some light: three colours, or their mean in its only plane.
pub(crate) fn record(light: [f64; 3], colour: bool, plane: usize) -> f64 {
    if colour {
        light[plane]
    } else {
        (light[0] + light[1] + light[2]) / 3.0
    }
}

//! A scene made ready to be looked at.

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
}

/// What a camera records of some light: three colours, or their mean in the first of one plane.
pub(crate) fn record(light: [f64; 3], colour: bool, plane: usize) -> f64 {
    if colour {
        light[plane]
    } else {
        (light[0] + light[1] + light[2]) / 3.0
    }
}

//! Polynomials of two variables.

/// One more than the highest degree.
pub const SIDE: usize = 10;

/// Σ c[p][q] x^p y^q with p + q <= order.
#[derive(Clone, Debug)]
pub struct Poly {
    pub order: usize,
    pub c: [[f64; SIDE]; SIDE],
}

impl Poly {
    pub fn zero() -> Self {
        Self {
            order: 0,
            c: [[0.0; SIDE]; SIDE],
        }
    }

    /// Sets a coefficient; p + q must be below `SIDE`.
    pub fn set(&mut self, p: usize, q: usize, value: f64) {
        self.c[p][q] = value;
        if value != 0.0 {
            self.order = self.order.max(p + q);
        }
    }

    /// Value, ∂/∂x and ∂/∂y by Horner's rule in y within x.
    #[inline]
    pub fn jet(&self, x: f64, y: f64) -> [f64; 3] {
        let (mut f, mut fx, mut fy) = (0.0, 0.0, 0.0);
        for p in (0..=self.order).rev() {
            let (mut row, mut row_y) = (0.0, 0.0);
            for c in self.c[p][..=self.order - p].iter().rev() {
                row_y = row_y * y + row;
                row = row * y + c;
            }
            fx = fx * x + f;
            f = f * x + row;
            fy = fy * x + row_y;
        }
        [f, fx, fy]
    }
}

//! How far a sky may be trusted: what its pixels span, and what its distortion does to them.

use super::{CODES, SipTerm, Sky};

impl Sky {
    /// The most degrees that a step of a pixel may be by its matrix.
    pub fn step(&self) -> f64 {
        let matrix = 4..14;
        let wild = self
            .numbers
            .iter()
            .filter(|(key, _)| matrix.contains(key))
            .map(|(_, value)| value.abs());
        // CDELT times PC; without CDELT it is PC itself, in place of CD.
        let no_cd = self.numbers.iter().any(|(key, _)| (8..14).contains(key));
        let least = self.scale.max(if no_cd { 1.0 } else { 0.0 });
        wild.fold(least, |step, value| step * value.max(1.0))
    }

    /// Whether distortions move pixels by a few at most.
    pub fn is_tame(&self) -> bool {
        let side = self.width.max(self.height) as f64;
        let moved = |(_, p, q, value): &SipTerm| value.abs() * side.powi((p + q) as i32);
        let sip = self
            .sip
            .as_ref()
            .is_none_or(|(_, terms)| terms.iter().map(moved).sum::<f64>() < 2.0);
        // On degrees, and in degrees: coefficients 1, 4, 7, 12, 17, 24 and 31 are the first of their powers.
        let (step, powers) = (self.step(), [1, 4, 7, 12, 17, 24, 31]);
        let power = |m: usize| powers.iter().filter(|first| m >= **first).count() as i32;
        let moved = |(_, m, value): &(usize, usize, f64)| {
            value.abs() * (side * step).powi(power(*m)) / step
        };
        let tpv = self.tpv.iter().map(moved).sum::<f64>() < 2.0;
        let wild = 19..34;
        let parameters = self.numbers.iter().all(|(key, _)| !wild.contains(key));
        sip && tpv && parameters && !self.lookup && !matches!(CODES[self.code], "TNX" | "ZPX")
    }
}

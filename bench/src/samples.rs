//! Measured values of one contender, and how two contenders compare. No clock and no printing here.

/// Values in the order of the rounds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// Adds the value of the next round.
    pub fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// Whether nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The median; NaN if nothing was measured.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The value that 95 % do not exceed.
    pub fn p95(&self) -> f64 {
        self.quantile(0.95)
    }

    /// The smallest value that at least `share` of all do not exceed.
    fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.max(1) - 1).copied().unwrap_or(f64::NAN)
    }

    /// The median of this one's values divided by the other's of the same round.
    pub fn ratio(&self, other: &Samples) -> f64 {
        Samples(self.0.iter().zip(&other.0).map(|(own, other)| own / other).collect()).median()
    }
}

impl FromIterator<f64> for Samples {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Samples {
        Samples(values.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_measured() {
        let samples: Samples = (1..=20).rev().map(f64::from).collect();
        assert_eq!((samples.median(), samples.p95()), (10.0, 19.0));
        assert_eq!(Samples::from_iter([3.0]).p95(), 3.0);
        assert!(Samples::default().median().is_nan());
    }

    #[test]
    fn a_ratio_is_taken_within_rounds() {
        let own = Samples::from_iter([1.0, 10.0, 100.0]);
        let other = Samples::from_iter([2.0, 20.0, 200.0]);
        assert_eq!(own.ratio(&other), 0.5);
    }
}

//! A histogram as Prometheus has it, and what its buckets allow to be said of a quantile.

use serde::{Deserialize, Serialize};

/// The number of buckets that a histogram of an API server has since Kubernetes 1.25.
const USUAL_BUCKETS: usize = 24;

/// Observations in buckets: for each upper bound, how many are not above it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// Upper bound and count, in the order of the bounds. Counts include those of the buckets below.
    buckets: Vec<(f64, f64)>,
    /// The sum of what was observed.
    sum: f64,
}

/// A value that a histogram allows to be bounded: it lies above `at_least`, and not above `at_most`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// The value if the observations were spread evenly over the bucket, as Prometheus'
    /// `histogram_quantile` has it.
    pub value: f64,
    /// The lower bound of the bucket.
    pub at_least: f64,
    /// The upper bound of the bucket; `None` for the last bucket, which has none.
    pub at_most: Option<f64>,
}

/// Two histograms that cannot be subtracted: a counter fell, or the buckets are others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotMonotonic;

impl Histogram {
    /// Adds a row of a bucket to what the bucket has. Rows of several series are summed so.
    pub fn add_bucket(&mut self, upper: f64, count: f64) {
        match self.buckets.binary_search_by(|(bound, _)| bound.total_cmp(&upper)) {
            Ok(found) => self.buckets[found].1 += count,
            Err(place) => {
                if self.buckets.is_empty() {
                    // No more room than the bounds of an API server need: there are thousands of these.
                    self.buckets.reserve_exact(USUAL_BUCKETS);
                }
                self.buckets.insert(place, (upper, count));
            }
        }
    }

    /// Adds to the sum of what was observed.
    pub fn add_sum(&mut self, sum: f64) {
        self.sum += sum;
    }

    /// Adds another histogram. A bucket that one of them does not have makes the result coarser there,
    /// never wrong: counts are cumulative.
    pub fn add(&mut self, other: &Self) {
        if self.buckets.is_empty() {
            self.buckets.clone_from(&other.buckets);
        } else {
            let shared =
                |bound: f64| other.buckets.iter().find(|it| it.0.total_cmp(&bound).is_eq());
            self.buckets.retain_mut(|(bound, count)| match shared(*bound) {
                Some((_, more)) => {
                    *count += more;
                    true
                }
                None => other.buckets.is_empty(),
            });
        }
        self.sum += other.sum;
    }

    /// Tells whether there is a bucket for all observations, so that they can be counted.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.buckets.last().is_some_and(|(bound, _)| bound.is_infinite())
    }

    /// Returns the number of observations.
    #[must_use]
    pub fn count(&self) -> f64 {
        self.buckets.last().map_or(0.0, |it| it.1)
    }

    /// The mean, which no bucket blurs; `None` without observations.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count() > 0.0).then(|| self.sum / self.count())
    }

    /// The observations that are in this one and not in an earlier one.
    ///
    /// # Errors
    /// When a count fell, or the bounds are others.
    pub fn since(&self, before: &Self) -> Result<Self, NotMonotonic> {
        if before.buckets.is_empty() {
            return Ok(self.clone());
        }
        if self.buckets.len() != before.buckets.len() {
            return Err(NotMonotonic);
        }
        let pairs = self.buckets.iter().zip(&before.buckets);
        let buckets = pairs.map(|((bound, now), (same, then))| {
            let is_sound = bound.total_cmp(same).is_eq() && now >= then;
            is_sound.then_some((*bound, now - then)).ok_or(NotMonotonic)
        });
        Ok(Self { buckets: buckets.collect::<Result<_, _>>()?, sum: self.sum - before.sum })
    }

    /// Bounds a quantile, `0.99` for the 99th percentile. `None` without observations, or without a
    /// bucket for all of them.
    #[must_use]
    pub fn quantile(&self, quantile: f64) -> Option<Estimate> {
        let (last, total) = *self.buckets.last()?;
        if total <= 0.0 || last.is_finite() {
            return None;
        }
        let rank = quantile * total;
        let found = self.buckets.iter().position(|(_, count)| *count >= rank)?;
        let (upper, count) = self.buckets[found];
        let (lower, below) = found.checked_sub(1).map_or((0.0, 0.0), |it| self.buckets[it]);
        if upper.is_infinite() {
            return Some(Estimate { value: lower, at_least: lower, at_most: None });
        }
        let part = if count > below { (rank - below) / (count - below) } else { 1.0 };
        let value = lower + (upper - lower) * part;
        Some(Estimate { value, at_least: lower, at_most: Some(upper) })
    }
}

impl Estimate {
    /// A value that is known exactly.
    #[must_use]
    pub const fn exact(value: f64) -> Self {
        Self { value, at_least: value, at_most: Some(value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(buckets: &[(f64, f64)], sum: f64) -> Histogram {
        let mut made = Histogram::default();
        for (bound, count) in buckets.iter().rev() {
            made.add_bucket(*bound, *count);
        }
        made.add_sum(sum);
        made
    }

    const INF: f64 = f64::INFINITY;

    #[test]
    fn a_quantile_lies_in_its_bucket() {
        let it = histogram(&[(0.005, 90.0), (0.025, 99.0), (0.1, 99.0), (INF, 100.0)], 1.5);
        let bounds = |quantile| {
            let found = it.quantile(quantile).unwrap();
            (found.at_least, found.at_most)
        };
        assert_eq!(bounds(0.5), (0.0, Some(0.005)));
        assert_eq!(bounds(0.9), (0.0, Some(0.005)));
        assert_eq!(bounds(0.901), (0.005, Some(0.025)));
        assert_eq!(bounds(0.99), (0.005, Some(0.025)));
        assert_eq!(bounds(0.999), (0.1, None));
        assert_eq!(it.quantile(0.45).map(|it| it.value), Some(0.0025));
        assert_eq!((it.count(), it.mean()), (100.0, Some(0.015)));
    }

    #[test]
    fn no_observation_has_no_quantile() {
        assert_eq!(Histogram::default().quantile(0.5), None);
        assert_eq!(histogram(&[(0.1, 0.0), (INF, 0.0)], 0.0).quantile(0.5), None);
        assert_eq!(histogram(&[(0.1, 0.0), (INF, 0.0)], 0.0).mean(), None);
        // Without the bucket for all of them nobody knows how many there are.
        assert_eq!(histogram(&[(0.1, 3.0)], 0.0).quantile(0.5), None);
    }

    #[test]
    fn only_what_came_in_between_counts() {
        let before = histogram(&[(0.1, 10.0), (INF, 20.0)], 5.0);
        let after = histogram(&[(0.1, 10.0), (INF, 30.0)], 25.0);
        assert_eq!(after.since(&before), Ok(histogram(&[(0.1, 0.0), (INF, 10.0)], 20.0)));
        assert_eq!(after.since(&Histogram::default()), Ok(after.clone()));
        assert_eq!(before.since(&after), Err(NotMonotonic));
        let other = histogram(&[(0.2, 10.0), (INF, 20.0)], 5.0);
        assert_eq!(after.since(&other), Err(NotMonotonic));
        assert_eq!(after.since(&histogram(&[(INF, 1.0)], 0.0)), Err(NotMonotonic));
    }

    #[test]
    fn histograms_of_other_bounds_are_added_where_they_agree() {
        let mut it = histogram(&[(0.1, 1.0), (0.2, 2.0), (INF, 3.0)], 1.0);
        it.add(&histogram(&[(0.2, 5.0), (0.5, 6.0), (INF, 7.0)], 2.0));
        assert_eq!(it, histogram(&[(0.2, 7.0), (INF, 10.0)], 3.0));
        let mut none = Histogram::default();
        none.add(&it);
        none.add(&Histogram::default());
        assert_eq!(none, it);
    }
}

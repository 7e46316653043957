//! Numbers with units, for people.

use super::bar::Bars;
use crate::perf::histogram::Estimate;
use crate::perf::threshold::Unit;

/// Seconds in the unit that suits them: `0.12 ms`, `25 ms`, `1.5 s`, `3 min`, `5 h`, `9 d`.
#[must_use]
pub fn seconds(value: f64) -> String {
    if value < 1.0 {
        format!("{} ms", significant(value * 1000.0))
    } else if value < 120.0 {
        format!("{} s", significant(value))
    } else if value < 7200.0 {
        format!("{:.0} min", value / 60.0)
    } else if value < 172_800.0 {
        format!("{:.0} h", value / 3600.0)
    } else {
        format!("{} d", thousands(value / 86_400.0))
    }
}

/// Bytes in the unit that suits them: `1.5 GiB`.
#[must_use]
pub fn bytes(value: f64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = value;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{} {}", significant(value), units.get(unit).unwrap_or(&"B"))
}

/// A number with at most three digits that count, unless it is a large one: `0.12`, `12.3`, `12,345`.
#[must_use]
pub fn significant(value: f64) -> String {
    if value >= 100.0 {
        return thousands(value);
    }
    let digits = if value < 10.0 { 2 } else { 1 };
    let text = format!("{value:.digits$}");
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A whole number with commas.
fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share as a percentage: `12 %`, `0.3 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.01 {
        "<0.01 %".to_owned()
    } else {
        format!("{} %", significant(percent))
    }
}

/// Shows the bounds of a figure: `≤ 5 ms`, `5-25 ms`, `> 60 s`.
#[must_use]
pub fn bounded(figure: Option<&Estimate>, unit: Unit, bars: Bars) -> String {
    let Some(figure) = figure else { return "-".to_owned() };
    let show = |value: f64| of_unit(value, unit);
    let (at_most_sign, above_sign) = if bars == Bars::Ascii { ("<=", ">") } else { ("≤", ">") };
    match figure.at_most {
        None => format!("{above_sign} {}", show(figure.at_least)),
        Some(at_most) if at_most <= figure.at_least => show(at_most),
        Some(at_most) if figure.at_least <= 0.0 => format!("{at_most_sign} {}", show(at_most)),
        Some(at_most) => joined(&show(figure.at_least), &show(at_most)),
    }
}

/// `5-25 ms` of `5 ms` and `25 ms`.
fn joined(from: &str, to: &str) -> String {
    match (from.split_once(' '), to.split_once(' ')) {
        (Some((number, unit)), Some((_, same))) if unit == same => format!("{number}-{to}"),
        _ => format!("{from} - {to}"),
    }
}

/// A value in its unit.
#[must_use]
pub fn of_unit(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Seconds => seconds(value),
        Unit::Share => percent(value),
        Unit::PerSecond => format!("{}/s", significant(value)),
        Unit::PerHour => format!("{}/h", significant(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_unit_that_suits_them() {
        for (value, text) in [
            (0.0, "0 ms"),
            (0.000_12, "0.12 ms"),
            (0.005, "5 ms"),
            (0.0256, "25.6 ms"),
            (0.8, "800 ms"),
            (1.25, "1.25 s"),
            (60.0, "60 s"),
            (180.0, "3 min"),
            (7140.0, "119 min"),
            (18_000.0, "5 h"),
            (777_600.0, "9 d"),
            (1e9, "11,574 d"),
        ] {
            assert_eq!(seconds(value), text);
        }
        assert_eq!(bytes(1_925_120.0), "1.84 MiB");
        assert_eq!(bytes(8.0 * 1024.0 * 1024.0 * 1024.0), "8 GiB");
        assert_eq!(bytes(512.0), "512 B");
        assert_eq!(significant(1_234_567.0), "1,234,567");
        assert_eq!(percent(0.00001), "<0.01 %");
        assert_eq!(percent(0.123), "12.3 %");
    }

    #[test]
    fn a_bounded_figure_shows_its_bounds() {
        let between = |at_least, at_most| Estimate { value: at_least, at_least, at_most };
        for (figure, text) in [
            (between(0.0, Some(0.005)), "≤ 5 ms"),
            (between(0.005, Some(0.025)), "5-25 ms"),
            (between(0.8, Some(1.0)), "800 ms - 1 s"),
            (between(60.0, None), "> 60 s"),
            (Estimate::exact(0.0123), "12.3 ms"),
        ] {
            assert_eq!(bounded(Some(&figure), Unit::Seconds, Bars::Unicode), text);
        }
        let first = between(0.0, Some(0.005));
        assert_eq!(bounded(Some(&first), Unit::Seconds, Bars::Ascii), "<= 5 ms");
        assert_eq!(bounded(None, Unit::Seconds, Bars::None), "-");
    }
}

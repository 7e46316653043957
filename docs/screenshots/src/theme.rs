//! Colors, for a light page and for a dark one. Each stands out from its background by 4.5 to 1 or more.

use crate::line::Style;

/// The colors of one picture.
#[derive(Debug)]
pub(crate) struct Theme {
    /// Behind the file's name.
    pub(crate) name: &'static str,
    pub(crate) background: &'static str,
    /// The bar with the window's title.
    pub(crate) bar: &'static str,
    pub(crate) border: &'static str,
    pub(crate) text: &'static str,
    /// What matters less: the title, dim text.
    pub(crate) quiet: &'static str,
    pub(crate) prompt: &'static str,
    pub(crate) red: &'static str,
    pub(crate) green: &'static str,
    pub(crate) yellow: &'static str,
    pub(crate) cyan: &'static str,
}

/// Both themes.
pub(crate) const THEMES: [Theme; 2] = [
    Theme {
        name: "light",
        background: "#ffffff",
        bar: "#f3f4f6",
        border: "#d0d7de",
        text: "#24292f",
        quiet: "#59636e",
        prompt: "#8250df",
        red: "#b42318",
        green: "#0f7b33",
        yellow: "#8a5a00",
        cyan: "#0b6e8a",
    },
    Theme {
        name: "dark",
        background: "#11151c",
        bar: "#1b212b",
        border: "#343d4a",
        text: "#e6edf3",
        quiet: "#9aa5b1",
        prompt: "#c8a6ff",
        red: "#ff8a80",
        green: "#6bd68a",
        yellow: "#f0c060",
        cyan: "#6cc7e8",
    },
];

impl Theme {
    /// The color of a text.
    pub(crate) fn color(&self, style: Style) -> &'static str {
        match style.color {
            Some(1 | 9) => self.red,
            Some(2 | 10) => self.green,
            Some(3 | 11) => self.yellow,
            Some(4 | 6 | 12 | 14) => self.cyan,
            Some(5 | 13) => self.prompt,
            _ if style.dim => self.quiet,
            _ => self.text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The relative luminance of WCAG 2.
    fn luminance(color: &str) -> f64 {
        let part = |at: usize| {
            let byte = u8::from_str_radix(&color[at..at + 2], 16).unwrap_or_default();
            let value = f64::from(byte) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    #[test]
    fn every_text_can_be_read() {
        for theme in &THEMES {
            let texts = [
                theme.text,
                theme.quiet,
                theme.prompt,
                theme.red,
                theme.green,
                theme.yellow,
                theme.cyan,
            ];
            for (text, ground) in
                texts.iter().flat_map(|it| [(it, theme.background), (it, theme.bar)])
            {
                let (one, other) = (luminance(text) + 0.05, luminance(ground) + 0.05);
                let contrast = one.max(other) / one.min(other);
                assert!(contrast >= 4.5, "{}: {text} on {ground}: {contrast:.1}", theme.name);
            }
        }
    }
}

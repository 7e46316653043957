//! Draws lines as a window: text stays text, in whatever monospaced font the reader has.

use std::fmt::Write as _;

use crate::line::{Line, Run, Style};
use crate::theme::Theme;

/// The size of the font, the width of a column and the height of a line, in pixels.
const SIZE: f64 = 14.0;
const COLUMN: f64 = 8.4;
const LINE: f64 = 21.0;
/// The bar with the title, and the room around the text.
const BAR: f64 = 38.0;
const MARGIN: f64 = 22.0;

const FONTS: &str = "ui-monospace,SFMono-Regular,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono',\
                     'Liberation Mono',monospace";

/// A picture.
#[derive(Debug)]
pub(crate) struct Picture<'a> {
    pub(crate) title: &'a str,
    /// How many columns there are.
    pub(crate) columns: usize,
    pub(crate) lines: &'a [Line],
    /// What somebody hears who does not see it.
    pub(crate) description: &'a str,
}

#[expect(clippy::cast_precision_loss, reason = "columns and lines are few")]
fn pixels(count: usize, each: f64) -> f64 {
    count as f64 * each
}

/// The picture as a file.
pub(crate) fn draw(picture: &Picture, theme: &Theme) -> String {
    let width = pixels(picture.columns, COLUMN) + 2.0 * MARGIN;
    let height = BAR + pixels(picture.lines.len(), LINE) + 2.0 * MARGIN - 6.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-labelledby=\"title\">\n\
         <title id=\"title\">{}</title>\n",
        escape(picture.description)
    );
    window(&mut svg, picture.title, theme, (width, height));
    let _ =
        writeln!(svg, "<g font-family=\"{FONTS}\" font-size=\"{SIZE}\" xml:space=\"preserve\">");
    for (row, line) in picture.lines.iter().enumerate() {
        let y = BAR + MARGIN + pixels(row, LINE) + 10.0;
        for run in &line.runs {
            text(&mut svg, run, theme, y);
        }
    }
    svg + "</g>\n</svg>\n"
}

/// The frame, the three dots and the title.
fn window(svg: &mut String, title: &str, theme: &Theme, (width, height): (f64, f64)) {
    let Theme { background, bar, border, quiet, .. } = theme;
    let (right, bottom) = (width - 1.0, height - 1.0);
    let _ = writeln!(
        svg,
        "<rect x=\".5\" y=\".5\" width=\"{right}\" height=\"{bottom}\" rx=\"10\" fill=\"{background}\" \
         stroke=\"{border}\"/>\n\
         <path d=\"M1 {BAR}V10.5a9.5 9.5 0 0 1 9.5-9.5H{}a9.5 9.5 0 0 1 9.5 9.5V{BAR}Z\" fill=\"{bar}\"/>\n\
         <path d=\"M1 {BAR}H{right}\" stroke=\"{border}\"/>",
        width - 10.5
    );
    for (x, color) in [(22, "#ff5f57"), (42, "#febc2e"), (62, "#28c840")] {
        let _ = writeln!(svg, "<circle cx=\"{x}\" cy=\"19.5\" r=\"6\" fill=\"{color}\"/>");
    }
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"24\" text-anchor=\"middle\" font-family=\"{FONTS}\" font-size=\"13\" \
         fill=\"{quiet}\">{}</text>",
        width / 2.0,
        escape(title)
    );
}

/// One run, stretched to its columns: fonts differ in how wide they are.
fn text(svg: &mut String, run: &Run, theme: &Theme, y: f64) {
    let x = MARGIN + pixels(run.column, COLUMN);
    let length = pixels(run.width(), COLUMN);
    let weight = if run.style.bold { " font-weight=\"600\"" } else { "" };
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{length:.1}\" lengthAdjust=\"spacingAndGlyphs\" \
         fill=\"{}\"{weight}>{}</text>",
        theme.color(run.style),
        escape(&run.text)
    );
}

/// The prompt, and the command behind it.
pub(crate) fn prompt(command: &str) -> Line {
    let style = Style { color: Some(5), bold: true, dim: false };
    let mut line = Line::of(0, "$", style);
    let style = Style { color: None, bold: true, dim: false };
    line.runs.push(Run { column: 2, text: command.to_owned(), style });
    line
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

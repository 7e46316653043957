//! Draws the README's pictures: runs the scenes with the real program on the cluster that `oc-etcd-lab run`
//! started, and draws what the terminal shows, for light pages and for dark ones. A second run gives the same
//! bytes. `make screenshots` does it.
#![forbid(unsafe_code)]

mod line;
mod procedure;
mod scene;
mod svg;
mod terminal;
mod theme;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use line::Line;
use svg::Picture;
use terminal::COLUMNS;
use theme::THEMES;

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    // A scene may name a script of the repository.
    std::env::set_current_dir(&root)?;
    let plugins = plugins(&root)?;
    let scenes = scene::parse(&std::fs::read_to_string(root.join("docs/screenshots/scenes"))?)?;
    let mut pictures: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    for scene in scenes {
        println!("$ {}", scene.command);
        let command = format!("PATH={}:$PATH; {}", plugins.path().display(), scene.command);
        let mut lines = terminal::run(&command)?;
        let Some(name) = scene.picture else { continue };
        lines.iter_mut().for_each(Line::normalize);
        let picture = pictures.entry(name).or_default();
        if !picture.is_empty() {
            picture.push(Line::default());
        }
        picture.push(svg::prompt(&scene.command));
        picture.extend(lines);
    }
    for (name, lines) in &pictures {
        let text = lines.iter().map(Line::text).collect::<Vec<_>>().join("\n");
        draw(
            &root,
            name,
            &Picture { title: "oc-etcd", columns: usize::from(COLUMNS), lines, description: &text },
        )?;
    }
    let page = std::fs::read_to_string(root.join("docs/procedure.md"))?;
    draw(
        &root,
        "procedure",
        &Picture {
            title: "the documented procedure, and oc etcd",
            columns: usize::from(COLUMNS),
            lines: &procedure::lines(&page)?,
            description: "The steps of the documented procedure, and the three commands that do the same",
        },
    )
}

/// A directory with the program under the names by which kubectl and oc find it.
fn plugins(root: &Path) -> Result<tempfile::TempDir> {
    let directory = tempfile::tempdir()?;
    let program =
        root.join("target/debug/oc-etcd").canonicalize().context("build oc-etcd first")?;
    for name in ["kubectl-etcd", "oc-etcd"] {
        std::os::unix::fs::symlink(&program, directory.path().join(name))?;
    }
    Ok(directory)
}

fn draw(root: &Path, name: &str, picture: &Picture) -> Result<()> {
    let directory: PathBuf = root.join("docs/images");
    std::fs::create_dir_all(&directory)?;
    let mut lines = picture.lines.to_vec();
    lines.iter_mut().for_each(Line::cut);
    let picture = Picture { lines: &lines, ..*picture };
    for theme in &THEMES {
        let path = directory.join(format!("{name}-{}.svg", theme.name));
        std::fs::write(&path, svg::draw(&picture, theme))
            .with_context(|| path.display().to_string())?;
    }
    Ok(())
}

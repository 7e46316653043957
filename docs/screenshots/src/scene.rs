//! The list of scenes.

use anyhow::{Context as _, Result};

/// One command, and the picture that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scene {
    /// The picture's name; none for a command that runs unseen.
    pub(crate) picture: Option<String>,
    /// The command, as it is typed.
    pub(crate) command: String,
}

/// Reads the list.
pub(crate) fn parse(text: &str) -> Result<Vec<Scene>> {
    let lines = text.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with('#'));
    let scene = |line: &str| {
        let (name, command) =
            line.split_once(' ').with_context(|| format!("no command: {line}"))?;
        let picture = (name != "-").then(|| name.to_owned());
        Ok(Scene { picture, command: command.trim().to_owned() })
    };
    lines.map(scene).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_a_picture_and_a_command() -> Result<()> {
        let scenes = parse("# nothing\n\nstatus  kubectl etcd status\n-  true # yes\n")?;
        let scene = |picture: Option<&str>, command: &str| Scene {
            picture: picture.map(str::to_owned),
            command: command.to_owned(),
        };
        assert_eq!(
            scenes,
            [scene(Some("status"), "kubectl etcd status"), scene(None, "true # yes")]
        );
        assert!(parse("status\n").is_err());
        Ok(())
    }
}

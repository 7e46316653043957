//! The commands of a line of a script, with what one passes on to another.

/// The commands of a line, by pipelines: what one writes, the next one reads. The commands of a substitution are a
/// pipeline of their own, and `$_` stands for what they print.
pub(super) fn pipelines(line: &str) -> Vec<Vec<String>> {
    let (line, inner) = without_substitutions(line);
    let replaced = [("&>>", ">"), ("&>", ">"), (">|", ">"), ("|&", "|"), (">&", "> /dev/fd/")];
    let line = replaced.into_iter().fold(line, |line, (from, to)| line.replace(from, to));
    let line = line.replace("&&", ";").replace("||", ";");
    let lists = line.split(['\n', ';', '&']);
    let outer = lists.map(|it| it.split('|').map(|it| it.trim().to_owned()).collect());
    outer.chain(inner.iter().flat_map(|it| pipelines(it))).collect()
}

/// A line with `$_` in the place of each outermost `$(…)` and `` `…` ``, and what stands inside.
fn without_substitutions(line: &str) -> (String, Vec<String>) {
    let (mut outer, mut inner) = (String::new(), Vec::new());
    let mut rest = line;
    while let Some(at) = rest.find(['$', '`']) {
        outer.push_str(&rest[..at]);
        rest = &rest[at..];
        let found = if let Some(text) = rest.strip_prefix("$(") {
            closing(text).map(|end| (&text[..end], &text[end + 1..]))
        } else if let Some(text) = rest.strip_prefix('`') {
            text.split_once('`')
        } else {
            None
        };
        if let Some((commands, behind)) = found {
            inner.push(commands.to_owned());
            outer.push_str("$_");
            rest = behind;
        } else {
            outer.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    outer.push_str(rest);
    (outer, inner)
}

/// The place of the bracket that closes a text.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    text.char_indices().find_map(|(at, it)| match it {
        '(' => {
            depth += 1;
            None
        }
        ')' if depth == 0 => Some(at),
        ')' => {
            depth -= 1;
            None
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_substitution_is_a_pipeline_of_its_own() {
        let found = pipelines("A=$(x $(y | z) 2>&1 || true) && echo `b` &> /c; d");
        let found: Vec<String> = found.iter().map(|it| it.join(" | ")).collect();
        let expected = ["A=$_", "echo $_ > /c", "d", "x $_ 2> /dev/fd/1", "true", "y | z", "b"];
        assert_eq!(found, expected);
    }
}

//! The kubelet's command line with each flag on a line of its own, and each item of a list too, so that a
//! diff shows the flag that changes and nothing else.

/// Flags whose value is a list, however many items it has.
const LISTS: [&str; 2] = ["--node-labels", "--register-with-taints"];

/// The lines of a unit. Where a command line cannot be taken apart, it stays as it is.
pub(crate) fn lines(unit: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = unit.lines().peekable();
    while let Some(line) = rest.next() {
        if !line.trim_start().starts_with("ExecStart=") {
            lines.push(line.to_owned());
            continue;
        }
        let mut raw = vec![line];
        while raw.last().is_some_and(|it| it.trim_end().ends_with('\\')) {
            let Some(line) = rest.next() else { break };
            raw.push(line);
        }
        match command_line(&raw) {
            Some(words) => lines.extend(by_flag(&words)),
            None => lines.extend(raw.into_iter().map(str::to_owned)),
        }
    }
    lines
}

/// The words of a command line over several lines; `None` when it has quotes or comments in it.
fn command_line<'a>(raw: &[&'a str]) -> Option<Vec<&'a str>> {
    let is_plain =
        |line: &&str| !line.contains(['"', '\'']) && !line.trim_start().starts_with(['#', ';']);
    if !raw.iter().all(is_plain) {
        return None;
    }
    let parts = raw.iter().map(|line| line.trim_end());
    let parts = parts.map(|line| line.strip_suffix('\\').unwrap_or(line));
    Some(parts.flat_map(str::split_whitespace).collect())
}

fn by_flag(words: &[&str]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if !word.starts_with('-') => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) => lines.push(format!("  {word}")),
            None => lines.push((*word).to_owned()),
        }
    }
    lines.iter().flat_map(|line| by_item(line)).collect()
}

fn by_item(line: &str) -> Vec<String> {
    let Some((flag, list)) = line.split_once('=') else { return vec![line.to_owned()] };
    let is_list = LISTS.contains(&flag.trim()) || list.contains(',');
    if !flag.trim().starts_with("--") || !is_list || list.contains(char::is_whitespace) {
        return vec![line.to_owned()];
    }
    let items = list.split(',').map(|item| format!("    {item}"));
    std::iter::once(format!("{flag}=")).chain(items).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flag_and_each_item_of_a_list_has_a_line() {
        let unit = "[Service]\nExecStart=/usr/local/bin/kubenswrapper \\\n    /usr/bin/kubelet \\\n      \
                    --config=/etc/kubernetes/kubelet.conf \\\n      --node-labels=a/b,c=${ID} \\\n      --v=2 \\\n      \
                    --register-with-taints=x=:NoSchedule --address 0.0.0.0\nRestart=always\n";
        assert_eq!(
            lines(unit),
            [
                "[Service]",
                "ExecStart=/usr/local/bin/kubenswrapper /usr/bin/kubelet",
                "  --config=/etc/kubernetes/kubelet.conf",
                "  --node-labels=",
                "    a/b",
                "    c=${ID}",
                "  --v=2",
                "  --register-with-taints=",
                "    x=:NoSchedule",
                "  --address 0.0.0.0",
                "Restart=always",
            ]
        );
    }

    #[test]
    fn a_command_line_with_quotes_or_comments_stays_as_it_is() {
        for unit in
            ["ExecStart=/bin/sh -c 'a \\\n  --b=c,d'", "ExecStart=/bin/a \\\n# --x \\\n  --y"]
        {
            assert_eq!(lines(unit), unit.lines().collect::<Vec<_>>());
        }
    }
}

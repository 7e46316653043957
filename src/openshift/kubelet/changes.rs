//! Finds the commands of a script that change what decides on a kubelet: by the files that a command writes, and by the
//! names of the kubelet's files and flags.

use super::destinations::{self, Directory, Written};
use super::places::{is_elsewhere, may_be_of_check, may_name, stays};
use super::script;
use super::shell;
use super::text::is_variable;
use crate::derive::kubelet_role;
use crate::derive::machine_config::KUBELET_UNIT;

/// What else decides on the registration of a kubelet, as scripts write it.
const DECIDING: [&str; 7] = [
    KUBELET_UNIT,
    "kubelet-env",
    "kubelet.conf",
    "node-labels",
    "register-with-taints",
    "registerWithTaints",
    "kubelet.service.d",
];

/// The end of the commands of systemctl that give a variable to all units that start later: `set-environment`,
/// `import-environment`.
const SET_VARIABLE: &str = "t-environment";

/// The programs that write a file; `>` is the other way.
const WRITES: [&str; 13] = [
    "cp", "crudini", "curl", "install", "ln", "mv", "python3", "rsync", "sed", "tar", "tee",
    "wget", "yq",
];

/// What of a text counts: whatever starts before the kubelet may take part in an edit with a mere name; of what may start
/// at any time, only a line that writes; of what starts after the kubelet, only a file that is there at the next boot.
/// Where the machine checks the role before each start of the kubelet, only what ends the check counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Naming,
    Guarded,
    Writing,
    Staying,
}

/// Returns whether a text of another language than a shell's may edit what decides on a kubelet. The text is not read:
/// names of what decides tell, and at any other time than before the kubelet also a word that writes.
pub(super) fn edits(text: &str, reading: Reading) -> bool {
    const DIRECTORIES: [&str; 2] = ["/etc/systemd", "/systemd/system"];
    const WORDS: [&str; 7] = ["write", "rename", "replace", "copy", "move", "print", "sed"];
    let is_comment = |line: &&str| line.trim_start().starts_with('#');
    let text: Vec<&str> = text.lines().filter(|it| !is_comment(it)).collect();
    let text = text.join("\n");
    let has = |words: &[&str]| words.iter().any(|it| text.contains(it));
    let is_deciding = || has(&DECIDING) || has(&["kubelet"]) && has(&DIRECTORIES);
    let names = names_check(&text)
        || ends_check(&text, &text)
        || reading != Reading::Guarded && is_deciding();
    names && (matches!(reading, Reading::Naming | Reading::Guarded) || has(&WORDS))
}

/// Returns whether a text may name what decides on a kubelet: each word that decides has one of these.
pub(super) fn mentions(text: &str) -> bool {
    const MENTIONS: [&str; 6] =
        ["kubelet", "etc/kubernetes", "oc-etcd", "node-labels", "register", SET_VARIABLE];
    MENTIONS.iter().any(|it| text.contains(it))
}

/// Returns whether one of the whole lines changes what decides on a kubelet.
pub(super) fn changes(lines: &str, reading: Reading) -> bool {
    let mut state = Shell { reading, copies: Vec::new(), directory: Directory::default() };
    script::with_texts(lines).any(|(line, text)| state.line_changes(line, &text))
}

/// What a command does to what decides on a kubelet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Effect {
    /// The command writes nothing, or only files from which nothing starts.
    Harmless,
    /// The command writes other files, or files that it does not tell.
    Open,
    Changes,
}

/// A shell that runs a script, as far as its commands tell.
struct Shell {
    reading: Reading,
    /// The copies of what decides, and the variables with the name of such a file.
    copies: Vec<String>,
    directory: Directory,
}

impl Shell {
    /// Runs a line, whose command reads the text. Returns whether the line changes what decides.
    fn line_changes(&mut self, line: &str, text: &str) -> bool {
        if !self.may_count(line) {
            return false;
        }
        let pipelines: Vec<Vec<&str>> = shell::pipelines(line).map(Iterator::collect).collect();
        let effect = self.run(&pipelines);
        if effect == Effect::Changes || ends_check(line, text) {
            return true;
        }
        let is_named = match self.reading {
            Reading::Guarded => names_check(text),
            _ => names_deciding(text),
        };
        if is_named {
            self.take_variables(line);
        }
        if pipelines.iter().flatten().any(|it| destinations::is_of_other_language(it)) {
            return edits(text, self.reading);
        }
        // A text for a file from which nothing starts is no command.
        effect == Effect::Open && text.lines().any(|it| self.line_changes(it, ""))
    }

    /// Returns whether a line may be about what decides on a kubelet: most lines are about something else.
    fn may_count(&self, line: &str) -> bool {
        mentions(line)
            || self.has_copy(line)
            || line.contains(['/', '<'])
            || !self.directory.path().is_empty()
    }

    /// Takes the variables that a text assigns for the names of copies.
    fn take_variables(&mut self, text: &str) {
        let written = variables(text).flat_map(|it| [format!("${it}"), format!("${{{it}")]);
        self.copies.extend(written);
    }

    fn has_copy(&self, text: &str) -> bool {
        self.copies.iter().any(|it| text.contains(it))
    }

    /// Returns whether a pipeline may end the check of the role.
    fn may_end_check(&self, pipeline: &str) -> bool {
        let mut words = pipeline.split_whitespace();
        names_check(pipeline)
            || ends_check(pipeline, pipeline)
            || words.any(|it| may_be_of_check(&destinations::absolute(it, self.directory.path())))
    }

    fn reaches(&self, pipeline: &[&str]) -> bool {
        pipeline.iter().any(|it| destinations::reaches(it, self.directory.path()))
    }

    /// Runs the pipelines of a line. What a substitution tells of is an argument of the command around.
    fn run(&mut self, pipelines: &[Vec<&str>]) -> Effect {
        let is_told = pipelines.iter().any(|it| self.reaches(it));
        let effects = pipelines.iter().map(|pipeline| {
            let whole = pipeline.join(" | ");
            let is_deciding = || {
                names_deciding(&whole)
                    || is_told && (whole.contains(script::NAMED) || self.reaches(pipeline))
            };
            let names = match self.reading {
                Reading::Guarded => self.may_end_check(&whole),
                _ => is_deciding() || names_check(&whole),
            };
            // A variable may get the value of another one.
            let is_copied = self.has_copy(&whole);
            if names || is_copied {
                self.take_variables(&whole);
            }
            let effects = pipeline.iter().map(|it| self.run_command(it, &whole, names));
            effects.max().unwrap_or(Effect::Harmless)
        });
        effects.max().unwrap_or(Effect::Harmless)
    }

    /// Runs a command of the pipeline `whole`, which `names` what decides.
    fn run_command(&mut self, command: &str, whole: &str, names: bool) -> Effect {
        let effect = match destinations::written(command) {
            Written::Places(places) => self.write(command, &places, names),
            Written::Unknown if self.may_write(command, whole, names) => Effect::Changes,
            Written::Unknown => Effect::Open,
        };
        self.directory.follow(command);
        effect
    }

    /// Writes the places of a command.
    fn write(&mut self, command: &str, places: &[String], names: bool) -> Effect {
        let places = places.iter().map(|it| destinations::absolute(it, self.directory.path()));
        let places: Vec<String> = places.collect();
        let counts = |it: &String| match self.reading {
            Reading::Guarded => names && !is_elsewhere(it) || may_be_of_check(it),
            Reading::Staying => names && it == script::NAMED || stays(it),
            _ => names && !is_elsewhere(it) || may_name(it),
        };
        let is_by_copy = self.reading != Reading::Staying
            && self.has_copy(command)
            && places.iter().any(|it| it.contains('$') && !is_elsewhere(it));
        if is_by_copy || places.iter().any(counts) {
            return Effect::Changes;
        }
        let is_harmless = places.iter().all(|it| is_elsewhere(it));
        if names {
            self.copies.extend(places.into_iter().filter(|it| !it.starts_with("/dev/")));
        }
        if is_harmless { Effect::Harmless } else { Effect::Open }
    }

    /// Returns whether a command that does not tell what it writes may change what decides.
    fn may_write(&self, command: &str, whole: &str, names: bool) -> bool {
        let counts = || match self.reading {
            Reading::Naming | Reading::Guarded => true,
            Reading::Writing => writes(whole),
            Reading::Staying => false,
        };
        let mut variables = self.copies.iter().filter(|it| it.starts_with('$'));
        (names || variables.any(|it| command.contains(it))) && counts()
            || destinations::is_of_other_language(command) && edits(whole, self.reading)
    }
}

/// Returns whether a text names what the check of the role on a machine starts from, as scripts write it.
fn names_check(text: &str) -> bool {
    const OF_CHECK: [&str; 3] = ["/etc/oc-etcd", kubelet_role::UNIT, "zzzz-oc-etcd"];
    OF_CHECK.iter().any(|it| text.contains(it))
}

/// Returns whether a text for the place that a command names may end the check, which is an `ExecStartPre` of the
/// kubelet, and which a drop-in may reset.
fn ends_check(place: &str, text: &str) -> bool {
    place.contains(KUBELET_UNIT) && text.contains("ExecStartPre")
}

/// Returns whether a text names what decides on a kubelet.
fn names_deciding(pipeline: &str) -> bool {
    names_directory(pipeline)
        || sets_variable(pipeline)
        || DECIDING.iter().any(|it| pipeline.contains(it))
}

/// The variables that a pipeline assigns: by `=`, a loop over words, or a command that reads.
fn variables(pipeline: &str) -> impl Iterator<Item = &str> {
    const READING: [&str; 3] = ["mapfile", "read", "readarray"];
    let words: Vec<&str> = pipeline.split_whitespace().collect();
    let of_loop = words.windows(3).find(|it| it[0] == "for" && it[2] == "in").map(|it| it[1]);
    let assigned = words.iter().find_map(|it| it.split_once('=')).map(|it| it.0);
    let read = words.iter().position(|it| READING.contains(it));
    let read = read.map_or(&[][..], |at| &words[at + 1..]);
    let found: Vec<&str> = of_loop.or(assigned).into_iter().chain(read.iter().copied()).collect();
    found.into_iter().filter(|it| is_variable(it))
}

/// Returns whether a line has a program that writes files, or a redirection into one.
fn writes(line: &str) -> bool {
    let mut words = line.split(|it: char| it.is_whitespace() || "/;(".contains(it));
    words.any(|word| WRITES.contains(&word) || word.contains('>'))
}

/// Returns whether a line gives systemd a variable that the kubelet gets, by the names of OpenShift's variables for the
/// kubelet: `systemctl set-environment CUSTOM_KUBELET_LABELS=…`.
fn sets_variable(line: &str) -> bool {
    line.contains(SET_VARIABLE) && (line.contains("KUBELET") || line.contains('$'))
}

/// Returns whether a line writes files into the directory of the kubelet's files, which is the last word, or the value of
/// an option.
fn names_directory(line: &str) -> bool {
    const LAST: [&str; 6] = ["cp", "install", "ln", "mv", "rsync", "sed"];
    let is_directory = |word: &str| word.trim_end_matches(['/', '.', '*']) == "/etc/kubernetes";
    let writes_there = |command: &str| {
        let words: Vec<&str> =
            command.split([' ', '\t', '=']).filter(|it| !it.is_empty()).collect();
        let by_option = words
            .iter()
            .position(|it| ["-C", "-d", "-t", "--directory", "--target-directory"].contains(it));
        let has_last = words.iter().any(|it| LAST.contains(&it.rsplit('/').next().unwrap_or(it)));
        let last = words.last().filter(|_| has_last);
        let named = by_option.and_then(|at| words.get(at + 1)).into_iter().chain(last);
        writes(command) && named.into_iter().any(|it| is_directory(it))
    };
    shell::commands(line).any(writes_there)
}

#[cfg(test)]
mod tests {
    use super::super::script::whole_lines;
    use super::*;

    #[test]
    fn a_line_that_only_reads_changes_nothing() {
        for (line, expected) in [
            ("if grep -q maxPods /etc/kubernetes/kubelet.conf; then", false),
            ("[ -f /etc/kubernetes/kubelet.conf ] || exit 0", false),
            ("test -f /etc/kubernetes/kubelet.conf && cat /etc/kubernetes/kubelet.conf", false),
            ("grep -c node-labels /etc/systemd/system/kubelet.service 2>/dev/null | cat", false),
            ("grep -v taint /etc/kubernetes/kubelet.conf > /run/k", false),
            ("cat /etc/kubernetes/kubelet.conf | tee /run/k", false),
            ("echo kubelet.service starts >> /var/log/site.log", false),
            ("cp -p /etc/kubernetes/kubelet.conf /var/backup/kubelet.conf", false),
            ("cp /var/backup/kubelet.conf /etc/kubernetes/kubelet.conf", true),
            ("cp /etc/kubernetes/kubelet.conf $D", true),
            ("rsync -a /etc/kubernetes/ /var/backup/kubernetes/", false),
            ("sha256sum /etc/kubernetes/kubelet.conf > /var/lib/site/x.sha", false),
            ("auditctl -w /etc/kubernetes/kubelet.conf -p wa", false),
            ("echo a > /etc/kubernetes/kubelet-env", true),
            ("K=$(cat /etc/kubernetes/kubelet.conf)", false),
            ("systemctl status kubelet.service", false),
            ("if systemctl is-active kubelet.service >/dev/null 2>&1; then", false),
            ("STATE=$(systemctl is-active kubelet.service 2>/dev/null || true)", false),
            ("journalctl -u kubelet.service > /var/log/k.log", false),
            ("rm -f /etc/kubernetes/kubelet.conf.bak", false),
            ("rm -f /etc/kubernetes/kubelet.conf", true),
            ("jq . /etc/kubernetes/kubelet.conf > /run/k.json", false),
            ("ps aux | grep -c node-labels > /run/x", false),
            ("grep -v taint /etc/kubernetes/kubelet.conf > /run/k; mv /run/k $F", true),
            ("echo /etc/kubernetes/kubelet.conf | xargs sed -i s/a/b/", true),
            ("for f in /etc/kubernetes/kubelet.conf; do chmod 600 $f; done", false),
            ("for f in /etc/kubernetes/kubelet.conf; do sed -i s/a/b/ $f; done", true),
            ("cat <<EOF > /etc/motd\nRead /etc/kubernetes/kubelet.conf\nEOF\necho", false),
            ("echo cp /etc/x /etc/kubernetes/kubelet.conf > /etc/systemd/system/a.service", true),
            ("cd /etc/kubernetes && rm kubelet.conf", true),
            ("cd /opt/site && sed -i s/a/b/ kubelet.conf", false),
            ("cd /etc/systemd/system; sed -i s/a/b/ kube*", true),
            ("cd /etc/systemd\ncd system/kubelet.service.d\necho a > 9.conf", true),
            ("cd /etc/systemd/system/crio.service.d\necho a > 9.conf", false),
            ("sed -i s/a/b/ /etc/systemd/system/{crio,kubelet}.service", true),
            ("find /etc/systemd/system -name kubelet* -exec sed -i s/a/b/ {} +", true),
            ("find /etc/systemd/system -name kubelet* -exec cp {} /var/backup \\;", false),
            ("find /etc -type f -perm /022 -exec chmod o-w {} +", false),
            ("find /etc -name *.rpmsave -delete", false),
            ("find /etc/systemd/system -type f -mtime +1 -delete", true),
            ("grep -rl a /etc/systemd/system | xargs sed -i s/a/b/", true),
            ("grep -rl a /etc/systemd/system | xargs -r sha256sum > /var/log/x", false),
            ("sed -i s/a/b/ $(grep -rl a /etc/systemd/system)", true),
            (
                "for f in $(ls /etc/systemd/system | grep kube); do perl -pi -e s/a/b/ $f; done",
                true,
            ),
            ("for f in /etc/systemd/system/kube*; do sed -i s/a/b/ $f; done", true),
            ("for f in /etc/kubernetes/*; do cp $f /var/backup/$(basename $f); done", false),
            ("cp /etc/kubernetes/kubelet.conf /var/backup/kubelet.conf.$(date +%F)", false),
            ("awk -i inplace '{print}' /etc/systemd/system/kubelet.*", true),
            (
                "python3 -c \"import pathlib; [p.unlink() for p in pathlib.Path('/etc/systemd/system').glob('kubelet*')]\"",
                true,
            ),
            (
                "python3 - <<EOF\nfor p in Path('/etc/systemd/system').glob('kube*'): p.unlink()  # kubelet\nEOF",
                true,
            ),
            ("python3 - <<EOF\nprint(1)\nEOF\nrm /etc/kubernetes/kubelet.conf", true),
            ("python3 - <<EOF\nprint('a; b')\nEOF\nls", false),
            ("echo \"a; b kubelet.service\" > /etc/motd", false),
            ("logger 'a | b kubelet.service > c'", false),
            ("timeout 5 grep a /etc/kubernetes/kubelet.conf", false),
            ("flock /run/l sed -i s/a/b/ /etc/kubernetes/kubelet.conf", true),
            ("# sed -i x /etc/kubernetes/kubelet.conf", false),
            ("install -m 0644 -Dt /etc/systemd/system/kubelet.service.d /opt/20.conf", true),
            ("cp --target-directory=/etc/systemd/system/kubelet.service.d /opt/20.conf /a", true),
            ("cp -vt /var/backup /etc/kubernetes/kubelet.conf", false),
            (
                "find /etc/systemd/system -name 'kubelet*' | while read -r f; do\nsed -i s/a/b/ \"$f\"\ndone",
                true,
            ),
            ("grep -rl a /etc/systemd/system |\nwhile read -r f\ndo sed -i s/a/b/ $f; done", true),
            ("find /etc/systemd/system | while read -r f; do sha256sum $f; done > /var/x", false),
            ("mapfile -t F < <(grep -rl a /etc/systemd/system); sed -i s/a/b/ \"${F[@]}\"", true),
            ("F=(/etc/systemd/system/kube*); sed -i s/a/b/ \"${F[@]}\"", true),
            ("awk '{ print > \"/etc/systemd/system/kubelet.service.d/20.conf\" }' f", true),
            ("awk '$2 > 5 { print }' /etc/kubernetes/kubelet.conf", false),
            ("sort -o /etc/kubernetes/kubelet-env f", true),
            ("systemctl import-environment CUSTOM_KUBELET_LABELS", true),
            ("(cd /etc/systemd/system && sed -i s/a/b/ kube*)", true),
            ("(cd /opt/site && sed -i s/a/b/ kubelet.conf)", false),
            ("(cd /opt/site); cd /etc/kubernetes; (cd /opt); rm kubelet.conf", true),
            ("source /etc/kubernetes/kubelet-env", false),
            ("[[ -f /etc/kubernetes/kubelet-env ]] && . /etc/kubernetes/kubelet-env", false),
            ("sed -i '/^.*kubelet.service/d' /etc/rsyslog.d/x.conf", false),
            ("trap 'rm -f /etc/kubernetes/kubelet.conf' EXIT", true),
            ("trap 'rm -f /tmp/x' EXIT; grep a /etc/kubernetes/kubelet.conf", false),
            ("cat <<EOF | tee /etc/kubernetes/kubelet.conf\na\nEOF", true),
            ("F=${F:-/etc/kubernetes/kubelet.conf}; rm $F", true),
            ("F=; . /x; F=${F:-/etc/kubernetes/kubelet.conf}; sed -i s/a/b/ $F", true),
            ("F=$1; rm \"${F:-/etc/kubernetes/kubelet.conf}\"", true),
            ("F=; F=${F:-/etc/kubernetes/kubelet.conf}; grep a $F", false),
            ("sudo bash -c 'cat > \"$1\"' _ /etc/kubernetes/kubelet.conf", true),
            ("F=(/x /etc/kubernetes/kubelet.conf); for f in \"${F[@]}\"; do rm $f; done", true),
            ("F=$(grep -rl a /etc/systemd/system); G=$F; for f in $G; do rm $f; done", true),
            ("cat <<E | while read d; do rm $d; done\n/etc/kubernetes/kubelet.conf\nE", true),
            ("( ( rm /etc/kubernetes/kubelet.conf ) )", true),
            ("echo $(( $(rm /etc/kubernetes/kubelet.conf) + 1 ))", true),
            ("sed -i s/a/b/ ${1:+/etc/kubernetes/kubelet.conf}", true),
            ("f() { grep a \"$1\"; }; f /etc/kubernetes/kubelet.conf", true),
            (
                "for f in $(find /etc/systemd/system -name 'kube*'); do\nsed -i s/a/b/ $f\ndone",
                true,
            ),
            ("if ! grep -q a /etc/kubernetes/kubelet.conf; then echo; fi > /var/log/x", false),
            ("while read -r a; do echo $a; done < /x > /etc/kubernetes/kubelet-env", true),
        ] {
            assert_eq!(changes(&whole_lines(line), Reading::Naming), expected, "{line}");
        }
    }

    #[test]
    fn only_what_may_end_the_check_counts_where_the_machine_checks_the_role() {
        for (line, expected) in [
            ("sed -i s/a/b/ /etc/systemd/system/kubelet.service", false),
            ("cat > /etc/systemd/system/a.service << E\nExecStartPre=/usr/bin/mkdir /x\nE", false),
            ("echo ExecStartPre=/x > /etc/systemd/system/crio.service.d/1.conf", false),
            ("echo ExecStartPre= > /etc/systemd/system/kubelet.service.d/z.conf", true),
            (
                "cat > /etc/systemd/system/kubelet.service.d/z.conf << E\n[Service]\nExecStartPre=\nE",
                true,
            ),
            ("rm -rf /etc/oc-etcd", true),
            ("rm -rf /etc/oc*", true),
            ("for f in /etc/systemd/system/*.service; do rm -f $f; done", true),
            ("for f in /etc/systemd/system/*.service; do cp $f /var/backup; done", false),
            ("find /run/systemd/system/kubelet.service.d -type f -delete", true),
            ("echo a > /run/systemd/system/kubelet.service.d/50-x.conf", false),
            ("touch /etc/{issue,motd}", false),
            ("rm -rf /etc/*/foo", false),
            ("sed -i s/a/b/ /etc/systemd/system/{crio,kubelet}.service", false),
        ] {
            assert_eq!(changes(&whole_lines(line), Reading::Guarded), expected, "{line}");
        }
    }
}

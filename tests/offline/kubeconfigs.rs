//! A run names the kubeconfig that it looked for and did not find.

use crate::program::run_with;

#[test]
fn a_kubeconfig_that_does_not_exist_is_named() {
    let login = "and oc-etcd does not run in a pod";
    for (environment, arguments, expected) in [
        (
            &[("KUBECONFIG", "/missing/file")][..],
            &["status"][..],
            format!("no kubeconfig found: /missing/file does not exist, {login}"),
        ),
        (
            &[("KUBECONFIG", "/missing/a:/missing/b::/missing/c")],
            &["status"],
            format!(
                "no kubeconfig found: /missing/a, /missing/b and /missing/c do not exist, {login}"
            ),
        ),
        (
            &[("HOME", "/missing")],
            &["check"],
            format!("no kubeconfig found: /missing/.kube/config does not exist, {login}"),
        ),
        // A context, a cluster or a user would be in the file.
        (
            &[("KUBECONFIG", "/missing/file")],
            &["status", "--context=lab"],
            "no kubeconfig found: /missing/file does not exist".to_owned(),
        ),
        (
            &[("KUBECONFIG", "/missing/file")],
            &["status", "--server=https://127.0.0.1:1", "--user=me"],
            "no kubeconfig found: /missing/file does not exist".to_owned(),
        ),
        // People put the contents of a file where its path belongs.
        (
            &[("KUBECONFIG", "token:CANARY:{\"a\"}")],
            &["status"],
            format!(
                "no kubeconfig found: the files do not exist (the paths are withheld, because one is no path), {login}"
            ),
        ),
        (
            &[("KUBECONFIG", "/missing/file")],
            &["status", "--kubeconfig=/missing/other"],
            "reading the kubeconfig /missing/other: no such file or directory".to_owned(),
        ),
    ] {
        let ran = run_with(environment, arguments);
        let told = ran.stderr.lines().next().unwrap_or_default();
        assert_eq!((ran.code, told), (1, &*format!("error: {expected}")), "{arguments:?}");
    }
}

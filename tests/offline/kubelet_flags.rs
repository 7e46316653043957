//! The role in a kubelet's flags, whatever flags there are.

use oc_etcd::derive::kubelet_unit::{self, KubeletUnitError, LABELS, TAINTS};
use oc_etcd::model::names;
use proptest::prelude::*;
use proptest::sample::select;

use crate::unexpected::config;

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn a_kubelet_unit_of_any_flags_never_keeps_the_masters_role(
        labels in prop::collection::vec(label(), 0..5),
        taints in prop::collection::vec(taint(), 0..4),
        quote in select(vec!["", "\"", "'"]),
        between in select(vec!["=", " "]),
        noise in any::<String>(),
    ) {
        let noise = noise.replace("--", "");
        let flag = |name: &str, items: &[String]| format!("{name}{between}{quote}{}{quote}", items.join(","));
        let unit = format!(
            "# {noise}\nExecStart=kubelet \\\n  {} \\\n  --v=2 \\\n  {} \\\n  --x\n",
            flag(LABELS, &labels),
            flag(TAINTS, &taints),
        );
        let Ok(rewritten) = kubelet_unit::with_role(&unit, names::ETCD) else { return Ok(()) };
        let roles = |flag| kubelet_unit::roles(&rewritten, flag).unwrap();
        prop_assert_eq!((roles(LABELS), roles(TAINTS)), (vec!["etcd"], vec!["etcd"]));
        let others = |items: &[String]| -> Vec<String> {
            items.iter().filter(|it| !it.starts_with("node-role.kubernetes.io/") && !it.is_empty()).cloned().collect()
        };
        for (flag, before) in [(LABELS, &labels), (TAINTS, &taints)] {
            let after = kubelet_unit::flag_items(&rewritten, flag).unwrap();
            let after: Vec<String> = after.into_iter().map(str::to_owned).collect();
            prop_assert_eq!(others(&after), others(before));
        }
    }

    #[test]
    fn a_text_of_any_kind_is_a_unit_or_an_error_that_does_not_quote_it(text in "(?s).{0,40}( --node-labels[= ].{0,20}){0,2}( --register-with-taints.{0,20}){0,2}") {
        let unit = format!("CANARY {text}");
        let error: Option<KubeletUnitError> = kubelet_unit::with_role(&unit, names::ETCD).err();
        prop_assert!(error.is_none_or(|it| !it.to_string().contains("CANARY")));
    }
}

fn label() -> impl Strategy<Value = String> {
    prop_oneof![
        "node-role\\.kubernetes\\.io/(master|control-plane|worker|[a-z]{1,5})(=|=x)?",
        "node\\.openshift\\.io/os_id=\\$\\{ID\\}",
        Just("${CUSTOM_KUBELET_LABELS}".to_owned()),
        "[a-z./]{0,9}(=[a-z]{0,3})?",
    ]
}

fn taint() -> impl Strategy<Value = String> {
    prop_oneof![
        "node-role\\.kubernetes\\.io/(master|control-plane|[a-z]{1,5})(=|=x)?:(NoSchedule|NoExecute)",
        "[a-z./]{0,9}=[a-z]{0,3}:NoExecute",
        Just(String::new()),
    ]
}

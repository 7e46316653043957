//! The memory that huge pages take from an etcd machine. The kernel reserves the pages at boot, and nothing else can use this
//! memory.

use super::capacity::{Memory, has};
use super::{EtcdMachines, PAGES_64K, kernel_type_of};
use crate::check::finding::{Check, Finding, Severity};
use crate::model::field::Field;
use crate::openshift::kubelet::boot::Boot;
use crate::openshift::kubelet::merged::Merged;
use crate::openshift::kubelet::text::{assignments, words};
use crate::openshift::kubelet::{ConfigPlace, Provenance, SYSCTL};

/// Reports huge pages that take much memory of an instance type, whose memory may be unknown.
pub(super) fn finding(
    boot: &Boot<'_>,
    machines: EtcdMachines<'_>,
    memory: Option<Memory>,
) -> Option<Finding> {
    let (reserved, by) = reserved(boot)?;
    let has = has(machines.instance_type, "memory", memory);
    let severity = match memory {
        Some(memory) if reserved >= memory => Severity::Blocker,
        Some(memory) if reserved.0 < memory.0 / 4 => Severity::Note,
        _ => Severity::Warning,
    };
    let subject = format!("machineconfig/{}", by.machine_config);
    let what = match by.place {
        ConfigPlace::KernelArguments => "the kernel arguments reserve".to_owned(),
        place => format!("{place} reserves"),
    };
    let message = format!(
        "{what} {reserved} for huge pages on each etcd machine, which etcd does not use; {has}"
    );
    let hint = "choose an instance type with enough memory with --instance-type of add-machine";
    Some(
        Check::WorkerSettingsUnsuitable
            .blocker(subject, message)
            .at_most(severity.max(machines.worst_of_capacity))
            .hint(hint),
    )
}

/// Returns the memory that huge pages take, and the place that reserves most of it.
fn reserved(boot: &Boot<'_>) -> Option<(Memory, Provenance)> {
    let merged = boot.merged().ok()?;
    let size = default_size(boot, merged);
    let at_boot = [by_kernel_arguments(merged, size), by_sysctl(merged, size)];
    // Both set the number of the pages of the default size.
    let at_boot = at_boot.into_iter().flatten().max_by_key(|it| it.0);
    let all: Vec<_> = at_boot.into_iter().chain(by_units(merged)).collect();
    let total = all.iter().fold(0_u64, |sum, it| sum.saturating_add(it.0.0));
    let (_, place) = all.into_iter().max_by_key(|it| it.0)?;
    (total > 0).then_some((Memory(total), place))
}

/// The kernel arguments, each once: the operator takes an argument that is given twice once.
fn arguments(merged: &Merged<'_>) -> Vec<(String, Provenance)> {
    let mut given: Vec<&str> = Vec::new();
    let mut arguments = Vec::new();
    for (argument, by) in merged.kernel_arguments() {
        if let Field::Known(text) = argument
            && !given.contains(&text)
        {
            given.push(text);
            arguments.extend(text.split_whitespace().map(|it| (it.to_owned(), by.clone())));
        }
    }
    arguments
}

fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.strip_prefix(key)?.strip_prefix('=')
}

/// The size of a page for which no size is given.
fn default_size(boot: &Boot<'_>, merged: &Merged<'_>) -> Memory {
    let is_64k = kernel_type_of(boot).is_some_and(|it| it.0 == PAGES_64K);
    let by_kernel = if is_64k { Memory(512 << 20) } else { Memory(2 << 20) };
    let arguments = arguments(merged);
    let given = arguments.iter().rev().find_map(|it| value(&it.0, "default_hugepagesz"));
    given.and_then(Memory::of_kernel).unwrap_or(by_kernel)
}

/// Returns the memory that kernel arguments reserve, and the place of the last argument that does so (kernel,
/// "hugetlbpage.rst").
fn by_kernel_arguments(merged: &Merged<'_>, mut size: Memory) -> Option<(Memory, Provenance)> {
    let (mut total, mut by) = (0_u64, None);
    for (argument, provenance) in arguments(merged) {
        if let Some(text) = value(&argument, "hugepagesz") {
            size = Memory::of_kernel(text)?;
        } else if let Some(text) = value(&argument, "hugepages") {
            total = total.saturating_add(pages(text)?.saturating_mul(size.0));
            by = Some(provenance);
        }
    }
    Some((Memory(total), by?))
}

/// Returns the memory that the last file of sysctl.d reserves, in the order of the names (sysctl.d(5)).
fn by_sysctl(merged: &Merged<'_>, size: Memory) -> Option<(Memory, Provenance)> {
    let mut paths: Vec<&str> = SYSCTL.iter().flat_map(|it| merged.paths(it)).collect();
    paths.sort_by_key(|it| it.rsplit('/').next());
    paths.iter().rev().find_map(|path| {
        let (text, provenance) = merged.file(path).ok()??.contents().ok()?;
        let mut settings = text.lines().rev().filter_map(|it| it.split_once('='));
        let of_pages = |(key, count): (&str, &str)| {
            let key = key.trim().trim_start_matches('-').replace('/', ".");
            (key == "vm.nr_hugepages").then(|| count.trim().parse::<u64>().ok())?
        };
        let count = settings.find_map(of_pages)?;
        Some((Memory(count.saturating_mul(size.0)), provenance))
    })
}

/// Returns what each unit reserves with which the Node Tuning Operator allocates pages of a NUMA node. etcd machines have
/// one NUMA node.
fn by_units(merged: &Merged<'_>) -> Vec<(Memory, Provenance)> {
    let of_operator = merged.units().filter(|it| it.0.starts_with("hugepages-allocation-"));
    let allocated = of_operator.filter_map(|(name, unit)| {
        let (Field::Known(text), machine_config) = unit.contents? else { return None };
        let settings = assignments(text).into_iter().filter(|it| it.key == "Environment");
        let variables: Vec<String> = settings.filter_map(|it| words(&it.value)).flatten().collect();
        let number = |key: &str| {
            variables.iter().find_map(|it| value(it, key)).and_then(|it| it.parse::<u64>().ok())
        };
        let is_first = number("NUMA_NODE").is_none_or(|it| it == 0);
        let kilobytes = number("HUGEPAGES_COUNT")?.saturating_mul(number("HUGEPAGES_SIZE")?);
        let provenance = Provenance {
            machine_config: machine_config.to_owned(),
            place: ConfigPlace::Unit(name.to_owned()),
        };
        is_first.then(|| (Memory(kilobytes.saturating_mul(1024)), provenance))
    });
    allocated.collect()
}

/// Returns a number of pages: `64`, or `0:32,1:32` for each NUMA node.
fn pages(text: &str) -> Option<u64> {
    let of_node = |it: &str| it.rsplit(':').next()?.parse::<u64>().ok();
    text.split(',').map(of_node).sum()
}

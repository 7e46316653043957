//! A scrape of tens of megabytes takes little memory: it is read while it arrives.
//!
//! The lab's measuring program starts `oc-etcd`: the kernel counts the memory of whoever starts a program as
//! the program's, and a test program is large.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use super::{BOUNDS, requests, rest};
use crate::golden_file::repository;
use crate::program;

/// The most memory that may be resident, in KiB.
const MOST: u64 = 16 << 10;
/// How much more memory a large scrape may take than a small one, in KiB. A program that is not optimized is
/// larger than [`MOST`] before it does anything.
const MOST_MORE: u64 = 6 << 10;
/// The least size of the scrape, in bytes.
const LEAST: u64 = 48 << 20;

/// Writes a scrape as that of a very large cluster: 210 resources, and a histogram for each verb, version and
/// scope, most of which `perf` does not ask for.
fn write(path: &Path, factor: usize) -> u64 {
    let mut out = BufWriter::new(File::create(path).unwrap());
    for resource in 0..210 {
        for operation in ["get", "list", "create", "update", "delete"] {
            let name = format!("things{resource}.group{resource}.example.com");
            out.write_all(requests(operation, &name, &[(0.003, 100 * factor)]).as_bytes()).unwrap();
        }
        for (name, verb) in [
            "apiserver_request_duration_seconds",
            "apiserver_request_sli_duration_seconds",
            "apiserver_response_sizes",
        ]
        .into_iter()
        .flat_map(|name| ["GET", "LIST", "POST", "PUT", "PATCH", "DELETE"].map(|verb| (name, verb)))
        {
            let mut rows = String::new();
            for scope in ["cluster", "namespace", "resource"] {
                for bound in BOUNDS {
                    writeln!(
                        rows,
                        "{name}_bucket{{component=\"apiserver\",dry_run=\"\",group=\"group{resource}.example.com\",\
                         resource=\"things{resource}\",scope=\"{scope}\",subresource=\"\",verb=\"{verb}\",\
                         version=\"v1\",le=\"{bound}\"}} {}",
                        7 * factor
                    )
                    .unwrap();
                }
            }
            out.write_all(rows.as_bytes()).unwrap();
        }
    }
    out.write_all(rest(1000.0, 1e9).as_bytes()).unwrap();
    out.flush().unwrap();
    std::fs::metadata(path).unwrap().len()
}

#[test]
fn a_scrape_of_fifty_megabytes_fits_in_sixteen() {
    let directory = program::directory("perf-memory");
    let (one, two) = (directory.join("one"), directory.join("two"));
    let (first, second) = (write(&one, 1), write(&two, 2));
    assert!(first > LEAST && second > LEAST, "{first} and {second} bytes");
    let program = Path::new(env!("CARGO_BIN_EXE_oc-etcd"));
    let measure = program.with_file_name("oc-etcd-measure");
    if !measure.exists() {
        eprintln!(
            "left out: the memory of a large scrape, for cargo build -p oc-etcd-lab has not run"
        );
        return;
    }
    let resident = |first: &Path, second: &Path| -> u64 {
        let mut command = Command::new(&measure);
        command.arg(program).args(["perf", "-o", "json", "--for", "30s", "--from"]);
        let output =
            command.args([first, second]).env_clear().stdin(Stdio::null()).output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        told.split_whitespace().nth(2).unwrap().parse().unwrap()
    };
    let small = repository().join("tests/metrics/4.20.txt");
    let earlier = directory.join("earlier");
    let text = std::fs::read_to_string(&small).unwrap();
    std::fs::write(&earlier, text.replacen("} 900\n", "} 899\n", 1)).unwrap();
    let (small, large) = (resident(&earlier, &small), resident(&one, &two));
    assert!(large < small + MOST_MORE, "{large} KiB were resident, {small} KiB for a small scrape");
    assert!(cfg!(debug_assertions) || large < MOST, "{large} KiB were resident");
    std::fs::remove_dir_all(directory).unwrap();
}

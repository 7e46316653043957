//! Runs a command and prints what it used: wall time in µs, CPU time in µs, most memory resident in KiB.
//!
//! A program of its own, because the kernel counts the memory of whoever starts a command as the
//! command's until it is loaded: this one is small.
#![forbid(unsafe_code)]

use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use wait4::Wait4;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(program) = arguments.next() else {
        eprintln!("usage: oc-etcd-measure COMMAND [ARGUMENT]…");
        return ExitCode::from(2);
    };
    let start = Instant::now();
    let child = Command::new(program).args(arguments).stdout(Stdio::null()).spawn();
    match child.and_then(Wait4::wait4) {
        Ok(used) if used.status.success() => {
            let wall = start.elapsed().as_micros();
            let cpu = (used.rusage.utime + used.rusage.stime).as_micros();
            println!("{wall} {cpu} {}", used.rusage.maxrss / 1024);
            ExitCode::SUCCESS
        }
        Ok(used) => {
            eprintln!("oc-etcd-measure: {}", used.status);
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("oc-etcd-measure: {error}");
            ExitCode::FAILURE
        }
    }
}

//! The program: parses, runs, and turns the result into an exit code.

use std::env::args_os;
use std::process::ExitCode;

use oc_etcd::cli::{self, Environment};
use oc_etcd::terminal::Terminal;
use oc_etcd::{command, failure};

fn main() -> ExitCode {
    let arguments: Vec<_> = args_os().collect();
    let environment = Environment::of_process();
    let program =
        cli::program_name(arguments.first().map(AsRef::as_ref), environment.kubectl.as_deref());
    if let Some(words) = cli::words_to_complete(&arguments) {
        return ExitCode::from(command::complete(words, &environment, &program).code());
    }
    let output = cli::output_of_usage(&arguments);
    let cli = match cli::parse(arguments, &program) {
        Ok(cli) => cli,
        Err(error) => {
            let terminal = Terminal::new(output.terminal(&environment));
            return failure::print_usage(&error, &terminal);
        }
    };
    let invocation = cli.invocation(&program);
    let terminal = Terminal::new(cli.output.terminal(&environment)).speaking_as(&invocation);
    let ended = command::run(cli, &environment, invocation, &terminal);
    let exit = ended.unwrap_or_else(|error| failure::print(&error, &terminal));
    terminal.done(exit);
    ExitCode::from(exit.code())
}

//! Parses the command line, dispatches, and gives the exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    sajeon::cli::main()
}

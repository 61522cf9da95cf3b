//! Parses the command line, dispatches, and gives the exit status.

fn main() {}

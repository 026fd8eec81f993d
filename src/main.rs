//! The `conexion` program; see [`conexion::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    conexion::cli::main()
}

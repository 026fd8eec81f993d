//! The subcommands of the program, a file each.

pub(crate) mod conform;

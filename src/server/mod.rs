//! The server around the core: what it does with the disk, the sockets and the clock.

pub mod store;

//! Conexión.
#![cfg_attr(not(any(test, feature = "std")), no_std)]
pub mod plain;
pub mod session;
pub mod wire;

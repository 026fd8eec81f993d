//! Fuzzes the law `structured`.
#![no_main]

#[expect(dead_code, reason = "property tests use more of it")]
#[path = "../../tests/laws/mod.rs"]
mod laws;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| laws::hold("structured", octets));

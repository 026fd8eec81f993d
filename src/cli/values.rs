//! Values of the command line, as people write them.

use std::time::Duration;

use bytesize::ByteSize;

/// A size such as `4096`, `64KiB`, `10MB` or `1.5GiB`, in octets.
pub(super) fn parse_size(text: &str) -> Result<u64, String> {
    text.parse()
        .map(|ByteSize(octets)| octets)
        .map_err(|_| "write a size as 4096, 64KiB, 10MB or 1.5GiB".into())
}

/// A span such as `300ms`, `10s`, `5m` or `7days`.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|_| "write a span as 300ms, 10s, 5m or 7days".into())
}

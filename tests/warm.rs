//! w
use {assert_cmd as _, criterion as _, predicates as _, proptest as _, rstest as _, serde_json as _, tempfile as _};

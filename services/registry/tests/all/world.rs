//! A realm in this process: see the crate `quanheng-test-house`.

pub(crate) use quanheng_test_house::*;

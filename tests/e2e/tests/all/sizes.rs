//! How long the tests are: short always, long with `QUANHENG_LONG=1`.

fn long() -> bool {
    std::env::var_os("QUANHENG_LONG").is_some_and(|value| value != "0")
}

/// Commands of the model test, over all workers.
pub(crate) fn model_commands() -> usize {
    if long() { 100_000 } else { 10_000 }
}

/// Times that a server is killed in the model test.
pub(crate) fn model_kills() -> usize {
    if long() { 40 } else { 6 }
}

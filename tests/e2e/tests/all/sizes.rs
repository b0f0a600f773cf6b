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

/// Commands of a worker in each stretch of days of the rounds' test.
pub(crate) fn rounds_commands() -> usize {
    if long() { 600 } else { 45 }
}

/// Times that a server is killed in each stretch.
pub(crate) fn rounds_kills() -> usize {
    if long() { 12 } else { 2 }
}

/// Units whose rounds run beside each other.
pub(crate) fn rounds_workers() -> usize {
    if long() { 6 } else { 3 }
}

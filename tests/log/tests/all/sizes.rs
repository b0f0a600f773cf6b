//! How much the tests do: a short form always, a long form with `QUANHENG_LONG=1`.

pub(crate) struct Size {
    short: u64,
    long: u64,
}

impl Size {
    pub(crate) fn get(&self) -> u64 {
        match std::env::var_os("QUANHENG_LONG") {
            Some(value) if value == "1" => self.long,
            _ => self.short,
        }
    }
}

/// Writers killed, per backend.
pub(crate) const KILLS: Size = Size { short: 20, long: 200 };
/// Servers killed.
pub(crate) const SERVER_KILLS: Size = Size { short: 4, long: 40 };
/// Connections cut inside a commit.
pub(crate) const CUTS: Size = Size { short: 40, long: 400 };
/// Events of the race.
pub(crate) const RACE_EVENTS: Size = Size { short: 10_000, long: 200_000 };
/// Random histories of the model.
pub(crate) const HISTORIES: Size = Size { short: 24, long: 500 };

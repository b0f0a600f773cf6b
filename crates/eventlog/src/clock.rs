//! The clock is an argument: tests move it, and a demonstration may.

use crate::name::Micros;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Now. The log never lets time go backwards, whatever this says.
    fn now(&self) -> Micros;
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Micros {
        Micros(jiff::Timestamp::now().as_microsecond())
    }
}

//! Signals to child processes.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

fn send(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(pid).expect("process ids are small"));
    // A process that is gone already needs no signal.
    let _ = kill(pid, signal);
}

/// Ends a process at this instant.
pub fn sigkill(pid: u32) {
    send(pid, Signal::SIGKILL);
}

/// Stops a process where it is.
pub fn sigstop(pid: u32) {
    send(pid, Signal::SIGSTOP);
}

/// Lets a stopped process go on.
pub fn sigcont(pid: u32) {
    send(pid, Signal::SIGCONT);
}

/// Asks a process to end.
pub fn sigint(pid: u32) {
    send(pid, Signal::SIGINT);
}

/// Asks a process to end in an orderly way.
pub fn sigterm(pid: u32) {
    send(pid, Signal::SIGTERM);
}

//! The one program: every service by role, and the command line.

fn main() {}

//! Transitions: plans, placements, the end.

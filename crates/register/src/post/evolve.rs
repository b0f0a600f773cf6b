//! How an event changes a post. It never refuses: what is refused is never an event.

use super::Post;
use super::event::{Correction, Event};
use crate::timeline::Timeline;

/// Applies an event. A post begins with its creation.
pub fn evolve(state: &mut Option<Post>, event: &Event) {
    if let (None, Event::PostCreated { unit, post, profile, basis }) = (&state, event) {
        let timeline = Timeline::new(1, basis.effective_on, profile.clone());
        *state = Some(Post { unit: unit.clone(), post: post.clone(), version: 0, timeline });
    }
    if let Some(post) = state {
        post.version += 1;
        post.apply(event);
    }
}

impl Post {
    fn apply(&mut self, event: &Event) {
        let version = self.version;
        match event {
            Event::PostCreated { .. } => {}
            Event::PostUpdated { changes, basis } => {
                self.timeline.change(version, basis.effective_on, changes.clone());
            }
            Event::PostAbolished { basis } => {
                self.timeline.finish(version, basis.effective_on, ());
            }
            Event::PostCorrected { version, correction, .. } => match correction {
                Correction::Amended { changes, effective_on } => {
                    self.timeline.amend(*version, changes, *effective_on);
                }
                Correction::Voided => self.timeline.void(*version),
            },
        }
    }
}

//! Values that only one may have (唯一占用): a credit code by one unit
//! (`creditCodes/{code}`), an identity number by one person (`identities/{digest}`). Each
//! value is a stream of its own.

use serde::{Deserialize, Serialize};

use crate::refusal::{Refusal, Refused};

/// Who has a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// How many events made this state.
    pub version: u64,
    /// Who has it: a resource name; none if it was released.
    pub holder: Option<String>,
}

/// What happened to a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// 占用
    Claimed {
        /// By whom: a resource name.
        by: String,
    },
    /// 释放
    Released {
        /// By whom.
        by: String,
    },
}

impl Event {
    /// Its name in snake case.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Claimed { .. } => "claimed",
            Self::Released { .. } => "released",
        }
    }
}

/// What may be asked of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Take it; nothing happens if one has it already.
    Claim {
        /// Who asks: a resource name.
        by: String,
    },
    /// Give it up.
    Release {
        /// Who had it.
        by: String,
    },
}

/// The events that a command brings about.
///
/// # Errors
/// `ALREADY_CLAIMED` if another has it, `RESOURCE_NOT_FOUND` if the one who gives it up has
/// it not.
pub fn decide(state: Option<&Claim>, command: Command) -> Result<Vec<Event>, Refused> {
    let holder = state.and_then(|claim| claim.holder.as_ref());
    match (command, holder) {
        (Command::Claim { by }, None) => Ok(vec![Event::Claimed { by }]),
        (Command::Claim { by }, Some(holder)) if *holder == by => Ok(Vec::new()),
        (Command::Claim { .. }, Some(holder)) => {
            Err(Refusal::AlreadyClaimed { by: holder.clone() }.into())
        }
        (Command::Release { by }, Some(holder)) if *holder == by => {
            Ok(vec![Event::Released { by }])
        }
        (Command::Release { by }, _) => {
            Err(Refusal::NotFound { what: format!("{by} 的登记占用") }.into())
        }
    }
}

/// Applies an event.
pub fn evolve(state: &mut Option<Claim>, event: &Event) {
    let claim = state.get_or_insert(Claim { version: 0, holder: None });
    claim.version += 1;
    claim.holder = match event {
        Event::Claimed { by } => Some(by.clone()),
        Event::Released { .. } => None,
    };
}

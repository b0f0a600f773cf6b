//! The book of a campaign (只减不增台账): what was frozen, and what was decided since. Decisions of a
//! province meet here: each is committed against everything that was decided before it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_policy::UnitId;
use quanheng_recertification::decrease::{Book, Counted};
use serde::{Deserialize, Serialize};

use super::RecertificationId;
use crate::entity::Entity;

/// What becomes of units by one decision (处理结果).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The unit.
    pub unit: UnitId,
    /// How it counts from now on; none if it is referenced no more.
    pub becomes: Option<Counted>,
}

/// What happens to a book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields bear the words of the state, explained there")]
pub enum BookEvent {
    /// 改革前基数: units that were referenced on the baseline day. Large provinces take several.
    UnitsFrozen { units: BTreeMap<UnitId, Counted> },
    /// 未涉改保留: units as they stood when the book was opened. They count until they are decided.
    UnitsRetained { units: BTreeMap<UnitId, Counted> },
    /// The book is whole.
    BookOpened { on: Date },
    /// 处理结果 of a case.
    UnitsSettled { case: RecertificationId, settled: Vec<Settled>, on: Date },
}

/// A book.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookState {
    /// Units as they were before the reform.
    pub frozen: BTreeMap<UnitId, Counted>,
    /// The counts.
    pub book: Book,
    /// Whether it is whole: nothing is settled before.
    pub open: bool,
}

/// Books (只减不增台账).
pub struct Books;

impl Entity for Books {
    const AREA: &'static str = "recertification";
    const FORM: &'static str = "book.1";
    type Event = BookEvent;
    type State = BookState;

    fn evolve(state: &mut BookState, event: &BookEvent) {
        match event {
            BookEvent::UnitsFrozen { units } => {
                for (unit, counted) in units {
                    state.book.freeze(counted);
                    state.frozen.insert(unit.clone(), counted.clone());
                }
            }
            BookEvent::UnitsRetained { units } => {
                for (unit, counted) in units {
                    state.book.retain(unit.clone(), counted.clone());
                }
            }
            BookEvent::BookOpened { .. } => state.open = true,
            BookEvent::UnitsSettled { settled, .. } => {
                for one in settled {
                    state.book.settle(one.unit.clone(), one.becomes.clone());
                }
            }
        }
    }
}

//! What is allowed, written down as a table of its own: it knows no code of the flow.

/// How the step under test is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// 任一人办理
    Any,
    /// 任一人办理, nothing but yes and no.
    Bare,
    /// 会签
    All,
    /// 票决
    Quorum,
    /// 依次
    Turn,
    /// 记录
    Record,
    /// 集体研究
    Body,
    /// 公示一类的等待
    Wait,
}

/// Who acts, and how the task and the case stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Situation {
    /// One of those who have it.
    Holder,
    /// A stand-in of such a one.
    StandIn,
    /// Somebody who has nothing to do with it.
    Stranger,
    /// One who has it, and turned out to be a relative.
    Relative,
    /// The one whom the case is about, standing in for one who has it.
    OwnCase,
    /// Who began the case.
    Initiator,
    /// Another one has claimed it.
    ClaimedByOther,
    /// It is not its turn.
    Waiting,
    /// It waits for a signer before it.
    WaitingForSigner,
    /// The signer before it.
    Signer,
    /// Who delegated it.
    DelegatedOwner,
    /// To whom it was delegated.
    Delegate,
    /// Decided, and the step goes on.
    Decided,
    /// A signer who was taken off again.
    Void,
    /// Decided, and the step after it is open.
    StepOver,
    /// The same, and somebody has acted there.
    Acted,
    /// The case has ended.
    Ended,
    /// The case pauses.
    Paused,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Claim,
    Approve,
    Refuse,
    Return,
    Transfer,
    Delegate,
    Resolve,
    AddBefore,
    AddAfter,
    AddParallel,
    Remove,
    Copy,
    Urge,
    Recall,
    Meet,
    Reseat,
    Pause,
    Resume,
}

pub(crate) const ACTS: [Act; 18] = [
    Act::Claim,
    Act::Approve,
    Act::Refuse,
    Act::Return,
    Act::Transfer,
    Act::Delegate,
    Act::Resolve,
    Act::AddBefore,
    Act::AddAfter,
    Act::AddParallel,
    Act::Remove,
    Act::Copy,
    Act::Urge,
    Act::Recall,
    Act::Meet,
    Act::Reseat,
    Act::Pause,
    Act::Resume,
];

/// What has to come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// The task stands so, and the case is there: a step or an end.
    Done(&'static str, &'static str),
    /// It is refused for this reason.
    Refused(&'static str),
}

use Expected::{Done, Refused};

const NOT_OPEN: Expected = Refused("TASK_NOT_OPEN");
const NOT_ALLOWED: Expected = Refused("ACTION_NOT_ALLOWED");
const DENIED: Expected = Refused("ACCESS_DENIED");
const CONFLICT: Expected = Refused("CONFLICT_OF_INTEREST");
const INVALID: Expected = Refused("INVALID_FIELD");
const WRONG_STATE: Expected = Refused("WRONG_STATE");
const NOT_RECALLABLE: Expected = Refused("NOT_RECALLABLE");

/// The situations that there are in a mode.
pub(crate) fn situations(mode: Mode) -> Vec<Situation> {
    use Situation::*;
    let mut found = match mode {
        Mode::Wait => return vec![Stranger, Initiator, Ended, Paused],
        _ => vec![
            Holder, StandIn, Stranger, Relative, OwnCase, Initiator, StepOver, Acted, Ended, Paused,
        ],
    };
    if has_candidates(mode) {
        found.push(ClaimedByOther);
    }
    if signs(mode) {
        found.extend([WaitingForSigner, Signer, DelegatedOwner, Delegate, Void]);
    }
    if matches!(mode, Mode::All | Mode::Quorum | Mode::Turn) {
        found.push(Decided);
    }
    if mode == Mode::Turn {
        found.push(Waiting);
    }
    found
}

/// Whether a task lies with several people.
fn has_candidates(mode: Mode) -> bool {
    matches!(mode, Mode::Any | Mode::All | Mode::Turn | Mode::Record | Mode::Body)
}

/// Whether its people may do everything that can be done with a decision.
fn signs(mode: Mode) -> bool {
    matches!(mode, Mode::Any | Mode::All | Mode::Quorum | Mode::Turn)
}

/// Whether the step lets people do something, apart from who they are.
fn lets(mode: Mode, act: Act) -> bool {
    match act {
        Act::Approve | Act::Refuse => signs(mode) || mode == Mode::Bare,
        Act::Return
        | Act::Delegate
        | Act::AddBefore
        | Act::AddAfter
        | Act::AddParallel
        | Act::Remove => signs(mode),
        Act::Claim | Act::Transfer | Act::Copy | Act::Urge => {
            signs(mode) || matches!(mode, Mode::Record | Mode::Body)
        }
        Act::Meet => mode == Mode::Body,
        Act::Resolve | Act::Recall | Act::Reseat | Act::Pause | Act::Resume => true,
    }
}

/// What has to come of an action.
pub(crate) fn expected(mode: Mode, situation: Situation, act: Act) -> Expected {
    use Situation as S;
    // What the department does with the case, whoever has the task.
    match (situation, act) {
        (S::Ended, _) => return WRONG_STATE,
        (S::Paused, Act::Resume) => return Done("", "work"),
        (S::Paused, _) => return WRONG_STATE,
        (_, Act::Resume) => return WRONG_STATE,
        (S::StepOver | S::Acted, Act::Pause) => return Done("", "last"),
        (_, Act::Pause) => return Done("", "work"),
        _ => {}
    }
    if mode == Mode::Wait {
        return match act {
            Act::Remove | Act::Urge => NOT_ALLOWED,
            Act::Recall => NOT_RECALLABLE,
            _ => NOT_OPEN,
        };
    }
    match situation {
        S::Holder | S::StandIn => holder(mode, act),
        S::Stranger => outsider(mode, act, DENIED),
        S::ClaimedByOther => outsider(mode, act, NOT_OPEN),
        S::Initiator if act == Act::Urge && lets(mode, act) => Done("OPEN", "work"),
        S::Initiator => outsider(mode, act, DENIED),
        S::Relative | S::OwnCase => keeps_out(mode, situation, act),
        S::Waiting => shut(act, INVALID, DENIED),
        S::WaitingForSigner => shut(act, Done("OPEN", "work"), DENIED),
        S::Signer => signer(act),
        S::DelegatedOwner | S::Delegate if act == Act::Resolve => Done("OPEN", "work"),
        S::DelegatedOwner | S::Delegate => shut(act, NOT_OPEN, DENIED),
        S::Decided if act == Act::Recall => Done("OPEN", "work"),
        S::Decided => over(act),
        S::Void => match act {
            Act::Urge => DENIED,
            act => over(act),
        },
        S::StepOver if act == Act::Recall => match mode {
            Mode::Bare => NOT_ALLOWED,
            Mode::Record | Mode::Body => NOT_RECALLABLE,
            _ => Done("OPEN", "work"),
        },
        S::StepOver | S::Acted => over(act),
        S::Ended | S::Paused => WRONG_STATE,
    }
}

/// By one of those who have it, open.
fn holder(mode: Mode, act: Act) -> Expected {
    if !lets(mode, act) {
        return NOT_ALLOWED;
    }
    let one_is_enough = matches!(mode, Mode::Any | Mode::Bare);
    match act {
        Act::Approve => Done("DECIDED", if one_is_enough { "last" } else { "work" }),
        // 依次 is refused by one; 会签 hears all, and 票决 may still reach its share.
        Act::Refuse if one_is_enough || mode == Mode::Turn => Done("DECIDED", "refused"),
        Act::Refuse => Done("DECIDED", "work"),
        Act::Return => Done("CLOSED", "draft"),
        Act::Delegate => Done("DELEGATED", "work"),
        Act::AddBefore => Done("WAITING", "work"),
        Act::AddParallel if mode == Mode::Quorum => INVALID,
        Act::Claim | Act::Transfer | Act::AddAfter | Act::AddParallel | Act::Copy => {
            Done("OPEN", "work")
        }
        Act::Meet => Done("DECIDED", "last"),
        Act::Resolve => NOT_OPEN,
        // There is no signer to be taken off.
        Act::Remove => INVALID,
        // Who has it has not taken part yet.
        Act::Urge => DENIED,
        Act::Recall => NOT_RECALLABLE,
        // Who has it is still there.
        Act::Reseat => WRONG_STATE,
        Act::Pause | Act::Resume => WRONG_STATE,
    }
}

/// By somebody who does not have it.
fn outsider(mode: Mode, act: Act, claim: Expected) -> Expected {
    match act {
        Act::Resolve => NOT_OPEN,
        Act::Recall => NOT_RECALLABLE,
        Act::Reseat => WRONG_STATE,
        act if !lets(mode, act) => NOT_ALLOWED,
        Act::Claim => claim,
        _ => DENIED,
    }
}

/// By one who has it and must keep out: nothing is decided, and nobody is brought in.
fn keeps_out(mode: Mode, situation: Situation, act: Act) -> Expected {
    match act {
        Act::Copy if lets(mode, act) => Done("OPEN", "work"),
        // 票决: nobody else may take the place, and nobody above sits there.
        Act::Reseat if situation == Situation::Relative && mode == Mode::Quorum => {
            Refused("NOBODY_TO_ACT")
        }
        Act::Resolve | Act::Recall | Act::Reseat | Act::Urge => holder(mode, act),
        act if !lets(mode, act) => NOT_ALLOWED,
        _ => CONFLICT,
    }
}

/// The task is there, but cannot be acted on yet.
fn shut(act: Act, remove: Expected, urge: Expected) -> Expected {
    match act {
        Act::Remove => remove,
        Act::Urge => urge,
        Act::Recall => NOT_RECALLABLE,
        Act::Reseat => WRONG_STATE,
        _ => NOT_OPEN,
    }
}

/// A signer before a task gives an opinion, and brings in nobody.
fn signer(act: Act) -> Expected {
    match act {
        Act::Claim | Act::Transfer | Act::Copy => Done("OPEN", "work"),
        Act::Approve | Act::Refuse => Done("DECIDED", "work"),
        Act::Delegate => Done("DELEGATED", "work"),
        Act::Return | Act::Meet => NOT_ALLOWED,
        Act::AddBefore | Act::AddAfter | Act::AddParallel | Act::Remove => INVALID,
        Act::Resolve => NOT_OPEN,
        Act::Urge => DENIED,
        Act::Recall => NOT_RECALLABLE,
        Act::Reseat | Act::Pause | Act::Resume => WRONG_STATE,
    }
}

/// The task is done with.
fn over(act: Act) -> Expected {
    match act {
        Act::Recall => NOT_RECALLABLE,
        _ => NOT_OPEN,
    }
}

//! What the ledger keeps, on the wire.

use quanheng_api::date;
use quanheng_api::quanheng::quota::v1 as wire;
use quanheng_eventlog::Digest;
use quanheng_ledger::account::{
    Account, Direction, Exemption, Forced, Holder, Owner, Quantities, SetSeats, TransferKind,
};
use quanheng_ledger::digestion::{Route, Step};
use quanheng_ledger::entitlement::{Explained, How, Line};
use quanheng_ledger::hold::{Cover, Hold, MoveRequest, Status};
use quanheng_ledger::id::{AccountKey, HoldId, OwnerId};
use quanheng_ledger::pool::{Member, PoolKind};
use quanheng_ledger::posting::{Place, Posting};
use quanheng_policy::profile::{Policy, Source};
use quanheng_runtime::wire::{basis_message, ratio_message, tier_message};
use quanheng_streams::{PreReviewPhase, PreReviewState, account_id};

/// The resource name of an account.
pub(crate) fn account_name(key: &AccountKey) -> String {
    format!("quotaAccounts/{}", account_id(key))
}

/// The resource name of a hold.
pub(crate) fn hold_name(key: &AccountKey, hold: &HoldId) -> String {
    format!("{}/holds/{hold}", account_name(key))
}

/// An account as it is.
pub(crate) fn account(account: &Account, etag: String) -> wire::QuotaAccount {
    let key = account.key();
    let over = account.sets().iter().any(|set| quantities(account, set).vacancy() < 0);
    let due = account.unfiled_holds().filter_map(|(_, hold)| hold.filing_due_on()).min();
    wire::QuotaAccount {
        name: account_name(&key),
        unit: match &key.owner {
            OwnerId::Unit(unit) => format!("units/{unit}"),
            OwnerId::Pool(_) => String::new(),
        },
        pool: pool(account.owner()),
        category: key.category.to_string(),
        tier: tier_message(account.owner().tier()).into(),
        quota_class: account.class().map(ToString::to_string).unwrap_or_default(),
        base: account.base(),
        policy_hash: account.policy().unwrap_or_default().to_owned(),
        sets: account.sets().iter().map(|set| balance(account, set)).collect(),
        uncapped: account.uncapped().iter().map(ToString::to_string).collect(),
        transfers: transfers(account),
        open_holds: count(account.open_holds().count()),
        unfiled_holds: count(account.unfiled_holds().count()),
        filing_due_on: due.map(date),
        filing_awaits_calendar: account.unfiled_holds().any(|(_, hold)| hold.filing_awaits()),
        over_quota: over,
        digestion_plan: account.plan().map(|plan| steps(&plan.steps)).unwrap_or_default(),
        holders: u32::try_from(account.holders_count()).unwrap_or(u32::MAX),
        as_of: None,
        version: account.version(),
        etag,
    }
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn quantities(account: &Account, set: &SetSeats) -> Quantities {
    account.quantities(&set.set).unwrap_or_default()
}

fn balance(account: &Account, set: &SetSeats) -> wire::SetBalance {
    let excess = account.excesses().get(&set.set);
    wire::SetBalance {
        forced_by: excess.map(|excess| forced(excess.cause).to_owned()).unwrap_or_default(),
        over_since: excess.map(|excess| date(excess.since)),
        ..balance_of(set, quantities(account, set))
    }
}

/// A set with given quantities.
pub(crate) fn balance_of(set: &SetSeats, found: Quantities) -> wire::SetBalance {
    wire::SetBalance {
        set: set.set.to_string(),
        label: set.name.clone(),
        ranks: set.ranks.iter().map(ToString::to_string).collect(),
        of: set.of.as_ref().map(ToString::to_string).unwrap_or_default(),
        determined: found.determined,
        allocated_out: found.allocated_out,
        allocated_in: found.allocated_in,
        lent_out: found.lent_out,
        borrowed_in: found.borrowed_in,
        reserved: found.reserved,
        held: found.held,
        occupied: found.occupied,
        exempt: found.exempt,
        usable: found.usable(),
        charged: found.charged(),
        vacancy: found.vacancy(),
        available: found.available(),
        badge: badge(found.vacancy()),
        forced_by: String::new(),
        over_since: None,
    }
}

/// 缺 n, 超 n or 满, as practitioners mark it.
fn badge(vacancy: i64) -> String {
    match vacancy {
        0 => "满".to_owned(),
        free if free > 0 => format!("缺 {free}"),
        over => format!("超 {}", over.unsigned_abs()),
    }
}

fn forced(cause: Forced) -> &'static str {
    match cause {
        Forced::LowerDetermination => "lower_determination",
        Forced::RankLowered => "rank_lowered",
        Forced::OpeningBalance => "opening_balance",
        Forced::Correction => "correction",
    }
}

fn pool(owner: &Owner) -> Option<wire::Pool> {
    let Owner::Pool { pool, tier, kind, members, head, reasons_required, earmarks } = owner else {
        return None;
    };
    let earmarks = earmarks.iter().map(|earmark| wire::Earmark {
        tier: tier_message(earmark.tier).into(),
        set: earmark.set.to_string(),
        seats: earmark.seats,
    });
    Some(wire::Pool {
        pool_id: pool.to_string(),
        kind: match kind {
            PoolKind::Common => wire::PoolKind::Common.into(),
            PoolKind::Separate => wire::PoolKind::Separate.into(),
        },
        tier: tier_message(*tier).into(),
        members: members.iter().map(member).collect(),
        head: head.as_ref().map(|unit| format!("units/{unit}")).unwrap_or_default(),
        reasons_required: *reasons_required,
        earmarks: earmarks.collect(),
    })
}

fn member(member: &Member) -> wire::PoolMember {
    wire::PoolMember {
        unit: format!("units/{}", member.unit),
        tier: tier_message(member.tier).into(),
        referenced: member.referenced,
        quota_class: member.class.to_string(),
        base: member.base,
    }
}

fn transfers(account: &Account) -> Vec<wire::Transfer> {
    let transfers = account.transfers().iter().map(|(id, side)| wire::Transfer {
        transfer_id: id.to_string(),
        kind: match side.kind {
            TransferKind::Allocation => wire::TransferKind::Allocation.into(),
            TransferKind::Loan => wire::TransferKind::Loan.into(),
        },
        outgoing: side.direction == Direction::Out,
        peer: account_name(&side.peer),
        set: side.set.to_string(),
        seats: side.seats,
    });
    transfers.collect()
}

fn steps(steps: &[Step]) -> Vec<wire::DigestionStep> {
    let steps = steps.iter().map(|step| wire::DigestionStep {
        year: step.quarter.year.into(),
        quarter: step.quarter.quarter.into(),
        set: step.set.to_string(),
        route: route(step.route).into(),
        seats: step.seats,
    });
    steps.collect()
}

fn route(route: Route) -> wire::DigestionRoute {
    match route {
        Route::Promotion => wire::DigestionRoute::Promotion,
        Route::LeadershipPost => wire::DigestionRoute::LeadershipPost,
        Route::Retirement => wire::DigestionRoute::Retirement,
        Route::EarlyRetirement => wire::DigestionRoute::EarlyRetirement,
        Route::TransferOut => wire::DigestionRoute::TransferOut,
        Route::Other => wire::DigestionRoute::Other,
    }
}

/// A holder.
pub(crate) fn holder(person: &str, holder: &Holder) -> wire::Holder {
    wire::Holder {
        person: format!("persons/{person}"),
        rank: holder.rank.to_string(),
        unit: format!("units/{}", holder.unit),
        exemption: match holder.exempt {
            None => wire::Exemption::Unspecified.into(),
            Some(Exemption::ExMilitaryFirstPlacement) => {
                wire::Exemption::ExMilitaryFirstPlacement.into()
            }
            Some(Exemption::SeparatelyListed) => wire::Exemption::SeparatelyListed.into(),
        },
        concurrent: holder.concurrent,
        since: Some(date(holder.since)),
    }
}

/// What the ratios give, with the working.
pub(crate) fn entitlement(explained: &Explained, policy: &Policy) -> wire::Entitlement {
    wire::Entitlement {
        category: explained.category.to_string(),
        quota_class: explained.class.to_string(),
        base: explained.entitlement.base,
        lines: explained.entitlement.lines.iter().map(line).collect(),
        uncapped: explained.entitlement.uncapped.iter().map(ToString::to_string).collect(),
        sources: explained.sources.iter().map(source).collect(),
        policy_hash: Digest(policy.hash()).to_string(),
    }
}

fn line(line: &Line) -> wire::EntitlementLine {
    let (ratio, whole, exact, raised) = match &line.how {
        How::Share { ratio, of, exact, raised } => (Some(*ratio), *of, exact.clone(), *raised),
        How::Rest { parent, .. } => (None, *parent, line.cap.to_string(), false),
    };
    wire::EntitlementLine {
        set: line.set.to_string(),
        label: line.name.clone(),
        ranks: line.ranks.iter().map(ToString::to_string).collect(),
        of: line.of.as_ref().map(ToString::to_string).unwrap_or_default(),
        ratio: ratio.map(ratio_message),
        whole,
        exact,
        raised,
        cap: line.cap,
        working: line.to_string(),
    }
}

fn source(source: &Source) -> wire::FigureSource {
    wire::FigureSource {
        jurisdiction: source.layer.to_string(),
        profile: format!("policyProfiles/{}/versions/{}", source.profile, source.version),
        sha256: source.hash.clone(),
        key: source.key.clone(),
        article: source.article.clone(),
    }
}

/// A pre-review, and its hold once there is one.
pub(crate) fn pre_review(
    key: &AccountKey,
    id: &HoldId,
    case: Option<&PreReviewState>,
    hold: Option<&Hold>,
    etag: String,
) -> wire::PreReview {
    let state = match (case.map(|case| case.phase), hold) {
        (_, Some(hold)) if hold.is_open() => wire::PreReviewState::Held,
        (_, Some(_)) => wire::PreReviewState::Closed,
        (Some(PreReviewPhase::Pending), _) => wire::PreReviewState::Pending,
        (Some(PreReviewPhase::Returned), _) => wire::PreReviewState::Returned,
        (Some(PreReviewPhase::Rejected), _) => wire::PreReviewState::Rejected,
        (Some(PreReviewPhase::Withdrawn), _) => wire::PreReviewState::Withdrawn,
        (Some(PreReviewPhase::Granted), None) | (None, None) => wire::PreReviewState::Closed,
    };
    let unit = case.map(|case| &case.unit).or(hold.map(|hold| &hold.unit));
    wire::PreReview {
        name: hold_name(key, id),
        unit: unit.map(|unit| format!("units/{unit}")).unwrap_or_default(),
        state: state.into(),
        moves: match (hold, case) {
            (Some(hold), _) => held_moves(hold),
            (None, Some(case)) => asked_moves(&case.moves),
            (None, None) => Vec::new(),
        },
        expires_on: hold.map(|hold| date(hold.expires_on)),
        extended_for: hold.map(|h| h.extended_for.iter().cloned().collect()).unwrap_or_default(),
        unit_opinion: case.map(|case| case.unit_opinion.clone()).unwrap_or_default(),
        authority_opinion: case.map(|case| case.authority_opinion.clone()).unwrap_or_default(),
        requested_by: case.map(|case| case.requested_by.clone()).unwrap_or_default(),
        decided_by: case.map(|case| case.decided_by.clone()).unwrap_or_default(),
        basis: case
            .and_then(|case| case.basis.as_ref())
            .map(|basis| basis_message(&basis.document, basis.effective_on)),
        etag,
    }
}

fn move_message(request: &MoveRequest) -> wire::Move {
    wire::Move {
        leaves: request.leaves.as_ref().map(ToString::to_string).unwrap_or_default(),
        to: request.to.to_string(),
    }
}

fn asked_moves(moves: &[MoveRequest]) -> Vec<wire::HeldMove> {
    let moves = moves.iter().enumerate().map(|(index, request)| wire::HeldMove {
        index: count(index),
        r#move: Some(move_message(request)),
        ..wire::HeldMove::default()
    });
    moves.collect()
}

fn held_moves(hold: &Hold) -> Vec<wire::HeldMove> {
    let moves = hold.moves.iter().enumerate().map(|(index, m)| {
        let on = m.covers.values().filter_map(|cover| match cover {
            Cover::After(on) => Some(count(*on)),
            Cover::Seat => None,
        });
        let mut on: Vec<u32> = on.collect();
        on.sort_unstable();
        on.dedup();
        let (status, used) = match &m.status {
            Status::Held => (wire::MoveStatus::Held, None),
            Status::Waiting => (wire::MoveStatus::Waiting, None),
            Status::Used(used) => (wire::MoveStatus::Used, Some(used)),
            Status::Ended => (wire::MoveStatus::Ended, None),
        };
        wire::HeldMove {
            index: count(index),
            r#move: Some(move_message(&m.request)),
            status: status.into(),
            person: used.map(|used| format!("persons/{}", used.person)).unwrap_or_default(),
            filing_due_on: used.and_then(|used| used.filing_due_on).map(date),
            filing_awaits_calendar: used
                .is_some_and(|used| used.filing_awaits.is_some() && !used.filed),
            filed: used.is_some_and(|used| used.filed),
            depends_on: on,
        }
    });
    moves.collect()
}

/// A posting.
pub(crate) fn posting(posting: &Posting) -> wire::Posting {
    wire::Posting {
        set: posting.set.to_string(),
        from: place(&posting.from),
        to: place(&posting.to),
        seats: posting.seats,
    }
}

fn place(place: &Place) -> String {
    match place {
        Place::Determination => "determination".to_owned(),
        Place::Available => "available".to_owned(),
        Place::Reserved => "reserved".to_owned(),
        Place::Held => "held".to_owned(),
        Place::Occupied => "occupied".to_owned(),
        Place::Exemption => "exemption".to_owned(),
        Place::Other(key) => account_name(key),
    }
}

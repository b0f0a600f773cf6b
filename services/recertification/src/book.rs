//! The book at the commit (只减不增): what decisions make of units is checked against everything that
//! was decided before, once over all decisions of a commit, and entered with them.

use std::collections::{BTreeMap, BTreeSet};

use quanheng_casework::{Part, Sight, Whole};
use quanheng_eventlog::EventDraft;
use quanheng_policy::UnitId;
use quanheng_policy::codes::DivisionCode;
use quanheng_recertification::decrease::{
    Batch, BatchCheck, Counted, Place, ScopeLine, Settlement,
};
use quanheng_recertification::{Outcome, Reason};
use quanheng_runtime::{Failure, RuleFault};
use quanheng_streams as streams;
use quanheng_streams::{
    BookEvent, BookState, CampaignId, RecertificationId, RecertificationState, Settled,
};

use crate::message::shared::scope_name;
use crate::way::Applicant;
use crate::work;

/// Scopes that a refusal tells at most.
const LINES_MAX: usize = 20;

/// What one decision makes of units.
#[derive(Debug, Clone)]
pub(crate) struct Settling {
    pub(crate) campaign: CampaignId,
    pub(crate) case: RecertificationId,
    /// The unit that the decision is about. What another one says of it does not count.
    pub(crate) unit: UnitId,
    pub(crate) settled: Vec<Settled>,
}

/// The campaign whose book a case is checked against: its own, or the newest of the province
/// that has one.
///
/// # Errors
/// `BASELINE_MISSING`.
pub(crate) fn campaign_of(
    sight: &Sight<'_>,
    state: &RecertificationState,
    applicant: &Applicant,
) -> Result<CampaignId, Failure> {
    let name = format!("recertificationCases/{}", state.case);
    let campaign = match &state.campaign {
        Some(campaign) => Some(campaign.clone()),
        None => match applicant.province() {
            Some(province) => {
                let stream = streams::province_campaigns(&province);
                sight.need::<streams::ProvinceCampaigns>(&stream)?.latest.clone()
            }
            None => None,
        },
    };
    let campaign = campaign.ok_or_else(|| missing(&name, None))?;
    match opened(sight, &campaign)? {
        Some(_) => Ok(campaign),
        None => Err(missing(&name, Some(&campaign))),
    }
}

/// The book of a campaign, if its baseline was frozen.
///
/// # Errors
/// [`Failure`] where it has to be read first.
pub(crate) fn opened<'a>(
    sight: &Sight<'a>,
    campaign: &CampaignId,
) -> Result<Option<&'a BookState>, Failure> {
    Ok(Some(sight.need::<streams::Books>(&streams::book(campaign))?).filter(|book| book.open))
}

/// That nothing was frozen to measure by.
pub(crate) fn missing(name: &str, campaign: Option<&CampaignId>) -> Failure {
    let message = "尚未冻结改革前基数,无法核查只减不增";
    let failure = Failure::rule("BASELINE_MISSING", name, message).with("resource", name);
    match campaign {
        Some(campaign) => failure.with("campaign", format!("campaigns/{campaign}")),
        None => failure,
    }
}

/// How a unit counts after the change of a case.
///
/// # Errors
/// `WRONG_STATE` where the change does not say.
pub(crate) fn counted(state: &RecertificationState) -> Result<Counted, Failure> {
    let name = format!("recertificationCases/{}", state.case);
    let after = state.change.successors.iter().find(|one| one.unit == state.unit);
    let after = after.and_then(|one| one.after.as_deref());
    let after =
        after.ok_or_else(|| Failure::rule("WRONG_STATE", &name, "变动未写明申报单位变动后情况"))?;
    let place = Place::new(after.division.clone(), after.parent.clone());
    let place = place.map_err(|error| Failure::rule("WRONG_STATE", &name, error.to_string()))?;
    Ok(Counted { place, headcount: after.establishment.referenced_institution })
}

/// What the approval of a case makes of its unit, and of predecessors that end.
///
/// # Errors
/// As [`counted`].
pub(crate) fn approved(state: &RecertificationState) -> Result<Vec<Settled>, Failure> {
    let mut settled = vec![Settled { unit: state.unit.clone(), becomes: Some(counted(state)?) }];
    let goes_on = |unit: &UnitId| state.change.successors.iter().any(|one| one.unit == *unit);
    let ended = state.change.predecessors.iter().filter(|one| !goes_on(&one.unit));
    settled.extend(ended.map(|one| Settled { unit: one.unit.clone(), becomes: None }));
    Ok(settled)
}

/// Enters what becomes of units in the book: with everything else that the commit decides.
///
/// # Errors
/// `ONLY_DECREASE_VIOLATED`, `BASELINE_MISSING`.
pub(crate) fn settle(sight: &Sight<'_>, settling: Settling) -> Result<Vec<EventDraft>, Failure> {
    sight.need::<streams::Books>(&streams::book(&settling.campaign))?;
    let part: Part = Box::new(settling);
    sight.whole(Whole { name: "recertification.book", part, decide: settle_all })
}

/// All that one commit makes of units, in no order: a unit is settled by its own case, if it has
/// one among them.
fn settle_all(sight: &Sight<'_>, parts: Vec<Part>) -> Result<Vec<EventDraft>, Failure> {
    let mut campaigns: BTreeMap<CampaignId, Vec<Settling>> = BTreeMap::new();
    for part in parts {
        let settling = part.downcast::<Settling>();
        let settling = *settling.map_err(|_| Failure::internal("no settlement of the book"))?;
        campaigns.entry(settling.campaign.clone()).or_default().push(settling);
    }
    let mut drafts = Vec::new();
    for (campaign, mut settlings) in campaigns {
        owned(&mut settlings);
        checked(sight, &campaign, &settlings)?;
        let stream = streams::book(&campaign);
        for settling in settlings {
            let Settling { case, unit, settled, .. } = settling;
            let event = BookEvent::UnitsSettled { case: case.clone(), settled, on: sight.today };
            let tags = [format!("recertificationCases/{case}"), format!("campaigns/{campaign}")];
            drafts.push(work::tagged::<streams::Books>(
                sight,
                stream.clone(),
                &unit,
                &event,
                &tags,
            )?);
        }
    }
    Ok(drafts)
}

/// Leaves out what cases say of units that have a case of their own here, and what was said
/// before.
fn owned(settlings: &mut [Settling]) {
    let own: BTreeSet<UnitId> = settlings.iter().map(|one| one.unit.clone()).collect();
    let mut said = BTreeSet::new();
    for settling in settlings {
        let unit = settling.unit.clone();
        settling.settled.retain(|one| {
            (one.unit == unit || !own.contains(&one.unit)) && said.insert(one.unit.clone())
        });
    }
}

fn checked(
    sight: &Sight<'_>,
    campaign: &CampaignId,
    settlings: &[Settling],
) -> Result<(), Failure> {
    let name = format!("campaigns/{campaign}");
    let book = opened(sight, campaign)?.ok_or_else(|| missing(&name, Some(campaign)))?;
    let division = work::campaign(sight, campaign)?.notified.division.clone();
    let settled = settlings.iter().flat_map(|one| &one.settled);
    let batch =
        settled.map(|one| Settlement { unit: one.unit.clone(), becomes: one.becomes.clone() });
    let batch = Batch::new(batch).map_err(Failure::internal)?;
    match over(sight, book, &division, &batch) {
        check if check.passed() => Ok(()),
        check => Err(violated(&check, &name)),
    }
}

/// What a batch does to the scopes of a province.
pub(crate) fn over(
    sight: &Sight<'_>,
    book: &BookState,
    division: &DivisionCode,
    batch: &Batch,
) -> BatchCheck {
    book.book.check(&sight.policy(division, sight.today), batch)
}

/// A batch that is not committed: with the figures of every scope that it would let grow. No unit
/// is denied by it.
pub(crate) fn violated(check: &BatchCheck, name: &str) -> Failure {
    let failed = check.findings.0.iter().filter(|finding| finding.failed());
    let rules = failed.map(|finding| RuleFault {
        code: finding.reason.unwrap_or(Reason::OnlyDecreaseViolated).code().to_owned(),
        subject: name.to_owned(),
        message: finding.message.clone(),
    });
    let failure = Failure::rules(rules.take(LINES_MAX).collect()).with("campaign", name);
    let lines = check.lines.iter().filter(|line| line.outcome == Outcome::Fail);
    lines
        .take(LINES_MAX)
        .enumerate()
        .fold(failure, |failure, (nr, line)| figures(failure, nr, line))
}

/// The figures of a scope: those of the first by their plain names, of others with a number.
fn figures(failure: Failure, nr: usize, line: &ScopeLine) -> Failure {
    let key = |name: &str| match nr {
        0 => name.to_owned(),
        nr => format!("{name}_{}", nr + 1),
    };
    let before = line.before.unwrap_or_default();
    [
        ("scope", scope_name(&line.scope)),
        ("before_units", before.units.to_string()),
        ("before_headcount", before.headcount.to_string()),
        ("committed_units", line.committed.units.to_string()),
        ("committed_headcount", line.committed.headcount.to_string()),
        ("after_units", line.after.units.to_string()),
        ("after_headcount", line.after.headcount.to_string()),
        ("room_units", line.room.units.to_string()),
        ("room_headcount", line.room.headcount.to_string()),
    ]
    .into_iter()
    .fold(failure, |failure, (name, value)| failure.with(key(name), value))
}

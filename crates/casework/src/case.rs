//! Acting on a case (办理事项): the flow's own decision, and what follows from it elsewhere,
//! in the same commit.
//!
//! The data's way: what a person or the clock asks is a command of `quanheng-workflow`.
//! [`act`] gathers what the flow has to know (who sits where, who stands in, which rules
//! hold), lets the flow decide, runs the checks that the case comes upon, and asks the
//! [`Matter`] what the decision brings about: seats held, taken or released, a person
//! appointed. The events of the case and of everything else are appended together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use quanheng_eventlog::{EventDraft, Read, Tag};
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::{PersonId, UnitId};
use quanheng_runtime::wire::Basis;
use quanheng_runtime::{Call, Failure, RuleFault};
use quanheng_streams as streams;
use quanheng_streams::{CaseKey, CaseKind};
use quanheng_workflow::Flow;
use quanheng_workflow::case::{About, Approval, Case};
use quanheng_workflow::command::{Command, Facts};
use quanheng_workflow::definition::{Check, Kind, Level, StepId};
use quanheng_workflow::event::{Completion, Event};
use quanheng_workflow::refusal::Refusal;
use tonic::Code;

use crate::foresight::Foresight;
use crate::people::{self, Levels};
use crate::said::{as_approved, asks, brings_in, concerns, earlier, filled, spoken};
use crate::scope::{Scope, Sight};

/// What a decider says beside yes or no.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// Who acts: a principal's name.
    pub by: String,
    /// The opinion (意见).
    pub opinion: String,
    /// On what it rests (文号、生效日期).
    pub basis: Option<Basis>,
    /// Number of the minutes of the meeting that discussed it (会议纪要文号).
    pub minutes: String,
}

/// What one command did to a case.
#[derive(Debug)]
pub struct Turn<'t> {
    /// The case before; none when it begins.
    pub before: Option<&'t Case>,
    /// The case after.
    pub after: &'t Case,
    /// What happened to it, in order.
    pub events: &'t [Event],
    /// What was said. Where the turn completes a step that was approved before, it has what
    /// that approval was given with.
    pub said: &'t Said,
    /// The approval by which a step was completed, where the last to act was a signer after
    /// it, or nobody.
    pub approved: Option<Approval>,
}

/// A kind of case: which rules hold for it, and what its decisions bring about.
pub trait Matter: Send + Sync + 'static {
    /// Which kind.
    fn kind(&self) -> CaseKind;

    /// The flow that a new case of the kind follows.
    fn flow(&self) -> &'static str;

    /// What decisions on a case of the kind read besides the case, as far as the key tells:
    /// read at once, and not only when a decision comes upon it.
    fn reads(&self, key: &CaseKey) -> Vec<Read> {
        let _ = key;
        Vec::new()
    }

    /// What of a rule does not hold; nothing when it is met.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be told.
    fn check(
        &self,
        sight: &Sight<'_>,
        key: &CaseKey,
        check: Check,
        said: &Said,
    ) -> Result<Vec<RuleFault>, Failure>;

    /// The unit that the table of authorities names (审批权限表); none where the flow does not
    /// ask.
    ///
    /// # Errors
    /// [`Failure`] when the table does not say.
    fn by_table(&self, sight: &Sight<'_>, key: &CaseKey) -> Result<Option<UnitId>, Failure> {
        let _ = (sight, key);
        Ok(None)
    }

    /// The authority whose task force reviews the case (审核机关); none where the flow does not
    /// ask.
    ///
    /// # Errors
    /// [`Failure`] when the policy does not say.
    fn reviewing(&self, sight: &Sight<'_>, key: &CaseKey) -> Result<Option<UnitId>, Failure> {
        let _ = (sight, key);
        Ok(None)
    }

    /// Steps that the profile leaves out (简化程序).
    ///
    /// # Errors
    /// [`Failure`] when the policy does not say.
    fn simplified(&self, sight: &Sight<'_>, key: &CaseKey) -> Result<BTreeSet<StepId>, Failure> {
        let _ = (sight, key);
        Ok(BTreeSet::new())
    }

    /// Why the case pauses when time would take it on and a rule does not let it (中止): the
    /// others of a round go on. None: the case stays where it is, and is tried again.
    fn held_up(&self, failure: &Failure) -> Option<String> {
        let _ = failure;
        None
    }

    /// What keeps a case that pauses from going on (恢复), whoever says so; nothing when it may.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be told.
    fn may_resume(&self, sight: &Sight<'_>, key: &CaseKey) -> Result<Vec<RuleFault>, Failure> {
        let _ = (sight, key);
        Ok(Vec::new())
    }

    /// What a case says of itself while it pauses, where the reason is not for everybody who
    /// sees the case: then the matter keeps the reason, as it was said. None: the reason itself.
    fn pauses_as(&self) -> Option<&'static str> {
        None
    }

    /// A refusal by rules, with what an auditor would ask about.
    fn refused(&self, sight: &Sight<'_>, key: &CaseKey, failure: Failure) -> Failure {
        let _ = (sight, key);
        failure
    }

    /// What a turn of the case brings about elsewhere.
    ///
    /// # Errors
    /// [`Failure`]: then the turn does not happen either.
    fn follow(
        &self,
        sight: &Sight<'_>,
        key: &CaseKey,
        turn: &Turn<'_>,
    ) -> Result<Vec<EventDraft>, Failure>;
}

/// The kinds of cases that there are.
#[derive(Clone, Default)]
pub struct Matters {
    kinds: Arc<BTreeMap<CaseKind, Arc<dyn Matter>>>,
    foresight: Foresight,
}

impl Matters {
    /// Of these kinds.
    #[must_use]
    pub fn new(matters: impl IntoIterator<Item = Arc<dyn Matter>>) -> Self {
        let kinds = matters.into_iter().map(|matter| (matter.kind(), matter)).collect();
        Self { kinds: Arc::new(kinds), foresight: Foresight::default() }
    }

    /// The matter of a kind.
    ///
    /// # Errors
    /// `RESOURCE_NOT_FOUND` for a kind that this program does not know.
    pub fn of(&self, key: &CaseKey) -> Result<&dyn Matter, Failure> {
        let matter = self.kinds.get(&key.kind).map(AsRef::as_ref);
        matter.ok_or_else(|| Failure::not_found(format!("cases/{key}")))
    }

    /// What a decision on a case reads, as far as it can be foreseen.
    ///
    /// # Errors
    /// [`Failure`] when the log cannot be read.
    pub async fn scope(&self, call: &Call, key: &CaseKey) -> Result<Scope, Failure> {
        let of_kind = self.of(key).map(|matter| matter.reads(key)).unwrap_or_default();
        self.foresight.scope(call, key, of_kind).await
    }
}

/// What came of a command.
#[derive(Debug)]
pub struct Acted {
    /// Everything to append: of the case, and of what follows.
    pub drafts: Vec<EventDraft>,
    /// The case after it.
    pub case: Case,
    /// What happened to it.
    pub events: Vec<Event>,
}

/// Acts on a case.
///
/// # Errors
/// [`Failure`]: what the flow, a rule or the matter refuses by.
pub fn act(
    sight: &Sight<'_>,
    matter: &dyn Matter,
    key: &CaseKey,
    command: Command,
    said: &Said,
) -> Result<Acted, Failure> {
    act_all(sight, matter, key, vec![command], said)
}

/// Acts on a case several times in one commit: begins it and fills in its first form, say.
///
/// # Errors
/// As [`act`].
pub fn act_all(
    sight: &Sight<'_>,
    matter: &dyn Matter,
    key: &CaseKey,
    commands: Vec<Command>,
    said: &Said,
) -> Result<Acted, Failure> {
    let mut commands = commands.into_iter();
    act_with(sight, matter, key, said, |_| Ok(commands.next()))
}

/// Acts on a case by several commands, one after the other: `next` is asked for each, over
/// the case as those before left it, until it has none.
///
/// # Errors
/// As [`act`]; then none of them happens.
pub fn act_with(
    sight: &Sight<'_>,
    matter: &dyn Matter,
    key: &CaseKey,
    said: &Said,
    mut next: impl FnMut(Option<&Case>) -> Result<Option<Command>, Failure>,
) -> Result<Acted, Failure> {
    let before = sight.need::<streams::Cases>(&streams::case(key))?.clone();
    let first = next(before.as_ref())?.ok_or_else(|| Failure::internal("nothing is asked"))?;
    let about = match (&before, &first) {
        (Some(case), _) => case.about.clone(),
        (None, Command::Start { about, .. }) => about.clone(),
        (None, _) => return Err(Failure::not_found(format!("cases/{key}"))),
    };
    let ground = Ground::of(sight, matter, key, before.as_ref(), &about, &first)?;
    let mut events = Vec::new();
    let mut state = before.clone();
    let mut asked = Some(first);
    let (mut approved, mut of_step, mut by_itself) = (None, None, 0);
    while let Some(command) = asked {
        let decided = ground.decide(state.as_ref(), command, said);
        for event in decided.map_err(|failure| matter.refused(sight, key, failure))? {
            if let Event::StepCompleted { completion: Completion::Passed, .. } = &event {
                let open = state.as_ref().and_then(|case: &Case| case.open.as_ref());
                of_step = of_step.or_else(|| Some(filled(said, open)));
                approved = approved.or_else(|| earlier(state.as_ref(), &events));
            }
            quanheng_workflow::evolve(&mut state, &event);
            events.push(event);
        }
        let alone = ground.runs_by_itself(state.as_ref());
        by_itself = if alone { by_itself + 1 } else { 0 };
        asked = match alone {
            true if by_itself > ground.flow.definition.steps.len() => {
                return Err(Failure::internal("a flow runs in a circle of checks"));
            }
            true => Some(Command::RunChecks),
            false => next(state.as_ref())?,
        };
    }
    let after = state.ok_or_else(|| Failure::internal("a case that never began"))?;
    let said = of_step.unwrap_or_else(|| said.clone());
    let said = approved.as_ref().map_or(said.clone(), |approval| as_approved(&said, approval));
    let before = before.as_ref();
    let turn = Turn { before, after: &after, events: &events, said: &said, approved };
    let followed = matter.follow(sight, key, &turn)?;
    let mut drafts = Vec::with_capacity(events.len() + followed.len());
    for event in &events {
        drafts.push(draft(key, &ground.division, &after, event)?);
    }
    drafts.extend(followed);
    Ok(Acted { drafts, case: after, events })
}

/// What time brings to a case: the end of a wait, a deadline, a date that awaited the
/// calendar. A case that a rule does not let go on may pause instead.
///
/// # Errors
/// As [`act`].
pub fn tick(
    sight: &Sight<'_>,
    matter: &dyn Matter,
    key: &CaseKey,
    said: &Said,
) -> Result<Acted, Failure> {
    match act(sight, matter, key, Command::Tick, said) {
        Err(failure) if failure.code() == Code::FailedPrecondition => {
            match matter.held_up(&failure) {
                Some(reason) => act(sight, matter, key, Command::Pause { reason }, said),
                None => Err(failure),
            }
        }
        done => done,
    }
}

/// The draft of an event of a case, tagged with where and what it is about.
fn draft(
    key: &CaseKey,
    division: &DivisionCode,
    case: &Case,
    event: &Event,
) -> Result<EventDraft, Failure> {
    const PERSONS_TAGGED_MAX: usize = 16;
    let draft = streams::draft::<streams::Cases>(streams::case(key), event);
    let mut draft = draft.map_err(Failure::internal)?;
    let mut tags = BTreeSet::from([format!("divisions/{division}")]);
    tags.extend(case.about.unit.iter().map(|unit| format!("units/{unit}")));
    tags.extend((!case.about.subject.is_empty()).then(|| case.about.subject.clone()));
    let persons = case.about.persons.iter().take(PERSONS_TAGGED_MAX);
    tags.extend(persons.map(|person| format!("persons/{person}")));
    for tag in tags {
        draft = draft.tagged(Tag::new(tag).map_err(Failure::internal)?);
    }
    Ok(draft)
}

/// What a decision of the flow rests on.
struct Ground<'g> {
    sight: &'g Sight<'g>,
    matter: &'g dyn Matter,
    key: &'g CaseKey,
    about: About,
    flow: Arc<Flow>,
    division: DivisionCode,
    levels: Levels,
    relatives: BTreeSet<PersonId>,
    skip: BTreeSet<StepId>,
}

impl<'g> Ground<'g> {
    fn of(
        sight: &'g Sight<'g>,
        matter: &'g dyn Matter,
        key: &'g CaseKey,
        before: Option<&Case>,
        about: &About,
        first: &Command,
    ) -> Result<Self, Failure> {
        let unit = about.unit.as_ref();
        let unit = unit.ok_or_else(|| Failure::internal("a case without a unit"))?;
        let division = sight.last_profile(unit)?.division;
        let flow = match before {
            Some(case) => pinned(sight, case)?,
            None => newest(sight, matter.flow())?,
        };
        // What opens no step is not held up by a table that does not say.
        let opens = !matches!(
            first,
            Command::Withdraw { .. } | Command::Pause { .. } | Command::Resume | Command::Stop
        );
        let chosen = match opens {
            true => chosen(sight, matter, key, &flow)?,
            false => BTreeMap::new(),
        };
        if let Command::Start { .. } = first {
            // What has begun can be brought to its end, whatever became of the unit.
            sight.profile(unit, sight.today)?;
        }
        let levels = Levels::of(sight, unit, chosen)?;
        let skip = if opens { matter.simplified(sight, key)? } else { BTreeSet::new() };
        let relatives = people::relatives(sight, about)?;
        let about = about.clone();
        Ok(Self { sight, matter, key, about, flow, division, levels, relatives, skip })
    }

    fn decide(
        &self,
        case: Option<&Case>,
        command: Command,
        said: &Said,
    ) -> Result<Vec<Event>, Failure> {
        let sight = self.sight;
        let policy = sight.policy(&self.division, sight.today);
        let calendar = sight.calendar(&policy);
        let desks = self.levels.desks(sight, &self.flow.definition)?;
        let substitutions = match case {
            Some(case) => people::substitutions(sight, case)?,
            None => Vec::new(),
        };
        let said = filled(said, case.and_then(|case| case.open.as_ref()));
        self.serves(&command)?;
        let mut relatives = self.relatives.clone();
        relatives.extend(people::declaring(sight, &self.about, &concerns(case, &command))?);
        let belongs = people::belongs(sight, &desks, &brings_in(&command))?;
        let faults = self.faults(case, &command, &said)?;
        let checks = faults.iter().map(|(check, faults)| {
            let messages: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
            let met = if faults.is_empty() { Ok(()) } else { Err(messages.join(";")) };
            (*check, met)
        });
        let facts = Facts {
            flow: &self.flow,
            today: sight.today,
            policy: &policy,
            calendar: &calendar,
            desks: &desks,
            relatives: &relatives,
            substitutions: &substitutions,
            belongs: &belongs,
            said: &spoken(&said),
            checks: &checks.collect(),
            skip: &self.skip,
        };
        let resumes = command == Command::Resume;
        let decided = quanheng_workflow::decide(case, command, facts);
        let decided = decided.map_err(|refusal| failure(self.key, refusal, &faults))?;
        let held = if resumes { self.matter.may_resume(sight, self.key)? } else { Vec::new() };
        match held.is_empty() {
            true => Ok(decided),
            false => Err(Failure::rules(held).with("case", format!("cases/{}", self.key))),
        }
    }

    /// Whoever left the service does nothing with a case any more.
    fn serves(&self, command: &Command) -> Result<(), Failure> {
        let Some(by) = asks(command) else { return Ok(()) };
        let person = self.sight.need::<streams::Persons>(&streams::person(by))?;
        if !person.as_ref().is_some_and(|person| people::has_left(person, self.sight.today)) {
            return Ok(());
        }
        let name = format!("persons/{by}");
        let message = format!("{name} 不在职,请重新确定办理人");
        Err(Failure::rule("NOT_IN_SERVICE", &name, message)
            .with("person", &name)
            .with("case", format!("cases/{}", self.key)))
    }

    /// What of the rules that the command may come upon does not hold.
    fn faults(
        &self,
        case: Option<&Case>,
        command: &Command,
        said: &Said,
    ) -> Result<BTreeMap<Check, Vec<RuleFault>>, Failure> {
        let mut faults = BTreeMap::new();
        for check in self.checks(case, command) {
            let found = match check {
                Check::CollectiveDecision => discussed(self.key, said),
                check => self.matter.check(self.sight, self.key, check, said)?,
            };
            faults.insert(check, found);
        }
        Ok(faults)
    }

    /// The rules that a command may come upon: those of completing the step that is open,
    /// and of opening what may come next.
    fn checks(&self, case: Option<&Case>, command: &Command) -> BTreeSet<Check> {
        let definition = &self.flow.definition;
        let moves = matches!(
            command,
            Command::Start { .. }
                | Command::Approve { .. }
                | Command::Refuse { .. }
                | Command::Record { .. }
                | Command::DecideInMeeting { .. }
                | Command::Reseat { .. }
                | Command::RemoveSigners { .. }
                | Command::Tick
                | Command::RunChecks
        );
        if !moves {
            return BTreeSet::new();
        }
        let open = case.and_then(|case| case.open.as_ref());
        let open = open.and_then(|open| definition.step(&open.step));
        let mut checks = BTreeSet::new();
        let mut ahead: Vec<&StepId> = match open {
            None => vec![&definition.first],
            Some(step) => {
                checks.extend(step.completes_if.iter().copied());
                if let Kind::Check { checks: own, .. } = &step.kind {
                    checks.extend(own.iter().copied());
                }
                step.follows().collect()
            }
        };
        if let Some(parked) = case.and_then(|case| case.parked.as_ref()) {
            ahead.push(&parked.step);
        }
        let mut seen = BTreeSet::new();
        while let Some(id) = ahead.pop() {
            let Some(step) = definition.step(id).filter(|_| seen.insert(id)) else { continue };
            match self.skip.contains(id) {
                true => ahead.push(&step.next),
                false => checks.extend(step.opens_if.iter().copied()),
            }
        }
        checks
    }

    /// Whether the case stands at a step in which only rules are checked.
    fn runs_by_itself(&self, case: Option<&Case>) -> bool {
        let open = case.filter(|case| case.paused.is_none()).and_then(|case| case.open.as_ref());
        let step = open.and_then(|open| self.flow.definition.step(&open.step));
        step.is_some_and(|step| matches!(step.kind, Kind::Check { .. }))
    }
}

/// The units that a kind of case names itself, by the levels that its flow asks for.
///
/// # Errors
/// [`Failure`] when the table or the policy does not say.
pub fn chosen(
    sight: &Sight<'_>,
    matter: &dyn Matter,
    key: &CaseKey,
    flow: &Flow,
) -> Result<BTreeMap<Level, UnitId>, Failure> {
    let seats = flow.definition.steps.iter().flat_map(|step| step.seats());
    let asked: BTreeSet<Level> = seats.map(|seat| seat.level).collect();
    let mut chosen = BTreeMap::new();
    if asked.contains(&Level::ByTable) {
        chosen.extend(matter.by_table(sight, key)?.map(|unit| (Level::ByTable, unit)));
    }
    if asked.contains(&Level::Reviewing) {
        chosen.extend(matter.reviewing(sight, key)?.map(|unit| (Level::Reviewing, unit)));
    }
    Ok(chosen)
}

/// The flow that a case has pinned.
fn pinned(sight: &Sight<'_>, case: &Case) -> Result<Arc<Flow>, Failure> {
    let flow = sight.shelf.flow(&case.flow.flow, case.flow.version);
    let flow = flow.ok_or_else(|| Failure::internal("a case follows a flow that is not there"))?;
    Ok(Arc::clone(flow))
}

/// The newest version of a flow.
fn newest(sight: &Sight<'_>, name: &str) -> Result<Arc<Flow>, Failure> {
    let flow = sight.shelf.newest_flow(name).ok_or_else(|| {
        let message = format!("流程 {name} 尚未发布");
        Failure::rule("POLICY_NOT_CONFIGURED", format!("flowDefinitions/{name}"), message)
            .with("parameter", format!("flow.{name}"))
    })?;
    Ok(Arc::clone(flow))
}

/// What important matters are decided by: a meeting with minutes.
fn discussed(key: &CaseKey, said: &Said) -> Vec<RuleFault> {
    if !said.minutes.trim().is_empty() {
        return Vec::new();
    }
    vec![RuleFault {
        code: "COLLECTIVE_DECISION_REQUIRED".to_owned(),
        subject: format!("cases/{key}"),
        message: "须经集体讨论决定,写明会议纪要文号".to_owned(),
    }]
}

/// What the flow refuses by, as a failure.
fn failure(key: &CaseKey, refusal: Refusal, faults: &BTreeMap<Check, Vec<RuleFault>>) -> Failure {
    let (code, message) = (refusal.code(), refusal.to_string());
    let case = format!("cases/{key}");
    match &refusal {
        Refusal::Invalid { field, what } => Failure::field(*field, what.clone()),
        Refusal::Exists => Failure::exists(case),
        Refusal::OwnCase { person } | Refusal::DecidedBefore { person, .. } => {
            Failure::new(Code::PermissionDenied, code, message)
                .with("person", format!("persons/{person}"))
                .with("case", case)
        }
        Refusal::NotYours { .. } | Refusal::LeftOffice { .. } => {
            Failure::denied(message).with("case", case)
        }
        Refusal::CheckFailed { step, failed } => {
            let broken = failed.iter().flat_map(|(check, _)| faults.get(check)).flatten();
            Failure::rules(broken.cloned().collect())
                .with("case", case)
                .with("step", step.to_string())
        }
        _ => Failure::rule(code, &case, message).with("case", case),
    }
}

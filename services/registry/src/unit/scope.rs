//! What a command about units or posts reads, and how it sees it under the log's lock.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use prost::Message;
use quanheng_api::Mutation;
use quanheng_eventlog::{Desk, EventDraft, Read};
use quanheng_identity::Principal;
use quanheng_policy::UnitId;
use quanheng_policy::codes::{CreditCode, DivisionCode};
use quanheng_register::claim::{self, Claim};
use quanheng_register::id::PostId;
use quanheng_register::post::Post;
use quanheng_register::unit::Unit;
use quanheng_register::{Known, Refusal};
use quanheng_runtime::{Call, Decided, Deciding, Done, Failure, policies};
use quanheng_streams as streams;
use tonic::Code;

use super::message::name;

/// What a command reads.
#[derive(Clone)]
pub(crate) struct Scope {
    principal: Arc<Principal>,
    units: BTreeSet<UnitId>,
    posts: BTreeSet<(UnitId, PostId)>,
    codes: BTreeSet<CreditCode>,
}

impl Scope {
    pub(crate) fn new(call: &Call) -> Self {
        Self {
            principal: Arc::clone(&call.principal),
            units: BTreeSet::new(),
            posts: BTreeSet::new(),
            codes: BTreeSet::new(),
        }
    }

    pub(crate) fn units(mut self, units: impl IntoIterator<Item = UnitId>) -> Self {
        self.units.extend(units);
        self
    }

    pub(crate) fn post(mut self, unit: &UnitId, post: &PostId) -> Self {
        self.units.insert(unit.clone());
        self.posts.insert((unit.clone(), post.clone()));
        self
    }

    pub(crate) fn codes(mut self, codes: impl IntoIterator<Item = CreditCode>) -> Self {
        self.codes.extend(codes);
        self
    }

    fn reads(&self) -> Vec<Read> {
        let units = self.units.iter().map(streams::unit).map(streams::state::<streams::Units>);
        let posts = self.posts.iter().map(|(unit, post)| streams::post(unit, post));
        let codes = self.codes.iter().map(streams::credit_code);
        units
            .chain(posts.map(streams::state::<streams::Posts>))
            .chain(codes.map(streams::state::<streams::CreditCodes>))
            .collect()
    }

    /// Adds what turned out to be needed; whether anything is new.
    fn add(&mut self, failure: &Failure) -> Result<bool, Failure> {
        let listed = |key: &str| {
            let text = failure.metadata().get(key).map(String::as_str).unwrap_or_default();
            text.split(' ').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        let before = (self.units.len(), self.codes.len());
        for unit in listed(UNITS) {
            self.units.insert(UnitId::new(unit).map_err(Failure::internal)?);
        }
        for code in listed(CODES) {
            let code = CreditCode::parse(&code);
            self.codes.insert(code.map_err(|error| Failure::internal(error.message))?);
        }
        Ok(before != (self.units.len(), self.codes.len()))
    }
}

const UNREAD: &str = "READS_UNKNOWN";
const UNITS: &str = "units";
const CODES: &str = "credit_codes";

/// Further streams that a decision needs: the handler reads them and tries again.
fn unread<T: ToString>(what: &str, which: impl IntoIterator<Item = T>) -> Failure {
    let which: Vec<_> = which.into_iter().map(|one| one.to_string()).collect();
    Failure::unavailable(UNREAD, "请重试").with(what, which.join(" "))
}

/// How often further streams are read before it is given up: no hierarchy is deeper.
const TRIES_MAX: usize = 64;

/// Executes a decision. What turns out to be needed is read, and the decision is taken
/// again.
pub(crate) async fn run<R, A>(
    call: &Call,
    request: &R,
    mut scope: Scope,
    decide: impl Fn(&Sight<'_>) -> Result<Decided<A>, Failure> + Send + Sync + 'static,
) -> Result<Done<A>, Failure>
where
    R: Mutation + Message,
    A: Message + Default + Clone + 'static,
{
    let decide = Arc::new(decide);
    for _ in 0..TRIES_MAX {
        let (seen, deciding) = (scope.clone(), Arc::clone(&decide));
        let command = Deciding::new(scope.reads(), move |desk| deciding(&Sight::new(desk, &seen)?));
        match call.realm.engine.execute(call, request, command).await {
            Err(failure) if failure.reason() == UNREAD => {
                if !scope.add(&failure)? {
                    break;
                }
            }
            Err(failure) => {
                if failure.code() == Code::PermissionDenied {
                    call.realm.denials.record(&call.principal, call.method);
                }
                return Err(failure);
            }
            done => return done,
        }
    }
    Err(Failure::lost_race("units"))
}

/// What a command sees.
pub(crate) struct Sight<'a> {
    pub(crate) desk: &'a Desk<'a>,
    pub(crate) today: Date,
    pub(crate) known: Known<'a>,
    scope: &'a Scope,
}

impl<'a> Sight<'a> {
    /// Everything that was read; refused until that includes every unit above another.
    fn new(desk: &'a Desk<'a>, scope: &'a Scope) -> Result<Self, Failure> {
        let mut known = Known::default();
        for id in &scope.units {
            let unit = desk.state::<Option<Unit>>(&streams::unit(id)).and_then(Option::as_ref);
            known.units.extend(unit.map(|unit| (id.clone(), unit)));
        }
        for (unit, post) in &scope.posts {
            let found = desk.state::<Option<Post>>(&streams::post(unit, post));
            let found = found.and_then(Option::as_ref);
            known.posts.extend(found.map(|found| ((unit.clone(), post.clone()), found)));
        }
        let above = known.units.values().flat_map(|unit| unit.parents_ever());
        let missing: BTreeSet<_> = above.filter(|unit| !scope.units.contains(unit)).collect();
        match missing.is_empty() {
            true => Ok(Self { desk, today: policies::day(desk), known, scope }),
            false => Err(unread(UNITS, missing)),
        }
    }

    /// A unit that has to be there.
    pub(crate) fn unit(&self, id: &UnitId) -> Result<&'a Unit, Failure> {
        self.known.units.get(id).copied().ok_or_else(|| Failure::not_found(name(id)))
    }

    /// Whether the caller's jurisdiction covers a division.
    pub(crate) fn governs(&self, division: &DivisionCode) -> Result<(), Failure> {
        match self.scope.principal.within(division) {
            true => Ok(()),
            false => Err(Failure::denied(format!("不在管辖范围内:{division}"))
                .with("division", division.to_string())),
        }
    }

    /// Whether it covers where a unit was on a day, is, and will be.
    pub(crate) fn governs_unit(&self, unit: &Unit, on: Date) -> Result<(), Failure> {
        let days = [on, self.today, Date::MAX];
        let profiles = days.into_iter().filter_map(|day| unit.as_of(day));
        let divisions: BTreeSet<_> = profiles.map(|profile| profile.division).collect();
        divisions.iter().try_for_each(|division| self.governs(division))
    }

    /// The claims of credit codes that change with units: before and after. What is given
    /// up is free for the others of the same commit.
    pub(crate) fn claims(
        &self,
        changes: &[(Option<&Unit>, &Unit)],
    ) -> Result<Vec<EventDraft>, Failure> {
        let (mut released, mut claimed) = (Vec::new(), Vec::new());
        for (before, after) in changes {
            let (had, has) = (before.and_then(held_code), held_code(after));
            if had != has {
                released.extend(had.map(|code| (code, name(&after.unit))));
                claimed.extend(has.map(|code| (code, name(&after.unit))));
            }
        }
        let codes: BTreeSet<_> =
            released.iter().chain(&claimed).map(|(code, _)| code.clone()).collect();
        let missing: Vec<_> =
            codes.iter().filter(|code| !self.scope.codes.contains(*code)).collect();
        if !missing.is_empty() {
            return Err(unread(CODES, missing));
        }
        let mut claims: BTreeMap<_, _> = BTreeMap::new();
        for code in codes {
            let claim = self.desk.state::<Option<Claim>>(&streams::credit_code(&code));
            claims.insert(code, claim.cloned().flatten());
        }
        let releases = released.into_iter().map(|(code, by)| (code, by, false));
        let claimed = claimed.into_iter().map(|(code, by)| (code, by, true));
        let mut drafts = Vec::new();
        for (code, by, claiming) in releases.chain(claimed) {
            let Some(state) = claims.get_mut(&code) else { continue };
            drafts.extend(claim_change(&code, state, by, claiming)?);
        }
        Ok(drafts)
    }
}

/// The credit code that a unit has, by what is recorded last. An abolished unit has none.
fn held_code(unit: &Unit) -> Option<CreditCode> {
    match unit.abolition() {
        None => unit.as_of(Date::MAX)?.credit_code,
        Some(_) => None,
    }
}

fn claim_change(
    code: &CreditCode,
    state: &mut Option<Claim>,
    by: String,
    claiming: bool,
) -> Result<Vec<EventDraft>, Failure> {
    let holder = state.as_ref().and_then(|claim| claim.holder.clone());
    let command = match claiming {
        true => claim::Command::Claim { by: by.clone() },
        // What another has is not given up.
        false if holder.as_ref() != Some(&by) => return Ok(Vec::new()),
        false => claim::Command::Release { by: by.clone() },
    };
    let events = claim::decide(state.as_ref(), command).map_err(|refused| {
        match refused.refusals().first() {
            Some(Refusal::AlreadyClaimed { by: holder }) => {
                let message = format!("统一社会信用代码 {code} 已由 {holder} 登记");
                Failure::rule("ALREADY_CLAIMED", &by, message)
                    .with("credit_code", code.as_str())
                    .with("holder", holder)
            }
            _ => crate::refusal::failure(&refused, &by),
        }
    })?;
    let stream = streams::credit_code(code);
    let mut drafts = Vec::with_capacity(events.len());
    for event in &events {
        claim::evolve(state, event);
        let draft = streams::draft::<streams::CreditCodes>(stream.clone(), event);
        drafts.push(draft.map_err(Failure::internal)?);
    }
    Ok(drafts)
}

//! Digestion of over-quota seats (超职数消化, §4.8): a plan by quarter and route, and what was
//! digested.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_policy::SetId;
use quanheng_policy::codes::DocumentNumber;
use serde::{Deserialize, Serialize};

use crate::account::{Account, signed};
use crate::refusal::Refusal;

/// How a seat beyond the quota goes away (消化途径).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// 职级晋升
    Promotion,
    /// 任领导职务
    LeadershipPost,
    /// 退休
    Retirement,
    /// 提前退休
    EarlyRetirement,
    /// 调出
    TransferOut,
    /// 其他
    Other,
}

/// A quarter of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Quarter {
    /// The year.
    pub year: i16,
    /// 1 to 4.
    pub quarter: u8,
}

impl Quarter {
    /// The quarter of a date.
    #[must_use]
    pub fn of(date: Date) -> Self {
        Self { year: date.year(), quarter: ((date.month() - 1) / 3 + 1).unsigned_abs() }
    }
}

/// What is to be digested in one quarter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Of which set.
    pub set: SetId,
    /// When.
    pub quarter: Quarter,
    /// How.
    pub route: Route,
    /// How many.
    pub seats: u64,
}

/// What was digested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digested {
    /// Of which set.
    pub set: SetId,
    /// When.
    pub quarter: Quarter,
    /// How.
    pub route: Route,
    /// How many.
    pub seats: u64,
}

/// A plan (消化计划), and what has come of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestionPlan {
    /// The document that sets it.
    pub document: DocumentNumber,
    /// Since when.
    pub set_on: Date,
    /// The steps.
    pub steps: Vec<Step>,
    /// What was digested since, by set, quarter and route.
    pub digested: Vec<Digested>,
}

impl DigestionPlan {
    /// Adds to what was digested.
    pub(crate) fn digest(&mut self, more: &Digested) {
        let same = |entry: &&mut Digested| {
            (&entry.set, entry.quarter, entry.route) == (&more.set, more.quarter, more.route)
        };
        match self.digested.iter_mut().find(same) {
            Some(entry) => entry.seats += more.seats,
            None => self.digested.push(more.clone()),
        }
    }
}

/// One line of the register (超职级职数消化情况表): a set in a quarter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RegisterLine {
    /// The set.
    pub set: SetId,
    /// The quarter.
    pub quarter: Quarter,
    /// Planned by route.
    pub planned: BTreeMap<Route, u64>,
    /// Digested by route.
    pub digested: BTreeMap<Route, u64>,
}

/// The register of an account: a line for every set and quarter that is planned or in
/// which something was digested.
#[must_use]
pub fn register(account: &Account) -> Vec<RegisterLine> {
    let Some(plan) = account.plan() else { return Vec::new() };
    let mut lines: BTreeMap<(SetId, Quarter), RegisterLine> = BTreeMap::new();
    let mut line = |set: &SetId, quarter: Quarter, digested: bool, route: Route, seats: u64| {
        let empty = || RegisterLine {
            set: set.clone(),
            quarter,
            planned: BTreeMap::new(),
            digested: BTreeMap::new(),
        };
        let line = lines.entry((set.clone(), quarter)).or_insert_with(empty);
        let routes = if digested { &mut line.digested } else { &mut line.planned };
        *routes.entry(route).or_default() += seats;
    };
    for step in &plan.steps {
        line(&step.set, step.quarter, false, step.route, step.seats);
    }
    for done in &plan.digested {
        line(&done.set, done.quarter, true, done.route, done.seats);
    }
    lines.into_values().collect()
}

/// How many seats a set is over its quota (超职数).
#[must_use]
pub fn over(account: &Account, set: &SetId) -> u64 {
    let vacancy = account.quantities(set).unwrap_or_default().vacancy();
    (-vacancy).max(0).unsigned_abs()
}

/// Whether a plan digests the whole excess of every set.
pub(crate) fn check(account: &Account, steps: &[Step]) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for seats in account.sets() {
        let planned: u64 =
            steps.iter().filter(|step| step.set == seats.set).map(|step| step.seats).sum();
        let (set, over) = (seats.set.clone(), over(account, &seats.set));
        if over == 0 && planned > 0 {
            refusals.push(Refusal::NotOverQuota { set });
        } else if signed(planned) < signed(over) {
            refusals.push(Refusal::PlanIncomplete { set, over, planned });
        }
    }
    for step in steps {
        if account.index(&step.set).is_none() {
            refusals.push(Refusal::NotFound { what: step.set.to_string() });
        }
        if step.seats == 0 || !(1..=4).contains(&step.quarter.quarter) {
            let what = "每步须写明季度(1 至 4)与个数".to_owned();
            refusals.push(Refusal::Invalid { field: "steps", what });
        }
    }
    refusals
}

//! What a batch of decisions does to every scope (批量审批), and whether it may.

use std::collections::BTreeMap;

use quanheng_policy::UnitId;
use quanheng_policy::profile::{Policy, Resolved, ScopeRule, Severity, UnitScope};
use serde::Serialize;

use super::{Book, Counted, Figures, Room, Scope};
use crate::finding::{Finding, Findings, Outcome, Reason, Rule, count, text};
use crate::refusal::Refusal;

/// What becomes of one unit (处理结果): counted so, or counted no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The unit.
    pub unit: UnitId,
    /// How it counts from now on; none if it is referenced no more (exit, merged away).
    pub becomes: Option<Counted>,
}

/// Decisions that are committed together or not at all (一批). Every unit stands in it once, so
/// it has no order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    settlements: BTreeMap<UnitId, Option<Counted>>,
}

impl Batch {
    /// A batch.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when a unit stands in it twice.
    pub fn new(settlements: impl IntoIterator<Item = Settlement>) -> Result<Self, Refusal> {
        let mut batch = Self::default();
        for Settlement { unit, becomes } in settlements {
            let what = format!("units/{unit} 在同一批中重复");
            if batch.settlements.insert(unit, becomes).is_some() {
                return Err(Refusal::Invalid { field: "settlements", what });
            }
        }
        Ok(batch)
    }
}

/// A scope under a batch (只减不增对比).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScopeLine {
    /// The scope.
    pub scope: Scope,
    /// How strict the rule is there.
    pub severity: Severity,
    /// 改革前; none if nothing was frozen.
    pub before: Option<Figures>,
    /// What is committed without the batch.
    pub committed: Figures,
    /// What would be committed with it.
    pub after: Figures,
    /// What would be left.
    pub room: Room,
    /// What came of it.
    pub outcome: Outcome,
}

/// What a batch does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BatchCheck {
    /// Every scope that policy measures and the batch touches, and the province always.
    pub lines: Vec<ScopeLine>,
    /// One finding a scope. A batch that fails is **not committed**; no unit is denied by
    /// that (不予提交,不等于不予认定).
    pub findings: Findings,
}

impl BatchCheck {
    /// Whether it may be committed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.findings.passed()
    }
}

/// What changes in a scope.
#[derive(Debug, Clone, Copy, Default)]
struct Change {
    units: i128,
    headcount: i128,
}

impl Change {
    fn count(&mut self, counted: &Counted, sign: i128) {
        self.units += sign;
        self.headcount += sign * i128::from(counted.headcount);
    }

    fn of(self, figures: Figures) -> Figures {
        let changed = |count: u64, change: i128| {
            u64::try_from((i128::from(count) + change).max(0)).unwrap_or(u64::MAX)
        };
        Figures {
            units: changed(figures.units, self.units),
            headcount: changed(figures.headcount, self.headcount),
        }
    }
}

impl Book {
    /// What a batch would do (模拟), and whether it may. Nothing is committed.
    #[must_use]
    pub fn check(&self, policy: &Policy, batch: &Batch) -> BatchCheck {
        let rules = match policy.only_decrease_scopes() {
            Ok(rules) => rules,
            Err(error) => {
                let findings = Findings(vec![Finding::unset(Rule::OnlyDecrease, &error)]);
                return BatchCheck { lines: Vec::new(), findings };
            }
        };
        let lines: Vec<ScopeLine> = self
            .touched(batch)
            .into_iter()
            .filter_map(|(scope, change)| {
                let severity = severity(&rules.value, scope.kind())?;
                Some(self.line(scope, change, severity))
            })
            .collect();
        let mut findings: Vec<Finding> = lines.iter().map(|line| finding(line, &rules)).collect();
        if findings.is_empty() {
            let message = "本批不涉及计入范围的单位";
            findings.push(Finding::pass(Rule::OnlyDecrease, message).by(&rules.source));
        }
        BatchCheck { lines, findings: Findings(findings) }
    }

    /// Commits a batch, whole.
    ///
    /// # Errors
    /// What it would have done; nothing is committed then.
    pub fn commit(&mut self, policy: &Policy, batch: &Batch) -> Result<BatchCheck, BatchCheck> {
        let check = self.check(policy, batch);
        if !check.passed() {
            return Err(check);
        }
        for (unit, becomes) in &batch.settlements {
            self.settle(unit.clone(), becomes.clone());
        }
        Ok(check)
    }

    /// What a batch changes in every scope that it touches, and every province that was
    /// frozen. It costs what the batch is large, not what the book is.
    fn touched(&self, batch: &Batch) -> BTreeMap<Scope, Change> {
        let frozen = self.before.keys().filter(|scope| scope.kind() == UnitScope::Province);
        let mut scopes: BTreeMap<Scope, Change> =
            frozen.map(|scope| (scope.clone(), Change::default())).collect();
        for (unit, becomes) in &batch.settlements {
            let was = self.units.get(unit).map(|counted| (counted, -1));
            for (counted, sign) in was.into_iter().chain(becomes.iter().map(|one| (one, 1))) {
                for scope in counted.place.scopes() {
                    scopes.entry(scope).or_default().count(counted, sign);
                }
            }
        }
        scopes
    }

    fn line(&self, scope: Scope, change: Change, severity: Severity) -> ScopeLine {
        let (before, committed) = (self.before(&scope), self.after(&scope));
        let after = change.of(committed);
        let fits = before.is_some_and(|before| after.within(before));
        // What was too much already may shrink, or nothing would ever leave.
        let shrinks = after.within(committed);
        let outcome = match (fits, severity) {
            (true, _) => Outcome::Pass,
            (false, Severity::Hard) if !shrinks => Outcome::Fail,
            (false, _) => Outcome::Warn,
        };
        let room = Room::between(before.unwrap_or_default(), after);
        ScopeLine { scope, severity, before, committed, after, room, outcome }
    }
}

/// How strict the rule is in scopes of a kind; none where policy does not measure them. The
/// province's total is hard whatever policy says.
fn severity(rules: &[ScopeRule], kind: UnitScope) -> Option<Severity> {
    if kind == UnitScope::Province {
        return Some(Severity::Hard);
    }
    rules.iter().find(|rule| rule.scope == kind).map(|rule| rule.severity)
}

fn finding(line: &ScopeLine, rules: &Resolved<'_, Vec<ScopeRule>>) -> Finding {
    let (rule, name) = (Rule::OnlyDecrease, line.scope.label());
    let Figures { units, headcount } = line.after;
    let message = match line.before {
        Some(before) => format!(
            "{name}:改革前 {} 个单位、{} 名编制,本批后 {units} 个单位、{headcount} 名编制,余量 {}/{}",
            before.units, before.headcount, line.room.units, line.room.headcount
        ),
        None => format!("{name}:没有改革前基数,本批后 {units} 个单位、{headcount} 名编制"),
    };
    let reason = Reason::OnlyDecreaseViolated;
    let finding = match line.outcome {
        Outcome::Pass => Finding::pass(rule, message),
        Outcome::Warn => Finding::warn(rule, reason, message),
        Outcome::Fail => Finding::fail(rule, reason, format!("{message},不予提交")),
    };
    let with_before = |finding: Finding| match line.before {
        Some(before) => finding
            .fact("before_units", count(before.units))
            .fact("before_headcount", count(before.headcount)),
        None => finding,
    };
    with_before(finding)
        .fact("scope", text(&name))
        .fact("committed_units", count(line.committed.units))
        .fact("committed_headcount", count(line.committed.headcount))
        .fact("after_units", count(units))
        .fact("after_headcount", count(headcount))
        .fact("room_units", count(line.room.units))
        .fact("room_headcount", count(line.room.headcount))
        .by(&rules.source)
}

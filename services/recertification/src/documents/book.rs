//! 只减不增对比表: the book of a campaign.

use jiff::civil::Date;
use quanheng_forms::recertification::decrease::{Counts, Decrease, ScopeRow, Verdict};
use quanheng_policy::profile::{Policy, Severity, UnitScope};
use quanheng_recertification::decrease::{Book, Figures, Scope};

use super::facts::Units;

/// What the table is made of.
pub(crate) struct BookGround {
    /// Today.
    pub(crate) today: Date,
    /// 改革前基准日
    pub(crate) baseline_on: Date,
    /// The counts.
    pub(crate) book: Book,
    /// The policy of the province.
    pub(crate) policy: Policy,
    /// The departments that it counts by.
    pub(crate) units: Units,
}

fn counts(figures: Figures) -> Counts {
    let count = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    Counts { units: count(figures.units), slots: count(figures.headcount) }
}

impl BookGround {
    /// The table: every scope, as it stands without any batch.
    pub(super) fn form(&self) -> Decrease {
        let mut scopes: Vec<&Scope> = self.book.scopes().collect();
        scopes.sort();
        scopes.dedup();
        Decrease {
            batch: None,
            baseline_on: Some(self.baseline_on),
            as_of: self.today,
            scopes: scopes.into_iter().map(|scope| self.row(scope)).collect(),
        }
    }

    fn row(&self, scope: &Scope) -> ScopeRow {
        let (before, after) = (self.book.before(scope), self.book.after(scope));
        let (kind, name) = match scope {
            Scope::Province(code) => ("全省", code.to_string()),
            Scope::City(code) => ("市", code.to_string()),
            Scope::County(code) => ("县", code.to_string()),
            Scope::Department(unit) => {
                ("主管部门", self.units.name(unit, self.today).unwrap_or_else(|| unit.to_string()))
            }
        };
        let verdict = match (before, self.severity(scope.kind())) {
            (Some(before), Some(_)) if after.within(before) => Verdict::Pass,
            (_, Some(Severity::Hard)) => Verdict::Fail,
            (_, Some(_)) => Verdict::Warn,
            (_, None) => Verdict::Open,
        };
        ScopeRow {
            kind: kind.to_owned(),
            name,
            before: before.map(counts),
            committed: counts(after),
            after: counts(after),
            verdict,
        }
    }

    /// How strict the rule is there; none where policy does not measure it.
    fn severity(&self, kind: UnitScope) -> Option<Severity> {
        if kind == UnitScope::Province {
            return Some(Severity::Hard);
        }
        let rules = self.policy.only_decrease_scopes().ok()?;
        rules.value.iter().find(|rule| rule.scope == kind).map(|rule| rule.severity)
    }
}

//! Facts that conditions may ask for, computed of a career for a day.

use jiff::civil::Date;
use quanheng_policy::condition::{Facts, Value};
use quanheng_policy::profile::{Policy, TenureGranularity};
use quanheng_policy::{CategoryId, LevelId, RankId};
use quanheng_register::private::{AssessmentResult, CommendationKind, Sex};

use crate::career::{Career, Holding};
use crate::finding::{number, text};
use crate::known::Known;
use crate::span::{Grain, full_years};

const MONTHS: Grain = Grain(TenureGranularity::Month);
const MONTHS_PER_YEAR: i64 = 12;

/// A leadership level with the orders of the ranks that belong to it.
struct LevelGroup {
    id: LevelId,
    /// Its place from the top.
    order: u8,
    /// The orders of its ranks, the highest first; none where no rank belongs to it.
    ranks: Option<(u8, u8)>,
}

/// The facts of a career, for any day on or after the one as of which it is known.
pub(crate) struct Source<'a> {
    known: Known<'a>,
    levels: Vec<LevelGroup>,
    /// The spells with their levels, where they have one.
    spells: Vec<LevelSpell<'a>>,
}

struct LevelSpell<'a> {
    holding: &'a Holding,
    from: Date,
    to: Option<Date>,
    /// Its place in the levels.
    level: Option<usize>,
}

/// Facts that conditions may ask for (条件可用的事实): of a career on a day, as they are known
/// on that day.
///
/// | name | kind | what |
/// |---|---|---|
/// | `sex` | text | `male` or `female` |
/// | `age` | number | full years (周岁) |
/// | `years_of_service` | number | full years since 参加工作 |
/// | `held_rank` | text | the rank held in the ladder of the slot |
/// | `months_in_rank`, `years_in_rank` | number | all time in that rank |
/// | `held_level` | text | the level of what is held: a post's, or the one that a rank belongs to |
/// | `months_at_<level>`, `years_at_<level>` | number | time at that level: in its posts, and in ranks from its minimum rank up to below the next level's |
/// | `months_at_or_above_<level>`, `years_at_or_above_<level>` | number | time at that level or a higher one |
/// | `excellent_years` | number | annual assessments with 优秀 |
/// | `commendations_<kind>` | number | commendations of a kind: `commendation`, `merit_3`, `merit_2`, `merit_1`, `honor_title` |
/// | `pay_grade` | number | 级别 |
///
/// Levels are named by their ids in policy: `years_at_or_above_L42` is the time at 乡科级副职
/// or above (科级任职年限). Months are whole calendar months, from the month of the start on;
/// time held twice at once counts once. A fact that is not known is not there, so that a
/// condition that asks for it does not hold.
#[must_use]
pub fn facts(policy: &Policy, career: &Career, on: Date) -> Facts {
    Source::new(policy, Known { career, on }).on(on)
}

impl<'a> Source<'a> {
    pub(crate) fn new(policy: &Policy, known: Known<'a>) -> Self {
        let levels = groups(policy);
        let spells = known.spells().map(|spell| LevelSpell {
            holding: &spell.holding,
            from: spell.from,
            to: spell.to,
            level: level_of(policy, &levels, &spell.holding),
        });
        let spells = spells.collect();
        Self { known, levels, spells }
    }

    /// The facts on a day.
    pub(crate) fn on(&self, day: Date) -> Facts {
        let mut facts = self.known.career.extra.clone();
        self.person(day, &mut facts);
        self.rank(day, &mut facts);
        self.level_times(day, &mut facts);
        self.counts(&mut facts);
        facts
    }

    fn person(&self, day: Date, facts: &mut Facts) {
        let career = self.known.career;
        let sex = match career.sex {
            Sex::Male => "male",
            Sex::Female => "female",
        };
        facts.insert("sex".to_owned(), text(sex));
        set(facts, "age", full_years(career.birth, day).map(Value::Number));
        let service = career.work_started.and_then(|started| full_years(started, day));
        set(facts, "years_of_service", service.map(Value::Number));
        set(facts, "pay_grade", career.pay_grade.map(number));
    }

    fn rank(&self, day: Date, facts: &mut Facts) {
        let rank = self.known.career.category.as_ref().and_then(|own| self.rank_on(own, day));
        set(facts, "held_rank", rank.map(|rank| text(rank.as_str())));
        let months = rank.map(|rank| {
            let same = |spell: &&LevelSpell<'_>| {
                matches!(spell.holding, Holding::Rank { rank: own, .. } if own == rank)
            };
            months(self.spells.iter().filter(same), day)
        });
        set(facts, "months_in_rank", months.map(Value::Number));
        set(facts, "years_in_rank", months.map(|months| Value::Number(months / MONTHS_PER_YEAR)));
    }

    fn rank_on(&self, category: &CategoryId, day: Date) -> Option<&'a RankId> {
        let on = |spell: &&LevelSpell<'a>| spell.to.is_none_or(|to| day < to);
        let held = self.spells.iter().filter(on).filter_map(|spell| match spell.holding {
            Holding::Rank { category: own, rank } if own == category => Some((spell.from, rank)),
            _ => None,
        });
        held.max().map(|(_, rank)| rank)
    }

    fn level_times(&self, day: Date, facts: &mut Facts) {
        let held = self.spells.iter().filter(|spell| spell.to.is_none_or(|to| day < to));
        let highest = held.filter_map(|spell| spell.level).min();
        let highest = highest.map(|level| text(self.levels[level].id.as_str()));
        set(facts, "held_level", highest);
        for (index, level) in self.levels.iter().enumerate() {
            let at = |spell: &&LevelSpell<'_>| spell.level == Some(index);
            let above = |spell: &&LevelSpell<'_>| spell.level.is_some_and(|own| own <= index);
            let at = months(self.spells.iter().filter(at), day);
            let above = months(self.spells.iter().filter(above), day);
            for (name, months) in [("at", at), ("at_or_above", above)] {
                let id = &level.id;
                facts.insert(format!("months_{name}_{id}"), number(months));
                facts.insert(format!("years_{name}_{id}"), number(months / MONTHS_PER_YEAR));
            }
        }
    }

    fn counts(&self, facts: &mut Facts) {
        let assessments = self.known.assessments();
        let excellent =
            assessments.values().filter(|one| one.result == AssessmentResult::Excellent).count();
        facts.insert("excellent_years".to_owned(), count(excellent));
        for kind in CommendationKind::ALL {
            let name = match kind {
                CommendationKind::Commendation => "commendation",
                CommendationKind::Merit3 => "merit_3",
                CommendationKind::Merit2 => "merit_2",
                CommendationKind::Merit1 => "merit_1",
                CommendationKind::HonorTitle => "honor_title",
            };
            let commendations = self.known.career.commendations.iter();
            let found = commendations.filter(|one| one.kind == *kind && one.on <= self.known.on);
            facts.insert(format!("commendations_{name}"), count(found.count()));
        }
    }
}

fn set(facts: &mut Facts, name: &str, value: Option<Value>) {
    // A name of this page is never another's fact, also where it is not known.
    match value {
        Some(value) => facts.insert(name.to_owned(), value),
        None => facts.remove(name),
    };
}

fn count(count: usize) -> Value {
    Value::Number(i64::try_from(count).unwrap_or(i64::MAX))
}

/// The levels from the top, with the ranks that belong to each: from below the next higher
/// level's minimum rank down to its own.
fn groups(policy: &Policy) -> Vec<LevelGroup> {
    let mut above = 0;
    let levels = policy.leadership_levels().into_iter().map(|(id, level)| {
        let ranks = level.minimum_rank_order.map(|lowest| {
            let highest = above + 1;
            above = lowest;
            (highest, lowest)
        });
        LevelGroup { id: id.clone(), order: level.order, ranks }
    });
    levels.collect()
}

fn level_of(policy: &Policy, levels: &[LevelGroup], holding: &Holding) -> Option<usize> {
    match holding {
        Holding::Post { level } => levels.iter().position(|group| group.id == *level),
        Holding::Rank { category, rank } => {
            let ladder = policy.ladder(category).ok()?;
            if !ladder.value.follows_general_order {
                return None;
            }
            let order = ladder.value.rank(rank)?.order;
            let among = |group: &LevelGroup| {
                group.ranks.is_some_and(|(highest, lowest)| (highest..=lowest).contains(&order))
            };
            levels.iter().position(among)
        }
    }
}

/// Whether what is held on a day is of a level at least: a post of it or a higher one, or a
/// rank that belongs to one.
pub(crate) fn holds_level(policy: &Policy, known: Known<'_>, level: &LevelId) -> bool {
    let levels = groups(policy);
    let Some(wanted) = levels.iter().find(|group| group.id == *level) else { return false };
    let held = known.held().filter_map(|spell| level_of(policy, &levels, &spell.holding));
    held.map(|index| levels[index].order).any(|order| order <= wanted.order)
}

/// The months that spells cover before a day, each month once.
fn months<'s, 'a: 's>(spells: impl Iterator<Item = &'s LevelSpell<'a>>, day: Date) -> i64 {
    let until = MONTHS.of(day);
    let mut spans: Vec<(i64, i64)> = spells
        .map(|spell| {
            let to = spell.to.map_or(until, |to| MONTHS.of(to).min(until));
            (MONTHS.of(spell.from), to)
        })
        .collect();
    spans.sort_unstable();
    let (mut total, mut reached) = (0, i64::MIN);
    for (from, to) in spans {
        total += (to - from.max(reached)).max(0);
        reached = reached.max(to);
    }
    total
}

//! A career of what the register holds: the person's intervals, and what was sealed, opened.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_policy::class::UnitFacts;
use quanheng_policy::condition::{Facts, Value};
use quanheng_register::id::FactId;
use quanheng_register::person::{FactKind, Person, ServiceStatus, SlotKind};
use quanheng_register::private::{
    Assessment, Commendation, Investigation, PrivateProfile, Sanction,
};

use crate::career::{Career, Holding, Qualification, Spell};
use crate::refusal::Refusal;

/// What was held about a person under seal, opened.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// 基础信息
    pub profile: PrivateProfile,
    /// 年度考核, by year.
    pub assessments: BTreeMap<i16, Assessment>,
    /// 奖励
    pub commendations: BTreeMap<FactId, Commendation>,
    /// 处分、诫勉、组织处理
    pub sanctions: BTreeMap<FactId, Sanction>,
    /// 立案审查调查
    pub investigations: BTreeMap<FactId, Investigation>,
}

/// What the register of persons does not hold.
#[derive(Clone, Default)]
pub struct Elsewhere {
    /// What the class of the unit of the slot is found by, on the day; none if unknown.
    pub unit: Option<UnitFacts>,
    /// 任职资格
    pub qualifications: Vec<Qualification>,
    /// Further facts that local conditions ask for.
    pub extra: Facts,
}

crate::career::debug_hides!(Opened, Elsewhere);

/// The career of a person of the register, as of a day.
///
/// Posts that are held beside the main one (兼任) and posts without a level give no time. The
/// open facts tell of the conversion (首次套转) and since when the level was held. Whether
/// there were two years at the grass roots goes in as the extra fact `grass_roots_two_years`.
///
/// # Errors
/// [`Refusal::Erased`]; [`Refusal::FactMissing`] when what was opened is not all that is
/// held, so that a sanction that could not be opened never passes for none.
pub fn career_of(
    person: &Person,
    opened: Opened,
    elsewhere: Elsewhere,
    on: Date,
) -> Result<Career, Refusal> {
    if person.erased.is_some() {
        return Err(Refusal::Erased);
    }
    whole(person, &opened)?;
    let slot = person.slot_on(on).map(|(_, slot)| slot);
    let profile = opened.profile;
    let mut extra = elsewhere.extra;
    let grass_roots = Value::Flag(profile.grass_roots_two_years);
    extra.entry("grass_roots_two_years".to_owned()).or_insert(grass_roots);
    Ok(Career {
        person: person.person.clone(),
        sex: profile.sex,
        birth: profile.birth_date,
        work_started: profile.work_started,
        worker: slot.is_some_and(|slot| slot.slot == SlotKind::Logistics),
        in_service: person.status(on) == ServiceStatus::InService,
        category: slot.map(|slot| slot.category.clone()),
        unit: elsewhere.unit,
        pay_grade: profile.pay_grade,
        spells: spells(person),
        prior: Vec::new(),
        same_level_since: person.facts.same_level_since,
        conversion: person.facts.conversion.clone(),
        assessments: opened.assessments.into_values().collect(),
        commendations: opened.commendations.into_values().collect(),
        sanctions: opened.sanctions.into_values().collect(),
        investigations: opened.investigations.into_values().collect(),
        qualifications: elsewhere.qualifications,
        extra,
    })
}

fn spells(person: &Person) -> Vec<Spell> {
    let ranks = person.ranks.values().map(|spell| Spell {
        holding: Holding::Rank { category: spell.category.clone(), rank: spell.rank.clone() },
        from: spell.from,
        to: spell.to,
        reason: Some(spell.reason),
    });
    let posts = person.posts.values().filter(|spell| !spell.concurrent).filter_map(|spell| {
        let level = spell.level.clone()?;
        let holding = Holding::Post { level };
        Some(Spell { holding, from: spell.from, to: spell.to, reason: None })
    });
    ranks.chain(posts).collect()
}

/// Whether everything that is held was opened, and nothing else.
fn whole(person: &Person, opened: &Opened) -> Result<(), Refusal> {
    let missing = |fact| Err(Refusal::FactMissing { fact });
    let held = |kind| {
        let held = person.held.get(&kind);
        held.into_iter().flat_map(BTreeMap::keys).collect::<Vec<_>>()
    };
    let assessments = opened.assessments.iter().all(|(year, one)| *year == one.year);
    if !assessments || !person.assessments.keys().eq(opened.assessments.keys()) {
        return missing("assessments");
    }
    if !held(FactKind::Commendation).into_iter().eq(opened.commendations.keys()) {
        return missing("commendations");
    }
    if !held(FactKind::Sanction).into_iter().eq(opened.sanctions.keys()) {
        return missing("sanctions");
    }
    if !held(FactKind::Investigation).into_iter().eq(opened.investigations.keys()) {
        return missing("investigations");
    }
    Ok(())
}

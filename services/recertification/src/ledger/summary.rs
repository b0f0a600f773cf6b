//! What changed, for people.

use quanheng_register::unit::UnitProfile;

use super::history::Day;

/// What a day did to a unit: what it was and what it is.
pub(crate) fn summary(day: &Day) -> String {
    let mut parts: Vec<String> = day.kinds.iter().map(|kind| kind.label().to_owned()).collect();
    match (&day.before, &day.after) {
        (Some(before), Some(after)) => parts.extend(compared(before, after)),
        (None, Some(after)) => parts.push(format!("设立{}", after.name)),
        (Some(_), None) | (None, None) => {}
    }
    let named = |units: Vec<String>| units.join("、");
    if !day.predecessors.is_empty() {
        let units = day.predecessors.iter().map(|unit| format!("units/{unit}")).collect();
        parts.push(format!("来自 {}", named(units)));
    }
    if !day.successors.is_empty() {
        let units = day.successors.iter().map(|unit| format!("units/{unit}")).collect();
        parts.push(format!("并入 {}", named(units)));
    }
    parts.join(";")
}

fn compared(before: &UnitProfile, after: &UnitProfile) -> Vec<String> {
    let slots = |it: &UnitProfile| it.establishment.referenced_institution;
    let found = [
        (before.name != after.name).then(|| format!("名称 {} → {}", before.name, after.name)),
        (before.nature != after.nature)
            .then(|| format!("性质 {} → {}", before.nature.label(), after.nature.label())),
        (slots(before) != slots(after))
            .then(|| format!("参公事业编制 {} → {}", slots(before), slots(after))),
        (before.functions != after.functions).then(|| "主要职责有调整".to_owned()),
    ];
    found.into_iter().flatten().collect()
}

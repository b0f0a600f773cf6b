//! Who may see what: one's own inbox, what one takes part in, and what lies in one's
//! jurisdiction.

use std::collections::BTreeSet;

use quanheng_policy::PersonId;
use quanheng_policy::codes::DivisionCode;
use quanheng_projection::{Filter, Op, Order, Query, View};
use quanheng_runtime::reading::read_failure;
use quanheng_runtime::{Call, Failure};

use crate::allowed::Viewer;
use crate::message::person_name;
use crate::view::{CaseDoc, SUBSTITUTIONS, SubstitutionDoc, TaskDoc};

/// Persons whom one stands in for at most, as lists show it.
const STANDS_IN_MAX: usize = 100;

/// The person whom the caller's token names.
///
/// # Errors
/// `ACCESS_DENIED` where it names nobody.
pub(crate) fn acting(call: &Call) -> Result<PersonId, Failure> {
    call.principal.person.clone().ok_or_else(|| {
        call.realm.denials.record(&call.principal, call.method);
        Failure::denied("令牌未关联人员,不能办理")
    })
}

/// For whom a person stands in today.
pub(crate) async fn stands_in_for(
    call: &Call,
    view: &View,
    person: &PersonId,
) -> Result<BTreeSet<PersonId>, Failure> {
    let today = call.realm.today();
    let filter = Filter::equal("substitute", person_name(person));
    let filter = filter.and(Filter::compare("to", Op::GreaterOrEqual, today));
    let order = Order::ascending(&["to"]);
    let query = Query { filter, order, limit: STANDS_IN_MAX, ..Query::default() };
    let listed = view.list(SUBSTITUTIONS, &query).await.map_err(read_failure)?;
    let mut of = BTreeSet::new();
    for doc in listed.docs {
        let doc: SubstitutionDoc = doc.parse().map_err(Failure::internal)?;
        if doc.stand_in.from <= today {
            let id = doc.person.trim_start_matches("persons/");
            of.insert(PersonId::new(id).map_err(Failure::internal)?);
        }
    }
    of.remove(person);
    Ok(of)
}

/// Who looks.
pub(crate) async fn viewer(call: &Call, view: &View) -> Result<Viewer, Failure> {
    let Some(person) = call.principal.person.clone() else { return Ok(Viewer::default()) };
    let stands_in_for = stands_in_for(call, view, &person).await?;
    Ok(Viewer { person: Some(person), stands_in_for })
}

/// Whether somebody may see a case: who has something to do in it or has done something,
/// whoever stands in for such a one, and who governs its division or acts for its unit.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`.
pub(crate) fn sees(
    call: &Call,
    viewer: &Viewer,
    doc: &CaseDoc,
    task: Option<&TaskDoc>,
    name: &str,
) -> Result<(), Failure> {
    let own = call.principal.unit.as_ref().map(|unit| format!("units/{unit}"));
    if own.is_some() && own == doc.unit {
        return Ok(());
    }
    let person = viewer.person.iter();
    if person.chain(&viewer.stands_in_for).any(|person| takes_part(person, doc, task)) {
        return Ok(());
    }
    let division = DivisionCode::parse(&doc.division).map_err(Failure::internal)?;
    call.sees(&division, name)
}

fn takes_part(person: &PersonId, doc: &CaseDoc, task: Option<&TaskDoc>) -> bool {
    let open = doc.state.as_ref().and_then(|case| case.open.as_ref());
    let mut tasks = open.iter().flat_map(|open| &open.tasks).filter(|task| task.is_pending());
    let holds = tasks.any(|task| {
        use quanheng_workflow::case::TaskState::Delegated;
        let delegated = matches!(&task.state, Delegated { to } if to == person);
        delegated || task.holders().contains(person)
    });
    holds || doc.involved.contains(person) || task.is_some_and(|task| task.facts.concerns(person))
}

//! Foresight: what decisions on the cases of a unit had to read before is read at once the
//! next time. Nothing rests on it: what it misses is read on demand.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use quanheng_eventlog::{Read, StreamName};
use quanheng_policy::UnitId;
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;
use quanheng_streams::CaseKey;
use quanheng_workflow::case::Case;

use crate::people;
use crate::scope::Scope;

/// Units of which something is remembered.
const UNITS_MAX: NonZeroUsize = NonZeroUsize::new(4_096).expect("not zero");
/// Streams that are remembered of a unit.
const STREAMS_MAX: usize = 64;

/// What is remembered of units.
#[derive(Clone)]
pub struct Foresight(Arc<Mutex<LruCache<UnitId, BTreeMap<StreamName, Read>>>>);

impl Default for Foresight {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(LruCache::new(UNITS_MAX))))
    }
}

impl Foresight {
    /// The scope of a decision on a case: the case itself, whom and what it is about, who
    /// stands in for whom, what its kind reads, and what others of the unit had to read.
    ///
    /// # Errors
    /// [`Failure`] when the log cannot be read.
    pub async fn scope(
        &self,
        call: &Call,
        key: &CaseKey,
        of_kind: Vec<Read>,
    ) -> Result<Scope, Failure> {
        let read = streams::state::<streams::Cases>(streams::case(key));
        let loaded = call.realm.log.load_state(&read).await?;
        let mut scope = Scope::new(call, Vec::new());
        let Some(loaded) = loaded else { return Ok(scope) };
        let case = loaded.state::<Option<Case>>().and_then(Option::as_ref);
        let Some(case) = case else { return Ok(scope) };
        let mut reads = vec![read];
        reads.extend(of_kind);
        reads.extend(self.of_case(case));
        let caller = call.principal.person.iter().map(streams::person);
        reads.extend(caller.map(streams::state::<streams::Persons>));
        scope.add(reads, BTreeMap::new());
        scope.learns(self.clone(), case.about.unit.clone());
        // The decision need not read it once more.
        scope.bring(loaded);
        Ok(scope)
    }

    fn of_case(&self, case: &Case) -> Vec<Read> {
        let persons = case.about.persons.iter().map(streams::person);
        let mut reads: Vec<Read> = persons.map(streams::state::<streams::Persons>).collect();
        let holders = people::holders(case);
        let stand_ins = holders.iter().map(streams::substitutions);
        reads.extend(stand_ins.map(streams::state::<streams::Substitutions>));
        if let Some(unit) = &case.about.unit {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            reads.extend(known.get(unit).into_iter().flat_map(BTreeMap::values).cloned());
        }
        reads
    }

    /// Remembers what is the same for every case of a unit.
    pub(crate) fn remember(&self, unit: &UnitId, reads: &[Read]) {
        let lasts = |read: &&Read| {
            let name = read.stream().as_str();
            let account = name.starts_with("quotaAccounts/") && name.matches('/').count() == 1;
            account || ["units/", "offices/", "authorities/"].iter().any(|of| name.starts_with(of))
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_unit = known.get_or_insert_mut(unit.clone(), BTreeMap::new);
        if of_unit.len() >= STREAMS_MAX {
            of_unit.clear();
        }
        let reads = reads.iter().filter(lasts);
        of_unit.extend(reads.map(|read| (read.stream().clone(), read.clone())));
    }
}

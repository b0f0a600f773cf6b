//! Words that stand in events for one thing of several. A word that was published is read
//! for good; new ones may be added.

use std::collections::BTreeMap;

use quanheng_ledger::account as ledger;
use quanheng_ledger::digestion::Route;
use quanheng_ledger::event::{AllocationReason, ReleaseReason, VacateReason};
use quanheng_ledger::pool::PoolKind;
use quanheng_policy::class::{Standing, Tier, UnitGrade, UnitKind};
use quanheng_register::person;
use quanheng_register::unit::{ChangeKind, Nature};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::golden::{folder, text, updating};

pub(crate) const FILE: &str = "words.json";

type Words = BTreeMap<String, Vec<String>>;

fn written<T: Serialize + DeserializeOwned + PartialEq>(word: &T) -> String {
    let text = serde_json::to_string(word).unwrap();
    assert!(serde_json::from_str::<T>(&text).unwrap() == *word, "{text} is read as another");
    serde_json::from_str(&text).unwrap()
}

/// Lists the words of enums. The matches have no wildcard: a new variant does not compile
/// before it is listed.
macro_rules! words {
    ($($name:literal: $type:ty { $($variant:ident)* })*) => {{
        let mut words = Words::new();
        $(
            {
                type Word = $type;
                let listed = |word: &Word| match word {
                    $(Word::$variant)|* => written(word),
                };
                let list = [$(Word::$variant),*].iter().map(listed).collect();
                words.insert($name.to_owned(), list);
            }
        )*
        words
    }};
}

fn words() -> Words {
    words! {
        "ledger.direction": ledger::Direction { Out In }
        "ledger.transfer_kind": ledger::TransferKind { Allocation Loan }
        "ledger.exemption": ledger::Exemption { ExMilitaryFirstPlacement SeparatelyListed }
        "ledger.forced": ledger::Forced {
            LowerDetermination RankLowered OpeningBalance Correction
        }
        "ledger.pool_kind": PoolKind { Common Separate }
        "ledger.route": Route {
            Promotion LeadershipPost Retirement EarlyRetirement TransferOut Other
        }
        "ledger.vacate_reason": VacateReason {
            LeadershipPost TransferOut Retirement EarlyRetirement LeftService
            LeftReferenceManagement Death Other
        }
        "ledger.allocation_reason": AllocationReason {
            Political Performance Seniority ResolveDifficulty
        }
        "ledger.release_reason": ReleaseReason { Withdrawn Refused CaseClosed Expired }
        "policy.tier": Tier { Central Province Prefecture County Township }
        "policy.standing": Standing {
            Ordinary Ministry ViceMinistry SubProvincialCity SubProvincialDistrict
            MunicipalityDistrict
        }
        "policy.unit_grade": UnitGrade {
            Ministerial ViceMinisterial Bureau ViceBureau Division ViceDivision Section
            ViceSection
        }
        "policy.unit_kind": UnitKind {
            Organ LeadingGroup DirectlyAffiliated Dispatched Vertical ReferencedUnit
        }
        "unit.nature": Nature {
            Organ ReferencedInstitution ReferencedMassOrganization PublicInstitution
        }
        "unit.change_kind": ChangeKind {
            Abolished Merged Split Transferred Renamed GradeRaised GradeLowered Integrated
            ConvertedToOrgan ConvertedOther AffiliationChanged HeadcountIncreased
            HeadcountDecreased FunctionChanged BecameReferenced
        }
        "person.entry_way": person::EntryWay {
            Recruitment SelectedGraduate OpenTransferSelection InboundTransfer ExMilitary Election
            RegisteredWithUnit Other
        }
        "person.listing_reason": person::ListingReason { Reform Election Other }
        "person.slot_kind": person::SlotKind {
            Administrative ReferencedInstitution SpecialPoliticalLegal Logistics OtherInstitution
        }
        "person.move_way": person::MoveWay {
            LateralTransfer OpenSelection WithFunction Reclassified Other
        }
        "person.post_way": person::PostWay {
            Selection Election InboundTransfer Appointment Other
        }
        "person.post_leave_reason": person::PostLeaveReason {
            OtherPost TurnedToRank NotRenominated Reform Removed LeftService Other
        }
        "person.rank_reason": person::RankReason {
            Promotion Probation TransferIn ExMilitary PostToRank InitialConversion
            CategoryConversion Lowered Other
        }
        "person.rank_leave_reason": person::RankLeaveReason {
            Promoted LeadershipPost Lowered TransferOut Converted Retirement EarlyRetirement
            LeftService LeftReferenceManagement Death Other
        }
        "person.exemption": person::Exemption { ExMilitaryFirstPlacement SeparatelyListed }
        "person.leave_reason": person::LeaveReason {
            Retirement EarlyRetirement Resignation Dismissal Expulsion TransferOut
            LeftReferenceManagement Death Other
        }
        "promotion.ending": quanheng_streams::Ending { Refused Withdrawn }
        "person.fact_kind": person::FactKind { Commendation Sanction Investigation Relative }
    }
}

#[test]
fn every_published_word_is_still_said() {
    let now = words();
    let published: Words =
        text(FILE).map(|text| serde_json::from_str(&text).unwrap()).unwrap_or_default();
    for (kind, words) in &published {
        for word in words {
            let said = now.get(kind).is_some_and(|now| now.contains(word));
            assert!(said, "{kind}: {word:?} stands in published events and is not read any more");
        }
    }
    if published != now && updating() {
        let text = serde_json::to_string_pretty(&now).unwrap() + "\n";
        std::fs::write(folder().join(FILE), text).unwrap();
        return;
    }
    assert_eq!(published, now, "UPDATE_GOLDEN=1 adds new words to {FILE}");
}

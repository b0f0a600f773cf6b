//! The lists of the forms, on the wire and in the register.

use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_register::person as register;
use quanheng_register::private;

/// Two functions for each list: to the wire, and back (none if it is not given).
macro_rules! both_ways {
    ($($to:ident, $from:ident, $type:ident in $module:ident {
        $($here:ident = $there:ident),+ $(,)?
    })+) => {
        $(
            #[allow(dead_code, reason = "every list goes both ways, asked for or not")]
            pub(crate) fn $to(value: $module::$type) -> wire::$type {
                match value { $($module::$type::$here => wire::$type::$there,)+ }
            }

            #[allow(dead_code, reason = "every list goes both ways, asked for or not")]
            pub(crate) fn $from(value: wire::$type) -> Option<$module::$type> {
                match value { $(wire::$type::$there => Some($module::$type::$here),)+ _ => None }
            }
        )+
    };
}

both_ways! {
    slot_kind_message, slot_kind, SlotKind in register {
        Administrative = Administrative,
        ReferencedInstitution = ReferencedInstitution,
        SpecialPoliticalLegal = SpecialPoliticalLegal,
        Logistics = Logistics,
        OtherInstitution = OtherInstitution,
    }
    status_message, status, ServiceStatus in register {
        NotYet = NotYet,
        InService = InService,
        Retired = Retired,
        LeftService = LeftService,
        Deceased = Deceased,
        TransferredOut = TransferredOut,
    }
    entry_message, entry, EntryWay in register {
        Recruitment = Recruitment,
        SelectedGraduate = SelectedGraduate,
        OpenTransferSelection = OpenTransferSelection,
        InboundTransfer = InboundTransfer,
        ExMilitary = ExMilitary,
        Election = Election,
        RegisteredWithUnit = RegisteredWithUnit,
        Other = Other,
    }
    move_way_message, move_way, MoveWay in register {
        LateralTransfer = LateralTransfer,
        OpenSelection = OpenSelection,
        WithFunction = WithFunction,
        Reclassified = Reclassified,
        Other = Other,
    }
    post_way_message, post_way, PostWay in register {
        Selection = Selection,
        Election = Election,
        InboundTransfer = InboundTransfer,
        Appointment = Appointment,
        Other = Other,
    }
    post_left_message, post_left, PostLeaveReason in register {
        OtherPost = OtherPost,
        TurnedToRank = TurnedToRank,
        NotRenominated = NotRenominated,
        Reform = Reform,
        Removed = Removed,
        LeftService = LeftService,
        Other = Other,
    }
    rank_reason_message, rank_reason, RankReason in register {
        Promotion = Promotion,
        Probation = ProbationEnded,
        TransferIn = TransferredIn,
        ExMilitary = ExMilitary,
        PostToRank = FromPost,
        InitialConversion = Conversion,
        CategoryConversion = CategoryConversion,
        Lowered = Lowered,
        Other = Other,
    }
    rank_left_message, rank_left, RankLeaveReason in register {
        Promoted = Promoted,
        LeadershipPost = LeadershipPost,
        Lowered = Lowered,
        TransferOut = TransferOut,
        Converted = Converted,
        Retirement = Retirement,
        EarlyRetirement = EarlyRetirement,
        LeftService = LeftService,
        LeftReferenceManagement = LeftReferenceManagement,
        Death = Death,
        Other = Other,
    }
    exemption_message, exemption, Exemption in register {
        ExMilitaryFirstPlacement = ExMilitaryFirstPlacement,
        SeparatelyListed = SeparatelyListed,
    }
    leave_message, leave, LeaveReason in register {
        Retirement = Retirement,
        EarlyRetirement = EarlyRetirement,
        Resignation = Resignation,
        Dismissal = Dismissal,
        Expulsion = Expulsion,
        TransferOut = TransferOut,
        LeftReferenceManagement = LeftReferenceManagement,
        Death = Death,
        Other = Other,
    }
    listing_message, listing, ListingReason in register {
        Reform = Reform,
        Election = Election,
        Other = Other,
    }
    fact_kind_message, fact_kind, FactKind in register {
        Commendation = Commendation,
        Sanction = Sanction,
        Investigation = Investigation,
        Relative = Relative,
    }
    sex_message, sex, Sex in private {
        Male = Male,
        Female = Female,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! every_one {
        ($($module:ident::$type:ident: $to:ident, $from:ident;)+) => {
            $(
                let mut seen = std::collections::BTreeSet::new();
                for value in $module::$type::ALL {
                    let message = $to(*value);
                    assert!($from(message) == Some(*value), "{}", message.as_str_name());
                    assert!(seen.insert(message as i32), "{}", message.as_str_name());
                }
                assert!($from(wire::$type::Unspecified).is_none());
                // The wire knows no more than the register.
                let known = (0..64).filter(|number| wire::$type::try_from(*number).is_ok());
                assert_eq!(known.count(), seen.len() + 1, stringify!($type));
            )+
        };
    }

    #[test]
    fn every_word_of_a_list_comes_back() {
        every_one! {
            register::SlotKind: slot_kind_message, slot_kind;
            register::ServiceStatus: status_message, status;
            register::EntryWay: entry_message, entry;
            register::MoveWay: move_way_message, move_way;
            register::PostWay: post_way_message, post_way;
            register::PostLeaveReason: post_left_message, post_left;
            register::RankReason: rank_reason_message, rank_reason;
            register::RankLeaveReason: rank_left_message, rank_left;
            register::Exemption: exemption_message, exemption;
            register::LeaveReason: leave_message, leave;
            register::ListingReason: listing_message, listing;
            register::FactKind: fact_kind_message, fact_kind;
            private::Sex: sex_message, sex;
        }
    }
}

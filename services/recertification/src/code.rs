//! The lists that this service reads and writes, on the wire and in the domain.

use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_policy::profile::{ChangeRoute, ReferenceChange, UnitScope};
use quanheng_recertification::{
    BasisKind, Consequence, DutyIssuer, Issuer, MaterialStatus, Outcome, PaySource,
};

macro_rules! both_ways {
    ($(#[$doc:meta])* $to:ident, $from:ident, $rust:ty, $wire:ty, {$($name:ident),+ $(,)?}) => {
        $(#[$doc])*
        pub(crate) fn $to(value: $rust) -> $wire {
            match value { $(<$rust>::$name => <$wire>::$name,)+ }
        }

        /// The same from the wire; none if it is not given.
        #[allow(dead_code, reason = "some are only told")]
        pub(crate) fn $from(value: $wire) -> Option<$rust> {
            match value {
                $(<$wire>::$name => Some(<$rust>::$name),)+
                <$wire>::Unspecified => None,
            }
        }
    };
}

both_ways!(
    /// 依据种类
    basis_kind_message, basis_kind, BasisKind, wire::BasisKind,
    {
        NationalLaw, AdministrativeRegulation, StateCouncilDecision, SupervisionRegulation,
        ProvincialLocalRegulation, CityLocalRegulationApproved, SpecialZoneRegulation,
        AutonomousOrSeparateRegulation, PolicyDocumentEqualToRegulation, DepartmentalRule,
        LocalGovernmentRule, NormativeDocument, ThreeDeterminations,
    }
);
both_ways!(
    /// 制定机关
    issuer_message, issuer, Issuer, wire::BasisIssuer,
    {
        NationalCongress, CentralCommittee, StateCouncil, NationalSupervisionCommission,
        ProvincialCongress, CityCongress, SpecialZoneCongress, AutonomousCongress, Ministry,
        LocalGovernment, EstablishmentOffice, Other,
    }
);
both_ways!(
    /// 主要职责的确定机关
    duty_issuer_message, duty_issuer, DutyIssuer, wire::DutyIssuer,
    { PartyCommittee, Government, EstablishmentOffice, Other }
);
both_ways!(
    /// 工资福利来源
    pay_message, pay, PaySource, wire::PaySource,
    { Fiscal, PartlyFiscal, SelfFunded }
);
both_ways!(
    /// 机构变动情形
    change_message, change, ReferenceChange, wire::ReferenceChange,
    {
        ConvertedToOrgan, Renamed, GradeRaised, GradeLowered, MergedReferencedOnly,
        IntegratedWithNonReferenced, FunctionChanged, Abolished, Split, ConvertedOther,
        AffiliationChanged, HeadcountIncreased, HeadcountDecreased, BecameReferenced,
    }
);
both_ways!(
    /// 办理方式
    route_message, route, ChangeRoute, wire::ChangeRoute,
    { Filing, Recertify, Exit }
);
both_ways!(
    /// 后续事项
    consequence_message, consequence, Consequence, wire::RouteConsequence,
    { RedetermineQuota, OpenTransition, MoveHoldersToOrgan, CheckOnlyDecrease }
);
both_ways!(
    /// 核查范围
    scope_kind_message, scope_kind, UnitScope, wire::ScopeKind,
    { Province, City, County, ParentDepartment }
);
both_ways!(
    /// 核查结果
    outcome_message, outcome, Outcome, wire::RuleOutcome,
    { Pass, Warn, Fail }
);
both_ways!(
    /// 材料状态
    material_status_message, material_status, MaterialStatus, wire::MaterialStatus,
    { Missing, Received, Accepted, Rejected }
);

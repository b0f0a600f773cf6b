//! Values that several services write and read on the wire.

pub mod units;

use quanheng_api::quanheng::common::v1 as common;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_policy::Ratio;
use quanheng_policy::class::{Standing, Tier, UnitGrade, UnitKind};
use quanheng_policy::codes::{DivisionCode, DocumentNumber, InvalidCode};
use quanheng_policy::{InvalidId, UnitId};

use crate::failure::Failure;
use crate::reading::required_day;

/// A text with a code of its own that is wrong.
#[must_use]
pub fn wrong_code(field: &str, error: InvalidCode) -> Failure {
    Failure::coded_field(field, error.reason, error.message)
}

/// An id that is none.
#[must_use]
pub fn wrong_id(field: &str, error: &InvalidId) -> Failure {
    Failure::field(field, error.to_string())
}

/// An id of some kind.
///
/// # Errors
/// `INVALID_FIELD`.
pub fn id<T: TryFrom<String, Error = InvalidId>>(field: &str, text: &str) -> Result<T, Failure> {
    T::try_from(text.to_owned()).map_err(|error| wrong_id(field, &error))
}

/// The id in a resource name of one kind, as `units/{unit}`.
///
/// # Errors
/// `INVALID_FIELD`.
pub fn named<T: TryFrom<String, Error = InvalidId>>(
    field: &str,
    pattern: &'static str,
    name: &str,
) -> Result<T, Failure> {
    let [text] = quanheng_api::resource_id::<1>(pattern, name)
        .map_err(|error| Failure::field(field, error.to_string()))?;
    id(field, text)
}

/// A unit by its resource name.
///
/// # Errors
/// `INVALID_FIELD`.
pub fn unit(field: &str, name: &str) -> Result<UnitId, Failure> {
    named(field, "units/{unit}", name)
}

/// The caller's id for a new resource, or one made by the server.
///
/// # Errors
/// `INVALID_FIELD`.
pub fn given_or_new<T: TryFrom<String, Error = InvalidId>>(
    field: &str,
    text: &str,
) -> Result<T, Failure> {
    match text.is_empty() {
        true => id(field, &uuid::Uuid::now_v7().to_string()),
        false => id(field, text),
    }
}

/// A document and from when it takes effect.
#[derive(Debug, Clone)]
pub struct Basis {
    /// The document.
    pub document: DocumentNumber,
    /// From when.
    pub effective_on: jiff::civil::Date,
}

/// On what a decision rests.
///
/// # Errors
/// `INVALID_FIELD`, `DOCUMENT_NUMBER_FORMAT`.
pub fn basis(basis: Option<&common::Basis>) -> Result<Basis, Failure> {
    let basis = basis.ok_or_else(|| Failure::field("basis", "须写明依据(文号、生效日期)"))?;
    let document = DocumentNumber::parse(&basis.document_number);
    let document = document.map_err(|error| wrong_code("basis.document_number", error))?;
    let effective_on = required_day("basis.effective_on", basis.effective_on.as_ref())?;
    Ok(Basis { document, effective_on })
}

impl From<Basis> for quanheng_ledger::event::Basis {
    fn from(Basis { document, effective_on }: Basis) -> Self {
        Self { document, effective_on }
    }
}

impl From<Basis> for quanheng_register::Basis {
    fn from(Basis { document, effective_on }: Basis) -> Self {
        Self { document, effective_on }
    }
}

/// A basis on the wire.
#[must_use]
pub fn basis_message(document: &DocumentNumber, on: jiff::civil::Date) -> common::Basis {
    common::Basis {
        document_number: document.to_string(),
        effective_on: Some(quanheng_api::date(on)),
    }
}

/// A division by its code.
///
/// # Errors
/// `DIVISION_CODE_FORMAT`.
pub fn division(field: &str, text: &str) -> Result<DivisionCode, Failure> {
    DivisionCode::parse(text).map_err(|error| wrong_code(field, error))
}

/// A share on the wire.
#[must_use]
pub fn ratio_message(ratio: Ratio) -> common::Ratio {
    common::Ratio { numerator: ratio.numerator(), denominator: ratio.denominator() }
}

macro_rules! both_ways {
    ($(#[$doc:meta])* $to:ident, $(#[$back_doc:meta])* $from:ident, $rust:ty, $wire:ty, {$($r:ident = $w:ident),+ $(,)?}) => {
        $(#[$doc])*
        #[must_use]
        pub fn $to(value: $rust) -> $wire {
            match value { $(<$rust>::$r => <$wire>::$w,)+ }
        }

        $(#[$back_doc])*
        #[must_use]
        pub fn $from(value: $wire) -> Option<$rust> {
            match value { $(<$wire>::$w => Some(<$rust>::$r),)+ _ => None }
        }
    };
}

both_ways!(
    /// A tier on the wire.
    tier_message,
    /// A tier from the wire; none if it is not given.
    tier,
    Tier, registry::Tier,
    { Central = Central, Province = Province, Prefecture = Prefecture, County = County, Township = Township }
);
both_ways!(
    /// A standing on the wire.
    standing_message,
    /// A standing from the wire; none if it is not given.
    standing,
    Standing, registry::Standing,
    {
        Ordinary = Ordinary, Ministry = Ministry, ViceMinistry = ViceMinistry,
        SubProvincialCity = SubProvincialCity, SubProvincialDistrict = SubProvincialDistrict,
        MunicipalityDistrict = MunicipalityDistrict,
    }
);
both_ways!(
    /// A grade on the wire.
    grade_message,
    /// A grade from the wire; none if it is not given.
    grade,
    UnitGrade, registry::UnitGrade,
    {
        Ministerial = Ministerial, ViceMinisterial = ViceMinisterial, Bureau = Bureau,
        ViceBureau = ViceBureau, Division = Division, ViceDivision = ViceDivision,
        Section = Section, ViceSection = ViceSection,
    }
);
both_ways!(
    /// A kind on the wire.
    kind_message,
    /// A kind from the wire; none if it is not given.
    kind,
    UnitKind, registry::UnitKind,
    {
        Organ = Organ, LeadingGroup = LeadingGroup, DirectlyAffiliated = DirectlyAffiliated,
        Dispatched = Dispatched, Vertical = Vertical, ReferencedUnit = ReferencedUnit,
    }
);

/// An enum field that has to be given.
///
/// # Errors
/// `INVALID_FIELD`.
pub fn required<T>(field: &str, value: Option<T>) -> Result<T, Failure> {
    value.ok_or_else(|| Failure::field(field, "须填写或取值无效"))
}

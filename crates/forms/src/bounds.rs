//! Every limit, by name. What exceeds one is refused with its name as the code.

use crate::error::FormError;

/// Characters of one text: a résumé is the longest that a form holds.
pub const TEXT_CHARS_MAX: usize = 4_000;
/// The largest number of seats or persons that a form prints.
pub const COUNT_MAX: u32 = 1_000_000;
/// Persons of one filing form (备案表).
pub const FILING_ROWS_MAX: usize = 2_000;
/// Persons whose approval forms (审批表) stand in one document.
pub const FORMS_MAX: usize = 500;
/// Lines of one résumé (工作简历).
pub const CAREER_LINES_MAX: usize = 200;
/// Candidates of one public notice (公示).
pub const CANDIDATES_MAX: usize = 1_000;
/// Candidates of one roster (花名册).
pub const ROSTER_ROWS_MAX: usize = 10_000;
/// Rank sets (职级职数) on one roster.
pub const SETS_MAX: usize = 500;
/// Rows of one review table (审核表): persons times rules.
pub const REVIEW_ROWS_MAX: usize = 100_000;
/// Units on one ledger (台账) or filing sheet.
pub const UNITS_MAX: usize = 10_000;
/// Changes, rounds and documents (变动、轮次、文件) of all rows of one workbook.
pub const CHANGES_MAX: usize = 50_000;
/// Scopes (范围) of one table.
pub const SCOPES_MAX: usize = 5_000;
/// Cases (案件) on one ledger.
pub const CASES_MAX: usize = 10_000;
/// Persons of one transition plan (过渡安排).
pub const TRANSITION_ROWS_MAX: usize = 10_000;
/// Bases, duties, opinions or materials of one form.
pub const FACTS_MAX: usize = 200;
/// Documents in one file.
pub const DOCUMENTS_MAX: usize = 2_000;
/// Bytes of all documents in one file.
pub const DOCUMENTS_BYTES_MAX: usize = 256 << 20;
/// Characters of a document's name.
pub const NAME_CHARS_MAX: usize = 120;

/// Refuses more than a bound allows.
pub(crate) fn at_most(bound: &'static str, found: usize, max: usize) -> Result<(), FormError> {
    if found > max {
        return Err(FormError::Bound { bound, max: u64::try_from(max).unwrap_or(u64::MAX) });
    }
    Ok(())
}

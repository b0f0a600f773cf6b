//! The documents of a round (批次表样): what the registers, the ledger and the requests say, put
//! into forms. Pure: everything was read before ([`Ground`]). What is not known is left blank;
//! nothing is made up.

mod appointment;
mod candidate;
mod career;
mod filing;
mod history;
mod notice;
mod review;
mod roster;
mod seats;

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_api::quanheng::promotion::v1::RoundDocument;
use quanheng_forms::{FormError, bundle};
use quanheng_ledger::account::Account;
use quanheng_policy::calendar::Calendar;
use quanheng_policy::profile::Policy;
use quanheng_policy::{CategoryId, RankId, UnitId};
use quanheng_register::unit::{Unit, UnitProfile};
use quanheng_runtime::Failure;
use quanheng_streams::{PreReviewState, RoundState};
use tonic::Code;

pub(crate) use candidate::Candidate;
pub(crate) use history::History;

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const ZIP: &str = "application/zip";

/// Every document, in the order in which a round makes them.
const EACH: [RoundDocument; 7] = [
    RoundDocument::PreReviewForm,
    RoundDocument::EligibilityReview,
    RoundDocument::Roster,
    RoundDocument::Notice,
    RoundDocument::NoticeList,
    RoundDocument::ApprovalForms,
    RoundDocument::FilingForm,
];

/// What the documents are made of.
pub(crate) struct Ground {
    /// Today.
    pub(crate) today: Date,
    /// The round.
    pub(crate) round: RoundState,
    /// Its unit, as it is.
    pub(crate) profile: UnitProfile,
    /// The policy that names ranks.
    pub(crate) policy: Policy,
    /// The calendar with its local days.
    pub(crate) calendar: Calendar,
    /// The account that the round charges.
    pub(crate) account: Account,
    /// The pre-review that it uses, where it came by a case.
    pub(crate) pre_review: Option<PreReviewState>,
    /// The units that the candidates are, or were, of.
    pub(crate) units: BTreeMap<UnitId, Unit>,
    /// The candidates whom some document is about, in the order of the round.
    pub(crate) candidates: Vec<Candidate>,
}

impl Ground {
    /// The resource name of the round.
    pub(crate) fn name(&self) -> String {
        format!("promotionRounds/{}", self.round.round)
    }

    /// A rank by its name in the ladder; by its id where policy names none.
    fn rank_name(&self, category: &CategoryId, rank: &RankId) -> String {
        let known = self.policy.rank(category, rank);
        known.map_or_else(|_| rank.to_string(), |rank| rank.name)
    }

    /// What a unit is called on a day; empty where it is not known.
    fn unit_name(&self, unit: &UnitId, on: Date) -> String {
        let known = self.units.get(unit).and_then(|unit| {
            unit.as_of(on).or_else(|| unit.as_of(self.today)).or_else(|| unit.as_of(Date::MAX))
        });
        known.map(|profile| profile.name).unwrap_or_default()
    }

    /// Those whom a document is about.
    fn of(&self, kind: RoundDocument) -> Vec<&Candidate> {
        self.candidates.iter().filter(|one| one.history.belongs(kind)).collect()
    }

    /// The body that decides for the unit.
    fn body(&self) -> String {
        format!("{}党委（党组）", self.profile.name)
    }
}

/// A document as a file.
pub(crate) struct File {
    /// Its name; it names no persons.
    pub(crate) name: String,
    /// What it is.
    pub(crate) media_type: &'static str,
    /// Its content.
    pub(crate) bytes: Vec<u8>,
}

impl File {
    fn xlsx(title: &str, bytes: Vec<u8>) -> Self {
        Self { name: format!("{title}.xlsx"), media_type: XLSX, bytes }
    }

    fn docx(title: &str, bytes: Vec<u8>) -> Self {
        Self { name: format!("{title}.docx"), media_type: DOCX, bytes }
    }
}

/// That there is nothing to put into a document.
pub(crate) fn nothing(round: &str) -> Failure {
    Failure::rule("NOTHING_TO_EXPORT", round, "本批次没有可填入该表样的内容").with("round", round)
}

/// Makes a document.
///
/// # Errors
/// `NOTHING_TO_EXPORT`; `NOTICES_DIFFER` where one notice would tell of several postings; what a
/// form refuses.
pub(crate) fn make(ground: &Ground, kind: RoundDocument) -> Result<File, Failure> {
    if kind == RoundDocument::All {
        return all(ground);
    }
    let mut files = files(ground, kind)?;
    match (files.pop(), files.is_empty()) {
        (None, _) => Err(nothing(&ground.name())),
        (Some(only), true) => Ok(only),
        (Some(_), false) => {
            let name = ground.name();
            let message = "人选分多次公示,请指定同一次公示的申请";
            Err(Failure::rule("NOTICES_DIFFER", &name, message).with("round", name))
        }
    }
}

/// Every document that there is something for, in one file.
fn all(ground: &Ground) -> Result<File, Failure> {
    let mut found = Vec::new();
    for kind in EACH {
        found.extend(files(ground, kind)?);
    }
    if found.is_empty() {
        return Err(nothing(&ground.name()));
    }
    let named = found.iter().map(|file| bundle::Named { name: &file.name, bytes: &file.bytes });
    let named: Vec<bundle::Named<'_>> = named.collect();
    let bytes = bundle::zip(&named, ground.today).map_err(|error| failed(ground, error))?;
    Ok(File { name: "晋升批次表样.zip".to_owned(), media_type: ZIP, bytes })
}

/// The files of a document: none where there is nothing for it, several of several notices.
fn files(ground: &Ground, kind: RoundDocument) -> Result<Vec<File>, Failure> {
    use quanheng_forms::{appointment, filing, notice, pre_review, review, roster};
    let made_on = ground.today;
    let chosen = ground.of(kind);
    let needs_persons = kind != RoundDocument::PreReviewForm;
    if needs_persons && chosen.is_empty() {
        return Ok(Vec::new());
    }
    let file = match kind {
        RoundDocument::PreReviewForm => {
            let Some(form) = seats::pre_review(ground) else { return Ok(Vec::new()) };
            let bytes = pre_review::xlsx(&form, made_on);
            bytes.map(|bytes| File::xlsx(pre_review::TITLE, bytes))
        }
        RoundDocument::FilingForm => {
            let bytes = filing::xlsx(&self::filing::form(ground, &chosen), made_on);
            bytes.map(|bytes| File::xlsx(filing::TITLE, bytes))
        }
        RoundDocument::ApprovalForms => {
            let forms: Vec<_> =
                chosen.iter().map(|one| self::appointment::form(ground, one)).collect();
            let bytes = appointment::docx(&forms, made_on);
            bytes.map(|bytes| File::docx(appointment::TITLE, bytes))
        }
        RoundDocument::Roster => {
            let bytes = roster::xlsx(&self::roster::form(ground, &chosen), made_on);
            bytes.map(|bytes| File::xlsx(roster::TITLE, bytes))
        }
        RoundDocument::EligibilityReview => {
            let bytes = review::xlsx(&self::review::form(ground, &chosen), made_on);
            bytes.map(|bytes| File::xlsx(review::TITLE, bytes))
        }
        RoundDocument::Notice => {
            return notices(ground, &chosen, "职级晋升公示", |title, form| {
                notice::docx(form, made_on).map(|bytes| File::docx(title, bytes))
            });
        }
        RoundDocument::NoticeList => {
            return notices(ground, &chosen, "职级晋升公示名单", |title, form| {
                notice::xlsx(form, made_on).map(|bytes| File::xlsx(title, bytes))
            });
        }
        RoundDocument::Unspecified | RoundDocument::All => return Ok(Vec::new()),
    };
    Ok(vec![file.map_err(|error| failed(ground, error))?])
}

/// A file for each posting.
fn notices(
    ground: &Ground,
    chosen: &[&Candidate],
    title: &str,
    made: impl Fn(&str, &quanheng_forms::notice::Notice) -> Result<File, FormError>,
) -> Result<Vec<File>, Failure> {
    let forms = notice::forms(ground, chosen)?;
    let single = forms.len() == 1;
    let files = forms.iter().zip(1..).map(|(form, number)| {
        let title = if single { title.to_owned() } else { format!("{title}（{number}）") };
        made(&title, form).map_err(|error| failed(ground, error))
    });
    files.collect()
}

/// Why a form cannot be made of what is known.
fn failed(ground: &Ground, error: FormError) -> Failure {
    let name = ground.name();
    match error {
        FormError::Bound { bound, max } => {
            Failure::new(Code::ResourceExhausted, bound, error.to_string())
                .with("bound", bound.to_ascii_lowercase())
                .with("max", max.to_string())
        }
        FormError::Writer { .. } => Failure::internal(error),
        error => Failure::rule(error.code(), &name, error.to_string()).with("round", name),
    }
}

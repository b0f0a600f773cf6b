//! The documents of reference management (表样): what registers, cases, books and transitions say,
//! put into forms. Everything was read before; what is not known is left blank for the pen,
//! nothing is made up.

mod book;
mod case;
mod facts;
mod ledger;
mod review;
mod transition;

use jiff::civil::Date;
use quanheng_forms::FormError;
use quanheng_forms::recertification as forms;
use quanheng_runtime::Failure;
use tonic::Code;

pub(crate) use book::BookGround;
pub(crate) use case::CaseGround;
pub(crate) use facts::Units;
pub(crate) use ledger::LedgerGround;
pub(crate) use review::ReviewGround;
pub(crate) use transition::TransitionGround;

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// What a document is made of.
pub(crate) enum Ground {
    /// 参照管理申请
    Application(Box<CaseGround>),
    /// 参照公务员法管理审批表
    Approval(Box<CaseGround>),
    /// 备案表
    Filing(Box<CaseGround>),
    /// 只减不增对比表
    Comparison(Box<BookGround>),
    /// 参照管理单位台账
    Ledger(Box<LedgerGround>),
    /// 单位台账, of one unit.
    Sheet(Box<LedgerGround>),
    /// 审核台账
    Review(Box<ReviewGround>),
    /// 过渡安排表
    Transition(Box<TransitionGround>),
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

/// Makes a document of what `of` names.
///
/// # Errors
/// What a form refuses: a bound, a text that no file can hold.
pub(crate) fn make(ground: &Ground, of: &str, made_on: Date) -> Result<File, Failure> {
    let made = match ground {
        Ground::Application(ground) => forms::application::docx(&ground.application(), made_on)
            .map(|bytes| File::docx("参照公务员法管理申请", bytes)),
        Ground::Approval(ground) => forms::approval::docx(&[ground.approval()], made_on)
            .map(|bytes| File::docx("参照公务员法管理审批表", bytes)),
        Ground::Filing(ground) => forms::filing::docx(&ground.filing(), made_on)
            .map(|bytes| File::docx("参照公务员法管理备案表", bytes)),
        Ground::Comparison(ground) => forms::decrease::xlsx(&ground.form(), made_on)
            .map(|bytes| File::xlsx("只减不增对比表", bytes)),
        Ground::Ledger(ground) => forms::ledger::xlsx(&ground.form(), made_on)
            .map(|bytes| File::xlsx("参照管理单位台账", bytes)),
        Ground::Sheet(ground) => match ground.only() {
            Some(unit) => forms::ledger::docx(&unit, ground.on(), made_on)
                .map(|bytes| File::docx("参照管理单位台账（单位）", bytes)),
            None => return Err(Failure::not_found(of)),
        },
        Ground::Review(ground) => forms::cases::xlsx(&ground.form(), made_on)
            .map(|bytes| File::xlsx("重新认定审核台账", bytes)),
        Ground::Transition(ground) => forms::transition::xlsx(&ground.form(), made_on)
            .map(|bytes| File::xlsx("退出人员过渡安排表", bytes)),
    };
    made.map_err(|error| failed(of, error))
}

/// Why a form cannot be made of what is known.
fn failed(of: &str, error: FormError) -> Failure {
    match error {
        FormError::Bound { bound, max } => {
            Failure::new(Code::ResourceExhausted, bound, error.to_string())
                .with("bound", bound.to_ascii_lowercase())
                .with("max", max.to_string())
        }
        FormError::Writer { .. } => Failure::internal(error),
        error => Failure::rule(error.code(), of, error.to_string()).with("resource", of),
    }
}

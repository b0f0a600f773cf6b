//! Why a document cannot be made.

/// Why a document cannot be made: nothing of it was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are the facts that the message names")]
pub enum FormError {
    /// A character that no file of this kind may hold, or one that turns text around.
    #[error("{field}含有不能写入文件的字符 U+{code_point:04X}")]
    Character { field: &'static str, code_point: u32 },
    /// Longer than any field may be: shorten it.
    #[error("{field}超过 {max} 个字符")]
    TextTooLong { field: &'static str, max: usize },
    /// Wrapped it is still higher than a row can be: shorten it.
    #[error("{field}内容过长,一行表格容纳不下")]
    TextTooTall { field: &'static str },
    /// The form needs it.
    #[error("缺少{field}")]
    Missing { field: &'static str },
    /// Beyond a bound; its name is the code.
    #[error("超出限制 {bound}(最多 {max})")]
    Bound { bound: &'static str, max: u64 },
    /// Fewer than none would be left: more leave than are there.
    #[error("{field}计算结果为负数 {value}")]
    Negative { field: &'static str, value: i64 },
    /// The subtotal given is not the sum of what it is made of.
    #[error("{field}小计 {given} 与各职级之和 {sum} 不一致")]
    Subtotal { field: &'static str, given: i64, sum: i64 },
    /// A rank shares its seats with a next one that there is not.
    #[error("{field}最后一个职级不能与下一职级合并")]
    NothingToJoin { field: &'static str },
    /// A period that ends before it begins.
    #[error("{field}结束日期早于开始日期")]
    Period { field: &'static str },
    /// A public notice never shows an identity number.
    #[error("公示内容的{field}含有公民身份号码")]
    IdentityNumber { field: &'static str },
    /// A form that has no place for an identity number.
    #[error("{field}含有公民身份号码,本表不得填写")]
    IdentityNumberNotAllowed { field: &'static str },
    /// A name that would not be one file beside the others.
    #[error("文件名不可用:{name}")]
    FileName { name: String },
    /// Two documents of the same name.
    #[error("文件名重复:{name}")]
    FileNameTwice { name: String },
    /// The library that writes the file refuses: a fault of this program.
    #[error("生成文件失败:{why}")]
    Writer { why: String },
}

impl FormError {
    /// A stable code; of a bound, the bound's name.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Character { .. } => "CHARACTER_NOT_ALLOWED",
            Self::TextTooLong { .. } => "TEXT_CHARS_MAX",
            Self::TextTooTall { .. } => "TEXT_TOO_TALL",
            Self::Missing { .. } => "FIELD_MISSING",
            Self::Bound { bound, .. } => bound,
            Self::Negative { .. } => "COUNT_NEGATIVE",
            Self::Subtotal { .. } => "SUBTOTAL_MISMATCH",
            Self::NothingToJoin { .. } => "NOTHING_TO_JOIN",
            Self::Period { .. } => "PERIOD_REVERSED",
            Self::IdentityNumber { .. } => "IDENTITY_NUMBER_IN_NOTICE",
            Self::IdentityNumberNotAllowed { .. } => "IDENTITY_NUMBER_NOT_ALLOWED",
            Self::FileName { .. } => "FILE_NAME_INVALID",
            Self::FileNameTwice { .. } => "FILE_NAME_TWICE",
            Self::Writer { .. } => "FILE_NOT_WRITTEN",
        }
    }

    pub(crate) fn writer(why: impl ToString) -> Self {
        Self::Writer { why: why.to_string() }
    }
}

impl From<rust_xlsxwriter::XlsxError> for FormError {
    fn from(error: rust_xlsxwriter::XlsxError) -> Self {
        Self::writer(error)
    }
}

//! Why a whole file is refused, and why one cannot be written.

/// Why a file is refused as a whole: nothing of it was taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are the facts that the message names")]
pub enum ReadError {
    /// Beyond a bound; its name is the code.
    #[error("文件超出限制 {bound}(最多 {max})")]
    Bound { bound: &'static str, max: u64 },
    /// Nothing in it.
    #[error("文件为空")]
    Empty,
    /// A web page under the name of a worksheet.
    #[error("文件实际是网页(HTML),不是表格;请用表格软件打开后另存为 .xlsx 再上传")]
    Html,
    /// An XML worksheet of 2003, or any other XML.
    #[error("文件实际是 XML,不是表格;请用表格软件打开后另存为 .xlsx 再上传")]
    Xml,
    /// Encrypted with a password.
    #[error("文件设有密码;请取消密码后再上传")]
    Encrypted,
    /// Neither a worksheet nor a text.
    #[error("不支持的文件格式;请使用 .xlsx、.xls 或 CSV")]
    Format,
    /// A worksheet that cannot be read to its end.
    #[error("文件已损坏,无法读取;请重新保存后再上传")]
    Damaged,
    /// A text in no encoding that we know.
    #[error("文本编码无法识别;请保存为 UTF-8 或 GB18030(ANSI)")]
    Encoding,
    /// Quotes that do not end, and the like.
    #[error("第 {row} 行附近的 CSV 格式不正确")]
    Csv { row: u64 },
    /// No sheet in the workbook.
    #[error("文件中没有工作表")]
    NoSheet,
    /// No row looks like the header of the form.
    #[error("未找到「{form}」的表头")]
    HeaderMissing { form: &'static str },
    /// The form needs these columns.
    #[error("缺少必需的列:{}", .columns.join("、"))]
    ColumnsMissing { columns: Vec<String> },
    /// Two columns of the sheet are the same column of the form.
    #[error("{letters} 列重复:{column}")]
    ColumnTwice { column: String, letters: String },
}

impl ReadError {
    /// A stable code; of a bound, the bound's name.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Bound { bound, .. } => bound,
            Self::Empty => "FILE_EMPTY",
            Self::Html => "FILE_IS_HTML",
            Self::Xml => "FILE_IS_XML",
            Self::Encrypted => "FILE_ENCRYPTED",
            Self::Format => "FILE_FORMAT",
            Self::Damaged => "FILE_DAMAGED",
            Self::Encoding => "TEXT_ENCODING",
            Self::Csv { .. } => "CSV_FORMAT",
            Self::NoSheet => "SHEET_MISSING",
            Self::HeaderMissing { .. } => "HEADER_MISSING",
            Self::ColumnsMissing { .. } => "COLUMNS_MISSING",
            Self::ColumnTwice { .. } => "COLUMN_TWICE",
        }
    }

    pub(crate) fn bound(bound: &'static str, max: impl TryInto<u64>) -> Self {
        Self::Bound { bound, max: max.try_into().unwrap_or(u64::MAX) }
    }
}

/// Why a sheet could not be written.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are the facts that the message names")]
pub enum WriteError {
    /// The row has not as many values as the form has columns.
    #[error("行有 {values} 个值,表有 {columns} 列")]
    Width { values: usize, columns: usize },
    /// A text longer than a cell of a worksheet can hold (32,767).
    #[error("单元格文字过长({chars} 字)")]
    TooLong { chars: usize },
    /// More rows than a worksheet can hold (1,048,576).
    #[error("行数超出工作表上限")]
    TooManyRows,
    /// A character that the encoding lacks.
    #[error("文字中有目标编码无法表示的字符")]
    Encoding,
    /// The worksheet library refused.
    #[error("无法生成工作表:{0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The CSV library refused.
    #[error("无法生成 CSV:{0}")]
    Csv(#[from] csv::Error),
}

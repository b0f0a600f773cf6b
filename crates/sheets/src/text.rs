//! CSV written.

use std::borrow::Cow;

use encoding_rs::GB18030;

use crate::error::WriteError;
use crate::form::Form;
use crate::guard;
use crate::value::Value;

/// How a CSV file is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// UTF-8 with a byte order mark, without which Excel takes it for ANSI.
    #[default]
    Utf8,
    /// GB18030, for programs that know nothing else.
    Gb18030,
}

/// Writes CSV of a form: the header as a worksheet program saves it, then the rows.
pub struct CsvWriter<'f> {
    form: &'f Form,
    encoding: Encoding,
    inner: csv::Writer<Vec<u8>>,
}

impl<'f> CsvWriter<'f> {
    /// A file with its header.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn new(form: &'f Form, encoding: Encoding) -> Result<Self, WriteError> {
        let bytes = match encoding {
            Encoding::Utf8 => vec![0xEF, 0xBB, 0xBF],
            Encoding::Gb18030 => Vec::new(),
        };
        let inner = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .flexible(true)
            .from_writer(bytes);
        let mut writer = Self { form, encoding, inner };
        let cells = form.header_cells();
        for level in 0..form.header_rows() {
            let mut line = vec![""; form.columns.len()];
            for cell in cells.iter().filter(|cell| cell.row == level) {
                line[usize::from(cell.column)] = cell.text;
            }
            writer.line(&line)?;
        }
        Ok(writer)
    }

    /// Writes a row: a value for each column of the form.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn row(&mut self, values: &[Value]) -> Result<(), WriteError> {
        let columns = self.form.columns.len();
        if values.len() != columns {
            return Err(WriteError::Width { values: values.len(), columns });
        }
        let line: Vec<String> = values.iter().map(csv_text).collect();
        let line: Vec<Cow<'_, str>> = line.iter().map(|text| guard::added(text)).collect();
        self.line(&line)
    }

    fn line<T: AsRef<str>>(&mut self, fields: &[T]) -> Result<(), WriteError> {
        for field in fields {
            match self.encoding {
                Encoding::Utf8 => self.inner.write_field(field.as_ref())?,
                Encoding::Gb18030 => {
                    let (bytes, _, unmapped) = GB18030.encode(field.as_ref());
                    if unmapped {
                        return Err(WriteError::Encoding);
                    }
                    self.inner.write_field(bytes)?;
                }
            }
        }
        Ok(self.inner.write_record(None::<&[u8]>)?)
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn finish(self) -> Result<Vec<u8>, WriteError> {
        self.inner.into_inner().map_err(|error| WriteError::Csv(error.into_error().into()))
    }
}

/// Writes a whole file.
///
/// # Errors
/// [`WriteError`].
pub fn csv<'v>(
    form: &Form,
    encoding: Encoding,
    rows: impl IntoIterator<Item = &'v [Value]>,
) -> Result<Vec<u8>, WriteError> {
    let mut writer = CsvWriter::new(form, encoding)?;
    rows.into_iter().try_for_each(|row| writer.row(row))?;
    writer.finish()
}

/// Months as `201207`: a worksheet program that opens the file leaves that alone, while
/// it makes 2012.1 of 2012.10.
fn csv_text(value: &Value) -> String {
    match value {
        Value::Month(month) => format!("{:04}{:02}", month.year(), month.month()),
        value => value.display(),
    }
}

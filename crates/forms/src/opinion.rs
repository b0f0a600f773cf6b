//! An opinion with seal and date (意见、盖章、年月日), as forms end with.

use jiff::civil::Date;

use crate::days::spoken;

/// What a body says on a form (意见). Left open, it is written and sealed by hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opinion {
    /// The words of the opinion.
    pub text: Option<String>,
    /// The day that it is dated.
    pub on: Option<Date>,
}

impl Opinion {
    pub(crate) fn words(&self) -> &str {
        self.text.as_deref().unwrap_or("")
    }

    /// The day, or room to write it.
    pub(crate) fn day(&self) -> String {
        self.on.map_or_else(|| "年    月    日".to_owned(), spoken)
    }
}

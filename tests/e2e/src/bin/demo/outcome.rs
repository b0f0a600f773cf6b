//! What may go wrong, in words; and refusals, which are what some steps are about.

use std::collections::BTreeMap;
use std::fmt;

use tonic::{Code, Response, Status};
use tonic_types::StatusExt as _;

/// What went wrong.
#[derive(Debug)]
pub(crate) struct Fault(String);

pub(crate) type Outcome<T = ()> = Result<T, Fault>;

impl Fault {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Status> for Fault {
    fn from(status: Status) -> Self {
        let refusal = Refusal::of(&status);
        Self(format!("服务拒绝了本应成功的请求:{:?} {refusal}", refusal.code))
    }
}

macro_rules! through {
    ($($error:ty),+ $(,)?) => { $(
        impl From<$error> for Fault {
            fn from(error: $error) -> Self {
                Self(error.to_string())
            }
        }
    )+ };
}

through!(
    std::io::Error,
    quanheng_sheets::WriteError,
    quanheng_policy::InvalidId,
    quanheng_policy::codes::InvalidCode,
);

/// Goes on only if something holds.
macro_rules! ensure {
    ($holds:expr, $($what:tt)+) => {
        if !$holds {
            return Err(crate::outcome::Fault::new(format!($($what)+)));
        }
    };
}
pub(crate) use ensure;

/// Why a call was refused, as its status says.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) code: Code,
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) facts: BTreeMap<String, String>,
    /// Every rule that refuses: its code, what it is about, its message.
    pub(crate) rules: Vec<(String, String, String)>,
}

impl Refusal {
    fn of(status: &Status) -> Self {
        let details = status.get_error_details();
        let info = details.error_info();
        let rules = details.precondition_failure().map(|rules| rules.violations.clone());
        let rules = rules.unwrap_or_default().into_iter();
        Self {
            code: status.code(),
            reason: info.map(|info| info.reason.clone()).unwrap_or_default(),
            message: status.message().to_owned(),
            facts: info.map(|info| info.metadata.clone().into_iter().collect()).unwrap_or_default(),
            rules: rules.map(|rule| (rule.r#type, rule.subject, rule.description)).collect(),
        }
    }

    /// A figure that the refusal rests on.
    pub(crate) fn figure(&self, name: &str) -> Outcome<i64> {
        let missing = || Fault::new(format!("{} 没有给出数字 {name}", self.reason));
        self.facts.get(name).and_then(|text| text.parse().ok()).ok_or_else(missing)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.reason, self.message)
    }
}

/// The refusal of a call that has to be refused for one reason.
pub(crate) fn refused<T>(
    what: &str,
    answer: Result<Response<T>, Status>,
    reason: &str,
) -> Outcome<Refusal> {
    let Err(status) = answer else {
        return Err(Fault::new(format!("{what}:应以 {reason} 拒绝,却成功了")));
    };
    let refusal = Refusal::of(&status);
    ensure!(
        refusal.reason == reason,
        "{what}:应以 {reason} 拒绝,实际为 {:?} {refusal}",
        refusal.code
    );
    ensure!(!refusal.message.is_empty(), "{what}:拒绝没有说明");
    Ok(refusal)
}

/// What has to be there.
pub(crate) fn there<T>(found: Option<T>, what: &str) -> Outcome<T> {
    found.ok_or_else(|| Fault::new(format!("答复缺少 {what}")))
}

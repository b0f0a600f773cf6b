//! Why something is not done with a case.

use quanheng_runtime::Failure;
use quanheng_streams::RecertificationId;

/// Why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is one already.
    Exists,
    /// There is none.
    Missing,
    /// It stands elsewhere on its way.
    WrongState(&'static str),
    /// No such material was submitted.
    NoSuchMaterial(String),
    /// The change takes another procedure than the one that was begun.
    OtherRoute,
    /// A field that is wrong.
    Invalid(&'static str, &'static str),
}

impl Refusal {
    /// As a failure of a call.
    pub(crate) fn failure(self, case: &RecertificationId) -> Failure {
        let name = format!("recertificationCases/{case}");
        match self {
            Self::Exists => Failure::exists(name),
            Self::Missing => Failure::not_found(name),
            Self::WrongState(what) => {
                Failure::rule("WRONG_STATE", &name, what).with("resource", name)
            }
            Self::NoSuchMaterial(code) => {
                let message = format!("没有提交材料 {code}");
                Failure::rule("MATERIAL_MISSING", &name, message)
                    .with("resource", name)
                    .with("material", code)
            }
            Self::OtherRoute => {
                let message = "变动的办理方式与本事项不同,应撤回后另行提出";
                Failure::rule("REROUTE", &name, message).with("resource", name)
            }
            Self::Invalid(field, what) => Failure::field(field, what),
        }
    }
}

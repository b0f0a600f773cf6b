//! Seats that are taken, left and filed (占用、免职级、备案).

use clap::Subcommand;
use quanheng_api::quanheng::quota::v1 as quota;
use quota::{FileUseResponse, Occupant};

use crate::cli::api;
use crate::cli::args::{self, BasisArgs, Write};
use crate::cli::failure::CliFailure;
use crate::cli::output::print;
use crate::cli::session::{Done, Session};

/// What can be done with seats.
#[derive(Debug, Subcommand)]
pub(crate) enum SeatsCommand {
    /// 占用职数:确认预审占用
    Occupy {
        /// 预审
        #[arg(value_parser = args::hold)]
        hold: String,
        /// 任职人员,如 0=p-1001 或 0=p-1001,concurrent(可重复)
        #[arg(long = "occupant", value_name = "序号=人员", value_parser = occupant, required = true)]
        occupants: Vec<Occupant>,
        #[command(flatten)]
        basis: BasisArgs,
        #[command(flatten)]
        write: Write,
    },
    /// 不占职数的任职级
    Place {
        /// 账户
        #[arg(value_parser = args::account)]
        account: String,
        /// 人员
        #[arg(long, value_name = "人员", value_parser = args::person)]
        person: String,
        /// 职级,如 GM07
        #[arg(long, value_name = "职级")]
        rank: String,
        /// 不占职数情形
        #[arg(long, value_name = "情形", value_parser = args::choices("quanheng.quota.v1.Exemption"))]
        exemption: Option<i32>,
        #[command(flatten)]
        basis: BasisArgs,
        #[command(flatten)]
        write: Write,
    },
    /// 免职级,空出职数
    Vacate {
        /// 账户
        #[arg(value_parser = args::account)]
        account: String,
        /// 人员(可重复)
        #[arg(long = "person", value_name = "人员", value_parser = args::person, required = true)]
        persons: Vec<String>,
        /// 事由
        #[arg(long, value_name = "事由", value_parser = args::choices("quanheng.quota.v1.VacateReason"))]
        reason: i32,
        #[command(flatten)]
        basis: BasisArgs,
        #[command(flatten)]
        write: Write,
    },
    /// 使用后备案
    File {
        /// 预审
        #[arg(value_parser = args::hold)]
        hold: String,
        /// 备案人员(可重复)
        #[arg(long = "person", value_name = "人员", value_parser = args::person, required = true)]
        persons: Vec<String>,
        #[command(flatten)]
        write: Write,
    },
    /// 退回备案
    ReturnFiling {
        /// 预审
        #[arg(value_parser = args::hold)]
        hold: String,
        /// 退回的人员(可重复)
        #[arg(long = "person", value_name = "人员", value_parser = args::person, required = true)]
        persons: Vec<String>,
        /// 原因
        #[arg(long, value_name = "文字")]
        reason: String,
        #[command(flatten)]
        write: Write,
    },
}

impl SeatsCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Occupy { hold, occupants, basis, write } => {
                let request = quota::OccupySeatsRequest {
                    hold,
                    occupants,
                    basis: basis.basis(),
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::Place { account, person, rank, exemption, basis, write } => {
                let request = quota::PlaceHolderRequest {
                    account,
                    person,
                    rank,
                    exemption: exemption.unwrap_or_default(),
                    basis: basis.basis(),
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::Vacate { account, persons, reason, basis, write } => {
                let request = quota::VacateSeatsRequest {
                    account,
                    persons,
                    reason,
                    basis: basis.basis(),
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::File { hold, persons, write } => {
                let (request_id, validate_only) = (write.request_id, write.validate_only);
                let request = quota::FileUseRequest { hold, persons, request_id, validate_only };
                file(session, request).await
            }
            Self::ReturnFiling { hold, persons, reason, write } => {
                let request = quota::ReturnFilingRequest {
                    hold,
                    persons,
                    reason,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
        }
    }
}

/// A filing that comes back is a success of the call, and a refusal for who filed.
async fn file(session: &Session, request: quota::FileUseRequest) -> Done {
    let answer: FileUseResponse = session.ask(request).await?;
    print(&api::dynamic(&answer), session.output)?;
    match answer.returned {
        None => Ok(()),
        Some(returned) => {
            let message = format!("备案被退回:{}", returned.message);
            let mut failure = CliFailure::refused(&returned.reason, message);
            failure.metadata = returned.metadata;
            Err(failure)
        }
    }
}

fn occupant(text: &str) -> Result<Occupant, String> {
    let expected = || "应形如 0=p-1001 或 0=p-1001,concurrent".to_owned();
    let (index, person) = text.split_once('=').ok_or_else(expected)?;
    let (person, concurrent) = match person.split_once(',') {
        None => (person, false),
        Some((person, "concurrent")) => (person, true),
        Some(_) => return Err(expected()),
    };
    Ok(Occupant {
        move_index: index.parse().map_err(|_| expected())?,
        person: args::person(person)?,
        concurrent,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn occupants_are_read() {
        let parsed = occupant("2=p-1001,concurrent").unwrap();
        assert_eq!((parsed.move_index, parsed.concurrent), (2, true));
        assert_eq!(parsed.person, "persons/p-1001");
        for wrong in ["p-1001", "x=p-1001", "0=", "0=p,always"] {
            assert!(occupant(wrong).is_err(), "{wrong}");
        }
    }
}

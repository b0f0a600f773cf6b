//! Submitting, withdrawing, and what is recorded before the notice.

use clap::Subcommand;
use promotion::{RequestVotes, Vetting};
use quanheng_api::quanheng::promotion::v1 as promotion;

use crate::cli::args::{self, Etag, Write};
use crate::cli::session::{Done, Session};

/// What can be done from the submission to the vetting.
#[derive(Debug, Subcommand)]
pub(crate) enum StepCommand {
    /// 提交
    Submit {
        /// 申请
        #[arg(value_parser = args::request)]
        name: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 退回后重新提交
    Resubmit {
        /// 申请
        #[arg(value_parser = args::request)]
        name: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 撤回申请
    Withdraw {
        /// 申请
        #[arg(value_parser = args::request)]
        name: String,
        /// 原因
        #[arg(long, value_name = "文字")]
        reason: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 记录民主推荐或民主测评
    Recommend {
        /// 批次
        #[arg(value_parser = args::round)]
        round: String,
        /// 参加人数
        #[arg(long, value_name = "人数")]
        voters: u32,
        /// 有效票数
        #[arg(long, value_name = "票数")]
        valid_ballots: u32,
        /// 得票,如 q-1=12(可重复)
        #[arg(long = "votes", value_name = "申请=票数", value_parser = votes_of, required = true)]
        votes: Vec<RequestVotes>,
        #[command(flatten)]
        write: Write,
    },
    /// 记录考察
    Vet {
        /// 申请
        #[arg(value_parser = args::request)]
        name: String,
        /// 考察方式
        #[arg(long, value_name = "文字")]
        method: String,
        /// 谈话情况
        #[arg(long, value_name = "文字")]
        interviews: String,
        /// 档案核查
        #[arg(long, value_name = "文字")]
        file_check: String,
        /// 纪检监察意见
        #[arg(long, value_name = "文字")]
        discipline_opinion: String,
        /// 廉洁情况回复
        #[arg(long, value_name = "文字")]
        integrity_reply: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
}

/// Votes for a request: `q-1=12`.
fn votes_of(text: &str) -> Result<RequestVotes, String> {
    let (request, votes) = text.split_once('=').unwrap_or((text, ""));
    let votes = votes.parse().map_err(|_| "应形如 q-1=12".to_owned())?;
    Ok(RequestVotes { request: args::request(request)?, votes })
}

impl StepCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Submit { name, write, etag } => {
                let request = promotion::SubmitPromotionRequestRequest {
                    name,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                    etag: etag.etag,
                };
                session.answer(request).await
            }
            Self::Resubmit { name, write, etag } => {
                let request = promotion::ResubmitPromotionRequestRequest {
                    name,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                    etag: etag.etag,
                };
                session.answer(request).await
            }
            Self::Withdraw { name, reason, write, etag } => {
                let request = promotion::WithdrawPromotionRequestRequest {
                    name,
                    reason,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                    etag: etag.etag,
                };
                session.answer(request).await
            }
            Self::Recommend { round, voters, valid_ballots, votes, write } => {
                let request = promotion::RecordRecommendationRequest {
                    round,
                    voters,
                    valid_ballots,
                    votes,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::Vet {
                name,
                method,
                interviews,
                file_check,
                discipline_opinion,
                integrity_reply,
                write,
                etag,
            } => {
                let vetting =
                    Vetting { method, interviews, file_check, discipline_opinion, integrity_reply };
                let request = promotion::RecordVettingRequest {
                    name,
                    vetting: Some(vetting),
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                    etag: etag.etag,
                };
                session.answer(request).await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn votes_are_read() {
        let read = votes_of("q-1=12").unwrap();
        assert_eq!((read.request.as_str(), read.votes), ("promotionRequests/q-1", 12));
        for wrong in ["q-1", "q-1=", "=3", "q-1=x"] {
            assert!(votes_of(wrong).is_err(), "{wrong}");
        }
    }
}

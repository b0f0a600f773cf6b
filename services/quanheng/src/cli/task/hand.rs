//! Tasks that are handed to others: transferred, delegated, signed with others, copied.

use clap::Subcommand;
use quanheng_api::quanheng::approval::v1 as approval;

use super::Chosen;
use crate::cli::args;
use crate::cli::session::{Done, Session};

/// What is done with others.
#[derive(Debug, Subcommand)]
pub(crate) enum HandCommand {
    /// 转办
    Transfer {
        #[command(flatten)]
        chosen: Chosen,
        /// 转办给何人
        #[arg(long, value_name = "人员", value_parser = args::person)]
        to: String,
    },
    /// 委派:请他人先行研究,办结后交回
    Delegate {
        #[command(flatten)]
        chosen: Chosen,
        /// 委派给何人
        #[arg(long, value_name = "人员", value_parser = args::person)]
        to: String,
    },
    /// 委派办结
    Resolve {
        #[command(flatten)]
        chosen: Chosen,
        /// 意见
        #[arg(long, value_name = "文字")]
        opinion: String,
    },
    /// 加签
    Sign {
        #[command(flatten)]
        chosen: Chosen,
        /// 加签位置
        #[arg(long, value_name = "位置", value_parser = args::choices("quanheng.approval.v1.SignerPosition"))]
        position: i32,
        /// 加签人(可重复)
        #[arg(long = "person", value_name = "人员", value_parser = args::person, required = true)]
        persons: Vec<String>,
    },
    /// 减签
    Unsign {
        #[command(flatten)]
        chosen: Chosen,
        /// 加签人(可重复)
        #[arg(long = "person", value_name = "人员", value_parser = args::person, required = true)]
        persons: Vec<String>,
    },
    /// 抄送
    Copy {
        #[command(flatten)]
        chosen: Chosen,
        /// 抄送给何人(可重复)
        #[arg(long = "to", value_name = "人员", value_parser = args::person, required = true)]
        persons: Vec<String>,
    },
    /// 催办
    Urge(Chosen),
    /// 重新确定办理人:原办理人已离岗或应当回避
    Reseat {
        #[command(flatten)]
        chosen: Chosen,
        /// 已离岗人员(可重复)
        #[arg(long = "gone", value_name = "人员", value_parser = args::person)]
        gone: Vec<String>,
    },
}

macro_rules! change {
    ($session:expr, $chosen:expr, $request:ident { $($field:ident),* $(,)? }) => {{
        let Chosen { name, write, etag } = $chosen;
        let request = approval::$request {
            name,
            $($field,)*
            request_id: write.request_id,
            validate_only: write.validate_only,
            etag: etag.etag,
        };
        $session.answer(request).await
    }};
}

impl HandCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Transfer { chosen, to: to_person } => {
                change!(session, chosen, TransferTaskRequest { to_person })
            }
            Self::Delegate { chosen, to: to_person } => {
                change!(session, chosen, DelegateTaskRequest { to_person })
            }
            Self::Resolve { chosen, opinion } => {
                change!(session, chosen, ResolveDelegationRequest { opinion })
            }
            Self::Sign { chosen, position, persons } => {
                change!(session, chosen, AddSignersRequest { position, persons })
            }
            Self::Unsign { chosen, persons } => {
                change!(session, chosen, RemoveSignersRequest { persons })
            }
            Self::Copy { chosen, persons } => change!(session, chosen, CopyTaskRequest { persons }),
            Self::Urge(chosen) => change!(session, chosen, UrgeTaskRequest {}),
            Self::Reseat { chosen, gone } => change!(session, chosen, ReseatTaskRequest { gone }),
        }
    }
}

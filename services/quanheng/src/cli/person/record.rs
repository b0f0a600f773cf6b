//! `quanheng person record` (人员变动): the common events by flags, all of them as JSON.

use clap::Args;
use quanheng_api::google::r#type::Date;
use quanheng_api::quanheng::registry::v1::person_event::{
    Event, LeavePost, LeaveRank, LeaveService, MoveSlot,
};
use quanheng_api::quanheng::registry::v1::{
    Assessment, PersonEvent, PostSpell, RankSpell, RecordPersonEventsRequest,
};

use crate::cli::args::{self, BasisArgs, Etag, Write};
use crate::cli::failure::CliFailure;
use crate::cli::input;
use crate::cli::session::{Done, Session};

/// Who, and what happened.
#[derive(Debug, Args)]
pub(crate) struct RecordArgs {
    /// 人员
    #[arg(value_parser = args::person)]
    name: String,
    /// 变动的 JSON 文件(PersonEvent,可为数组);- 为标准输入
    #[arg(long, value_name = "文件")]
    json: Option<String>,
    /// 任职级,如 GM07
    #[arg(long, value_name = "职级", requires = "on")]
    take_rank: Option<String>,
    /// 任职级事由
    #[arg(long, value_name = "事由", requires = "take_rank",
        value_parser = args::choices("quanheng.registry.v1.RankReason"))]
    rank_reason: Option<i32>,
    /// 免职级:任职记录编号
    #[arg(long, value_name = "编号", requires = "on")]
    leave_rank: Option<String>,
    /// 免职级事由
    #[arg(long, value_name = "事由", requires = "leave_rank",
        value_parser = args::choices("quanheng.registry.v1.RankLeaveReason"))]
    rank_leave_reason: Option<i32>,
    /// 任领导职务:职务层次,如 L32
    #[arg(long, value_name = "层次", requires = "on")]
    take_post: Option<String>,
    /// 任领导职务:职务名称
    #[arg(long, value_name = "名称", requires = "take_post", default_value = "")]
    title: String,
    /// 免领导职务:任职记录编号
    #[arg(long, value_name = "编号", requires = "on")]
    leave_post: Option<String>,
    /// 免领导职务事由
    #[arg(long, value_name = "事由", requires = "leave_post",
        value_parser = args::choices("quanheng.registry.v1.PostLeaveReason"))]
    post_leave_reason: Option<i32>,
    /// 转任、调动到单位
    #[arg(long, value_name = "单位", value_parser = args::unit, requires_all = ["slot", "on"])]
    move_to: Option<String>,
    /// 调动后的编制类型
    #[arg(long, value_name = "类型", value_parser = args::choices("quanheng.registry.v1.SlotKind"))]
    slot: Option<i32>,
    /// 调动方式
    #[arg(long, value_name = "方式", requires = "move_to",
        value_parser = args::choices("quanheng.registry.v1.MoveWay"))]
    move_way: Option<i32>,
    /// 年度考核:年度与结果,如 2025=excellent
    #[arg(long, value_name = "年度=结果", requires = "on")]
    assessment: Option<String>,
    /// 退出:退休、辞退、死亡、调出等
    #[arg(long, value_name = "事由", requires = "on",
        value_parser = args::choices("quanheng.registry.v1.LeaveReason"))]
    leave_service: Option<i32>,
    /// 职位类别
    #[arg(long, value_name = "类别", default_value = "")]
    category: String,
    /// 变动日期
    #[arg(long, value_name = "日期", value_parser = args::date)]
    on: Option<Date>,
    #[command(flatten)]
    basis: BasisArgs,
    #[command(flatten)]
    write: Write,
    #[command(flatten)]
    etag: Etag,
}

impl RecordArgs {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        session.answer(self.request()?).await
    }

    fn request(self) -> Result<RecordPersonEventsRequest, CliFailure> {
        let mut events: Vec<PersonEvent> = match &self.json {
            Some(path) => input::message_list(path)?,
            None => Vec::new(),
        };
        let basis = self.basis.clone().basis();
        for event in self.flags()? {
            events.push(PersonEvent { event: Some(event), basis: None });
        }
        for event in &mut events {
            event.basis = event.basis.take().or_else(|| basis.clone());
        }
        if events.is_empty() {
            return Err(CliFailure::usage("没有变动:请用 --json,或 --take-rank 等选项"));
        }
        Ok(RecordPersonEventsRequest {
            name: self.name,
            events,
            request_id: self.write.request_id,
            validate_only: self.write.validate_only,
            etag: self.etag.etag,
        })
    }

    /// What the flags say; who leaves one rank and takes another leaves first.
    fn flags(&self) -> Result<Vec<Event>, CliFailure> {
        let (on, category) = (self.on, &self.category);
        let mut events = Vec::new();
        if let Some(spell_id) = self.leave_rank.clone() {
            let reason = self.rank_leave_reason.unwrap_or_default();
            events.push(Event::LeaveRank(LeaveRank { spell_id, on, reason }));
        }
        if let Some(spell_id) = self.leave_post.clone() {
            let reason = self.post_leave_reason.unwrap_or_default();
            events.push(Event::LeavePost(LeavePost { spell_id, on, reason }));
        }
        if let (Some(unit), Some(slot)) = (self.move_to.clone(), self.slot) {
            events.push(Event::MoveSlot(MoveSlot {
                unit,
                slot,
                category: category.clone(),
                from: on,
                way: self.move_way.unwrap_or_default(),
                ..Default::default()
            }));
        }
        if let Some(rank) = self.take_rank.clone() {
            events.push(Event::TakeRank(RankSpell {
                category: category.clone(),
                rank,
                from: on,
                reason: self.rank_reason.unwrap_or_default(),
                ..Default::default()
            }));
        }
        if let Some(level) = self.take_post.clone() {
            let title = self.title.clone();
            events.push(Event::TakePost(PostSpell {
                level,
                title,
                from: on,
                ..Default::default()
            }));
        }
        if let Some(assessment) = &self.assessment {
            let parsed = assessment.split_once('=');
            let parsed = parsed.and_then(|(year, result)| Some((year.parse().ok()?, result)));
            let (year, result) =
                parsed.ok_or_else(|| CliFailure::usage("--assessment 应形如 2025=excellent"))?;
            events.push(Event::RecordAssessment(Assessment {
                year,
                result: result.to_owned(),
                confirmed_on: on,
                raw: String::new(),
            }));
        }
        if let Some(reason) = self.leave_service {
            events.push(Event::LeaveService(LeaveService { reason, on }));
        }
        Ok(events)
    }
}

//! `quanheng unit …` (单位).

use clap::Subcommand;
use quanheng_api::quanheng::registry::v1 as registry;
use registry::{SheetFormat, Successor, UnitProfile};

use super::args::{self, BasisArgs, Etag, Fresh, Paging, When, Which, Write};
use super::input;
use super::session::{Done, Session};
use super::transfer::{ExportArgs, ImportArgs};
use crate::cli::failure::CliFailure;

/// What can be done with units.
#[derive(Debug, Subcommand)]
pub(crate) enum UnitCommand {
    /// 列出单位
    List {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        when: When,
    },
    /// 查看单位
    Show {
        /// 单位
        #[arg(value_parser = args::unit)]
        name: String,
        #[command(flatten)]
        when: When,
    },
    /// 登记单位
    Create {
        /// 单位编号;未指定时由服务生成
        #[arg(long, value_name = "编号", default_value = "")]
        id: String,
        #[command(flatten)]
        profile: ProfileArgs,
        #[command(flatten)]
        basis: BasisArgs,
        #[command(flatten)]
        write: Write,
    },
    /// 变更单位登记事项
    Update {
        /// 单位
        #[arg(value_parser = args::unit)]
        name: String,
        #[command(flatten)]
        profile: ProfileArgs,
        /// 更正登记错误,而非单位变动
        #[arg(long)]
        correction: bool,
        /// 原因
        #[arg(long, value_name = "文字", default_value = "")]
        reason: String,
        #[command(flatten)]
        basis: BasisArgs,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 办理机构变动:撤销、合并、分设、划转等
    Change {
        /// 变动种类
        #[arg(long, value_name = "种类", value_parser = args::choices("quanheng.registry.v1.UnitChangeKind"))]
        kind: i32,
        /// 变动前的单位(可重复)
        #[arg(long = "from", value_name = "单位", value_parser = args::unit)]
        predecessors: Vec<String>,
        /// 变动后的现有单位(可重复)
        #[arg(long = "to", value_name = "单位", value_parser = args::unit)]
        successors: Vec<String>,
        /// 变动后单位的 JSON 文件(Successor,可为数组);- 为标准输入
        #[arg(long, value_name = "文件")]
        successors_json: Option<String>,
        /// 备注
        #[arg(long, value_name = "文字", default_value = "")]
        note: String,
        #[command(flatten)]
        basis: BasisArgs,
        #[command(flatten)]
        write: Write,
    },
    /// 查看变动记录
    History {
        /// 单位
        #[arg(value_parser = args::unit)]
        name: String,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 从表格导入单位
    Import(ImportArgs),
    /// 导出单位表格
    Export(ExportArgs),
}

/// What a unit is, by flags or as JSON.
#[derive(Debug, clap::Args)]
pub(crate) struct ProfileArgs {
    /// 单位概况的 JSON 文件(UnitProfile);- 为标准输入;其他选项覆盖其中的值
    #[arg(long, value_name = "文件")]
    profile: Option<String>,
    /// 单位名称
    #[arg(long, value_name = "名称")]
    display_name: Option<String>,
    /// 简称
    #[arg(long, value_name = "名称")]
    short_name: Option<String>,
    /// 统一社会信用代码
    #[arg(long, value_name = "代码")]
    credit_code: Option<String>,
    /// 所在政区代码
    #[arg(long, value_name = "代码")]
    division: Option<String>,
    /// 层级
    #[arg(long, value_name = "层级", value_parser = args::choices("quanheng.registry.v1.Tier"))]
    tier: Option<i32>,
    /// 机构规格
    #[arg(long, value_name = "规格", value_parser = args::choices("quanheng.registry.v1.UnitGrade"))]
    grade: Option<i32>,
    /// 机构类型
    #[arg(long, value_name = "类型", value_parser = args::choices("quanheng.registry.v1.UnitKind"))]
    kind: Option<i32>,
    /// 单位性质
    #[arg(long, value_name = "性质", value_parser = args::choices("quanheng.registry.v1.UnitNature"))]
    nature: Option<i32>,
    /// 主管单位
    #[arg(long, value_name = "单位", value_parser = args::unit)]
    parent: Option<String>,
    /// 行政编制数
    #[arg(long, value_name = "人数")]
    administrative: Option<u32>,
    /// 参公事业编制数
    #[arg(long, value_name = "人数")]
    referenced: Option<u32>,
}

impl ProfileArgs {
    fn profile(self) -> Result<UnitProfile, CliFailure> {
        let mut profile: UnitProfile = match &self.profile {
            Some(path) => input::message(path)?,
            None => UnitProfile::default(),
        };
        put(&mut profile.display_name, self.display_name);
        put(&mut profile.short_name, self.short_name);
        put(&mut profile.credit_code, self.credit_code);
        put(&mut profile.division, self.division);
        put(&mut profile.tier, self.tier);
        put(&mut profile.grade, self.grade);
        put(&mut profile.kind, self.kind);
        put(&mut profile.nature, self.nature);
        put(&mut profile.parent, self.parent);
        if self.administrative.is_some() || self.referenced.is_some() {
            let establishment = profile.establishment.get_or_insert_default();
            establishment.administrative =
                self.administrative.unwrap_or(establishment.administrative);
            establishment.referenced_institution =
                self.referenced.unwrap_or(establishment.referenced_institution);
        }
        Ok(profile)
    }
}

fn put<T>(field: &mut Option<T>, given: Option<T>) {
    if given.is_some() {
        *field = given;
    }
}

impl UnitCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::List { which, paging, when } => {
                let request = registry::ListUnitsRequest {
                    min_position: when.fresh.min_position,
                    as_of: when.as_of,
                    known_at: when.known_at,
                    filter: which.filter,
                    order_by: which.order_by,
                    ..Default::default()
                };
                session.pages(request, &paging).await
            }
            Self::Show { name, when } => {
                let request = registry::GetUnitRequest {
                    name,
                    min_position: when.fresh.min_position,
                    as_of: when.as_of,
                    known_at: when.known_at,
                };
                session.answer(request).await
            }
            Self::Create { id, profile, basis, write } => {
                let request = registry::CreateUnitRequest {
                    unit_id: id,
                    profile: Some(profile.profile()?),
                    basis: basis.basis(),
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::Update { name, profile, correction, reason, basis, write, etag } => {
                let request = registry::UpdateUnitRequest {
                    name,
                    profile: Some(profile.profile()?),
                    basis: basis.basis(),
                    correction,
                    reason,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                    etag: etag.etag,
                    ..Default::default()
                };
                session.answer(request).await
            }
            Self::Change {
                kind,
                predecessors,
                successors,
                successors_json,
                note,
                basis,
                write,
            } => {
                let mut all: Vec<Successor> = match successors_json {
                    Some(path) => input::message_list(&path)?,
                    None => Vec::new(),
                };
                let standing = successors.into_iter();
                all.extend(standing.map(|unit| Successor { unit, profile: None }));
                let request = registry::ChangeUnitsRequest {
                    kind,
                    predecessors,
                    successors: all,
                    basis: basis.basis(),
                    note,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::History { name, paging, fresh } => {
                let min_position = fresh.min_position;
                let request =
                    registry::ListUnitHistoryRequest { name, min_position, ..Default::default() };
                session.pages(request, &paging).await
            }
            Self::Import(import) => import.run(session, "RegistryService/ImportUnits").await,
            Self::Export(export) => {
                let format = export.format().unwrap_or(SheetFormat::Xlsx);
                let request = registry::ExportUnitsRequest {
                    format: format.into(),
                    min_position: export.fresh.min_position,
                    filter: export.filter.clone(),
                };
                export.run(session, "RegistryService/ExportUnits", &request).await
            }
        }
    }
}

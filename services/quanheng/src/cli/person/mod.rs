//! `quanheng person …` (人员).
//!
//! Identity numbers are never arguments: they would stand in the list of processes. They
//! come by standard input, or inside a file.

mod erase;
mod record;

use clap::Subcommand;
use quanheng_api::quanheng::registry::v1 as registry;
use registry::{Person, PersonView, PrivateProfile, SheetFormat};

use super::args::{self, BasisArgs, Etag, Fresh, Paging, When, Which, Write};
use super::failure::CliFailure;
use super::input;
use super::session::{Done, Session};
use super::transfer::{ExportArgs, ImportArgs};
use erase::EraseArgs;
use record::RecordArgs;

/// What can be done with persons.
#[derive(Debug, Subcommand)]
pub(crate) enum PersonCommand {
    /// 列出人员
    List {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        when: When,
    },
    /// 查看人员
    Show {
        /// 人员
        #[arg(value_parser = args::person)]
        name: String,
        /// 显示全部个人信息(须有权限,查看会留痕)
        #[arg(long)]
        full: bool,
        #[command(flatten)]
        when: When,
    },
    /// 按公民身份号码或姓名查找
    Find {
        /// 从标准输入读取公民身份号码
        #[arg(long, required_unless_present = "full_name", conflicts_with = "full_name")]
        identity_number_stdin: bool,
        /// 姓名,须完全一致
        #[arg(long = "name", value_name = "姓名")]
        full_name: Option<String>,
        #[command(flatten)]
        paging: Paging,
    },
    /// 登记人员
    Create {
        /// 人员编号;未指定时由服务生成
        #[arg(long, value_name = "编号", default_value = "")]
        id: String,
        /// 人员的 JSON 文件(Person);- 为标准输入;其他选项覆盖其中的值
        #[arg(long, value_name = "文件")]
        person: Option<String>,
        /// 个人信息的 JSON 文件(PrivateProfile);- 为标准输入
        #[arg(long, value_name = "文件")]
        profile: Option<String>,
        /// 编制所在单位
        #[arg(long, value_name = "单位", value_parser = args::unit)]
        unit: Option<String>,
        /// 编制类型
        #[arg(long, value_name = "类型", value_parser = args::choices("quanheng.registry.v1.SlotKind"))]
        slot: Option<i32>,
        /// 职位类别
        #[arg(long, value_name = "类别")]
        category: Option<String>,
        /// 进入方式
        #[arg(long, value_name = "方式", value_parser = args::choices("quanheng.registry.v1.EntryWay"))]
        entry: Option<i32>,
        /// 军转干部
        #[arg(long)]
        ex_military: bool,
        #[command(flatten)]
        basis: BasisArgs,
        #[command(flatten)]
        write: Write,
    },
    /// 更新个人信息
    Update {
        /// 人员
        #[arg(value_parser = args::person)]
        name: String,
        /// 个人信息的 JSON 文件(PrivateProfile,整体替换);- 为标准输入
        #[arg(long, value_name = "文件")]
        profile: Option<String>,
        /// 是否军转干部
        #[arg(long, value_name = "是否")]
        ex_military: Option<bool>,
        /// 进入方式
        #[arg(long, value_name = "方式", value_parser = args::choices("quanheng.registry.v1.EntryWay"))]
        entry: Option<i32>,
        /// 其他更新的 JSON 文件(UpdatePersonRequest);- 为标准输入;其他选项覆盖其中的值
        #[arg(long, value_name = "文件")]
        json: Option<String>,
        /// 改为不明的事项,如 entry(可重复)
        #[arg(long, value_name = "事项")]
        clear: Vec<String>,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 记录人员变动:任免职级、转任、退出等
    Record(RecordArgs),
    /// 录入期初事实
    Opening {
        /// 期初事实的 JSON 文件(OpeningFacts,可为数组);- 为标准输入
        file: String,
        /// 全部成功或全部不录入
        #[arg(long)]
        atomic: bool,
        #[command(flatten)]
        basis: BasisArgs,
        #[command(flatten)]
        write: Write,
    },
    /// 查看变动记录
    History {
        /// 人员
        #[arg(value_parser = args::person)]
        name: String,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 擦除个人信息(不可恢复)
    Erase(EraseArgs),
    /// 从表格导入人员
    Import(ImportArgs),
    /// 导出人员表格
    Export {
        /// 导出全部个人信息(须有权限,会留痕)
        #[arg(long)]
        full: bool,
        #[command(flatten)]
        export: ExportArgs,
    },
}

fn view(full: bool) -> i32 {
    if full { PersonView::Full.into() } else { PersonView::Basic.into() }
}

impl PersonCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::List { which, paging, when } => {
                let request = registry::ListPersonsRequest {
                    min_position: when.fresh.min_position,
                    as_of: when.as_of,
                    known_at: when.known_at,
                    filter: which.filter,
                    order_by: which.order_by,
                    ..Default::default()
                };
                session.pages(request, &paging).await
            }
            Self::Show { name, full, when } => {
                let request = registry::GetPersonRequest {
                    name,
                    view: view(full),
                    min_position: when.fresh.min_position,
                    as_of: when.as_of,
                    known_at: when.known_at,
                };
                session.answer(request).await
            }
            Self::Find { identity_number_stdin, full_name, paging } => {
                let identity_number = match identity_number_stdin {
                    true => input::read("-")?.trim().to_owned(),
                    false => String::new(),
                };
                if identity_number_stdin && identity_number.is_empty() {
                    return Err(CliFailure::usage("标准输入中没有公民身份号码"));
                }
                let request = registry::ListPersonsRequest {
                    identity_number,
                    full_name: full_name.unwrap_or_default(),
                    ..Default::default()
                };
                session.pages(request, &paging).await
            }
            Self::Create {
                id,
                person,
                profile,
                unit,
                slot,
                category,
                entry,
                ex_military,
                basis,
                write,
            } => {
                let mut all: Person = match person {
                    Some(path) => input::message(&path)?,
                    None => Person::default(),
                };
                all.private_profile = match profile {
                    Some(path) => Some(input::message(&path)?),
                    None => all.private_profile,
                };
                all.unit = unit.unwrap_or(all.unit);
                all.slot = slot.unwrap_or(all.slot);
                all.category = category.unwrap_or(all.category);
                all.entry = entry.unwrap_or(all.entry);
                all.ex_military |= ex_military;
                let request = registry::CreatePersonRequest {
                    person_id: id,
                    person: Some(all),
                    basis: basis.basis(),
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::Update { name, profile, ex_military, entry, json, clear, write, etag } => {
                let mut request: registry::UpdatePersonRequest = match json {
                    Some(path) => input::message(&path)?,
                    None => registry::UpdatePersonRequest::default(),
                };
                if let Some(path) = profile {
                    request.private_profile = Some(input::message::<PrivateProfile>(&path)?);
                }
                request.name = name;
                request.ex_military = ex_military.or(request.ex_military);
                request.entry = entry.unwrap_or(request.entry);
                request.clear.extend(clear);
                request.request_id = write.request_id;
                request.validate_only = write.validate_only;
                request.etag = etag.etag;
                session.answer(request).await
            }
            Self::Record(record) => record.run(session).await,
            Self::Opening { file, atomic, basis, write } => {
                let request = registry::RecordOpeningFactsRequest {
                    facts: input::message_list(&file)?,
                    basis: basis.basis(),
                    atomic,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::History { name, paging, fresh } => {
                let min_position = fresh.min_position;
                let request =
                    registry::ListPersonHistoryRequest { name, min_position, ..Default::default() };
                session.pages(request, &paging).await
            }
            Self::Erase(erase) => erase.run(session).await,
            Self::Import(import) => import.run(session, "RegistryService/ImportPersons").await,
            Self::Export { full, export } => {
                let format = export.format().unwrap_or(SheetFormat::Xlsx);
                let request = registry::ExportPersonsRequest {
                    format: format.into(),
                    view: view(full),
                    min_position: export.fresh.min_position,
                    filter: export.filter.clone(),
                };
                export.run(session, "RegistryService/ExportPersons", &request).await
            }
        }
    }
}

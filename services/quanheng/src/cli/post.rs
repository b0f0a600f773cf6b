//! `quanheng post …` (职位).

use clap::Subcommand;
use quanheng_api::quanheng::registry::v1 as registry;
use registry::{Post, SheetFormat};

use super::args::{self, BasisArgs, Etag, Paging, When, Which, Write};
use super::failure::CliFailure;
use super::input;
use super::session::{Done, Session};
use super::transfer::{ExportArgs, ImportArgs};

/// What can be done with posts.
#[derive(Debug, Subcommand)]
pub(crate) enum PostCommand {
    /// 列出职位
    List {
        /// 单位;未指定为全部
        #[arg(long, value_name = "单位", value_parser = args::unit, default_value = "units/-")]
        unit: String,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        when: When,
    },
    /// 查看职位
    Show {
        /// 职位
        #[arg(value_parser = args::post)]
        name: String,
        #[command(flatten)]
        when: When,
    },
    /// 设立职位
    Create {
        /// 单位
        #[arg(value_parser = args::unit)]
        unit: String,
        /// 职位编号;未指定时由服务生成
        #[arg(long, value_name = "编号", default_value = "")]
        id: String,
        #[command(flatten)]
        post: PostArgs,
        #[command(flatten)]
        basis: BasisArgs,
        #[command(flatten)]
        write: Write,
    },
    /// 变更职位
    Update {
        /// 职位
        #[arg(value_parser = args::post)]
        name: String,
        #[command(flatten)]
        post: PostArgs,
        #[command(flatten)]
        basis: BasisArgs,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 撤销职位
    Abolish {
        /// 职位
        #[arg(value_parser = args::post)]
        name: String,
        #[command(flatten)]
        basis: BasisArgs,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 从表格导入职位
    Import(ImportArgs),
    /// 导出职位表格
    Export(ExportArgs),
}

/// What a post is, by flags or as JSON.
#[derive(Debug, clap::Args)]
pub(crate) struct PostArgs {
    /// 职位的 JSON 文件(Post);- 为标准输入;其他选项覆盖其中的值
    #[arg(long, value_name = "文件")]
    post: Option<String>,
    /// 职位名称
    #[arg(long, value_name = "名称")]
    title: Option<String>,
    /// 领导职务层次,如 L32
    #[arg(long, value_name = "层次")]
    level: Option<String>,
    /// 职位类别
    #[arg(long, value_name = "类别")]
    category: Option<String>,
    /// 领导班子成员
    #[arg(long)]
    leading_group_member: bool,
    /// 可任人数
    #[arg(long, value_name = "人数")]
    authorised: Option<u32>,
    /// 职责
    #[arg(long, value_name = "文字")]
    duties: Option<String>,
}

impl PostArgs {
    fn post(self) -> Result<Post, CliFailure> {
        let mut post: Post = match &self.post {
            Some(path) => input::message(path)?,
            None => Post::default(),
        };
        post.title = self.title.unwrap_or(post.title);
        post.level = self.level.unwrap_or(post.level);
        post.category = self.category.unwrap_or(post.category);
        post.leading_group_member |= self.leading_group_member;
        post.authorised = self.authorised.unwrap_or(post.authorised);
        post.duties = self.duties.unwrap_or(post.duties);
        Ok(post)
    }
}

impl PostCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::List { unit, which, paging, when } => {
                let request = registry::ListPostsRequest {
                    parent: unit,
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
                let request = registry::GetPostRequest {
                    name,
                    min_position: when.fresh.min_position,
                    as_of: when.as_of,
                    known_at: when.known_at,
                };
                session.answer(request).await
            }
            Self::Create { unit, id, post, basis, write } => {
                let request = registry::CreatePostRequest {
                    parent: unit,
                    post_id: id,
                    post: Some(post.post()?),
                    basis: basis.basis(),
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::Update { name, post, basis, write, etag } => {
                let post = Post { name, ..post.post()? };
                session.answer(update(post, false, basis, write, etag)).await
            }
            Self::Abolish { name, basis, write, etag } => {
                let post = Post { name, ..Post::default() };
                session.answer(update(post, true, basis, write, etag)).await
            }
            Self::Import(import) => import.run(session, "RegistryService/ImportPosts").await,
            Self::Export(export) => {
                let format = export.format().unwrap_or(SheetFormat::Xlsx);
                let request = registry::ExportPostsRequest {
                    format: format.into(),
                    min_position: export.fresh.min_position,
                    filter: export.filter.clone(),
                };
                export.run(session, "RegistryService/ExportPosts", &request).await
            }
        }
    }
}

fn update(
    post: Post,
    abolish: bool,
    basis: BasisArgs,
    write: Write,
    etag: Etag,
) -> registry::UpdatePostRequest {
    registry::UpdatePostRequest {
        post: Some(post),
        basis: basis.basis(),
        abolish,
        request_id: write.request_id,
        validate_only: write.validate_only,
        etag: etag.etag,
        ..Default::default()
    }
}

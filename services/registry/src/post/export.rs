//! Posts as a worksheet (职位设置情况).

use futures::stream;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_projection::View;
use quanheng_runtime::reading::{self, jurisdiction};
use quanheng_runtime::{Call, Failure};
use quanheng_sheets::{Column, Form, Kind, Value};

use super::message::parse_name;
use super::{POSTS, read};
use crate::grpc::Exported;
use crate::unit::{EXPORT_ROWS, UNITS_PROJECTION, sheet};

/// Whether somebody in the post is in the leading group.
const YES_NO: &[&str] = &["是", "否"];

const COLUMNS: &[Column] = &[
    Column::new("unit", &["单位代码"], Kind::Text).required(),
    Column::new("title", &["职位名称"], Kind::Text).required().width(24),
    Column::new("level", &["领导职务层次"], Kind::Text),
    Column::new("category", &["职位类别"], Kind::Text).required().width(20),
    Column::new("leading_group_member", &["是否领导班子成员"], Kind::Choice(YES_NO)),
    Column::new("authorised", &["核定职位数"], Kind::Count).required(),
    Column::new("duties", &["职位职责"], Kind::Text).width(40),
    Column::new("established_on", &["设置日期"], Kind::Date),
    Column::new("abolished_on", &["撤销日期"], Kind::Date),
    Column::new("id", &["职位代码"], Kind::Text),
];

/// The form of posts. Imports take it, too.
static FORM: Form = Form { title: "职位设置情况", columns: COLUMNS };

pub(crate) async fn export(
    call: &Call,
    request: wire::ExportPostsRequest,
) -> Result<Exported<wire::ExportPostsResponse>, Failure> {
    let view = call.realm.view(UNITS_PROJECTION, request.min_position, call.deadline).await?;
    let first = wire::ListPostsRequest {
        filter: request.filter.clone(),
        page_size: EXPORT_ROWS,
        ..wire::ListPostsRequest::default()
    };
    let call = call.clone();
    let pages = stream::try_unfold(Some(first), move |listing| {
        let (call, view) = (call.clone(), view.clone());
        async move {
            let Some(mut listing) = listing else { return Ok(None) };
            let (rows, next) = page(&call, &view, &listing).await?;
            listing.page_token = next;
            let next = Some(listing).filter(|listing| !listing.page_token.is_empty());
            Ok::<_, Failure>(Some((rows, next)))
        }
    });
    let wrap = |content| wire::ExportPostsResponse { content };
    sheet(&FORM, request.format(), pages, wrap).await
}

async fn page(
    call: &Call,
    view: &View,
    listing: &wire::ListPostsRequest,
) -> Result<(Vec<Vec<Value>>, String), Failure> {
    let listed = reading::list(call, view, POSTS, listing, jurisdiction(call), "division").await?;
    let mut rows = Vec::with_capacity(listed.docs.len());
    for doc in listed.docs {
        let (unit, id) = parse_name("name", &doc.id)?;
        if let Some(post) = read::told_today(call, doc).await? {
            rows.push(row(unit.as_str(), id.as_str(), &post));
        }
    }
    Ok((rows, listed.next))
}

fn row(unit: &str, id: &str, post: &wire::Post) -> Vec<Value> {
    let date = |date: Option<&quanheng_api::google::r#type::Date>| {
        Value::of(date.and_then(quanheng_api::day), Value::Date)
    };
    vec![
        Value::text(unit),
        Value::text(&post.title),
        Value::text(&post.level),
        Value::text(&post.category),
        Value::text(if post.leading_group_member { YES_NO[0] } else { YES_NO[1] }),
        Value::Number(post.authorised),
        Value::text(&post.duties),
        date(post.established_on.as_ref()),
        date(post.abolished_on.as_ref()),
        Value::text(id),
    ]
}

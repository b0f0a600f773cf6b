//! Posts (职位) from a form of ours.

use std::collections::{BTreeSet, HashMap};

use quanheng_eventlog::Read;
use quanheng_identity::Action;
use quanheng_policy::UnitId;
use quanheng_register::id::PostId;
use quanheng_register::post::{self, Command, Post, PostProfile};
use quanheng_register::{Facts, Known, Refusal};
use quanheng_runtime::Failure;
use quanheng_sealing::SubjectKey;
use quanheng_sheets::{Bounds, Fault, Import, Numbered, ReadError, table};
use quanheng_streams as streams;
use serde::{Deserialize, Serialize};

use super::kind::{Decision, Ground, Halt, Items, Kind, More, RowFault, Sight, UnitNames, refused};
use super::names::Names;
use super::post_form::{FORM, PostRow, of_row};

/// Posts.
pub(super) struct Posts;

/// A post to be set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Item {
    row: u32,
    unit: UnitId,
    post: PostId,
    profile: PostProfile,
}

impl Kind for Posts {
    const NAME: &'static str = "posts.import";
    const METHOD: &'static str = "quanheng.registry.v1.RegistryService/ImportPosts";
    const ACTION: Action = Action::PostsWrite;
    const CHUNK: usize = 500;

    type Row = PostRow;
    type Item = Item;
    type Secret = ();

    fn read(bytes: &[u8], bounds: &Bounds, names: &Names) -> Result<Import<PostRow>, ReadError> {
        let mut table = table(&FORM, bytes, bounds)?;
        let (mut rows, mut found) = (Vec::new(), Vec::new());
        for row in &table.rows {
            // What is wrong with single cells has been told.
            let cells = row.values.iter().zip(FORM.columns);
            let broken = cells.into_iter().any(|(value, column)| {
                matches!(value, quanheng_sheets::Value::Invalid(_))
                    || (column.required && *value == quanheng_sheets::Value::Empty)
            });
            if broken {
                continue;
            }
            let (post, problems) = of_row(row, names);
            found.extend(problems.into_iter().map(|problem| table.layout.finding(row, problem)));
            rows.extend(post.map(|row_of| Numbered { number: row.number, row: row_of }));
        }
        found.into_iter().for_each(|finding| table.findings.push(finding));
        Ok(Import { table, rows })
    }

    fn items(rows: &Import<PostRow>, _: &Ground, _: &UnitNames) -> Items<Self> {
        let mut seen: HashMap<(&UnitId, &PostId), Vec<u32>> = HashMap::new();
        for row in &rows.rows {
            if let Some(post) = &row.row.post {
                seen.entry((&row.row.unit, post)).or_default().push(row.number);
            }
        }
        let mut problems = Vec::new();
        for same in seen.values().filter(|same| same.len() > 1) {
            for number in same {
                let others = same.iter().filter(|other| *other != number).take(5);
                let others: Vec<String> = others.map(ToString::to_string).collect();
                let message = format!("职位代码与第 {} 行重复", others.join("、"));
                problems.push((*number, Fault::error("POST_ID_DUPLICATE", message).at("post_id")));
            }
        }
        let doubled: BTreeSet<u32> = problems.iter().map(|(number, _)| *number).collect();
        let items = rows.rows.iter().filter(|row| !doubled.contains(&row.number));
        let items: Vec<Item> = items.filter_map(item).collect();
        let secrets = vec![(); items.len()];
        Items { items, secrets, problems }
    }

    fn subject(item: &Item) -> String {
        format!("units/{}/posts/{}", item.unit, item.post)
    }

    fn has_secret((): &()) -> bool {
        false
    }

    fn seal(_: &mut Item, (): &(), _: &SubjectKey) -> Result<(), Failure> {
        Ok(())
    }

    fn reads(items: &[Item], _: &More) -> Vec<Read> {
        let units: BTreeSet<&UnitId> = items.iter().map(|item| &item.unit).collect();
        let units = units.into_iter().map(streams::unit).map(streams::state::<streams::Units>);
        let posts = items.iter().map(|item| streams::post(&item.unit, &item.post));
        units.chain(posts.map(streams::state::<streams::Posts>)).collect()
    }

    fn decide(items: &[Item], sight: &Sight<'_>) -> Result<Decision, Halt> {
        let mut done = Decision::default();
        for item in items {
            let fault = |fault: Fault, key| RowFault { row: item.row, problem: fault.at(key) };
            if let Some(found) = sight.unit_fault(&item.unit) {
                done.faults.push(fault(found, "unit_id"));
                continue;
            }
            let mut known = Known::default();
            known.units.extend(sight.unit(&item.unit).map(|unit| (item.unit.clone(), unit)));
            let stream = streams::post(&item.unit, &item.post);
            let state = sight.desk.state::<Option<Post>>(&stream).and_then(Option::as_ref);
            let command = Command::Create {
                unit: item.unit.clone(),
                post: item.post.clone(),
                profile: item.profile.clone(),
                basis: sight.ground.basis.clone(),
            };
            match post::decide(state, command, Facts::new(sight.today, &known)) {
                Err(refusals) => done.faults.extend(refused(item.row, &refusals, column)),
                Ok(events) => {
                    for event in &events {
                        let draft = streams::post_draft(&item.unit, &item.post, event);
                        done.drafts.push(draft.map_err(Failure::internal)?);
                    }
                }
            }
        }
        Ok(done)
    }
}

fn item(row: &Numbered<PostRow>) -> Option<Item> {
    let PostRow { unit, post, profile } = row.row.clone();
    let made = || PostId::new(uuid::Uuid::now_v7().to_string()).ok();
    Some(Item { row: row.number, unit, post: post.or_else(made)?, profile })
}

/// Where the form has what a refusal is about.
fn column(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Exists { .. } => "post_id",
        Refusal::NotFound { .. } | Refusal::BeforeUnit { .. } | Refusal::UnitAbolished { .. } => {
            "unit_id"
        }
        refusal => match refusal.field() {
            Some("duties") => "duties",
            Some("authorised") => "authorised",
            _ => "title",
        },
    }
}

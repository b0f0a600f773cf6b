//! 退出人员过渡安排表 and 谈话记录: what becomes of the staff of a unit that leaves.
//!
//! There is no field for an identity number, and texts that hold one are refused. Names come
//! from the caller, who may see them.

use jiff::civil::Date;

use super::paper;
use crate::bounds::{FORMS_MAX, TRANSITION_ROWS_MAX, at_most};
use crate::days::spoken;
use crate::error::FormError;
use crate::grid::{Grid, Head, Value, head, under};
use crate::sheet::Book;
use crate::text::holds_identity_number;
use crate::word::{Row, mm};

/// The title of the table.
pub const TITLE: &str = "退出参照管理单位人员过渡安排表";
const SHEET: &str = "过渡安排表";
/// The title of the record.
pub const TALK_TITLE: &str = "退出参照管理单位人员谈话记录";

/// A person of the plan (过渡人员).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TransitionPerson {
    /// 姓名
    pub name: String,
    /// 现任职务
    pub post: Option<String>,
    /// 现任职级
    pub rank: Option<String>,
    /// 任职级时间
    pub rank_since: Option<Date>,
    /// 选择去向
    pub option: Option<String>,
    /// 新任岗位
    pub new_post: Option<String>,
    /// 谈话日期
    pub talked_on: Option<Date>,
    /// 本人签字
    pub signed: Option<bool>,
    /// 待遇保留
    pub pay_protected: Option<bool>,
    /// 办结日期
    pub done_on: Option<Date>,
    /// 备注
    pub remark: Option<String>,
}

/// What the table says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transition {
    /// 单位
    pub unit_name: String,
    /// 过渡期政策文号
    pub document: Option<String>,
    /// 过渡期起
    pub from: Option<Date>,
    /// 过渡期止
    pub to: Option<Date>,
    /// 过渡人员
    pub persons: Vec<TransitionPerson>,
}

impl Transition {
    /// 已办结人数
    #[must_use]
    pub fn done(&self) -> usize {
        self.persons.iter().filter(|person| person.done_on.is_some()).count()
    }

    fn check(&self) -> Result<(), FormError> {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && to < from
        {
            return Err(FormError::Period { field: "过渡期" });
        }
        let own = [("单位", self.unit_name.as_str()), ("文号", known(&self.document))];
        let persons = self.persons.iter().flat_map(TransitionPerson::texts);
        no_identity_numbers(own.into_iter().chain(persons))
    }
}

impl TransitionPerson {
    fn texts(&self) -> [(&'static str, &str); 6] {
        [
            ("姓名", &self.name),
            ("现任职务", known(&self.post)),
            ("现任职级", known(&self.rank)),
            ("选择去向", known(&self.option)),
            ("新任岗位", known(&self.new_post)),
            ("备注", known(&self.remark)),
        ]
    }
}

fn known(text: &Option<String>) -> &str {
    text.as_deref().unwrap_or("")
}

fn no_identity_numbers<'t>(
    mut texts: impl Iterator<Item = (&'static str, &'t str)>,
) -> Result<(), FormError> {
    match texts.find(|(_, text)| holds_identity_number(text)) {
        Some((field, _)) => Err(FormError::IdentityNumberNotAllowed { field }),
        None => Ok(()),
    }
}

const HEADS: [Head; 12] = [
    head("序号", 40),
    head("姓名", 76),
    under("现任职务职级", "现任职务", 130),
    under("现任职务职级", "现任职级", 96),
    under("现任职务职级", "任职级时间", 88),
    head("选择去向", 150),
    head("新任岗位", 140),
    under("谈话", "日期", 88),
    under("谈话", "本人签字", 56),
    head("待遇保留", 56),
    head("办结日期", 88),
    head("备注", 120),
];

/// The table as a worksheet.
///
/// # Errors
/// [`FormError`]: `TRANSITION_ROWS_MAX`, `IDENTITY_NUMBER_NOT_ALLOWED`, `PERIOD_REVERSED`.
pub fn xlsx(transition: &Transition, made_on: Date) -> Result<Vec<u8>, FormError> {
    at_most("TRANSITION_ROWS_MAX", transition.persons.len(), TRANSITION_ROWS_MAX)?;
    transition.check()?;
    let day = |day: Option<Date>| day.map_or_else(|| "    年  月  日".to_owned(), spoken);
    let line = format!(
        "单位：{}    过渡期政策文号：{}    过渡期：{}至{}",
        transition.unit_name,
        known(&transition.document),
        day(transition.from),
        day(transition.to)
    );
    let mut grid = Grid::new(SHEET, TITLE, &line, &HEADS)?;
    for (person, serial) in transition.persons.iter().zip(1..) {
        grid.row(&[
            Value::serial(serial),
            Value::text(&person.name),
            Value::maybe(person.post.as_deref()),
            Value::maybe(person.rank.as_deref()),
            Value::Day(person.rank_since),
            Value::maybe(person.option.as_deref()),
            Value::maybe(person.new_post.as_deref()),
            Value::Day(person.talked_on),
            Value::yes(person.signed),
            Value::yes(person.pay_protected),
            Value::Day(person.done_on),
            Value::maybe(person.remark.as_deref()),
        ])?;
    }
    let (all, done) = (transition.persons.len(), transition.done());
    grid.note(&format!("合计{all}人，已办结{done}人，未办结{}人。", all - done))?;
    let mut book = Book::new(TITLE, made_on)?;
    book.add(grid.sheet)?;
    book.finish()
}

/// What is known of a talk before it takes place (谈话); the rest is written by hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Talk {
    /// 单位
    pub unit_name: String,
    /// 谈话对象
    pub name: String,
    /// 现任职务职级
    pub position: Option<String>,
    /// 谈话日期
    pub on: Option<Date>,
    /// 谈话地点
    pub place: Option<String>,
    /// 谈话人
    pub talker: Option<String>,
    /// 记录人
    pub recorder: Option<String>,
    /// 讲解的政策
    pub policy: Option<String>,
    /// 本人意愿
    pub wish: Option<String>,
}

impl Talk {
    fn texts(&self) -> [(&'static str, &str); 8] {
        [
            ("单位", &self.unit_name),
            ("谈话对象", &self.name),
            ("现任职务职级", known(&self.position)),
            ("谈话地点", known(&self.place)),
            ("谈话人", known(&self.talker)),
            ("记录人", known(&self.recorder)),
            ("讲解的政策", known(&self.policy)),
            ("本人意愿", known(&self.wish)),
        ]
    }
}

/// The records of one or many talks in one document, each beginning a page.
///
/// # Errors
/// [`FormError`]: `FORMS_MAX`, `FIELD_MISSING` without a talk, `IDENTITY_NUMBER_NOT_ALLOWED`.
pub fn docx(talks: &[Talk], made_on: Date) -> Result<Vec<u8>, FormError> {
    at_most("FORMS_MAX", talks.len(), FORMS_MAX)?;
    if talks.is_empty() {
        return Err(FormError::Missing { field: "谈话对象" });
    }
    no_identity_numbers(talks.iter().flat_map(Talk::texts))?;
    let mut document = paper::document(TALK_TITLE);
    for (talk, number) in talks.iter().zip(0_usize..) {
        paper::title(&mut document, TALK_TITLE, number > 0);
        document.table(&record(talk)?);
        paper::note(&mut document, "注：本记录由谈话人、谈话对象、记录人签字后存档。");
    }
    document.finish(made_on)
}

fn record(talk: &Talk) -> Result<crate::word::Table, FormError> {
    let mut table = paper::table();
    let pairs = |table: &mut crate::word::Table, pairs: [(&'static str, &str); 2]| {
        let mut cells = Vec::new();
        for (name, text) in pairs {
            cells.push(paper::label(2, name));
            cells.push(paper::value(4, name, text)?);
        }
        table.row(Row::new(mm(11), cells));
        Ok::<(), FormError>(())
    };
    let day = talk.on.map_or_else(|| "年    月    日".to_owned(), spoken);
    pairs(&mut table, [("谈话对象", &talk.name), ("单位", &talk.unit_name)])?;
    pairs(&mut table, [("现任职务职级", known(&talk.position)), ("谈话日期", &day)])?;
    pairs(&mut table, [("谈话地点", known(&talk.place)), ("谈话人", known(&talk.talker))])?;
    paper::wide(&mut table, 11, "记录人", known(&talk.recorder))?;
    paper::wide(&mut table, 42, "讲解的政策", known(&talk.policy))?;
    paper::wide(&mut table, 36, "本人提出的问题", "")?;
    paper::wide(&mut table, 36, "答复情况", "")?;
    paper::wide(&mut table, 24, "本人意愿（选择去向）", known(&talk.wish))?;
    let room = "\n\n                    年    月    日";
    for name in ["谈话对象签字", "谈话人签字", "记录人签字"] {
        paper::wide(&mut table, 17, name, room)?;
    }
    Ok(table)
}

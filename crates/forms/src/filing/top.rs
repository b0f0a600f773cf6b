//! The figures above the list: 39 of them in 41 columns, under headers over four rows.

use super::counts::{Adjusted, FilingCounts, Holders, Leaders, RANKS};
use crate::bounds::COUNT_MAX;
use crate::error::FormError;
use crate::sheet::{Area, FANG_SONG, Look, SONG, Sheet, at};

const HEADER_ROW: u32 = 3;
const FIGURES_ROW: u32 = 7;
const HEADER: Look = Look::new(SONG, 9);
const FIGURE: Look = Look::new(FANG_SONG, 10);

const LEADERS: [&str; 3] = ["正科", "副科", "实名制管理干部"];
const EXEMPT: &str = "首次套转不占职数军转干部数";
const UPPER: &str = "一、二级主任科员";
const LOWER: &str = "三、四级主任科员";

/// The row of a header's level: the first two levels are a row each, the last is two.
fn level(level: u32, column: u16) -> Area {
    match level {
        2 => at(HEADER_ROW + 2, column).rows(2),
        upper => at(HEADER_ROW + upper, column),
    }
}

pub(super) fn write(
    sheet: &mut Sheet,
    counts: &FilingCounts,
    adjusted: &Adjusted,
) -> Result<(), FormError> {
    for (row, height) in [(0, 24), (1, 24), (2, 70), (3, 70), (4, 34)] {
        sheet.raise(HEADER_ROW + row, height);
    }
    groups(sheet)?;
    leaves(sheet)?;
    for (figure, (column, columns)) in figures(counts, adjusted).into_iter().zip(places()) {
        let too_many = FormError::Bound { bound: "COUNT_MAX", max: u64::from(COUNT_MAX) };
        let figure = match figure {
            Some(figure) if figure > COUNT_MAX => return Err(too_many),
            figure => figure.and_then(|figure| i32::try_from(figure).ok()),
        };
        sheet.number(at(FIGURES_ROW, column).columns(columns), figure, &FIGURE)?;
    }
    Ok(())
}

/// Headers of more than one figure.
fn groups(sheet: &mut Sheet) -> Result<(), FormError> {
    let two = |column| at(HEADER_ROW, column).rows(2);
    let groups = [
        (two(1).columns(2), "核定科级领导职数"),
        (two(3).columns(3), "现有科级领导数"),
        (two(6).columns(4), "核准职级职数"),
        (level(0, 10).columns(8), "现有职级干部数"),
        (level(1, 10).columns(4), UPPER),
        (level(1, 14).columns(4), LOWER),
        (level(0, 18).columns(10), "拟晋升职务、职级数"),
        (level(1, 18).columns(3), "科级领导职务"),
        (level(1, 21).columns(4), "职级"),
        (level(1, 25).columns(3), "其中兼任"),
        (two(28).columns(2), "由科级领导职务改任职级人数"),
        (level(0, 30).columns(11), "调整后职数情况"),
        (level(1, 30).columns(3), "科级领导数"),
        (level(1, 33).columns(4), UPPER),
        (level(1, 37).columns(4), LOWER),
    ];
    sheet.label(at(HEADER_ROW, 0).rows(4), "编制数", &HEADER)?;
    groups.into_iter().try_for_each(|(area, label)| sheet.label(area, label, &HEADER))
}

/// Headers of one figure.
fn leaves(sheet: &mut Sheet) -> Result<(), FormError> {
    let holders = |upper: bool| {
        let ranks = if upper { &RANKS[..2] } else { &RANKS[2..] };
        [&["小计"], ranks, &[EXEMPT]].concat()
    };
    let runs: [(u16, Vec<&str>); 11] = [
        (1, LEADERS[..2].to_vec()),
        (3, LEADERS.to_vec()),
        (10, holders(true)),
        (14, holders(false)),
        (18, LEADERS.to_vec()),
        (21, RANKS.to_vec()),
        (25, vec!["正科兼任一级主任科员", "副科兼任二级主任科员", "副科兼任三级主任科员"]),
        (28, vec!["正科改任二级主任科员", "副科改任四级主任科员"]),
        (30, LEADERS.to_vec()),
        (33, holders(true)),
        (37, holders(false)),
    ];
    sheet.label(level(2, 6).columns(2), UPPER, &HEADER)?;
    sheet.label(level(2, 8).columns(2), LOWER, &HEADER)?;
    for (first, labels) in runs {
        for (label, column) in labels.into_iter().zip(first..) {
            sheet.label(level(2, column), label, &HEADER)?;
        }
    }
    Ok(())
}

/// The first column and the width of each figure: one column, but two for approved seats.
fn places() -> impl Iterator<Item = (u16, u16)> {
    (0..6).map(|column| (column, 1)).chain([(6, 2), (8, 2)]).chain((10..41).map(|c| (c, 1)))
}

/// The figures in their order; what is not known has no figure.
fn figures(counts: &FilingCounts, adjusted: &Adjusted) -> Vec<Option<u32>> {
    let leaders = |leaders: Option<&Leaders>| {
        let figures = leaders.map(|leaders| [leaders.chief, leaders.deputy, leaders.listed]);
        known(figures)
    };
    let holders = |holders: &Holders| {
        let [first, second, third, fourth] = holders.ranks;
        let upper = [holders.upper(), first, second, holders.exempt_upper];
        let lower = [holders.lower(), third, fourth, holders.exempt_lower];
        [known(Some(upper)), known(Some(lower))].concat()
    };
    let concurrent = &counts.promoted.concurrent;
    [
        vec![Some(counts.slots)],
        known(counts.leaders_determined.map(|seats| [seats.chief, seats.deputy])),
        leaders(counts.leaders_present.as_ref()),
        known(counts.determined.map(|seats| [seats.upper, seats.lower])),
        holders(&counts.present),
        leaders(Some(&counts.promoted.leaders)),
        known(Some(counts.promoted.ranks)),
        known(Some([concurrent.chief_first, concurrent.deputy_second, concurrent.deputy_third])),
        known(Some([counts.turned.chief_to_second, counts.turned.deputy_to_fourth])),
        leaders(adjusted.leaders.as_ref()),
        holders(&adjusted.holders),
    ]
    .concat()
}

/// So many figures, known all together or not at all.
fn known<const N: usize>(figures: Option<[u32; N]>) -> Vec<Option<u32>> {
    match figures {
        Some(figures) => figures.map(Some).to_vec(),
        None => vec![None; N],
    }
}

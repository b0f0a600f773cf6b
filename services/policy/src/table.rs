//! The table of a calendar: which of its lines say what about which year.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};
use quanheng_policy::calendar::{Calendar, CalendarError, DayKind};
use quanheng_runtime::FieldFault;

use crate::festivals;

/// The heading that every table bears.
pub(crate) const HEADING: &str = "date,kind,occasion";

/// A table that was read and found whole.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

#[derive(Debug, Clone)]
struct Row {
    line: usize,
    date: Date,
    kind: DayKind,
    occasion: String,
}

/// What a year has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Days off, weekends among them.
    pub(crate) holidays: u32,
    /// Days off that are worked.
    pub(crate) makeup_workdays: u32,
}

fn fault(line: usize, message: impl Into<String>) -> FieldFault {
    FieldFault {
        field: format!("csv:{line}"),
        reason: "INVALID_FIELD".to_owned(),
        message: message.into(),
    }
}

impl Table {
    /// Reads a table and looks whether its years are whole.
    ///
    /// # Errors
    /// Every fault with its line.
    pub(crate) fn read(text: &str) -> Result<Self, Vec<FieldFault>> {
        if text.lines().next().map(str::trim) != Some(HEADING) {
            return Err(vec![fault(1, format!("首行应为标题 {HEADING}"))]);
        }
        if let Err(error) = Calendar::from_csv(text) {
            let (line, what) = match error {
                CalendarError::Malformed { line, what } => (line, what),
                other => (1, other.to_string()),
            };
            return Err(vec![fault(line, what)]);
        }
        let table = Self { rows: rows(text) };
        let faults = table.faults();
        if faults.is_empty() { Ok(table) } else { Err(faults) }
    }

    /// One that was checked before.
    pub(crate) fn of_published(text: &str) -> Self {
        Self { rows: rows(text) }
    }

    fn faults(&self) -> Vec<FieldFault> {
        let mut faults = Vec::new();
        if self.rows.is_empty() {
            faults.push(fault(1, "没有任何日期"));
        }
        for row in &self.rows {
            let weekend = matches!(row.date.weekday(), Weekday::Saturday | Weekday::Sunday);
            if row.kind == DayKind::Workday && !weekend {
                faults.push(fault(row.line, "调休上班日应为周六或周日"));
            }
        }
        for year in self.years() {
            let named = self.occasions(year);
            let missing = festivals::required(year).into_iter();
            let missing = missing.filter(|wanted| !named.iter().any(|name| name.contains(wanted)));
            let missing: Vec<_> = missing.collect();
            if !missing.is_empty() {
                let first = self.rows.iter().find(|row| row.date.year() == year);
                let line = first.map_or(1, |row| row.line);
                let message = format!("{year} 年安排不完整,缺少:{}", missing.join("、"));
                faults.push(fault(line, message));
            }
        }
        faults
    }

    /// The years that it arranges.
    pub(crate) fn years(&self) -> BTreeSet<i16> {
        self.rows.iter().map(|row| row.date.year()).collect()
    }

    /// For which occasions there are days off in a year.
    pub(crate) fn occasions(&self, year: i16) -> BTreeSet<&str> {
        let rows = self.rows.iter().filter(|row| row.date.year() == year);
        let off = rows.filter(|row| row.kind == DayKind::Holiday);
        off.map(|row| row.occasion.as_str()).collect()
    }

    /// How many days of each kind every year has.
    pub(crate) fn counts(&self) -> BTreeMap<i16, Counts> {
        let mut counts: BTreeMap<i16, Counts> = BTreeMap::new();
        for row in &self.rows {
            let count = counts.entry(row.date.year()).or_default();
            match row.kind {
                DayKind::Holiday => count.holidays += 1,
                DayKind::Workday => count.makeup_workdays += 1,
            }
        }
        counts
    }
}

fn rows(text: &str) -> Vec<Row> {
    let lines = text.lines().enumerate().skip(1);
    let rows = lines.filter_map(|(nr, line)| {
        let mut fields = line.trim().split(',');
        let date = fields.next()?.parse().ok()?;
        let kind = match fields.next()? {
            "holiday" => DayKind::Holiday,
            _ => DayKind::Workday,
        };
        let occasion = fields.next().unwrap_or_default().trim().to_owned();
        Some(Row { line: nr + 1, date, kind, occasion })
    });
    rows.collect()
}

/// The lines of a table that are about some years, below the heading.
pub(crate) fn only(text: &str, years: &BTreeSet<i16>) -> String {
    let about = |line: &&str| {
        let year = line.get(..4).and_then(|year| year.parse().ok());
        year.is_some_and(|year| years.contains(&year))
    };
    let lines = std::iter::once(HEADING).chain(text.lines().skip(1).filter(about));
    lines.fold(String::new(), |text, line| text + line + "\n")
}

//! The résumé (工作简历): as the file has it; where that has none that can be read line by line,
//! of the intervals of the register.

use std::collections::BTreeSet;

use jiff::civil::Date;
use quanheng_forms::YearMonth;
use quanheng_forms::appointment::CareerLine;

use super::{Candidate, Ground};

/// The lines.
pub(super) fn lines(ground: &Ground, candidate: &Candidate) -> Vec<CareerLine> {
    match written(&candidate.profile().resume) {
        Some(lines) => lines,
        None => of_intervals(ground, candidate),
    }
}

/// What is written, as lines that begin with a month each; what does not goes with the line
/// before. None if there is no such line at the beginning.
fn written(text: &str) -> Option<Vec<CareerLine>> {
    let mut lines: Vec<CareerLine> = Vec::new();
    for text in text.lines().map(str::trim).filter(|text| !text.is_empty()) {
        match (line(text), lines.last_mut()) {
            (Some(line), _) => lines.push(line),
            (None, Some(before)) => {
                before.what.push('\n');
                before.what.push_str(text);
            }
            (None, None) => return None,
        }
    }
    (!lines.is_empty()).then_some(lines)
}

/// `2003.07—2012.08  样例县样例局科员`
fn line(text: &str) -> Option<CareerLine> {
    let dash = |c: char| "—–-－~～至".contains(c);
    let (from, rest) = month(text)?;
    let rest = rest.trim_start().strip_prefix(dash)?.trim_start_matches(dash).trim_start();
    let (to, rest) = match month(rest) {
        Some((to, rest)) => (Some(to), rest),
        None => (None, rest.strip_prefix('今').unwrap_or(rest)),
    };
    let what = rest.trim();
    (!what.is_empty()).then(|| CareerLine { from, to, what: what.to_owned() })
}

/// A month at the beginning: `2003.07`.
fn month(text: &str) -> Option<(YearMonth, &str)> {
    let (year, rest) = text.split_once('.')?;
    let digits = rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let (month, rest) = rest.split_at(digits);
    let four = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    let year = year.parse().ok().filter(|_| four)?;
    Some((YearMonth::new(year, month.parse().ok()?)?, rest))
}

/// What the person was from one change to the next.
fn of_intervals(ground: &Ground, candidate: &Candidate) -> Vec<CareerLine> {
    let person = &candidate.person;
    let slots = person.slots.values().map(|slot| slot.from);
    let posts = person.posts.values().flat_map(|post| [Some(post.from), post.to]).flatten();
    let ranks = person.ranks.values().flat_map(|rank| [Some(rank.from), rank.to]).flatten();
    let days: BTreeSet<Date> =
        slots.chain(posts).chain(ranks).filter(|day| *day <= candidate.stands_on).collect();
    let mut lines: Vec<CareerLine> = Vec::new();
    for day in days {
        let (from, what) = (YearMonth::of(day), candidate.position(ground, day).text());
        if lines.last().is_some_and(|last| last.to.is_none() && last.what == what) {
            continue;
        }
        if let Some(last) = lines.last_mut().filter(|last| last.to.is_none()) {
            last.to = Some(from);
        }
        if !what.is_empty() {
            lines.push(CareerLine { from, to: None, what });
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> Option<Vec<(String, String, String)>> {
        let told = |line: CareerLine| {
            let to = line.to.map(|to| to.to_string()).unwrap_or_default();
            (line.from.to_string(), to, line.what)
        };
        Some(written(text)?.into_iter().map(told).collect())
    }

    #[test]
    fn a_resume_is_read_line_by_line() {
        let text = "1999.09--2003.07 样例大学学生\r\n2003.07—2012.8  样例县样例局科员\n\
                    （其间：挂职）\n\n2012.08—    样例局";
        let own = |from: &str, to: &str, what: &str| (from.into(), to.into(), what.into());
        let expected = vec![
            own("1999.09", "2003.07", "样例大学学生"),
            own("2003.07", "2012.08", "样例县样例局科员\n（其间：挂职）"),
            own("2012.08", "", "样例局"),
        ];
        assert_eq!(read(text), Some(expected));
        assert_eq!(read("2012.08至今 样例局"), Some(vec![own("2012.08", "", "样例局")]));
    }

    #[test]
    fn what_has_no_months_is_not_read() {
        for text in [
            "",
            "  \n",
            "样例局科员",
            "2003 样例局",
            "2003.13—样例局",
            "2003.07 样例局",
            "2003.07—",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}

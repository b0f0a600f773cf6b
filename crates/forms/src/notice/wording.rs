//! The words of a notice.

use super::{Candidate, Notice};
use crate::days::{spoken, spoken_month};
use crate::text::sex_name;

/// Candidates who are named in the text one by one; more stand in the list only.
const NAMED_MAX: usize = 10;

/// `关于甄示例等3名同志拟晋升职级的公示`
pub(super) fn usual_title(candidates: &[Candidate]) -> String {
    let who = match candidates {
        [] => String::new(),
        [only] => format!("{}同志", only.name),
        [first, ..] => format!("{}等{}名同志", first.name, candidates.len()),
    };
    format!("关于{who}拟晋升职级的公示")
}

pub(super) fn opening(notice: &Notice) -> String {
    let basis: Vec<String> = notice.basis.iter().map(ToString::to_string).collect();
    let basis = match basis.is_empty() {
        true => String::new(),
        false => format!("和{}文件", basis.join("、")),
    };
    format!(
        "根据《中华人民共和国公务员法》《公务员职务与职级并行规定》{basis}等有关规定，经{}研究，\
         拟晋升{}名同志的职级。为充分发扬民主，广泛听取意见，接受群众监督，现将有关情况公示如下。",
        notice.decided_by,
        notice.candidates.len()
    )
}

/// One candidate, with what is known of it: `甄示例，女，1980年5月出生，大学本科学历，中共党员，现任…，拟晋升…。`
pub(super) fn candidate(candidate: &Candidate) -> String {
    let known = |text: &str, said: String| (!text.is_empty()).then_some(said);
    let education = candidate.education.trim_end_matches("学历");
    let parts = [
        Some(candidate.name.clone()),
        Some(sex_name(candidate.sex).to_owned()),
        Some(format!("{}出生", spoken_month(candidate.born))),
        known(education, format!("{education}学历")),
        known(&candidate.political_status, candidate.political_status.clone()),
        known(&candidate.present, format!("现任{}", candidate.present)),
        Some(format!("拟晋升{}", candidate.proposed_rank)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    format!("{}。", parts.join("，"))
}

/// The paragraphs on the candidates.
pub(super) fn candidates(notice: &Notice) -> Vec<String> {
    let all = &notice.candidates;
    if all.len() > NAMED_MAX {
        return vec![format!("拟晋升职级的{}名同志名单见附件。", all.len())];
    }
    all.iter().map(candidate).collect()
}

pub(super) fn period(notice: &Notice) -> String {
    format!("{}至{}（{}个工作日）。", spoken(notice.from), spoken(notice.to), notice.working_days)
}

pub(super) fn receiving(notice: &Notice) -> Vec<String> {
    let contact = &notice.contact;
    let mut lines = vec![
        format!(
            "公示期间，如对公示对象有异议，可通过来电、来信、来访等方式向{}反映。反映情况和问题应当\
             实事求是，提倡签署或者告知本人真实姓名、联系方式。",
            contact.receiver
        ),
        format!("联系电话：{}", contact.phone),
    ];
    lines.extend(contact.address.as_ref().map(|address| format!("通讯地址：{address}")));
    lines.extend(contact.mail.as_ref().map(|mail| format!("电子邮箱：{mail}")));
    lines
}

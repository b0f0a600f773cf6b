use jiff::civil::date;
use quanheng_forms::DocumentNumber;
use quanheng_forms::notice::{Notice, docx, xlsx};

use crate::open::{paragraphs, part, sheet};
use crate::world::{MADE, UNIT, identity, notice};

#[test]
fn one_candidate_is_named_in_the_text() {
    let texts = paragraphs(&docx(&notice(1), MADE).unwrap());
    let expected = [
        "关于甄示甲甲同志拟晋升职级的公示",
        "",
        "根据《中华人民共和国公务员法》《公务员职务与职级并行规定》和样组通〔2026〕12号文件等有关\
         规定，经中共样例县示例局党组会议研究，拟晋升1名同志的职级。为充分发扬民主，广泛听取意见，\
         接受群众监督，现将有关情况公示如下。",
        "一、公示对象",
        "甄示甲甲，女，1980年1月出生，大学本科学历，中共党员，现任样例县示例局二级主任科员，\
         拟晋升一级主任科员。",
        "二、公示时间",
        "2026年3月3日至2026年3月9日（5个工作日）。",
        "三、受理方式",
        "公示期间，如对公示对象有异议，可通过来电、来信、来访等方式向中共样例县委组织部公务员科反映。\
         反映情况和问题应当实事求是，提倡签署或者告知本人真实姓名、联系方式。",
        "联系电话：000-00000000、000-00000001",
        "通讯地址：样例县虚构路0号",
        "\n",
        "中共样例县委组织部",
        "2026年3月2日",
    ];
    assert_eq!(texts, expected);
}

#[test]
fn several_candidates_also_stand_in_a_table() {
    let texts = paragraphs(&docx(&notice(3), MADE).unwrap());
    assert_eq!(texts[0], "关于甄示甲甲等3名同志拟晋升职级的公示");
    assert!(texts.contains(&"附件：拟晋升职级人选名单".to_owned()));
    let head = texts.iter().position(|text| text == "序号").unwrap();
    let columns =
        ["序号", "姓名", "性别", "出生年月", "学历", "政治面貌", "现任职务职级", "拟晋升职级"];
    assert_eq!(texts[head..head + 8], columns);
    let present = format!("{UNIT}二级主任科员");
    let second = [
        "2",
        "甄示甲乙",
        "男",
        "1980.02",
        "大学本科",
        "中共党员",
        present.as_str(),
        "一级主任科员",
    ];
    assert_eq!(texts[head + 16..head + 24], second);
    assert!(texts.iter().any(|text| text.starts_with("甄示甲丙，男，1980年3月出生")));
}

#[test]
fn many_candidates_stand_in_the_table_only() {
    let texts = paragraphs(&docx(&notice(11), MADE).unwrap());
    assert!(texts.contains(&"拟晋升职级的11名同志名单见附件。".to_owned()));
    assert!(!texts.iter().any(|text| text.contains("1980年3月出生")));
    assert!(texts.contains(&"甄示乙甲".to_owned()));
}

#[test]
fn the_layout_is_that_of_an_official_document() {
    let bytes = docx(&notice(2), MADE).unwrap();
    let xml = part(&bytes, "word/document.xml");
    let page = "<w:pgSz w:w=\"11906\" w:h=\"16838\"/><w:pgMar w:top=\"2098\" w:right=\"1474\" \
                w:bottom=\"1984\" w:left=\"1587\"";
    assert!(xml.contains(page), "{xml}");
    assert!(xml.contains("w:line=\"560\" w:lineRule=\"exact\""));
    for face in ["方正小标宋简体", "仿宋_GB2312", "黑体"] {
        assert!(xml.contains(&format!("w:eastAsia=\"{face}\"")), "{face}");
    }
    assert!(xml.contains("<w:sz w:val=\"44\"/>") && xml.contains("<w:sz w:val=\"32\"/>"));
    assert!(xml.contains("w:firstLineChars=\"200\" w:firstLine=\"640\""));
    assert!(xml.contains("<w:tblHeader/>"));
    assert!(part(&bytes, "word/settings.xml").contains("<w:evenAndOddHeaders/>"));
}

#[test]
fn the_list_says_the_same() {
    let sheet = sheet(&xlsx(&notice(3), MADE).unwrap());
    assert_eq!(sheet.name, "公示名单");
    assert_eq!(sheet.at("A1"), "关于甄示甲甲等3名同志拟晋升职级的公示");
    let row = ["A4", "B4", "C4", "D4", "E4", "F4", "G4", "H4"].map(|cell| sheet.at(cell));
    let present = format!("{UNIT}二级主任科员");
    let expected =
        ["2", "甄示甲乙", "男", "1980.02", "大学本科", "中共党员", &present, "一级主任科员"];
    assert_eq!(row, expected);
    assert_eq!(sheet.at("A6"), "公示时间：2026年3月3日至2026年3月9日（5个工作日）。");
    assert!(sheet.at("A7").contains("联系电话：000-00000000、000-00000001"));
}

/// Puts a text somewhere into a notice.
type Put = fn(&mut Notice, String);

#[test]
fn no_identity_number_is_ever_published() {
    let number = identity(0).reveal().to_owned();
    let spaced = format!("{} {} {}", &number[..6], &number[6..14], &number[14..]);
    let places: [(&str, Put); 6] = [
        ("name", |notice, text| notice.candidates[0].name.push_str(&text)),
        ("present", |notice, text| notice.candidates[1].present.push_str(&text)),
        ("title", |notice, text| notice.title = Some(text)),
        ("phone", |notice, text| notice.contact.phone = text),
        ("address", |notice, text| notice.contact.address = Some(text)),
        ("issuer", |notice, text| notice.issuer.push_str(&text)),
    ];
    for (place, put) in places {
        for text in [&number, &spaced] {
            let mut notice = notice(2);
            put(&mut notice, text.clone());
            for made in [docx(&notice, MADE), xlsx(&notice, MADE)] {
                assert_eq!(made.unwrap_err().code(), "IDENTITY_NUMBER_IN_NOTICE", "{place}");
            }
        }
    }
}

#[test]
fn nor_as_a_document_number() {
    let mut notice = notice(1);
    let number = format!("样{}〔2026〕1号", identity(0).reveal());
    notice.basis = vec![DocumentNumber::parse(&number).unwrap()];
    assert_eq!(docx(&notice, MADE).unwrap_err().code(), "IDENTITY_NUMBER_IN_NOTICE");
}

#[test]
fn a_notice_without_candidates_or_with_its_days_reversed_is_refused() {
    let reversed = Notice { to: date(2026, 3, 2), ..notice(1) };
    for (notice, code) in [(notice(0), "FIELD_MISSING"), (reversed, "PERIOD_REVERSED")] {
        assert_eq!(docx(&notice, MADE).unwrap_err().code(), code);
        assert_eq!(xlsx(&notice, MADE).unwrap_err().code(), code);
    }
}

//! The copy that goes back to the sender.

use std::io::Read as _;

use calamine::{Reader as _, Xlsx};
use quanheng_sheets::{Bounds, LIST_TITLE, persons, sample, write_marked};

const FILE: &str = "姓名,身份证号,性别,民族,额外\n\
                    贾样例,11010519491231002X,男,汉,外\n\
                    \n\
                    甄示例,110105194912310021,女,火星族,外\n";

#[test]
fn bad_cells_are_red_commented_and_listed() {
    let read = persons::read(FILE.as_bytes(), &Bounds::default(), sample::general_rank).unwrap();
    let bytes = write_marked(&read.table, read.table.findings.list()).unwrap();

    let mut workbook = Xlsx::new(std::io::Cursor::new(&bytes)).unwrap();
    let list = workbook.worksheet_range(LIST_TITLE).unwrap();
    let lines: Vec<Vec<String>> =
        list.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
    let line = |index: usize| -> Vec<&str> { lines[index].iter().map(String::as_str).collect() };
    assert_eq!(line(0)[..4], ["序号", "原表行号", "原表列", "本表单元格"]);
    assert_eq!(line(1)[..8], ["1", "2", "C", "G4", "基础信息·性别", "*", "提醒", "SEX_MISMATCH"]);
    assert_eq!(
        line(2)[1..8],
        ["4", "B", "D5", "基础信息·身份证号", "110105********0021", "错误", "IDENTITY_CHECK_DIGIT"]
    );
    assert_eq!(line(3)[1..8], ["4", "D", "H5", "基础信息·民族", "火**", "错误", "CHOICE_UNKNOWN"]);
    assert_eq!(line(4)[8], "以下列未识别,未导入:E列「额外」");
    assert_eq!(lines.len(), 5);

    // The copy holds what was sent, and is read with the same findings.
    let again = persons::read(&bytes, &Bounds::default(), sample::general_rank).unwrap();
    let codes = |table: &quanheng_sheets::Table| -> Vec<_> {
        table.findings.list().iter().map(|finding| finding.code).collect()
    };
    assert_eq!(codes(&again.table), codes(&read.table));

    let part = |name: &str| {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&bytes)).unwrap();
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    };
    let comments = part("xl/comments1.xml");
    for expected in
        ["ref=\"D5\"", "ref=\"H5\"", "ref=\"G4\"", "公民身份号码校验码不符(IDENTITY_CHECK_DIGIT)"]
    {
        assert!(comments.contains(expected), "{expected} in {comments}");
    }
    let styles = part("xl/styles.xml");
    assert!(styles.contains("FFFFC7CE") && styles.contains("FFFFEB9C"), "{styles}");
}

#[test]
fn several_faults_of_a_cell_are_one_comment() {
    let number = "11010519491231002X";
    let text = format!("姓名,身份证号\n贾样例,{number}\n甄示例,{number}\n");
    let read = persons::read(text.as_bytes(), &Bounds::default(), sample::general_rank).unwrap();
    let twice: Vec<_> = [read.table.findings.list(), read.table.findings.list()].concat();
    assert!(write_marked(&read.table, &twice).is_ok());
}

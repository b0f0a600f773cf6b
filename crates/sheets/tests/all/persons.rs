//! The roster.

use quanheng_policy::codes::Sex;
use quanheng_sheets::persons::{
    AssessmentResult, Batch, EstablishmentKind, FORM, PersonRow, PoliticalStatus, RankState,
    level_name, level_of, person_name, read,
};
use quanheng_sheets::{Bounds, Import, Severity, sample};

const NUMBER: &str = "11010519491231002X";

fn people(text: &str) -> Import<PersonRow> {
    read(text.as_bytes(), &Bounds::default(), sample::general_rank).unwrap()
}

fn findings(import: &Import<PersonRow>) -> Vec<(u32, &str, &str)> {
    import.table.findings.list().iter().map(|f| (f.row, f.key, f.code)).collect()
}

#[test]
fn the_roster_has_its_67_columns_in_seven_blocks() {
    let customary: Vec<_> = FORM.columns.iter().filter(|column| !column.ours).collect();
    assert_eq!(customary.len(), 67);
    let mut blocks: Vec<_> = customary.iter().map(|column| column.header[0]).collect();
    blocks.dedup();
    assert_eq!(blocks.len(), 7);
}

#[test]
fn a_person_is_read_with_its_types() {
    let import = people(&format!(
        "姓名,身份证号码,编制类型,性别,民族,出生日期,政治面貌,现任职务,现任职级,批次,民主测评结果,状态,年份1,结果1\n\
         贾 样　例,{NUMBER},参公,女,汉,1949-12-31,党员,正科,四级主任科员,第十二批,2/3,在任,2023年,合格\n"
    ));
    assert_eq!(findings(&import), []);
    let person = &import.rows[0].row;
    assert_eq!(person.identity.name, "贾样例");
    assert_eq!(person.identity.sex, Some(Sex::Female));
    assert_eq!(person.identity.nation.as_deref(), Some("汉族"));
    assert_eq!(person.identity.political_status, Some(PoliticalStatus::PartyMember));
    assert_eq!(person.establishment, Some(EstablishmentKind::Referenced));
    assert_eq!(person.post.as_ref().unwrap().level, level_of("乡科级正职"));
    let spell = person.spell.as_ref().unwrap();
    assert_eq!(spell.rank.as_ref().unwrap().rank.as_str(), "GM10");
    assert_eq!(spell.batch, Some(Batch::Number(12)));
    assert_eq!(spell.vote.unwrap().to_string(), "2/3");
    assert_eq!(spell.state, Some(RankState::Held));
    let assessment = &person.assessments[0];
    assert_eq!((assessment.year, assessment.result), (2023, AssessmentResult::Competent));
    assert_eq!(assessment.wording, "合格");
    assert!(person.conversion.is_none() && person.separately_listed.is_none());
}

#[test]
fn national_codes_are_headers() {
    let import = people(&format!(
        "A0000,A0101,A0184,A0192,A0221,A0288,A0192E,A0192C,A0121,A14Z101,A0163\n\
         p-1,贾样例,{NUMBER},示例局局长,1A31,2015-01-01,二级调研员,2019-06-01,行政编制,嘉奖,在职\n"
    ));
    assert_eq!(findings(&import), []);
    assert_eq!(import.table.layout.unknown().len(), 1, "A0163 is not ours");
    let person = &import.rows[0].row;
    let post = person.post.as_ref().unwrap();
    assert_eq!(post.title.as_deref(), Some("示例局局长"));
    assert_eq!(post.level.as_ref().and_then(level_name), Some("县处级正职"));
    assert_eq!(post.same_level_since.unwrap().to_string(), "2015-01-01");
    assert_eq!(person.spell.as_ref().unwrap().since.unwrap().to_string(), "2019-06-01");
    assert_eq!(person.commendations.title.as_deref(), Some("嘉奖"));
    assert_eq!(person.id.as_ref().unwrap().as_str(), "p-1");
}

#[test]
fn every_code_of_a_person_is_provoked() {
    let header = "姓名,身份证号,性别,出生年月,现任职级,批次,免职级时间,状态,年份1,结果1,年份2,结果2,单位代码,人员代码";
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("女,1949.12,二级科员,首次套改,,在任,2022,优秀,2023,称职,u,p", &[]),
        ("男,,,,,,,,,,,", &[("sex", "SEX_MISMATCH")]),
        (",195001,,,,,,,,,,", &[("birth_month", "BIRTH_MISMATCH")]),
        (",,特级科员,,,,,,,,,", &[("rank", "RANK_UNKNOWN")]),
        (",,,头一批,,,,,,,,", &[("rank_batch", "BATCH_FORMAT")]),
        (",,二级科员,,,已免,,,,,,", &[("rank_ended_on", "RANK_END_MISSING")]),
        (",,二级科员,,2020-01-01,在任,,,,,,", &[("rank_state", "RANK_STATE_MISMATCH")]),
        (",,,,,,2022,,,,,", &[("assessment_result_1", "ASSESSMENT_INCOMPLETE")]),
        (",,,,,,,优秀,,,,", &[("assessment_year_1", "ASSESSMENT_INCOMPLETE")]),
        (",,,,,,2022,优秀,2022,优秀,,", &[("assessment_year_2", "ASSESSMENT_YEAR_TWICE")]),
        (",,,,,,2022,很好,,,,", &[("assessment_result_1", "ASSESSMENT_RESULT_UNKNOWN")]),
        (",,,,,,,,,,u 1,", &[("unit_id", "ID_FORMAT")]),
        (",,,,,,,,,,,p/1", &[("id", "ID_FORMAT")]),
    ];
    for (rest, expected) in cases {
        let import = people(&format!("{header}\n贾样例,{NUMBER},{rest}\n"));
        let list = import.table.findings.list();
        let found: Vec<_> = list.iter().map(|f| (f.key, f.code)).collect();
        assert_eq!(found, *expected, "{rest}");
        let sound = list.iter().all(|finding| finding.severity == Severity::Warning);
        assert_eq!(import.rows.len(), usize::from(sound), "{rest}");
    }
}

#[test]
fn twins_are_errors_on_all_their_rows_and_stay_masked() {
    let import = people(&format!(
        "姓名,身份证号\n贾样例,{NUMBER}\n甄样例,440524188001010014\n虚样例,{NUMBER}\n"
    ));
    assert_eq!(
        findings(&import),
        [
            (2, "identity_number", "IDENTITY_DUPLICATE"),
            (4, "identity_number", "IDENTITY_DUPLICATE")
        ]
    );
    let first = &import.table.findings.list()[0];
    assert_eq!(first.message, "身份证号与第 4 行重复");
    assert_eq!(first.value_shown, "110105********002X");
    assert_eq!(import.rows.len(), 1);
    let told = format!("{:?}", import.table.findings);
    assert!(!told.contains(NUMBER), "no finding tells the number");
}

#[test]
fn ids_of_persons_are_their_own() {
    let text =
        format!("姓名,身份证号,人员代码\n贾样例,{NUMBER},p-1\n甄样例,440524188001010014,p-1\n");
    let import = people(&text);
    assert_eq!(
        findings(&import),
        [(2, "id", "PERSON_ID_DUPLICATE"), (3, "id", "PERSON_ID_DUPLICATE")]
    );
}

#[test]
fn rows_with_missing_values_are_errors() {
    let import = people(&format!("姓名,身份证号\n,{NUMBER}\n贾样例,\n"));
    assert_eq!(
        findings(&import),
        [(2, "name", "VALUE_MISSING"), (3, "identity_number", "VALUE_MISSING")]
    );
    assert!(import.rows.is_empty());
}

#[test]
fn results_come_to_few() {
    use AssessmentResult::{
        BasicallyCompetent, Competent, Excellent, Incompetent, NotAssessed, Ungraded,
    };
    for (wording, result) in [
        ("优秀", Some(Excellent)),
        ("称职", Some(Competent)),
        ("合格", Some(Competent)),
        ("基本称职", Some(BasicallyCompetent)),
        ("基本合格", Some(BasicallyCompetent)),
        ("不称职", Some(Incompetent)),
        ("不合格", Some(Incompetent)),
        ("不定等次", Some(Ungraded)),
        ("新录用人员试用期内考核不确定等次", Some(Ungraded)),
        ("被立案调查尚未结案不确定等次", Some(Ungraded)),
        ("受政纪处分期间不确定等次", Some(Ungraded)),
        ("不进行考核", Some(NotAssessed)),
        ("病事假累计超过半年不进行考核", Some(NotAssessed)),
        ("其他原因不进行考核", Some(NotAssessed)),
        (" 称 职 ", Some(Competent)),
        ("良好", None),
    ] {
        assert_eq!(AssessmentResult::of_wording(wording), result, "{wording}");
    }
}

#[test]
fn names_and_batches_have_one_form() {
    for (text, name) in [
        ("贾 样", "贾样"),
        ("贾　样例", "贾样例"),
        ("阿・样例", "阿·样例"),
        ("阿．样例", "阿·样例"),
    ] {
        assert_eq!(person_name(text), name);
    }
    for (text, batch) in [
        ("首次套改", Some("首次套改")),
        ("第1批", Some("第1批")),
        ("第三批", Some("第3批")),
        ("二十批次", Some("第20批")),
        ("４", Some("第4批")),
        ("第0批", None),
        ("批", None),
    ] {
        assert_eq!(Batch::parse(text).map(|batch| batch.to_string()).as_deref(), batch, "{text}");
    }
}

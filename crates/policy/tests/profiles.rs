//! The national default, overlays on it, how values are explained, and what is refused.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use jiff::civil::{Date, date};
use quanheng_policy::calendar::Calendar;
use quanheng_policy::class::{Standing, Tier, UnitFacts, UnitGrade, UnitKind};
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::profile::{
    NATIONAL, Parameters, Policy, PolicyBook, PolicyError, Published, schema,
};
use quanheng_policy::{CategoryId, LevelId, QuotaClassId, RankId};

fn category(id: &str) -> CategoryId {
    CategoryId::new(id).unwrap()
}

fn rank(id: &str) -> RankId {
    RankId::new(id).unwrap()
}

fn division(code: &str) -> DivisionCode {
    DivisionCode::parse(code).unwrap()
}

fn national() -> Arc<Published> {
    Published::read("national.toml", NATIONAL).unwrap_or_else(|errors| {
        panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

fn overlay(jurisdiction: &str, version: u32, from: &str, rest: &str) -> Arc<Published> {
    let text = format!(
        "format = 1\nprofile = \"p{jurisdiction}\"\nversion = {version}\n\
         jurisdiction = \"{jurisdiction}\"\ntitle = \"覆盖\"\neffective_from = \"{from}\"\n{rest}"
    );
    Published::read("overlay.toml", &text).unwrap()
}

fn policy(documents: &[Arc<Published>], at: &str, on: Date) -> Policy {
    let mut book = PolicyBook::default();
    for document in documents {
        book.publish(Arc::clone(document)).unwrap();
    }
    book.policy(&division(at), on)
}

fn today() -> Policy {
    policy(&[national()], "420106", date(2026, 11, 23))
}

#[test]
fn every_ladder_is_whole() {
    let policy = today();
    for (id, ranks, first, last) in [
        ("general_management", 12, "一级巡视员", "二级科员"),
        ("professional_technical", 11, "一级总监", "专业技术员"),
        ("administrative_enforcement", 11, "督办", "二级行政执法员"),
        ("police_enforcement", 12, "一级警务专员", "二级警员"),
        ("police_technical", 11, "警务技术一级总监", "警务技术员"),
        ("judge", 12, "首席大法官", "五级法官"),
        ("prosecutor", 12, "首席大检察官", "五级检察官"),
    ] {
        let ladder = policy.ladder(&category(id)).unwrap();
        let names: Vec<_> = ladder.value.ranks.iter().map(|rank| rank.name.as_str()).collect();
        assert_eq!(names.len(), ranks, "{id}");
        assert_eq!((names[0], names[ranks - 1]), (first, last), "{id}");
        assert!(!ladder.source.article.is_empty());
    }
    let general = policy.ladder(&category("general_management")).unwrap();
    let rows = [("GM06", 20, 14), ("GM10", 24, 18), ("GM12", 27, 19), ("GM03", 17, 11)];
    for (id, lowest, highest) in rows {
        let grades = general.value.rank(&rank(id)).unwrap().grades.unwrap();
        assert_eq!((grades.lowest, grades.highest), (lowest, highest), "{id}");
        assert!(grades.contains(lowest) && grades.contains(highest));
        assert!(!grades.contains(lowest + 1) && !grades.contains(highest - 1));
    }
    assert_eq!(general.value.next_above(&rank("GM10")).unwrap().id, rank("GM09"));
    assert_eq!(general.value.next_below(&rank("GM06")).unwrap().id, rank("GM07"));
    assert_eq!(general.value.next_above(&rank("GM01")), None);
    let enforcement = policy.ladder(&category("administrative_enforcement")).unwrap();
    assert_eq!(enforcement.value.at(1), None, "no counterpart of 一级巡视员");
    let level = policy.leadership_level(&LevelId::new("L31").unwrap()).unwrap();
    assert_eq!(
        (level.value.name.as_str(), level.value.minimum_rank_order),
        ("县处级正职", Some(4))
    );
}

#[test]
fn leadership_levels_are_listed_from_the_top_the_closest_layer_first() {
    let local = overlay(
        "420000",
        1,
        "2024-01-01",
        "[leadership_levels.L41]\nname = \"正科\"\norder = 9\narticle = \"x\"\n\
         grades = { lowest = 22, highest = 16 }\n",
    );
    let policy = policy(&[national(), local], "420106", date(2026, 1, 1));
    let levels = policy.leadership_levels();
    let ids: Vec<_> = levels.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["L01", "L02", "L11", "L12", "L21", "L22", "L31", "L32", "L41", "L42"]);
    assert_eq!((levels[8].1.name.as_str(), levels[7].1.name.as_str()), ("正科", "县处级副职"));
}

#[test]
fn technical_ladders_require_a_qualification() {
    let policy = today();
    for (id, required) in [
        ("general_management", false),
        ("professional_technical", true),
        ("administrative_enforcement", false),
        ("police_enforcement", false),
        ("police_technical", true),
        ("judge", false),
    ] {
        let ladder = policy.ladder(&category(id)).unwrap();
        assert_eq!(ladder.value.requires_qualification, required, "{id}");
    }
}

#[test]
fn minimum_tenure_is_that_of_the_regulation() {
    let policy = today();
    for (target, years, level) in [
        ("GM01", 4, Some("L22")),
        ("GM02", 4, None),
        ("GM03", 3, Some("L31")),
        ("GM04", 2, None),
        ("GM05", 2, Some("L32")),
        ("GM06", 2, None),
        ("GM07", 2, Some("L41")),
        ("GM09", 2, Some("L42")),
        ("GM11", 2, None),
    ] {
        let tenure = policy.minimum_tenure(&category("general_management"), &rank(target)).unwrap();
        assert_eq!(tenure.value.years, years, "{target}");
        assert_eq!(tenure.value.level.as_ref().map(LevelId::as_str), level, "{target}");
    }
    let lowest = policy.minimum_tenure(&category("general_management"), &rank("GM12"));
    assert!(matches!(lowest, Err(PolicyError::NotConfigured { .. })), "nobody is promoted to it");
    let judge = policy.minimum_tenure(&category("judge"), &rank("JD05"));
    assert!(matches!(judge, Err(PolicyError::NotConfigured { .. })), "not found anywhere public");
}

#[test]
fn transfers_keep_the_order_or_a_band() {
    let policy = today();
    let convert = |from: &str, id: &str, to: &str| {
        let found = policy.conversion(&category(from), &rank(id), &category(to));
        found.map(|ranks| {
            ranks.value.iter().map(|rank| rank.as_str().to_owned()).collect::<Vec<_>>()
        })
    };
    for (name, from, id, to, expected) in [
        ("W-63", "judge", "JD06", "general_management", vec!["GM03", "GM04", "GM05", "GM06"]),
        ("A-24", "judge", "JD04", "general_management", vec!["GM01"]),
        ("A-24", "judge", "JD05", "general_management", vec!["GM02"]),
        ("A-24", "prosecutor", "PC12", "general_management", vec!["GM07", "GM08", "GM09", "GM10"]),
        ("A-25", "general_management", "GM06", "police_enforcement", vec!["PE06"]),
        ("A-25", "police_technical", "PX04", "general_management", vec!["GM04"]),
        ("ZJ23 11", "professional_technical", "PT02", "administrative_enforcement", vec!["AE02"]),
    ] {
        assert_eq!(convert(from, id, to).unwrap(), expected, "{name}: {from} {id} to {to}");
    }
    // No counterpart, and nobody wrote down the way back: refused, not guessed.
    for (from, id, to) in [
        ("general_management", "GM01", "administrative_enforcement"),
        ("general_management", "GM12", "professional_technical"),
        ("general_management", "GM05", "judge"),
        ("judge", "JD01", "general_management"),
    ] {
        let refused = convert(from, id, to);
        assert!(
            matches!(refused, Err(PolicyError::NotConfigured { .. })),
            "{from} {id} {to}: {refused:?}"
        );
    }
}

fn unit(tier: Tier, standing: Standing, grade: UnitGrade, kind: UnitKind) -> UnitFacts {
    UnitFacts { tier, standing, grade, kind }
}

#[test]
fn a_unit_takes_the_class_of_its_tier_grade_and_kind() {
    use Standing::{MunicipalityDistrict, Ordinary, SubProvincialCity, SubProvincialDistrict};
    use Tier::{County, Prefecture, Province, Township};
    use UnitGrade::{Bureau, Division, Section, ViceDivision};
    use UnitKind::{LeadingGroup, Organ, ReferencedUnit};
    let policy = today();
    let general = category("general_management");
    for (facts, expected) in [
        (unit(Province, Ordinary, Bureau, Organ), Some("provincial")),
        (unit(Prefecture, Ordinary, Division, Organ), Some("prefecture")),
        (unit(Prefecture, MunicipalityDistrict, Division, Organ), Some("prefecture")),
        (unit(Prefecture, Ordinary, Bureau, LeadingGroup), Some("prefecture_leading_group")),
        (unit(Prefecture, SubProvincialCity, Bureau, Organ), Some("subprovincial_city")),
        (unit(Prefecture, SubProvincialDistrict, Division, Organ), Some("subprovincial_district")),
        (unit(County, Ordinary, Section, Organ), Some("county_township")),
        (unit(Township, Ordinary, Section, Organ), Some("county_township")),
        (unit(County, Ordinary, Section, ReferencedUnit), Some("county_township")),
        (unit(County, Ordinary, Division, LeadingGroup), Some("county_leading_group")),
        // A 科级 referenced unit of a prefecture does not get the prefecture organs' ranks.
        (unit(Prefecture, Ordinary, Section, ReferencedUnit), None),
        (unit(Prefecture, Ordinary, ViceDivision, ReferencedUnit), None),
        (unit(Prefecture, Ordinary, Section, Organ), None),
    ] {
        match policy.quota_class(&general, &facts) {
            Ok(class) => {
                assert_eq!(Some(class.value.as_str()), expected, "{facts:?}");
                policy.ratio_table(&general, &class.value).unwrap();
            }
            Err(PolicyError::NoRatioTable { .. }) => assert_eq!(expected, None, "{facts:?}"),
            Err(error) => panic!("{facts:?}: {error}"),
        }
    }
}

#[test]
fn w_16_a_category_without_a_table_is_refused() {
    let policy = today();
    let county = QuotaClassId::new("county_township").unwrap();
    for id in ["judge", "police_enforcement", "police_technical", "professional_technical"] {
        let refused = policy.ratio_table(&category(id), &county);
        assert!(matches!(refused, Err(PolicyError::NoRatioTable { .. })), "{id}: {refused:?}");
        assert!(refused.unwrap_err().to_string().starts_with("NO_RATIO_TABLE"));
    }
}

#[test]
fn w_58_a_rank_above_the_ceiling_is_not_admitted() {
    let policy = today();
    let general = category("general_management");
    for (class, highest, above) in [
        ("county_township", "GM04", Some("GM03")),
        ("prefecture", "GM02", Some("GM01")),
        ("subprovincial_district", "GM03", Some("GM02")),
        ("county_leading_group", "GM02", Some("GM01")),
        ("provincial", "GM01", None),
    ] {
        let table = policy.ratio_table(&general, &QuotaClassId::new(class).unwrap()).unwrap();
        assert!(table.value.admits(&rank(highest)), "{class}");
        assert!(above.is_none_or(|above| !table.value.admits(&rank(above))), "{class}");
    }
}

#[test]
fn the_closest_layer_goes_first_and_its_source_is_told() {
    let province = overlay(
        "420000",
        1,
        "2024-01-01",
        "[parameters.pre_review_validity_days]\nvalue = 60\narticle = \"鄂组发〔2024〕1号\"\n",
    );
    let county = overlay(
        "420106",
        1,
        "2025-01-01",
        "[parameters.use_filing_deadline_days]\nvalue = 15\narticle = \"武昌区规定\"\n",
    );
    let documents = [county, national(), province];
    let explained = |at: &str, on: Date, name: &str| {
        let policy = policy(&documents, at, on);
        let found = policy.explain(name).unwrap();
        (found.value.as_i64().unwrap(), found.source.layer.to_string(), found.source.article)
    };
    let of = |value, layer: &str, article: &str| (value, layer.to_owned(), article.to_owned());
    let now = date(2026, 1, 1);
    let days = "pre_review_validity_days";
    assert_eq!(explained("420106", now, days), of(60, "420000", "鄂组发〔2024〕1号"));
    assert_eq!(explained("420106", date(2023, 12, 31), days), of(90, "000000", "推定"));
    assert_eq!(explained("430102", now, days), of(90, "000000", "推定"));
    let filing = "use_filing_deadline_days";
    assert_eq!(explained("420106", now, filing), of(15, "420106", "武昌区规定"));
    assert_eq!(explained("420106001", now, filing), of(15, "420106", "武昌区规定"), "a township");
    assert_eq!(explained("420107", now, filing), of(30, "000000", "推定"));
    assert_eq!(explained("420106", date(2024, 12, 31), filing), of(30, "000000", "推定"));
}

#[test]
fn a_newer_version_replaces_the_older_one_from_its_day_on() {
    let days = |value: u32| {
        format!("[parameters.pre_review_validity_days]\nvalue = {value}\narticle = \"x\"\n")
    };
    let first = overlay("420000", 1, "2024-01-01", &days(60));
    let second = overlay("420000", 2, "2026-01-01", &days(45));
    let documents = [national(), first, second];
    for (on, expected) in [
        (date(2023, 12, 31), 90),
        (date(2024, 1, 1), 60),
        (date(2025, 12, 31), 60),
        (date(2026, 1, 1), 45),
    ] {
        let policy = policy(&documents, "420106", on);
        assert_eq!(*policy.pre_review_validity_days().unwrap().value, expected, "{on}");
    }
    let ended =
        overlay("430000", 1, "2024-01-01", &format!("effective_to = \"2024-12-31\"\n{}", days(7)));
    let policy = policy(&[national(), ended], "430102", date(2025, 1, 1));
    assert_eq!(*policy.pre_review_validity_days().unwrap().value, 90);
}

#[test]
fn what_no_layer_sets_is_refused_by_name() {
    let policy = today();
    // §11: the speeches mask these, or nothing public says them.
    for name in [
        "reserve_ratio",
        "inspector_pool_seats",
        "extra_conditions",
        "tilt_rules",
        "township_bonus_multiple",
        "qualification_rank_map",
        "qualification_ratio",
        "transition_period_months",
        "transition_options",
        "no_such_parameter",
    ] {
        let refused = policy.explain(name).map(|_| ());
        assert_eq!(refused, Err(PolicyError::NotConfigured { key: name.into() }));
    }
    let error = policy.reserve_ratio().map(|_| ()).unwrap_err().to_string();
    assert_eq!(error, "POLICY_NOT_CONFIGURED: 未配置参数 reserve_ratio");
    // Without the national default there is nothing at all.
    let nothing = PolicyBook::default().policy(&division("420106"), date(2026, 1, 1));
    for parameter in Parameters::ALL {
        assert!(nothing.explain(parameter.name).is_err(), "{}", parameter.name);
        assert!(!parameter.label.is_empty());
    }
}

#[test]
fn everything_set_says_on_what_it_rests() {
    let policy = today();
    let mut set = 0;
    for parameter in Parameters::ALL {
        if let Ok(found) = policy.explain(parameter.name) {
            assert!(!found.source.article.is_empty(), "{}", parameter.name);
            assert_eq!(found.source.hash.len(), 64);
            set += 1;
        }
    }
    assert!(set >= 25, "{set}");
}

#[test]
fn a_published_version_never_changes() {
    let mut book = PolicyBook::default();
    book.publish(national()).unwrap();
    book.publish(national()).unwrap();
    assert_eq!(book.documents().count(), 1, "the same again changes nothing");
    let changed = NATIONAL.replace("value = 90", "value = 91");
    let refused = book.publish(Published::read("x", &changed).unwrap());
    assert!(matches!(refused, Err(PolicyError::VersionExists { version: 1, .. })), "{refused:?}");
    let taken = overlay("420000", 1, "2024-01-01", "");
    book.publish(Arc::clone(&taken)).unwrap();
    let other = Published::read("x", &NATIONAL.replace("\"000000\"", "\"420000\"")).unwrap();
    let refused = book.publish(other);
    assert!(matches!(refused, Err(PolicyError::JurisdictionTaken { .. })), "{refused:?}");
}

#[test]
fn errors_say_file_line_key_and_what_was_expected() {
    let head = "format = 1\nprofile = \"p\"\nversion = 1\njurisdiction = \"420000\"\n\
                title = \"t\"\neffective_from = \"2024-01-01\"\n";
    for (rest, line, key, expected) in [
        ("colour = 3\n", 7, "colour", "unknown field"),
        (
            "[parameters.overdue_blocks]\nvalue = 3\narticle = \"x\"\n",
            8,
            "parameters.overdue_blocks.value",
            "boolean",
        ),
        (
            "[parameters.overdue_block]\nvalue = true\narticle = \"x\"\n",
            7,
            "parameters.overdue_block",
            "unknown field",
        ),
        ("[parameters.overdue_blocks]\nvalue = true\n", 7, "parameters.overdue_blocks", "article"),
        (
            "[parameters.notice_working_days]\nvalue = 4\narticle = \"x\"\n",
            7,
            "parameters.notice_working_days",
            "不少于 5 个工作日",
        ),
        (
            "[parameters.assessment_due_month]\nvalue = 13\narticle = \"x\"\n",
            7,
            "parameters.assessment_due_month",
            "1 至 12",
        ),
        (
            "[parameters.noncounting_results]\nvalue = [\"excellent\"]\narticle = \"x\"\n",
            7,
            "parameters.noncounting_results",
            "优秀年度应计入",
        ),
        (
            "[parameters.qualification_levels]\narticle = \"x\"\nvalue = [{ id = \"a\", name = \"甲\" }, { id = \"a\", name = \"乙\" }]\n",
            7,
            "parameters.qualification_levels",
            "a 重复",
        ),
        (
            "[parameters.retirement]\narticle = \"x\"\nvalue = { delay_from_year = 2025, groups = [{ name = \"男\", sex = \"male\", age_months = 720, age_months_max = 700, months_per_step = 4 }] }\n",
            7,
            "parameters.retirement",
            "不小于延迟前",
        ),
        (
            "[parameters.reserve_ratio]\narticle = \"x\"\nvalue = { GM06 = \"120%\" }\n",
            9,
            "parameters.reserve_ratio.value",
            "比例",
        ),
        (
            "[parameters.simplified_steps]\narticle = \"x\"\nvalue = { GM12 = [\"public_notice\"] }\n",
            7,
            "parameters.simplified_steps",
            "公示不得简化",
        ),
        (
            "[parameters.change_routes]\narticle = \"x\"\nvalue = [{ kinds = [], route = \"filing\", article = \"x\" }]\n",
            7,
            "parameters.change_routes",
            "不能为空",
        ),
        (
            "[parameters.recertification_materials]\narticle = \"x\"\nvalue = [{ code = \"a\", name = \"甲\", required_for = [], article = \"x\" }, { code = \"a\", name = \"乙\", required_for = [], article = \"x\" }]\n",
            7,
            "parameters.recertification_materials",
            "a 为空或重复",
        ),
        (
            "[parameters.reference_authority_chains]\narticle = \"x\"\nvalue = [{ class = \"county_unit\", article = \"x\", gates = [{ act = \"propose\", by = \"applicant\" }, { act = \"approve\", by = \"county_authority\" }] }]\n",
            7,
            "parameters.reference_authority_chains",
            "最后一关应为上级审批机关",
        ),
        (
            "[parameters.reference_authority_chains]\narticle = \"x\"\nvalue = [{ class = \"county_unit\", article = \"x\", gates = [{ act = \"approve\", by = \"provincial_authority\" }, { act = \"propose\", by = \"applicant\" }] }]\n",
            7,
            "parameters.reference_authority_chains",
            "依次为",
        ),
        ("effective_to = \"2023-01-01\"\n", 7, "effective_to", "不能早于"),
        (
            "[ratios.general_management.x]\narticle = \"x\"\nsets = [\n  { id = \"A\", name = \"a\", ranks = [\"GM07\"], of = \"B\", ratio = \"10%\" },\n]\n",
            9,
            "ratios.general_management.x.sets",
            "没有 B",
        ),
        (
            "[ratios.general_management.x]\narticle = \"x\"\nsets = [\n  { id = \"A\", name = \"a\", ranks = [\"GM07\"], ratio = \"10%\" },\n  { id = \"B\", name = \"b\", ranks = [\"GM07\"], ratio = \"10%\" },\n]\n",
            9,
            "ratios.general_management.x.sets",
            "已属于",
        ),
    ] {
        let text = format!("{head}{rest}");
        let errors = Published::read("县.toml", &text).map(|_| ()).unwrap_err();
        let error = &errors[0];
        assert_eq!(
            (error.file.as_str(), error.line, error.key.as_str()),
            ("县.toml", line, key),
            "{rest}: {error}"
        );
        assert!(error.expected.contains(expected), "{rest}: {error}");
    }
    let broken = Published::read("x.toml", "format = \n").map(|_| ()).unwrap_err();
    assert_eq!(broken[0].line, 1, "{}", broken[0]);
    let wrong_code = head.replace("420000", "42");
    let errors = Published::read("x.toml", &wrong_code).map(|_| ()).unwrap_err();
    assert!(
        errors[0].to_string().starts_with("x.toml:4: jurisdiction: DIVISION_CODE_FORMAT"),
        "{}",
        errors[0]
    );
}

#[test]
fn local_days_follow_the_jurisdiction() {
    let local = overlay(
        "450000",
        1,
        "2024-01-01",
        "[[local_days]]\ndate = \"2025-03-31\"\nkind = \"holiday\"\narticle = \"三月三放假\"\n",
    );
    let documents = [national(), local];
    let national = Calendar::bundled();
    let works = |at: &str| {
        let policy = policy(&documents, at, date(2025, 1, 1));
        policy.calendar(&national).is_working_day(date(2025, 3, 31)).unwrap()
    };
    assert!(!works("450103"));
    assert!(works("420106"));
}

/// The schema that editors use is published beside the data, and is what the program
/// reads. After a change: `UPDATE_SCHEMA=1 cargo test -p quanheng-policy`.
#[test]
fn the_published_schema_is_that_of_the_program() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/policy.schema.json");
    let today = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(path, &today).unwrap();
    }
    let published = std::fs::read_to_string(path).unwrap_or_default();
    assert!(published == today, "the schema changed: publish it again");
}

#[test]
fn the_hash_over_all_layers_tells_policies_apart() {
    let province = overlay("420000", 1, "2024-01-01", "");
    let documents = [national(), province];
    let hash = |at: &str, on: Date| policy(&documents, at, on).hash();
    let (before, after) = (date(2023, 1, 1), date(2025, 1, 1));
    assert_eq!(hash("420106", after), hash("420107", after));
    assert_ne!(hash("420106", after), hash("420106", before));
    assert_ne!(hash("420106", after), hash("430102", after));
}

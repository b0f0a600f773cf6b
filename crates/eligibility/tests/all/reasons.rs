//! Every reason is given once, with its rule, and every missing entry of policy and fact is
//! refused by its name.

use std::collections::BTreeSet;

use jiff::civil::date;
use quanheng_eligibility::{
    Career, Context, Outcome, Reason, Rule, allowed_ranks, check, check_transfer,
};
use quanheng_policy::class::{Tier, UnitKind};
use quanheng_policy::profile::{Policy, PolicyBook};
use quanheng_register::private::AssessmentResult::Incompetent;
use quanheng_register::private::{Sanction, SanctionKind};

use crate::world::{
    TODAY, ask, assessed, at, career, clerk, codes, fact, in_ladder, investigation, ladder_of, of,
    parameter, police_tables, policy, qualified, rank, sanction, spell, target, unit, with,
    without,
};

struct Row {
    reason: &'static str,
    rule: Rule,
    policy: Policy,
    career: Career,
    target: &'static str,
    message: &'static str,
}

fn row(
    reason: &'static str,
    rule: Rule,
    career: Career,
    target: &'static str,
    message: &'static str,
) -> Row {
    Row { reason, rule, policy: policy().clone(), career, target, message }
}

fn technical() -> Career {
    in_ladder(assessed(career(vec![spell("PX07", date(2021, 1, 1), None)]), 2021, &[]), "PX07")
}

fn rows() -> Vec<Row> {
    let warned =
        Sanction { affects_use: true, ..sanction(SanctionKind::Warning, date(2020, 1, 1)) };
    let old = parameter(
        "extra_conditions",
        "{ GM09 = { compare = { fact = \"age\", is = \"at_least\", value = 55 } } }",
    );
    let mapped = parameter("qualification_rank_map", "{ PX06 = \"senior_deputy\" }");
    let mapped = with(&(police_tables() + &mapped));
    let low = qualified("police_technical", "intermediate", date(2020, 1, 1), None);
    vec![
        row(
            "NOT_IN_SERVICE",
            Rule::Service,
            Career { in_service: false, ..clerk() },
            "GM09",
            "不在职",
        ),
        row("LADDER_MISMATCH", Rule::Ladder, clerk(), "JD11", "本人职位类别为综合管理类"),
        row("SKIP_RANK", Rule::NextRank, clerk(), "GM07", "不能越级晋升一级主任科员"),
        row("NOT_A_PROMOTION", Rule::NextRank, clerk(), "GM10", "不是晋升"),
        row("NOT_A_PROMOTION", Rule::NextRank, clerk(), "GM12", "不是晋升"),
        row(
            "RANK_NOT_SET_UP",
            Rule::RankSetUp,
            assessed(career(vec![spell("GM04", date(2021, 1, 1), None)]), 2021, &[]),
            "GM03",
            "所在单位不设一级调研员",
        ),
        row(
            "NO_RATIO_TABLE",
            Rule::RankSetUp,
            Career { qualifications: vec![low.clone()], ..technical() },
            "PX06",
            "未配置职数比例",
        ),
        Row {
            policy: mapped.clone(),
            ..row(
                "QUALIFICATION_REQUIRED",
                Rule::Qualification,
                technical(),
                "PX06",
                "应当取得相应任职资格",
            )
        },
        Row {
            policy: mapped,
            ..row(
                "QUALIFICATION_REQUIRED",
                Rule::Qualification,
                Career { qualifications: vec![low], ..technical() },
                "PX06",
                "应当取得副高级以上任职资格",
            )
        },
        row(
            "TENURE_INSUFFICIENT",
            Rule::Tenure,
            assessed(career(vec![spell("GM10", date(2025, 1, 1), None)]), 2025, &[]),
            "GM09",
            "2027.01 起符合",
        ),
        row(
            "ASSESSMENT_MISSING",
            Rule::AssessmentsPresent,
            Career { assessments: vec![], ..clerk() },
            "GM09",
            "缺少 2022、2023、2024 年度考核结果",
        ),
        row(
            "ASSESSMENT_INCOMPETENT",
            Rule::AssessmentsCompetent,
            assessed(clerk(), 2022, &[(2023, Incompetent)]),
            "GM09",
            "2023 年度考核不称职",
        ),
        row(
            "IN_SANCTION_PERIOD",
            Rule::StateSanction,
            Career {
                sanctions: vec![sanction(SanctionKind::Demerit, date(2026, 1, 5))],
                ..clerk()
            },
            "GM09",
            "记过:政务处分期未满,2027-01-05 起解除",
        ),
        row(
            "USE_AFFECTED",
            Rule::UseAffected,
            Career { sanctions: vec![warned], ..clerk() },
            "GM09",
            "警告:期满影响使用",
        ),
        row(
            "UNDER_INVESTIGATION",
            Rule::Investigation,
            Career { investigations: vec![investigation(date(2026, 2, 1), None)], ..clerk() },
            "GM09",
            "尚未结案",
        ),
        Row {
            policy: with(&old),
            ..row(
                "CONDITION_NOT_MET",
                Rule::ExtraConditions,
                clerk(),
                "GM09",
                "不符合本职级的附加条件",
            )
        },
        row("FACT_MISSING", Rule::NextRank, career(vec![]), "GM09", "缺少事实 held_rank"),
    ]
}

#[test]
fn every_reason_is_given() {
    let mut seen = BTreeSet::from(["POLICY_NOT_CONFIGURED", "NOT_IN_BAND"]);
    for Row { reason, rule, policy, career, target, message } in rows() {
        let found = ask(&policy, &career, target, TODAY);
        let finding = of(&found, rule);
        let got = finding.reason.map(Reason::code);
        assert_eq!(got, Some(reason), "{target}: {}", finding.message);
        assert!(finding.message.contains(message), "{reason}: {}", finding.message);
        assert!(!finding.article.is_empty(), "{reason}");
        assert!(found.candidate().is_none(), "{reason}");
        assert!(codes(&found).contains(&reason));
        seen.insert(reason);
    }
    let all: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(seen, all, "every reason has a row, or a test below");
    assert_eq!(all.len(), Reason::ALL.len());
}

#[test]
fn every_rule_is_asked_once_and_in_order() {
    let found = ask(policy(), &clerk(), "GM09", TODAY);
    let asked: Vec<_> = found.findings.iter().map(|finding| finding.rule).collect();
    let all: Vec<_> =
        Rule::ALL.iter().copied().filter(|rule| *rule != Rule::TransferBand).collect();
    assert_eq!(asked, all);
    let ids: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
    assert_eq!(ids.len(), Rule::ALL.len());
    for finding in &found.findings {
        assert!(!finding.failed() && finding.reason.is_none(), "{:?}", finding.rule);
        assert!(!finding.message.is_empty() && !finding.article.is_empty());
    }
    let applicable = |rule| of(&found, rule).outcome;
    assert_eq!(applicable(Rule::Qualification), Outcome::NotApplicable);
    assert_eq!(applicable(Rule::ExtraConditions), Outcome::NotApplicable);
    assert_eq!(applicable(Rule::Tenure), Outcome::Pass);
}

#[test]
fn what_policy_does_not_say_is_refused_by_its_name() {
    for (heading, rule, missing) in [
        ("ladders.general_management", Rule::Ladder, "ladders.general_management"),
        ("tenure.general_management", Rule::Tenure, "tenure.general_management"),
        ("parameters.tenure_granularity", Rule::Tenure, "tenure_granularity"),
        ("parameters.excellent_entry_year_counts", Rule::Tenure, "excellent_entry_year_counts"),
        ("parameters.excellent_credit_months", Rule::Tenure, "excellent_credit_months"),
        ("parameters.excellent_usable_from", Rule::Tenure, "excellent_usable_from"),
        ("parameters.first_assessment_year", Rule::Tenure, "first_assessment_year"),
        ("parameters.noncounting_results", Rule::Tenure, "noncounting_results"),
        ("parameters.noncounting_overlap", Rule::Tenure, "noncounting_overlap"),
        ("parameters.merge_time_before_lowering", Rule::Tenure, "merge_time_before_lowering"),
        ("parameters.assessment_due_month", Rule::AssessmentsPresent, "assessment_due_month"),
        ("parameters.bar_periods", Rule::StateSanction, "bar_periods"),
        (
            "parameters.bar_corresponding_day_free",
            Rule::StateSanction,
            "bar_corresponding_day_free",
        ),
        (
            "parameters.uncapped_needs_conditions",
            Rule::ExtraConditions,
            "uncapped_needs_conditions",
        ),
    ] {
        let policy = without(heading);
        let sanctions = vec![sanction(SanctionKind::Warning, date(2020, 1, 1))];
        let found = ask(&policy, &Career { sanctions, ..clerk() }, "GM09", TODAY);
        let finding = of(&found, rule);
        assert_eq!(finding.reason, Some(Reason::PolicyNotConfigured), "{heading}");
        assert_eq!(fact(finding, "missing"), missing, "{heading}");
        assert!(found.candidate().is_none() && found.earliest.is_none(), "{heading}");
    }
    // A career without sanctions needs no periods.
    let found = ask(&without("parameters.bar_periods"), &clerk(), "GM09", TODAY);
    assert!(found.candidate().is_some());
    // Where nothing is set at all, nothing passes that rests on policy.
    let nothing = PolicyBook::default().policy(policy().division(), TODAY);
    let found = ask(&nothing, &clerk(), "GM09", TODAY);
    assert!(found.candidate().is_none() && found.earliest.is_none());
    for rule in [Rule::Ladder, Rule::RankSetUp, Rule::Qualification, Rule::ExtraConditions] {
        assert!(of(&found, rule).failed(), "{rule:?}");
    }
}

#[test]
fn qualification_entries_that_are_missing() {
    let person = Career {
        qualifications: vec![qualified("police_technical", "junior", date(2020, 1, 1), None)],
        ..technical()
    };
    let other = parameter("qualification_rank_map", "{ PX05 = \"junior\" }");
    let unknown = parameter("qualification_rank_map", "{ PX06 = \"master\" }");
    for (overlay, missing) in [
        (String::new(), "qualification_rank_map"),
        (other, "qualification_rank_map.PX06"),
        (unknown, "qualification_rank_map.PX06"),
    ] {
        let found = ask(&with(&(police_tables() + &overlay)), &person, "PX06", TODAY);
        assert_eq!(codes(&found), ["POLICY_NOT_CONFIGURED"], "{overlay}");
        assert_eq!(fact(of(&found, Rule::Qualification), "missing"), missing);
    }
}

#[test]
fn a_qualification_is_of_its_ladder_its_level_and_its_time() {
    let mapped = parameter("qualification_rank_map", "{ PX06 = \"intermediate\" }");
    let policy = with(&(police_tables() + &mapped));
    let rows = [
        ("that level", "police_technical", "intermediate", date(2020, 1, 1), None, Some(true)),
        ("a higher one", "police_technical", "senior_full", date(2020, 1, 1), None, Some(true)),
        ("a lower one", "police_technical", "junior", date(2020, 1, 1), None, Some(false)),
        ("an unknown one", "police_technical", "master", date(2020, 1, 1), None, Some(false)),
        (
            "another ladder's",
            "professional_technical",
            "intermediate",
            date(2020, 1, 1),
            None,
            Some(false),
        ),
        ("run out", "police_technical", "intermediate", date(2020, 1, 1), Some(TODAY), Some(false)),
        ("not yet", "police_technical", "intermediate", date(2026, 9, 1), None, None),
    ];
    for (name, of_ladder, level, from, to, passes) in rows {
        let qualifications = vec![qualified(of_ladder, level, from, to)];
        let found = ask(&policy, &Career { qualifications, ..technical() }, "PX06", TODAY);
        assert_eq!(
            found.candidate().is_some(),
            passes == Some(true),
            "{name}: {:?}",
            codes(&found)
        );
        if passes.is_none() {
            assert_eq!(found.earliest, Some(from), "{name}");
        }
    }
}

#[test]
fn facts_that_are_missing() {
    let no_unit = ask(policy(), &Career { unit: None, ..clerk() }, "GM09", TODAY);
    assert_eq!(codes(&no_unit), ["FACT_MISSING", "FACT_MISSING"]);
    assert_eq!(fact(of(&no_unit, Rule::RankSetUp), "missing"), "unit");
    let no_slot = ask(policy(), &Career { category: None, ..clerk() }, "GM09", TODAY);
    assert_eq!(fact(of(&no_slot, Rule::Ladder), "missing"), "category");
    assert!(no_slot.candidate().is_none());
    let unknown = ask(policy(), &clerk(), "GM99", TODAY);
    assert_eq!(of(&unknown, Rule::Ladder).reason, Some(Reason::RankNotSetUp));
    assert!(unknown.candidate().is_none());
    let foreign =
        ask(policy(), &Career { unit: Some(unit(Tier::Central)), ..clerk() }, "GM09", TODAY);
    assert_eq!(codes(&foreign), ["NO_RATIO_TABLE", "NO_RATIO_TABLE"]);
}

#[test]
fn the_unit_of_the_context_goes_before_the_careers() {
    let mut group = unit(Tier::County);
    (group.kind, group.grade) =
        (UnitKind::LeadingGroup, quanheng_policy::class::UnitGrade::Division);
    let person = assessed(career(vec![spell("GM04", date(2021, 1, 1), None)]), 2021, &[]);
    let context = Context { unit: Some(group) };
    let found = check(policy(), &person, &target("GM03"), TODAY, &context);
    assert!(found.candidate().is_some(), "{:?}", codes(&found));
    assert_eq!(codes(&ask(policy(), &person, "GM03", TODAY)), ["RANK_NOT_SET_UP"]);
}

#[test]
fn leaders_are_promoted_from_their_level() {
    let prefecture = |spells| at(assessed(career(spells), 2018, &[]), Tier::Prefecture);
    let since = date(2018, 1, 1);
    for (name, held, target, expected) in [
        ("县处级正职 to 一级调研员", vec!["L31"], "GM03", None),
        ("县处级正职 beyond it", vec!["L31"], "GM02", Some("SKIP_RANK")),
        ("县处级正职 to what it is", vec!["L31"], "GM04", Some("NOT_A_PROMOTION")),
        ("with a rank below: by the rank", vec!["L42", "GM10"], "GM09", None),
        (
            "with a higher rank, not by the level",
            vec!["L32", "GM05"],
            "GM05",
            Some("NOT_A_PROMOTION"),
        ),
        ("with a higher rank, by the rank", vec!["L32", "GM05"], "GM04", None),
        ("two levels at once, the one that qualifies", vec!["L41", "L32"], "GM05", None),
    ] {
        let person = prefecture(held.iter().map(|id| spell(id, since, None)).collect());
        let found = ask(policy(), &person, target, TODAY);
        let step = of(&found, Rule::NextRank).reason.map(Reason::code);
        assert_eq!(step, expected, "{name}: {}", of(&found, Rule::NextRank).message);
        assert_eq!(found.candidate().is_some(), expected.is_none(), "{name}: {:?}", codes(&found));
    }
}

#[test]
fn what_is_not_asked_is_not_failed() {
    let found = ask(policy(), &clerk(), "GM07", TODAY);
    for rule in [Rule::Tenure, Rule::AssessmentsPresent, Rule::AssessmentsCompetent] {
        assert_eq!(of(&found, rule).outcome, Outcome::NotApplicable, "{rule:?}");
    }
}

#[test]
fn findings_are_data_and_debug_says_nothing() {
    let sanctions = vec![sanction(SanctionKind::Demerit, date(2026, 1, 5))];
    let person = Career { sanctions, ..clerk() };
    let found = ask(policy(), &person, "GM09", TODAY);
    let json = serde_json::to_value(&found).unwrap();
    let failed = json["findings"].as_array().unwrap().iter().find(|one| one["outcome"] == "fail");
    let failed = failed.unwrap();
    assert_eq!(failed["rule"], "bar_state_sanction");
    assert_eq!(failed["reason"], "IN_SANCTION_PERIOD");
    assert_eq!(failed["earliest"], "2027-01-05");
    assert_eq!(failed["facts"]["kinds"], "记过");
    assert_eq!(json["earliest"], "2027-01-05");
    for reason in Reason::ALL {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
    }
    for rule in Rule::ALL {
        assert_eq!(serde_json::to_value(rule).unwrap(), rule.id());
    }
    let shown = format!("{person:?} {found:?} {:?}", found.findings);
    for private in ["记过", "Demerit", "2026", "1980", "GM10"] {
        assert!(!shown.contains(private), "{private}: {shown}");
    }
}

#[test]
fn transfers_ask_their_own_rules() {
    let police = police_tables() + &parameter("qualification_rank_map", "{ PX06 = \"junior\" }");
    let police = with(&police);
    let officer = in_ladder(career(vec![spell("PE06", date(2021, 1, 1), None)]), "PE06");
    let junior = qualified("police_technical", "junior", date(2020, 1, 1), None);
    let qualified = Career { qualifications: vec![junior], ..officer.clone() };
    let from = ladder_of("PE06");
    let rows: [(&str, &Career, &str, &[&str]); 7] = [
        ("the rank of equal order", &officer, "GM06", &[]),
        ("not a higher one", &officer, "GM05", &["NOT_IN_BAND"]),
        (
            "police-technical needs a qualification (A-25)",
            &officer,
            "PX06",
            &["QUALIFICATION_REQUIRED"],
        ),
        ("and with it", &qualified, "PX06", &[]),
        ("no rule for it", &officer, "JD06", &["POLICY_NOT_CONFIGURED", "NO_RATIO_TABLE"]),
        ("within its own ladder, the same rank", &officer, "PE06", &[]),
        ("and no other", &officer, "PE05", &["NOT_IN_BAND"]),
    ];
    for (name, person, wanted, expected) in rows {
        let moved = in_ladder(person.clone(), wanted);
        let found =
            check_transfer(&police, &moved, &from, &target(wanted), TODAY, &Context::default());
        let codes: Vec<_> = found.reasons().into_iter().map(Reason::code).collect();
        assert_eq!(codes, expected, "{name}");
    }
    // A judge keeps the grade within the ladder, though no general order says what it is.
    let judges = ladder_of("JD06");
    let kept = allowed_ranks(&police, &judges, &rank("JD06"), &judges).unwrap();
    assert_eq!(kept.ranks, [rank("JD06")]);
    let context = Context::default();
    let nobody = career(vec![]);
    let found = check_transfer(&police, &nobody, &from, &target("GM06"), TODAY, &context);
    assert_eq!(found.reasons(), [Reason::FactMissing]);
    assert!(found.allowed.is_empty());
    // What the unit may not have is not determined either.
    let chief = in_ladder(career(vec![spell("PE03", date(2021, 1, 1), None)]), "GM03");
    let found = check_transfer(&police, &chief, &from, &target("GM03"), TODAY, &context);
    assert_eq!(found.reasons(), [Reason::RankNotSetUp]);
    // The rank follows the slot: who has not moved yet has none determined.
    let still = in_ladder(chief.clone(), "PE03");
    let found = check_transfer(&police, &still, &from, &target("GM03"), TODAY, &context);
    assert_eq!(found.reasons(), [Reason::LadderMismatch, Reason::RankNotSetUp]);
    let nowhere = Career { category: None, ..chief };
    let found = check_transfer(&police, &nowhere, &from, &target("GM03"), TODAY, &context);
    assert_eq!(found.reasons(), [Reason::FactMissing, Reason::RankNotSetUp]);
}

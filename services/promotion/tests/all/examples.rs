//! The worked examples of promotion, over the wire, with the facts given inline.

use quanheng_api::google::r#type::Date;
use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_api::quanheng::registry::v1 as registry;
use wire::eligibility_result::Outcome;

use crate::world::*;

on_both!(
    tenure,
    ends_of_bars,
    skipped_ranks_and_ceilings,
    investigations_and_lowering,
    reaching_the_years_decides_nothing,
    qualifications,
    local_conditions,
    every_rule_is_told_with_what_it_rests_on,
);

const TODAY: Option<Date> = Some(Date { year: 2026, month: 3, day: 2 });

fn at_tier(
    facts: wire::CareerFacts,
    rank: &str,
    tier: registry::Tier,
) -> wire::EligibilityQuestion {
    wire::EligibilityQuestion { unit: organ(tier), ..inline(facts, rank) }
}

async fn tenure(kind: Kind) {
    use registry::Tier::{Prefecture, Province};
    let world = World::open(kind).await;
    let turned = day(2021, 3, 1);
    let leader =
        || career(vec![spell("L31", day(2019, 8, 1), turned), spell("GM04", turned, None)]);
    let deputy = assessed(career(vec![spell("L22", day(2018, 6, 1), None)]), 2018, &[]);
    let december = career(vec![spell("GM10", day(2024, 12, 1), None)]);
    let december = assessed(december, 2024, &[(2024, "excellent")]);
    let both = [(2022, "excellent"), (2023, "excellent")];
    let rows = [
        ("W-40", inline(clerk(&[]), "GM09"), (2024, 7)),
        ("W-41", inline(clerk(&[(2023, "excellent")]), "GM09"), (2024, 2)),
        ("W-43", inline(clerk(&both), "GM09"), (2024, 1)),
        ("W-44", inline(clerk(&[(2023, "basically_competent")]), "GM09"), (2025, 7)),
        ("W-45", inline(clerk(&[(2022, "ungraded")]), "GM09"), (2025, 1)),
        ("W-47", at_tier(assessed(leader(), 2019, &[]), "GM03", Prefecture), (2022, 8)),
        (
            "W-47b",
            at_tier(assessed(leader(), 2019, &[(2020, "excellent")]), "GM03", Prefecture),
            (2022, 2),
        ),
        ("W-49", at_tier(deputy, "GM01", Province), (2022, 6)),
        ("W-51", inline(december, "GM09"), (2026, 6)),
    ];
    for (id, question, (year, month)) in rows {
        let found = world.check(question, TODAY).await;
        let earliest = found.earliest_on.unwrap();
        assert_eq!((earliest.year, earliest.month), (year, month), "{id}");
        let reached = (year, month) <= (2026, 3);
        assert_eq!(found.candidate, reached, "{id}: {:?}", reasons(&found));
        if !reached {
            assert_eq!(reasons(&found), ["TENURE_INSUFFICIENT"], "{id}");
        }
        assert!(found.person.is_empty() && !found.withheld, "{id}");
    }
    let whole_year = "[parameters.noncounting_overlap]\nvalue = \"whole_year\"\n\
                      article = \"本地规定\"\n";
    world.publish(whole_year).await;
    let found = world.check(inline(clerk(&[(2022, "ungraded")]), "GM09"), TODAY).await;
    assert_eq!(found.earliest_on, day(2025, 7, 1), "W-45, whole year");
    assert_eq!(found.policy_layers[0], "policyProfiles/local/versions/1");
}

async fn ends_of_bars(kind: Kind) {
    let world = World::open(kind).await;
    let rows = [
        ("W-53", "warning", day(2023, 8, 31), day(2024, 2, 29), day(2024, 3, 1)),
        ("W-54", "major_demerit", day(2023, 1, 31), day(2024, 7, 30), day(2024, 7, 31)),
        ("W-55", "party_serious_warning", day(2024, 2, 29), day(2025, 8, 28), day(2025, 8, 29)),
    ];
    for (id, sanctioned, on, barred, free) in rows {
        let mut facts = assessed(career(vec![spell("GM10", day(2016, 1, 4), None)]), 2016, &[]);
        facts.sanctions = vec![sanction(sanctioned, on)];
        let found = world.check(inline(facts.clone(), "GM09"), barred).await;
        assert_eq!(reasons(&found), ["IN_SANCTION_PERIOD"], "{id}");
        assert_eq!((found.candidate, found.earliest_on), (false, free), "{id}");
        assert!(world.check(inline(facts, "GM09"), free).await.candidate, "{id}");
    }
}

async fn skipped_ranks_and_ceilings(kind: Kind) {
    let world = World::open(kind).await;
    let of_rank =
        |rank: &str| assessed(career(vec![spell(rank, day(2018, 1, 1), None)]), 2018, &[]);
    let found = world.check(inline(of_rank("GM10"), "GM08"), TODAY).await;
    assert_eq!(reasons(&found), ["SKIP_RANK"], "W-57");
    assert_eq!((found.candidate, found.earliest_on), (false, None), "W-57");
    assert!(of(&found, "next_rank").message.contains("四级主任科员只能晋升三级主任科员"));
    // What was not asked is not applicable, and never passes.
    assert_eq!(of(&found, "tenure").outcome(), wire::RuleOutcome::NotApplicable);

    let found = world.check(inline(of_rank("GM04"), "GM03"), TODAY).await;
    assert_eq!((reasons(&found), found.earliest_on), (vec!["RANK_NOT_SET_UP"], None), "W-58");
    let above = at_tier(of_rank("GM04"), "GM03", registry::Tier::Prefecture);
    assert!(world.check(above, TODAY).await.candidate, "W-58 in a prefecture's organ");
}

async fn investigations_and_lowering(kind: Kind) {
    let world = World::open(kind).await;
    let mut facts = clerk(&[]);
    facts.investigations =
        vec![registry::Investigation { opened_on: day(2025, 12, 8), ..Default::default() }];
    assert!(world.check(inline(facts.clone(), "GM09"), day(2025, 12, 1)).await.candidate, "W-60");
    let found = world.check(inline(facts, "GM09"), day(2025, 12, 15)).await;
    assert_eq!((reasons(&found), found.earliest_on), (vec!["UNDER_INVESTIGATION"], None), "W-60");

    // W-62: the incompetent year bars until the rank is lowered; then the years begin anew.
    let (began, promotion, lowering) = (day(2020, 5, 1), day(2022, 6, 1), day(2025, 3, 1));
    let before = vec![spell("GM10", began, promotion), spell("GM09", promotion, None)];
    let facts = assessed(career(before), 2020, &[(2024, "incompetent")]);
    let found = world.check(inline(facts.clone(), "GM08"), lowering).await;
    assert_eq!(reasons(&found), ["ASSESSMENT_INCOMPETENT"], "W-62");
    let mut after = facts;
    after.spells[1].to = lowering;
    let reason = registry::RankReason::Lowered.into();
    after.spells.push(wire::Spell { reason, ..spell("GM10", lowering, None) });
    let found = world.check(inline(after, "GM09"), TODAY).await;
    assert_eq!(reasons(&found), ["TENURE_INSUFFICIENT"], "W-62");
    assert_eq!(found.earliest_on, day(2027, 3, 1), "W-62");
}

async fn reaching_the_years_decides_nothing(kind: Kind) {
    let world = World::open(kind).await;
    let round: Vec<_> = (0..300).map(|_| inline(clerk(&[]), "GM09")).collect();
    for (on, expected) in [(day(2024, 6, 30), 0), (day(2024, 7, 1), 300)] {
        let results = world.batch(&manager(), round.clone(), on).await.unwrap();
        let candidates = results.iter().filter(|result| match &result.outcome {
            Some(Outcome::Eligibility(found)) => found.candidate,
            other => panic!("{other:?}"),
        });
        // That the head of the log has not moved, every call checks.
        assert_eq!((results.len(), candidates.count()), (300, expected), "W-61");
    }
}

async fn qualifications(kind: Kind) {
    let world = World::open(kind).await;
    let ranks: Vec<String> = (5..=10).map(|n| format!("\"PX{n:02}\"")).collect();
    let parameters = format!(
        "[ratios.police_technical.county_township]\narticle = \"x\"\n\
         sets = [{{ id = \"PX05-10\", name = \"甲\", ranks = [{}], ratio = \"50%\" }}]\n\
         [parameters.qualification_rank_map]\nvalue = {{ PX06 = \"senior_deputy\" }}\n\
         article = \"本地规定\"\n",
        ranks.join(", ")
    );
    world.publish(&parameters).await;
    let facts = assessed(career(vec![spell("PX07", day(2021, 1, 1), None)]), 2021, &[]);
    let facts = wire::CareerFacts { category: "police_technical".into(), ..facts };
    let mut question = inline(facts, "PX06");
    let found = world.check(question.clone(), TODAY).await;
    assert_eq!(reasons(&found), ["QUALIFICATION_REQUIRED"], "W-64");
    question.qualifications = vec![wire::Qualification {
        category: "police_technical".into(),
        level: "senior_deputy".into(),
        from: day(2020, 1, 1),
        to: None,
    }];
    let found = world.check(question, TODAY).await;
    assert!(found.candidate, "W-64 with it: {:?}", reasons(&found));
}

async fn local_conditions(kind: Kind) {
    use wire::fact_value::Value;
    let world = World::open(kind).await;
    world
        .publish(
            "[parameters.extra_conditions]\narticle = \"本地规定\"\n\
             [parameters.extra_conditions.value.GM09]\nall = [\n\
             { compare = { fact = \"age\", is = \"at_least\", value = 46 } },\n\
             { compare = { fact = \"village_years\", is = \"at_least\", value = 2 } },\n]\n",
        )
        .await;
    let mut question = inline(clerk(&[]), "GM09");
    let on = day(2026, 2, 2);
    let found = world.check(question.clone(), on).await;
    assert_eq!(reasons(&found), ["CONDITION_NOT_MET"]);
    let finding = of(&found, "extra_conditions");
    let branches: Vec<_> = finding.failing.iter().map(|one| one.fact.as_str()).collect();
    assert_eq!(branches, ["age", "village_years"]);
    assert_eq!(finding.failing[0].path, "all/0");
    assert_eq!(finding.failing[0].comparison(), wire::Comparison::AtLeast);
    assert_eq!(finding.failing[0].found.as_ref().unwrap().value, Some(Value::Number(45)));
    // What nobody knows is in nobody's favour, and said so.
    assert_eq!(finding.failing[1].found, None);

    let years = wire::FactValue { value: Some(Value::Number(3)) };
    question.extra_facts.insert("village_years".into(), years);
    let found = world.check(question, on).await;
    assert_eq!(of(&found, "extra_conditions").failing.len(), 1);
    assert_eq!(found.earliest_on, day(2026, 3, 1), "a birthday known to the month");
}

async fn every_rule_is_told_with_what_it_rests_on(kind: Kind) {
    let world = World::open(kind).await;
    let found = world.check(inline(clerk(&[(2023, "excellent")]), "GM09"), TODAY).await;
    let rules: Vec<_> = found.findings.iter().map(|one| one.rule.as_str()).collect();
    let expected = [
        "service",
        "ladder",
        "next_rank",
        "rank_set_up",
        "qualification",
        "tenure",
        "assessments_present",
        "assessments_competent",
        "bar_state_sanction",
        "bar_party_sanction",
        "bar_admonition",
        "bar_organisational_measure",
        "bar_use_affected",
        "bar_investigation",
        "extra_conditions",
    ];
    assert_eq!(rules, expected);
    let chinese = |text: &str| text.chars().any(|c| c >= '\u{4e00}');
    for finding in &found.findings {
        assert!(chinese(&finding.label) && chinese(&finding.message), "{}", finding.rule);
        assert!(!finding.article.is_empty(), "{}", finding.rule);
        assert_ne!(finding.outcome(), wire::RuleOutcome::Unspecified, "{}", finding.rule);
    }
    let tenure = of(&found, "tenure");
    assert_eq!(fact(tenure, "years_required"), "2");
    assert_eq!(fact(tenure, "credit_months"), "6");
    assert_eq!(fact(tenure, "excellent_years"), "2023");
    assert_eq!(fact(tenure, "since"), "2022-07-01");
    let source = tenure.source.as_ref().unwrap();
    assert_eq!((source.jurisdiction.as_str(), source.article.is_empty()), ("000000", false));
    assert_eq!(found.policy_layers.len(), 1);
    assert!(found.policy_layers[0].starts_with("policyProfiles/"), "{:?}", found.policy_layers);
    assert_eq!((found.policy_hash.len(), found.category.as_str()), (64, "general_management"));
    assert_eq!((found.rank.as_str(), found.on), ("GM09", TODAY));
}

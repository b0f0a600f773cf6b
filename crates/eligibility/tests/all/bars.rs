//! The bars of §5.5: every kind, several together, new ones while one runs, the limit of the
//! state's, lifting, and what outlasts its period.

use jiff::civil::{Date, date};
use quanheng_eligibility::{Career, Rule};
use quanheng_register::private::Sanction;
use quanheng_register::private::SanctionKind::{
    self, Admonition, Demerit, Demotion, Dismissal, DismissalFromPost, GradeReduction,
    MajorDemerit, OrderedResignation, PartyExpulsion, PartyProbation, PartyRemoval,
    PartySeriousWarning, PartyWarning, PostAdjustment, Removal, Warning,
};

use crate::world::{
    ask, assessed, career, codes, fact, investigation, of, parameter, policy, sanction, spell, with,
};

fn person(sanctions: Vec<Sanction>) -> Career {
    let clerk = assessed(career(vec![spell("GM10", date(2010, 1, 4), None)]), 2010, &[]);
    Career { sanctions, ..clerk }
}

/// Long after all of them took effect, and before any ends.
fn first_free(sanctions: Vec<Sanction>, on: Date) -> Option<Date> {
    let found = ask(policy(), &person(sanctions), "GM09", on);
    assert_eq!(found.reasons()[0].code(), "IN_SANCTION_PERIOD", "{on}");
    found.earliest
}

#[test]
fn every_kind_has_its_period() {
    let on = date(2024, 1, 15);
    let rows = [
        (Warning, Rule::StateSanction, Some(date(2024, 7, 15))),
        (Demerit, Rule::StateSanction, Some(date(2025, 1, 15))),
        (MajorDemerit, Rule::StateSanction, Some(date(2025, 7, 15))),
        (GradeReduction, Rule::StateSanction, Some(date(2026, 1, 15))),
        (Removal, Rule::StateSanction, Some(date(2026, 1, 15))),
        (Dismissal, Rule::StateSanction, None),
        (PartyWarning, Rule::PartySanction, Some(date(2025, 1, 15))),
        (PartySeriousWarning, Rule::PartySanction, Some(date(2025, 7, 15))),
        (PartyRemoval, Rule::PartySanction, Some(date(2026, 1, 15))),
        // From the day on which the Party rights are restored, and that is not known.
        (PartyProbation, Rule::PartySanction, None),
        (Admonition, Rule::Admonition, Some(date(2024, 7, 15))),
        (PostAdjustment, Rule::OrganisationalMeasure, Some(date(2025, 1, 15))),
        (OrderedResignation, Rule::OrganisationalMeasure, Some(date(2026, 1, 15))),
        (DismissalFromPost, Rule::OrganisationalMeasure, Some(date(2026, 1, 15))),
        (Demotion, Rule::OrganisationalMeasure, Some(date(2026, 1, 15))),
    ];
    for (kind, rule, free) in rows {
        let name = kind.label();
        let found = ask(policy(), &person(vec![sanction(kind, on)]), "GM09", on);
        let failed: Vec<_> = found.failures().map(|finding| finding.rule).collect();
        assert_eq!((failed, found.earliest), (vec![rule], free), "{name}");
        assert_eq!(fact(of(&found, rule), "kinds"), name);
        assert_eq!(fact(of(&found, rule), "effective_on"), "2024-01-15", "{name}");
    }
    // What no table knows is refused by its name.
    let found = ask(policy(), &person(vec![sanction(PartyExpulsion, on)]), "GM09", on);
    assert_eq!((codes(&found), found.earliest), (vec!["POLICY_NOT_CONFIGURED"], None));
    assert_eq!(fact(of(&found, Rule::PartySanction), "missing"), "bar_periods.party_expulsion");
    assert_eq!(found.suspension_causes().count(), 1);
    assert_eq!(SanctionKind::ALL.len(), rows.len() + 1, "every kind is a row");
}

#[test]
fn several_at_once_and_one_after_another() {
    let (day, later, apart) = (date(2024, 1, 10), date(2024, 4, 20), date(2024, 7, 10));
    let on = date(2024, 7, 1);
    let rows: [(&str, Vec<Sanction>, Date); 13] = [
        ("two of one kind together: the sum", vec![sanction(Warning, day); 2], date(2025, 1, 10)),
        ("five of them: the limit", vec![sanction(Demerit, day); 5], date(2028, 1, 10)),
        (
            "kinds together: the heaviest",
            vec![sanction(Warning, day), sanction(Demerit, day)],
            date(2025, 1, 10),
        ),
        (
            "a new one while one runs: after it",
            vec![sanction(Demerit, day), sanction(Warning, later)],
            date(2025, 7, 10),
        ),
        (
            "three in a row",
            vec![
                sanction(Warning, day),
                sanction(Warning, later),
                sanction(Warning, date(2024, 6, 1)),
            ],
            date(2025, 7, 10),
        ),
        (
            "the state's together: the limit, from the new one",
            vec![
                sanction(Removal, day),
                sanction(Removal, later),
                sanction(Removal, date(2024, 6, 1)),
            ],
            date(2028, 6, 1),
        ),
        (
            "the Party's: no limit",
            vec![
                sanction(PartyRemoval, day),
                sanction(PartyRemoval, later),
                sanction(PartyRemoval, date(2024, 6, 1)),
            ],
            date(2030, 1, 10),
        ),
        (
            "state and Party run side by side",
            vec![sanction(Demerit, day), sanction(PartyWarning, later)],
            date(2025, 4, 20),
        ),
        (
            "measures: the longest",
            vec![sanction(PostAdjustment, later), sanction(Demotion, day)],
            date(2026, 1, 10),
        ),
        (
            "admonitions do not add up",
            vec![sanction(Admonition, day), sanction(Admonition, later)],
            date(2024, 10, 20),
        ),
        (
            "apart: each its own",
            vec![sanction(Warning, date(2023, 1, 10)), sanction(Warning, later)],
            date(2024, 10, 20),
        ),
        (
            "the order of entry does not matter",
            vec![sanction(Warning, later), sanction(Demerit, day)],
            date(2025, 7, 10),
        ),
        (
            "what took effect later is not there yet",
            vec![sanction(Demerit, day), sanction(Removal, apart)],
            date(2025, 1, 10),
        ),
    ];
    for (name, sanctions, free) in rows {
        assert_eq!(first_free(sanctions, on), Some(free), "{name}");
    }
}

#[test]
fn what_a_decision_says_of_its_end() {
    let day = date(2024, 1, 10);
    let said = |kind, last: Date| Sanction { ends_on: Some(last), ..sanction(kind, day) };
    for (name, sanctions, free) in [
        ("one end for several", vec![said(Demerit, date(2025, 7, 9)); 2], date(2025, 7, 10)),
        ("never less than one period", vec![said(Demerit, date(2024, 8, 1)); 2], date(2025, 1, 10)),
        (
            "said of one only: the sum",
            vec![said(Warning, date(2024, 7, 9)), sanction(Warning, day)],
            date(2025, 1, 10),
        ),
        ("longer than the table", vec![said(Warning, date(2024, 12, 31))], date(2025, 1, 1)),
    ] {
        assert_eq!(first_free(sanctions, day), Some(free), "{name}");
    }
}

#[test]
fn restored_lifted_and_beyond_the_period() {
    let day = date(2023, 1, 10);
    let restored =
        Sanction { restored_on: Some(date(2024, 1, 10)), ..sanction(PartyProbation, day) };
    assert_eq!(first_free(vec![restored.clone()], date(2023, 12, 1)), None, "not restored yet");
    assert_eq!(first_free(vec![restored], date(2024, 2, 1)), Some(date(2026, 1, 10)));

    let lifted = Sanction { lifted_on: Some(date(2023, 5, 4)), ..sanction(Removal, day) };
    assert_eq!(
        first_free(vec![lifted.clone()], date(2023, 5, 3)),
        Some(date(2025, 1, 10)),
        "not lifted yet"
    );
    let found = ask(policy(), &person(vec![lifted]), "GM09", date(2023, 5, 4));
    assert!(found.candidate().is_some(), "{:?}", codes(&found));
    // Lifted after its time was up: the time counts, not the paper.
    let late = Sanction { lifted_on: Some(date(2024, 6, 1)), ..sanction(Warning, day) };
    assert!(ask(policy(), &person(vec![late]), "GM09", date(2024, 6, 2)).candidate().is_some());
    // Lifted though no time would free: free from then on.
    let set_aside = Sanction { lifted_on: Some(date(2023, 3, 1)), ..sanction(Dismissal, day) };
    assert!(
        ask(policy(), &person(vec![set_aside]), "GM09", date(2023, 3, 1)).candidate().is_some()
    );

    let marked = Sanction { affects_use: true, ..sanction(Warning, day) };
    let found = ask(policy(), &person(vec![marked.clone()]), "GM09", date(2023, 2, 1));
    assert_eq!((codes(&found), found.earliest), (vec!["IN_SANCTION_PERIOD", "USE_AFFECTED"], None));
    let found = ask(policy(), &person(vec![marked]), "GM09", date(2024, 2, 1));
    assert_eq!((codes(&found), found.earliest), (vec!["USE_AFFECTED"], None), "期满影响使用");
}

#[test]
fn investigations_bar_until_they_are_closed() {
    let mut person = person(vec![]);
    let (opened, closed) = (date(2024, 3, 4), date(2024, 9, 2));
    person.investigations = vec![investigation(opened, Some(closed))];
    for (on, barred) in
        [(date(2024, 3, 3), false), (opened, true), (date(2024, 9, 1), true), (closed, false)]
    {
        let found = ask(policy(), &person, "GM09", on);
        let expected = if barred { vec!["UNDER_INVESTIGATION"] } else { vec![] };
        assert_eq!(codes(&found), expected, "{on}");
        assert_eq!(found.earliest.is_none(), barred, "{on}: time alone does not end it");
    }
}

#[test]
fn the_corresponding_day_is_free_or_barred() {
    let barred = with(&parameter("bar_corresponding_day_free", "false"));
    let day = date(2024, 1, 10);
    let rows = [
        ("one", vec![sanction(Warning, day)], date(2024, 7, 10), date(2024, 7, 11)),
        // Also where one is served after another: the day is added once.
        (
            "two in a row",
            vec![sanction(Warning, day), sanction(Warning, date(2024, 3, 1))],
            date(2025, 1, 10),
            date(2025, 1, 11),
        ),
        (
            "no such day",
            vec![sanction(Warning, date(2023, 8, 30))],
            date(2024, 3, 1),
            date(2024, 3, 1),
        ),
        (
            "the last of a leap February",
            vec![sanction(Warning, date(2023, 8, 29))],
            date(2024, 2, 29),
            date(2024, 3, 1),
        ),
    ];
    for (name, sanctions, free, free_if_barred) in rows {
        let person = person(sanctions);
        let on = date(2024, 3, 2);
        for (policy, free) in [(policy(), free), (&barred, free_if_barred)] {
            assert_eq!(ask(policy, &person, "GM09", on).earliest, Some(free), "{name}");
        }
    }
}

#[test]
fn a_bar_and_the_years_the_later_day_counts() {
    let mut person = assessed(career(vec![spell("GM10", date(2024, 1, 4), None)]), 2024, &[]);
    person.sanctions = vec![sanction(Warning, date(2025, 11, 20))];
    let found = ask(policy(), &person, "GM09", date(2025, 12, 1));
    assert_eq!(codes(&found), ["TENURE_INSUFFICIENT", "IN_SANCTION_PERIOD"]);
    assert_eq!(found.earliest, Some(date(2026, 5, 20)));
    person.sanctions = vec![sanction(Admonition, date(2025, 3, 1))];
    let found = ask(policy(), &person, "GM09", date(2025, 8, 1));
    assert_eq!(found.earliest, Some(date(2026, 1, 1)));
}

#[test]
fn other_periods_of_a_jurisdiction() {
    let longer = with(&parameter(
        "bar_periods",
        "{ warning = 6, demerit = 12, major_demerit = 18, grade_reduction = 24, removal = 24, \
         state_sanctions_max = 48, party_warning = 12, party_serious_warning = 18, \
         party_removal = 24, party_probation = 24, admonition = 12, post_adjustment = 12, \
         ordered_resignation = 24, dismissal_from_post = 24, demotion = 24 }",
    ));
    let day = date(2024, 1, 15);
    let person = person(vec![sanction(Admonition, day)]);
    let found = ask(&longer, &person, "GM09", day);
    assert_eq!(found.earliest, Some(date(2025, 1, 15)));
    assert_eq!(of(&found, Rule::Admonition).source.as_ref().unwrap().article, "本地规定");
}

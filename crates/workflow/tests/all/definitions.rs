//! Definitions: the national defaults, and what is refused of a definition, with its place.

use std::path::Path;

use quanheng_workflow::definition::Effect;
use quanheng_workflow::{Flow, defaults, schema};

use crate::world::{EVERYTHING, World};

#[test]
fn the_national_flows_are_sound_and_lead_to_their_ends() {
    for (file, text) in defaults::ALL {
        let flow = Flow::read(file, text).unwrap_or_else(|errors| panic!("{errors:#?}"));
        let mut world = World::new(flow);
        world.does(world.start());
        for _ in 0..40 {
            if world.end().is_some() {
                break;
            }
            world.go_on();
        }
        assert!(
            matches!(world.end(), Some("held" | "filed" | "opened" | "registered" | "exited")),
            "{file}"
        );
    }
}

#[test]
fn the_promotion_flows_have_the_steps_of_the_rules_in_their_order() {
    let read = |file, text| Flow::read(file, text).unwrap();
    let round = read("promotion_round.toml", defaults::PROMOTION_ROUND);
    let flow = read("promotion.toml", defaults::PROMOTION);
    let mut found = vec![];
    for flow in [&round, &flow] {
        let mut step = flow.definition.step(&flow.definition.first);
        while let Some(at) = step {
            found.push(at.id.to_string());
            step = flow.definition.step(&at.next);
        }
    }
    let expected = [
        // The round's.
        "plan",
        "plan_decided",
        "pre_reviewed",
        // Each person's.
        "apply",
        "eligibility",
        "recommendation",
        "vetting",
        "candidates",
        "posting",
        "notice",
        "closing",
        "approval",
        "appointment",
        "filing",
    ];
    assert_eq!(found, expected);
    let appointment = flow.definition.steps.iter().find(|s| s.id.as_str() == "appointment");
    assert!(appointment.unwrap().effects.contains(&Effect::OccupySeats));
}

#[test]
fn the_schema_is_the_published_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/flow.schema.json");
    let now = format!("{:#}\n", schema());
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap();
    assert!(published == now, "run with UPDATE_SCHEMA=1 after a change of the format");
}

/// A change to the flow with everything, the key at which it is refused, and a word of
/// what was expected.
const FAULTS: &[(&str, &str, &str, &str)] = &[
    ("first = \"draft\"", "first = \"nowhere\"", "first", "已有的步骤"),
    ("format = 1", "format = 2", "format", "应为 1"),
    ("version = 1", "version = 0", "version", "从 1 起"),
    ("title = \"各种步骤\"", "title = \" \"", "title", "名称"),
    ("flow = \"everything\"", "flow = \"各种\"", "flow", "字母"),
    ("next = \"vote\"", "next = \"turn\"", "vote.id", "到不了"),
    ("next = \"vote\"", "next = \"nowhere\"", "turn.next", "nowhere"),
    ("id = \"lapsed\"", "id = \"refused\"", "refused.id", "重复"),
    ("then = { go = \"lapsed\" }", "then = \"remind\"", "ends", "lapsed"),
    ("[\"draft\", \"any\"]", "[\"draft\"]", "separate", "两个以上"),
    ("[\"draft\", \"any\"]", "[\"draft\", \"notice\"]", "separate", "由人办理"),
    ("[{ role = \"clerk\", level = \"same_level\" }]\nhow", "[]\nhow", "any.seats", "无人可办"),
    (
        "[{ role = \"clerk\", level = \"same_level\" }]\nhow",
        "[{ role = \"initiator\", level = \"unit\" }]\nhow",
        "any.deadline.then",
        "上一级",
    ),
    ("days = 3,", "days = 0,", "any.deadline.days", "至少为 1"),
    ("days = 5, count = \"days\"", "days = 5, count = \"notice\"", "all.deadline.count", "days"),
    ("returns = [\"draft\"]\n", "", "any.returns", "可退回"),
    ("returns = [\"any\", \"all\"]", "returns = [\"vote\"]", "turn.returns", "不在此步之前"),
    (
        "refused = \"refused\"\n\n[[steps]]\nid = \"all\"",
        "\n[[steps]]\nid = \"all\"",
        "any.refused",
        "去向",
    ),
    (
        "actions = [\"approve\", \"refuse\", \"recall\", \"claim\"]",
        "actions = [\"refuse\"]",
        "final.actions",
        "approve",
    ),
    (
        "actions = [\"approve\", \"refuse\", \"recall\", \"claim\"]",
        "actions = [\"approve\", \"refuse\", \"return\"]\nreturns = [\"check\"]",
        "final.returns",
        "不由人办理",
    ),
    ("threshold = \"2/3\"", "threshold = \"0/3\"", "vote.how", "大于零"),
    (
        "\"recall\", \"add_signers\", \"remove_signers\"",
        "\"remove_signers\"",
        "vote.actions",
        "加签",
    ),
    ("level = \"same_level\", each = true", "level = \"same_level\"", "vote.how", "each"),
    ("fields = [\"事由\"]", "fields = []", "draft.fields", "记录的内容"),
    (
        "[\"claim\", \"transfer\", \"urge\", \"withdraw\"]\n",
        "[\"approve\"]\n",
        "record.actions",
        "不允许",
    ),
    ("[steps.kind.wait]", "skippable = true\n[steps.kind.wait]", "notice.skippable", "不得省略"),
    ("days = \"notice_working_days\"", "days = 0", "notice.period.days", "至少为 1"),
    ("checks = [\"no_bars\", \"notice_closed\"]", "checks = []", "check.checks", "核查内容"),
    ("outcome = \"withdrawn\"", "outcome = \"done\"", "draft.actions", "撤回的结局"),
    (
        "article = \"测试\"\nnext = \"any\"",
        "article = \"\"\nnext = \"any\"",
        "draft.article",
        "写明",
    ),
    ("then = { go = \"lapsed\" }", "then = { go = \"vote\" }", "turn.deadline.then", "视为同意"),
    ("then = { go = \"lapsed\" }", "then = { go = \"done\" }", "turn.deadline.then", "视为同意"),
    ("then = { go = \"lapsed\" }", "then = { go = \"final\" }", "turn.deadline.then", "视为同意"),
    (
        "[{ role = \"secretary\", level = \"same_level\" }]",
        "[{ role = \"secretary\", level = \"same_level\", each = true }]",
        "meeting.seats",
        "一处办理",
    ),
    (
        "effects = [\"post_notice\"]",
        "effects = [\"post_notice\"]\nskippable = true",
        "meeting.skippable",
        "法律效果",
    ),
    (
        "\"recall\", \"add_signers\", \"remove_signers\"",
        "\"remove_signers\"",
        "vote.actions",
        "加签",
    ),
    (
        "id = \"check\"\nname = \"核查\"",
        "id = \"check\"\ndeadline = { days = 1, count = \"days\", then = \"remind\" }\nname = \"核查\"",
        "check.deadline",
        "不设办理期限",
    ),
    ("next = \"done\"", "next = \"final\"", "ends", "done"),
];

#[test]
fn what_is_refused_of_a_definition_and_where() {
    for (from, to, key, word) in FAULTS {
        assert!(EVERYTHING.contains(from), "{from}");
        let text = EVERYTHING.replacen(from, to, 1);
        let errors = Flow::read("flow.toml", &text).expect_err(to);
        let found = errors.iter().find(|error| error.key == *key && error.expected.contains(word));
        let error = found.unwrap_or_else(|| panic!("{to}: {errors:#?}"));
        assert!(error.line >= 1 && error.file == "flow.toml");
        if let Some((step, _)) = key.split_once('.') {
            let line = text.lines().nth(error.line - 1).unwrap();
            assert!(line.contains(&format!("\"{step}\"")), "{key} at {}: {line}", error.line);
        }
    }
    eprintln!("definitions refused: {} kinds", FAULTS.len());
}

#[test]
fn no_step_is_a_dead_end() {
    // Two steps that lead to each other only.
    let text = EVERYTHING.replacen("next = \"meeting\"", "next = \"any\"", 1).replacen(
        "refused = \"refused\"\n\n[[steps]]\nid = \"meeting\"",
        "refused = \"any\"\n\n[[steps]]\nid = \"meeting\"",
        1,
    );
    let errors = Flow::read("flow.toml", &text).unwrap_err();
    assert!(errors.iter().any(|error| error.expected.contains("到不了")), "{errors:#?}");
    let circle = r#"
format = 1
flow = "circle"
version = 1
title = "循环"
first = "a"
ends = []
[[steps]]
id = "a"
name = "甲"
article = "测试"
next = "b"
kind = { check = { checks = ["no_bars"], failed = "b" } }
[[steps]]
id = "b"
name = "乙"
article = "测试"
next = "a"
kind = { check = { checks = ["no_bars"], failed = "a" } }
"#;
    let errors = Flow::read("circle.toml", circle).unwrap_err();
    let keys: Vec<_> = errors.iter().map(|error| error.key.as_str()).collect();
    assert_eq!(keys, ["ends", "a.next", "b.next"], "no end after either");
}

#[test]
fn checks_do_not_lead_to_each_other_for_ever() {
    let check = |id: &str, next: &str, failed: &str| {
        format!(
            "[[steps]]\nid = \"{id}\"\nname = \"核查\"\narticle = \"测试\"\nnext = \"{next}\"\n\
             kind = {{ check = {{ checks = [\"no_bars\"], failed = \"{failed}\" }} }}\n"
        )
    };
    let head = "format = 1\nflow = \"circle\"\nversion = 1\ntitle = \"循环\"\nfirst = \"a\"\n";
    let ends = "[[ends]]\nid = \"done\"\nname = \"办结\"\noutcome = \"done\"\n";
    let flow =
        |b: &str| format!("{head}{}{}{ends}", check("a", "done", "b"), check("b", "done", b));
    Flow::read("flow.toml", &flow("done")).unwrap();
    let errors = Flow::read("flow.toml", &flow("a")).unwrap_err();
    let keys: Vec<_> = errors.iter().map(|error| error.key.as_str()).collect();
    assert_eq!(keys, ["a.next", "b.next"]);
    assert!(errors[0].expected.contains("循环"), "{errors:#?}");
}

#[test]
fn a_step_that_nobody_could_take_is_refused() {
    let text = EVERYTHING.replacen("[\"draft\", \"any\"]", "[\"draft\", \"record\"]", 1).replacen(
        "seats = [{ role = \"clerk\", level = \"same_level\" }]\nfields",
        "seats = [{ role = \"initiator\", level = \"unit\" }]\nfields",
        1,
    );
    let errors = Flow::read("flow.toml", &text).unwrap_err();
    assert_eq!(errors[0].key, "record.separate");
}

#[test]
fn an_unknown_word_is_refused_where_it_stands() {
    for (from, to) in [
        ("\"materials_complete\"", "\"weather\""),
        ("\"post_notice\"", "\"fireworks\""),
        ("then = \"escalate\"", "then = \"approve\""),
        ("count = \"days\", then = \"remind\"", "count = \"days\""),
        ("fields = [\"事由\"]", "fields = [\"事由\"]\ncolour = 1"),
    ] {
        let text = EVERYTHING.replacen(from, to, 1);
        let errors = Flow::read("flow.toml", &text).unwrap_err();
        assert_eq!(errors.len(), 1, "{to}");
        assert!(errors[0].line > 1, "{}", errors[0]);
    }
}

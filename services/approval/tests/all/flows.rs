//! Small flows, one for each mode: a form, the step under test, a last decision above.

/// What a step of decisions lets people do.
pub(crate) const EVERY_ACTION: &str = r#"["approve", "refuse", "return", "transfer", "delegate", "add_signers", "remove_signers", "copy", "urge", "claim", "recall", "withdraw"]"#;
/// What steps that are for something else let people do.
pub(crate) const FEW_ACTIONS: &str = r#"["claim", "transfer", "urge", "withdraw", "copy"]"#;

/// The flow of a mode.
pub(crate) fn flow(name: &str, kind: &str, more: &str) -> String {
    // Nothing is returned to where nobody acts, and every end is one that can be reached.
    let returns = if kind.contains("steps.kind.wait") { "" } else { ", \"work\"" };
    let lapsed = match more.contains("lapsed") {
        true => "[[ends]]\nid = \"lapsed\"\nname = \"逾期终止\"\noutcome = \"lapsed\"",
        false => "",
    };
    format!(
        r#"
format = 1
flow = "{name}"
version = 1
title = "测试流程"
first = "draft"

[[steps]]
id = "draft"
name = "起草"
article = "测试第一条"
next = "work"
[steps.kind.record]
seats = [{{ role = "initiator", level = "unit" }}]
fields = ["事由"]
actions = ["withdraw", "copy", "urge"]

[[steps]]
id = "work"
name = "办理"
article = "测试第二条"
next = "last"
{more}
{kind}

[[steps]]
id = "last"
name = "审批"
article = "测试第三条"
next = "done"
effects = ["place_holds"]
[steps.kind.decide]
seats = [{{ role = "t_head", level = "one_above" }}]
how = {{ any = {{ refusal = "at_once" }} }}
actions = {EVERY_ACTION}
returns = ["draft"{returns}]
refused = "refused"

[[ends]]
id = "done"
name = "办结"
outcome = "done"

[[ends]]
id = "refused"
name = "不予批准"
outcome = "refused"

{lapsed}

[[ends]]
id = "withdrawn"
name = "撤回"
outcome = "withdrawn"
"#
    )
}

/// A step of decisions.
pub(crate) fn decide(seats: &str, how: &str, actions: &str) -> String {
    let seats = format!("seats = [{seats}]\nhow = {how}\nactions = {actions}");
    let returns = if actions.contains("return") { "returns = [\"draft\"]\n" } else { "" };
    format!("[steps.kind.decide]\n{seats}\n{returns}refused = \"refused\"")
}

pub(crate) const CLERK: &str = r#"{ role = "t_clerk", level = "same_level" }"#;
const SECOND: &str = r#"{ role = "t_second", level = "same_level" }"#;
const MEMBERS: &str = r#"{ role = "t_member", level = "same_level", each = true }"#;
const SECRETARY: &str = r#"{ role = "t_secretary", level = "same_level" }"#;

/// Every flow of the tests.
pub(crate) fn flows() -> Vec<String> {
    let at_once = r#"{ any = { refusal = "at_once" } }"#;
    let of = |name: &str, kind: &str| flow(name, kind, "");
    let late = |name: &str, deadline: &str| {
        flow(name, &decide(CLERK, at_once, EVERY_ACTION), &format!("deadline = {deadline}"))
    };
    let all = r#"{ all = { refusal = "after_all" } }"#;
    let quorum = r#"{ quorum = { threshold = "2/3" } }"#;
    vec![
        of("t_any", &decide(CLERK, at_once, EVERY_ACTION)),
        of("t_bare", &decide(CLERK, at_once, r#"["approve", "refuse"]"#)),
        of("t_all", &decide(&format!("{CLERK}, {SECOND}"), all, EVERY_ACTION)),
        of("t_quorum", &decide(MEMBERS, quorum, EVERY_ACTION)),
        of("t_turn", &decide(&format!("{CLERK}, {SECOND}"), "{ in_turn = {} }", EVERY_ACTION)),
        of(
            "t_record",
            &format!(
                "[steps.kind.record]\nseats = [{CLERK}]\nfields = [\"结果\"]\nactions = {FEW_ACTIONS}"
            ),
        ),
        of(
            "t_body",
            &format!(
                "[steps.kind.body]\nseats = [{SECRETARY}]\nrefused = \"refused\"\nactions = {FEW_ACTIONS}"
            ),
        ),
        of("t_wait", "[steps.kind.wait]\nperiod = { days = 3, count = \"working_days\" }"),
        late("t_remind", r#"{ days = 3, count = "working_days", then = "remind" }"#),
        late("t_escalate", r#"{ days = 3, count = "working_days", then = "escalate" }"#),
        late("t_lapse", r#"{ days = 3, count = "working_days", then = { go = "lapsed" } }"#),
        late("t_far", r#"{ days = 900, count = "working_days", then = { go = "lapsed" } }"#),
        flow(
            "t_held",
            "[steps.kind.wait]\nperiod = { days = 3, count = \"working_days\" }",
            "completes_if = [\"notice_closed\"]",
        ),
        flow(
            "t_minutes",
            &decide(CLERK, at_once, EVERY_ACTION),
            "completes_if = [\"collective_decision\"]\nopens_if = [\"materials_complete\"]",
        ),
    ]
}

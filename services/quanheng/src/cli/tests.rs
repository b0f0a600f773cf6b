#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::time::Duration;

use clap::FromArgMatches as _;
use quanheng_api::quanheng::common::v1::Ratio;
use quanheng_api::quanheng::quota::v1::{
    Entitlement, EntitlementLine, GetQuotaAccountResponse, QuotaAccount, SetBalance,
};
use quanheng_api::quanheng::registry::v1::{
    Establishment, GetUnitResponse, ListUnitsResponse, Tier, Unit, UnitKind, UnitProfile,
    UnitStatus,
};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, PreconditionViolation, StatusExt as _};

use super::failure::{CliFailure, Exit, exit_of};
use super::{Cli, api, command, session, view};

#[test]
fn every_command_is_well_formed_and_told_in_chinese() {
    fn walk(command: &clap::Command, path: &str) {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        assert!(about.chars().any(|c| c > '\u{4e00}'), "{path} is not told in Chinese");
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let told = help.chars().any(|c| c > '\u{4e00}');
            assert!(told, "{path} --{} has no help", arg.get_id());
        }
        for inner in command.get_subcommands() {
            walk(inner, &format!("{path} {}", inner.get_name()));
        }
    }
    let mut command = command();
    command.build();
    command.clone().debug_assert();
    walk(&command, "quanheng");
}

#[test]
fn what_people_type_is_understood() {
    for line in [
        "serve --data-dir d --roles all --set limits.calls_max=5",
        "config --output json",
        "config --schema",
        "unit list --filter tier=COUNTY --order-by name --all --realm beijing",
        "unit show u-1 --as-of 2026-01-01 --known-at 12",
        "unit create --display-name 某县档案局 --tier county --kind organ --division 110101",
        "unit change --kind merge --from u-1 --from u-2 --to u-3 --document 组发〔2026〕3号",
        "post list --unit u-1",
        "post abolish u-1/p-1 --effective-on 2026-02-01",
        "person find --identity-number-stdin",
        "person find --name 张三",
        "person record p-1 --take-rank GM07 --on 2026-03-01 --rank-reason promotion",
        "person erase p-1 --ordered-by 本人 --reason 申请删除 --yes",
        "person import a.xlsx --validate-only",
        "quota entitlement --unit u-1 --base 60",
        "quota determine --unit u-1 --fewer GM05-06=3",
        "quota pre-review request a-1 --unit u-1 --move GM08:GM07 --move :GM09",
        "task show pre_review.a-1.judge.h-1.2 --output=json",
        "quota pool create --tier county --kind common --member u-1 --earmark township:GM09-10:3",
        "quota allocate --from a --to b --set GM05-06 --seats 2 --reason seniority",
        "quota hold release a/h --reason case-closed --index 1",
        "quota occupy a/h --occupant 0=p-1,concurrent",
        "quota reserve set a --set GM05-06 --seats 1",
        "quota simulate a --base-change -3 --leaving p-1",
        "round create --unit u-1 --account a --title t --scope s --conditions c --rank GM09=2 \
         --milestone 2026-04-01=推荐",
        "round attach r-1 --hold a/h",
        "round list --filter state=OPENED --all",
        "request create --round r-1 --person p-1 --rank GM09 --nomination n --condition conduct",
        "request list --round r-1 --output json",
        "request recommend r-1 --voters 12 --valid-ballots 11 --votes q-1=9 --votes q-2=8",
        "request notice post r-1 --entry q-1=拟晋升 --text t --channel 公示栏 --phone 12380",
        "request notice resolve q-1 --feedback f-1 --founded --findings x",
        "request appoint q-1 q-2 --document 组通〔2026〕12号 --effective-on 2026-04-01",
        "request suspend q-1 --reason x --etag v3.7",
        "request timeline q-1",
        "campaign create --title t --division 420000 --document 组通〔2026〕1号 \
         --baseline-on 2024-12-31 --survey-due-on 2026-05-31",
        "campaign task-force c-1 --division 420000 --lead p-1 --document 组通〔2026〕2号 \
         --member organization_department=p-1 --member finance_department=p-2",
        "campaign open-phase c-1 --phase provincial",
        "campaign override c-1 --reason x --etag v3",
        "campaign book c-1 --scope city",
        "campaign statistics c-1 --output json",
        "survey list --campaign c-1 --filter affected=true --all",
        "survey submit c-1/u-1 --from -",
        "survey three-clear c-1/u-1 --staff 组通〔2026〕3号 --not-clear documents",
        "survey import a.csv --campaign c-1 --gb18030 --marked b.csv",
        "recert create --unit u-1 --campaign c-1 --change a.json --grounds b.json --reason x",
        "recert materials m-1 --file application=0a --file basis=0b",
        "recert review m-1 --accept application --reject basis=缺条文",
        "recert correct m-1 --text x --material basis",
        "recert consult m-1 --document 编办发〔2026〕3号=批复",
        "recert refer m-1 --question x",
        "recert answer-referral m-1 --answer x --document 编办函〔2026〕3号",
        "recert register m-1 --on 2026-06-01",
        "recert file-central m-1 --document 组参〔2026〕3号",
        "recert precedents --filter campaign=\"campaigns/c-1\"",
        "recert conditions --division 420000 --from a.json",
        "recert decrease --campaign c-1 --case m-1 --case m-2",
        "recert route --unit u-1 --on 2026-03-01",
        "recert route --from a.json",
        "recert export m-1 --kind approval-form --to a.docx",
        "recert timeline m-1",
        "transition open --case m-1 --document 组通〔2026〕9号 --from 2026-06-01",
        "transition talk t-1 --person p-1 --on 2026-06-02 --policy x --signed",
        "transition place t-1 --person p-1 --option institution_staff --document x \
         --effective-on 2026-07-01",
        "transition finish t-1 --person p-1",
        "ledger units --filter case_missing=true",
        "ledger unit u-1 --as-of 2026-01-01 --known-at 12",
        "ledger lineage u-1",
        "ledger findings --division 420000 --detector V-RC-1 --all",
        "ledger export 420000 --to a.xlsx",
        "task list --view done --filter kind=\"request\"",
        "task show pre_review.u-1.judge.h-1.2",
        "task approve request.r-1.3 --opinion 同意 --minutes 纪要〔2026〕1号",
        "task refuse request.r-1.3 --opinion 不同意",
        "task return request.r-1.3",
        "task return request.r-1.3 --to apply --opinion 请补充 --mode back-to-me",
        "task transfer request.r-1.3 --to p-1",
        "task sign request.r-1.3 --position before --person p-1 --person p-2",
        "task meeting request.r-1.3 --due p-1 --due p-2 --in-favour 2 --minutes 纪要〔2026〕1号",
        "task batch request.r-1.3 request.r-2.3 --verdict approve --atomic",
        "office set --unit u-1 --role quota_reviewer --person p-1",
        "office authority 420106 --unit u-1",
        "substitution create p-2 --to 2026-12-31 --reason 出差",
        "substitution delete p-1/s-1",
        "case show request.r-1",
        "rank lower p-1 --ground incompetent --year 2024 --reason x --minutes y",
        "rank transfer p-1 --from-category judge --rank GM06 --hold a/h",
        "policy explain --division 110000 --on 2026-01-01",
        "projection watch units --resume-token x",
        "attachment upload a.pdf --link units/u-1",
        "operation wait 0193",
        "call RegistryService/GetUnit {} --server http://h:1",
        "call --list",
        "token new --id a --display-name 甲 --role viewer --jurisdiction 110000",
        "realm backup --to b.tar --data-dir d",
        "realm restore --from b.tar --no-verify",
        "realm erasures",
        "healthcheck --service quanheng.quota.v1.QuotaService",
        "completion bash",
    ] {
        let args = std::iter::once("quanheng").chain(line.split_whitespace());
        let matches = command().try_get_matches_from(args);
        let matches = matches.unwrap_or_else(|error| panic!("{line}: {error}"));
        assert!(Cli::from_arg_matches(&matches).is_ok(), "{line}");
    }
}

#[test]
fn what_is_wrong_with_a_line_is_told_in_chinese() {
    for (line, part) in [
        ("unit shwo u-1", "没有命令 shwo"),
        ("unit show", "缺少 <名称>"),
        ("unit list --limit 0", "--limit"),
        ("unit list --as-of 2026-02-30", "应为日期"),
        ("unit create --tier village", "可用:central"),
        ("unit list --all --limit 3", "不能与"),
        ("quota entitlement", "缺少"),
        ("person record p-1 --take-rank GM07", "缺少 --on"),
        ("person find", "缺少"),
        ("person erase p-1 --yes", "缺少"),
        ("recert route --unit u-1", "缺少 --on"),
        ("ledger findings --unit u --division 420000", "不能与"),
        ("survey show c-1", "应形如 campaigns/"),
        ("unit list --nope", "没有选项或参数 --nope"),
        ("quota hold extend a --reason x --expires-on 2026-01-01", "应形如 quotaAccounts/"),
    ] {
        let args = std::iter::once("quanheng").chain(line.split(' '));
        let error = command().try_get_matches_from(args).unwrap_err();
        let failure = super::usage::failure(&error);
        assert!(failure.message.contains(part), "{line}: {}", failure.message);
        assert_eq!(failure.exit, Exit::Usage);
    }
}

#[test]
fn identity_numbers_are_no_arguments() {
    fn walk(command: &clap::Command) {
        for arg in command.get_arguments() {
            let takes_value = arg.get_num_args().is_some_and(|range| range.takes_values());
            assert!(!(takes_value && arg.get_id().as_str().contains("identity")), "{arg}");
        }
        command.get_subcommands().for_each(walk);
    }
    let mut command = command();
    command.build();
    walk(&command);
}

#[test]
fn every_request_belongs_to_a_method_that_answers_so() {
    let pairs = api::pairs();
    let mut called = BTreeSet::new();
    for (request, answer) in &pairs {
        let method = api::methods().find(|method| method.input().full_name() == request);
        let method = method.unwrap_or_else(|| panic!("no method takes {request}"));
        assert_eq!(method.output().full_name(), answer);
        called.insert(method.full_name().to_owned());
    }
    for method in api::methods().filter(|method| !method.is_client_streaming()) {
        let known = called.contains(method.full_name()) || method.is_server_streaming();
        assert!(known, "{} has no command; add it to `rpcs!`", method.full_name());
    }
    for name in [
        "RegistryService/GetUnit",
        "registryservice/getunit",
        "GetUnit",
        "quanheng.registry.v1.RegistryService/GetUnit",
        "RegistryService.GetUnit",
    ] {
        assert_eq!(api::method(name).unwrap().name(), "GetUnit");
    }
    assert!(api::method("GetUni").unwrap_err().message.contains("RegistryService/GetUnit"));
}

#[test]
fn exit_codes_tell_scripts_what_happened() {
    for (code, retry, exit) in [
        (Code::FailedPrecondition, false, Exit::Refused),
        (Code::AlreadyExists, false, Exit::Refused),
        (Code::Aborted, false, Exit::Refused),
        (Code::Aborted, true, Exit::Unavailable),
        (Code::ResourceExhausted, false, Exit::Refused),
        (Code::ResourceExhausted, true, Exit::Unavailable),
        (Code::InvalidArgument, false, Exit::Usage),
        (Code::OutOfRange, false, Exit::Usage),
        (Code::NotFound, false, Exit::NotFound),
        (Code::PermissionDenied, false, Exit::Denied),
        (Code::Unauthenticated, false, Exit::Denied),
        (Code::Unavailable, false, Exit::Unavailable),
        (Code::DeadlineExceeded, false, Exit::Unavailable),
        (Code::Cancelled, false, Exit::Unavailable),
        (Code::Internal, false, Exit::Internal),
        (Code::Unimplemented, false, Exit::Internal),
        (Code::DataLoss, false, Exit::Internal),
        (Code::Unknown, false, Exit::Internal),
    ] {
        assert_eq!(exit_of(code, retry), exit, "{code:?}");
    }
    assert_eq!(Exit::Refused as u8, 1);
    assert_eq!(Exit::Internal as u8, 70);
}

#[test]
fn a_status_is_told_with_all_its_details() {
    let metadata: std::collections::HashMap<_, _> =
        [("available".to_owned(), "2".to_owned())].into();
    let mut details = ErrorDetails::with_error_info("INSUFFICIENT_AVAILABLE", "quanheng", metadata);
    details.set_localized_message("zh-CN", "可用空缺不足");
    details.set_precondition_failure(vec![
        PreconditionViolation::new("INSUFFICIENT_AVAILABLE", "GM05-06", "可用 2,申请 3"),
        PreconditionViolation::new("FILING_OVERDUE", "", "有逾期未备案"),
    ]);
    details.set_retry_info(Some(Duration::from_millis(50)));
    let status = Status::with_error_details(Code::FailedPrecondition, "x", details);
    let failure = CliFailure::status(&status);
    assert_eq!(
        failure.as_text(),
        "INSUFFICIENT_AVAILABLE:可用空缺不足\n  \
         规则 INSUFFICIENT_AVAILABLE GM05-06:可用 2,申请 3\n  \
         规则 FILING_OVERDUE:有逾期未备案\n  available=2"
    );
    let error = &failure.as_json()["error"];
    assert_eq!(
        (error["exit_code"].as_u64(), error["code"].as_str()),
        (Some(1), Some("FAILED_PRECONDITION"))
    );
    assert_eq!(error["rules"][0]["subject"], "GM05-06");
    assert_eq!(error["retry_after_ms"], "50");
    assert!(error.get("request_id").is_none());
    let plain = CliFailure::status(&Status::unavailable("tcp connect error"));
    assert_eq!((plain.exit, plain.reason.as_str()), (Exit::Unavailable, "UNAVAILABLE"));
    assert_eq!(plain.message, "服务暂时无法连接(tcp connect error)");
}

#[test]
fn a_change_bears_one_request_id() {
    let request = quanheng_api::quanheng::registry::v1::CreateUnitRequest::default();
    let mut message = api::dynamic(&request);
    let made = session::settle_request_id(&mut message).unwrap();
    assert_eq!(made.parse::<uuid::Uuid>().unwrap().get_version_num(), 7);
    assert_eq!(session::settle_request_id(&mut message).as_ref(), Some(&made));
    let read = quanheng_api::quanheng::registry::v1::GetUnitRequest::default();
    assert_eq!(session::settle_request_id(&mut api::dynamic(&read)), None);
}

fn unit(id: &str, name: &str) -> Unit {
    Unit {
        name: format!("units/{id}"),
        profile: Some(UnitProfile {
            display_name: Some(name.to_owned()),
            division: Some("110101".to_owned()),
            tier: Some(Tier::County.into()),
            kind: Some(UnitKind::Organ.into()),
            establishment: Some(Establishment { administrative: 18, ..Default::default() }),
            ..Default::default()
        }),
        status: UnitStatus::Active.into(),
        established_on: Some(quanheng_api::date(jiff::civil::date(2020, 1, 2))),
        ..Default::default()
    }
}

#[test]
fn a_list_of_units() {
    let units = vec![unit("u-1", "某县档案局"), unit("u-20", "某县人民政府办公室")];
    let answer = ListUnitsResponse { units, position: 42, ..Default::default() };
    let expected = "\
┌────────────┬────────────────────┬────────┬──────┬──────┬──────┐
│ 资源       ┆ 单位名称           ┆ 政区   ┆ 层级 ┆ 类型 ┆ 状态 │
╞════════════╪════════════════════╪════════╪══════╪══════╪══════╡
│ units/u-1  ┆ 某县档案局         ┆ 110101 ┆ 县级 ┆ 机关 ┆ 存续 │
│ units/u-20 ┆ 某县人民政府办公室 ┆ 110101 ┆ 县级 ┆ 机关 ┆ 存续 │
└────────────┴────────────────────┴────────┴──────┴──────┴──────┘

位置 42
";
    assert_eq!(view::answer(&api::dynamic(&answer)), expected);
}

#[test]
fn a_card_of_a_unit() {
    let answer = GetUnitResponse { unit: Some(unit("u-1", "某县档案局")), position: 7 };
    let expected = "\
┌──────────────────────┬────────────┐
│ 名称                 ┆ units/u-1  │
│ 概况·单位名称        ┆ 某县档案局 │
│ 概况·所在政区        ┆ 110101     │
│ 概况·层级            ┆ 县级       │
│ 概况·机构类型        ┆ 机关       │
│ 概况·编制数·行政编制 ┆ 18         │
│ 状态                 ┆ 存续       │
│ 设立日期             ┆ 2020-01-02 │
└──────────────────────┴────────────┘

位置 7
";
    assert_eq!(view::answer(&api::dynamic(&answer)), expected);
}

#[test]
fn balances_and_workings_are_tables() {
    let account = QuotaAccount {
        name: "quotaAccounts/u-1.general_management".into(),
        sets: vec![SetBalance {
            set: "GM05-06".into(),
            label: "一级、二级调研员".into(),
            determined: 7,
            occupied: 8,
            vacancy: -1,
            available: -1,
            badge: "超 1".into(),
            ..Default::default()
        }],
        ..Default::default()
    };
    let answer = GetQuotaAccountResponse { account: Some(account), position: 0 };
    let text = view::answer(&api::dynamic(&answer));
    let row = "│ GM05-06 ┆ 一级、二级调研员 ┆ 7    ┆ 8    ┆ -1   ┆ -1   ┆ 超 1 │";
    assert!(text.contains(row), "{text}");
    let line = EntitlementLine {
        set: "GM07".into(),
        label: "三级调研员".into(),
        ratio: Some(Ratio { numerator: 2, denominator: 5 }),
        whole: 18,
        exact: "7.2".into(),
        cap: 7,
        working: "三级调研员 ≤ 40% × 18 = 7.2 → 7".into(),
        ..Default::default()
    };
    let entitlement = Entitlement { base: 18, lines: vec![line], ..Default::default() };
    let text = view::card(&api::dynamic(&entitlement));
    let row = "│ GM07   ┆ 三级调研员 ┆ 2/5  ┆ 18       ┆ 7.2    ┆ 7    ┆ 三级调研员 ≤ 40% × 18 = 7.2 → 7 │";
    assert!(text.contains(row), "{text}");
}

#[test]
fn nothing_reaches_the_terminal_but_text() {
    let unit = unit("u-1", "某县\u{1b}[2J档案局");
    let answer = GetUnitResponse { unit: Some(unit), position: 0 };
    assert!(!view::answer(&api::dynamic(&answer)).contains('\u{1b}'));
}

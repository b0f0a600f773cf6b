//! Bringing a province in: units by worksheet, quotas, persons, opening balances.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::civil::Date;
use quanheng_api::date;
use quanheng_api::quanheng::common::v1 as common;
use quanheng_api::quanheng::common::v1::operation::State;
use quanheng_api::quanheng::quota::v1 as quota;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_e2e::{Who, staff};
use quanheng_policy::class::Tier;
use quanheng_policy::codes::DivisionCode;
use quanheng_sheets::{Value, persons, units, xlsx};
use quota::determine_quota_request::Owner;

use crate::outcome::{Fault, Outcome, ensure, there};
use crate::people::Member;
use crate::stage::{IN_FLIGHT, Stage, adds_up, basis, new_id, pace, patient};
use crate::table::{Table, thousands};
use crate::units::{Unit, World, by_tier};

/// 设立
const ESTABLISHED: Date = Date::constant(2019, 1, 1);
/// 核定
pub(crate) const DETERMINED: Date = Date::constant(2024, 1, 1);
/// Bytes of one piece of a worksheet.
const PIECE_BYTES: usize = 256 * 1024;
/// Opening balances of one request at most.
const OPENING_MAX: usize = 1_000;

/// What the ratios gave each unit.
pub(crate) type Accounts = BTreeMap<String, quota::QuotaAccount>;

fn head(file_name: &str, number: u32, on: Date) -> registry::ImportHead {
    registry::ImportHead {
        file_name: file_name.to_owned(),
        validate_only: false,
        basis: basis(number, on),
        sha256: String::new(),
        request_id: new_id(),
    }
}

/// Waits for an import, telling how far it is.
async fn finish(
    stage: &Stage,
    operation: Option<common::Operation>,
    rows: usize,
) -> Outcome<common::Operation> {
    let begun = there(operation, "长时操作")?;
    let mut operations = stage.registrar.operation();
    let mut told = 0;
    let mut operation = begun;
    let deadline = Instant::now() + Duration::from_secs(600);
    while operation.state() == State::Running {
        ensure!(Instant::now() < deadline, "{} 十分钟内没有完成", operation.name);
        let wait = common::WaitOperationRequest { name: operation.name.clone() };
        let waiting = tokio::time::timeout(Duration::from_secs(1), operations.wait_operation(wait));
        operation = match waiting.await {
            Ok(answer) => there(answer?.into_inner().operation, "长时操作")?,
            Err(_) => {
                let get = common::GetOperationRequest { name: operation.name.clone() };
                let answer = stage.registrar.operation().get_operation(get).await?;
                there(answer.into_inner().operation, "长时操作")?
            }
        };
        if operation.items_done > told {
            told = operation.items_done;
            println!("  … {} / {}", thousands(told), thousands(operation.items_total));
        }
    }
    let faults = operation.sheet_errors.iter().filter(|fault| !fault.warning).take(3);
    let faults: Vec<_> =
        faults.map(|f| format!("第 {} 行 {}{}:{}", f.row, f.letter, f.column, f.message)).collect();
    let failure = operation.failure.clone().unwrap_or_default();
    ensure!(
        operation.state() == State::Done,
        "{} 未完成({:?}):{} {} {}",
        operation.name,
        operation.state(),
        failure.reason,
        failure.message,
        faults.join(";")
    );
    let all = operation.items_done == operation.items_total && operation.items_done == rows as u64;
    ensure!(all, "应导入 {rows} 行,实际 {}", operation.items_done);
    Ok(operation)
}

/// 流程岗位: who decides what the showcased county asks for.
pub(crate) async fn offices(stage: &mut Stage, world: &World) -> Outcome {
    stage.step("主管部门与流程岗位", "authorities and offices");
    let county = world.showcase()?;
    let (department, city) = (county.organ("zzb")?, world.city.organ("zzb")?);
    let division = &county.place.code;
    let code = DivisionCode::parse(division)?;
    for who in [Who::Everything, Who::Decider, Who::Secretary, Who::Reviewer, Who::Head] {
        let name = department.name();
        staff::register(&stage.asker, who, &name, &code).await?;
    }
    staff::authority(&stage.asker, division, &department.name()).await?;
    staff::authority(&stage.asker, world.city.place.code, &city.name()).await?;
    for (role, who) in [
        (staff::REVIEWER, Who::Reviewer),
        (staff::ELIGIBILITY_REVIEWER, Who::Reviewer),
        (staff::HEAD, Who::Head),
        (staff::APPROVING_AUTHORITY, Who::Head),
        (staff::APPOINTMENT_OFFICER, Who::Decider),
    ] {
        staff::office(&stage.asker, &department.name(), role, who).await?;
    }
    let bureau = county.organ("nyj")?.name();
    for role in [staff::PERSONNEL_OFFICER, staff::VETTING_OFFICER] {
        staff::office(&stage.asker, &bureau, role, Who::Everything).await?;
    }
    let mut seated = 0;
    let township = world.pooling()?.townships.first();
    for unit in county.organs.iter().chain(township) {
        staff::office(&stage.asker, &unit.name(), staff::SECRETARY, Who::Secretary).await?;
        seated += 1;
    }
    println!("  {} 的公务员主管部门:{}", county.place.name, department.row.name);
    println!("  设审核、批准、任职等岗位;{seated} 个单位设党委(党组)书记");
    Ok(())
}

/// 导入单位
pub(crate) async fn units(stage: &mut Stage, world: &World) -> Outcome {
    stage.step("从工作表导入单位", "units from a worksheet");
    let all: Vec<&Unit> = world.units().collect();
    let values: Vec<Vec<Value>> = all.iter().map(|unit| unit.row.values()).collect();
    let sheet = xlsx(&units::FORM, values.iter().map(Vec::as_slice))?;
    let kib = sheet.len() / 1024;
    println!(
        "  {}单位基本情况表:{} 行,{kib} KiB",
        world.province.name,
        thousands(all.len() as u64)
    );
    let begun = Instant::now();
    let head = head(&format!("{}单位基本情况.xlsx", world.province.name), 1, ESTABLISHED);
    let head = registry::import_units_request::Part::Head(head);
    let pieces: Vec<_> = sheet.chunks(PIECE_BYTES).map(<[u8]>::to_vec).collect();
    let pieces = pieces.into_iter().map(registry::import_units_request::Part::Content);
    let parts = std::iter::once(head).chain(pieces);
    let parts = parts.map(|part| registry::ImportUnitsRequest { part: Some(part) });
    let parts: Vec<_> = parts.collect();
    let answer = stage.registrar.registry().import_units(stream::iter(parts)).await?;
    let done = finish(stage, answer.into_inner().operation, all.len()).await?;
    pace("登记单位 units registered", all.len() as u64, begun);

    let mut table = Table::new(&["层级", "单位", "编制"], 1);
    for (tier, count) in by_tier(all.iter().copied()) {
        let slots = all.iter().filter(|unit| unit.row.tier == Some(tier));
        let slots: u64 = slots.map(|unit| u64::from(unit.slots())).sum();
        table.row([tier_name(tier).to_owned(), thousands(count), thousands(slots)]);
    }
    table.print();
    let listed = count_units(stage, done.position).await?;
    ensure!(listed == all.len() as u64, "列出 {listed} 个单位,应为 {}", all.len());
    println!("  逐页列出 listed: {} 个,与工作表一致", thousands(listed));
    Ok(())
}

pub(crate) fn tier_name(tier: Tier) -> &'static str {
    match tier {
        Tier::Central => "中央",
        Tier::Province => "省级",
        Tier::Prefecture => "市级",
        Tier::County => "县级",
        Tier::Township => "乡镇",
    }
}

async fn count_units(stage: &Stage, min_position: u64) -> Outcome<u64> {
    let mut count = 0;
    let mut page_token = String::new();
    loop {
        let request = registry::ListUnitsRequest {
            min_position,
            page_size: 500,
            page_token,
            ..registry::ListUnitsRequest::default()
        };
        let page = stage.registrar.registry().list_units(patient(request)).await?.into_inner();
        count += page.units.len() as u64;
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(count);
        }
    }
}

/// 登记单位, one by one: first only to see whether it would pass.
pub(crate) async fn more_units(stage: &mut Stage, world: &World) -> Outcome<Vec<String>> {
    stage.step("逐个登记单位", "units one by one");
    let county = world.showcase()?.place;
    let city = world.city.place;
    let wanted = [
        (city, registry::Tier::Prefecture, registry::UnitGrade::Division, 46),
        (county, registry::Tier::County, registry::UnitGrade::Section, 24),
    ];
    let mut made = Vec::new();
    for (place, tier, grade, slots) in wanted {
        let profile = registry::UnitProfile {
            display_name: Some(format!("{}数据局", place.name)),
            division: Some(place.code.to_owned()),
            tier: Some(tier.into()),
            grade: Some(grade.into()),
            kind: Some(registry::UnitKind::Organ.into()),
            nature: Some(registry::UnitNature::Organ.into()),
            sequence: Some("政府".to_owned()),
            establishment: Some(registry::Establishment {
                administrative: slots,
                ..registry::Establishment::default()
            }),
            ..registry::UnitProfile::default()
        };
        let request = registry::CreateUnitRequest {
            unit_id: format!("{}-sjj", place.code),
            profile: Some(profile),
            basis: basis(2, ESTABLISHED),
            request_id: new_id(),
            validate_only: true,
        };
        stage.registrar.registry().create_unit(request.clone()).await?;
        let request =
            registry::CreateUnitRequest { validate_only: false, request_id: new_id(), ..request };
        let answer = stage.registrar.registry().create_unit(request).await?.into_inner();
        let unit = there(answer.unit, "单位")?;
        let get = registry::GetUnitRequest {
            name: unit.name.clone(),
            min_position: answer.position,
            ..registry::GetUnitRequest::default()
        };
        let read = stage.auditor.registry().get_unit(patient(get)).await?.into_inner();
        let read = there(read.unit, "单位")?;
        ensure!(read.profile == unit.profile, "读到的 {} 与登记的不一致", unit.name);
        let profile = read.profile.unwrap_or_default();
        println!("  {} {},编制 {slots} 名", unit.name, profile.display_name());
        made.push(unit.name);
    }
    Ok(made)
}

/// 核定职数
pub(crate) async fn quotas(stage: &mut Stage, world: &World, more: &[String]) -> Outcome<Accounts> {
    stage.step(
        &format!("核定{}及所属县、乡镇的职数", world.city.place.name),
        "quotas of one city, its counties and townships",
    );
    let determined = world.determined()?;
    let names = determined.iter().map(|unit| unit.name()).chain(more.iter().cloned());
    let names: Vec<String> = names.collect();
    let begun = Instant::now();
    let manager = &stage.manager;
    let accounts = stream::iter(names.iter().cloned()).map(|unit| async move {
        let request = quota::DetermineQuotaRequest {
            owner: Some(Owner::Unit(unit.clone())),
            basis: basis(3, DETERMINED),
            request_id: new_id(),
            ..quota::DetermineQuotaRequest::default()
        };
        let answer = manager.quota().determine_quota(request).await?.into_inner();
        let account = there(answer.account, "账户")?;
        let entitlement = there(answer.entitlement, "核定过程")?;
        let seats = account.sets.iter().map(|set| (set.set.clone(), set.determined));
        let earned = entitlement.lines.iter().map(|line| (line.set.clone(), line.cap));
        ensure!(seats.eq(earned), "{unit} 核定的职数不等于按比例应得的职数");
        adds_up(&account)?;
        Ok::<_, Fault>((unit, account))
    });
    let accounts: Accounts = accounts.buffer_unordered(IN_FLIGHT).try_collect().await?;
    pace("核定账户 accounts determined", names.len() as u64, begun);
    ensure!(accounts.len() == names.len(), "应核定 {} 个账户", names.len());

    let mut classes: BTreeMap<&str, (u64, u64, u64)> = BTreeMap::new();
    for account in accounts.values() {
        let row = classes.entry(&account.quota_class).or_default();
        let whole = account.sets.iter().filter(|set| set.of.is_empty());
        row.0 += 1;
        row.1 += account.base;
        row.2 += whole.map(|set| set.determined).sum::<u64>();
    }
    let mut table = Table::new(&["比例类别", "账户", "核定基数", "职数"], 1);
    for (class, (count, base, seats)) in classes {
        table.row([
            class_name(class).to_owned(),
            thousands(count),
            thousands(base),
            thousands(seats),
        ]);
    }
    table.print();
    Ok(accounts)
}

fn class_name(class: &str) -> &str {
    match class {
        "prefecture" => "prefecture 市级机关",
        "prefecture_leading_group" => "prefecture_leading_group 市级领导班子",
        "county_leading_group" => "county_leading_group 县级领导班子",
        "county_township" => "county_township 县乡机关",
        other => other,
    }
}

/// Persons of one account.
pub(crate) struct Roster {
    pub(crate) account: String,
    pub(crate) members: Vec<Member>,
}

/// 导入人员
pub(crate) async fn people(stage: &mut Stage, rosters: &[Roster]) -> Outcome {
    stage.step("从花名册导入人员", "persons from a roster");
    let all: Vec<&Member> = rosters.iter().flat_map(|roster| &roster.members).collect();
    let values: Vec<Vec<Value>> = all.iter().map(|member| member.row().values()).collect();
    let sheet = xlsx(&persons::FORM, values.iter().map(Vec::as_slice))?;
    let kib = sheet.len() / 1024;
    println!("  人员信息表(全部为虚构人员):{} 行,{kib} KiB", thousands(all.len() as u64));
    let begun = Instant::now();
    let head = head("人员信息.xlsx", 4, crate::people::CUT_OVER);
    let head = registry::import_persons_request::Part::Head(head);
    let pieces: Vec<_> = sheet.chunks(PIECE_BYTES).map(<[u8]>::to_vec).collect();
    let pieces = pieces.into_iter().map(registry::import_persons_request::Part::Content);
    let parts = std::iter::once(head).chain(pieces);
    let parts = parts.map(|part| registry::ImportPersonsRequest { part: Some(part) });
    let parts: Vec<_> = parts.collect();
    let answer = stage.registrar.registry().import_persons(stream::iter(parts)).await?;
    let done = finish(stage, answer.into_inner().operation, all.len()).await?;
    pace("登记人员 persons registered", all.len() as u64, begun);
    seen_by(stage, there(all.last(), "人员")?, done.position).await
}

/// Personal data is sealed: whoever may see it does, and others see it masked.
async fn seen_by(stage: &Stage, member: &Member, min_position: u64) -> Outcome {
    let get = registry::GetPersonRequest {
        name: member.name(),
        view: registry::PersonView::Full.into(),
        min_position,
        ..registry::GetPersonRequest::default()
    };
    let begun = Instant::now();
    let full = stage.registrar.registry().get_person(patient(get.clone())).await?.into_inner();
    let seconds = begun.elapsed().as_secs_f64();
    println!("  视图追上导入 views caught up: {seconds:.1} 秒");
    let basic = registry::GetPersonRequest { view: registry::PersonView::Basic.into(), ..get };
    let basic = stage.auditor.registry().get_person(patient(basic)).await?.into_inner();
    let private = |person: Option<registry::Person>| {
        there(person, "人员").map(|person| person.private_profile.unwrap_or_default())
    };
    let (full, basic) = (private(full.person)?, private(basic.person)?);
    let number = member.row().identity.number.reveal();
    ensure!(full.identity_number == number, "登记人看不到完整的身份证号");
    ensure!(!basic.identity_number.contains(number), "身份证号对审计人员没有隐去");
    println!(
        "  {}:登记人可见 {} {};审计人员只见 {} {}",
        member.name(),
        full.full_name,
        full.identity_number,
        basic.full_name,
        basic.identity_number
    );
    Ok(())
}

/// 期初
pub(crate) async fn openings(stage: &mut Stage, rosters: &[Roster]) -> Outcome {
    stage.step("录入期初任职", "opening balances");
    let begun = Instant::now();
    let manager = &stage.manager;
    let opened = stream::iter(rosters).map(|roster| async move {
        let holders = roster.members.iter().filter_map(|member| {
            Some(quota::OpeningHolder {
                person: member.name(),
                rank: member.rank.clone()?,
                since: Some(date(member.since)),
                ..quota::OpeningHolder::default()
            })
        });
        let holders: Vec<_> = holders.collect();
        let count = holders.len() as u64;
        let mut held = 0;
        for batch in holders.chunks(OPENING_MAX) {
            let request = quota::RecordOpeningBalancesRequest {
                account: roster.account.clone(),
                holders: batch.to_vec(),
                basis: basis(5, crate::people::CUT_OVER),
                request_id: new_id(),
                ..quota::RecordOpeningBalancesRequest::default()
            };
            let answer = manager.quota().record_opening_balances(request).await?.into_inner();
            let account = there(answer.account, "账户")?;
            adds_up(&account)?;
            held = u64::from(account.holders);
        }
        ensure!(held == count, "{} 应有 {count} 人任职级,实际 {held}", roster.account);
        Ok::<_, Fault>(count)
    });
    let counts: Vec<u64> = opened.buffer_unordered(IN_FLIGHT).try_collect().await?;
    pace("录入任职 holders opened", counts.iter().sum(), begun);
    println!("  涉及 {} 个账户;其余人员任领导职务,不占职级职数", rosters.len());
    Ok(())
}

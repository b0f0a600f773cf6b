//! Calendars: whole years with a source; a year that is published again says so.

use jiff::civil::date;
use quanheng_api::quanheng::policy::v1 as wire;
use quanheng_policy::calendar::BUNDLED;
use tonic::Code;

use crate::world::{Kind, World, on_every_backend, request_id};
use crate::{county, national, provincial};

on_every_backend!(a_year_is_published_and_replaced);

const SOURCE: &str = "国办发明电〔2026〕9号";

/// The days off of a year as they might be.
pub(crate) fn year(year: i16) -> String {
    let days = [
        ("01-01", "元旦"),
        ("02-06", "春节"),
        ("02-07", "春节"),
        ("02-08", "春节"),
        ("04-05", "清明节"),
        ("05-01", "劳动节"),
        ("06-09", "端午节"),
        ("10-01", "国庆节、中秋节"),
        ("10-02", "国庆节、中秋节"),
    ];
    let lines = days.map(|(day, occasion)| format!("{year}-{day},holiday,{occasion}\n"));
    format!("date,kind,occasion\n{}", lines.concat())
}

fn publish(csv: impl Into<String>) -> wire::PublishCalendarRequest {
    wire::PublishCalendarRequest {
        csv: csv.into(),
        source: SOURCE.into(),
        request_id: request_id(),
        validate_only: false,
    }
}

async fn a_year_is_published_and_replaced(kind: Kind) {
    let world = World::new(kind).await;
    let request = publish(year(2027));
    let answer = national(&world).publish_calendar(request.clone()).await.unwrap().into_inner();
    let [first] = answer.years.as_slice() else { panic!("{answer:?}") };
    assert_eq!((first.year, first.holidays, first.makeup_workdays), (2027, 9, 0));
    assert_eq!((first.source.as_str(), first.publisher.as_str()), (SOURCE, "principals/zhang"));
    assert!(!first.replaces && first.publish_time.is_some());

    let head = world.head().await;
    let again = national(&world).publish_calendar(request).await.unwrap().into_inner();
    assert_eq!((&again, world.head().await), (&answer, head));

    // 2027-02-13 is a Saturday.
    let more = format!("{}2027-02-13,workday,春节\n", year(2027));
    let more = format!("{more}{}", year(2028).split_once('\n').unwrap().1);
    let answer = national(&world).publish_calendar(publish(more)).await.unwrap().into_inner();
    let told: Vec<_> =
        answer.years.iter().map(|y| (y.year, y.makeup_workdays, y.replaces)).collect();
    assert_eq!(told, [(2027, 1, true), (2028, 0, false)]);

    let list = wire::ListCalendarsRequest { min_position: answer.position };
    let listed = county(&world).list_calendars(list).await.unwrap().into_inner();
    assert_eq!(listed.years, answer.years);
    assert!(listed.position >= answer.position);
    let shelf = world.realm.policies.shelf();
    assert_eq!(shelf.calendar().is_working_day(date(2027, 2, 13)), Ok(true));
    assert_eq!(shelf.calendar().is_working_day(date(2027, 6, 9)), Ok(false));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_whole_is_refused() {
    let world = World::new(Kind::Sqlite).await;
    let without = |occasion: &str| -> String {
        year(2027)
            .lines()
            .filter(|line| !line.contains(occasion))
            .map(|l| format!("{l}\n"))
            .collect()
    };
    for (case, csv, field) in [
        ("no text", String::new(), "csv"),
        ("no heading", year(2027).split_once('\n').unwrap().1.to_owned(), "csv:1"),
        ("no line", "date,kind,occasion\n".to_owned(), "csv:1"),
        ("no day", year(2027).replace("2027-04-05", "2027-04-31"), "csv:6"),
        ("no kind", year(2027).replace("2027-01-01,holiday", "2027-01-01,off"), "csv:2"),
        ("a day twice", year(2027).replace("2027-02-07", "2027-02-06"), "csv:4"),
        ("no 清明", without("清明"), "csv:2"),
        ("no 国庆", without("国庆"), "csv:2"),
        ("a weekday made up", format!("{}2027-02-10,workday,春节\n", year(2027)), "csv:11"),
        ("half of the next year", format!("{}2028-01-01,holiday,元旦\n", year(2027)), "csv:11"),
    ] {
        let refused = world.refused(national(&world).publish_calendar(publish(csv))).await;
        refused.is(Code::InvalidArgument, "INVALID_FIELD");
        assert_eq!(refused.0.fields, [field], "{case}");
    }
    let request = wire::PublishCalendarRequest { source: "通知".into(), ..publish(year(2027)) };
    let refused = world.refused(national(&world).publish_calendar(request)).await;
    refused.is(Code::InvalidArgument, "DOCUMENT_NUMBER_FORMAT");
    assert_eq!(refused.0.fields, ["source"]);
    for mut caller in [provincial(&world), county(&world)] {
        let refused = world.refused(caller.publish_calendar(publish(year(2027)))).await;
        refused.is(Code::PermissionDenied, "ACCESS_DENIED");
    }
    let trial = wire::PublishCalendarRequest { validate_only: true, ..publish(year(2027)) };
    assert_eq!(national(&world).publish_calendar(trial).await.unwrap().into_inner().years.len(), 1);
    let list = wire::ListCalendarsRequest::default();
    let listed = national(&world).list_calendars(list).await.unwrap().into_inner();
    assert!(listed.years.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shipped_may_be_published() {
    let world = World::new(Kind::Sqlite).await;
    let answer = national(&world).publish_calendar(publish(BUNDLED)).await.unwrap().into_inner();
    assert_eq!(answer.years.len(), 23);
}

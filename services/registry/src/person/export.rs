//! The roster (人员信息) as a file.

use std::collections::HashMap;

use bytes::Bytes;
use futures::stream;
use jiff::civil::Date;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_policy::UnitId;
use quanheng_runtime::reading::{Horizon, state_at};
use quanheng_runtime::{Call, Failure, Shelf};
use quanheng_sheets::{CsvWriter, Encoding, SheetWriter, Value, WriteError, persons};
use quanheng_streams::{self as streams, AuditEvent};

use super::list::{Pages, keys_of};
use super::read::{Detail, Held, note};
use super::roster;
use super::view::PersonDoc;
use crate::grpc::Exported;

/// Persons of a file at most.
const PERSONS_MAX: u64 = 200_000;
/// Bytes of a piece of the file.
const PIECE_BYTES: usize = 64 * 1024;

enum Writer {
    Xlsx(Box<SheetWriter<'static>>),
    Csv(Box<CsvWriter<'static>>),
}

impl Writer {
    fn new(format: wire::SheetFormat) -> Result<Self, WriteError> {
        let csv = |encoding| CsvWriter::new(&persons::FORM, encoding).map(Box::new).map(Self::Csv);
        match format {
            wire::SheetFormat::Unspecified | wire::SheetFormat::Xlsx => {
                SheetWriter::new(&persons::FORM).map(Box::new).map(Self::Xlsx)
            }
            wire::SheetFormat::CsvUtf8 => csv(Encoding::Utf8),
            wire::SheetFormat::CsvGb18030 => csv(Encoding::Gb18030),
        }
    }

    fn row(&mut self, values: &[Value]) -> Result<(), WriteError> {
        match self {
            Self::Xlsx(writer) => writer.row(values),
            Self::Csv(writer) => writer.row(values),
        }
    }

    fn finish(self) -> Result<Vec<u8>, WriteError> {
        match self {
            Self::Xlsx(writer) => writer.finish(),
            Self::Csv(writer) => writer.finish(),
        }
    }
}

fn write_failure(error: &WriteError) -> Failure {
    match error {
        WriteError::Encoding => Failure::field("format", "有 GB18030 无法表示的字符,请用其他格式"),
        error => Failure::internal(error),
    }
}

/// 导出人员
pub(crate) async fn export(
    call: &Call,
    request: wire::ExportPersonsRequest,
) -> Result<Exported<wire::ExportPersonsResponse>, Failure> {
    let detail = Detail::of(call, request.view())?;
    let mut writer = Writer::new(request.format()).map_err(|error| write_failure(&error))?;
    let mut pages = Pages::of(call, &request.filter, request.min_position).await?;
    let shelf = call.realm.policies.shelf_at(pages.position()?, call.deadline).await?;
    let mut file =
        File { call, shelf: &shelf, today: call.realm.today(), detail, units: HashMap::new() };
    let mut count: u64 = 0;
    while let Some(documents) = pages.next().await? {
        let keys = keys_of(call, &documents).await?;
        for document in &documents {
            count += 1;
            if count > PERSONS_MAX {
                return Err(Failure::bound("export_persons_max", PERSONS_MAX, count));
            }
            let values = file.row(document, keys.get(&document.name), count).await?;
            writer.row(&values).map_err(|error| write_failure(&error))?;
        }
    }
    // Packing the file takes a while.
    let finished = tokio::task::spawn_blocking(move || writer.finish()).await;
    let content = finished.map_err(Failure::internal)?.map_err(|error| write_failure(&error))?;
    if detail == Detail::Full {
        let event = AuditEvent::PersonsExported { persons: count, filter: request.filter };
        note(call, streams::exports(&call.principal.id), &event).await?;
    }
    Ok(Box::pin(stream::iter(pieces(content.into()))))
}

fn pieces(
    content: Bytes,
) -> impl Iterator<Item = Result<wire::ExportPersonsResponse, tonic::Status>> + Send {
    let starts = (0..content.len()).step_by(PIECE_BYTES);
    starts.map(move |start| {
        let end = content.len().min(start + PIECE_BYTES);
        Ok(wire::ExportPersonsResponse { content: content.slice(start..end).to_vec() })
    })
}

/// What the rows of a file are made with.
struct File<'a> {
    call: &'a Call,
    shelf: &'a Shelf,
    today: Date,
    detail: Detail,
    /// The names of units, each looked up once.
    units: HashMap<UnitId, Option<String>>,
}

impl File<'_> {
    async fn row(
        &mut self,
        document: &PersonDoc,
        held: Option<&Held>,
        serial: u64,
    ) -> Result<Vec<Value>, Failure> {
        let serial = u32::try_from(serial).ok();
        let (person, key) = match (&document.state, held) {
            (Some(person), Some(Held::Key(key))) => (person, key),
            (None, _) | (_, Some(Held::Erased(_))) => {
                return Ok(roster::erased(serial, &document.name));
            }
            _ => return Err(Failure::internal("the key of a person is missing")),
        };
        let slot = person.slot_on(self.today).map(|(_, slot)| slot);
        let unit = slot.or_else(|| super::decide::newest_slot(person)).map(|slot| &slot.unit);
        let unit_name = match unit {
            Some(unit) => self.unit_name(unit).await?,
            None => None,
        };
        let division = document.division.as_ref();
        let policy = division.map(|division| self.shelf.policy(division, self.today));
        let row = roster::Row {
            person,
            key,
            serial,
            unit: unit.cloned(),
            unit_name,
            policy: policy.as_ref(),
            today: self.today,
        };
        match self.detail {
            Detail::Basic => row.masked(),
            Detail::Full => row.whole(),
        }
    }

    async fn unit_name(&mut self, unit: &UnitId) -> Result<Option<String>, Failure> {
        if let Some(name) = self.units.get(unit) {
            return Ok(name.clone());
        }
        let stream = streams::unit(unit);
        let read = state_at::<streams::Units>(&self.call.realm.log, stream, Horizon::Now).await?;
        let known =
            read.0.and_then(|unit| unit.as_of(self.today).or_else(|| unit.as_of(Date::MAX)));
        let name = known.map(|profile| profile.name);
        self.units.insert(unit.clone(), name.clone());
        Ok(name)
    }
}

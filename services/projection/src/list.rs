//! How each projection is doing, and what its collections can be asked.

use quanheng_api::quanheng::projection::v1 as wire;
use quanheng_projection::{Collection, Index, Status};
use quanheng_runtime::reading::read_failure;
use quanheng_runtime::{Call, Failure};

pub(crate) async fn list(call: &Call) -> Result<wire::ListProjectionsResponse, Failure> {
    let projections = &call.realm.projections;
    let mut listed = Vec::new();
    for status in projections.status().await.map_err(read_failure)? {
        let view = projections.view(status.name).map_err(read_failure)?;
        let collections = view.definition().collections().iter().map(collection);
        listed.push(projection(status, collections.collect()));
    }
    Ok(wire::ListProjectionsResponse { projections: listed })
}

fn projection(status: Status, collections: Vec<wire::Collection>) -> wire::Projection {
    let failed_position = status.failure.as_ref().map_or(0, |failure| failure.position.0);
    let reason = status.failure.map(|failure| failure.reason).or(status.trouble);
    wire::Projection {
        name: status.name.to_owned(),
        version: status.version,
        position: status.position.0,
        head: status.head.0,
        lag: status.lag,
        failure: reason.unwrap_or_default(),
        failed_position,
        collections,
    }
}

fn collection(collection: &Collection) -> wire::Collection {
    let fields = collection.columns.iter().map(|column| column.name);
    let by_id = Some(Index::BY_ID).filter(|by_id| !collection.indexes.contains(by_id));
    let served = by_id.iter().chain(collection.indexes);
    wire::Collection {
        name: collection.name.to_owned(),
        fields: std::iter::once("id").chain(fields).map(str::to_owned).collect(),
        served: served.map(ToString::to_string).collect(),
    }
}

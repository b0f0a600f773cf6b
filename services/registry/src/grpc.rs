//! The service: each RPC lets the call in and hands it to its room.

use std::pin::Pin;
use std::sync::Arc;

use futures::Stream;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_api::quanheng::registry::v1::registry_service_server::{
    RegistryService, RegistryServiceServer,
};
use quanheng_identity::Action;
use quanheng_runtime::House;
use tonic::{Request, Response, Status, Streaming};

use crate::{import, person, post, unit};

/// The registry service.
#[derive(Clone)]
pub struct RegistryApi {
    house: Arc<House>,
    imports: import::Imports,
}

impl RegistryApi {
    /// The service over a house; imports go on in `imports`.
    #[must_use]
    pub fn new(house: Arc<House>, imports: import::Imports) -> Self {
        Self { house, imports }
    }

    /// As a server.
    #[must_use]
    pub fn server(self) -> RegistryServiceServer<Self> {
        RegistryServiceServer::new(self)
    }
}

/// What an export streams.
pub(crate) type Exported<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

macro_rules! methods {
    (
        unary { $($name:ident($request:ident -> $response:ident) = $rpc:literal, $action:ident, $handler:path;)+ }
        import { $($import:ident($chunk:ident -> $started:ident) = $import_rpc:literal, $import_action:ident, $importer:path;)+ }
        export { $($export:ident as $stream:ident($asked:ident -> $piece:ident) = $export_rpc:literal, $export_action:ident, $exporter:path;)+ }
    ) => {
        #[tonic::async_trait]
        impl RegistryService for RegistryApi {
            $(
                async fn $name(
                    &self,
                    request: Request<wire::$request>,
                ) -> Result<Response<wire::$response>, Status> {
                    const METHOD: &str = concat!("quanheng.registry.v1.RegistryService/", $rpc);
                    let call = self.house.enter(&request, METHOD, Action::$action)?;
                    let answer = $handler(&call, request.into_inner()).await;
                    Ok(Response::new(answer?))
                }
            )+
            $(
                async fn $import(
                    &self,
                    request: Request<Streaming<wire::$chunk>>,
                ) -> Result<Response<wire::$started>, Status> {
                    const METHOD: &str =
                        concat!("quanheng.registry.v1.RegistryService/", $import_rpc);
                    let call = self.house.enter(&request, METHOD, Action::$import_action)?;
                    let answer = $importer(&self.imports, &call, request.into_inner()).await;
                    Ok(Response::new(answer?))
                }
            )+
            $(
                type $stream = Exported<wire::$piece>;
                async fn $export(
                    &self,
                    request: Request<wire::$asked>,
                ) -> Result<Response<Self::$stream>, Status> {
                    const METHOD: &str =
                        concat!("quanheng.registry.v1.RegistryService/", $export_rpc);
                    let call = self.house.enter(&request, METHOD, Action::$export_action)?;
                    let answer = $exporter(&call, request.into_inner()).await;
                    Ok(Response::new(answer?))
                }
            )+
        }
    };
}

methods! {
    unary {
        create_unit(CreateUnitRequest -> CreateUnitResponse) = "CreateUnit", UnitsWrite, unit::create;
        get_unit(GetUnitRequest -> GetUnitResponse) = "GetUnit", UnitsRead, unit::get;
        list_units(ListUnitsRequest -> ListUnitsResponse) = "ListUnits", UnitsRead, unit::list;
        update_unit(UpdateUnitRequest -> UpdateUnitResponse) = "UpdateUnit", UnitsWrite, unit::update;
        change_units(ChangeUnitsRequest -> ChangeUnitsResponse) = "ChangeUnits", UnitsWrite, unit::change;
        list_unit_history(ListUnitHistoryRequest -> ListUnitHistoryResponse) = "ListUnitHistory", UnitsRead, unit::history;
        create_post(CreatePostRequest -> CreatePostResponse) = "CreatePost", PostsWrite, post::create;
        get_post(GetPostRequest -> GetPostResponse) = "GetPost", UnitsRead, post::get;
        list_posts(ListPostsRequest -> ListPostsResponse) = "ListPosts", UnitsRead, post::list;
        update_post(UpdatePostRequest -> UpdatePostResponse) = "UpdatePost", PostsWrite, post::update;
        create_person(CreatePersonRequest -> CreatePersonResponse) = "CreatePerson", PersonsWrite, person::create;
        get_person(GetPersonRequest -> GetPersonResponse) = "GetPerson", PersonsRead, person::get;
        list_persons(ListPersonsRequest -> ListPersonsResponse) = "ListPersons", PersonsRead, person::list;
        update_person(UpdatePersonRequest -> UpdatePersonResponse) = "UpdatePerson", PersonsWrite, person::update;
        record_person_events(RecordPersonEventsRequest -> RecordPersonEventsResponse) = "RecordPersonEvents", PersonsWrite, person::record_events;
        record_opening_facts(RecordOpeningFactsRequest -> RecordOpeningFactsResponse) = "RecordOpeningFacts", PersonsWrite, person::record_opening;
        list_person_history(ListPersonHistoryRequest -> ListPersonHistoryResponse) = "ListPersonHistory", PersonsRead, person::history;
        erase_person(ErasePersonRequest -> ErasePersonResponse) = "ErasePerson", PersonsErase, person::erase;
    }
    import {
        import_units(ImportUnitsRequest -> ImportUnitsResponse) = "ImportUnits", UnitsWrite, import::units;
        import_posts(ImportPostsRequest -> ImportPostsResponse) = "ImportPosts", PostsWrite, import::posts;
        import_persons(ImportPersonsRequest -> ImportPersonsResponse) = "ImportPersons", PersonsWrite, import::persons;
    }
    export {
        export_units as ExportUnitsStream(ExportUnitsRequest -> ExportUnitsResponse) = "ExportUnits", UnitsRead, unit::export;
        export_posts as ExportPostsStream(ExportPostsRequest -> ExportPostsResponse) = "ExportPosts", UnitsRead, post::export;
        export_persons as ExportPersonsStream(ExportPersonsRequest -> ExportPersonsResponse) = "ExportPersons", PersonsRead, person::export;
    }
}

//! The service: each RPC lets the call in, makes a command of the message, and answers.

mod accounts;
mod filing;
mod holds;
mod pools;
mod pre_reviews;
mod reads;
mod reconcile;
mod reserves;
mod seats;
mod simulate;
mod transfers;

use std::sync::Arc;

use prost::Message;
use quanheng_api::Mutation;
use quanheng_api::quanheng::quota::v1 as wire;
use quanheng_api::quanheng::quota::v1::quota_service_server::{QuotaService, QuotaServiceServer};
use quanheng_identity::Action;
use quanheng_ledger::command::Command;
use quanheng_ledger::id::AccountKey;
use quanheng_runtime::{Call, Decided, Done, Failure, House, check_etag, next_etag};
use quanheng_streams::account_stream;
use tonic::{Request, Response, Status};

use crate::message;
use quanheng_casework::{Scope, Sight, run};

/// The quota service.
#[derive(Clone)]
pub struct QuotaApi {
    house: Arc<House>,
}

impl QuotaApi {
    /// The service over a house.
    #[must_use]
    pub fn new(house: Arc<House>) -> Self {
        Self { house }
    }

    /// As a server.
    #[must_use]
    pub fn server(self) -> QuotaServiceServer<Self> {
        QuotaServiceServer::new(self)
    }
}

/// Executes one command on one account; answers with the account as it will be.
pub(crate) async fn on_account<R: Mutation + Message>(
    call: &Call,
    request: &R,
    key: AccountKey,
    scope: Scope,
    command: impl Fn(&Sight<'_>) -> Result<Command, Failure> + Send + Sync + 'static,
) -> Result<Done<wire::QuotaAccount>, Failure> {
    let given = request.etag().to_owned();
    run(call, request, scope, move |sight| {
        let account = sight.existing(&key)?;
        let division = sight.division(&key, Some(account))?;
        sight.governs(&division)?;
        check_etag(sight.desk, &account_stream(&key), &given)?;
        let events = sight.decide(&key, &division, command(sight)?, sight.today)?;
        let (drafts, after) = sight.written(&key, &division, &events)?;
        let etag = next_etag(sight.desk, &account_stream(&key), &drafts);
        Ok(Decided::new(drafts, message::account(&after, etag)))
    })
    .await
}

macro_rules! methods {
    ($($name:ident($request:ident -> $response:ident) = $rpc:literal, $action:ident, $handler:path;)+) => {
        #[tonic::async_trait]
        impl QuotaService for QuotaApi {
            $(
                async fn $name(
                    &self,
                    request: Request<wire::$request>,
                ) -> Result<Response<wire::$response>, Status> {
                    const METHOD: &str = concat!("quanheng.quota.v1.QuotaService/", $rpc);
                    let call = self.house.enter(&request, METHOD, Action::$action)?;
                    let answer = $handler(&call, request.into_inner()).await;
                    Ok(Response::new(answer?))
                }
            )+
        }
    };
}

methods! {
    get_quota_account(GetQuotaAccountRequest -> GetQuotaAccountResponse) = "GetQuotaAccount", QuotaRead, reads::get_account;
    list_quota_accounts(ListQuotaAccountsRequest -> ListQuotaAccountsResponse) = "ListQuotaAccounts", QuotaRead, reads::list_accounts;
    list_ledger_entries(ListLedgerEntriesRequest -> ListLedgerEntriesResponse) = "ListLedgerEntries", QuotaRead, reads::list_entries;
    list_holders(ListHoldersRequest -> ListHoldersResponse) = "ListHolders", QuotaRead, reads::list_holders;
    compute_entitlement(ComputeEntitlementRequest -> ComputeEntitlementResponse) = "ComputeEntitlement", QuotaRead, accounts::compute_entitlement;
    determine_quota(DetermineQuotaRequest -> DetermineQuotaResponse) = "DetermineQuota", QuotaDetermine, accounts::determine;
    record_opening_balances(RecordOpeningBalancesRequest -> RecordOpeningBalancesResponse) = "RecordOpeningBalances", QuotaDetermine, seats::record_opening;
    create_pool(CreatePoolRequest -> CreatePoolResponse) = "CreatePool", QuotaDetermine, pools::create;
    update_pool(UpdatePoolRequest -> UpdatePoolResponse) = "UpdatePool", QuotaDetermine, pools::update;
    allocate_seats(AllocateSeatsRequest -> AllocateSeatsResponse) = "AllocateSeats", QuotaDetermine, transfers::allocate;
    lend_seats(LendSeatsRequest -> LendSeatsResponse) = "LendSeats", QuotaDetermine, transfers::lend;
    return_seats(ReturnSeatsRequest -> ReturnSeatsResponse) = "ReturnSeats", QuotaDetermine, transfers::give_back;
    set_reserve(SetReserveRequest -> SetReserveResponse) = "SetReserve", QuotaDetermine, reserves::set;
    release_reserve(ReleaseReserveRequest -> ReleaseReserveResponse) = "ReleaseReserve", QuotaDetermine, reserves::release;
    request_pre_review(RequestPreReviewRequest -> RequestPreReviewResponse) = "RequestPreReview", QuotaRequest, pre_reviews::request;
    get_pre_review(GetPreReviewRequest -> GetPreReviewResponse) = "GetPreReview", QuotaRead, reads::get_pre_review;
    list_pre_reviews(ListPreReviewsRequest -> ListPreReviewsResponse) = "ListPreReviews", QuotaRead, reads::list_pre_reviews;
    withdraw_pre_review(WithdrawPreReviewRequest -> WithdrawPreReviewResponse) = "WithdrawPreReview", QuotaRequest, pre_reviews::withdraw;
    extend_hold(ExtendHoldRequest -> ExtendHoldResponse) = "ExtendHold", QuotaDecide, holds::extend;
    release_hold(ReleaseHoldRequest -> ReleaseHoldResponse) = "ReleaseHold", QuotaDecide, holds::release;
    resume_hold(ResumeHoldRequest -> ResumeHoldResponse) = "ResumeHold", QuotaDecide, holds::resume;
    occupy_seats(OccupySeatsRequest -> OccupySeatsResponse) = "OccupySeats", QuotaDecide, seats::occupy;
    place_holder(PlaceHolderRequest -> PlaceHolderResponse) = "PlaceHolder", QuotaDecide, seats::place;
    vacate_seats(VacateSeatsRequest -> VacateSeatsResponse) = "VacateSeats", QuotaDecide, seats::vacate;
    file_use(FileUseRequest -> FileUseResponse) = "FileUse", QuotaRequest, filing::file;
    return_filing(ReturnFilingRequest -> ReturnFilingResponse) = "ReturnFiling", QuotaDecide, filing::give_back;
    set_digestion_plan(SetDigestionPlanRequest -> SetDigestionPlanResponse) = "SetDigestionPlan", QuotaDetermine, accounts::set_digestion_plan;
    reverse_entry(ReverseEntryRequest -> ReverseEntryResponse) = "ReverseEntry", QuotaDetermine, accounts::reverse;
    simulate_use(SimulateUseRequest -> SimulateUseResponse) = "SimulateUse", QuotaRead, simulate::simulate;
    reconcile_account(ReconcileAccountRequest -> ReconcileAccountResponse) = "ReconcileAccount", QuotaRead, reconcile::reconcile;
}

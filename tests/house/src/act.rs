//! Acting on cases as the people of a test do, without the service of tasks.

use std::sync::Arc;

use quanheng_api::quanheng::quota::v1::DetermineQuotaResponse;
use quanheng_casework::case::{Matter, Said, act};
use quanheng_casework::{Scope, Sight, in_one, run_asked};
use quanheng_identity::Principal;
use quanheng_policy::PersonId;
use quanheng_runtime::{Asked, Decided, Failure, House};
use quanheng_streams::{self as streams, CaseKey};
use quanheng_workflow::case::{Case, TaskNr, TaskState};
use quanheng_workflow::command::Command;

use crate::{TestHouse, principal};

impl TestHouse {
    /// A case as it is.
    ///
    /// # Panics
    /// When the log cannot be read.
    pub async fn case(&self, key: &CaseKey) -> Option<Case> {
        use quanheng_runtime::reading::{Horizon, state_at};
        let stream = streams::case(key);
        let read = state_at::<streams::Cases>(&self.realm.log, stream, Horizon::Now).await;
        read.expect("the log is read").0
    }

    /// The first task of a case that can be acted on.
    ///
    /// # Panics
    /// When there is none.
    pub async fn task(&self, key: &CaseKey) -> TaskNr {
        let case = self.case(key).await.expect("a case");
        let open = case.open.unwrap_or_else(|| panic!("{key} has ended: {:?}", case.ended));
        let task = open.tasks.iter().find(|task| task.state == TaskState::Open);
        task.unwrap_or_else(|| panic!("no open task in {key}: {open:?}")).nr
    }

    /// Acts on a case: `command` is made of the task that is open.
    ///
    /// # Errors
    /// What refuses it.
    pub async fn act<M: Matter + Clone>(
        &self,
        matter: &M,
        key: &CaseKey,
        said: Said,
        command: Command,
    ) -> Result<Case, Failure> {
        self.act_in_one(matter, vec![(key.clone(), command)], said).await?;
        Ok(self.case(key).await.expect("a case"))
    }

    /// Acts on several cases in one commit.
    ///
    /// # Errors
    /// What refuses the first of them that is refused.
    pub async fn act_in_one<M: Matter + Clone>(
        &self,
        matter: &M,
        acts: Vec<(CaseKey, Command)>,
        said: Said,
    ) -> Result<(), Failure> {
        let who: Principal = principal("test-actor", &quanheng_identity::Role::ALL);
        let call = House::job(&self.realm, Arc::new(who), "quanheng.test/Act");
        let scope = Scope::new(&call, Vec::new());
        let request_id = uuid::Uuid::now_v7();
        let asked = Asked { request_id, body: request_id.as_bytes().to_vec(), trial: false };
        let matter = matter.clone();
        let done = run_asked(&call, &asked, scope, move |sight| {
            let decisions = acts.iter().map(|(key, command)| {
                let (matter, said) = (&matter, &said);
                move |sight: &Sight<'_>| {
                    act(sight, matter, key, command.clone(), said).map(|done| (done.drafts, ()))
                }
            });
            let (drafts, _) = in_one(sight, decisions)?;
            Ok(Decided::new(drafts, DetermineQuotaResponse::default()))
        });
        done.await.map(drop)
    }
}

/// A person of a test.
///
/// # Panics
/// When the id is none.
#[must_use]
pub fn person(id: &str) -> PersonId {
    PersonId::new(id).expect("an id")
}

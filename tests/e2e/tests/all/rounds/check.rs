//! What must hold, as anybody reads it.

use std::collections::{BTreeMap, BTreeSet};

use promotion::PromotionRequestState as State;
use quanheng_api::quanheng::approval::v1 as approval;
use quanheng_api::quanheng::promotion::v1 as promotion;
use quanheng_api::quanheng::quota::v1 as quota;
use quanheng_api::quanheng::registry::v1 as registry;

use super::game::{Game, Known, STEPS};
use super::town::{CLERKS, FROM, TO};

const EVENTS: &str = "quanheng.promotion.";

impl Game {
    /// A request as it is by now.
    pub(super) async fn request(&self, id: &str) -> promotion::PromotionRequest {
        let message = promotion::GetPromotionRequestRequest {
            name: format!("promotionRequests/{id}"),
            min_position: self.farm.head().await,
            with_details: false,
        };
        let read = self.farm.read(|client| {
            let message = message.clone();
            async move { client.promotion().get_promotion_request(message).await }
        });
        read.await.into_inner().request.expect("a request")
    }

    /// No seat is lost or doubled; none is held without an open case, or taken without an
    /// appointment or an opening balance.
    pub(super) async fn check_seats(&self) {
        let min_position = self.farm.head().await;
        let name = self.account();
        let message = quota::GetQuotaAccountRequest {
            name: name.clone(),
            min_position,
            ..Default::default()
        };
        let account = self.farm.read(|client| {
            let message = message.clone();
            async move { client.quota().get_quota_account(message).await }
        });
        let account = account.await.into_inner().account.expect("an account");
        let balance = |set: &str| {
            let found = account.sets.iter().find(|balance| balance.set == set).expect("a set");
            [found.charged, found.held]
        };
        let held: usize = (0..self.rounds.len()).map(|round| self.held(round)).sum();
        assert_eq!(balance("GM07-08"), [self.promoted.len() as u64, held as u64], "{name}");
        assert_eq!(balance("GM07-10"), [CLERKS as u64, 0], "{name}");

        let message = quota::ListHoldersRequest {
            parent: name.clone(),
            min_position,
            page_size: 100,
            ..Default::default()
        };
        let holders = self.farm.read(|client| {
            let message = message.clone();
            async move { client.quota().list_holders(message).await }
        });
        let holders = holders.await.into_inner().holders;
        assert_eq!(holders.len(), CLERKS, "{name}");
        let holders: BTreeMap<String, String> =
            holders.into_iter().map(|holder| (holder.person, holder.rank)).collect();
        let expected = (0..CLERKS).map(|nr| {
            let rank = if self.promoted.contains(&nr) { TO } else { FROM };
            (format!("persons/{}", self.person(nr)), rank.to_owned())
        });
        assert_eq!(holders, expected.collect(), "{name}");
        for round in 0..self.rounds.len() {
            self.check_moves(round, min_position).await;
        }
    }

    async fn check_moves(&self, nr: usize, min_position: u64) {
        let round = &self.rounds[nr];
        let name = format!("{}/holds/{}", self.account(), round.id);
        let message = quota::GetPreReviewRequest { name: name.clone(), min_position };
        let review = self.farm.read(|client| {
            let message = message.clone();
            async move { client.quota().get_pre_review(message).await }
        });
        let moves = review.await.into_inner().pre_review.expect("a pre-review").moves;
        assert_eq!(moves.len(), round.moves, "{name}");
        let held = moves.iter().filter(|m| m.status() == quota::MoveStatus::Held);
        assert_eq!(held.count(), self.held(nr), "{name}: {moves:?}");
        let used = moves.iter().filter(|m| m.status() == quota::MoveStatus::Used);
        let used: BTreeMap<String, bool> = used.map(|m| (m.person.clone(), m.filed)).collect();
        let appointed = self.requests.values().filter(|r| r.round == nr && r.appointed);
        let expected = appointed
            .map(|r| (format!("persons/{}", self.person(r.person)), r.at == Some(STEPS.len())));
        assert_eq!(used, expected.collect(), "{name}: {moves:?}");
        let mut indexes = BTreeSet::new();
        for (id, _) in self.requests.iter().filter(|(_, r)| r.round == nr && r.open()) {
            let request = self.request(id).await;
            assert_eq!(request.hold, name, "{id}");
            assert!(indexes.insert(request.move_index), "{id}: somebody else has its move");
            let own = &moves[request.move_index as usize];
            let expected = match round.expired {
                true => quota::MoveStatus::Ended,
                false => quota::MoveStatus::Held,
            };
            assert_eq!(own.status(), expected, "{id}");
        }
    }

    /// Everything.
    pub(super) async fn check(&self) {
        self.check_seats().await;
        let min_position = self.farm.head().await;
        for nr in 0..CLERKS {
            self.check_rank(nr, min_position).await;
        }
        for (nr, round) in self.rounds.iter().enumerate() {
            let parent = format!("promotionRounds/{}", round.id);
            let message = promotion::ListPromotionRequestsRequest {
                parent,
                min_position,
                page_size: 500,
                ..Default::default()
            };
            let listed = self.farm.read(|client| {
                let message = message.clone();
                async move { client.promotion().list_promotion_requests(message).await }
            });
            let listed = listed.await.into_inner().requests.into_iter();
            let listed: BTreeSet<String> = listed.map(|request| request.name).collect();
            let own = self.requests.iter().filter(|(_, known)| known.round == nr);
            let own = own.map(|(id, _)| format!("promotionRequests/{id}"));
            assert_eq!(listed, own.collect());
        }
        for (id, known) in &self.requests {
            let request = self.request(id).await;
            assert_eq!(request.state(), state(known), "{id} {known:?}");
            let unresolved = request.blockers.contains(&"FEEDBACK_UNRESOLVED".to_owned());
            assert_eq!(unresolved, !known.ended && !known.reports.is_empty(), "{id} {known:?}");
            if known.moves("notice") {
                assert_eq!(request.notice_to, request.due_on, "{id} {known:?}");
            }
            self.check_case(id, known, min_position).await;
            self.check_told(id, known, min_position).await;
        }
    }

    async fn check_rank(&self, nr: usize, min_position: u64) {
        let message = registry::GetPersonRequest {
            name: format!("persons/{}", self.person(nr)),
            as_of: Some(quanheng_api::date(self.today)),
            min_position,
            ..Default::default()
        };
        let person = self.farm.read(|client| {
            let message = message.clone();
            async move { client.registry().get_person(message).await }
        });
        let rank = person.await.into_inner().person.expect("somebody").current_rank;
        let expected = if self.promoted.contains(&nr) { TO } else { FROM };
        assert_eq!(rank, expected, "{}", message.name);
    }

    /// No task is open in a case that has ended, and one in every other but for a notice.
    async fn check_case(&self, id: &str, known: &Known, min_position: u64) {
        let name = format!("cases/request.{id}");
        let message = approval::GetCaseRequest { name, min_position };
        let case = self.farm.read(|client| {
            let message = message.clone();
            async move { client.tasks().get_case(message).await }
        });
        let case = case.await.into_inner();
        let tasks = case.steps.iter().flat_map(|step| &step.tasks);
        let open = tasks.filter(|task| task.state() == approval::TaskState::Open).count();
        let filed = known.at == Some(STEPS.len());
        let waits = known.at.and_then(|at| STEPS.get(at)) == Some(&"notice");
        let expected = usize::from(!known.ended && !filed && !waits);
        assert_eq!(open, expected, "{id} {known:?}");
        let state = case.case.expect("a case").state();
        use approval::CaseState::{Done, Open, Paused, Refused, Withdrawn};
        let expected = match (known.ended, known.withdrawn) {
            (true, true) => Withdrawn,
            (true, false) => Refused,
            (false, _) if filed => Done,
            (false, _) if known.suspended => Paused,
            (false, _) => Open,
        };
        assert_eq!(state, expected, "{id} {known:?}");
    }

    /// Whatever was asked for happened once, however often it was sent.
    async fn check_told(&self, id: &str, known: &Known, min_position: u64) {
        let name = format!("promotionRequests/{id}");
        let message = promotion::GetTimelineRequest { name, min_position };
        let timeline = self.farm.read(|client| {
            let message = message.clone();
            async move { client.promotion().get_timeline(message).await }
        });
        let mut told: BTreeMap<String, usize> = BTreeMap::new();
        for entry in timeline.await.into_inner().entries {
            let event = entry.r#type.strip_prefix(EVENTS).and_then(|e| e.strip_suffix(".v1"));
            if let Some(event) = event {
                *told.entry(event.to_owned()).or_default() += 1;
            }
        }
        let expected = known.told.iter().map(|(event, times)| ((*event).to_owned(), *times));
        assert_eq!(told, expected.collect(), "{id} {known:?}");
    }
}

fn state(known: &Known) -> State {
    match (known.ended, known.withdrawn) {
        (true, true) => return State::Withdrawn,
        (true, false) => return State::Refused,
        _ => {}
    }
    match known.at {
        Some(at) if at == STEPS.len() => State::Filed,
        _ if known.suspended => State::Suspended,
        None => State::Draft,
        Some(0) => State::Submitted,
        Some(1) => State::EligibilityReviewed,
        Some(2) => State::Recommended,
        Some(3) => State::Vetted,
        Some(4) => State::CandidatesDecided,
        Some(5) => State::Noticed,
        Some(6) => State::NoticeEnded,
        Some(7) => State::NoticeClosed,
        Some(8) => State::Approved,
        Some(_) => State::Appointed,
    }
}

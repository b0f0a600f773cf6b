//! Random histories against a plain model. Transactions go in together, in groups, so
//! that they meet in one batch; the positions that come back say in which order they
//! took effect, and in that order the model must agree with every outcome.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::TryStreamExt as _;
use futures::future::join_all;
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use quanheng_eventlog::{
    Bounds, Changes, CommitError, Context, Direction, Expect, Filter, Log, Options, Outcome,
    Position, Proposal, Read, Receipt, Transaction, Version,
};
use quanheng_log_tests::{Count, Fixture, Kind, counted, key, stream};
use uuid::Uuid;

use crate::sizes;

const STREAMS: u8 = 4;

/// A transaction of a random history.
#[derive(Debug, Clone)]
struct Request {
    /// Streams to append to, in order.
    appends: Vec<u8>,
    /// An expectation: a stream, and how far its version is thought to be off; none
    /// thinks that the stream is empty.
    expect: Option<(u8, Option<i8>)>,
    /// A request id and a body; both repeat now and then.
    key: Option<(u8, bool)>,
    /// Whether the sequencer decides, refusing at a count.
    decides: Option<u64>,
}

#[derive(Debug, Clone)]
enum Step {
    Together(Vec<Request>),
    Reopen,
    Read { after: u8, page_size: u8 },
    ReadStream { stream: u8, from: u8, backward: bool },
}

fn request() -> impl Strategy<Value = Request> {
    (
        prop::collection::vec(0..STREAMS, 0..4),
        prop::option::weighted(0.4, (0..STREAMS, prop::option::of(-1..=1_i8))),
        prop::option::weighted(0.5, (0..12_u8, prop::bool::weighted(0.9))),
        prop::option::weighted(0.4, 0..30_u64),
    )
        .prop_map(|(appends, expect, key, decides)| Request { appends, expect, key, decides })
}

/// Which steps are possible does not depend on the state.
#[derive(Clone, Debug)]
struct Histories;

impl ReferenceStateMachine for Histories {
    type State = ();
    type Transition = Step;

    fn init_state() -> BoxedStrategy<()> {
        Just(()).boxed()
    }

    fn transitions((): &()) -> BoxedStrategy<Step> {
        prop_oneof![
            8 => prop::collection::vec(request(), 1..10).prop_map(Step::Together),
            1 => Just(Step::Reopen),
            2 => (any::<u8>(), 0..9_u8)
                .prop_map(|(after, page_size)| Step::Read { after, page_size }),
            2 => (0..STREAMS, 0..20_u8, any::<bool>())
                .prop_map(|(stream, from, backward)| Step::ReadStream { stream, from, backward }),
        ]
        .boxed()
    }

    fn apply((): (), _: &Step) {}
}

/// What the log must hold.
#[derive(Default)]
struct Model {
    /// Stream and version of every event, and where its commit ends.
    events: Vec<(u8, u64, u64)>,
    versions: [u64; STREAMS as usize],
    answers: BTreeMap<u8, (bool, Receipt)>,
}

impl Model {
    fn expected(&self, expect: (u8, Option<i8>)) -> (Expect, bool) {
        let (name, off) = expect;
        let version = self.versions[usize::from(name)];
        match off {
            None => (Expect::None, version == 0),
            Some(off) => match version.checked_add_signed(off.into()) {
                Some(thought) => (Expect::Exact(Version(thought)), off == 0),
                None => (Expect::None, version == 0),
            },
        }
    }
}

struct UnderTest {
    runtime: tokio::runtime::Runtime,
    fixture: Arc<Fixture>,
    log: Log,
    model: Model,
}

fn name(nr: u8) -> quanheng_eventlog::StreamName {
    stream(format!("model/{nr}"))
}

fn proposal(request: &Request, expect: Option<Expect>) -> Proposal {
    let request_key = request.key.map(|(id, body)| {
        let id = Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 + u128::from(id));
        key(id, if body { "body" } else { "another body" })
    });
    let appends = request.appends.clone();
    let answer = format!("{appends:?}");
    if let Some(limit) = request.decides {
        let mut reads: Vec<Read> = appends.iter().map(|nr| Read::version(name(*nr))).collect();
        reads.push(Read::state(name(0), Arc::new(Count)));
        return Proposal::with(Context::default(), request_key, reads, move |desk| {
            if *desk.state::<u64>(&name(0)).expect("on the desk") >= limit {
                return Err("full".into());
            }
            Ok(Changes {
                events: appends.iter().map(|nr| counted(&name(*nr))).collect(),
                answer: answer.clone().into(),
                ..Changes::default()
            })
        });
    }
    let mut transaction =
        appends.iter().fold(Transaction::default(), |tx, nr| tx.append(counted(&name(*nr))));
    if let (Some((nr, _)), Some(expect)) = (request.expect, expect) {
        transaction = transaction.expect(name(nr), expect);
    }
    transaction.key = request_key;
    transaction.changes.answer = answer.into();
    transaction.into()
}

impl UnderTest {
    /// Runs transactions at once, finds out in which order they took effect, and lets
    /// the model agree.
    fn together(&mut self, requests: &[Request]) {
        let expects: Vec<_> = requests
            .iter()
            .map(|request| request.expect.map(|expect| self.model.expected(expect).0))
            .collect();
        let before = self.model.versions;
        let proposals = requests.iter().zip(&expects).map(|(r, e)| proposal(r, *e));
        let commits = proposals.map(|proposal| self.log.commit(proposal));
        let outcomes = self.runtime.block_on(join_all(commits));

        // First what was newly stored, in order of position; what has no events of its
        // own after everything that stands at or before its position.
        let mut stored: Vec<_> = (0..requests.len())
            .filter(|nr| matches!(outcomes[*nr], Ok(Outcome::Committed(_))))
            .collect();
        stored.sort_by_key(|nr| {
            let receipt = outcomes[*nr].as_ref().unwrap().receipt();
            (receipt.position, receipt.versions.is_empty())
        });
        for nr in stored {
            let (request, receipt) = (&requests[nr], outcomes[nr].as_ref().unwrap().receipt());
            if let (None, Some(expect)) = (request.decides, expects[nr]) {
                let (stream, _) = request.expect.unwrap();
                let version = Version(self.model.versions[usize::from(stream)]);
                assert!(allows(expect, version), "{request:?} was stored against {version}");
            }
            if let Some(limit) = request.decides {
                let count = self.model.versions[0];
                assert!(count < limit, "{request:?} was stored at {count}");
            }
            if let Some((id, body)) = request.key {
                let first = self.model.answers.insert(id, (body, receipt.clone()));
                assert!(first.is_none(), "{request:?} took effect twice");
            }
            let end = self.model.events.len() as u64 + request.appends.len() as u64;
            for (at, stream) in request.appends.iter().enumerate() {
                let version = &mut self.model.versions[usize::from(*stream)];
                *version += 1;
                assert_eq!(receipt.versions[at], (name(*stream), Version(*version)));
                self.model.events.push((*stream, *version, end));
            }
            assert_eq!(receipt.versions.len(), request.appends.len());
            assert_eq!(receipt.position.0, self.model.events.len() as u64);
            assert_eq!(receipt.answer, format!("{:?}", request.appends));
        }
        for (nr, outcome) in outcomes.iter().enumerate() {
            let request = &requests[nr];
            let kept = request.key.and_then(|(id, _)| self.model.answers.get(&id));
            match outcome {
                Ok(Outcome::Committed(_)) => {}
                Ok(Outcome::Replayed(receipt)) => {
                    let (body, first) = kept.expect("only what was stored is replayed");
                    assert_eq!((*body, first), (request.key.unwrap().1, receipt));
                }
                Err(CommitError::KeyReused { .. }) => {
                    let (body, _) = kept.expect("only a used id is refused");
                    assert_ne!(*body, request.key.unwrap().1);
                }
                Err(CommitError::Conflict { expected, actual, .. }) => {
                    let (stream, _) = request.expect.unwrap();
                    let stream = usize::from(stream);
                    assert!(!allows(*expected, *actual));
                    let range = before[stream]..=self.model.versions[stream];
                    assert!(range.contains(&actual.0), "{actual} was never the version");
                }
                Err(CommitError::Aborted(_)) => {
                    let limit = request.decides.unwrap();
                    assert!(self.model.versions[0] >= limit, "{request:?} fits");
                }
                Err(error) => panic!("{request:?}: {error}"),
            }
        }
    }

    fn read(&self, after: u64, page_size: usize) {
        let head = self.model.events.len() as u64;
        let after = after.min(head);
        let pages = self.log.read(Position(after), Filter::all(), page_size);
        let pages: Vec<_> = self.runtime.block_on(pages.try_collect()).unwrap();
        let mut next = after;
        for page in pages {
            for record in &page.records {
                let (stream, version, _) = self.model.events[usize::try_from(next).unwrap()];
                next += 1;
                assert_eq!(record.position, Position(next));
                assert_eq!((&record.stream, record.version), (&name(stream), Version(version)));
            }
            assert_eq!(page.through, Position(next));
            let (_, _, end) = self.model.events[usize::try_from(next - 1).unwrap()];
            assert_eq!(end, next, "a page ends where a commit ends");
        }
        assert_eq!(next, head);
    }

    fn read_stream(&self, nr: u8, from: u64, direction: Direction) {
        let records = self.log.read_stream(name(nr), Version(from), direction);
        let records: Vec<_> = self.runtime.block_on(records.try_collect()).unwrap();
        let versions: Vec<u64> = records.iter().map(|record| record.version.0).collect();
        let last = self.model.versions[usize::from(nr)];
        let expected: Vec<u64> = match direction {
            Direction::Forward => (from.max(1)..=last).collect(),
            Direction::Backward => (1..=from.min(last)).rev().collect(),
        };
        assert_eq!(versions, expected);
    }
}

fn allows(expect: Expect, version: Version) -> bool {
    match expect {
        Expect::Exact(expected) => expected == version,
        Expect::None => version == Version::NONE,
        Expect::Any => true,
    }
}

fn options(fixture: &Fixture) -> Options {
    let mut options = fixture.options();
    // Small limits, so that short histories reach them.
    options.bounds = Bounds {
        batch_events_max: 4,
        versions_cached_max: 2,
        states_cached_max: 1,
        catch_up_events_max: 3,
        page_events_max: 7,
        tail_bytes_max: 2_000,
        ..Bounds::default()
    };
    options
}

fn open(kind: Kind) -> UnderTest {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let fixture = Arc::new(Fixture::new(kind));
    let log = runtime.block_on(Log::open(options(&fixture))).unwrap();
    UnderTest { runtime, fixture, log, model: Model::default() }
}

fn step(mut under_test: UnderTest, step: Step) -> UnderTest {
    match step {
        Step::Together(requests) => under_test.together(&requests),
        Step::Reopen => {
            let closing = under_test.log.clone();
            let options = options(&under_test.fixture);
            under_test.log = under_test.runtime.block_on(async move {
                closing.close().await;
                drop(closing);
                Log::open(options).await.unwrap()
            });
        }
        Step::Read { after, page_size } => under_test.read(after.into(), page_size.into()),
        Step::ReadStream { stream, from, backward } => {
            let direction = if backward { Direction::Backward } else { Direction::Forward };
            under_test.read_stream(stream, from.into(), direction);
        }
    }
    under_test
}

fn end(under_test: UnderTest) {
    let events = under_test.model.events.len() as u64;
    under_test.read(0, 3);
    let verified = under_test.runtime.block_on(under_test.log.verify(|_| {})).unwrap();
    assert_eq!(verified.through, Position(events));
    under_test.runtime.block_on(under_test.log.close());
}

macro_rules! model {
    ($module:ident, $kind:expr) => {
        mod $module {
            use super::*;

            struct OfKind;

            impl StateMachineTest for OfKind {
                type SystemUnderTest = UnderTest;
                type Reference = Histories;

                fn init_test((): &()) -> UnderTest {
                    open($kind)
                }

                fn apply(under_test: UnderTest, (): &(), transition: Step) -> UnderTest {
                    step(under_test, transition)
                }

                fn teardown(under_test: UnderTest, (): ()) {
                    end(under_test);
                }
            }

            prop_state_machine! {
                #![proptest_config(ProptestConfig {
                    cases: u32::try_from(sizes::HISTORIES.get()).unwrap(),
                    failure_persistence: None,
                    max_shrink_iters: 200,
                    ..ProptestConfig::default()
                })]
                #[test]
                fn random_histories_agree_with_the_model(sequential 1..25 => OfKind);
            }
        }
    };
}

model!(sqlite, Kind::Sqlite);
model!(postgres, Kind::Postgres);

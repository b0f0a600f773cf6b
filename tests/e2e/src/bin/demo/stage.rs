//! The server, who calls it, and how the steps are told.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::civil::Date;
use quanheng_api::date;
use quanheng_api::google;
use quanheng_api::quanheng::common::v1::Basis;
use quanheng_api::quanheng::quota::v1 as quota;
use quanheng_e2e::{Client, Server, Setup, Who, request_id};

use crate::outcome::{Fault, Outcome, ensure, there};
use crate::table::{Table, thousands};

/// Calls under way at the same time.
pub(crate) const IN_FLIGHT: usize = 32;
/// How long a read waits for the views.
const PATIENCE: Duration = Duration::from_secs(120);

/// The server, and everybody's clients.
pub(crate) struct Stage {
    pub(crate) server: Server,
    /// Registers units and persons.
    pub(crate) registrar: Client,
    /// The department in charge.
    pub(crate) manager: Client,
    /// Its other hand, who decides what others ask for.
    pub(crate) decider: Client,
    /// Asks for units, and could decide as well.
    pub(crate) asker: Client,
    /// Writes down what party groups decide.
    pub(crate) secretary: Client,
    /// Reviews what units ask for.
    pub(crate) reviewer: Client,
    /// Approves it.
    pub(crate) head: Client,
    /// Governs another city.
    pub(crate) stranger: Client,
    pub(crate) auditor: Client,
    pub(crate) operator: Client,
    step: usize,
    title: String,
    begun: Instant,
}

impl Stage {
    /// Starts the server on an empty folder.
    pub(crate) async fn set(folder: Option<PathBuf>) -> Outcome<Self> {
        if let Some(folder) = &folder {
            let found = folder.read_dir().map(|mut entries| entries.next().is_some());
            ensure!(!found.unwrap_or(false), "目录 {} 不是空的", folder.display());
        }
        let setup = Setup { realm: "demo".to_owned(), folder, ..Setup::default() };
        let begun = Instant::now();
        let server = Server::start(setup).await;
        println!(
            "服务已启动 server started: {}({:.1} 秒),数据目录 {}",
            server.address(),
            begun.elapsed().as_secs_f64(),
            server.data().display()
        );
        Ok(Self {
            registrar: server.client(Who::Registrar).await,
            manager: server.client(Who::Manager).await,
            decider: server.client(Who::Decider).await,
            asker: server.client(Who::Everything).await,
            secretary: server.client(Who::Secretary).await,
            reviewer: server.client(Who::Reviewer).await,
            head: server.client(Who::Head).await,
            stranger: server.client(Who::CityManager).await,
            auditor: server.client(Who::Auditor).await,
            operator: server.client(Who::Operator).await,
            server,
            step: 0,
            title: String::new(),
            begun,
        })
    }

    /// A new step.
    pub(crate) fn step(&mut self, chinese: &str, english: &str) {
        self.step += 1;
        chinese.clone_into(&mut self.title);
        println!("\n{}. {chinese}  [{english}]", self.step);
    }

    /// The step at hand, for people.
    pub(crate) fn at(&self) -> String {
        format!("第 {} 步「{}」", self.step, self.title)
    }

    /// How long everything took.
    pub(crate) fn seconds(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }

    /// An account as it is now.
    pub(crate) async fn account(
        &self,
        name: &str,
        min_position: u64,
    ) -> Outcome<quota::QuotaAccount> {
        self.account_on(name, min_position, None).await
    }

    /// An account by the dates of effect.
    pub(crate) async fn account_on(
        &self,
        name: &str,
        min_position: u64,
        as_of: Option<Date>,
    ) -> Outcome<quota::QuotaAccount> {
        let request = quota::GetQuotaAccountRequest {
            name: name.to_owned(),
            min_position,
            as_of: as_of.map(date),
            known_at: None,
        };
        let answer = self.manager.quota().get_quota_account(patient(request)).await?.into_inner();
        there(answer.account, "账户")
    }
}

/// A call that waits: after thousands of commits the views have some way to go, on a slow
/// machine longer than callers wait by themselves.
pub(crate) fn patient<T>(message: T) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    request.set_timeout(PATIENCE);
    request
}

/// How fast something went.
pub(crate) fn pace(what: &str, count: u64, begun: Instant) {
    let seconds = begun.elapsed().as_secs_f64();
    let each = thousands((count as f64 / seconds.max(0.001)) as u64);
    println!("  {what}:{} 项,用时 {seconds:.1} 秒(每秒 {each})", thousands(count));
}

/// A document that a decision rests on.
pub(crate) fn basis(number: u32, on: Date) -> Option<Basis> {
    Some(Basis {
        document_number: format!("示例组通〔{}〕{number}号", on.year()),
        effective_on: Some(date(on)),
    })
}

/// An id that no other request has.
pub(crate) fn new_id() -> String {
    request_id()
}

/// A day as people read it.
pub(crate) fn shown(day: Option<&google::r#type::Date>) -> String {
    day.map(|day| format!("{}-{:02}-{:02}", day.year, day.month, day.day)).unwrap_or_default()
}

/// One of an account's sets.
pub(crate) fn set<'a>(
    account: &'a quota::QuotaAccount,
    id: &str,
) -> Outcome<&'a quota::SetBalance> {
    let found = account.sets.iter().find(|set| set.set == id);
    found.ok_or_else(|| Fault::new(format!("{} 没有职数组 {id}", account.name)))
}

/// What must be true of every balance that an account tells.
pub(crate) fn adds_up(account: &quota::QuotaAccount) -> Outcome {
    for set in &account.sets {
        let signed = |seats: u64| i64::try_from(seats).unwrap_or(i64::MAX);
        let usable = signed(set.determined) - signed(set.allocated_out) + signed(set.allocated_in)
            - signed(set.lent_out)
            + signed(set.borrowed_in);
        let vacancy = usable - signed(set.charged);
        let available = vacancy - signed(set.held) - signed(set.reserved);
        ensure!(
            (usable, vacancy, available) == (set.usable, set.vacancy, set.available)
                && set.charged + set.exempt == set.occupied,
            "{} 的 {} 不平衡:{set:?}",
            account.name,
            set.set
        );
    }
    Ok(())
}

/// The balances of an account.
pub(crate) fn show_account(account: &quota::QuotaAccount) -> Outcome {
    adds_up(account)?;
    let headings = ["职级", "设置", "使用", "空缺", "预审占用", "可用空缺", "标记"];
    let mut table = Table::new(&headings, 1);
    for set in &account.sets {
        let part = if set.of.is_empty() { "" } else { "  其中 " };
        table.row([
            format!("{part}{}", set.label),
            set.determined.to_string(),
            set.charged.to_string(),
            set.vacancy.to_string(),
            set.held.to_string(),
            set.available.to_string(),
            set.badge.clone(),
        ]);
    }
    table.print();
    Ok(())
}

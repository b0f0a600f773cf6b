//! Reading a flow definition: TOML, with located errors, and what must hold of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use quanheng_policy::located::{self, DocumentError};
use sha2::{Digest as _, Sha256};

use crate::definition::{
    Action, Consequence, Counting, Days, Deadline, Definition, Effect, Kind, Mode, Outcome,
    Refusing, Step, StepId,
};

/// A definition that was read and found sound, with the hash of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// The definition.
    pub definition: Definition,
    /// SHA-256 of its text.
    pub hash: [u8; 32],
}

impl Flow {
    /// Reads a definition. `file` is only for errors.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of its lines; a text that is no
    /// definition has one error.
    pub fn read(file: &str, text: &str) -> Result<Arc<Self>, Vec<DocumentError>> {
        let definition: Definition = located::parse(file, text).map_err(|error| vec![error])?;
        let faults = faults(&definition);
        if faults.is_empty() {
            let hash = Sha256::digest(text.as_bytes()).into();
            return Ok(Arc::new(Self { definition, hash }));
        }
        let mut errors: Vec<_> =
            faults.into_iter().map(|fault| fault.located(file, text)).collect();
        errors.sort_by_key(|error| error.line);
        Err(errors)
    }
}

/// What is wrong, and with which step, if with one.
struct Fault {
    step: Option<StepId>,
    key: &'static str,
    expected: String,
}

impl Fault {
    /// At the line that names the step.
    fn located(self, file: &str, text: &str) -> DocumentError {
        let Self { step, key, expected } = self;
        let Some(step) = step else {
            return DocumentError::at(file, text, key.to_owned(), expected);
        };
        let names = |line: &str| {
            let line = line.replace(' ', "");
            line.starts_with(&format!("id=\"{step}\""))
        };
        let line = text.lines().position(names).map_or(1, |nr| nr + 1);
        DocumentError { file: file.to_owned(), line, key: format!("{step}.{key}"), expected }
    }
}

fn faults(definition: &Definition) -> Vec<Fault> {
    let mut faults = Faults { definition, faults: Vec::new() };
    faults.whole();
    for step in &definition.steps {
        faults.step(step);
    }
    if faults.faults.is_empty() {
        faults.ways();
        faults.separation();
        faults.leaps();
    }
    if faults.faults.is_empty() {
        faults.circles();
    }
    faults.faults
}

struct Faults<'a> {
    definition: &'a Definition,
    faults: Vec<Fault>,
}

impl Faults<'_> {
    fn whole_fault(&mut self, key: &'static str, expected: &str) {
        self.faults.push(Fault { step: None, key, expected: expected.to_owned() });
    }

    fn fault(&mut self, step: &Step, key: &'static str, expected: impl Into<String>) {
        let step = Some(step.id.clone());
        self.faults.push(Fault { step, key, expected: expected.into() });
    }

    fn knows(&self, id: &StepId) -> bool {
        self.definition.step(id).is_some() || self.definition.end(id).is_some()
    }

    fn whole(&mut self) {
        let definition = self.definition;
        if definition.format != 1 {
            self.whole_fault("format", "应为 1");
        }
        if quanheng_policy::check_id(&definition.flow).is_err() {
            self.whole_fault("flow", "应为字母、数字、下划线或连字符");
        }
        if definition.version == 0 {
            self.whole_fault("version", "应从 1 起");
        }
        if definition.title.trim().is_empty() {
            self.whole_fault("title", "应写明名称");
        }
        if definition.step(&definition.first).is_none() {
            self.whole_fault("first", "应为已有的步骤");
        }
        let mut seen = BTreeSet::new();
        let steps = definition.steps.iter().map(|step| &step.id);
        let ends = definition.ends.iter().map(|end| &end.id);
        for id in steps.chain(ends) {
            if !seen.insert(id) {
                self.faults.push(Fault {
                    step: Some(id.clone()),
                    key: "id",
                    expected: "步骤与结局的名称不得重复".to_owned(),
                });
            }
        }
        let withdrawn = definition.ends.iter().filter(|end| end.outcome == Outcome::Withdrawn);
        if withdrawn.count() > 1 {
            self.whole_fault("ends", "撤回的结局至多一个");
        }
        for group in &definition.separate {
            let people =
                |id: &StepId| definition.step(id).is_some_and(|step| !step.seats().is_empty());
            if group.len() < 2 || !group.iter().all(people) {
                self.whole_fault("separate", "每组应为两个以上由人办理的步骤");
            }
        }
    }

    fn step(&mut self, step: &Step) {
        for to in step.follows() {
            if !self.knows(to) {
                self.fault(step, "next", format!("没有名为 {to} 的步骤或结局"));
            }
        }
        for (key, text) in [("name", &step.name), ("article", &step.article)] {
            if text.trim().is_empty() {
                self.fault(step, key, "应写明");
            }
        }
        if let Some(deadline) = &step.deadline {
            self.deadline(step, deadline);
        }
        self.kind(step);
        use Effect::{OccupySeats, PlaceHolds, PostNotice, RegisterUnit};
        let binding = [OccupySeats, PlaceHolds, PostNotice, RegisterUnit];
        if step.skippable && binding.iter().any(|effect| step.effects.contains(effect)) {
            self.fault(step, "skippable", "有法律效果的步骤不得省略");
        }
        let people = !matches!(step.kind, Kind::Wait { .. } | Kind::Check { .. });
        if people && step.seats().is_empty() {
            self.fault(step, "seats", "无人可办:应至少写明一个角色");
        }
        let can_withdraw = step.allows(Action::Withdraw) && people;
        if can_withdraw && self.definition.withdrawn().is_none() {
            self.fault(step, "actions", "允许撤回的流程应有一个撤回的结局");
        }
    }

    fn deadline(&mut self, step: &Step, deadline: &Deadline) {
        if deadline.days == Days::Number(0) {
            self.fault(step, "deadline.days", "应至少为 1");
        }
        if deadline.count == Counting::Notice {
            self.fault(step, "deadline.count", "应为 working_days 或 days");
        }
        match (&deadline.then, &step.kind) {
            (_, Kind::Wait { .. } | Kind::Check { .. }) => {
                self.fault(step, "deadline", "等待与核查不设办理期限");
            }
            (Consequence::Go(to), _) if self.approves(step, to) => {
                self.fault(step, "deadline.then", "期限届满不得视为同意");
            }
            (Consequence::Escalate, kind) => {
                let fixed = step
                    .seats()
                    .iter()
                    .any(|seat| seat.level.above().is_none() || seat.actor().is_initiator());
                if fixed || !matches!(kind, Kind::Decide { .. }) {
                    self.fault(step, "deadline.then", "没有上一级可提级办理");
                }
            }
            _ => {}
        }
    }

    /// Whether going there is what a yes leads to.
    fn approves(&self, step: &Step, to: &StepId) -> bool {
        let done = self.definition.end(to).is_some_and(|end| end.outcome == Outcome::Done);
        done || *to == step.next
    }

    fn kind(&mut self, step: &Step) {
        match &step.kind {
            Kind::Decide { how, actions, returns, refused, seats } => {
                if !actions.contains(&Action::Approve) {
                    self.fault(step, "actions", "应含 approve");
                }
                if actions.contains(&Action::Refuse) != refused.is_some() {
                    self.fault(step, "refused", "refuse 与其去向应同时写明");
                }
                if actions.contains(&Action::Return) == returns.is_empty() {
                    self.fault(step, "returns", "return 与可退回的步骤应同时写明");
                }
                let alone = matches!(how, Mode::Any { refusal: Refusing::AfterAll });
                if let Mode::Quorum { threshold } = how
                    && (threshold.numerator() == 0 || !actions.contains(&Action::Refuse))
                {
                    self.fault(step, "how", "票决应有大于零的比例,并允许 refuse");
                }
                let single = seats.len() == 1 && !seats[0].each;
                if single && (matches!(how, Mode::Quorum { .. }) || alone) {
                    self.fault(step, "how", "只有一项任务,应有多人各自办理(each)");
                }
                if actions.contains(&Action::RemoveSigners)
                    && !actions.contains(&Action::AddSigners)
                {
                    self.fault(step, "actions", "减签只减所加的签,应同时允许加签");
                }
            }
            Kind::Record { seats, .. } | Kind::Body { seats, .. }
                if seats.len() > 1 || seats.iter().any(|seat| seat.each) =>
            {
                self.fault(step, "seats", "记录与集体研究由一处办理:只写一个角色,不用 each");
            }
            Kind::Record { fields, actions, .. } => {
                if fields.is_empty() || fields.iter().any(|field| field.trim().is_empty()) {
                    self.fault(step, "fields", "应写明须记录的内容");
                }
                self.side_actions(step, actions);
            }
            Kind::Body { actions, .. } => self.side_actions(step, actions),
            Kind::Wait { period } => {
                if period.days == Days::Number(0) {
                    self.fault(step, "period.days", "应至少为 1");
                }
                if step.skippable {
                    self.fault(step, "skippable", "公示不得省略");
                }
            }
            Kind::Check { checks, .. } => {
                if checks.is_empty() {
                    self.fault(step, "checks", "应写明核查内容");
                }
            }
        }
    }

    /// A record or a meeting is not decided on a task, so only what moves the task is
    /// allowed beside it.
    fn side_actions(&mut self, step: &Step, actions: &BTreeSet<Action>) {
        use Action::{Claim, Copy, Transfer, Urge, Withdraw};
        let able = [Claim, Copy, Transfer, Urge, Withdraw];
        if let Some(action) = actions.iter().find(|action| !able.contains(action)) {
            self.fault(step, "actions", format!("记录与集体研究不允许 {action:?}"));
        }
    }

    /// Every step is reached from the first, and leads to an end.
    fn ways(&mut self) {
        let definition = self.definition;
        let reached = reached(definition, &definition.first);
        for step in &definition.steps {
            if !reached.contains(&step.id) {
                self.fault(step, "id", "从第一步到不了此步");
                continue;
            }
            let onward = self::reached(definition, &step.id);
            if !definition.ends.iter().any(|end| onward.contains(&end.id)) {
                self.fault(step, "next", "此步之后没有结局");
            }
            for back in step.returns() {
                let earlier = definition.step(back);
                match earlier {
                    Some(earlier) if earlier.seats().is_empty() => {
                        self.fault(step, "returns", format!("{back} 不由人办理"));
                    }
                    Some(_) if self::reached(definition, back).contains(&step.id) => {}
                    _ => self.fault(step, "returns", format!("{back} 不在此步之前")),
                }
            }
        }
        let done = |end: &&crate::definition::End| end.outcome == Outcome::Done;
        if !definition.ends.iter().filter(done).any(|end| reached.contains(&end.id)) {
            self.whole_fault("ends", "应有到得了的办结结局");
        }
        for end in &definition.ends {
            let by_withdrawal = end.outcome == Outcome::Withdrawn;
            if !reached.contains(&end.id) && !by_withdrawal {
                self.whole_fault("ends", &format!("结局 {} 到不了", end.id));
            }
        }
    }

    /// Nothing but checks, or steps that may be left out, in a circle: such a case would run
    /// for ever without anybody doing anything.
    fn circles(&mut self) {
        let definition = self.definition;
        let idle = |step: &Step| matches!(step.kind, Kind::Check { .. }) || step.skippable;
        for step in definition.steps.iter().filter(|step| matches!(step.kind, Kind::Check { .. })) {
            let ahead = reached_over(definition, step.follows(), idle);
            if ahead.contains(&step.id) {
                self.fault(step, "next", "核查步骤不得循环");
            }
        }
    }

    /// Time approves nothing: where a deadline leads is not what comes after a yes.
    fn leaps(&mut self) {
        let definition = self.definition;
        for step in &definition.steps {
            let then = step.deadline.as_ref().map(|deadline| &deadline.then);
            let Some(Consequence::Go(to)) = then else { continue };
            if definition.end(to).is_none() && reached(definition, &step.next).contains(to) {
                self.fault(step, "deadline.then", "期限届满不得视为同意");
            }
        }
    }

    /// Where one person may not decide twice, two steps of the same sole actor who is one
    /// person can never both be taken.
    fn separation(&mut self) {
        let definition = self.definition;
        for group in &definition.separate {
            let initiators: Vec<_> = group
                .iter()
                .filter_map(|id| definition.step(id))
                .filter(|step| step.seats().iter().all(|seat| seat.actor().is_initiator()))
                .collect();
            for step in initiators.iter().skip(1) {
                self.fault(step, "separate", "同组另一步已由发起人办理,此步无人可办");
            }
        }
    }
}

/// What can be reached from a step by going on, itself included.
fn reached(definition: &Definition, from: &StepId) -> BTreeSet<StepId> {
    reached_over(definition, [from], |_| true)
}

/// What can be reached by going on, over such steps only.
fn reached_over<'a>(
    definition: &Definition,
    from: impl IntoIterator<Item = &'a StepId>,
    over: impl Fn(&Step) -> bool,
) -> BTreeSet<StepId> {
    let mut reached = BTreeSet::new();
    let mut ahead: Vec<StepId> = from.into_iter().cloned().collect();
    while let Some(id) = ahead.pop() {
        if !reached.insert(id.clone()) {
            continue;
        }
        if let Some(step) = definition.step(&id).filter(|step| over(step)) {
            ahead.extend(step.follows().cloned());
        }
    }
    reached
}

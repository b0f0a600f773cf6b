//! What a rule found: passed, warned or failed, the facts it rests on, and
//! why.

use quanheng_policy::condition::{Facts, Value};
use quanheng_policy::profile::{PolicyError, Source};
use serde::Serialize;

macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident: $id:literal, $label:literal, $article:literal;)+) => {
        /// A rule of re-certification (审核项目).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum Rule {
            $($(#[$doc])* #[serde(rename = $id)] $rule,)+
        }

        impl Rule {
            /// All rules.
            pub const ALL: &'static [Self] = &[$(Self::$rule),+];

            /// The stable id.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$rule => $id,)+ }
            }

            /// What it asks, in Chinese.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self { $(Self::$rule => $label,)+ }
            }

            /// The article that it implements, where policy data names no other.
            #[must_use]
            pub fn article(self) -> &'static str {
                match self { $(Self::$rule => $article,)+ }
            }
        }
    };
}

rules! {
    /// The function is authorised by law or regulation (法律、法规授权).
    Authorization: "authorization", "法律、法规授权",
        "公务员法第一百一十二条;参照公务员法管理的单位审批办法第三条、第四条";
    /// A document says which main duties the unit has (主要职责).
    DutyDocument: "duty_document", "主要职责文件", "参照公务员法管理的单位审批办法第五条";
    /// It uses institution slots (事业编制).
    InstitutionSlots: "institution_slots", "使用事业编制", "参照公务员法管理的单位审批办法第三条";
    /// Public finance bears its pay (财政负担工资福利).
    FiscalPay: "fiscal_pay", "财政负担工资福利", "参照公务员法管理的单位审批办法第三条";
    /// All materials of the route are there (申报材料).
    Materials: "materials", "申报材料", "参照公务员法管理的单位审批办法;沟通反馈、补正";
    /// The phase of the campaign takes cases in (先省直后市县).
    PhaseGate: "phase_gate", "申报阶段", "先省直后市县";
    /// Staff, documents and functions are clear (三清).
    ThreeClear: "three_clear", "三清", "人员底数清、编制文件清、单位职能设置清";
    /// Every required department has given its opinion (联合审核意见).
    Opinions: "opinions", "联合审核意见", "从编办、财政等部门抽调专业人员,成立工作专班;联合审核";
    /// Nobody reviews a case of their own unit (回避).
    Recusal: "recusal", "回避", "公务员法第七十六条;联合审核回避";
    /// There were as many rounds of feedback as policy asks for (沟通反馈).
    FeedbackRounds: "feedback_rounds", "沟通反馈轮次", "平均与每个参照管理单位沟通反馈";
    /// A meeting decided, and has minutes (集体讨论).
    CollectiveDecision: "collective_decision", "集体讨论决定", "按照规定的原则、权限和程序集体讨论";
    /// Every gate was passed, in order, by whom it belongs to (层层把关).
    Chain: "authority_chain", "审批权限", "参照公务员法管理的单位审批办法第六条;层层把关";
    /// Counts of a scope may only decrease (只减不增).
    OnlyDecrease: "only_decrease", "只减不增",
        "机构改革后参照管理单位数和编制数应较机构改革前只减不增";
    /// The procedure that a change takes (办理方式).
    Route: "route", "办理方式", "区别不同情况采取不同的审批办法";
    /// What a filing declares of functions (备案不涉及职能调整).
    FilingFunctions: "filing_functions", "备案:职能未调整", "职能调整的及时进行重新认定";
    /// What a filing does to slots (备案不增加编制).
    FilingHeadcount: "filing_headcount", "备案:编制未增加", "只减不增";
    /// What a filing brings (备案附件).
    FilingDocuments: "filing_documents", "备案:附批准文件", "备案管理";
    /// An exit has its plan (过渡安排).
    TransitionPlan: "transition_plan", "人员过渡安排", "做好退出参照管理范围人员管理工作";
    /// All persons of a plan are done (过渡办结).
    TransitionClose: "transition_close", "人员过渡办结", "面对面讲解政策,做好人员稳定工作";
    /// No holder stays behind in an account that closes (职数随转).
    Handover: "handover", "职级职数随转", "对划转为行政机关的及时批准退出";
    /// A team enters the enforcement ladder only after its unit was decided (入轨前置).
    OnboardingStatus: "onboarding_status", "重新认定已有结论",
        "在明确机构性质、人员身份基础上,把改革到位、符合条件的执法队伍纳入";
    /// The four questions of a division (四个是否).
    FourQuestions: "four_questions", "四个是否", "“四个是否”作为研判标准";
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $reason:ident: $code:literal;)+) => {
        /// Why a rule failed or warned (原因代码).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum Reason {
            $($(#[$doc])* #[serde(rename = $code)] $reason,)+
        }

        impl Reason {
            /// All reasons.
            pub const ALL: &'static [Self] = &[$(Self::$reason),+];

            /// The stable code.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$reason => $code,)+ }
            }
        }
    };
}

reasons! {
    /// 无法律、法规授权
    NoStatutoryAuthorization: "NO_STATUTORY_AUTHORIZATION";
    /// 缺主要职责文件
    DutyDocumentMissing: "DUTY_DOCUMENT_MISSING";
    /// 未使用事业编制
    NoInstitutionSlots: "NO_INSTITUTION_SLOTS";
    /// 工资福利非由财政负担
    NotFiscallyFunded: "NOT_FISCALLY_FUNDED";
    /// 申报材料不齐
    MaterialsIncomplete: "MATERIALS_INCOMPLETE";
    /// 申报阶段未开放
    PhaseLocked: "PHASE_LOCKED";
    /// 三清未完成
    ThreeClearIncomplete: "THREE_CLEAR_INCOMPLETE";
    /// 缺联合审核意见
    OpinionMissing: "OPINION_MISSING";
    /// 应当回避
    ConflictOfInterest: "CONFLICT_OF_INTEREST";
    /// 沟通反馈轮次不足
    FeedbackTooFew: "FEEDBACK_TOO_FEW";
    /// 未经集体讨论决定
    CollectiveDecisionMissing: "COLLECTIVE_DECISION_MISSING";
    /// 越过关口
    GateSkipped: "GATE_SKIPPED";
    /// 审批机关不符
    WrongAuthority: "WRONG_AUTHORITY";
    /// 违反只减不增
    OnlyDecreaseViolated: "ONLY_DECREASE_VIOLATED";
    /// 备案涉及职能调整
    FunctionsChanged: "FUNCTIONS_CHANGED";
    /// 备案增加编制
    HeadcountExceeds: "HEADCOUNT_EXCEEDS";
    /// 备案未附文件
    DocumentsMissing: "DOCUMENTS_MISSING";
    /// 缺过渡安排
    TransitionPlanMissing: "TRANSITION_PLAN_MISSING";
    /// 人员过渡未办结
    TransitionOpen: "TRANSITION_OPEN";
    /// 过渡期已满
    TransitionOverdue: "TRANSITION_OVERDUE";
    /// 占用职级职数人员未一并转出
    HoldersLeft: "HOLDERS_LEFT";
    /// 重新认定未有结论
    RecertificationPending: "RECERTIFICATION_PENDING";
    /// 未认定为参照管理单位
    NotReferenced: "NOT_REFERENCED";
    /// 不符合“四个是否”
    FourQuestionsNotMet: "FOUR_QUESTIONS_NOT_MET";
    /// 未配置参数
    PolicyNotConfigured: "POLICY_NOT_CONFIGURED";
    /// 缺少事实
    FactMissing: "FACT_MISSING";
}

/// What came of a rule (审核结果).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 符合
    Pass,
    /// 提示: told and recorded, refuses nothing.
    Warn,
    /// 不符合
    Fail,
}

/// What one rule found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// What came of it.
    pub outcome: Outcome,
    /// Why it failed or warned; none if it did neither.
    pub reason: Option<Reason>,
    /// The figures and dates that it rests on, by name; units last in the names.
    pub facts: Facts,
    /// The article that it implements (依据).
    pub article: String,
    /// Where in policy the figure stands, if a figure of policy decided.
    pub source: Option<Source>,
    /// For people, in Chinese.
    pub message: String,
}

impl Finding {
    fn new(rule: Rule, outcome: Outcome, reason: Option<Reason>, message: String) -> Self {
        let article = rule.article().to_owned();
        Self { rule, outcome, reason, facts: Facts::new(), article, source: None, message }
    }

    pub(crate) fn pass(rule: Rule, message: impl Into<String>) -> Self {
        Self::new(rule, Outcome::Pass, None, message.into())
    }

    pub(crate) fn warn(rule: Rule, reason: Reason, message: impl Into<String>) -> Self {
        Self::new(rule, Outcome::Warn, Some(reason), message.into())
    }

    pub(crate) fn fail(rule: Rule, reason: Reason, message: impl Into<String>) -> Self {
        Self::new(rule, Outcome::Fail, Some(reason), message.into())
    }

    /// Fails for want of a fact (缺少事实), by its name.
    pub(crate) fn missing(rule: Rule, fact: &str) -> Self {
        let message = format!("{}:缺少事实 {fact},不能认定", rule.label());
        Self::fail(rule, Reason::FactMissing, message).fact("missing", text(fact))
    }

    /// Fails for want of an entry of policy.
    pub(crate) fn unset(rule: Rule, error: &PolicyError) -> Self {
        let message = error.to_string();
        let message = message.split_once(": ").map_or(&*message, |(_, said)| said).to_owned();
        let finding = Self::fail(rule, Reason::PolicyNotConfigured, message);
        match error {
            PolicyError::NotConfigured { key } => finding.fact("missing", text(key)),
            _ => finding,
        }
    }

    pub(crate) fn fact(mut self, name: &str, value: Value) -> Self {
        self.facts.insert(name.to_owned(), value);
        self
    }

    /// Names the entry of policy that decided; its article goes before the rule's own.
    pub(crate) fn by(mut self, source: &Source) -> Self {
        self.article.clone_from(&source.article);
        self.source = Some(source.clone());
        self
    }

    /// Names the entry of policy whose figure was used; the rule's own article stays.
    pub(crate) fn with_figures_of(mut self, source: &Source) -> Self {
        self.source = Some(source.clone());
        self
    }

    /// Whether it failed.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.outcome == Outcome::Fail
    }

    /// Whether it says that something is not as the law has it, and not only that
    /// something is not known.
    #[must_use]
    pub fn denies(&self) -> bool {
        let unknown =
            matches!(self.reason, Some(Reason::FactMissing | Reason::PolicyNotConfigured));
        self.failed() && !unknown
    }
}

/// What every rule of one question found; it passes if none failed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Findings(pub Vec<Finding>);

impl Findings {
    /// Whether no rule failed.
    #[must_use]
    pub fn passed(&self) -> bool {
        !self.0.is_empty() && !self.0.iter().any(Finding::failed)
    }

    /// Why rules failed, in the order in which they were asked.
    #[must_use]
    pub fn reasons(&self) -> Vec<Reason> {
        self.0.iter().filter(|one| one.failed()).filter_map(|one| one.reason).collect()
    }

    /// What rules warned of.
    #[must_use]
    pub fn warnings(&self) -> Vec<Reason> {
        let warned = self.0.iter().filter(|one| one.outcome == Outcome::Warn);
        warned.filter_map(|one| one.reason).collect()
    }

    /// What a rule found.
    #[must_use]
    pub fn of(&self, rule: Rule) -> Option<&Finding> {
        self.0.iter().find(|one| one.rule == rule)
    }
}

/// A text as a fact.
pub(crate) fn text(text: impl ToString) -> Value {
    Value::Text(text.to_string())
}

/// A count as a fact.
pub(crate) fn count(number: impl TryInto<i64>) -> Value {
    Value::Number(number.try_into().unwrap_or(i64::MAX))
}

/// Names one after the other: `甲、乙`.
pub(crate) fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join("、")
}

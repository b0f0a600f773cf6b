//! What may be done (操作), and which roles may do it: the table of rights.

use crate::principal::Role;

/// Something that needs a right. Whether it may be done to a certain unit or person is
/// another question: see [`Principal::within`](crate::Principal::within).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Reading units and posts (查阅单位、职位).
    UnitsRead,
    /// Setting up, changing and abolishing units (登记单位).
    UnitsWrite,
    /// Setting up, changing and abolishing posts (登记职位).
    PostsWrite,
    /// Reading persons, with private facts masked (查阅人员,隐去个人信息).
    PersonsRead,
    /// Seeing names, identity numbers and other private facts (查看个人信息).
    PersonsReadPrivate,
    /// Registering and changing persons (登记人员).
    PersonsWrite,
    /// Erasing a person's private facts for good (擦除个人信息).
    PersonsErase,
    /// Reading accounts, entitlements and ledgers (查阅职数).
    QuotaRead,
    /// Asking for a pre-review of the use of seats, reporting their use (申报职数使用).
    QuotaRequest,
    /// Determining, opening and allocating seats (核定职数).
    QuotaDetermine,
    /// Deciding pre-reviews, extending and releasing holds (审核职数使用).
    QuotaDecide,
    /// Asking who may be a candidate for a rank (任职资格审核); about a registered person, with
    /// the right to read persons.
    EligibilityCheck,
    /// Reading rounds and requests of promotion (查阅晋升).
    PromotionRead,
    /// Beginning rounds and requests, recording facts, withdrawing (申报晋升).
    PromotionRequest,
    /// Appointing, suspending and resuming: what the department in charge does (办理晋升).
    PromotionManage,
    /// Reading campaigns, surveys, cases, transitions and the ledger of units (查阅重新认定、台账).
    RecertificationRead,
    /// Filling in surveys, bringing cases, materials and answers, placing staff (申报重新认定).
    RecertificationRequest,
    /// Opening campaigns and phases, reviewing materials, registering and filing (办理重新认定).
    RecertificationManage,
    /// Reading tasks that are one's own, or of one's jurisdiction (查阅待办).
    TasksRead,
    /// Acting on tasks. Whose a task is, its case says (办理任务).
    TasksAct,
    /// Reading who sits in which office (查阅流程岗位).
    OfficesRead,
    /// Saying who sits in which office, and which unit is a division's authority (设置流程岗位).
    OfficesWrite,
    /// Reading policy profiles and flows (查阅政策).
    PolicyRead,
    /// Publishing policy profiles and flows (发布政策).
    PolicyPublish,
    /// Downloading attachments (下载附件). They may hold private facts.
    AttachmentsRead,
    /// Uploading attachments (上传附件).
    AttachmentsWrite,
    /// Seeing which projections there are and how far they are (查看投影状态).
    ProjectionsRead,
    /// Watching the documents of a projection (订阅投影).
    ProjectionsWatch,
    /// Following long operations such as imports (查看长时操作).
    OperationsRead,
    /// Making and fetching backups (备份).
    Backup,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 30] = [
        Self::UnitsRead,
        Self::UnitsWrite,
        Self::PostsWrite,
        Self::PersonsRead,
        Self::PersonsReadPrivate,
        Self::PersonsWrite,
        Self::PersonsErase,
        Self::QuotaRead,
        Self::QuotaRequest,
        Self::QuotaDetermine,
        Self::QuotaDecide,
        Self::EligibilityCheck,
        Self::PromotionRead,
        Self::PromotionRequest,
        Self::PromotionManage,
        Self::RecertificationRead,
        Self::RecertificationRequest,
        Self::RecertificationManage,
        Self::TasksRead,
        Self::TasksAct,
        Self::OfficesRead,
        Self::OfficesWrite,
        Self::PolicyRead,
        Self::PolicyPublish,
        Self::AttachmentsRead,
        Self::AttachmentsWrite,
        Self::ProjectionsRead,
        Self::ProjectionsWatch,
        Self::OperationsRead,
        Self::Backup,
    ];

    /// Who may do it. Nobody asks for seats and grants them, and nobody who runs the
    /// machines sees persons: such rights meet only where somebody is given both roles.
    #[must_use]
    #[rustfmt::skip]
    pub fn roles(self) -> &'static [Role] {
        use Role::{
            Auditor, Operator, PolicyPublisher, PrivacyOfficer, QuotaManager, Registrar, System,
            UnitClerk, Viewer,
        };
        match self {
            Self::UnitsRead => &[Viewer, Registrar, QuotaManager, UnitClerk, PolicyPublisher, Auditor, PrivacyOfficer, System],
            Self::UnitsWrite => &[Registrar],
            Self::PostsWrite => &[Registrar],

            Self::PersonsRead => &[Viewer, Registrar, QuotaManager, UnitClerk, Auditor, PrivacyOfficer, System],
            Self::PersonsReadPrivate => &[Registrar, QuotaManager, UnitClerk, PrivacyOfficer],
            Self::PersonsWrite => &[Registrar],
            Self::PersonsErase => &[PrivacyOfficer],

            Self::QuotaRead => &[Viewer, Registrar, QuotaManager, UnitClerk, PolicyPublisher, Auditor, System],
            Self::QuotaRequest => &[UnitClerk],
            Self::QuotaDetermine => &[QuotaManager],
            // Holds run out by themselves.
            Self::QuotaDecide => &[QuotaManager, System],

            Self::EligibilityCheck => &[Viewer, Registrar, QuotaManager, UnitClerk, PolicyPublisher, Auditor],

            Self::PromotionRead => &[Viewer, Registrar, QuotaManager, UnitClerk, PolicyPublisher, Auditor, System],
            Self::PromotionRequest => &[UnitClerk],
            Self::PromotionManage => &[QuotaManager, System],
            Self::RecertificationRead => &[Viewer, Registrar, QuotaManager, UnitClerk, PolicyPublisher, Auditor, System],
            Self::RecertificationRequest => &[UnitClerk],
            Self::RecertificationManage => &[QuotaManager, System],
            Self::TasksRead => &[Viewer, Registrar, QuotaManager, UnitClerk, Auditor, System],
            // Deadlines pass by themselves.
            Self::TasksAct => &[Viewer, Registrar, QuotaManager, UnitClerk, System],
            Self::OfficesRead => &[Viewer, Registrar, QuotaManager, UnitClerk, PolicyPublisher, Auditor, System],
            Self::OfficesWrite => &[Registrar],

            Self::PolicyRead => &Role::ALL,
            Self::PolicyPublish => &[PolicyPublisher],

            Self::AttachmentsRead => &[Registrar, QuotaManager, UnitClerk, PolicyPublisher, Auditor, PrivacyOfficer],
            Self::AttachmentsWrite => &[Registrar, QuotaManager, UnitClerk, PolicyPublisher],

            Self::ProjectionsRead => &Role::ALL,
            Self::ProjectionsWatch => &[Viewer, Registrar, QuotaManager, UnitClerk, PolicyPublisher, Auditor, System],
            Self::OperationsRead => &[Registrar, QuotaManager, UnitClerk, PolicyPublisher, Auditor, Operator, PrivacyOfficer, System],
            Self::Backup => &[Operator],
        }
    }
}

//! Principals for tests: one for each task, with a token of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Registers units and persons, in the whole country.
    Registrar,
    /// Works in the department in charge, in the whole country.
    Manager,
    /// The same department's other hand: decides what the first asked for.
    Decider,
    /// Works in the department in charge of 420100 (武汉市) alone.
    CityManager,
    /// Acts for `units/clerk-unit`.
    Clerk,
    /// Publishes policies.
    Publisher,
    /// Audits.
    Auditor,
    /// Runs the machines.
    Operator,
    /// Answers for private facts.
    PrivacyOfficer,
    /// Looks only.
    Viewer,
    /// Everything at once, for imports and demonstrations.
    Everything,
    /// 党组书记: writes down what a party group decides.
    Secretary,
    /// 职数审核: reviews what units ask for.
    Reviewer,
    /// 组织部负责人: approves it.
    Head,
    /// 编办审核: a task force's member from the establishment office.
    Establishment,
    /// 财政审核: a task force's member from the finance department.
    Finance,
    /// 工作专班负责人
    Lead,
    /// 上级组织部负责人: reports what the task force found.
    Chief,
    /// Signs for the units of a provincial department.
    Agency,
    /// Signs for the units of a county bureau.
    Bureau,
}

impl Who {
    /// Everybody.
    pub const ALL: [Self; 20] = [
        Self::Registrar,
        Self::Manager,
        Self::Decider,
        Self::CityManager,
        Self::Clerk,
        Self::Publisher,
        Self::Auditor,
        Self::Operator,
        Self::PrivacyOfficer,
        Self::Viewer,
        Self::Everything,
        Self::Secretary,
        Self::Reviewer,
        Self::Head,
        Self::Establishment,
        Self::Finance,
        Self::Lead,
        Self::Chief,
        Self::Agency,
        Self::Bureau,
    ];

    /// The part of the name behind `principals/`.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Registrar => "registrar",
            Self::Manager => "manager",
            Self::Decider => "decider",
            Self::CityManager => "city-manager",
            Self::Clerk => "clerk",
            Self::Publisher => "publisher",
            Self::Auditor => "auditor",
            Self::Operator => "operator",
            Self::PrivacyOfficer => "privacy-officer",
            Self::Viewer => "viewer",
            Self::Everything => "everything",
            Self::Secretary => "secretary",
            Self::Reviewer => "reviewer",
            Self::Head => "head",
            Self::Establishment => "establishment",
            Self::Finance => "finance",
            Self::Lead => "lead",
            Self::Chief => "chief",
            Self::Agency => "agency",
            Self::Bureau => "bureau",
        }
    }

    fn roles(self) -> &'static [&'static str] {
        match self {
            Self::Registrar => &["registrar"],
            Self::Manager | Self::Decider | Self::CityManager => &["quota_manager"],
            Self::Clerk => &["unit_clerk"],
            Self::Publisher => &["policy_publisher"],
            Self::Auditor => &["auditor"],
            Self::Operator => &["operator"],
            Self::PrivacyOfficer => &["privacy_officer"],
            Self::Viewer | Self::Secretary => &["viewer"],
            Self::Reviewer
            | Self::Head
            | Self::Establishment
            | Self::Finance
            | Self::Lead
            | Self::Chief => &["quota_manager"],
            Self::Agency | Self::Bureau => &["unit_clerk", "quota_manager"],
            Self::Everything => &[
                "viewer",
                "registrar",
                "quota_manager",
                "unit_clerk",
                "policy_publisher",
                "auditor",
                "operator",
                "privacy_officer",
            ],
        }
    }

    fn jurisdiction(self) -> &'static str {
        if self == Self::CityManager { "420100" } else { "000000" }
    }

    /// The person that the principal is; registered by whoever needs it ([`crate::staff`]).
    #[must_use]
    pub fn person(self) -> Option<String> {
        use Who::{Agency, Bureau, Chief, Decider, Establishment, Everything, Finance, Head, Lead};
        let acts = [Everything, Decider, Self::Secretary, Self::Reviewer, Head];
        let reviews = [Establishment, Finance, Lead, Chief, Agency, Bureau];
        (acts.contains(&self) || reviews.contains(&self)).then(|| format!("staff-{}", self.id()))
    }

    fn unit(self) -> Option<&'static str> {
        let acts = matches!(self, Self::Clerk | Self::Everything | Self::Agency | Self::Bureau);
        acts.then_some("clerk-unit")
    }
}

/// The tokens, and the file that the server knows them by.
#[derive(Debug, Clone)]
pub struct Tokens {
    tokens: BTreeMap<Who, String>,
    file: PathBuf,
}

impl Tokens {
    /// Makes a token for everybody and writes the file, for one realm.
    ///
    /// # Panics
    /// When the file cannot be written.
    #[must_use]
    pub fn write(folder: &Path, realm: &str) -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let mut tokens = BTreeMap::new();
        let mut text = String::new();
        for who in Who::ALL {
            let (token, digest) = quanheng_identity::new_token();
            let roles: Vec<_> = who.roles().iter().map(|role| format!("{role:?}")).collect();
            text.push_str(&format!(
                "[[principals]]\nid = \"{0}\"\ndisplay_name = \"{0}\"\nroles = [{1}]\n\
                 jurisdiction = \"{2}\"\nrealm = \"{realm}\"\ntoken_sha256 = \"{digest}\"\n",
                who.id(),
                roles.join(", "),
                who.jurisdiction(),
            ));
            if let Some(unit) = who.unit() {
                text.push_str(&format!("unit = \"{unit}\"\n"));
            }
            if let Some(person) = who.person() {
                text.push_str(&format!("person = \"{person}\"\n"));
            }
            text.push('\n');
            tokens.insert(who, token);
        }
        std::fs::create_dir_all(folder).expect("a folder");
        let file = folder.join("tokens.toml");
        std::fs::write(&file, text).expect("the token file is written");
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&file, mode).expect("ours");
        Self { tokens, file }
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Somebody's token.
    #[must_use]
    pub fn of(&self, who: Who) -> &str {
        &self.tokens[&who]
    }
}

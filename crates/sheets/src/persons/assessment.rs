//! Results of annual assessments (年度考核), in all the words that rosters use (5.9).

use quanheng_policy::codes::half_width;

/// What a result comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AssessmentResult {
    /// 优秀
    Excellent,
    /// 称职
    Competent,
    /// 基本称职
    BasicallyCompetent,
    /// 不称职
    Incompetent,
    /// 不定等次
    Ungraded,
    /// 不进行考核
    NotAssessed,
}

impl AssessmentResult {
    /// Reads a wording: 合格 is 称职, and results with a reason before them
    /// (新录用人员试用期…不确定等次) are what they end in.
    #[must_use]
    pub fn of_wording(text: &str) -> Option<Self> {
        let text: String = half_width(text).chars().filter(|c| !c.is_whitespace()).collect();
        let result = match text.as_str() {
            "优秀" => Self::Excellent,
            "称职" | "合格" => Self::Competent,
            "基本称职" | "基本合格" => Self::BasicallyCompetent,
            "不称职" | "不合格" => Self::Incompetent,
            _ if ends(&text, &["不定等次", "不确定等次"]) => Self::Ungraded,
            _ if ends(&text, &["不进行考核", "不参加考核", "未参加考核", "未考核"]) => {
                Self::NotAssessed
            }
            _ => return None,
        };
        Some(result)
    }

    /// Its stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Excellent => "excellent",
            Self::Competent => "competent",
            Self::BasicallyCompetent => "basically_competent",
            Self::Incompetent => "incompetent",
            Self::Ungraded => "ungraded",
            Self::NotAssessed => "not_assessed",
        }
    }
}

fn ends(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.ends_with(word))
}

/// The result of a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// The year.
    pub year: u32,
    /// What the result comes to.
    pub result: AssessmentResult,
    /// The result as it was written.
    pub wording: String,
}

//! Who a person is.

use jiff::civil::Date;
use quanheng_policy::codes::{self, IdentityNumber};
use serde::{Deserialize, Serialize};

use super::day::DayOrMonth;
use crate::refusal::{Refusal, Refused};
use crate::text::{DUTIES_CHARS_MAX, NAME_CHARS_MAX, bounded, given};

/// Sex (性别).
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// 男
    Male,
    /// 女
    Female,
}

labelled! {
    Sex {
        Male: "男",
        Female: "女",
    }
}

impl From<codes::Sex> for Sex {
    fn from(sex: codes::Sex) -> Self {
        match sex {
            codes::Sex::Male => Self::Male,
            codes::Sex::Female => Self::Female,
        }
    }
}

/// Education (学历学位).
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Education {
    /// 学历
    pub level: String,
    /// 学位; may be empty.
    pub degree: String,
    /// 毕业院校; may be empty.
    pub school: String,
    /// 专业; may be empty.
    pub major: String,
}

/// Who a person is (基础信息). Texts that are not known are empty.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateProfile {
    /// 姓名
    pub name: String,
    /// 公民身份号码
    pub identity_number: String,
    /// 性别
    pub sex: Sex,
    /// 民族
    pub nation: String,
    /// 出生日期, as the file was verified (档案认定); it may differ from the identity
    /// number's.
    pub birth_date: DayOrMonth,
    /// 籍贯
    pub native_place: String,
    /// 政治面貌
    pub political_status: String,
    /// 入党(团)时间
    pub party_joined: Option<DayOrMonth>,
    /// 参加工作时间
    pub work_started: Option<DayOrMonth>,
    /// 公务员(参照管理)登记时间
    pub registered_on: Option<Date>,
    /// 是否具有两年以上基层工作经历
    pub grass_roots_two_years: bool,
    /// 全日制教育
    pub full_time_education: Option<Education>,
    /// 在职教育
    pub in_service_education: Option<Education>,
    /// 现级别, 27 the lowest and 1 the highest.
    pub pay_grade: Option<u8>,
    /// 联系电话
    pub phone: String,
    /// 工作简历
    pub resume: String,
}

/// What people should look at; it refuses nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum PrivateWarning {
    /// The sex is not that of the identity number.
    #[error("性别与公民身份号码不一致")]
    SexDiffers,
    /// The birth date is not that of the identity number.
    #[error("出生日期与公民身份号码不一致,以档案认定为准")]
    BirthDateDiffers,
}

impl PrivateWarning {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SexDiffers => "SEX_DIFFERS",
            Self::BirthDateDiffers => "BIRTH_DATE_DIFFERS",
        }
    }
}

impl PrivateProfile {
    /// The identity number, read.
    ///
    /// # Errors
    /// `IDENTITY_FORMAT`, `IDENTITY_BIRTH_DATE`, `IDENTITY_CHECK_DIGIT`.
    pub fn identity(&self) -> Result<IdentityNumber, Refusal> {
        IdentityNumber::parse(&self.identity_number)
            .map_err(|code| Refusal::code_of("identity_number", code))
    }

    /// Checks it, as of a day; answers with what people should look at.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn validate(&self, today: Date) -> Result<Vec<PrivateWarning>, Refused> {
        let mut found = self.text_faults();
        found.extend(self.date_faults(today));
        let identity = self.identity();
        found.extend(identity.as_ref().err().cloned());
        if self.pay_grade.is_some_and(|grade| !(1..=27).contains(&grade)) {
            found.push(Refusal::invalid("pay_grade", "级别应为 1 至 27"));
        }
        Refused::none_of(found)?;
        Ok(identity.map(|identity| self.warnings(&identity)).unwrap_or_default())
    }

    fn warnings(&self, identity: &IdentityNumber) -> Vec<PrivateWarning> {
        let mut found = Vec::new();
        if self.sex != Sex::from(identity.sex()) {
            found.push(PrivateWarning::SexDiffers);
        }
        if !self.birth_date.may_be(identity.birth_date()) {
            found.push(PrivateWarning::BirthDateDiffers);
        }
        found
    }

    fn text_faults(&self) -> Vec<Refusal> {
        let texts = [
            given("name", &self.name, NAME_CHARS_MAX),
            bounded("nation", &self.nation, NAME_CHARS_MAX),
            bounded("native_place", &self.native_place, NAME_CHARS_MAX),
            bounded("political_status", &self.political_status, NAME_CHARS_MAX),
            bounded("resume", &self.resume, DUTIES_CHARS_MAX),
        ];
        let mut found: Vec<_> = texts.into_iter().flatten().collect();
        if self.name.chars().any(char::is_whitespace) {
            found.push(Refusal::invalid("name", "姓名不得含有空格"));
        }
        let plain = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-');
        let phone = &self.phone;
        let length_fits = matches!(phone.len(), 0 | 5..=20);
        if !length_fits || !phone.chars().all(plain) {
            found.push(Refusal::invalid("phone", "联系电话应为 5 至 20 位数字"));
        }
        for (field, education) in [
            ("full_time_education", &self.full_time_education),
            ("in_service_education", &self.in_service_education),
        ] {
            let Some(education) = education else { continue };
            found.extend(given(field, &education.level, NAME_CHARS_MAX));
            found.extend(bounded(field, &education.degree, NAME_CHARS_MAX));
            found.extend(bounded(field, &education.school, NAME_CHARS_MAX));
            found.extend(bounded(field, &education.major, NAME_CHARS_MAX));
        }
        found
    }

    fn date_faults(&self, today: Date) -> Vec<Refusal> {
        let born = self.birth_date.first_day();
        let days = [
            ("party_joined", self.party_joined.map(DayOrMonth::first_day)),
            ("work_started", self.work_started.map(DayOrMonth::first_day)),
            ("registered_on", self.registered_on),
        ];
        let mut found = Vec::new();
        if born > today {
            found.push(Refusal::invalid("birth_date", "出生日期晚于今日"));
        }
        for (field, day) in days.into_iter().filter_map(|(field, day)| Some((field, day?))) {
            if day <= born {
                found.push(Refusal::invalid(field, "应晚于出生日期"));
            }
            if day > today {
                found.push(Refusal::invalid(field, "晚于今日"));
            }
        }
        found
    }
}

super::debug_hides!(Sex, Education, PrivateProfile);

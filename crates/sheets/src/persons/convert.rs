//! Between a row's values and a person.

use quanheng_policy::codes::Sex;
use quanheng_policy::{CategoryId, PersonId, RankId, UnitId};

use super::assessment::{Assessment, AssessmentResult};
use super::form::ASSESSMENT_KEYS;
use super::{
    Batch, Conversion, Education, Honours, Identity, LeadershipPost, NamedRank, PersonRow,
    RankSpell, Sanctions, SeparateListing, level_name, level_of, person_name,
};
use crate::convert::{Give, Take};
use crate::finding::{Fault, Problem};
use crate::value::Value;

/// Texts that become names of something, and those that do not.
struct Names<'a, F> {
    ranks: &'a F,
    problems: Vec<Problem>,
}

impl<F: Fn(&str) -> Option<(CategoryId, RankId)>> Names<'_, F> {
    fn rank(&mut self, key: &'static str, text: Option<&str>) -> Option<NamedRank> {
        let name: String = text?.chars().filter(|c| !c.is_whitespace()).collect();
        match (self.ranks)(&name) {
            Some((category, rank)) => Some(NamedRank { name, category, rank }),
            None => self.fail(key, "RANK_UNKNOWN", "未找到该职级名称"),
        }
    }

    fn batch(&mut self, text: Option<&str>) -> Option<Batch> {
        let batch = Batch::parse(text?);
        batch.or_else(|| self.fail("rank_batch", "BATCH_FORMAT", "批次应如 首次套改、第1批"))
    }

    fn id<T>(
        &mut self,
        key: &'static str,
        text: Option<&str>,
        id: impl Fn(String) -> Option<T>,
    ) -> Option<T> {
        let message = "代码应由 1 至 64 个字母、数字、下划线或连字符组成";
        id(text?.to_owned()).or_else(|| self.fail(key, "ID_FORMAT", message))
    }

    fn assessments(&mut self, take: &mut Take<'_>) -> Vec<Assessment> {
        let mut assessments: Vec<Assessment> = Vec::new();
        for (year_key, result_key) in ASSESSMENT_KEYS {
            let (year, wording) = match (take.number(), take.text()) {
                (Some(year), Some(wording)) => (year, wording),
                (None, None) => continue,
                (Some(_), None) => {
                    self.fail::<()>(result_key, "ASSESSMENT_INCOMPLETE", "有年份而无考核结果");
                    continue;
                }
                (None, Some(_)) => {
                    self.fail::<()>(year_key, "ASSESSMENT_INCOMPLETE", "有考核结果而无年份");
                    continue;
                }
            };
            if assessments.iter().any(|assessment| assessment.year == year) {
                self.fail::<()>(year_key, "ASSESSMENT_YEAR_TWICE", "考核年份重复");
                continue;
            }
            match AssessmentResult::of_wording(&wording) {
                Some(result) => assessments.push(Assessment { year, result, wording }),
                None => {
                    self.fail::<()>(result_key, "ASSESSMENT_RESULT_UNKNOWN", "无法识别的考核结果");
                }
            }
        }
        assessments
    }

    fn fail<T>(&mut self, key: &'static str, code: &'static str, message: &str) -> Option<T> {
        self.problems.push(Fault::error(code, message).at(key));
        None
    }
}

/// A block of the form, if anything in it is filled.
fn filled<T: Default + PartialEq>(block: T) -> Option<T> {
    (block != T::default()).then_some(block)
}

/// A person of the values of a row; none without a name or an identity number.
#[must_use]
pub fn from_values(
    values: &[Value],
    ranks: &impl Fn(&str) -> Option<(CategoryId, RankId)>,
) -> (Option<PersonRow>, Vec<Problem>) {
    let mut names = Names { ranks, problems: Vec::new() };
    let person = person(&mut Take::new(values), &mut names);
    (person, names.problems)
}

fn person<F: Fn(&str) -> Option<(CategoryId, RankId)>>(
    take: &mut Take<'_>,
    names: &mut Names<'_, F>,
) -> Option<PersonRow> {
    let (serial, unit_name) = (take.number(), take.text());
    let (name, number) = (person_name(take.str()?), take.identity()?);
    let (establishment, registered_on) = (take.choice(), take.date());
    let identity = Identity {
        name,
        number,
        sex: take.str().map(|word| if word == "男" { Sex::Male } else { Sex::Female }),
        nation: take.text(),
        birth_month: take.month(),
        native_place: take.text(),
        political_status: take.choice(),
        joined_on: take.date(),
        work_started_on: take.date(),
        grass_roots_two_years: take.yes(),
    };
    Some(PersonRow {
        serial,
        unit_name,
        identity,
        establishment,
        registered_on,
        full_time: education(take),
        on_job: education(take),
        post: filled(post(take)),
        conversion: filled(conversion(take, names)),
        separately_listed: filled(separate_listing(take)),
        spell: filled(spell(take, names)),
        commendations: Honours {
            title: take.text(),
            time: take.text(),
            authority: take.text(),
            document: take.text(),
        },
        sanctions: Sanctions {
            title: take.text(),
            time: take.text(),
            authority: take.text(),
            lifted: take.text(),
        },
        assessments: names.assessments(take),
        unit_id: names.id("unit_id", take.str(), |text| UnitId::new(text).ok()),
        id: names.id("id", take.str(), |text| PersonId::new(text).ok()),
    })
}

fn education(take: &mut Take<'_>) -> Education {
    Education {
        education: take.text(),
        degree: take.text(),
        school: take.text(),
        major: take.text(),
    }
}

fn post(take: &mut Take<'_>) -> LeadershipPost {
    LeadershipPost {
        level: take.str().and_then(level_of),
        title: take.text(),
        since: take.date(),
        way: take.choice(),
        same_level_since: take.date(),
        concurrent: take.yes(),
        approved_on: take.date(),
    }
}

fn conversion<F: Fn(&str) -> Option<(CategoryId, RankId)>>(
    take: &mut Take<'_>,
    names: &mut Names<'_, F>,
) -> Conversion {
    Conversion {
        rank: names.rank("conversion_rank", take.str()),
        on: take.date(),
        same_level_since: take.date(),
        ex_military: take.yes(),
        approved_on: take.date(),
    }
}

fn separate_listing(take: &mut Take<'_>) -> SeparateListing {
    SeparateListing {
        title: take.text(),
        since: take.date(),
        reason: take.choice(),
        approved_on: take.date(),
        same_level_since: take.date(),
    }
}

fn spell<F: Fn(&str) -> Option<(CategoryId, RankId)>>(
    take: &mut Take<'_>,
    names: &mut Names<'_, F>,
) -> RankSpell {
    RankSpell {
        rank: names.rank("rank", take.str()),
        since: take.date(),
        reason: take.choice(),
        approved_on: take.date(),
        batch: names.batch(take.str()),
        ended_on: take.date(),
        end_reason: take.choice(),
        vote: take.share(),
        terminated_on: take.date(),
        state: take.choice(),
    }
}

impl PersonRow {
    /// The values of its row. Of assessments, the first five.
    #[must_use]
    pub fn values(&self) -> Vec<Value> {
        let mut give = Give::default();
        self.give_identity(&mut give);
        give_education(&mut give, &self.full_time);
        give_education(&mut give, &self.on_job);
        self.give_posts(&mut give);
        self.give_rank(&mut give);
        let (honours, sanctions) = (&self.commendations, &self.sanctions);
        give.text(honours.title.as_deref())
            .text(honours.time.as_deref())
            .text(honours.authority.as_deref())
            .text(honours.document.as_deref())
            .text(sanctions.title.as_deref())
            .text(sanctions.time.as_deref())
            .text(sanctions.authority.as_deref())
            .text(sanctions.lifted.as_deref());
        for index in 0..ASSESSMENT_KEYS.len() {
            let assessment = self.assessments.get(index);
            give.number(assessment.map(|assessment| assessment.year))
                .text(assessment.map(|assessment| assessment.wording.as_str()));
        }
        give.text(self.unit_id.as_ref().map(UnitId::as_str))
            .text(self.id.as_ref().map(PersonId::as_str));
        give.values()
    }

    fn give_identity(&self, give: &mut Give) {
        let identity = &self.identity;
        let sex = identity.sex.map(|sex| match sex {
            Sex::Male => "男",
            Sex::Female => "女",
        });
        give.number(self.serial)
            .text(self.unit_name.as_deref())
            .text(Some(&identity.name))
            .push(Value::Identity(identity.number.clone()))
            .choice(self.establishment)
            .date(self.registered_on)
            .text(sex)
            .text(identity.nation.as_deref())
            .month(identity.birth_month)
            .text(identity.native_place.as_deref())
            .choice(identity.political_status)
            .date(identity.joined_on)
            .date(identity.work_started_on)
            .yes(identity.grass_roots_two_years);
    }

    fn give_posts(&self, give: &mut Give) {
        let post = self.post.clone().unwrap_or_default();
        give.text(post.level.as_ref().and_then(level_name))
            .text(post.title.as_deref())
            .date(post.since)
            .choice(post.way)
            .date(post.same_level_since)
            .yes(post.concurrent)
            .date(post.approved_on);
        let conversion = self.conversion.clone().unwrap_or_default();
        give.text(conversion.rank.as_ref().map(|rank| rank.name.as_str()))
            .date(conversion.on)
            .date(conversion.same_level_since)
            .yes(conversion.ex_military)
            .date(conversion.approved_on);
        let listing = self.separately_listed.clone().unwrap_or_default();
        give.text(listing.title.as_deref())
            .date(listing.since)
            .choice(listing.reason)
            .date(listing.approved_on)
            .date(listing.same_level_since);
    }

    fn give_rank(&self, give: &mut Give) {
        let spell = self.spell.clone().unwrap_or_default();
        give.text(spell.rank.as_ref().map(|rank| rank.name.as_str()))
            .date(spell.since)
            .choice(spell.reason)
            .date(spell.approved_on)
            .text(spell.batch.map(|batch| batch.to_string()).as_deref())
            .date(spell.ended_on)
            .choice(spell.end_reason)
            .push(Value::of(spell.vote, Value::Percent))
            .date(spell.terminated_on)
            .choice(spell.state);
    }
}

fn give_education(give: &mut Give, education: &Education) {
    give.text(education.education.as_deref())
        .text(education.degree.as_deref())
        .text(education.school.as_deref())
        .text(education.major.as_deref());
}

//! Ranks, posts and what else of a row is open.

use quanheng_policy::UnitId;
use quanheng_register::person::{
    Conversion, Exemption, ListingReason, PersonPatch, PostSpell, PostWay, RankLeaveReason,
    RankReason, RankSpell, SeparateListing,
};
use quanheng_sheets::persons::{self as sheet, Batch, PersonRow, level_name};

use super::Reading;

impl Reading<'_> {
    /// 职级任免. Its document is that of the whole file: rosters have no other.
    pub(super) fn rank(&mut self, row: &PersonRow) -> Option<RankSpell> {
        let spell = row.spell.as_ref()?;
        let Some(rank) = &spell.rank else {
            if spell.since.is_some() {
                self.error("rank", "RANK_MISSING", "已填写任职级时间,须填写现任职级");
            }
            return None;
        };
        let since = self.by_cut_over("rank_since", spell.since);
        let Some(from) = since else {
            self.error("rank_since", "RANK_SINCE_MISSING", "须填写任职级时间");
            return None;
        };
        let to = spell.ended_on.or(spell.terminated_on);
        let to = self.by_cut_over("rank_ended_on", to);
        if to.is_none() && spell.state == Some(sheet::RankState::Ended) {
            self.error("rank_ended_on", "RANK_END_MISSING", "状态为已免,须填写免职级时间");
        }
        if to.is_some_and(|to| to <= from) {
            self.error("rank_ended_on", "SPELL_EMPTY", "免职级时间应晚于任职级时间");
        }
        let left = spell.end_reason.map(|reason| match reason {
            sheet::RankEndReason::Lowered => RankLeaveReason::Lowered,
            sheet::RankEndReason::Retired => RankLeaveReason::Retirement,
            sheet::RankEndReason::TransferOut => RankLeaveReason::TransferOut,
        });
        let first = spell.batch == Some(Batch::FirstConversion);
        Some(RankSpell {
            category: rank.category.clone(),
            rank: rank.rank.clone(),
            from,
            to,
            reason: reason(spell.reason, first),
            exemption: exemption(row),
            batch: spell.batch.map(|batch| batch.to_string()).unwrap_or_default(),
            left: left.filter(|_| to.is_some()),
            document: self.document(),
        })
    }

    /// 领导职务. A post without a title bears the name of its level.
    pub(super) fn post(&mut self, row: &PersonRow, unit: &UnitId) -> Option<PostSpell> {
        let post = row.post.as_ref()?;
        let level = post.level.as_ref().and_then(level_name);
        let title = post.title.clone().or_else(|| level.map(str::to_owned));
        let Some(title) = title else {
            if post.since.is_some() {
                let message = "已填写现任职务时间,须填写职务名称";
                self.error("post_title", "POST_TITLE_MISSING", message);
            }
            return None;
        };
        let since = self.by_cut_over("post_since", post.since);
        let Some(from) = since else {
            self.error("post_since", "POST_SINCE_MISSING", "须填写现任职务时间");
            return None;
        };
        Some(PostSpell {
            unit: unit.clone(),
            post: None,
            level: post.level.clone(),
            title,
            from,
            to: None,
            way: post.way.map_or(PostWay::Other, |way| match way {
                sheet::AppointmentWay::Selection => PostWay::Selection,
                sheet::AppointmentWay::Election => PostWay::Election,
                sheet::AppointmentWay::InboundTransfer => PostWay::InboundTransfer,
                sheet::AppointmentWay::Appointment => PostWay::Appointment,
            }),
            concurrent: post.concurrent.unwrap_or_default(),
            left: None,
            document: self.document(),
        })
    }

    /// 同级职务任职时间, 首次套转.
    pub(super) fn changes(&mut self, row: &PersonRow) -> PersonPatch {
        let same_level = row.post.as_ref().and_then(|post| post.same_level_since);
        let same_level_since = self.by_cut_over("post_same_level_since", same_level);
        PersonPatch {
            same_level_since: same_level_since.map(Some),
            conversion: self.conversion(row).map(Some),
            ..PersonPatch::default()
        }
    }

    pub(super) fn conversion(&mut self, row: &PersonRow) -> Option<Conversion> {
        let conversion = row.conversion.as_ref()?;
        let (Some(rank), on) = (&conversion.rank, conversion.on) else {
            if conversion.on.is_some() {
                let message = "已填写套转时间,须填写套转职级";
                self.error("conversion_rank", "CONVERSION_RANK_MISSING", message);
            }
            return None;
        };
        let on = self.by_cut_over("conversion_on", on);
        let Some(on) = on else {
            self.error("conversion_on", "CONVERSION_DATE_MISSING", "须填写套转时间");
            return None;
        };
        let level_since = conversion.same_level_since.unwrap_or(on);
        if level_since > on {
            let message = "同级职级任职时间应不晚于套转时间";
            self.error("conversion_same_level_since", "CONVERSION_ORDER", message);
        }
        let rank = rank.rank.clone();
        Some(Conversion { rank, on, level_since, months_used: 0, promotions: 0 })
    }

    /// 单列管理
    pub(super) fn listing(&mut self, row: &PersonRow) -> Option<SeparateListing> {
        let listing = row.separately_listed.as_ref()?;
        let reason = match listing.reason {
            Some(sheet::SeparateListingReason::Reform) => ListingReason::Reform,
            Some(sheet::SeparateListingReason::Election) => ListingReason::Election,
            Some(sheet::SeparateListingReason::Other) => ListingReason::Other,
            None => {
                let message = "单列管理须填写事由";
                self.error("separate_reason", "SEPARATE_REASON_MISSING", message);
                return None;
            }
        };
        let since = listing.since.or(listing.approved_on);
        let Some(since) = self.by_cut_over("separate_since", since) else {
            let message = "单列管理须填写任职时间或审批时间";
            self.error("separate_since", "SEPARATE_SINCE_MISSING", message);
            return None;
        };
        Some(SeparateListing { reason, since })
    }
}

fn reason(given: Option<sheet::RankReason>, first_conversion: bool) -> RankReason {
    match given {
        Some(sheet::RankReason::Promotion) => RankReason::Promotion,
        Some(sheet::RankReason::Probation) => RankReason::Probation,
        Some(sheet::RankReason::TransferIn) => RankReason::TransferIn,
        Some(sheet::RankReason::ExMilitary) => RankReason::ExMilitary,
        Some(sheet::RankReason::PostToRank) => RankReason::PostToRank,
        _ if first_conversion => RankReason::InitialConversion,
        Some(sheet::RankReason::Other) | None => RankReason::Other,
    }
}

fn exemption(row: &PersonRow) -> Option<Exemption> {
    let ex_military = row.conversion.as_ref().and_then(|conversion| conversion.ex_military);
    match (&row.separately_listed, ex_military) {
        (Some(_), _) => Some(Exemption::SeparatelyListed),
        (None, Some(true)) => Some(Exemption::ExMilitaryFirstPlacement),
        _ => None,
    }
}

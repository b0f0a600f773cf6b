//! The figures of the filing form, and what they become (调整后职数情况).

use crate::bounds::COUNT_MAX;
use crate::error::FormError;

/// The four ranks that the form counts, the highest first: 一级 to 四级主任科员.
pub(crate) const RANKS: [&str; 4] =
    ["一级主任科员", "二级主任科员", "三级主任科员", "四级主任科员"];

/// Seats for leaders of sections (核定科级领导职数).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeaderSeats {
    /// 正科
    pub chief: u32,
    /// 副科
    pub deputy: u32,
}

/// Leaders of sections (科级领导数).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Leaders {
    /// 正科
    pub chief: u32,
    /// 副科
    pub deputy: u32,
    /// 实名制管理干部
    pub listed: u32,
}

/// Seats of ranks, two ranks together (核准职级职数).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PairSeats {
    /// 一、二级主任科员
    pub upper: u32,
    /// 三、四级主任科员
    pub lower: u32,
}

/// Who holds the ranks (职级干部数).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Holders {
    /// 一级 to 四级主任科员.
    pub ranks: [u32; 4],
    /// 首次套转不占职数军转干部数 among the holders of the first two ranks.
    pub exempt_upper: u32,
    /// The same among those of the last two.
    pub exempt_lower: u32,
}

impl Holders {
    /// 小计 of 一、二级主任科员: those who hold no seat (不占职数) are among them.
    #[must_use]
    pub fn upper(&self) -> u32 {
        self.ranks[0].saturating_add(self.ranks[1])
    }

    /// 小计 of 三、四级主任科员.
    #[must_use]
    pub fn lower(&self) -> u32 {
        self.ranks[2].saturating_add(self.ranks[3])
    }
}

/// Leaders who also take a rank (其中兼任).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Concurrent {
    /// 正科兼任一级主任科员
    pub chief_first: u32,
    /// 副科兼任二级主任科员
    pub deputy_second: u32,
    /// 副科兼任三级主任科员
    pub deputy_third: u32,
}

/// Who is to rise (拟晋升职务、职级数).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Promoted {
    /// To posts.
    pub leaders: Leaders,
    /// To 一级 to 四级主任科员, without the leaders who take one beside their post.
    pub ranks: [u32; 4],
    /// Leaders who take a rank beside their post.
    pub concurrent: Concurrent,
}

/// Leaders who give up the post for a rank (由科级领导职务改任职级人数). They are among those
/// who are to take the rank: the form shows them, and does not count them again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Turned {
    /// 正科改任二级主任科员
    pub chief_to_second: u32,
    /// 副科改任四级主任科员
    pub deputy_to_fourth: u32,
}

/// Who leaves posts and ranks (拟免职务、职级数): not shown, but part of what they become.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removed {
    /// From posts, with those who give one up for a rank.
    pub leaders: Leaders,
    /// From 一级 to 四级主任科员.
    pub ranks: [u32; 4],
    /// Of those without a seat (不占职数) above, who end being so: by rising, by a post, or by
    /// leaving.
    pub exempt_upper: u32,
    /// The same below.
    pub exempt_lower: u32,
}

/// The figures above the list (职数情况).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FilingCounts {
    /// 编制数
    pub slots: u32,
    /// 核定科级领导职数; not known, room to write them.
    pub leaders_determined: Option<LeaderSeats>,
    /// 现有科级领导数; not known, room to write them.
    pub leaders_present: Option<Leaders>,
    /// 核准职级职数; not known, room to write them.
    pub determined: Option<PairSeats>,
    /// 现有职级干部数
    pub present: Holders,
    /// 拟晋升职务、职级数
    pub promoted: Promoted,
    /// 由科级领导职务改任职级人数
    pub turned: Turned,
    /// 拟免职务、职级数
    pub removed: Removed,
}

/// What the figures become (调整后职数情况).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Adjusted {
    /// 科级领导; none where it is not known how many there are.
    pub leaders: Option<Leaders>,
    /// 职级干部
    pub holders: Holders,
}

/// 调整后 = 现有 + 拟晋升 + 兼任 − 免, rank by rank; no leader takes the fourth rank beside a
/// post. Those without a seat stay so unless they are told to end being so.
///
/// ```
/// use quanheng_forms::filing::{FilingCounts, Holders, Promoted, Removed, adjusted};
/// let counts = FilingCounts {
///     present: Holders { ranks: [3, 5, 2, 4], ..Holders::default() },
///     promoted: Promoted { ranks: [1, 0, 0, 0], ..Promoted::default() },
///     removed: Removed { ranks: [0, 1, 0, 0], ..Removed::default() },
///     ..FilingCounts::default()
/// };
/// let holders = adjusted(&counts)?.holders;
/// assert_eq!((holders.ranks, holders.upper()), ([4, 4, 2, 4], 8));
/// # Ok::<(), quanheng_forms::FormError>(())
/// ```
///
/// # Errors
/// `COUNT_NEGATIVE` where more leave than are there, `COUNT_MAX`.
pub fn adjusted(counts: &FilingCounts) -> Result<Adjusted, FormError> {
    let (present, promoted, removed) = (&counts.present, &counts.promoted, &counts.removed);
    let concurrent = [
        promoted.concurrent.chief_first,
        promoted.concurrent.deputy_second,
        promoted.concurrent.deputy_third,
        0,
    ];
    let mut ranks = [0; 4];
    for (rank, after) in ranks.iter_mut().enumerate() {
        let more = [promoted.ranks[rank], concurrent[rank]];
        *after = change(RANKS[rank], present.ranks[rank], more, removed.ranks[rank])?;
    }
    let exempt = |field, present, ended| change(field, present, [0, 0], ended);
    Ok(Adjusted {
        leaders: leaders(counts)?,
        holders: Holders {
            ranks,
            exempt_upper: exempt("不占职数人数", present.exempt_upper, removed.exempt_upper)?,
            exempt_lower: exempt("不占职数人数", present.exempt_lower, removed.exempt_lower)?,
        },
    })
}

fn leaders(counts: &FilingCounts) -> Result<Option<Leaders>, FormError> {
    let Some(present) = &counts.leaders_present else { return Ok(None) };
    let (more, less) = (&counts.promoted.leaders, &counts.removed.leaders);
    Ok(Some(Leaders {
        chief: change("正科", present.chief, [more.chief, 0], less.chief)?,
        deputy: change("副科", present.deputy, [more.deputy, 0], less.deputy)?,
        listed: change("实名制管理干部", present.listed, [more.listed, 0], less.listed)?,
    }))
}

fn change(field: &'static str, present: u32, more: [u32; 2], less: u32) -> Result<u32, FormError> {
    let [first, second] = more.map(i64::from);
    let value = i64::from(present) + first + second - i64::from(less);
    let too_many = FormError::Bound { bound: "COUNT_MAX", max: u64::from(COUNT_MAX) };
    match u32::try_from(value) {
        Ok(value) if value <= COUNT_MAX => Ok(value),
        Err(_) if value < 0 => Err(FormError::Negative { field, value }),
        _ => Err(too_many),
    }
}

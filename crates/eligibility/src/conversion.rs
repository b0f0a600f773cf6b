//! What an old title became (首次套转, §5.4). How promotions after it count is part of the
//! tenure.

use quanheng_policy::RankId;
use quanheng_policy::profile::{Policy, PolicyError, Source};

/// The rank that an old title became on 2019-06-01, with the entry of policy that says so.
/// For records from before: leaders were not converted, and their posts are no titles here.
///
/// # Errors
/// [`PolicyError::NotConfigured`] where policy has no such title.
pub fn converted_rank(policy: &Policy, title: &str) -> Result<(RankId, Source), PolicyError> {
    let titles = policy.initial_conversion()?;
    let title = title.trim();
    let Some(rank) = titles.value.get(title) else {
        return Err(PolicyError::NotConfigured { key: format!("initial_conversion.{title}") });
    };
    Ok((rank.clone(), titles.source))
}

//! Resource names.

/// A name that is not of the kind that was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("名称应形如 {pattern}")]
pub struct InvalidResourceName {
    /// The pattern, as `units/{unit}`.
    pub pattern: &'static str,
}

/// The ids in a resource name, by a pattern such as `units/{unit}/posts/{post}`. Each is 1
/// to 128 letters, digits, `_`, `-` or `.`.
///
/// ```
/// use quanheng_api::resource_id;
/// assert_eq!(resource_id("units/{unit}/posts/{post}", "units/a/posts/b"), Ok(["a", "b"]));
/// assert!(resource_id::<1>("units/{unit}", "persons/a").is_err());
/// ```
///
/// # Errors
/// [`InvalidResourceName`].
pub fn resource_id<'a, const N: usize>(
    pattern: &'static str,
    name: &'a str,
) -> Result<[&'a str; N], InvalidResourceName> {
    let invalid = || InvalidResourceName { pattern };
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let mut ids = [""; N];
    let mut count = 0;
    let mut parts = name.split('/');
    for expected in pattern.split('/') {
        let part = parts.next().ok_or_else(invalid)?;
        if !expected.starts_with('{') {
            if part != expected {
                return Err(invalid());
            }
            continue;
        }
        let fits = (1..=128).contains(&part.len()) && part.bytes().all(plain);
        *ids.get_mut(count).filter(|_| fits).ok_or_else(invalid)? = part;
        count += 1;
    }
    if parts.next().is_some() || count != N { Err(invalid()) } else { Ok(ids) }
}

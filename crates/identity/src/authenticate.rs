//! From what a caller shows to who they are.

use std::sync::Arc;

use crate::principal::Principal;

/// Why nobody knows who is calling. Nothing of what was shown stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// There is no `authorization`. Send `Bearer <token>`.
    #[error("未提供访问令牌,请在 authorization 中以 Bearer 方式提供")]
    Missing,
    /// It is not `Bearer <token>`.
    #[error("访问令牌格式不正确,应为 Bearer <令牌>")]
    Malformed,
    /// Nobody has this token. Ask for a new one.
    #[error("访问令牌无效")]
    Unknown,
    /// The token's time is over. Ask for a new one.
    #[error("访问令牌已过有效期")]
    Expired,
}

impl AuthError {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "TOKEN_MISSING",
            Self::Malformed => "TOKEN_MALFORMED",
            Self::Unknown => "TOKEN_UNKNOWN",
            Self::Expired => "TOKEN_EXPIRED",
        }
    }
}

/// Tells who is calling.
pub trait Authenticator: Send + Sync {
    /// Who shows this `authorization` header or metadata.
    ///
    /// # Errors
    /// [`AuthError`].
    fn authenticate(&self, authorization: Option<&str>) -> Result<Arc<Principal>, AuthError>;
}

/// Without tokens: everybody is `principals/local` and may do everything, in the whole
/// country, in the realm `default`. For loopback only, see
/// [`listen_allowed`](crate::listen_allowed).
#[derive(Debug, Clone)]
pub struct LocalOnly(Arc<Principal>);

impl LocalOnly {
    /// The one principal that there is, in the realm `default`.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Principal::local()))
    }

    /// The same in another realm.
    #[must_use]
    pub fn in_realm(realm: impl Into<String>) -> Self {
        Self(Arc::new(Principal { realm: realm.into(), ..Principal::local() }))
    }
}

impl Default for LocalOnly {
    fn default() -> Self {
        Self::new()
    }
}

impl Authenticator for LocalOnly {
    fn authenticate(&self, _: Option<&str>) -> Result<Arc<Principal>, AuthError> {
        Ok(Arc::clone(&self.0))
    }
}

//! Where a server may listen.

use std::net::SocketAddr;

/// A server without tokens would be open to others. Name a token file, or listen on
/// loopback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("未配置令牌文件时只能监听本机回环地址,拒绝监听 {0};请配置令牌文件,或改为监听 127.0.0.1")]
pub struct ListenRefused(pub SocketAddr);

impl ListenRefused {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "LISTEN_REFUSED"
    }
}

/// Whether a server may listen there: without tokens on loopback alone.
///
/// # Errors
/// [`ListenRefused`].
pub fn listen_allowed(addr: &SocketAddr, has_tokens: bool) -> Result<(), ListenRefused> {
    if has_tokens || addr.ip().to_canonical().is_loopback() {
        return Ok(());
    }
    Err(ListenRefused(*addr))
}

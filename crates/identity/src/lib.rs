//! Who is calling, and what they may do.
//!
//! A caller shows a bearer token; an [`Authenticator`] makes a [`Principal`] of it (主体):
//! a name, roles, unit, jurisdiction, realm and person. Handlers see the principal, never
//! the token.
//!
//! * [`TokenFile`] knows the tokens by their digests, from a file that may change while
//!   the server runs; [`new_token`] makes one.
//! * [`LocalOnly`] lets everybody do everything. [`listen_allowed`] sees to it that
//!   nobody but the machine itself reaches such a server.
//! * [`Action`] × [`Role`] is one table: [`Action::roles`].

mod action;
mod authenticate;
mod file;
mod listen;
mod principal;
mod token;

pub use action::Action;
pub use authenticate::{AuthError, Authenticator, LocalOnly};
pub use file::{PRINCIPALS_MAX, TOKEN_FILE_BYTES_MAX, TokenFile, TokenFileError, today_in_china};
pub use listen::{ListenRefused, listen_allowed};
pub use principal::{Principal, REALM_BYTES_MAX, Role};
pub use token::new_token;

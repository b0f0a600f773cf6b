//! What an upload says about its file before the content comes.

use quanheng_api::quanheng::attachment::v1::upload_attachment_request::Head as Message;
use quanheng_eventlog::Digest;
use quanheng_runtime::{Failure, request_id};
use uuid::Uuid;

use crate::resource::Resource;

/// Bytes of a file's name at most; a longer one is cut, before its ending.
pub const FILE_NAME_BYTES_MAX: usize = 200;
/// Bytes of an ending that is worth keeping.
const ENDING_BYTES_MAX: usize = 16;
/// Bytes of a media type at most.
const MEDIA_TYPE_BYTES_MAX: usize = 127;
/// Of a file that does not say what it is.
const MEDIA_TYPE_DEFAULT: &str = "application/octet-stream";

/// A head that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) request_id: Uuid,
    pub(crate) file_name: String,
    pub(crate) media_type: String,
    pub(crate) sha256: Option<Digest>,
    pub(crate) link: Option<Resource>,
}

impl Head {
    /// Reads a head.
    ///
    /// # Errors
    /// `INVALID_FIELD`.
    pub(crate) fn read(head: &Message) -> Result<Self, Failure> {
        let sha256 =
            match head.sha256.as_str() {
                "" => None,
                text => Some(text.to_ascii_lowercase().parse().map_err(|_| {
                    Failure::field("head.sha256", "应为 64 位十六进制的 SHA-256 摘要")
                })?),
            };
        let link = match head.link.as_str() {
            "" => None,
            name => Some(Resource::read("head.link", name)?),
        };
        Ok(Self {
            request_id: request_id(&head.request_id)?,
            file_name: file_name(&head.file_name)?,
            media_type: media_type(&head.media_type)?,
            sha256,
            link,
        })
    }
}

/// A file's name without the folders before it and without what no screen shows: control
/// characters, and those that turn the direction of writing and so hide an ending.
fn file_name(text: &str) -> Result<String, Failure> {
    let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let shown: String = last.chars().filter(|c| !hidden(*c)).collect();
    let name = cut(shown.trim());
    match name.trim_matches('.').is_empty() {
        true => Err(Failure::field("head.file_name", "须填写文件名")),
        false => Ok(name),
    }
}

/// Not longer than may be, with the ending that says what it is.
fn cut(name: &str) -> String {
    if name.len() <= FILE_NAME_BYTES_MAX {
        return name.to_owned();
    }
    let ending = name.rfind('.').map_or("", |dot| &name[dot..]);
    let ending = if ending.len() <= ENDING_BYTES_MAX { ending } else { "" };
    let mut end = FILE_NAME_BYTES_MAX - ending.len();
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{ending}", &name[..end])
}

/// `type/subtype`, each a token (RFC 9110), without parameters.
fn media_type(text: &str) -> Result<String, Failure> {
    if text.is_empty() {
        return Ok(MEDIA_TYPE_DEFAULT.to_owned());
    }
    let token = |part: &str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        !part.is_empty() && part.bytes().all(plain)
    };
    let is_type = text.len() <= MEDIA_TYPE_BYTES_MAX
        && text.split_once('/').is_some_and(|(first, second)| token(first) && token(second));
    match is_type {
        true => Ok(text.to_ascii_lowercase()),
        false => Err(Failure::field("head.media_type", "应如 application/pdf")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bare() {
        for (given, expected) in [
            ("核定批复.pdf", Some("核定批复.pdf")),
            ("C:\\公文\\核定批复.pdf", Some("核定批复.pdf")),
            ("../../etc/passwd", Some("passwd")),
            ("a\u{0}b\r\n.txt", Some("ab.txt")),
            ("照片\u{202e}gpj.exe", Some("照片gpj.exe")),
            ("  批复 .docx ", Some("批复 .docx")),
            (".gitignore", Some(".gitignore")),
            ("", None),
            ("..", None),
            ("folder/", None),
            ("\u{7}", None),
        ] {
            assert_eq!(file_name(given).ok().as_deref(), expected, "{given:?}");
        }
    }

    #[test]
    fn long_names_keep_their_ending() {
        let name = file_name(&format!("{}.pdf", "附".repeat(100))).expect("a name");
        assert!(name.len() <= FILE_NAME_BYTES_MAX && name.ends_with("附.pdf"), "{name}");
        let name = file_name(&"附".repeat(100)).expect("a name");
        assert_eq!(name.chars().count(), FILE_NAME_BYTES_MAX / 3);
        let name = file_name(&format!("a.{}", "附".repeat(100))).expect("a name");
        assert!(name.len() <= FILE_NAME_BYTES_MAX);
    }

    #[test]
    fn media_types_are_two_tokens() {
        for (given, expected) in [
            ("", Some("application/octet-stream")),
            ("application/pdf", Some("application/pdf")),
            ("Image/JPEG", Some("image/jpeg")),
            ("application/vnd.ms-excel+xml", Some("application/vnd.ms-excel+xml")),
            ("text", None),
            ("text/", None),
            ("/plain", None),
            ("text/plain; charset=utf-8", None),
            ("text/html/x", None),
            ("文本/plain", None),
        ] {
            assert_eq!(media_type(given).ok().as_deref(), expected, "{given:?}");
        }
    }
}

//! A file that comes in pieces: the head, then the content, bounded in every way.

use std::pin::pin;

use futures::{Stream, StreamExt as _};
use prost::Message as _;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_eventlog::Digest;
use quanheng_register::Basis;
use quanheng_runtime::wire::basis;
use quanheng_runtime::{Failure, request_id};
use tonic::Status;
use uuid::Uuid;

use super::ImportBounds;

/// Characters of a file's name.
const FILE_NAME_CHARS_MAX: usize = 200;

/// What a piece of an upload holds.
pub(super) enum Part {
    Head(wire::ImportHead),
    Content(Vec<u8>),
}

/// A message that is a piece of an upload.
pub(super) trait Piece: Send + 'static {
    fn part(self) -> Option<Part>;
}

macro_rules! piece {
    ($($type:ident in $module:ident),+) => {
        $(
            impl Piece for wire::$type {
                fn part(self) -> Option<Part> {
                    Some(match self.part? {
                        wire::$module::Part::Head(head) => Part::Head(head),
                        wire::$module::Part::Content(content) => Part::Content(content),
                    })
                }
            }
        )+
    };
}

piece! {
    ImportUnitsRequest in import_units_request,
    ImportPostsRequest in import_posts_request,
    ImportPersonsRequest in import_persons_request
}

/// What an import says of itself before its content comes.
pub(super) struct Head {
    pub(super) message: wire::ImportHead,
    pub(super) request_id: Uuid,
    pub(super) basis: Basis,
    sha256: Option<Digest>,
}

impl Head {
    fn of(message: wire::ImportHead) -> Result<Self, Failure> {
        let name = &message.file_name;
        if name.chars().count() > FILE_NAME_CHARS_MAX || name.chars().any(char::is_control) {
            let text = format!("不超过 {FILE_NAME_CHARS_MAX} 字,不得含有控制字符");
            return Err(Failure::field("head.file_name", text));
        }
        let sha256 = match message.sha256.as_str() {
            "" => None,
            text => {
                let text = text.to_ascii_lowercase();
                let wrong = |_| Failure::field("head.sha256", "应为 64 位十六进制摘要");
                Some(text.parse::<Digest>().map_err(wrong)?)
            }
        };
        Ok(Self {
            request_id: request_id(&message.request_id)?,
            basis: basis(message.basis.as_ref())?.into(),
            sha256,
            message,
        })
    }
}

/// The pieces of an upload, one after the other.
pub(super) struct Pieces<'a, S> {
    stream: std::pin::Pin<&'a mut S>,
    bounds: &'a ImportBounds,
}

impl<'a, S, P> Pieces<'a, S>
where
    S: Stream<Item = Result<P, Status>>,
    P: Piece,
{
    async fn next(&mut self) -> Result<Option<Part>, Failure> {
        let wait = self.bounds.import_piece_wait_max;
        let next = tokio::time::timeout(wait, self.stream.next()).await;
        let next = next.map_err(|_| {
            let message = "等待上传内容超时,请重新上传";
            Failure::new(tonic::Code::DeadlineExceeded, "UPLOAD_STALLED", message)
                .with("bound", "import_piece_wait_max")
        })?;
        match next {
            None => Ok(None),
            Some(Ok(piece)) => match piece.part() {
                Some(part) => Ok(Some(part)),
                None => Err(Failure::field("part", "须为文件说明或内容")),
            },
            Some(Err(status)) => {
                Err(Failure::new(status.code(), "UPLOAD_BROKEN", "上传中断,请重新上传"))
            }
        }
    }

    async fn head(&mut self) -> Result<Head, Failure> {
        match self.next().await? {
            Some(Part::Head(head)) => Head::of(head),
            _ => Err(Failure::field("head", "应先发送文件说明")),
        }
    }

    async fn content(&mut self, head: &Head) -> Result<(Vec<u8>, Digest), Failure> {
        let mut bytes = Vec::new();
        while let Some(part) = self.next().await? {
            let Part::Content(piece) = part else {
                return Err(Failure::field("head", "文件说明只能发送一次"));
            };
            let piece_max = self.bounds.import_piece_bytes_max;
            bound("import_piece_bytes_max", piece_max, piece.len())?;
            bound("import_bytes_max", self.bounds.import_bytes_max, bytes.len() + piece.len())?;
            bytes.extend_from_slice(&piece);
        }
        let digest = Digest::of(&bytes);
        match head.sha256 {
            Some(expected) if expected != digest => {
                let message = "内容与摘要不符,请重新上传";
                Err(Failure::coded_field("head.sha256", "DIGEST_MISMATCH", message)
                    .with("sha256", digest.to_string()))
            }
            _ => Ok((bytes, digest)),
        }
    }
}

fn bound(name: &'static str, max: usize, actual: usize) -> Result<(), Failure> {
    match actual <= max {
        true => Ok(()),
        false => Err(Failure::bound(name, max as u64, actual as u64)),
    }
}

/// A file that is here.
pub(super) struct Upload {
    pub(super) head: Head,
    pub(super) bytes: Vec<u8>,
    pub(super) sha256: Digest,
}

impl Upload {
    /// Receives a file: its head is checked before the content is waited for. `place` is
    /// asked in between for a place to hold it in.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) async fn receive<S, P, G>(
        stream: S,
        bounds: &ImportBounds,
        place: impl Future<Output = Result<G, Failure>>,
    ) -> Result<(Self, G), Failure>
    where
        S: Stream<Item = Result<P, Status>>,
        P: Piece,
    {
        let stream = pin!(stream);
        let mut pieces = Pieces { stream, bounds };
        let head = pieces.head().await?;
        let place = place.await?;
        let (bytes, sha256) = pieces.content(&head).await?;
        Ok((Self { head, bytes, sha256 }, place))
    }

    /// What makes a repetition of the request the same: the head, and the content.
    pub(super) fn request(&self) -> Vec<u8> {
        let mut body = self.head.message.encode_to_vec();
        body.extend_from_slice(&self.sha256.0);
        body
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use futures::stream;
    use quanheng_api::quanheng::common::v1::Basis;

    use super::*;

    fn head(sha256: &str) -> Part {
        Part::Head(wire::ImportHead {
            file_name: "样例.xlsx".into(),
            basis: Some(Basis {
                document_number: "样组〔2026〕1号".into(),
                effective_on: Some(quanheng_api::date(jiff::civil::date(2026, 1, 1))),
            }),
            sha256: sha256.into(),
            request_id: Uuid::now_v7().to_string(),
            ..wire::ImportHead::default()
        })
    }

    impl Piece for Part {
        fn part(self) -> Option<Part> {
            Some(self)
        }
    }

    async fn receive(parts: Vec<Part>) -> Result<Vec<u8>, String> {
        let bounds = ImportBounds {
            import_bytes_max: 10,
            import_piece_bytes_max: 4,
            ..ImportBounds::default()
        };
        let stream = stream::iter(parts.into_iter().map(Ok));
        let received = Upload::receive(stream, &bounds, async { Ok(()) }).await;
        received.map(|(upload, ())| upload.bytes).map_err(|failure| failure.reason().to_owned())
    }

    #[tokio::test]
    async fn a_file_comes_in_pieces() {
        let piece = |text: &str| Part::Content(text.as_bytes().to_vec());
        let digest = Digest::of(b"abcdef").to_string();
        for (parts, expected) in [
            (vec![head(""), piece("abc"), piece("def")], Ok("abcdef")),
            (vec![head(&digest), piece("abc"), piece("def")], Ok("abcdef")),
            (vec![head(&digest.to_uppercase()), piece("abcd"), piece("ef")], Ok("abcdef")),
            (vec![head("")], Ok("")),
            (vec![head(&digest), piece("abc")], Err("DIGEST_MISMATCH")),
            (vec![head("12"), piece("abc")], Err("INVALID_FIELD")),
            (vec![piece("abc")], Err("INVALID_FIELD")),
            (vec![], Err("INVALID_FIELD")),
            (vec![head(""), head("")], Err("INVALID_FIELD")),
            (vec![head(""), piece("abcde")], Err("IMPORT_PIECE_BYTES_MAX")),
            (vec![head(""), piece("abcd"), piece("abcd"), piece("abc")], Err("IMPORT_BYTES_MAX")),
        ] {
            let received = receive(parts).await;
            let expected = expected.map(|text| text.as_bytes().to_vec()).map_err(str::to_owned);
            assert_eq!(received, expected);
        }
    }
}

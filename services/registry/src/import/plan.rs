//! What an operation was started with, and its validated rows: one JSON text a line, in
//! blobs that the log keeps, so that nothing of an import lies in a server's memory alone.

use bytes::Bytes;
use quanheng_eventlog::{BlobRef, Digest, Log, Transaction};
use quanheng_policy::codes::DivisionCode;
use quanheng_register::Basis;
use quanheng_runtime::Failure;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Content that an operation refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stored {
    /// SHA-256 of it, hex.
    pub(crate) sha256: String,
    /// Its size in bytes.
    pub(crate) size: u64,
}

impl Stored {
    pub(super) fn of(content: &[u8]) -> Self {
        let BlobRef { digest, size } = BlobRef::of(content);
        Self { sha256: digest.to_string(), size }
    }

    pub(super) fn reference(&self) -> Result<BlobRef, Failure> {
        let digest = self.sha256.parse::<Digest>().map_err(Failure::internal)?;
        Ok(BlobRef { digest, size: self.size })
    }

    /// The content.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be read.
    pub(crate) async fn read(&self, log: &Log) -> Result<Bytes, Failure> {
        let content = log.blob(&self.reference()?.digest).await?;
        content.ok_or_else(|| Failure::internal(format!("no blob {}", self.sha256)))
    }
}

/// Validated rows in one blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    #[serde(flatten)]
    pub(crate) content: Stored,
    /// How many rows.
    pub(crate) items: u64,
}

/// What an import was asked with: the `input` of its operation. What is written once is
/// read for ever: fields are only added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Input {
    /// The file's name.
    pub(crate) file_name: String,
    /// SHA-256 of the file, hex.
    pub(crate) sha256: String,
    /// SHA-256 of the request, hex: a repetition has the same.
    pub(crate) request: String,
    /// On what the rows rest.
    pub(crate) basis: Basis,
    /// Where the one who asked governs.
    pub(crate) jurisdiction: DivisionCode,
    /// The rows, in order; none if the file was refused.
    pub(crate) parts: Vec<Part>,
    /// What was found in the file, as JSON.
    pub(crate) report: Option<Stored>,
    /// How much that is.
    pub(crate) findings: u64,
    /// The copy of the sheet with its errors marked.
    pub(crate) marked_copy: Option<Stored>,
}

impl Input {
    /// The input of an operation.
    ///
    /// # Errors
    /// An internal failure when it is of another form.
    pub(crate) fn of(input: &serde_json::Value) -> Result<Self, Failure> {
        Self::deserialize(input).map_err(Failure::internal)
    }

    /// The part that holds an item, and how many items stand before the part.
    pub(super) fn part(&self, item: u64) -> Option<(&Part, u64)> {
        let mut before = 0;
        for part in &self.parts {
            if item < before + part.items {
                return Some((part, before));
            }
            before += part.items;
        }
        None
    }
}

/// Stores rows part by part, each as soon as it is full.
pub(super) struct Writer<'a> {
    log: &'a Log,
    part_bytes_max: usize,
    buffer: Vec<u8>,
    items: u64,
    parts: Vec<Part>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(log: &'a Log, part_bytes_max: usize) -> Self {
        Self { log, part_bytes_max, buffer: Vec::new(), items: 0, parts: Vec::new() }
    }

    /// Adds rows that were written as lines.
    pub(super) async fn push(&mut self, lines: Vec<Vec<u8>>) -> Result<(), Failure> {
        for line in lines {
            let full = self.buffer.len() + line.len() + 1 > self.part_bytes_max;
            if full && self.items > 0 {
                self.store().await?;
            }
            self.buffer.extend_from_slice(&line);
            self.buffer.push(b'\n');
            self.items += 1;
        }
        Ok(())
    }

    /// What an operation refers to later is stored beforehand, each part in a commit of
    /// its own: a plan may be larger than a commit.
    async fn store(&mut self) -> Result<(), Failure> {
        let content = Bytes::from(std::mem::take(&mut self.buffer));
        let part = Part { content: Stored::of(&content), items: self.items };
        self.log.commit(Transaction::default().blob(content)).await?;
        self.parts.push(part);
        self.items = 0;
        Ok(())
    }

    pub(super) async fn finish(mut self) -> Result<Vec<Part>, Failure> {
        if self.items > 0 {
            self.store().await?;
        }
        Ok(self.parts)
    }
}

/// Rows as lines.
pub(super) fn lines<T: Serialize>(items: &[T]) -> Result<Vec<Vec<u8>>, Failure> {
    items.iter().map(|item| serde_json::to_vec(item).map_err(Failure::internal)).collect()
}

/// The rows of a part.
pub(super) fn items<T: DeserializeOwned>(content: &[u8]) -> Result<Vec<T>, Failure> {
    let lines = content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    // What serde says of a line would tell what stands in it.
    let unreadable = |_| Failure::internal("a stored row cannot be read");
    lines.map(|line| serde_json::from_slice(line).map_err(unreadable)).collect()
}

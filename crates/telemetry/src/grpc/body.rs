//! The body of an answer, watched for the status in its trailers.

use std::pin::Pin;
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};
use tonic::Code;

use super::call::{Call, code_in};

/// The body of an answer; the call ends where its trailers are.
#[derive(Debug)]
pub struct GrpcBody<B> {
    inner: B,
    call: Option<Call>,
}

impl<B> GrpcBody<B> {
    /// A body of an answer that is not traced, or has ended with its head.
    pub(super) fn unwatched(inner: B) -> Self {
        Self { inner, call: None }
    }

    /// A body that ends `call`.
    pub(super) fn watched(inner: B, call: Call) -> Self {
        Self { inner, call: Some(call) }
    }

    fn end(&mut self, code: Code) {
        if let Some(call) = self.call.take() {
            call.end(code);
        }
    }
}

impl<B: Body + Unpin> Body for GrpcBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = &mut *self;
        let span = this.call.as_ref().map(|call| call.span().clone());
        let inner = Pin::new(&mut this.inner);
        let frame = match span {
            Some(span) => span.in_scope(|| inner.poll_frame(context)),
            None => inner.poll_frame(context),
        };
        match &frame {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    this.end(code_in(trailers).unwrap_or(Code::Unknown));
                }
            }
            Poll::Ready(Some(Err(_)) | None) => this.end(Code::Unknown),
            Poll::Pending => (),
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

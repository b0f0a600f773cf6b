//! W3C trace context: from callers into spans, from spans into events and calls.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The header (and gRPC metadata) that names the caller's span.
pub(crate) const TRACEPARENT: &str = "traceparent";

/// The `traceparent` of the span that is entered, or nothing outside of spans.
///
/// It is what the records of events keep of the request that wrote them, also when the
/// trace is not sampled: the flag at its end says so.
#[must_use]
pub fn current_traceparent() -> Option<String> {
    named(&Context::current()).as_ref().map(written)
}

/// A caller's `traceparent`, if it is one that names a span: for the records of its events,
/// where this process keeps no spans of its own.
#[must_use]
pub fn callers_traceparent(value: &str) -> Option<String> {
    let value = HeaderValue::from_str(value).ok()?;
    let headers = HeaderMap::from_iter([(HeaderName::from_static(TRACEPARENT), value)]);
    named(&extract(&headers)).as_ref().map(written)
}

fn written(at: &SpanContext) -> String {
    let flags = at.trace_flags() & TraceFlags::SAMPLED;
    format!("00-{}-{}-{flags:02x}", at.trace_id(), at.span_id())
}

/// The caller's trace context, of the headers `traceparent` and `tracestate`. It names
/// no span if there is no `traceparent` or it is malformed.
#[must_use]
pub fn extract(headers: &HeaderMap) -> Context {
    TraceContextPropagator::new().extract_with_context(&Context::new(), &Incoming(headers))
}

/// Sets `traceparent` and `tracestate` of an outgoing call to the span that is entered.
/// Outside of spans the headers stay as they are.
pub fn inject(headers: &mut HeaderMap) {
    TraceContextPropagator::new().inject_context(&Context::current(), &mut Outgoing(headers));
}

/// Puts `span`, which does later work on an event, into the trace that wrote the event.
///
/// The first trace that a span follows becomes its parent if the span has not been
/// entered yet; it is meant for spans without a local parent, which it would replace.
/// Every further one, and any after the span was entered, becomes a link: so a span
/// that folds one event continues its trace, and one that folds many is linked to all.
/// A malformed `traceparent` is passed over.
pub fn follow(traceparent: &str, span: &tracing::Span) {
    let Ok(value) = HeaderValue::from_str(traceparent) else { return };
    let writer = extract(&HeaderMap::from_iter([(HeaderName::from_static(TRACEPARENT), value)]));
    let written_in = writer.span().span_context().clone();
    if !written_in.is_valid() {
        return;
    }
    match span.set_parent(writer) {
        // Asking for the context starts the span, which settles its parent.
        Ok(()) => drop(span.context()),
        Err(_) => span.add_link(written_in),
    }
}

/// The span context of a context, if it names a span.
pub(crate) fn named(context: &Context) -> Option<SpanContext> {
    Some(context.span().span_context().clone()).filter(SpanContext::is_valid)
}

/// The headers of a request as the propagator reads them.
struct Incoming<'a>(&'a HeaderMap);

impl Extractor for Incoming<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        let value = self.0.get(key)?.to_str().ok()?;
        (key != TRACEPARENT || is_traceparent(value)).then_some(value)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

/// The headers of a request as the propagator writes them.
struct Outgoing<'a>(&'a mut HeaderMap);

impl Injector for Outgoing<'_> {
    fn set(&mut self, key: &str, value: String) {
        let name = HeaderName::from_bytes(key.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value))
            && !value.is_empty()
        {
            self.0.insert(name, value);
        }
    }
}

/// Whether the fields have the lengths that the standard gives them, which the
/// propagator does not ask: it reads `00-1-1-1` as a trace.
fn is_traceparent(value: &str) -> bool {
    let mut fields = value.split('-').map(str::len);
    let lengths: [Option<usize>; 4] = std::array::from_fn(|_| fields.next());
    let further = value.starts_with("00-") && fields.next().is_some();
    lengths == [Some(2), Some(32), Some(16), Some(2)] && !further && !value.contains('+')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const CALLER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn headers(traceparent: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(
            HeaderName::from_static(TRACEPARENT),
            HeaderValue::from_static(traceparent),
        )])
    }

    #[test]
    fn a_callers_trace_is_kept_if_it_is_one() {
        for (value, expected) in [
            (CALLER, Some(CALLER)),
            ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", None),
            ("00-00000000000000000000000000000000-b7ad6b7169203331-01", None),
            ("00-0af7651916cd43dd8448eb211c8031xy-b7ad6b7169203331-01", None),
            ("00-1-1-1", None),
            ("张三", None),
            ("", None),
        ] {
            assert_eq!(callers_traceparent(value).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn malformed_contexts_name_no_span() {
        let table = [
            (CALLER, true),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", true),
            ("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later", true),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later", false),
            ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false),
            ("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false),
            ("00-00000000000000000000000000000000-b7ad6b7169203331-01", false),
            ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false),
            ("00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false),
            ("00-1-1-1", false),
            ("", false),
        ];
        for (traceparent, valid) in table {
            assert_eq!(named(&extract(&headers(traceparent))).is_some(), valid, "{traceparent}");
        }
        assert_eq!(named(&extract(&HeaderMap::new())), None);
    }

    #[test]
    fn what_is_extracted_is_injected() {
        let mut incoming = headers(CALLER);
        incoming.insert("tracestate", HeaderValue::from_static("vendor=1"));
        let _guard = extract(&incoming).attach();
        assert_eq!(current_traceparent().as_deref(), Some(CALLER));
        let mut outgoing = HeaderMap::new();
        inject(&mut outgoing);
        assert_eq!(outgoing, incoming);
    }

    #[test]
    fn outside_of_spans_nothing_is_injected() {
        assert_eq!(current_traceparent(), None);
        let mut outgoing = headers(CALLER);
        inject(&mut outgoing);
        assert_eq!(outgoing, headers(CALLER));
    }
}

//! Spans of calls, as a collector receives them.

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use quanheng_telemetry::start;
use tonic::Code;

use crate::collector::{Collector, hexadecimal, value};
use crate::served::{CALLER, METHOD, Served, call, check_health, options_to};

#[tokio::test]
async fn a_call_continues_its_callers_trace() {
    let (collector, address) = Collector::serve().await;
    let telemetry = start(&options_to(address)).unwrap();
    let (served, channel) = Served::serve().await;
    check_health(&channel).await;
    assert_eq!(call(&channel, "number 440306198511200024", Some(CALLER)).await, Code::Ok);
    telemetry.shutdown().await;

    let resource = collector.resource();
    assert_eq!(value(&resource, "service.name").as_deref(), Some("quanheng-test"));
    assert_eq!(value(&resource, "service.instance.id").as_deref(), Some("one"));
    assert_eq!(collector.spans().len(), 2, "{:#?}", collector.spans());

    let span = collector.span(METHOD);
    assert_eq!(hexadecimal(&span.trace_id), "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(hexadecimal(&span.parent_span_id), "b7ad6b7169203331");
    assert_eq!(span.kind(), SpanKind::Server);
    let attribute = |key| value(&span.attributes, key);
    assert_eq!(attribute("rpc.system").as_deref(), Some("grpc"));
    let (service, method) = METHOD.split_once('/').unwrap();
    assert_eq!(attribute("rpc.service").as_deref(), Some(service));
    assert_eq!(attribute("rpc.method").as_deref(), Some(method));
    assert_eq!(attribute("rpc.grpc.status_code").as_deref(), Some("0"));

    // Events that the call wrote name its span, and its work is inside of it.
    let written = format!("00-0af7651916cd43dd8448eb211c80319c-{}-01", hexadecimal(&span.span_id));
    assert_eq!(served.traceparents(), [Some(written)]);
    let within = collector.span("within");
    assert_eq!(within.trace_id, span.trace_id);
    assert_eq!(within.parent_span_id, span.span_id);

    // No personal data in attributes, in events or in their attributes.
    assert_eq!(value(&within.attributes, "asked").as_deref(), Some("number [identity]"));
    let [event] = within.events.as_slice() else { panic!("{:#?}", within.events) };
    assert_eq!(event.name, "asked number [identity] of [mobile]");
    assert_eq!(value(&event.attributes, "identity").as_deref(), Some("[identity]"));
}

#[tokio::test]
async fn refusals_and_broken_calls_end_their_spans() {
    let (collector, address) = Collector::serve().await;
    let telemetry = start(&options_to(address)).unwrap();
    let (served, channel) = Served::serve().await;
    assert_eq!(call(&channel, "refuse", Some(CALLER)).await, Code::NotFound);
    let hanging = tokio::spawn({
        let channel = channel.clone();
        async move { call(&channel, "hang", Some("00-1-1-01")).await }
    });
    while served.traceparents().len() < 2 {
        tokio::task::yield_now().await;
    }
    hanging.abort();
    let _ = hanging.await;
    // A call after it on the same connection: the reset has been read before it.
    assert_eq!(call(&channel, "answer", None).await, Code::Ok);
    telemetry.shutdown().await;

    let mut spans = collector.spans();
    spans.retain(|span| span.name == METHOD);
    spans.sort_by_key(|span| span.start_time_unix_nano);
    let codes: Vec<_> =
        spans.iter().map(|span| value(&span.attributes, "rpc.grpc.status_code").unwrap()).collect();
    assert_eq!(codes, ["5", "1", "0"]);
    for span in &spans {
        let status = span.status.clone().unwrap_or_default();
        assert_eq!(status.code(), StatusCode::Unset);
    }
    // A malformed traceparent, and none, begin traces of their own.
    let roots: Vec<_> = spans.iter().map(|span| span.parent_span_id.is_empty()).collect();
    assert_eq!(roots, [false, true, true]);
    assert_ne!(spans[1].trace_id, spans[2].trace_id);
}

#[tokio::test]
async fn a_caller_of_ours_is_the_parent() {
    let (collector, address) = Collector::serve().await;
    let telemetry = start(&options_to(address)).unwrap();
    let (_, channel) = Served::serve().await;
    use tracing::Instrument;
    let span = tracing::info_span!("command");
    assert_eq!(call(&channel, "answer", None).instrument(span).await, Code::Ok);
    telemetry.shutdown().await;

    let command = collector.span("command");
    let served = collector.span(METHOD);
    assert_eq!(served.trace_id, command.trace_id);
    assert_eq!(served.parent_span_id, command.span_id);
}

#[tokio::test]
async fn callers_say_what_is_sampled_and_the_ratio_the_rest() {
    let (collector, address) = Collector::serve().await;
    let mut options = options_to(address);
    options.trace_sample_ratio_percent = 0;
    let telemetry = start(&options).unwrap();
    let (served, channel) = Served::serve().await;
    call(&channel, "answer", Some(CALLER)).await;
    call(&channel, "answer", None).await;
    telemetry.shutdown().await;

    assert_eq!(hexadecimal(&collector.span(METHOD).trace_id), "0af7651916cd43dd8448eb211c80319c");
    let unsampled = served.traceparents().remove(1).unwrap();
    assert!(unsampled.ends_with("-00"), "{unsampled}");
}

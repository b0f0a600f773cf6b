//! Later work in the trace that wrote an event.

use quanheng_telemetry::{follow, start};

use crate::collector::{Collector, hexadecimal};
use crate::served::{CALLER, options_to};

const ANOTHER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[tokio::test]
async fn the_first_trace_is_the_parent_and_the_others_are_links() {
    let (collector, address) = Collector::serve().await;
    let telemetry = start(&options_to(address)).unwrap();

    let one = tracing::info_span!("one");
    follow(CALLER, &one);
    one.in_scope(|| ());

    let many = tracing::info_span!("many");
    follow("garbled", &many);
    follow(CALLER, &many);
    follow(ANOTHER, &many);
    many.in_scope(|| ());

    let entered = tracing::info_span!("entered");
    entered.in_scope(|| follow(CALLER, &entered));

    drop((one, many, entered));
    telemetry.shutdown().await;

    // Name, the trace of its parent, the traces of its links.
    let (caller, another) = (&CALLER[3..35], &ANOTHER[3..35]);
    let table: [(&str, Option<&str>, &[&str]); 3] = [
        ("one", Some(caller), &[]),
        ("many", Some(caller), &[another]),
        ("entered", None, &[caller]),
    ];
    for (name, parent, links) in table {
        let span = collector.span(name);
        assert_eq!(span.parent_span_id.is_empty(), parent.is_none(), "{name}");
        if let Some(trace) = parent {
            assert_eq!(hexadecimal(&span.trace_id), trace, "{name}");
            assert_eq!(hexadecimal(&span.parent_span_id), CALLER[36..52], "{name}");
        }
        let linked: Vec<_> = span.links.iter().map(|link| hexadecimal(&link.trace_id)).collect();
        assert_eq!(linked, links, "{name}");
    }
}

//! Without tokens nobody listens where others reach.

use quanheng_identity::listen_allowed;

#[test]
fn loopback_alone_without_tokens() {
    let cases = [
        ("127.0.0.1:8080", true),
        ("127.8.8.8:8080", true),
        ("[::1]:8080", true),
        ("[::ffff:127.0.0.1]:8080", true),
        ("0.0.0.0:8080", false),
        ("[::]:8080", false),
        ("192.168.1.10:8080", false),
        ("[fe80::1]:8080", false),
        ("[::ffff:192.168.1.10]:8080", false),
        ("128.0.0.1:8080", false),
    ];
    for (addr, allowed) in cases {
        let addr = addr.parse().unwrap();
        assert_eq!(listen_allowed(&addr, false).is_ok(), allowed, "{addr}");
        assert!(listen_allowed(&addr, true).is_ok(), "{addr}");
    }
    let refused = listen_allowed(&"0.0.0.0:8080".parse().unwrap(), false).unwrap_err();
    assert_eq!(refused.code(), "LISTEN_REFUSED");
    assert!(refused.to_string().contains("0.0.0.0:8080"));
}

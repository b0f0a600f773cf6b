//! What is sealed opens where it was sealed, and nowhere else.

use proptest::prelude::*;
use quanheng_sealing::{Cipher, SealError, SubjectKey};

use crate::fixture::{Fixture, Kind, key, on_every_backend};

const CONTEXT: &str = "persons/1:identity";
const CIPHERS: [(Cipher, &str); 2] = [(Cipher::Aes256Gcm, "s1.a."), (Cipher::Sm4Gcm, "s1.m.")];

on_every_backend!(both_ciphers_open_each_others_texts, another_key_or_place_is_refused);

async fn both_ciphers_open_each_others_texts(kind: Kind) {
    let fixture = Fixture::new(kind);
    fixture.open().await.create(&["persons/1"]).await.unwrap();
    let texts = [b"".as_slice(), b"x", "张三,示例市".as_bytes(), &[0; 60_000]];
    for (cipher, prefix) in CIPHERS {
        let sealing = key(&fixture.open_with(cipher).await, "persons/1").await;
        for plain in texts {
            let sealed = sealing.seal(CONTEXT, plain);
            assert!(sealed.starts_with(prefix) && sealed.bytes().all(|b| b.is_ascii_graphic()));
            assert_ne!(sealed, sealing.seal(CONTEXT, plain), "every text is another");
            for (cipher, _) in CIPHERS {
                let opening = key(&fixture.open_with(cipher).await, "persons/1").await;
                assert_eq!(opening.open(CONTEXT, &sealed).unwrap().as_slice(), plain);
            }
        }
    }
}

async fn another_key_or_place_is_refused(kind: Kind) {
    let fixture = Fixture::new(kind);
    for (cipher, _) in CIPHERS {
        let keys = fixture.open_with(cipher).await;
        keys.create(&["persons/1", "persons/2"]).await.unwrap();
        let one = key(&keys, "persons/1").await;
        let two = key(&keys, "persons/2").await;
        let sealed = one.seal(CONTEXT, b"x");
        assert_eq!(one.open("persons/1:contact", &sealed), Err(SealError::Refused));
        assert_eq!(one.open("", &sealed), Err(SealError::Refused));
        assert_eq!(two.open(CONTEXT, &sealed), Err(SealError::Refused));
        assert!(one.open(CONTEXT, &sealed).is_ok());
    }
}

/// Keys that need no test to wait for a database.
async fn some_keys() -> Vec<SubjectKey> {
    let fixture = Fixture::new(Kind::Sqlite);
    let mut found = Vec::new();
    for (cipher, _) in CIPHERS {
        let keys = fixture.open_with(cipher).await;
        keys.create(&["persons/1"]).await.unwrap();
        found.push(key(&keys, "persons/1").await);
    }
    found
}

#[tokio::test]
async fn texts_of_another_form_are_malformed() {
    let one = some_keys().await.remove(0);
    let sealed = one.seal(CONTEXT, b"x");
    let body = sealed.strip_prefix("s1.a.").unwrap();
    let short = &body[..36];
    let cases = [
        ("nothing", String::new()),
        ("no prefix", body.to_owned()),
        ("an unknown version", format!("s2.a.{body}")),
        ("an unknown cipher", format!("s1.b.{body}")),
        ("a prefix alone", "s1.a.".to_owned()),
        ("shorter than nonce and tag", format!("s1.a.{short}")),
        ("padding", format!("{sealed}=")),
        ("the other alphabet", format!("s1.a.+{}", &body[1..])),
        ("a blank", format!("{sealed} ")),
        ("a newline", format!("{sealed}\n")),
    ];
    for (name, text) in cases {
        assert_eq!(one.open(CONTEXT, &text), Err(SealError::Malformed), "{name}: {text}");
    }
    let other_cipher = format!("s1.m.{body}");
    assert_eq!(one.open(CONTEXT, &other_cipher), Err(SealError::Refused));
    assert_eq!(SealError::Malformed.code(), "SEALED_TEXT_MALFORMED");
    assert_eq!(SealError::Refused.code(), "SEALED_TEXT_REFUSED");
}

#[test]
fn any_text_opens_and_no_changed_one_does() {
    let keys = tokio::runtime::Runtime::new().unwrap().block_on(some_keys());
    let texts = (proptest::collection::vec(any::<u8>(), 0..200), ".{0,40}");
    let changes = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..2_usize);
    proptest!(|((plain, context) in texts, (at, to, which) in changes)| {
        let key = &keys[which];
        let sealed = key.seal(&context, &plain);
        let opened = key.open(&context, &sealed).unwrap();
        prop_assert_eq!(opened.as_slice(), &plain[..]);

        let mut changed = sealed.clone().into_bytes();
        let at = 5 + at.index(changed.len() - 5);
        changed[at] = *to.get(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
        let changed = String::from_utf8(changed).unwrap();
        prop_assert_eq!(key.open(&context, &changed).is_ok(), changed == sealed);
        prop_assert!(key.open(&context, &sealed[..sealed.len() - 1]).is_err());
        let elsewhere = format!("{context}:");
        prop_assert_eq!(key.open(&elsewhere, &sealed), Err(SealError::Refused));
    });
}

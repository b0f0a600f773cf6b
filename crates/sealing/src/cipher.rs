//! The two ciphers: AES-256-GCM (NIST SP 800-38D) and SM4-GCM (GB/T 32907, RFC 8998).

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, AesGcm};
use serde::{Deserialize, Serialize};
use sm4::Sm4;
use zeroize::Zeroizing;

type Sm4Gcm = AesGcm<Sm4, U12>;

/// Bytes of a nonce.
pub(crate) const NONCE_BYTES: usize = 12;
/// Bytes of a tag.
pub(crate) const TAG_BYTES: usize = 16;

/// With what is sealed. Whatever is set, texts of either cipher are opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Cipher {
    /// AES-256-GCM.
    #[default]
    #[serde(rename = "aes-256-gcm")]
    Aes256Gcm,
    /// SM4-GCM (国密), with a key of 128 bits.
    #[serde(rename = "sm4-gcm")]
    Sm4Gcm,
}

impl Cipher {
    /// Bytes of its key.
    pub(crate) fn key_bytes(self) -> usize {
        match self {
            Self::Aes256Gcm => 32,
            Self::Sm4Gcm => 16,
        }
    }

    /// Nonce, ciphertext and tag under a key of [`Self::key_bytes`].
    pub(crate) fn seal(self, key: &[u8], context: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        rand::fill(&mut nonce);
        let mut sealed = nonce.to_vec();
        sealed.extend(self.encrypt(key, nonce, context, plain));
        sealed
    }

    /// What [`Self::seal`] was given; none if key, context or text are others.
    pub(crate) fn open(
        self,
        key: &[u8],
        context: &[u8],
        sealed: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: sealed, aad: context };
        let plain = match self {
            Self::Aes256Gcm => keyed::<Aes256Gcm>(key).decrypt(&(*nonce).into(), payload),
            Self::Sm4Gcm => keyed::<Sm4Gcm>(key).decrypt(&(*nonce).into(), payload),
        };
        plain.ok().map(Zeroizing::new)
    }

    fn encrypt(
        self,
        key: &[u8],
        nonce: [u8; NONCE_BYTES],
        context: &[u8],
        plain: &[u8],
    ) -> Vec<u8> {
        let payload = Payload { msg: plain, aad: context };
        let sealed = match self {
            Self::Aes256Gcm => keyed::<Aes256Gcm>(key).encrypt(&nonce.into(), payload),
            Self::Sm4Gcm => keyed::<Sm4Gcm>(key).encrypt(&nonce.into(), payload),
        };
        sealed.expect("GCM seals whatever fits into memory")
    }
}

fn keyed<C: KeyInit>(key: &[u8]) -> C {
    C::new_from_slice(key).expect("the key is as long as the cipher wants it")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let hex: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16);
        hex.chunks(2).map(|pair| byte(pair).unwrap()).collect()
    }

    /// Name, cipher, key, nonce, context, plain text, ciphertext and tag.
    const KNOWN: [(&str, Cipher, [&str; 5]); 4] = [
        (
            "GCM specification, test case 13: nothing at all",
            Cipher::Aes256Gcm,
            [
                "0000000000000000000000000000000000000000000000000000000000000000",
                "000000000000000000000000",
                "",
                "",
                "530f8afbc74536b9a963b4f1c4cb738b",
            ],
        ),
        (
            "GCM specification, test case 14: one block",
            Cipher::Aes256Gcm,
            [
                "0000000000000000000000000000000000000000000000000000000000000000",
                "000000000000000000000000",
                "",
                "00000000000000000000000000000000",
                "cea7403d4d606b6e074ec5d3baf39d18 d0d1c8a799996bf0265b98b5d48ab919",
            ],
        ),
        (
            "GCM specification, test case 16: with a context",
            Cipher::Aes256Gcm,
            [
                "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
                "cafebabefacedbaddecaf888",
                "feedfacedeadbeeffeedfacedeadbeefabaddad2",
                "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72
                 1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
                "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa
                 8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662
                 76fc6ece0f4e1768cddf8853bb2d551b",
            ],
        ),
        (
            "RFC 8998, appendix A.1",
            Cipher::Sm4Gcm,
            [
                "0123456789abcdeffedcba9876543210",
                "00001234567800000000abcd",
                "feedfacedeadbeeffeedfacedeadbeefabaddad2",
                "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd
                 eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
                "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735
                 d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d
                 83de3541e4c2b58177e065a9bf7b62ec",
            ],
        ),
    ];

    #[test]
    fn published_vectors() {
        for (name, cipher, texts) in KNOWN {
            let [key, nonce, context, plain, sealed] = texts.map(bytes);
            let nonce: [u8; NONCE_BYTES] = nonce.try_into().unwrap();
            assert_eq!(cipher.encrypt(&key, nonce, &context, &plain), sealed, "{name}");
            let whole = [&nonce[..], &sealed].concat();
            assert_eq!(cipher.open(&key, &context, &whole).unwrap().to_vec(), plain, "{name}");
        }
    }
}

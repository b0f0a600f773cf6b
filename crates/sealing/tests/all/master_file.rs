//! The master key's file.

use std::fs;
use std::path::Path;

use quanheng_sealing::{Cipher, FileMasterKey, MasterKey as _, SealError};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    set_mode(path, 0o600);
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn code(path: &Path) -> &'static str {
    FileMasterKey::open(path).err().map_or("OK", |error| error.code())
}

#[test]
fn it_is_made_once_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("realm/master.key");
    assert_eq!(code(&path), "MASTER_KEY_MISSING");
    let made = FileMasterKey::open_or_create(&path).unwrap();
    assert_eq!(mode(&path), 0o600);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.len() == 45 && text.ends_with("=\n"), "{}", text.len());
    for again in [FileMasterKey::open(&path), FileMasterKey::open_or_create(&path)] {
        assert_eq!(again.unwrap().id(), made.id());
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing beside it");
    let other = FileMasterKey::open_or_create(folder.path().join("other.key")).unwrap();
    assert_ne!(other.id(), made.id());
}

#[test]
fn those_who_make_it_at_once_get_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    let makers: Vec<_> = (0..8)
        .map(|_| {
            let path = path.clone();
            std::thread::spawn(move || FileMasterKey::open_or_create(path).unwrap().id().to_owned())
        })
        .collect();
    let mut ids: Vec<String> = makers.into_iter().map(|maker| maker.join().unwrap()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1);
}

#[test]
fn a_damaged_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    let long = format!("{}{KEY}", &KEY[..44]);
    let cases = [
        (KEY, "OK"),
        (KEY.trim_end(), "OK"),
        ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\r\n", "OK"),
        ("", "MASTER_KEY_MALFORMED"),
        ("\n", "MASTER_KEY_MALFORMED"),
        (&KEY[..43], "MASTER_KEY_MALFORMED"),
        (&KEY[..40], "MASTER_KEY_MALFORMED"),
        (&long, "MASTER_KEY_MALFORMED"),
        ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=\n", "MASTER_KEY_MALFORMED"),
        ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n", "MASTER_KEY_MALFORMED"),
        ("*AECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", "MASTER_KEY_MALFORMED"),
    ];
    for (text, expected) in cases {
        write(&path, text);
        assert_eq!(code(&path), expected, "{text:?}");
    }
    let refused = FileMasterKey::open_or_create(&path).unwrap_err();
    assert_eq!(refused.code(), "MASTER_KEY_MALFORMED", "a damaged key is never made anew");
    assert_eq!(code(folder.path()), "MASTER_KEY_FILE_MODE");
}

#[test]
fn a_file_that_others_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    write(&path, KEY);
    for (mode, expected) in [
        (0o600, "OK"),
        (0o400, "OK"),
        (0o640, "MASTER_KEY_FILE_MODE"),
        (0o604, "MASTER_KEY_FILE_MODE"),
        (0o620, "MASTER_KEY_FILE_MODE"),
    ] {
        set_mode(&path, mode);
        assert_eq!(code(&path), expected, "{mode:o}");
    }
    let said = FileMasterKey::open(&path).unwrap_err().to_string();
    assert!(said.contains("620") && said.contains("chmod 600"), "{said}");
}

#[tokio::test]
async fn wrapping() {
    let folder = tempfile::tempdir().unwrap();
    let open = |name| FileMasterKey::open_or_create(folder.path().join(name)).unwrap();
    let (aes, sm4) = (open("one"), open("one").with_cipher(Cipher::Sm4Gcm));
    let other = open("other");
    for master in [&aes, &sm4] {
        let wrapped = master.wrap(&[7; 32]).await.unwrap();
        assert_ne!(wrapped, master.wrap(&[7; 32]).await.unwrap());
        for reader in [&aes, &sm4] {
            assert_eq!(*reader.unwrap(&wrapped).await.unwrap(), [7; 32]);
        }
        assert_eq!(other.unwrap(&wrapped).await, Err(SealError::MasterRefused));
        for at in 0..wrapped.len() {
            let mut changed = wrapped.clone();
            changed[at] ^= 1;
            assert_eq!(master.unwrap(&changed).await, Err(SealError::MasterRefused), "{at}");
        }
        for length in 0..wrapped.len() {
            assert!(master.unwrap(&wrapped[..length]).await.is_err(), "{length}");
        }
    }
    assert!(
        !format!("{aes:?}").contains(fs::read_to_string(folder.path().join("one")).unwrap().trim())
    );
}

/// Frozen: stores hold such wrappings for as long as they live. Made by another program
/// than ours.
#[tokio::test]
async fn keys_that_were_wrapped_stay_readable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    write(&path, KEY);
    let master = FileMasterKey::open(&path).unwrap();
    assert_eq!(master.id(), "file:719dc63bff283364");
    for hex in [
        "016465666768696a6b6c6d6e6f579e5225ed66c11b8d430f7c8958bc6f652a926d922488eea9bb00681dd20df2f1831707f64316df670d93278b2a31bb",
        "026465666768696a6b6c6d6e6fdf8989bbe528fe95d9c42a0ce64782425a55736a3302d238fd206c8ebd4f10c7704d3e05a0a629b0a6990d23c0c5fe1d",
    ] {
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        let wrapped: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
        assert_eq!(*master.unwrap(&wrapped).await.unwrap(), [7; 32]);
    }
}

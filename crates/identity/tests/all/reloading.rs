//! The file changes while the server runs.

use std::sync::Arc;
use std::time::Duration;

use quanheng_identity::{AuthError, Authenticator, TokenFile};

use crate::token_file::{Folder, bearer, entry, set_mode};

fn who(tokens: &TokenFile, nr: usize) -> Result<String, AuthError> {
    tokens.authenticate(Some(&bearer(nr))).map(|principal| principal.id.clone())
}

fn opened(folder: &Folder, poll_interval: Duration) -> TokenFile {
    folder.write(&entry("zhangsan", 1, ""));
    TokenFile::open(folder.path()).unwrap().with_poll_interval(poll_interval)
}

#[test]
fn a_changed_file_is_read() {
    let folder = Folder::new();
    let tokens = opened(&folder, Duration::ZERO);
    assert_eq!(who(&tokens, 1).as_deref(), Ok("zhangsan"));
    assert_eq!(who(&tokens, 2), Err(AuthError::Unknown));

    folder.write(&format!("{}{}", entry("zhangsan", 1, ""), entry("lisi", 2, "")));
    assert_eq!(who(&tokens, 2).as_deref(), Ok("lisi"));
    folder.write(&entry("lisi", 3, ""));
    assert_eq!(who(&tokens, 1), Err(AuthError::Unknown), "taken out");
    assert_eq!(who(&tokens, 2), Err(AuthError::Unknown), "replaced");
    assert_eq!(who(&tokens, 3).as_deref(), Ok("lisi"));
    assert_eq!(tokens.len(), 1);
}

#[test]
fn a_file_written_in_its_place_is_read() {
    let folder = Folder::new();
    let tokens = opened(&folder, Duration::ZERO);
    assert_eq!(who(&tokens, 1).as_deref(), Ok("zhangsan"));
    // The same inode and the same length: only the time tells.
    let text = entry("zhangsan", 2, "");
    assert_eq!(text.len(), entry("zhangsan", 1, "").len());
    std::thread::sleep(Duration::from_millis(20));
    std::fs::write(folder.path(), text).unwrap();
    assert_eq!(who(&tokens, 1), Err(AuthError::Unknown));
    assert_eq!(who(&tokens, 2).as_deref(), Ok("zhangsan"));
}

#[test]
fn a_broken_file_leaves_what_was() {
    let folder = Folder::new();
    let tokens = opened(&folder, Duration::ZERO);
    let breaks: [(&str, &dyn Fn()); 4] = [
        ("no TOML", &|| folder.write("[[principals")),
        ("nobody", &|| folder.write("")),
        ("open to others", &|| {
            folder.write(&entry("lisi", 2, ""));
            set_mode(&folder.path(), 0o644);
        }),
        ("gone", &|| std::fs::remove_file(folder.path()).unwrap()),
    ];
    for (name, broken) in breaks {
        broken();
        for _again in 0..2 {
            assert_eq!(who(&tokens, 1).as_deref(), Ok("zhangsan"), "{name}");
            assert_eq!(who(&tokens, 2), Err(AuthError::Unknown), "{name}");
        }
    }
    folder.write(&entry("lisi", 2, ""));
    assert_eq!(who(&tokens, 2).as_deref(), Ok("lisi"), "mended");
    assert_eq!(who(&tokens, 1), Err(AuthError::Unknown));
}

#[test]
fn rights_that_others_lose_mend_a_file() {
    let folder = Folder::new();
    let tokens = opened(&folder, Duration::ZERO);
    folder.write(&entry("lisi", 2, ""));
    set_mode(&folder.path(), 0o644);
    assert_eq!(who(&tokens, 2), Err(AuthError::Unknown));
    set_mode(&folder.path(), 0o600);
    assert_eq!(who(&tokens, 2).as_deref(), Ok("lisi"));
}

#[test]
fn the_file_is_not_looked_at_with_every_call() {
    let folder = Folder::new();
    let tokens = opened(&folder, Duration::from_secs(3_600));
    folder.write(&entry("lisi", 2, ""));
    assert_eq!(who(&tokens, 1).as_deref(), Ok("zhangsan"));
    assert_eq!(who(&tokens, 2), Err(AuthError::Unknown));
    let tokens = tokens.with_poll_interval(Duration::ZERO);
    assert_eq!(who(&tokens, 2).as_deref(), Ok("lisi"));
}

#[test]
fn many_call_while_it_changes() {
    let folder = Folder::new();
    let tokens: Arc<TokenFile> = Arc::new(opened(&folder, Duration::ZERO));
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let tokens: Arc<dyn Authenticator> = Arc::clone(&tokens) as _;
            std::thread::spawn(move || {
                for _ in 0..500 {
                    let found = tokens.authenticate(Some(&bearer(1)));
                    assert_eq!(found.expect("is in every version").id, "zhangsan");
                }
            })
        })
        .collect();
    for nr in 2..40 {
        folder.write(&format!("{}{}", entry("zhangsan", 1, ""), entry("lisi", nr, "")));
    }
    for caller in callers {
        caller.join().unwrap();
    }
    assert_eq!(who(&tokens, 39).as_deref(), Ok("lisi"));
}

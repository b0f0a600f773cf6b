//! What a token file says, and what is wrong with it.

use std::path::{Path, PathBuf};

use jiff::civil::{Date, date};
use quanheng_identity::{
    AuthError, Authenticator as _, PRINCIPALS_MAX, Role, TokenFile, new_token, today_in_china,
};
use sha2::{Digest as _, Sha256};

pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().join("tokens.toml")
    }

    /// Puts another file in the place, at once and for its owner alone.
    pub(crate) fn write(&self, text: &str) {
        let beside = self.0.path().join("beside");
        std::fs::write(&beside, text).unwrap();
        set_mode(&beside, 0o600);
        std::fs::rename(beside, self.path()).unwrap();
    }
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// A token that a test can tell again.
pub(crate) fn token(nr: usize) -> String {
    format!("qh_{nr:043}")
}

pub(crate) fn bearer(nr: usize) -> String {
    format!("Bearer {}", token(nr))
}

fn digest(nr: usize) -> String {
    Sha256::digest(token(nr)).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An entry with the least that it needs, and more lines.
pub(crate) fn entry(id: &str, nr: usize, more: &str) -> String {
    let digest = digest(nr);
    format!(
        "[[principals]]\nid = \"{id}\"\ndisplay_name = \"张三\"\nroles = [\"viewer\"]\n\
         jurisdiction = \"110000\"\ntoken_sha256 = \"{digest}\"\n{more}\n"
    )
}

#[test]
fn a_new_token_is_long_random_and_fits_its_digest() {
    let ((one, digest), (other, _)) = (new_token(), new_token());
    assert!(one.starts_with("qh_") && one.len() == 46, "{}", one.len());
    assert_ne!(one, other);
    let expected: String = Sha256::digest(&one).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, expected);

    let folder = Folder::new();
    folder.write(&entry("zhangsan", 1, "").replace(&self::digest(1), &digest));
    let tokens = TokenFile::open(folder.path()).unwrap();
    let shown = format!("Bearer {one}");
    assert_eq!(tokens.authenticate(Some(&shown)).unwrap().name(), "principals/zhangsan");
    assert_eq!(tokens.authenticate(Some(&format!("Bearer {other}"))), Err(AuthError::Unknown));
    let shown = format!("{tokens:?}");
    assert!(!shown.contains(&one) && !shown.contains(&digest), "{shown}");
}

#[test]
fn a_whole_entry_and_a_short_one() {
    let folder = Folder::new();
    let whole = format!(
        "[[principals]]\nid = \"lisi\"\ndisplay_name = \" 李四 \"\n\
         roles = [\"unit_clerk\", \"viewer\"]\nunit = \"u-1001\"\njurisdiction = \"130102\"\n\
         realm = \"hebei\"\nperson = \"p-2001\"\ntoken_sha256 = \"{}\"\nexpires_on = 2027-12-31\n",
        digest(2).to_uppercase()
    );
    folder.write(&format!("{}\n{whole}", entry("zhangsan", 1, "")));
    let tokens = TokenFile::open(folder.path()).unwrap().with_today(|| date(2027, 1, 1));
    assert_eq!((tokens.len(), tokens.is_empty()), (2, false));

    let one = tokens.authenticate(Some(&bearer(1))).unwrap();
    assert_eq!((one.name().as_str(), one.realm.as_str()), ("principals/zhangsan", "default"));
    assert_eq!((&one.unit, &one.person), (&None, &None));

    let two = tokens.authenticate(Some(&bearer(2))).unwrap();
    assert_eq!((two.id.as_str(), two.display_name.as_str()), ("lisi", "李四"));
    assert_eq!(two.roles, [Role::UnitClerk, Role::Viewer].into());
    assert_eq!(two.unit.as_ref().unwrap().as_str(), "u-1001");
    assert_eq!(two.person.as_ref().unwrap().as_str(), "p-2001");
    assert_eq!((two.jurisdiction.as_str(), two.realm.as_str()), ("130102", "hebei"));
}

#[test]
fn what_is_shown_is_checked() {
    let folder = Folder::new();
    folder.write(&entry("zhangsan", 1, ""));
    let tokens = TokenFile::open(folder.path()).unwrap();
    let good = token(1);
    let long = "x".repeat(513);
    let cases = [
        (None, Err(AuthError::Missing)),
        (Some(String::new()), Err(AuthError::Missing)),
        (Some("  ".to_owned()), Err(AuthError::Missing)),
        (Some(good.clone()), Err(AuthError::Malformed)),
        (Some("Bearer".to_owned()), Err(AuthError::Malformed)),
        (Some("Bearer ".to_owned()), Err(AuthError::Malformed)),
        (Some("Bearer short".to_owned()), Err(AuthError::Malformed)),
        (Some(format!("Bearer {long}")), Err(AuthError::Malformed)),
        (Some(format!("Basic {good}")), Err(AuthError::Malformed)),
        (Some(format!("Bearer {good} {good}")), Err(AuthError::Malformed)),
        (Some(format!("Bearer {good},")), Err(AuthError::Malformed)),
        (Some(format!("Bearer 令牌{good}")), Err(AuthError::Malformed)),
        (Some(format!("Bearer {good}x")), Err(AuthError::Unknown)),
        (Some(format!("Bearer {}", good.to_uppercase())), Err(AuthError::Unknown)),
        (Some(format!("Bearer {}", digest(1))), Err(AuthError::Unknown)),
        (Some(format!("Bearer {good}")), Ok("zhangsan")),
        (Some(format!("bearer   {good} ")), Ok("zhangsan")),
    ];
    for (shown, expected) in cases {
        let found = tokens.authenticate(shown.as_deref()).map(|principal| principal.id.clone());
        assert_eq!(found.as_deref(), expected.as_ref().copied(), "{shown:?}");
    }
    let codes = [AuthError::Missing, AuthError::Malformed, AuthError::Unknown, AuthError::Expired]
        .map(AuthError::code);
    assert_eq!(codes, ["TOKEN_MISSING", "TOKEN_MALFORMED", "TOKEN_UNKNOWN", "TOKEN_EXPIRED"]);
}

#[test]
fn a_token_is_good_through_its_last_day() {
    let folder = Folder::new();
    folder.write(&entry("zhangsan", 1, "expires_on = 2027-02-28"));
    let cases: [(Date, bool); 4] = [
        (date(2026, 11, 24), true),
        (date(2027, 2, 27), true),
        (date(2027, 2, 28), true),
        (date(2027, 3, 1), false),
    ];
    for (today, good) in cases {
        let tokens = TokenFile::open(folder.path()).unwrap().with_today(move || today);
        let found = tokens.authenticate(Some(&bearer(1)));
        assert_eq!(found.err(), (!good).then_some(AuthError::Expired), "{today}");
    }
    let utc = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    assert!([utc, utc.tomorrow().unwrap()].contains(&today_in_china()));
}

/// What is wrong, the line, and a word of what is said.
#[test]
fn a_wrong_file_is_refused_with_its_line() {
    let good = entry("zhangsan", 1, "");
    let second = |text: &str| format!("# 令牌\n{good}\n{text}");
    let replaced = |from: &str, to: &str| good.replace(from, to);
    let twice = good.replace("zhangsan", "lisi");
    let cases = [
        ("nothing", String::new(), 1, "没有任何"),
        ("no TOML", format!("{good}\n[[principals\n"), 9, ""),
        ("an unknown key", replaced("display_name", "name"), 3, "name"),
        ("an unknown table", second("[[users]]\n"), 10, "users"),
        ("a missing key", replaced("display_name = \"张三\"\n", ""), 1, "display_name"),
        ("an unknown role", replaced("\"viewer\"", "\"viewer\", \"admin\""), 4, "admin"),
        ("the server's role", replaced("viewer", "system"), 4, "系统内部"),
        ("a role twice", replaced("\"viewer\"", "\"viewer\", \"viewer\""), 4, "重复"),
        ("no role", replaced("\"viewer\"", ""), 4, "roles"),
        ("a clerk of no unit", replaced("viewer", "unit_clerk"), 4, "unit"),
        ("an id twice", second(&entry("zhangsan", 2, "")), 11, "id 重复:zhangsan"),
        ("a token twice", second(&twice), 15, "token_sha256 重复"),
        ("an id with a slash", replaced("zhangsan", "a/b"), 2, "id"),
        ("a reserved id", replaced("zhangsan", "local"), 2, "保留"),
        ("the server's id", replaced("zhangsan", "system"), 2, "保留"),
        ("an empty name", replaced("张三", "  "), 3, "display_name"),
        ("a name of two lines", replaced("张三", "张\\n三"), 3, "display_name"),
        ("a division that is none", replaced("110000", "11"), 5, "行政区划代码"),
        ("a short digest", replaced("token_sha256 = \"", "token_sha256 = \"0"), 6, "64"),
        ("a digest with other letters", replaced(&digest(1), &"g".repeat(64)), 6, "64"),
        ("a realm with capitals", entry("a", 1, "realm = \"Hebei\""), 7, "realm"),
        ("a realm too long", entry("a", 1, &format!("realm = \"{}\"", "a".repeat(33))), 7, "realm"),
        ("a unit that is none", entry("a", 1, "unit = \"units/1\""), 7, "units/1"),
        ("a person that is none", entry("a", 1, "person = \"\""), 7, "名称"),
        ("a moment", entry("a", 1, "expires_on = 2027-12-31T00:00:00Z"), 7, "expires_on"),
        ("a time", entry("a", 1, "expires_on = 12:00:00"), 7, "expires_on"),
        ("a day that is none", entry("a", 1, "expires_on = 2027-02-29"), 7, ""),
        ("a text for a date", entry("a", 1, "expires_on = \"明天\""), 7, ""),
    ];
    let folder = Folder::new();
    for (name, text, line, word) in cases {
        folder.write(&text);
        let refused = TokenFile::open(folder.path()).expect_err(name);
        let said = refused.to_string();
        assert_eq!(refused.code(), "TOKEN_FILE_INVALID", "{name}: {said}");
        let place = format!("{}:{line}: ", folder.path().display());
        assert!(said.starts_with(&place) && said.contains(word), "{name}: {said}");
        assert!(!said.contains(&digest(1)), "{name}: {said}");
    }
}

#[test]
fn a_file_that_others_read_is_refused() {
    let folder = Folder::new();
    let refused = TokenFile::open(folder.path()).unwrap_err();
    assert_eq!(refused.code(), "TOKEN_FILE_UNREADABLE");
    folder.write(&entry("zhangsan", 1, ""));
    for (mode, good) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false)] {
        set_mode(&folder.path(), mode);
        let opened = TokenFile::open(folder.path());
        assert_eq!(
            opened.err().map(|e| e.code()),
            (!good).then_some("TOKEN_FILE_MODE"),
            "{mode:o}"
        );
    }
    let said = TokenFile::open(folder.path()).unwrap_err().to_string();
    assert!(said.contains("604") && said.contains("chmod 600"), "{said}");
}

#[test]
fn a_file_has_bounds() {
    let folder = Folder::new();
    let entries = |count| (0..count).map(|nr| entry(&format!("p{nr}"), nr, "")).collect::<String>();
    folder.write(&entries(PRINCIPALS_MAX));
    let tokens = TokenFile::open(folder.path()).unwrap();
    assert_eq!(tokens.len(), PRINCIPALS_MAX);
    for nr in [0, PRINCIPALS_MAX / 2, PRINCIPALS_MAX - 1] {
        assert_eq!(tokens.authenticate(Some(&bearer(nr))).unwrap().id, format!("p{nr}"));
    }
    assert_eq!(tokens.authenticate(Some(&bearer(PRINCIPALS_MAX))), Err(AuthError::Unknown));
    folder.write(&entries(PRINCIPALS_MAX + 1));
    assert_eq!(TokenFile::open(folder.path()).unwrap_err().code(), "TOKEN_FILE_INVALID");
    folder.write(&format!("#{}", " ".repeat(4 * 1024 * 1024)));
    assert_eq!(TokenFile::open(folder.path()).unwrap_err().code(), "TOKEN_FILE_TOO_LARGE");
}

//! `quanheng token new` (令牌): shown once, kept nowhere.

use clap::{Args, Subcommand};
use quanheng_identity::{Role, new_token};
use serde_json::json;

use super::output::{Output, document, out};
use super::session::{Done, note};

/// What can be done with tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// 生成新令牌,并给出令牌文件中的一节
    New(NewArgs),
}

/// Who gets it.
#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// 主体编号,如 zhangsan
    #[arg(long, value_name = "编号")]
    id: String,
    /// 姓名或用途
    #[arg(long, value_name = "名称")]
    display_name: String,
    /// 角色(可重复)
    #[arg(long = "role", value_name = "角色", required = true, value_parser = role_parser())]
    roles: Vec<String>,
    /// 管辖区划代码;000000 为全国
    #[arg(long, value_name = "代码")]
    jurisdiction: String,
    /// 所在单位
    #[arg(long, value_name = "单位")]
    unit: Option<String>,
    /// 域名称
    #[arg(long, value_name = "域", default_value = "default")]
    realm: String,
    /// 对应的人员
    #[arg(long, value_name = "人员")]
    person: Option<String>,
    /// 有效期的最后一天
    #[arg(long, value_name = "日期")]
    expires_on: Option<jiff::civil::Date>,
}

/// Every role that a token may have.
fn role_parser() -> clap::builder::PossibleValuesParser {
    let given = Role::ALL.into_iter().filter(|role| *role != Role::System);
    let values =
        given.map(|role| clap::builder::PossibleValue::new(role.as_str()).help(role.label()));
    values.collect::<Vec<_>>().into()
}

impl TokenCommand {
    /// Does it.
    pub(crate) fn run(self, output: Output) -> Done {
        let Self::New(new) = self;
        let (token, digest) = new_token();
        let stanza = new.stanza(&digest);
        if output == Output::Json {
            return document(&json!({
                "token": token,
                "token_sha256": digest,
                "stanza": stanza,
            }));
        }
        note("令牌只显示这一次,请妥善保管;将其下的一节加入令牌文件(权限须为 600):");
        out(&format!("{token}\n\n{stanza}"))
    }
}

impl NewArgs {
    /// The entry of the token file, as TOML.
    fn stanza(&self, digest: &str) -> String {
        let quoted = |text: &str| toml_string(text);
        let roles: Vec<String> = self.roles.iter().map(|role| quoted(role)).collect();
        let mut lines = vec![
            "[[principals]]".to_owned(),
            format!("id = {}", quoted(&self.id)),
            format!("display_name = {}", quoted(&self.display_name)),
            format!("roles = [{}]", roles.join(", ")),
            format!("jurisdiction = {}", quoted(&self.jurisdiction)),
            format!("realm = {}", quoted(&self.realm)),
        ];
        let id = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
        for (key, value) in [("unit", &self.unit), ("person", &self.person)] {
            if let Some(value) = value {
                lines.push(format!("{key} = {}", quoted(&id(value))));
            }
        }
        lines.push(format!("token_sha256 = {}", quoted(digest)));
        if let Some(day) = self.expires_on {
            lines.push(format!("expires_on = {day}"));
        }
        lines.join("\n") + "\n"
    }
}

/// A basic string of TOML.
fn toml_string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_control() => {
                quoted.push_str(&format!("\\u{:04X}", u32::from(letter)));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_stanza_is_an_entry_of_a_token_file() {
        let new = NewArgs {
            id: "zhangsan".into(),
            display_name: "张\"三\"".into(),
            roles: vec!["unit_clerk".into(), "viewer".into()],
            jurisdiction: "110000".into(),
            unit: Some("units/u-1001".into()),
            realm: "default".into(),
            person: Some("p-2001".into()),
            expires_on: Some(jiff::civil::date(2027, 12, 31)),
        };
        let (_, digest) = new_token();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.toml");
        std::fs::write(&path, new.stanza(&digest)).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        assert_eq!(quanheng_identity::TokenFile::open(&path).unwrap().len(), 1);
    }
}

//! From a file into an empty place.

use std::path::Path;
use std::sync::Arc;

use indicatif::ProgressBar;
use quanheng_eventlog::{
    Log, Options, PostgresOptions, SQLITE_FILE as LOG, migrate_postgres, renew_incarnation,
};
use quanheng_sealing::{FileMasterKey, Keys, KeysBackend};
use serde_json::json;

use super::erasures::{self, Erasure};
use super::error::RealmError;
use super::manifest::{Database, MASTER_KEY, Manifest};
use super::stage::{Stage, write_whole};
use super::{archive, connect, log_options, log_options_in, postgres};
use crate::cli::{Done, Output, document, note, out};
use crate::config::Config;

/// What is to be restored, and how.
#[derive(Debug)]
pub(crate) struct Order<'a> {
    /// The backup.
    pub(crate) from: &'a Path,
    /// Erasures since.
    pub(crate) erased: Option<&'a Path>,
    /// Whether to walk through the whole log.
    pub(crate) verify: bool,
}

/// What was restored.
#[derive(Debug)]
pub(crate) struct Restored {
    /// The backup.
    pub(crate) manifest: Manifest,
    /// The new incarnation.
    pub(crate) incarnation: uuid::Uuid,
    /// Keys that were live in the backup, and erased again.
    pub(crate) erased_again: u64,
    /// Whether the log was verified.
    pub(crate) verified: bool,
    /// Whether the master key came out of the backup.
    pub(crate) master_key: bool,
}

impl Restored {
    /// Tells it.
    pub(crate) fn show(&self, output: Output) -> Done {
        if output == Output::Json {
            return document(&json!({
                "realm_id": self.manifest.realm_id,
                "incarnation": self.incarnation,
                "head": self.manifest.head.to_string(),
                "erased_again": self.erased_again.to_string(),
                "verified": self.verified,
                "master_key_restored": self.master_key,
            }));
        }
        let verified = if self.verified { "已校验" } else { "未校验" };
        let (head, erased) = (self.manifest.head, self.erased_again);
        out(&format!("已恢复至位置 {head},重新擦除 {erased} 人,日志{verified}\n"))?;
        if self.master_key {
            note("主密钥已随备份恢复");
        }
        Ok(())
    }
}

/// Restores a backup. A failure leaves the target as it was.
pub(crate) async fn restore(
    config: &Config,
    order: &Order<'_>,
    progress: &ProgressBar,
) -> Result<Restored, RealmError> {
    // Read first: a list with a fault stops before anything is touched.
    let since = order.erased.map(erasures::of_file).transpose()?.unwrap_or_default();
    let stage = Stage::beside(&config.realm_dir())?;
    let manifest = archive::unpack(order.from, &stage)?;
    let wanted = if config.database.is_empty() { Database::Sqlite } else { Database::Postgres };
    if manifest.database != wanted {
        let (found, wanted) = (manifest.database.as_str(), wanted.as_str());
        return Err(RealmError::OtherDatabase { found, wanted });
    }
    match wanted {
        Database::Sqlite => into_folder(config, stage, manifest, &since, order, progress).await,
        Database::Postgres => into_schemas(config, &stage, manifest, &since, order, progress).await,
    }
}

async fn into_folder(
    config: &Config,
    stage: Stage,
    manifest: Manifest,
    since: &[Erasure],
    order: &Order<'_>,
    progress: &ProgressBar,
) -> Result<Restored, RealmError> {
    let target = config.realm_dir();
    refuse_present(&target)?;
    let master = master_key(config, &stage, &manifest)?;
    let keys = KeysBackend::Sqlite(stage.folder().to_owned());
    let options = log_options_in(config, stage.folder());
    let brought = manifest.master_key;
    let restored = finish(config, options, keys, master, manifest, since, order, progress).await?;
    if brought {
        place_master_key(config, &stage)?;
    }
    stage.move_into(&target, LOG)?;
    Ok(restored)
}

async fn into_schemas(
    config: &Config,
    stage: &Stage,
    manifest: Manifest,
    since: &[Erasure],
    order: &Order<'_>,
    progress: &ProgressBar,
) -> Result<Restored, RealmError> {
    postgres::refuse_present(config).await?;
    let brought = manifest.master_key;
    let master = || master_key(config, stage, &manifest);
    let first = master()?;
    let done = async {
        let keys = || -> Result<KeysBackend, RealmError> {
            Ok(KeysBackend::Postgres { connect: connect(config)?, schema: config.keys_schema() })
        };
        migrate_postgres(&PostgresOptions::new(connect(config)?, config.log_schema())).await?;
        Keys::open(keys()?, Arc::new(first), config.cipher.into()).await?.close().await;
        postgres::fill(config, &manifest, stage).await?;
        let (options, master) = (log_options(config)?, master()?);
        let manifest = manifest.clone();
        finish(config, options, keys()?, master, manifest, since, order, progress).await
    };
    let done = done.await;
    if done.is_err() {
        postgres::clear(config).await?;
        return done;
    }
    if brought {
        place_master_key(config, stage)?;
    }
    done
}

/// What is the same on both databases: a new incarnation, the erasures, a look at it all.
#[allow(clippy::too_many_arguments, reason = "each is a thing of its own")]
async fn finish(
    config: &Config,
    options: Options,
    keys: KeysBackend,
    master: FileMasterKey,
    manifest: Manifest,
    since: &[Erasure],
    order: &Order<'_>,
    progress: &ProgressBar,
) -> Result<Restored, RealmError> {
    let backend = options.backend.clone();
    let keys = Keys::open(keys, Arc::new(master), config.cipher.into()).await?;
    let log = Log::open_read_only(options).await?;
    let done = async {
        let mut erased_again = 0;
        for erasure in erasures::of_log(&log).await?.iter().chain(since) {
            erased_again += u64::from(keys.erase(&erasure.person, erasure.at_us).await?);
        }
        if order.verify {
            progress.set_length(manifest.head);
            let verified = log.verify(|position| progress.set_position(position.0)).await;
            verified.map_err(RealmError::Verify)?;
        }
        Ok::<u64, RealmError>(erased_again)
    };
    let done = done.await;
    log.close().await;
    keys.close().await;
    let erased_again = done?;
    // Last: it leaves no write-ahead log beside the file.
    let realm = renew_incarnation(&backend).await?;
    Ok(Restored {
        incarnation: realm.incarnation,
        erased_again,
        verified: order.verify,
        master_key: manifest.master_key,
        manifest,
    })
}

fn refuse_present(target: &Path) -> Result<(), RealmError> {
    match std::fs::read_dir(target) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(RealmError::Io { path: target.to_owned(), error }),
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(RealmError::NotEmpty(target.display().to_string())),
        },
    }
}

/// The master key of the backup, or the one that the configuration names.
fn master_key(
    config: &Config,
    stage: &Stage,
    manifest: &Manifest,
) -> Result<FileMasterKey, RealmError> {
    let configured = config.master_key_path();
    let brought = stage.file(MASTER_KEY);
    if manifest.master_key && configured.exists() {
        let read = |path: &Path| std::fs::read(path).map_err(RealmError::io(path));
        if read(&configured)? != read(&brought)? {
            return Err(RealmError::Exists(configured));
        }
    }
    let path = if manifest.master_key { brought } else { configured };
    Ok(FileMasterKey::open(path)?.with_cipher(config.cipher.into()))
}

/// Puts the master key of the backup to where the configuration looks for it.
fn place_master_key(config: &Config, stage: &Stage) -> Result<(), RealmError> {
    let (from, to) = (stage.file(MASTER_KEY), config.master_key_path());
    if !to.exists() {
        let content = std::fs::read(&from).map_err(RealmError::io(&from))?;
        write_whole(&to, &content)?;
    }
    std::fs::remove_file(&from).map_err(RealmError::io(&from))
}

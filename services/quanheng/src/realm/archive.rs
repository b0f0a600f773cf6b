//! The tar file: packed from a stage, unpacked into one, every part checked.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::error::RealmError;
use super::manifest::{FILE, FORM, MASTER_KEY, Manifest, Part};
use super::stage::{Stage, parent, private, sync_folder};
use crate::cli::hex;

const MANIFEST_BYTES_MAX: u64 = 1024 * 1024;
const BUFFER_BYTES: usize = 1024 * 1024;
/// Names that an archive may bring: those of this program, and no paths.
const PART_NAME_CHARS_MAX: usize = 64;

/// Packs what is staged; the file appears when it is whole.
pub(crate) fn pack(
    stage: &Stage,
    mut manifest: Manifest,
    to: &Path,
) -> Result<Manifest, RealmError> {
    if to.exists() {
        return Err(RealmError::Exists(to.to_owned()));
    }
    let columns: BTreeMap<String, Vec<String>> =
        manifest.parts.drain(..).map(|part| (part.name, part.columns)).collect();
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(stage.folder()).map_err(RealmError::io(stage.folder()))? {
        let entry = entry.map_err(RealmError::io(stage.folder()))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    for name in names {
        let path = stage.file(&name);
        let (bytes, sha256) = measure(&path)?;
        let columns = columns.get(&name).cloned().unwrap_or_default();
        manifest.parts.push(Part { name, bytes, sha256, columns });
    }

    let beside = stage.file(".archive");
    let failed = || RealmError::io(&beside);
    let mut archive = tar::Builder::new(BufWriter::with_capacity(BUFFER_BYTES, private(&beside)?));
    let text = serde_json::to_vec_pretty(&manifest).map_err(io::Error::other).map_err(failed())?;
    append(&mut archive, FILE, text.len() as u64, text.as_slice()).map_err(failed())?;
    for part in &manifest.parts {
        let path = stage.file(&part.name);
        let file = File::open(&path).map_err(RealmError::io(&path))?;
        append(&mut archive, &part.name, part.bytes, file).map_err(failed())?;
    }
    let file = archive.into_inner().map_err(failed())?;
    let file = file.into_inner().map_err(io::IntoInnerError::into_error).map_err(failed())?;
    file.sync_all().map_err(failed())?;
    // Without overwriting: a link refuses where something is.
    fs::hard_link(&beside, to).map_err(RealmError::io(to))?;
    sync_folder(&parent(to))?;
    Ok(manifest)
}

fn append(
    archive: &mut tar::Builder<impl Write>,
    name: &str,
    bytes: u64,
    content: impl Read,
) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header.set_mtime(u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or(0));
    archive.append_data(&mut header, name, content)
}

fn measure(path: &Path) -> Result<(u64, String), RealmError> {
    let mut file = File::open(path).map_err(RealmError::io(path))?;
    let mut hashing = Hashing { hasher: Sha256::new(), bytes: 0, inner: io::sink() };
    io::copy(&mut file, &mut hashing).map_err(RealmError::io(path))?;
    Ok((hashing.bytes, hashing.digest()))
}

/// The manifest of a file, of which every part was checked.
pub(crate) fn inspect(from: &Path) -> Result<Manifest, RealmError> {
    read(from, |_| Ok(Box::new(io::sink())))
}

/// Unpacks a file into a stage, and checks every part.
pub(crate) fn unpack(from: &Path, stage: &Stage) -> Result<Manifest, RealmError> {
    let manifest = read(from, |name| {
        let file = private(&stage.file(name))?;
        Ok(Box::new(BufWriter::with_capacity(BUFFER_BYTES, file)))
    })?;
    Ok(manifest)
}

fn read(
    from: &Path,
    mut open: impl FnMut(&str) -> Result<Box<dyn Write>, RealmError>,
) -> Result<Manifest, RealmError> {
    let file = File::open(from).map_err(RealmError::io(from))?;
    let mut archive = tar::Archive::new(BufReader::with_capacity(BUFFER_BYTES, file));
    let not_a_backup = |error: io::Error| RealmError::NotABackup(error.to_string());
    let mut entries = archive.entries().map_err(not_a_backup)?;
    let first = entries.next().ok_or_else(|| RealmError::NotABackup("空文件".into()))?;
    let manifest = manifest(first.map_err(not_a_backup)?)?;
    let mut expected = manifest.parts.iter();
    for entry in entries {
        let mut entry = entry.map_err(not_a_backup)?;
        let name = name(&entry)?;
        let Some(part) = expected.next().filter(|part| part.name == name) else {
            return Err(RealmError::NotABackup(format!("清单中没有 {name}")));
        };
        let mut hashing = Hashing { hasher: Sha256::new(), bytes: 0, inner: open(&name)? };
        io::copy(&mut entry, &mut hashing).map_err(RealmError::io(from))?;
        hashing.inner.flush().map_err(RealmError::io(from))?;
        let damaged = |what| RealmError::Damaged { part: name.clone(), what };
        if hashing.bytes != part.bytes {
            return Err(damaged("长度"));
        }
        if hashing.digest() != part.sha256 {
            return Err(damaged("摘要"));
        }
    }
    match expected.next() {
        None => Ok(manifest),
        Some(part) => Err(RealmError::Damaged { part: part.name.clone(), what: "内容" }),
    }
}

fn manifest(mut entry: tar::Entry<'_, impl Read>) -> Result<Manifest, RealmError> {
    let wrong = |what: &str| RealmError::NotABackup(what.to_owned());
    if name(&entry)? != FILE || entry.size() > MANIFEST_BYTES_MAX {
        return Err(wrong("没有清单"));
    }
    let mut text = Vec::new();
    entry.read_to_end(&mut text).map_err(|error| RealmError::NotABackup(error.to_string()))?;
    let form: serde_json::Value =
        serde_json::from_slice(&text).map_err(|_| wrong("清单不是 JSON"))?;
    if form["form"].as_u64() != Some(u64::from(FORM)) {
        return Err(wrong("清单的格式版本不受支持,请使用更新的程序"));
    }
    let manifest: Manifest =
        serde_json::from_value(form).map_err(|error| RealmError::NotABackup(error.to_string()))?;
    let has_key = manifest.parts.iter().any(|part| part.name == MASTER_KEY);
    if has_key != manifest.master_key {
        return Err(wrong("清单与内容不符"));
    }
    Ok(manifest)
}

/// The name of a plain file of the archive; nothing that leads out of a folder.
fn name(entry: &tar::Entry<'_, impl Read>) -> Result<String, RealmError> {
    let refused = || RealmError::NotABackup("含有不认识的内容".to_owned());
    let path = entry.path().map_err(|_| refused())?;
    let name = path.to_str().ok_or_else(refused)?;
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    let fits = (1..=PART_NAME_CHARS_MAX).contains(&name.len())
        && !name.starts_with('.')
        && name.bytes().all(plain)
        && entry.header().entry_type().is_file();
    if fits { Ok(name.to_owned()) } else { Err(refused()) }
}

/// Passes bytes on, and counts and hashes them.
struct Hashing<W> {
    hasher: Sha256,
    bytes: u64,
    inner: W,
}

impl<W> Hashing<W> {
    fn digest(&self) -> String {
        hex(&self.hasher.clone().finalize())
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

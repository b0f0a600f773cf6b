//! A place beside the target where things are put together: what is whole is moved, what
//! failed is removed.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::error::RealmError;

/// A folder for its owner alone; it goes when this goes.
#[derive(Debug)]
pub(crate) struct Stage {
    folder: PathBuf,
}

impl Stage {
    /// A new folder in the same folder as a target, and so on the same disk.
    pub(crate) fn beside(target: &Path) -> Result<Self, RealmError> {
        let parent = parent(target);
        fs::create_dir_all(&parent).map_err(RealmError::io(&parent))?;
        let name = target.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_else(|| "realm".to_owned());
        let folder = parent.join(format!(".{name}.{:016x}", rand::random::<u64>()));
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder).map_err(RealmError::io(&folder))?;
        Ok(Self { folder })
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Copies a file into it, readable by its owner alone.
    pub(crate) fn take_in(&self, from: &Path, name: &str) -> Result<(), RealmError> {
        let content = fs::read(from).map_err(RealmError::io(from))?;
        let to = self.file(name);
        let mut file = private(&to)?;
        file.write_all(&content).map_err(RealmError::io(&to))?;
        file.sync_all().map_err(RealmError::io(&to))
    }

    /// Moves its files to where they belong, durably; `last` stands for the whole: a place
    /// without it holds nothing that could be opened.
    pub(crate) fn move_into(self, target: &Path, last: &str) -> Result<(), RealmError> {
        fs::create_dir_all(target).map_err(RealmError::io(target))?;
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(RealmError::io(&self.folder))? {
            names.push(entry.map_err(RealmError::io(&self.folder))?.file_name());
        }
        names.sort_by_key(|name| name == last);
        for name in names {
            let (from, to) = (self.folder.join(&name), target.join(&name));
            let synced = File::open(&from).and_then(|file| file.sync_all());
            synced.map_err(RealmError::io(&from))?;
            fs::rename(&from, &to).map_err(RealmError::io(&to))?;
            sync_folder(target)?;
        }
        sync_folder(&parent(target))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // Gone already where it became something.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A new file that nobody but its owner reads.
pub(crate) fn private(path: &Path) -> Result<File, RealmError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(RealmError::io(path))
}

/// Writes a file that appears when it is whole.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> Result<(), RealmError> {
    let stage = Stage::beside(path)?;
    let beside = stage.file("content");
    let mut file = private(&beside)?;
    file.write_all(content).map_err(RealmError::io(&beside))?;
    file.sync_all().map_err(RealmError::io(&beside))?;
    fs::rename(&beside, path).map_err(RealmError::io(path))?;
    sync_folder(&parent(path))
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), RealmError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(RealmError::io(folder))
}

/// The folder that something stands in.
pub(crate) fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

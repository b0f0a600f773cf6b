//! Documents as paper shows them: LibreOffice makes PDF of them, poppler tells where each
//! word stands.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// LibreOffice starts slowly, and the machine may be busy.
const LIMIT: Duration = Duration::from_secs(180);
const OFFICE: [&str; 2] = ["soffice", "libreoffice"];

/// A word on a page, in points from the upper left.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
    pub(crate) text: String,
}

impl Word {
    /// Whether it lies over another, by more than the air around their letters.
    pub(crate) fn lies_over(&self, other: &Self) -> bool {
        let over = |from: f64, to: f64| to - from;
        let across = over(self.left.max(other.left), self.right.min(other.right));
        let down = over(self.top.max(other.top), self.bottom.min(other.bottom));
        let height = (self.bottom - self.top).min(other.bottom - other.top);
        across > 1.0 && down > height * 0.4
    }
}

/// A page.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) words: Vec<Word>,
}

impl Page {
    /// All letters in the order of reading, without blanks.
    pub(crate) fn text(&self) -> String {
        self.words.iter().map(|word| word.text.as_str()).collect()
    }
}

fn runs(program: &str, argument: &str) -> bool {
    let mut command = Command::new(program);
    command.arg(argument).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok()
}

/// The program that turns documents into PDF. A test never passes without it.
fn office() -> &'static str {
    let found = OFFICE.into_iter().find(|program| runs(program, "--version"));
    found.expect(
        "LibreOffice is missing: run `make tools`, or install libreoffice-calc-nogui, \
         libreoffice-writer-nogui and a Chinese font (fonts-wqy-zenhei)",
    )
}

/// Worksheets measure columns by Calibri's digits, documents set digits in Times New Roman,
/// and Chinese needs letters of its own.
fn fonts() {
    let listed = |pattern: &str| {
        let output = Command::new("fc-list").arg(pattern).output();
        output.is_ok_and(|output| !output.stdout.is_empty())
    };
    assert!(
        listed("Carlito") || listed("Calibri"),
        "a font as wide as Calibri is missing: run `make tools`, or install \
         fonts-crosextra-carlito"
    );
    assert!(
        listed("Liberation Serif") || listed("Times New Roman"),
        "a font as wide as Times New Roman is missing: run `make tools`, or install \
         fonts-liberation"
    );
    assert!(
        listed(":lang=zh-cn"),
        "a Chinese font is missing: run `make tools`, or install fonts-wqy-zenhei"
    );
}

fn poppler(program: &str) -> Command {
    assert!(
        runs(program, "-v"),
        "{program} is missing: run `make tools`, or install poppler-utils"
    );
    Command::new(program)
}

/// Turns documents into PDF, all in one run of a LibreOffice with a profile of its own.
/// Answers with the folder of the PDF files.
pub(crate) fn print(folder: &Path, documents: &[(String, Vec<u8>)]) -> PathBuf {
    let (out, profile) = (folder.join("pdf"), folder.join("profile"));
    fs::create_dir_all(&out).unwrap();
    let mut command = Command::new(office());
    fonts();
    command
        .args(["--headless", "--norestore", "--nolockcheck"])
        .arg(format!("-env:UserInstallation=file://{}", profile.display()))
        .args(["--convert-to", "pdf", "--outdir"])
        .arg(&out);
    for (name, bytes) in documents {
        let path = folder.join(name);
        fs::write(&path, bytes).unwrap();
        command.arg(path);
    }
    let log = fs::File::create(folder.join("office.log")).unwrap();
    command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    finish(command.process_group(0), folder);
    out
}

fn finish(command: &mut Command, folder: &Path) {
    let mut office = command.spawn().unwrap();
    let begun = Instant::now();
    let log = || fs::read_to_string(folder.join("office.log")).unwrap_or_default();
    loop {
        if let Some(status) = office.try_wait().unwrap() {
            assert!(status.success(), "LibreOffice failed: {}", log());
            return;
        }
        if begun.elapsed() > LIMIT {
            // Its starter and itself: the group is its own.
            let group = format!("-{}", office.id());
            let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
            let _ = office.wait();
            panic!("LibreOffice did not finish within {LIMIT:?}: {}", log());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// How many pages a file says it has, and the size of the first in points.
pub(crate) fn facts(pdf: &Path) -> (usize, f64, f64) {
    let output = poppler("pdfinfo").arg(pdf).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let line = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim();
    let mut size = line("Page size:").split_whitespace();
    let width = size.next().unwrap().parse().unwrap();
    let height = size.nth(1).unwrap().parse().unwrap();
    (line("Pages:").parse().unwrap(), width, height)
}

/// The pages of a file with their words.
pub(crate) fn pages(pdf: &Path) -> Vec<Page> {
    let output = poppler("pdftotext").arg("-bbox-layout").arg(pdf).arg("-").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let mut reader = Reader::from_str(&text);
    reader.config_mut().check_end_names = false;
    let mut pages: Vec<Page> = Vec::new();
    let mut word: Option<Word> = None;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) if tag.name().as_ref() == "page" => {
                let (width, height) = (number(&tag, "width"), number(&tag, "height"));
                pages.push(Page { width, height, words: Vec::new() });
            }
            Event::Start(tag) if tag.name().as_ref() == "word" => {
                let [left, top, right, bottom] =
                    ["xMin", "yMin", "xMax", "yMax"].map(|name| number(&tag, name));
                word = Some(Word { left, top, right, bottom, text: String::new() });
            }
            Event::Text(text) => {
                if let Some(word) = &mut word {
                    word.text.push_str(&text);
                }
            }
            Event::End(tag) if tag.name().as_ref() == "word" => {
                pages.last_mut().unwrap().words.extend(word.take());
            }
            Event::Eof => return pages,
            _ => {}
        }
    }
}

fn number(tag: &BytesStart<'_>, name: &str) -> f64 {
    let attribute = tag.try_get_attribute(name).unwrap().unwrap();
    attribute.value.parse().unwrap()
}

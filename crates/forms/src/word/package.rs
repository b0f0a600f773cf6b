//! The parts of a document and the archive that holds them.

use std::io::{Cursor, Write as _};

use jiff::civil::Date;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::paragraph::{Align, Face, Type};
use super::{Document, Xml};
use crate::days::iso;
use crate::error::FormError;

const OOXML: &str = "http://schemas.openxmlformats.org";
const MAIN: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

pub(super) const NAMESPACES: [(&str, &str); 2] = [("xmlns:w", MAIN), ("xmlns:r", RELATIONS)];

const WORD_TYPE: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml";

pub(super) fn pack(document: &Document, made_on: Date) -> Result<Vec<u8>, FormError> {
    let mut parts = vec![
        ("[Content_Types].xml", content_types(document.numbered)),
        ("_rels/.rels", package_relations()),
        ("docProps/core.xml", core(document.title, made_on)),
        ("word/document.xml", document.main()),
        ("word/_rels/document.xml.rels", document_relations(document.numbered)),
        ("word/styles.xml", styles(document.normal)),
        ("word/settings.xml", settings(document.numbered)),
    ];
    if document.numbered {
        parts.push(("word/footer1.xml", footer(Align::Right)));
        parts.push(("word/footer2.xml", footer(Align::Left)));
    }
    archive(&parts)
}

/// The same parts make the same bytes: their times are the archive's first.
fn archive(parts: &[(&str, String)]) -> Result<Vec<u8>, FormError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    for (name, content) in parts {
        zip.start_file(*name, options).map_err(FormError::writer)?;
        zip.write_all(content.as_bytes()).map_err(FormError::writer)?;
    }
    Ok(zip.finish().map_err(FormError::writer)?.into_inner())
}

fn content_types(numbered: bool) -> String {
    let mut xml = Xml::part();
    xml.open("Types", &[("xmlns", &format!("{OOXML}/package/2006/content-types"))]);
    let relations = "application/vnd.openxmlformats-package.relationships+xml";
    let core = "application/vnd.openxmlformats-package.core-properties+xml";
    xml.empty("Default", &[("Extension", "rels"), ("ContentType", relations)]);
    xml.empty("Default", &[("Extension", "xml"), ("ContentType", "application/xml")]);
    let mut part = |name: &str, kind: &str| {
        xml.empty("Override", &[("PartName", name), ("ContentType", kind)]);
    };
    part("/docProps/core.xml", core);
    part("/word/document.xml", &format!("{WORD_TYPE}.document.main+xml"));
    part("/word/styles.xml", &format!("{WORD_TYPE}.styles+xml"));
    part("/word/settings.xml", &format!("{WORD_TYPE}.settings+xml"));
    if numbered {
        part("/word/footer1.xml", &format!("{WORD_TYPE}.footer+xml"));
        part("/word/footer2.xml", &format!("{WORD_TYPE}.footer+xml"));
    }
    xml.close("Types");
    xml.into_text()
}

fn relations(rows: &[(&str, &str, &str)]) -> String {
    let mut xml = Xml::part();
    xml.open("Relationships", &[("xmlns", &format!("{OOXML}/package/2006/relationships"))]);
    for (id, kind, target) in rows {
        xml.empty("Relationship", &[("Id", id), ("Type", kind), ("Target", target)]);
    }
    xml.close("Relationships");
    xml.into_text()
}

fn package_relations() -> String {
    let core = format!("{OOXML}/package/2006/relationships/metadata/core-properties");
    relations(&[
        ("rId1", &format!("{RELATIONS}/officeDocument"), "word/document.xml"),
        ("rId2", &core, "docProps/core.xml"),
    ])
}

fn document_relations(numbered: bool) -> String {
    let (styles, settings) = (format!("{RELATIONS}/styles"), format!("{RELATIONS}/settings"));
    let footer = format!("{RELATIONS}/footer");
    let mut rows =
        vec![("rId1", styles.as_str(), "styles.xml"), ("rId2", settings.as_str(), "settings.xml")];
    if numbered {
        rows.push(("rId3", footer.as_str(), "footer1.xml"));
        rows.push(("rId4", footer.as_str(), "footer2.xml"));
    }
    relations(&rows)
}

fn core(title: &str, made_on: Date) -> String {
    let mut xml = Xml::part();
    let core = format!("{OOXML}/package/2006/metadata/core-properties");
    let namespaces = [
        ("xmlns:cp", core.as_str()),
        ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
        ("xmlns:dcterms", "http://purl.org/dc/terms/"),
        ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
    ];
    xml.open("cp:coreProperties", &namespaces);
    xml.holding("dc:title", &[], title);
    let made = format!("{}T00:00:00Z", iso(made_on));
    for name in ["dcterms:created", "dcterms:modified"] {
        xml.holding(name, &[("xsi:type", "dcterms:W3CDTF")], &made);
    }
    xml.close("cp:coreProperties");
    xml.into_text()
}

fn styles(normal: Type) -> String {
    let mut xml = Xml::part();
    xml.open("w:styles", &NAMESPACES);
    xml.open("w:docDefaults", &[]);
    xml.open("w:rPrDefault", &[]);
    normal.write(&mut xml);
    xml.close("w:rPrDefault");
    xml.empty("w:pPrDefault", &[]);
    xml.close("w:docDefaults");
    let paragraph = [("w:type", "paragraph"), ("w:default", "1"), ("w:styleId", "a")];
    xml.open("w:style", &paragraph);
    xml.value("w:name", "Normal");
    xml.empty("w:qFormat", &[]);
    xml.close("w:style");
    xml.close("w:styles");
    xml.into_text()
}

fn settings(numbered: bool) -> String {
    let mut xml = Xml::part();
    xml.open("w:settings", &NAMESPACES);
    if numbered {
        xml.empty("w:evenAndOddHeaders", &[]);
    }
    xml.value("w:characterSpacingControl", "compressPunctuation");
    xml.open("w:compat", &[]);
    let mode = [
        ("w:name", "compatibilityMode"),
        ("w:uri", "http://schemas.microsoft.com/office/word"),
        ("w:val", "15"),
    ];
    xml.empty("w:compatSetting", &mode);
    xml.close("w:compat");
    xml.empty("w:themeFontLang", &[("w:val", "en-US"), ("w:eastAsia", "zh-CN")]);
    xml.close("w:settings");
    xml.into_text()
}

/// `— 1 —` outside below (GB/T 9704 7.5): one character from the edge of the text.
fn footer(align: Align) -> String {
    let mut xml = Xml::part();
    xml.open("w:ftr", &NAMESPACES);
    let kind = Type::new(Face::Song, 28);
    xml.open("w:p", &[]);
    xml.open("w:pPr", &[]);
    let (edge, side) = match align {
        Align::Right => (["w:rightChars", "w:right"], "right"),
        _ => (["w:leftChars", "w:left"], "left"),
    };
    xml.empty("w:ind", &[(edge[0], "100"), (edge[1], "280")]);
    xml.value("w:jc", side);
    xml.close("w:pPr");
    let run = |xml: &mut Xml, text: &str| {
        xml.open("w:r", &[]);
        kind.write(xml);
        xml.holding("w:t", &[("xml:space", "preserve")], text);
        xml.close("w:r");
    };
    run(&mut xml, "— ");
    xml.open("w:fldSimple", &[("w:instr", "PAGE")]);
    run(&mut xml, "1");
    xml.close("w:fldSimple");
    run(&mut xml, " —");
    xml.close("w:p");
    xml.close("w:ftr");
    xml.into_text()
}

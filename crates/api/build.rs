//! Generates messages, clients and servers from `proto/`, without a protoc: the files are
//! compiled by a library.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use prost::Message as _;

fn main() -> Result<(), Box<dyn Error>> {
    let proto = Path::new("../../proto");
    println!("cargo::rerun-if-changed={}", proto.display());
    let mut files = Vec::new();
    collect(&proto.join("quanheng"), &mut files)?;
    files.sort();
    let descriptors = protox::compile(&files, [proto])?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    std::fs::write(out.join("shapes.rs"), shapes(&descriptors))?;
    let mut config = tonic_prost_build::Config::new();
    config.enable_type_names();
    config.btree_map(["."]);
    config.compile_well_known_types();
    config.extern_path(".google.protobuf", "::pbjson_types");
    let encoded = descriptors.encode_to_vec();
    let packages: BTreeSet<String> =
        descriptors.file.iter().map(|file| file.package().to_owned()).collect();
    tonic_prost_build::configure()
        .out_dir(&out)
        .include_file("packages.rs")
        .compile_fds_with_config(descriptors, config)?;
    pbjson_build::Builder::new()
        .register_descriptors(&encoded)?
        .preserve_proto_field_names()
        .ignore_unknown_fields()
        .btree_map(["."])
        .out_dir(&out)
        .build(&[".quanheng", ".google.type"])?;
    for package in packages {
        // A module cannot be called `type`.
        let module = package.replace(".type", ".r#type");
        if let Ok(json) = std::fs::read_to_string(out.join(format!("{module}.serde.rs"))) {
            let messages = out.join(format!("{module}.rs"));
            let code = std::fs::read_to_string(&messages)? + &json;
            std::fs::write(&messages, code)?;
        }
    }
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    Ok(())
}

/// Messages that have the fields of every mutation, query or answer say so by a trait.
fn shapes(descriptors: &prost_types::FileDescriptorSet) -> String {
    let mut code = String::new();
    for file in &descriptors.file {
        let module = file.package().replace('.', "::");
        for message in &file.message_type {
            let has = |number: i32, name: &str| {
                message.field.iter().any(|f| f.number() == number && f.name() == name)
            };
            let path = format!("crate::{module}::{}", message.name());
            if has(101, "request_id") {
                let flag = if has(102, "validate_only") { "self.validate_only" } else { "false" };
                let etag = if has(103, "etag") { "&self.etag" } else { "\"\"" };
                let _ = writeln!(
                    code,
                    "impl crate::Mutation for {path} {{
                        fn request_id(&self) -> &str {{ &self.request_id }}
                        fn validate_only(&self) -> bool {{ {flag} }}
                        fn etag(&self) -> &str {{ {etag} }}
                    }}"
                );
            }
            if has(111, "min_position") {
                let _ = writeln!(
                    code,
                    "impl crate::Query for {path} {{
                        fn min_position(&self) -> u64 {{ self.min_position }}
                    }}"
                );
            }
            if has(121, "page_size") && has(122, "page_token") {
                let filter = if has(123, "filter") { "&self.filter" } else { "\"\"" };
                let order = if has(124, "order_by") { "&self.order_by" } else { "\"\"" };
                let _ = writeln!(
                    code,
                    "impl crate::Listing for {path} {{
                        fn page_size(&self) -> i32 {{ self.page_size }}
                        fn page_token(&self) -> &str {{ &self.page_token }}
                        fn filter(&self) -> &str {{ {filter} }}
                        fn order_by(&self) -> &str {{ {order} }}
                    }}"
                );
            }
        }
    }
    code
}
